from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.specs.compute import NodeGroupSpec, TaintSpec, WarmPoolSpec
from tests.unit.configuration.mistakes import GROUP, with_changes

AL2023 = {"ami_type": "AL2023_ARM_64_STANDARD"}
BOTTLEROCKET = {"ami_type": "BOTTLEROCKET_ARM_64"}
NVIDIA = {"ami_type": "AL2023_x86_64_NVIDIA", "instance_types": ("g6.xlarge",)}
NEURON = {"ami_type": "AL2023_x86_64_NEURON", "instance_types": ("inf2.xlarge",)}
ONE_ZONE = {"zones": ("eu-west-1a",)}
BLOCK = {"capacity_type": "CAPACITY_BLOCK", "capacity_reservation_id": "cr-0a1b2c3d4e5f67890"}


def group(**fields: object) -> NodeGroupSpec:
    """Return a node group with other values."""
    return with_changes(GROUP, {"capacity_type": "ON_DEMAND", **fields})


def told(**fields: object) -> list[tuple[str, str]]:
    """Return the places of what is wrong with a group, and the fixes."""
    return [(each.at, each.fix) for each in group(**fields).problems()]


@pytest.mark.parametrize(
    ("fields", "at", "fix"),
    [
        ({"disk_iops": 2_999}, "disk_iops", "set disk_iops=3000"),
        ({"disk_iops": 20_001}, "disk_iops", "set disk_iops=20000"),
        ({"disk_iops": 90_000, "disk_size_gib": 200}, "disk_iops", "set disk_iops=80000"),
        ({"disk_type": "io2"}, "disk_iops", "set disk_iops=100 or more, or disk_type='gp3'"),
        ({"disk_type": "io2", "disk_iops": 40_001}, "disk_iops", "set disk_iops=40000"),
        (
            {"disk_throughput_mib": 751},
            "disk_throughput_mib",
            "set disk_throughput_mib=750, or disk_iops=3004",
        ),
        (
            {"disk_type": "io2", "disk_iops": 500, "disk_throughput_mib": 125},
            "disk_throughput_mib",
            "remove disk_throughput_mib",
        ),
        (
            {**BOTTLEROCKET, "instance_store": "RAID0"},
            "instance_store",
            "use an AL2023 ami_type, or set instance_store=None",
        ),
        (
            {"placement_group": "cluster", "zones": None},
            "zones",
            "set zones to the one zone, or use placement_group='spread'",
        ),
        ({**BLOCK, "zones": None}, "zones", "set zones to that zone"),
        (
            {**BLOCK, **ONE_ZONE, "capacity_reservation_id": None},
            "capacity_reservation_id",
            "set capacity_reservation_id, or another capacity_type",
        ),
        ({**AL2023, "user_data": "dnf install htop"}, "user_data", "begin it with #!/bin/bash"),
        (
            {**BOTTLEROCKET, "user_data": "#!/bin/bash"},
            "user_data",
            "write tables such as [settings.kernel], each once",
        ),
        (
            {**BOTTLEROCKET, "user_data": "[settings.kubernetes]\nx = 1\n", "max_pods": 20},
            "user_data",
            "write tables such as [settings.kernel], each once",
        ),
        ({"tags": {"Name": "x"}}, "tags", "rename or remove 'Name'"),
        (
            {**NVIDIA, "instance_types": ("m7i.large",)},
            "instance_types[0]",
            "use a type such as g6.xlarge, or another ami_type",
        ),
        (
            {**NEURON, "ami_type": "AL2023_x86_64_STANDARD"},
            "instance_types[0]",
            "use a type such as m7i.large or m7g.large",
        ),
        (
            {"warm_pool": WarmPoolSpec(min_size=2, max_group_prepared_capacity=1)},
            "warm_pool.max_group_prepared_capacity",
            "set it to 2",
        ),
        (
            {"warm_pool": WarmPoolSpec(), "capacity_type": "SPOT"},
            "warm_pool",
            "remove warm_pool, or set capacity_type='ON_DEMAND'",
        ),
        (
            {**BOTTLEROCKET, "warm_pool": WarmPoolSpec(pool_state="HIBERNATED")},
            "warm_pool.pool_state",
            "set pool_state='STOPPED'",
        ),
        (
            {**BOTTLEROCKET, "warm_pool": WarmPoolSpec(reuse_on_scale_in=True)},
            "warm_pool.reuse_on_scale_in",
            "set reuse_on_scale_in=False",
        ),
    ],
)
def test_what_a_machine_cannot_be_is_one_problem(fields: dict[str, Any], at: str, fix: str) -> None:
    """With the field, and a value that is accepted."""
    assert told(**fields) == [(at, fix)]


@pytest.mark.parametrize(
    "fields",
    [
        {"disk_iops": 12_000, "disk_throughput_mib": 2_000},
        {"disk_type": "io2", "disk_iops": 100},
        {**AL2023, "instance_store": "RAID10"},
        {"placement_group": "spread"},
        {"placement_group": "cluster", **ONE_ZONE},
        {**BLOCK, **ONE_ZONE},
        {**AL2023, "user_data": "#!/bin/sh\n"},
        {**BOTTLEROCKET, "user_data": "[settings.kernel]\nlockdown = 'none'\n", "max_pods": 20},
        NVIDIA,
        NEURON,
        {**AL2023, "warm_pool": WarmPoolSpec(pool_state="HIBERNATED", reuse_on_scale_in=True)},
        {**BOTTLEROCKET, "warm_pool": WarmPoolSpec(pool_state="RUNNING")},
    ],
)
def test_what_a_machine_can_be(fields: dict[str, Any]) -> None:
    """Each within the limits."""
    assert told(**fields) == []


@pytest.mark.parametrize(
    ("fields", "key", "plugin"),
    [
        (AL2023, None, None),
        (NVIDIA, "nvidia.com/gpu", "nvidia"),
        (NEURON, "aws.amazon.com/neuron", "neuron"),
        ({**NVIDIA, "ami_type": "BOTTLEROCKET_x86_64_NVIDIA"}, "nvidia.com/gpu", None),
    ],
)
def test_accelerators_are_kept_for_who_asks_for_them(
    fields: dict[str, Any], key: str | None, plugin: str | None
) -> None:
    """By a taint and a label; the plug-in comes along where the image has none."""
    taint = TaintSpec(key="team", effect="NO_EXECUTE")
    made = group(**fields, labels={"a": "b"}, taints=(taint,))
    assert made.accelerator == key
    assert made.device_plugin == plugin
    assert made.node_labels == ({f"{key}.present": "true"} if key else {}) | {"a": "b"}
    assert [each.key for each in made.node_taints] == [*([key] if key else []), "team"]


def test_a_taint_of_the_environment_takes_the_place_of_ours() -> None:
    """With its own effect."""
    own = TaintSpec(key="nvidia.com/gpu", effect="PREFER_NO_SCHEDULE")
    assert group(**NVIDIA, taints=(own,)).node_taints == (own,)
