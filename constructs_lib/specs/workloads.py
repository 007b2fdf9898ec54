"""What runs on the platform: each workload is its own stack, deployed after the cluster.

`Manifests` and `HelmRelease` need no code. Anything else is a class with its own `build`:

    class Queue(Workload):
        retention_days: int = 4

        def build(self, scope: Construct, platform: Platform) -> None:
            sqs.Queue(scope, "Jobs", retention_period=Duration.days(self.retention_days))
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from constructs_lib.specs.base import Problem, Spec
from constructs_lib.specs.compute import FargateProfileSpec
from constructs_lib.specs.machines import MachinesSpec
from constructs_lib.specs.namespaces import NamespaceSpec
from constructs_lib.specs.node_pools import NodePoolSpec
from constructs_lib.specs.types import PascalName

if TYPE_CHECKING:
    from constructs import Construct

    from constructs_lib.platform import Platform

RESERVED = ("Network", "Cluster")
"""Names of the platform's own stacks."""


class Surroundings(Protocol):
    """What a workload can read of its environment before the synth."""

    @property
    def region(self) -> str:
        """Return the AWS region."""

    @property
    def account(self) -> str | None:
        """Return the AWS account; None is not known before a deploy."""

    @property
    def node_groups(self) -> tuple[MachinesSpec, ...]:
        """Return the node groups."""

    @property
    def node_pools(self) -> tuple[NodePoolSpec, ...]:
        """Return the NodePools."""

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
    """Something that runs on the platform. Its stack is safe to delete, unless `build` adds protection."""

    name: PascalName
    """The name of its stack, in PascalCase."""
    after: tuple[PascalName, ...] = ()
    """Workloads that must be deployed before it and are deleted after it, by name."""

    @property
    def description(self) -> str:
        """Return the description of the stack."""
        return f"eks-groundwork: workload {self.name}"

    @property
    def pods(self) -> int:
        """Return how many pods it runs at most, for the plan. Nothing enforces it."""
        return 0

    def pod_objects(self, surroundings: Surroundings) -> Sequence[Mapping[str, Any]] | None:
        """Return the Kubernetes objects that make its pods, for `make plan`; None if they aren't known.

        Its claims, volumes and storage classes may be among them, which say in which zones pods can be, its
        autoscalers, which say how many there are at most, and what changes its pods: LimitRange, PriorityClass, RuntimeClass.
        """
        del surroundings
        return None

    @property
    def oci_charts(self) -> bool:
        """Tell whether it installs charts from oci:// repositories: the handler may read ECR then."""
        return False

    @property
    def own_namespaces(self) -> tuple[str, ...]:
        """Return the namespaces that its stack makes."""
        return ()

    @property
    def makes(self) -> Iterator[str]:
        """Yield the names of what it creates in the cluster, such as ServiceAccount shop/web."""
        yield from ()

    @property
    def remarks(self) -> Iterator[tuple[str, str]]:
        """Yield what may be a mistake, for a warning: a short id, and a sentence."""
        yield from ()

    def across(self, surroundings: Surroundings) -> Iterator[Problem]:
        """Yield problems that need the whole environment; paths begin at the workload."""
        del surroundings
        yield from ()

    def build(self, scope: Construct, platform: Platform) -> None:
        """Create its resources in the stack `scope`."""
        raise NotImplementedError(f"{type(self).__name__} needs a method build(scope, platform)")
