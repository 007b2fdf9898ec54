"""The mistakes of node groups' machines: part of the table."""

from __future__ import annotations

from collections.abc import Mapping

from constructs_lib.specs.base import Key
from constructs_lib.specs.compute import TaintSpec, WarmPoolSpec
from tests.unit.configuration.mistakes import (
    AS_CHANGED,
    EXISTING,
    GROUP,
    OWN_GROUP,
    OWN_NODES,
    POD_SUBNETS,
    Mistake,
)
from tests.unit.configuration.silent_mistakes import BEHIND_PROXY

GOOD = GROUP.model_copy(update={"capacity_type": "ON_DEMAND", "ami_type": "AL2023_ARM_64_STANDARD"})
BOTTLEROCKET = {"ami_type": "BOTTLEROCKET_ARM_64"}
NVIDIA = {"ami_type": "AL2023_x86_64_NVIDIA"}
OWN_IMAGE = {"ami_id": "ami-0a1b2c3d4e5f67890"}
IO2 = {"disk_type": "io2"}
BLOCK = {**NVIDIA, "instance_types": ("p5.48xlarge",), "capacity_type": "CAPACITY_BLOCK"}
RESERVED = {"capacity_reservation_id": "cr-0a1b2c3d4e5f67890"}
ONE_ZONE = {"zones": ("eu-west-1a",)}
FABRIC = {**BOTTLEROCKET, **ONE_ZONE, "efa": True, "instance_types": ("m7g.16xlarge",)}
GPU = GOOD.model_copy(update={"ami_type": NVIDIA["ami_type"], "instance_types": ("g6.xlarge",)})
LONG = "#!/bin/bash\n" + "#" * 12_600
FEWER = WarmPoolSpec(min_size=2, max_group_prepared_capacity=1)
ASLEEP = WarmPoolSpec(pool_state="HIBERNATED")
REUSED = WarmPoolSpec(reuse_on_scale_in=True)
WINDOWS = GOOD.model_copy(
    update={
        "name": "Windows",
        "ami_type": "WINDOWS_CORE_2022_x86_64",
        "instance_types": ("m7i.large",),
        "disk_size_gib": 50,
        "node_repair": False,
    }
)
BESIDE = (
    GROUP.model_copy(
        update={"capacity_type": "ON_DEMAND", "instance_types": ("m7g.large", "m6g.large")}
    ),
    WINDOWS,
)
LONG_KEY = f"{'a' * 50}.example.com/team"
MANY_LABELS = {f"label-{number:03}": "x" * 60 for number in range(150)}
MANY_TAINTS = tuple(TaintSpec(key=f"taint-{n}", effect="NO_SCHEDULE") for n in range(51))
TWO_RANGES = (
    OWN_GROUP.model_copy(update={"service_ipv4_cidr": "10.100.0.0/16"}),
    OWN_GROUP.model_copy(update={"name": "Other", "service_ipv4_cidr": "172.20.0.0/16"}),
)
PODS_THERE = {
    "vpc_cni.custom_networking": True,
    "network": EXISTING.model_copy(
        update={
            "cidr": "192.168.0.0/16",
            "pod_cidr": "10.100.0.0/16",
            "pod_subnets": {"eu-west-1a": "subnet-0000000a", "eu-west-1b": "subnet-0000000b"},
        }
    ),
}
EITHER_RANGE = {**PODS_THERE, "network.pod_cidr": "10.20.0.0/16", "cluster.service_ipv4_cidr": None}
"""Beside ranges of which EKS has chosen nobody knows which one."""
ONE_FAMILY = "The licence of our software counts these processors only."
POOL = "warm_pool.max_group_prepared_capacity"


SNAPSHOT = {"disk_snapshot_id": "snap-0123456789abcdef0"}


def machine(  # noqa: PLR0917  # a row of a table
    name: str,
    change: Mapping[str, object],
    allowed: str,
    fix: str,
    at: str | None = None,
    got: object = AS_CHANGED,
) -> Mistake:
    """Return a mistake in a node group of AL2023, On-Demand."""
    return Mistake(name, change, allowed=allowed, fix=fix, at=at, good=GOOD, got=got)


def windows(  # noqa: PLR0917  # a row of a table
    name: str,
    change: Mapping[str, object],
    allowed: str,
    fix: str,
    at: str | None = None,
    got: object = AS_CHANGED,
) -> Mistake:
    """Return a mistake in a node group of Windows."""
    return Mistake(name, change, allowed=allowed, fix=fix, at=at, good=WINDOWS, got=got)


# fmt: off
MACHINES = [
    machine("too few IOPS", {"disk_iops": 2_999}, "3000 to 20000 for gp3 of 40 GiB", "set disk_iops=3000"),
    machine("too many IOPS for its size", {"disk_iops": 20_001}, "3000 to 20000 for gp3 of 40 GiB", "set disk_iops=20000"),
    machine("too many IOPS", {"disk_size_gib": 200, "disk_iops": 90_000}, "3000 to 80000", "set disk_iops=80000"),
    machine("no IOPS at all", {"disk_iops": 99}, "greater than or equal to 100", "set disk_iops to 100 or more"),
    machine("more IOPS than any volume", {"disk_iops": 256_001}, "less than or equal to 256000", "set disk_iops to 256000 or less"),
    machine("io2 without IOPS", IO2, "a number for an io2 volume", "set disk_iops=100 or more, or disk_type='gp3'", "disk_iops", None),
    machine("too many IOPS for io2", {**IO2, "disk_iops": 40_001}, "100 to 40000 for io2 of 40 GiB", "set disk_iops=40000"),
    machine("more throughput than IOPS allow", {"disk_throughput_mib": 751}, "at most 750 MiB/s with 3000 IOPS", "set disk_throughput_mib=750, or disk_iops=3004"),
    machine("throughput of io2", {**IO2, "disk_iops": 500, "disk_throughput_mib": 125}, "None for io2", "remove disk_throughput_mib"),
    machine("too little throughput", {"disk_throughput_mib": 124}, "greater than or equal to 125", "set disk_throughput_mib to 125 or more"),
    machine("too much throughput", {"disk_throughput_mib": 2_001}, "less than or equal to 2000", "set disk_throughput_mib to 2000 or less"),
    machine("no snapshot", {"disk_snapshot_id": "vol-0a1b2c3d"}, "a snapshot id", "copy SnapshotId"),
    machine("a snapshot to boot AL2023 from", SNAPSHOT, "None with AL2023_ARM_64_STANDARD, whose volume", "use a Bottlerocket ami_type, or remove"),
    machine("a snapshot to boot an own image from", {**OWN_IMAGE, **SNAPSHOT}, "whose volume is the one that it boots from", "use a Bottlerocket ami_type, or remove"),
    windows("a snapshot to boot Windows from", SNAPSHOT, "None with WINDOWS_CORE_2022_x86_64", "use a Bottlerocket ami_type, or remove", "disk_snapshot_id"),
    machine("no capacity reservation", {"capacity_reservation_id": "cr-1"}, "a capacity reservation id", "copy CapacityReservationId"),
    machine("no image", {"ami_id": "ubuntu"}, "an image id", "copy ImageId"),
    machine("a release of an own image", {**OWN_IMAGE, "release_version": "1.36.1-20261015"}, "None with ami_id", "remove release_version or ami_id", "release_version"),
    windows("an own image of Windows", OWN_IMAGE, "None with WINDOWS_CORE_2022_x86_64", "remove ami_id", "ami_id"),
    machine("a range of Services that EKS tells", {"service_ipv4_cidr": "172.20.0.0/16"}, "None without ami_id", "remove service_ipv4_cidr"),
    Mistake("an own image that nobody tells the range of Services", {"node_groups[0].ami_id": OWN_IMAGE["ami_id"]}, allowed="the cluster's range of Services, which nodes that join by themselves must be told", fix="copy the range from `aws eks describe-cluster", at="node_groups[0].service_ipv4_cidr", got=None),
    machine("a table twice with an own image", {**BOTTLEROCKET, **OWN_IMAGE, "user_data": "[settings.kubernetes]"}, "TOML; read together with", "each once", "user_data"),
    machine("no policy", {"permissions_boundary": "Boundary"}, "the ARN of an IAM policy", "copy one"),
    machine("instance stores of Bottlerocket", {**BOTTLEROCKET, "instance_store": "RAID0"}, "None with BOTTLEROCKET_ARM_64", "use an AL2023 ami_type"),
    machine("close together in every zone", {"placement_group": "cluster"}, "one zone when placement_group='cluster'", "use placement_group='spread'", "zones", None),
    machine("a Capacity Block in every zone", {**RESERVED, **BLOCK}, "the one zone of the Capacity Block", "set zones to that zone", "zones", None),
    machine("a Capacity Block without its id", {**ONE_ZONE, **BLOCK}, "the id of the Capacity Block", "set capacity_reservation_id", "capacity_reservation_id", None),
    machine("a command for AL2023", {"user_data": "dnf install htop"}, "names its interpreter", "begin it with #!/bin/bash"),
    machine("a script for Bottlerocket", {**BOTTLEROCKET, "user_data": "#!/bin/bash"}, "Bottlerocket has no shell", "write tables"),
    machine("no TOML", {**BOTTLEROCKET, "user_data": "[settings"}, "TOML; read together with", "write tables"),
    machine("a setting before every table", {**BOTTLEROCKET, "user_data": '# Ours\nsettings.kernel.lockdown = "integrity"'}, "settings in tables", "write tables"),
    machine("a table twice", {**BOTTLEROCKET, "max_pods": 20, "user_data": "[settings.kubernetes]"}, "TOML; read together with", "each once"),
    machine("a group's tag that is the CDK's", {"tags": {"Name": "x"}}, "Name is set on each resource", "rename or remove 'Name'"),
    machine("enclaves without Nitro Enclaves", {"nitro_enclaves": True, "instance_types": ("t4g.large",)}, "a type with Nitro Enclaves", "or use a type such as m7g.large", "instance_types[0]", "t4g.large"),
    machine("enclaves on bare metal", {"nitro_enclaves": True, "instance_types": ("m7g.metal",)}, "a type with Nitro Enclaves", "set nitro_enclaves=False", "instance_types[0]", "m7g.metal"),
    machine("disks that aren't there", {"instance_store": "RAID0", "instance_types": ("t4g.large",)}, "a type with disks of its own", "m7gd.large", "instance_types[0]", "t4g.large"),
    machine("one disk that is two", {"instance_store": "RAID10", "instance_types": ("m7gd.large",)}, "two disks or more", "set instance_store='RAID0'", "instance_types[0]", "m7gd.large"),
    machine("bare metal in hibernation", {"warm_pool": ASLEEP, "instance_types": ("m7g.metal",), "disk_size_gib": 300}, "a type with hibernation", "set pool_state='STOPPED'", "instance_types[0]", "m7g.metal"),
    machine("enclaves in hibernation", {"warm_pool": ASLEEP, "nitro_enclaves": True, "instance_types": ("m7g.large",)}, "False with pool_state='HIBERNATED'", "set nitro_enclaves=False", "nitro_enclaves", got=True),
    machine("more memory than disk", {"warm_pool": ASLEEP, "instance_types": ("m7g.4xlarge",)}, "more than 64, the memory of m7g.4xlarge", "set disk_size_gib=84 or more", "disk_size_gib", 40),
    machine("burstable instances close together", {**ONE_ZONE, "placement_group": "cluster", "instance_types": ("t4g.large",)}, "a type with cluster placement groups", "placement_group='spread'", "instance_types[0]", "t4g.large"),
    machine("adapters in two zones", {**FABRIC, "zones": None}, "one zone with efa=True", "set zones to the one zone, or efa=False", "zones", None),
    machine("an image without EFA", {**FABRIC, "ami_type": GOOD.ami_type}, "Bottlerocket, AL2023 with drivers of NVIDIA or Neuron, or ami_id", "use a Bottlerocket ami_type", "ami_type", GOOD.ami_type),
    windows("adapters of Windows", {**ONE_ZONE, "efa": True, "instance_types": ("m6i.32xlarge",)}, "Bottlerocket, AL2023 with drivers", "set efa=False", "ami_type", WINDOWS.ami_type),
    machine("a type without EFA", {**FABRIC, "instance_types": ("m7g.large",)}, "a type with an Elastic Fabric Adapter", "set efa=False, or use a type such as c7g.16xlarge", "instance_types[0]", "m7g.large"),
    machine("unlike network cards", {**FABRIC, "ami_type": "BOTTLEROCKET_x86_64", "instance_types": ("c6in.32xlarge", "c6i.32xlarge")}, "types with as many adapters as the first", "split the group: c6in.32xlarge has 2, c6i.32xlarge has 1", "instance_types"),
    machine("a Capacity Block of a type that has none", {**ONE_ZONE, **RESERVED, **BLOCK, "instance_types": ("g6.xlarge",)}, "a type that EC2 sells in Capacity Blocks: of p4d,", "another capacity_type", "instance_types[0]", "g6.xlarge"),
    machine("a Capacity Block of two types", {**ONE_ZONE, **RESERVED, **BLOCK, "instance_types": ("p5.48xlarge", "p5e.48xlarge")}, "the one type of the capacity reservation", "set instance_types to the type", "instance_types", ("p5.48xlarge", "p5e.48xlarge")),
    machine("a reservation of Spot", {**RESERVED, "capacity_type": "SPOT", "one_family_because": ONE_FAMILY}, "None with capacity_type='SPOT'", "set capacity_type='ON_DEMAND'", "capacity_reservation_id", RESERVED["capacity_reservation_id"]),
    machine("a reservation in every zone", {**RESERVED, "instance_types": ("m7g.large",)}, "the one zone of the capacity reservation", "set zones to the zone", "zones", None),
    machine("a reservation of two types", {**RESERVED, **ONE_ZONE, "instance_types": ("m7g.large", "m6g.large")}, "the one type of the capacity reservation", "set instance_types to the type"),
    machine("a longer label than EKS takes", {"labels": {LONG_KEY: "x"}}, "at most 63 characters in a managed node group", "use a shorter prefix", "labels", Key(LONG_KEY)),
    machine("more taints than 50", {"taints": MANY_TAINTS}, "at most 50 in a managed node group", "remove 1", got="51 taints"),
    Mistake("more nodes than racks", {"node_groups[0].placement_group": "spread", "node_groups[0].max_size": 22}, allowed="7 nodes in each of 2 zones with placement_group='spread', with the 8 that an update starts first", fix="set max_size=10, or split the group", at="node_groups[0].max_size", got=22),
    Mistake("no rack for an update", {"node_groups[0].placement_group": "spread", "node_groups[0].max_size": 11}, allowed="with the 4 that an update starts first", fix="set max_size=10, or set update_strategy='MINIMAL'", at="node_groups[0].max_size", got=11),
    Mistake("no rack for any update", {"node_groups[0].placement_group": "spread", "node_groups[0].max_size": 14, "node_groups[0].max_unavailable": 14}, allowed="with the 14 that an update starts first", fix="set update_strategy='MINIMAL'", at="node_groups[0].max_size", got=14),
    Mistake("more nodes than racks of a group that updates in place", {"node_groups[0].placement_group": "spread", "node_groups[0].max_size": 15, "node_groups[0].update_strategy": "MINIMAL"}, allowed="7 nodes in each of 2 zones with placement_group='spread'", fix="set max_size=14, or split the group", at="node_groups[0].max_size", got=15),
    Mistake("more tags than a machine can have", {"node_groups[0].tags": {f"tag-{number}": "x" for number in range(39)}}, allowed="at most 40 together", fix="remove 1 tags", at="node_groups[0].tags", got="41 tags with those of the environment"),
    Mistake("a boundary of another partition", {"node_groups[0].permissions_boundary": "arn:aws-us-gov:iam::111122223333:policy/Boundary"}, allowed="begins with arn:aws: (the partition of eu-west-1)", fix="use arn:aws:iam::111122223333:policy/Boundary"),
    *(Mistake(f"a range of Services that EKS didn't choose beside {cidr}", {"network.cidr": cidr, "cluster.service_ipv4_cidr": None, "node_groups": (TWO_RANGES[at],)}, allowed=f"{TWO_RANGES[1 - at].service_ipv4_cidr}, which EKS has chosen beside {cidr}", fix="copy the range from `aws eks describe-cluster", at="node_groups[0].service_ipv4_cidr", got=TWO_RANGES[at].service_ipv4_cidr, good=OWN_NODES) for cidr, at in (("10.100.0.0/16", 0), ("10.10.0.0/16", 0), ("172.20.0.0/16", 1), ("192.168.0.0/16", 1))),
    Mistake("a range of Services that clients have", {"cluster.service_ipv4_cidr": None, "node_groups": (TWO_RANGES[1],), "cluster.endpoint_private_access_cidrs": ("172.20.7.0/24",)}, allowed="a range without 172.20.7.0/24", fix="copy the range from `aws eks describe-cluster", at="node_groups[0].service_ipv4_cidr", got="172.20.0.0/16", good=OWN_NODES),
    Mistake("a range of Services of a cluster that clients have", {"cluster.service_ipv4_cidr": "10.99.0.0/16", "cluster.endpoint_private_access_cidrs": ("10.0.0.0/8", "10.99.0.0/16")}, allowed="a range without 10.99.0.0/16, which the VPC or a network connected to it has", fix="set that of a new cluster to a free one", at="cluster.service_ipv4_cidr", got="10.99.0.0/16"),
    Mistake("a range of Services that pods have", {**PODS_THERE, "cluster.service_ipv4_cidr": None, "node_groups": (TWO_RANGES[0],)}, allowed="a range without 10.100.0.0/16", fix="copy the range from `aws eks describe-cluster", at="node_groups[0].service_ipv4_cidr", got="10.100.0.0/16", good=OWN_NODES),
    Mistake("two ranges of Services", {"node_groups": TWO_RANGES[::-1], "cluster.service_ipv4_cidr": "172.20.0.0/16"}, allowed="172.20.0.0/16, as the cluster or the first of its groups says", fix="copy the range from `aws eks describe-cluster", at="node_groups[1].service_ipv4_cidr", got="10.100.0.0/16", good=OWN_NODES),
    Mistake("two ranges of Services that EKS may have chosen", {**EITHER_RANGE, "node_groups": TWO_RANGES[::-1]}, allowed="172.20.0.0/16, as the cluster or the first of its groups says", fix="copy the range from `aws eks describe-cluster", at="node_groups[1].service_ipv4_cidr", got="10.100.0.0/16", good=OWN_NODES),
    machine("no GPU for its image", {"instance_types": ("m7i.large",), **NVIDIA}, "an accelerator of NVIDIA", "use a type such as g6.xlarge", "instance_types[0]", "m7i.large"),
    machine("a warm pool larger than it may be", {"warm_pool": FEWER}, "2 to", "set it to 2", POOL, 1),
    machine("a warm pool of less than nothing", {"warm_pool": WarmPoolSpec(min_size=-1)}, "greater than or equal to 0", "set min_size to 0 or more", "warm_pool.min_size", -1),
    machine("a group of less than nothing", {"warm_pool": WarmPoolSpec(max_group_prepared_capacity=-1)}, "greater than or equal to 0", "or more", POOL, -1),
    machine("Spot of one family", {"capacity_type": "SPOT", "instance_types": ("m7g.large",)}, "types of two or more families", "or say why not in one_family_because"),
    machine("a reason for On-Demand", {"one_family_because": ONE_FAMILY}, "None where capacity_type isn't 'SPOT'", "remove one_family_because"),
    machine("a warm pool of Spot", {"capacity_type": "SPOT", "warm_pool": WarmPoolSpec()}, "None with capacity_type='SPOT'", "remove warm_pool"),
    Mistake("nodes that join while they wait", {"node_groups": (OWN_GROUP.model_copy(update={"warm_pool": REUSED, "capacity_type": "ON_DEMAND"}),)}, "None with AL2023_ARM_64_STANDARD in a self-managed node group", "use a Bottlerocket ami_type, or a NodeGroupSpec", "node_groups[0].warm_pool", REUSED, good=OWN_NODES),
    Mistake("a warm pool beside Spot", {"node_groups": (OWN_GROUP.model_copy(update={"warm_pool": ASLEEP.model_copy(update={"pool_state": "RUNNING"}), **BOTTLEROCKET, "capacity_type": "SPOT"}),)}, "None with capacity_type='SPOT': instances that wait are On-Demand", "remove warm_pool", "node_groups[0].warm_pool", ASLEEP.model_copy(update={"pool_state": "RUNNING"}), good=OWN_NODES),
    machine("a warm pool of an image of one's own", {**OWN_IMAGE, "warm_pool": WarmPoolSpec()}, "None with ami_id", "remove warm_pool, or use an ami_type", "warm_pool", WarmPoolSpec()),
    machine("Bottlerocket in hibernation", {**BOTTLEROCKET, "warm_pool": ASLEEP}, "'STOPPED' or 'RUNNING'", "set pool_state='STOPPED'", "warm_pool.pool_state", "HIBERNATED"),
    machine("Bottlerocket used again", {**BOTTLEROCKET, "warm_pool": REUSED}, "False with Bottlerocket", "set reuse_on_scale_in=False", "warm_pool.reuse_on_scale_in", got=True),
    Mistake("GPUs for the platform's own pods", {"workloads": (), "node_groups": (GPU,)}, allowed="at least one node group without these taints", fix="add a node group without taints", at="node_groups[0].taints", got=["nvidia.com/gpu:NO_SCHEDULE"]),
    Mistake("GPUs for the sample service", {"node_groups": (GPU,)}, allowed="taints", fix="add a node group", at="workloads[0]", got="SampleService", also=("node_groups[0].taints",)),
    Mistake("what nodes are told to join, twice", {**BOTTLEROCKET, "user_data": "[settings.kubernetes]"}, allowed="TOML; read together with", fix="each once", good=OWN_GROUP),
    Mistake("the proxy twice", {"node_groups[0].ami_type": "BOTTLEROCKET_ARM_64", "node_groups[0].user_data": "[settings.network]"}, allowed="TOML; read together with", fix="to http_proxy", good=BEHIND_PROXY),
    Mistake("more than an instance starts with", {"node_groups[0].user_data": LONG}, allowed="at most 12,288", fix="download what is long", got=f"{len(LONG) + 131:,} bytes of user data"),
    Mistake("more than a node joins with", {"node_groups[0].user_data": LONG[:11_000]}, allowed="at most 12,288", fix="download what is long", got="13,188 bytes of user data", good=OWN_NODES),
    Mistake("a node that joins with many labels", {"node_groups[0].labels": MANY_LABELS}, allowed="at most 12,288", fix="use fewer or shorter labels", at="node_groups[0].labels", got="12,800 bytes of user data", good=OWN_NODES),
    Mistake("a Capacity Block that nobody manages", {**ONE_ZONE, **RESERVED, **BLOCK}, allowed="'ON_DEMAND' or 'SPOT'", fix="use a NodeGroupSpec", good=OWN_GROUP),
    windows("user data for Windows", {"user_data": "<powershell>"}, "'' on Windows", "set user_data=''"),
    windows("pods pinned on Windows", {"max_pods": 10}, "None on Windows", "set max_pods=None"),
    windows("Windows that EKS repairs", {"node_repair": True}, "EKS repairs Linux nodes only", "set node_repair=False"),
    windows("a disk below the image of Windows", {"disk_size_gib": 49}, "50 or more on Windows", "set disk_size_gib=50 or more"),
    windows("a family without Windows", {"instance_types": ("m6a.large",)}, "a type that runs Windows", "use a type such as m7i.large", "instance_types[0]", "m6a.large"),
    windows("Windows on Arm", {"ami_type": "WINDOWS_CORE_2022_x86_64", "instance_types": ("m7g.large",)}, "an AMI type for arm64: there is none of Windows", "use a type such as m7i.large", "ami_type", "WINDOWS_CORE_2022_x86_64"),
    Mistake("Windows that nobody manages", {"ami_type": "WINDOWS_CORE_2022_x86_64", "instance_types": ("m7i.large", "m6i.large"), "disk_size_gib": 50}, allowed="an image of AL2023 or Bottlerocket", fix="use a NodeGroupSpec for Windows", at="ami_type", got="WINDOWS_CORE_2022_x86_64", good=OWN_GROUP),
    Mistake("custom networking of Windows", {"node_groups": BESIDE, **POD_SUBNETS}, allowed="False beside nodes of Windows (Windows)", fix="set custom_networking=False", at="vpc_cni.custom_networking", got=True),
    Mistake("security groups for pods on Windows", {"node_groups": BESIDE, "vpc_cni.pod_security_groups": True}, allowed="False beside nodes of Windows", fix="set pod_security_groups=False"),
    Mistake("a proxy for Windows", {"node_groups": BESIDE}, allowed="None beside nodes of Windows", fix="remove http_proxy or the Windows groups", at="http_proxy", got=BEHIND_PROXY.http_proxy, good=BEHIND_PROXY),
    Mistake("a Windows release of another Kubernetes version", {"node_groups": (BESIDE[0], WINDOWS.model_copy(update={"release_version": "1.35-2026.04.18"}))}, allowed="a Windows release for Kubernetes 1.36", fix="use a release that begins with 1.36-", at="node_groups[1].release_version", got="1.35-2026.04.18"),
    Mistake("Windows alone", {"workloads": (), "node_groups": (WINDOWS,)}, allowed="at least one node group of Linux: coredns", fix="ami_type='AL2023_x86_64_STANDARD'", at="node_groups", got=["WINDOWS_CORE_2022_x86_64"]),
    Mistake("Windows beside GPUs alone", {"workloads": (), "node_groups": (WINDOWS, GPU)}, allowed="at least one node group without these taints: coredns", fix="add a node group without taints", at="node_groups[1].taints", got=["nvidia.com/gpu:NO_SCHEDULE"]),
]
# fmt: on
