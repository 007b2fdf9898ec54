"""What runs on the platform: each workload is a stack of its own, after the cluster.

`Manifests` and `HelmRelease` need no code. Anything else is a class with a `build` of its own:

    class Queue(Workload):
        retention_days: int = 4

        def build(self, scope: Construct, platform: Platform) -> None:
            sqs.Queue(scope, "Jobs", retention_period=Duration.days(self.retention_days))
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from constructs_lib.specs.base import Problem, Spec, UncheckedError
from constructs_lib.specs.compute import FargateProfileSpec, NodeGroupSpec
from constructs_lib.specs.namespaces import BUILT_IN_NAMESPACES, NamespaceSpec
from constructs_lib.specs.types import PascalName

if TYPE_CHECKING:
    from constructs import Construct

    from constructs_lib.platform import Platform

RESERVED = ("Network", "Cluster")
"""Names of the platform's own stacks."""


class Surroundings(Protocol):
    """What a workload may ask of its environment before anything is synthesized."""

    @property
    def region(self) -> str:
        """Return the AWS region."""

    @property
    def node_groups(self) -> tuple[NodeGroupSpec, ...]:
        """Return the node groups."""

    @property
    def fargate_profiles(self) -> tuple[FargateProfileSpec, ...]:
        """Return the Fargate profiles."""

    @property
    def namespaces(self) -> tuple[NamespaceSpec, ...]:
        """Return the namespaces that the platform makes."""

    @property
    def network(self) -> Any:  # noqa: ANN401  # a network of ours, or an existing one
        """Return the network."""

    @property
    def add_ons(self) -> Any:  # noqa: ANN401  # AddOnsSpec; its module is not needed for less
        """Return the add-ons."""


class Workload(Spec):
    """Something that runs on the platform. Its stack is safe to delete, unless `build` says more."""

    name: PascalName
    """The name of its stack, in PascalCase."""
    after: tuple[PascalName, ...] = ()
    """The names of workloads that must be deployed before it, and are deleted after it."""

    @property
    def description(self) -> str:
        """Return what the stack says of itself."""
        return f"eks-groundwork: workload {self.name}"

    @property
    def pods(self) -> int:
        """Return how many pods it runs at most, for the plan. Nothing enforces it."""
        return 0

    @property
    def oci_charts(self) -> bool:
        """Tell whether it installs charts from oci:// repositories: the handler may read ECR then."""
        return False

    @property
    def own_namespaces(self) -> tuple[str, ...]:
        """Return the namespaces that its stack makes."""
        return ()

    def across(self, surroundings: Surroundings) -> Iterator[Problem]:
        """Yield what only the whole environment shows to be wrong; paths begin at the workload."""
        del surroundings
        yield from ()

    def build(self, scope: Construct, platform: Platform) -> None:
        """Make its resources in the stack `scope`."""
        raise NotImplementedError(f"{type(self).__name__} needs a method build(scope, platform)")


def workload_problems(
    workloads: Sequence[Workload], surroundings: Surroundings
) -> Iterator[Problem]:
    """Yield what is wrong between workloads, and between each and its environment."""
    earlier: list[str] = []
    makers: dict[str, object] = dict.fromkeys(BUILT_IN_NAMESPACES)
    names = {each.name for each in workloads if "name" in each.__dict__}
    for index, workload in enumerate(workloads):
        at = f"workloads[{index}]"
        name = workload.__dict__.get("name")
        if name in RESERVED or name in earlier:
            yield Problem(
                at=f"{at}.name",
                got=name,
                allowed="a name that no other stack of the environment has",
                fix="rename it before its first deploy",
            )
        for needed in workload.__dict__.get("after", ()):
            if needed not in names or needed == name:
                known = ", ".join(sorted(names - {name})) or "none: there is no other workload"
                yield Problem(at=f"{at}.after", got=needed, allowed=known, fix="remove it")
            elif needed not in earlier:
                yield Problem(
                    at=f"{at}.after",
                    got=needed,
                    allowed="workloads that stand before it in the list",
                    fix=f"move {needed} up",
                )
        earlier.append(str(name))
        # A field that holds no valid value is told by itself.
        with suppress(UncheckedError):
            makers.update(dict.fromkeys(each.name for each in surroundings.namespaces))
            for namespace in workload.own_namespaces:
                if makers.get(namespace) is not None:
                    yield Problem(
                        at=at,
                        got=namespace,
                        allowed=f"a namespace that workload {makers[namespace]} doesn't make too: "
                        "whichever stack goes first would delete the other's pods",
                        fix=f"add NamespaceSpec(name={namespace!r}) to the environment's namespaces, "
                        "or take another one",
                    )
                makers.setdefault(namespace, name)
            yield from [problem.under(at) for problem in workload.across(surroundings)]
