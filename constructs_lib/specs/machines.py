"""The EC2 instances behind nodes: disks, placement, what else runs on them, what they may do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from capacity.quotas import PODS_ON_LARGE_NODES
from constructs_lib.specs.base import Problem, rule
from constructs_lib.specs.disk_limits import beyond_ebs
from constructs_lib.specs.ec2_ids import AmiId, CapacityReservationId, PolicyArn, SnapshotId
from constructs_lib.specs.fitting import relatives
from constructs_lib.specs.machine_features import launches, unlaunchable
from constructs_lib.specs.node_room import room_of_machine
from constructs_lib.specs.node_user_data import ANY_CLUSTER, Joining, unreadable_settings, user_data
from constructs_lib.specs.nodes import NodesSpec
from constructs_lib.specs.own_images import unlike_aws
from constructs_lib.specs.permissions import PermissionsSpec
from constructs_lib.specs.tags import TagKey, TagValue, check_tags
from constructs_lib.specs.types import Reason
from constructs_lib.specs.windows import unsupported

if TYPE_CHECKING:
    from capacity.inputs import Group
    from capacity.instance_types import InstanceType
    from constructs_lib.specs.proxy_settings import ProxySettings
    from kube.pods import Amounts


class MachinesSpec(NodesSpec):
    """Nodes, and what their EC2 instances have beside what EKS asks for."""

    ami_id: AmiId | None = None
    """An image of your own, built from one of ami_type, such as a hardened one. Its nodes join by
    themselves, and EKS neither chooses nor updates it: another id rolls the nodes."""
    service_ipv4_cidr: Literal["10.100.0.0/16", "172.20.0.0/16"] | None = None
    """For nodes that join by themselves, the range of Services that EKS has chosen for a cluster without
    cluster.service_ipv4_cidr. Setting it there later would replace the cluster."""
    disk_type: Literal["gp3", "io2"] = "gp3"
    """The type of the volume for images, logs and emptyDirs."""
    disk_iops: Annotated[int, Field(ge=100, le=256_000)] | None = None
    """Its IOPS; None leaves gp3 at 3,000. io2 needs a number."""
    disk_throughput_mib: Annotated[int, Field(ge=125, le=2_000)] | None = None
    """The throughput of a gp3 volume, in MiB/s; None leaves it at 125."""
    disk_snapshot_id: SnapshotId | None = None
    """A snapshot that the volume of Bottlerocket is made from, such as one with images."""
    instance_store: Literal["RAID0", "RAID10"] | None = None
    """How AL2023 joins the instance's own disks, in place of the volume; None leaves them alone. What is
    on them goes with the instance."""
    detailed_monitoring: bool = False
    """Whether EC2 measures each minute instead of every five."""
    nitro_enclaves: bool = False
    """Whether instances can run enclaves."""
    placement_group: Literal["cluster", "spread"] | None = None
    """'cluster' puts nodes close together, in one zone; 'spread' on separate racks, seven in each zone
    at most."""
    capacity_reservation_id: CapacityReservationId | None = None
    """The capacity reservation to launch into."""
    one_family_because: Reason | None = None
    """Why a SPOT group has instance types of one family only; EC2 can take all of them at once."""
    user_data: str = ""
    """A shell script for AL2023, or settings in TOML for Bottlerocket, run before the node joins."""
    permissions: PermissionsSpec = PermissionsSpec()
    """What the nodes may do in AWS beside what EKS asks for. Pods get permissions of their own."""
    permissions_boundary: PolicyArn | None = None
    """The permissions boundary of the nodes' role."""
    tags: Annotated[Mapping[TagKey, TagValue], AfterValidator(check_tags)] = {}
    """Tags of the group, its instances and volumes, beside those of the environment."""

    @property
    def joins_by_itself(self) -> bool:
        """Tell whether user data must say all that a node needs to join: EKS adds none."""
        return self.ami_id is not None

    def suits(self, name: str) -> bool:
        """Tell whether the group can use an instance type, with all that it asks of its machines."""
        return super().suits(name) and launches(self, name)

    @property
    def lacks_service_range(self) -> bool:
        """Tell whether the cluster must know its range of Services, which no node can ask for."""
        return self.joins_by_itself and self.service_ipv4_cidr is None

    def told(
        self, proxy: ProxySettings | None, joins: Joining | None = None, max_pods: int | None = None
    ) -> str | None:
        """Return the user data of the nodes, None where there is nothing to say.

        Those that join by themselves are told what; a check, before the cluster is known, takes any.
        """
        most = max_pods or self.max_pods
        if self.joins_by_itself:
            own = replace(ANY_CLUSTER, labels=self.node_labels, taints=self.node_taints)
            joins, most = joins or own, most or PODS_ON_LARGE_NODES
        return user_data(
            self.ami_type,
            most,
            proxy,
            joins,
            instance_store=self.instance_store,
            own=self.user_data,
        )

    def unreadable(self, proxy: ProxySettings | None) -> str:
        """Return why Bottlerocket can't read the user data of the nodes, empty if it can."""
        bottlerocket = self.ami_type.startswith("BOTTLEROCKET")
        return unreadable_settings(self.told(proxy) or "", self.user_data) if bottlerocket else ""

    def room(self, kind: InstanceType, pods: int) -> Amounts:
        """Return what a node of a type leaves to so many pods."""
        return room_of_machine(self, kind, pods)

    def planned(self, zones: Iterable[str]) -> Group:
        """Return the group for the plan, with how far apart its nodes are."""
        return replace(super().planned(zones), spread=self.placement_group == "spread")

    @rule
    def spot_instances_are_of_several_families(self) -> Iterator[Problem]:
        """EC2 user guide, "Best practices for Amazon EC2 Spot": be flexible about instance types."""
        families = sorted({name.partition(".")[0] for name in self.instance_types})
        if self.capacity_type != "SPOT" and self.one_family_because is not None:
            yield Problem(
                at="one_family_because",
                got=self.one_family_because,
                allowed="None where capacity_type isn't 'SPOT'",
                fix="remove one_family_because",
            )
        elif self.capacity_type == "SPOT" and len(families) == 1 and not self.one_family_because:
            yield Problem(
                at="instance_types",
                got=self.instance_types,
                allowed="types of two or more families for Spot: EC2 interrupts those of a family together",
                fix=f"add {' or '.join(relatives(self)[:2]) or 'a type of another family'}, or say why not in "
                "one_family_because",
            )

    @rule
    def an_own_image_is_whole(self) -> Iterator[Problem]:
        """Nobody adds to it what it lacks."""
        yield from unlike_aws(self)

    @rule
    def windows_has_what_it_needs(self) -> Iterator[Problem]:
        """And nothing that it can't have."""
        yield from unsupported(self)

    @rule
    def disks_are_within_limits(self) -> Iterator[Problem]:
        """EBS makes no faster ones."""
        yield from beyond_ebs(self)

    @rule
    def instance_stores_are_joined_by_nodeadm(self) -> Iterator[Problem]:
        """AL2023 has it (amazon-eks-ami, nodeadm/doc/api.md, LocalStorageOptions)."""
        if self.instance_store is not None and not self.ami_type.startswith("AL2023"):
            yield Problem(
                at="instance_store",
                got=self.instance_store,
                allowed=f"None with {self.ami_type}: AL2023 joins the instance's own disks",
                fix="use an AL2023 ami_type, or set instance_store=None",
            )

    @rule
    def machines_that_are_close_are_in_one_zone(self) -> Iterator[Problem]:
        """EC2 user guide, "Placement strategies": a cluster placement group is in one zone."""
        if self.placement_group == "cluster" and len(self.zones or ()) != 1:
            yield Problem(
                at="zones",
                got=self.zones,
                allowed="one zone when placement_group='cluster'",
                fix="set zones to the one zone, or use placement_group='spread'",
            )

    @rule
    def user_data_is_of_its_system(self) -> Iterator[Problem]:
        """A script for one system says nothing to the other."""
        if not self.user_data or self.is_windows:
            return
        script = self.user_data.startswith("#!")
        if not self.ami_type.startswith("BOTTLEROCKET"):
            fix = "begin it with #!/bin/bash"
            wrong = "" if script else "a script that names its interpreter"
        else:
            fix = "write tables such as [settings.kernel], each once"
            wrong = "TOML: Bottlerocket has no shell" if script else self.unreadable(None)
        if wrong:
            yield Problem(at="user_data", got=self.user_data, allowed=wrong, fix=fix)

    @rule
    def instance_types_have_what_is_asked_for(self) -> Iterator[Problem]:
        """EC2 refuses to launch the others."""
        yield from unlaunchable(self)

    @rule
    def capacity_blocks_are_reserved(self) -> Iterator[Problem]:
        """EKS user guide, "Create a managed node group with Capacity Blocks for ML"."""
        if self.capacity_type != "CAPACITY_BLOCK":
            return
        if self.capacity_reservation_id is None:
            yield Problem(
                at="capacity_reservation_id",
                got=None,
                allowed="the id of the Capacity Block with capacity_type='CAPACITY_BLOCK'",
                fix="set capacity_reservation_id, or another capacity_type",
            )
        if len(self.zones or ()) != 1:
            yield Problem(
                at="zones",
                got=self.zones,
                allowed="the one zone of the Capacity Block",
                fix="set zones to that zone",
            )
