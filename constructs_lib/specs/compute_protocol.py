"""What runs pods: the one protocol by which stacks, plan, proof, rules and fixes know a kind of compute.

A new kind has these, and a line in `constructs_lib/kinds.py`; nobody who uses it asks what kind it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar, Protocol

from constructs_lib.specs.base import Spec

if TYPE_CHECKING:
    from capacity.inputs import Group
    from capacity.instance_types import InstanceType
    from constructs_lib.specs.node_pool_parts import LimitsSpec
    from constructs_lib.specs.nodes import TaintSpec
    from kube.pods import Amounts


class ComputeSpec(Spec):
    """What runs pods, as an environment lists it, and what it asks of the cluster and the platform."""

    hosts_platform: ClassVar[bool] = False
    """The platform's own pods run on its nodes."""
    brings_network: ClassVar[bool] = False
    """Its nodes bring DNS and pod networking, and run no agents of the platform."""
    cluster_policies: ClassVar[tuple[str, ...]] = ()
    """AWS managed policies that the role of the cluster needs for it."""
    storage_class: ClassVar[str | None] = None
    """The folder of its storage class."""
    oci_charts: ClassVar[bool] = False
    """Its charts come from registries, which the kubectl handler signs in to."""
    endpoints: ClassVar[Mapping[str, str]] = {}
    """The interface endpoints that it needs in a network without NAT, with who calls them."""

    @property
    def nodes_in_cluster_subnets(self) -> bool:
        """Tell whether some of its nodes are in the subnets that the cluster is made with."""
        return False

    @property
    def controllers(self) -> Mapping[str, tuple[int, Mapping[str, object]]]:
        """Return its own pods in kube-system by name: how many, and what their chart is told of each."""
        return {}

    @property
    def is_windows(self) -> bool:
        """Tell whether its nodes run Windows."""
        return False

    @property
    def device_plugins(self) -> tuple[str, ...]:
        """Return the device plug-ins that the platform runs on its nodes."""
        return ()


class Compute(Protocol):
    """Nodes that are alike, and what makes them."""

    @property
    def name(self) -> str:
        """Return the name of the group or pool."""
        ...

    @property
    def node_labels(self) -> Mapping[str, str]:
        """Return what it can run, in labels that all nodes have: without architecture and system."""
        ...

    @property
    def system_labels(self) -> Mapping[str, str]:
        """Return the labels of their architecture and system; several architectures are unknown."""
        ...

    @property
    def label_keys(self) -> frozenset[str]:
        """Return the labels that some of the nodes may have."""
        ...

    @property
    def node_taints(self) -> tuple[TaintSpec, ...]:
        """Return the taints that pods must tolerate."""
        ...

    @property
    def device_plugins(self) -> tuple[str, ...]:
        """Return the device plug-ins that the platform runs on the nodes."""
        ...

    @property
    def joins_by_itself(self) -> bool:
        """Tell how nodes join: by user data that says all, or as AWS or a controller tells them."""
        ...

    @property
    def kinds(self) -> tuple[InstanceType, ...]:
        """Return the instance types that its nodes may have."""
        ...

    @property
    def when_needed(self) -> bool:
        """Tell whether nodes start when pods wait for them, and not as many as somebody says."""
        ...

    @property
    def enforced_limits(self) -> LimitsSpec | None:
        """Return what ends the nodes that start when they are needed, None where nothing does."""
        ...

    @property
    def weight(self) -> int | None:
        """Return the place among those that start nodes when they are needed: the highest is first."""
        ...

    def labels_of(self, kind: InstanceType) -> Mapping[str, str]:
        """Return the labels that a node has by its instance type."""
        ...

    def room(self, kind: InstanceType, pods: int) -> Amounts:
        """Return what a node of a type leaves to so many pods."""
        ...

    def planned(self, zones: Iterable[str]) -> Group:
        """Return how many nodes there are at first, at most and in an update, with how many pods and addresses.

        What they cost depends on the same: instance types, vCPUs, how they are bought.
        """
        ...
