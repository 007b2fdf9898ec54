"""A workload that is a Helm chart."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from constructs_lib.specs.base import Problem, rule
from constructs_lib.specs.manifest_files import names_in
from constructs_lib.specs.namespaced_workloads import NamespacedWorkload
from constructs_lib.specs.plain_values import plain
from constructs_lib.specs.types import ChartRepository, DnsLabel, shaped

if TYPE_CHECKING:
    from constructs import Construct

    from constructs_lib.platform import Platform

ChartVersion = Annotated[
    str,
    shaped(
        r"v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?",
        "a full version such as 6.9.0; with 6, Helm would install the newest 6.x at each deploy",
        "copy one that `helm search repo --versions` lists, or the tag of an oci:// repository",
    ),
]

ChartName = Annotated[
    str,
    shaped(
        r"[A-Za-z0-9][A-Za-z0-9._/-]{0,249}",
        "the name of a chart: letters, digits, dots, hyphens and underscores",
        "write it as `helm search repo` shows it",
    ),
]


class HelmRelease(NamespacedWorkload):
    """A release of a Helm chart, which the kubectl handler of the cluster installs."""

    chart: ChartName | None = None
    """The chart's name; None if the oci:// repository is the chart itself."""
    version: ChartVersion
    """The chart's version."""
    repository: ChartRepository
    """Where the chart comes from: a Helm repository, or oci:// with the chart's full name."""
    release: DnsLabel | None = None
    """The release's name; None uses the chart's."""
    values: Annotated[Mapping[str, object], AfterValidator(plain)] = {}
    """The chart's values. None becomes null, which removes a default of the chart. ${name} in a value
    stands for an image of `images`."""
    max_pods: Annotated[int, Field(ge=0, le=100_000)]
    """The most pods that the chart runs, for the plan. Nothing enforces it."""
    timeout_minutes: Annotated[int, Field(ge=1, le=14)] = 10
    """How long Helm waits until everything is ready, in minutes. The kubectl handler, a Lambda
    function, times out after 15."""
    wait: bool = True
    """Whether the deploy waits until everything is ready."""

    @property
    def pods(self) -> int:
        """Return how many pods the chart runs at most."""
        return self.max_pods

    @property
    def makes(self) -> Iterator[str]:
        """Yield the name of the release, and what every workload creates."""
        yield from super().makes
        yield f"Helm release {self.namespace}/{self.release_name}"

    @property
    def remarks(self) -> Iterator[tuple[str, str]]:
        """Yield texts of the values that look like a misspelt placeholder."""
        yield from super().remarks
        for name in dict.fromkeys(names_in(self.values)):
            near = difflib.get_close_matches(name, self.images, n=1)
            if near and name not in self.images:
                yield (
                    f"placeholder-{name}",
                    f"${{{name}}} stays as it is in the values of {self.name}: did you mean {near[0]}?",
                )

    @property
    def oci_charts(self) -> bool:
        """Tell whether the chart comes from a registry."""
        return self.repository.startswith("oci://")

    @property
    def release_name(self) -> str:
        """Return the release's name."""
        return self.release or (self.chart or self.repository).rsplit("/", 1)[-1]

    @rule
    def the_chart_has_a_name(self) -> Iterator[Problem]:
        """An oci:// address names the chart, a Helm repository has many."""
        is_oci = self.repository.startswith("oci://")
        if is_oci != (self.chart is None):
            yield Problem(
                at="chart",
                got=self.chart,
                allowed="None, because the oci:// repository names the chart"
                if is_oci
                else "the name of a chart in the repository",
                fix="remove chart" if is_oci else "copy one that `helm search repo` lists",
            )

    @rule
    def a_release_has_a_short_name(self) -> Iterator[Problem]:
        """Helm allows 53 characters."""
        if re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?", self.release_name) is None:
            yield Problem(
                at="release",
                got=self.release_name,
                allowed="at most 53 lower-case letters, digits and hyphens",
                fix="set release to a shorter name",
            )

    @rule
    def every_image_is_used(self) -> Iterator[Problem]:
        """An image that no value uses would be built and pushed for nothing."""
        unused = sorted(set(self.images) - set(names_in(self.values)))
        if unused:
            yield Problem(
                at="images",
                got=unused,
                allowed="images that values use",
                fix=f"use ${{{unused[0]}}} as the image in values, or remove it",
            )

    def build(self, scope: Construct, platform: Platform) -> None:
        """Install the chart."""
        from constructs_lib.workloads import build_helm_release  # noqa: PLC0415  # needs the CDK

        build_helm_release(scope, platform, self)
