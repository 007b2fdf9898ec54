"""Specifications of Fargate profiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from capacity.inputs import Fargate
from capacity.quotas import SMALLEST_FARGATE_POD
from constructs_lib.specs.base import Problem, Spec, refused, rule
from constructs_lib.specs.compute_protocol import ComputeSpec
from constructs_lib.specs.labels import SelectorText, check_selector_labels
from constructs_lib.specs.nodes import MOST_NODES
from constructs_lib.specs.regions import ZoneName, repeated_zones
from constructs_lib.specs.types import NamespacePattern, PascalName
from kube.fargate import COMPUTE_TYPE, selector_of_api, selects, size
from kube.pods import pod_template, scaled
from kube.values import text

MAXIMUM_SELECTORS = 5
"""EKS service quotas: selectors per Fargate profile."""


class FargateSelectorSpec(Spec):
    """Pods that run on Fargate: those of a namespace, with all of these labels."""

    namespace: NamespacePattern
    """The namespace; * and ? are wildcards."""
    labels: Annotated[
        Mapping[SelectorText, SelectorText], AfterValidator(check_selector_labels)
    ] = {}
    """Labels that a pod must have."""


def _selectors(value: tuple[FargateSelectorSpec, ...]) -> tuple[FargateSelectorSpec, ...]:
    if not 1 <= len(value) <= MAXIMUM_SELECTORS:
        raise refused(
            f"1 to {MAXIMUM_SELECTORS} selectors",
            "split it into two profiles" if value else "add FargateSelectorSpec(namespace=…)",
        )
    return value


class FargateProfileSpec(ComputeSpec):
    """A Fargate profile: which pods run without nodes. Any change replaces the profile."""

    name: PascalName
    """The profile's name in this project, in PascalCase."""
    selectors: Annotated[tuple[FargateSelectorSpec, ...], AfterValidator(_selectors)]
    """Which pods to run: one to five selectors."""
    max_pods: Annotated[int, Field(ge=1, le=MOST_NODES)] = 24
    """The most pods that run at once, including those of a rolling update. Nothing enforces it; the
    subnets are planned for it. By default an account can run 24 of the smallest pods."""
    zones: tuple[ZoneName, ...] | None = None
    """The zones to use; None uses every zone of the network."""

    def planned(
        self, profiles: Iterable[FargateProfileSpec], objects: Sequence[Mapping[str, Any]]
    ) -> Fargate:
        """Return the profile for the plan; pods that aren't among the objects are taken for the smallest."""
        count, vcpus = pods_on(self, profiles, objects)
        smallest = self.max_pods * SMALLEST_FARGATE_POD
        total = float(vcpus) + max(0, self.max_pods - count) * SMALLEST_FARGATE_POD
        more = total if total > smallest else 0
        zones = tuple(sorted(self.zones or ()))
        return Fargate(name=self.name, pods=self.max_pods, vcpus=more, zones=zones)

    @rule
    def zones_are_distinct(self) -> Iterator[Problem]:
        """EKS accepts a subnet once."""
        yield from repeated_zones(self.zones)

    def selects(self, namespace: str, labels: Mapping[str, str]) -> bool:
        """Tell whether pods with these labels in this namespace run by this profile."""
        written = [{"namespace": each.namespace, "labels": each.labels} for each in self.selectors]
        return any(selects(selector_of_api(each), namespace, labels) for each in written)


def profile_of(
    profiles: Iterable[FargateProfileSpec], obj: Mapping[str, Any]
) -> FargateProfileSpec | None:
    """Return the profile that runs an object's pods, of several the first by name; None if they need nodes.

    EKS user guide, "Define which Pods use AWS Fargate when launched".
    """
    template = pod_template(obj)
    if template is None or template.annotations.get(COMPUTE_TYPE) == "ec2":
        return None
    namespace = text(obj, "metadata", "namespace") or "default"
    labels = {str(key): str(value) for key, value in template.labels.items()}
    found = (each for each in profiles if each.selects(namespace, labels))
    return min(found, key=lambda each: each.name, default=None)


def pods_on(
    profile: FargateProfileSpec,
    profiles: Iterable[FargateProfileSpec],
    objects: Sequence[Mapping[str, Any]],
) -> tuple[int, Decimal]:
    """Return how many of the pods of some objects a profile runs at most, and how many vCPUs they get."""
    pods, vcpus, several = 0, Decimal(0), tuple(profiles)
    for each in objects:
        if profile_of(several, each) == profile and (template := pod_template(each)):
            count, wanted = scaled(each, objects, "maxReplicas"), size(template.spec)
            pods += count
            vcpus += count * (wanted.vcpus if wanted else 0)
    return pods, vcpus
