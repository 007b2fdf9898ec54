"""What is common to nodes of every kind: image, instance types, sizes, labels and taints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from capacity.inputs import Group
from capacity.instance_labels import ARCHITECTURE, KUBERNETES_ARCHITECTURES
from capacity.instance_types import InstanceType, instance_type
from constructs_lib.specs.ami_types import AMI_ARCHITECTURES, AmiType, is_windows
from constructs_lib.specs.base import Problem, Spec, rule
from constructs_lib.specs.compute_protocol import ComputeSpec
from constructs_lib.specs.devices import ACCELERATORS, EFA
from constructs_lib.specs.fitting import another_image, boots, images, instead, is_sold, unfit
from constructs_lib.specs.instance_families import InstanceTypes, driven
from constructs_lib.specs.labels import LabelKey, LabelValue, TaintValue, check_node_labels
from constructs_lib.specs.regions import ZoneName, repeated_zones
from constructs_lib.specs.shape import settings
from constructs_lib.specs.sized_nodes import SizedNodes
from constructs_lib.specs.types import PascalName, ReleaseVersion
from kube.scheduling import SYSTEM, TAINT_EFFECTS

MOST_NODES = 100_000
"""Of the largest cluster that EKS runs (EKS best practices guide, "Scalability")."""


class TaintSpec(Spec):
    """A taint of nodes."""

    key: LabelKey
    """The taint's key."""
    value: TaintValue = ""
    """The taint's value."""
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"]
    """What happens to pods that don't tolerate it."""

    @property
    def value_and_effect(self) -> str:
        """Return both as Kubernetes writes them, such as batch:NoSchedule."""
        return f"{self.value}:{TAINT_EFFECTS[self.effect]}"


def repeated_taints(spec: Spec, *fields: str) -> Iterator[Problem]:
    """Yield the taints that repeat another: Kubernetes accepts a key once for each effect."""
    seen: set[tuple[str, str]] = set()
    for field in fields:
        for index, taint in enumerate(getattr(spec, field)):
            if (taint.key, taint.effect) in seen:
                yield Problem(
                    at=f"{field}[{index}].key",
                    got=taint.key,
                    allowed=f"a key without another taint of effect {taint.effect}",
                    fix="remove the duplicate",
                )
            seen.add((taint.key, taint.effect))


class NodesSpec(SizedNodes, ComputeSpec):
    """Nodes that are alike, however they are made."""

    name: PascalName
    """The group's name in this project, in PascalCase. A new name creates a new group."""
    instance_types: InstanceTypes
    """The instance types, all of one architecture. The first is preferred. A change replaces a
    managed group."""
    ami_type: AmiType
    """The operating system, AL2023, Bottlerocket or, in a managed group, Windows, and its architecture."""
    capacity_type: Literal["ON_DEMAND", "SPOT", "CAPACITY_BLOCK"] = "ON_DEMAND"
    """How instances are bought. A change replaces a managed group."""
    min_size: Annotated[int, Field(ge=0)]
    """The fewest nodes."""
    max_size: Annotated[int, Field(ge=1, le=MOST_NODES)]
    """The most nodes."""
    desired_size: Annotated[int, Field(ge=0)]
    """The nodes to start with. An autoscaler may change it; a deploy that changes the group's
    sizes sets it again."""
    labels: Annotated[Mapping[LabelKey, LabelValue], AfterValidator(check_node_labels)] = {}
    """Kubernetes labels of the nodes. Those with accelerators get one of their own as well."""
    taints: tuple[TaintSpec, ...] = ()
    """Kubernetes taints of the nodes. Those with accelerators get nvidia.com/gpu or
    aws.amazon.com/neuron as well, those of Windows os=windows."""
    zones: tuple[ZoneName, ...] | None = None
    """The zones to use; None uses every zone of the network."""
    disk_size_gib: Annotated[int, Field(ge=20, le=16384)] = 40
    """Size of the encrypted volume for images, logs and emptyDirs, in GiB."""
    max_pods: Annotated[int, Field(ge=3, le=250)] | None = None
    """The most pods per node, including those on the host network. None lets EKS derive it from the
    instance types and the VPC CNI; `make plan` shows the number."""
    efa: bool = False
    """Whether nodes have an Elastic Fabric Adapter on each network card, by which MPI and NCCL reach others
    in the zone. Pods ask for vpc.amazonaws.com/efa."""
    release_version: ReleaseVersion | None = None
    """A fixed AMI release of the cluster's Kubernetes version, such as 1.35.3-20260512; None uses the newest
    when the group is created or the version changes, of a self-managed group at any deploy."""

    hosts_platform: ClassVar[bool] = True
    """Pods of the platform run on nodes of any group."""

    @property
    def fewest(self) -> int:
        """Return the lowest max_size that the other fields allow."""
        return max(self.min_size, self.desired_size, 1)

    def planned(self, zones: Iterable[str]) -> Group:
        """Return the group for the plan, in its own zones or in these."""
        return Group(
            name=self.name,
            kinds=self.kinds,
            zones=tuple(sorted(self.zones or zones)),
            desired=self.desired_size,
            maximum=self.max_size,
            spot=self.capacity_type == "SPOT",
            pinned_pods=self.max_pods,
            windows=self.is_windows,
            device_plugins=len(self.device_plugins),
            in_a_block=self.capacity_type == "CAPACITY_BLOCK",
        )

    def suits(self, name: str) -> bool:
        """Tell whether the group can use an instance type."""
        return is_sold(name, self.capacity_type) and boots(name, self.ami_type)

    @property
    def is_windows(self) -> bool:
        """Tell whether the nodes run Windows."""
        return is_windows(self.ami_type)

    @property
    def kinds(self) -> tuple[InstanceType, ...]:
        """Return the instance types."""
        return tuple(map(instance_type, self.instance_types))

    @property
    def architecture(self) -> str:
        """Return the architecture of the AMI: x86_64 or arm64."""
        return AMI_ARCHITECTURES[self.ami_type]

    @property
    def kubernetes_architecture(self) -> str:
        """Return the value of the node label kubernetes.io/arch: amd64 or arm64."""
        return KUBERNETES_ARCHITECTURES[self.architecture]

    @property
    def accelerator(self) -> str | None:
        """Return the resource of its accelerators, such as nvidia.com/gpu."""
        maker = driven(self.ami_type)
        return maker and ACCELERATORS[maker]

    @property
    def devices(self) -> tuple[str, ...]:
        """Return the resources that its nodes have beside those of every node."""
        return tuple(filter(None, (self.accelerator, EFA if self.efa else None)))

    @property
    def device_plugins(self) -> tuple[str, ...]:
        """Return the device plug-ins that the nodes need: nvidia or neuron, which Bottlerocket has, efa."""
        maker = None if self.ami_type.startswith("BOTTLEROCKET") else driven(self.ami_type)
        return tuple(filter(None, (maker and maker.lower(), "efa" if self.efa else None)))

    @property
    def system_labels(self) -> Mapping[str, str]:
        """Return the labels of their architecture and system."""
        system = "windows" if self.is_windows else "linux"
        return {ARCHITECTURE: self.kubernetes_architecture, SYSTEM: system}

    @property
    def node_labels(self) -> Mapping[str, str]:
        """Return all labels of the nodes: with an accelerator or EFA, one that says so."""
        return {**{f"{each}.present": "true" for each in self.devices}, **self.labels}

    @property
    def node_taints(self) -> tuple[TaintSpec, ...]:
        """Return all taints of the nodes: of Windows or with an accelerator, one that others don't tolerate."""
        wanted = {"os": "windows"} if self.is_windows else {}
        wanted |= {self.accelerator: "true"} if self.accelerator else {}
        own = [
            TaintSpec(key=key, value=value, effect="NO_SCHEDULE")
            for key, value in wanted.items()
            if all(each.key != key for each in self.taints)
        ]
        return (*own, *self.taints)

    @rule
    def sizes_are_in_order(self) -> Iterator[Problem]:
        """min_size ≤ max_size."""
        low, desired, high = self.min_size, self.desired_size, self.max_size
        if low > high:
            more, fewer = min(max(low, desired), MOST_NODES), min(high, desired)
            up = settings(self, max_size=more, desired_size=more, min_size=min(low, more))
            down = settings(self, min_size=fewer, desired_size=fewer)
            allowed = f"at least min_size ({low})"
            yield Problem(at="max_size", got=high, allowed=allowed, fix=f"{up}, or {down}")

    @rule
    def desired_size_is_between(self) -> Iterator[Problem]:
        """The group starts within its limits; sizes_are_in_order reports limits in the wrong order."""
        low, high = self.min_size, self.max_size
        if low <= high and not low <= self.desired_size <= high:
            nearest = max(low, min(self.desired_size, high))
            yield Problem(
                at="desired_size",
                got=self.desired_size,
                allowed=f"{low} to {high} (min_size to max_size)",
                fix=f"set desired_size={nearest}",
            )

    @rule
    def instance_types_share_an_architecture(self) -> Iterator[Problem]:
        """One AMI serves the whole group."""
        found = {name: instance_type(name).architecture for name in self.instance_types}
        if len(set(found.values())) > 1:
            listing = ", ".join(f"{name} is {architecture}" for name, architecture in found.items())
            yield Problem(
                at="instance_types",
                got=self.instance_types,
                allowed="instance types of one architecture",
                fix=f"split the group by architecture: {listing}",
            )

    @rule
    def ami_type_fits_the_instance_types(self) -> Iterator[Problem]:
        """The AMI boots on the instances."""
        found = {instance_type(name).architecture for name in self.instance_types}
        if found != {self.architecture} and len(found) == 1:
            ways = another_image(self)
            listing = ", ".join(images(self)) or "there is none" + " of Windows" * self.is_windows
            yield Problem(
                at="ami_type",
                got=self.ami_type,
                allowed=f"an AMI type for {found.pop()}: {listing}",
                fix=", or ".join((*ways, "use other instance types")) if ways else instead(self),
            )

    @rule
    def instance_types_are_of_use(self) -> Iterator[Problem]:
        """The image boots on each, drives it, and EC2 sells it so."""
        yield from unfit(self)

    @rule
    def taints_are_distinct(self) -> Iterator[Problem]:
        """One taint says it."""
        yield from repeated_taints(self, "taints")

    @rule
    def zones_are_distinct(self) -> Iterator[Problem]:
        """EKS accepts a subnet once."""
        yield from repeated_zones(self.zones)
