from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.specs.compute import NodeGroupSpec, TaintSpec, WarmPoolSpec
from constructs_lib.specs.machine_features import interfaces
from constructs_lib.specs.namespaced_workloads import ImageSpec
from tests.unit.configuration.mistakes import DEV, GROUP, with_changes
from tests.unit.configuration.workload_mistakes import WEB, shop

AL2023 = {"ami_type": "AL2023_ARM_64_STANDARD"}
BOTTLEROCKET = {"ami_type": "BOTTLEROCKET_ARM_64"}
NVIDIA = {"ami_type": "AL2023_x86_64_NVIDIA", "instance_types": ("g6.xlarge",)}
NEURON = {"ami_type": "AL2023_x86_64_NEURON", "instance_types": ("inf2.xlarge",)}
OWN = {"ami_id": "ami-0a1b2c3d4e5f67890", "service_ipv4_cidr": "172.20.0.0/16"}
ONE_ZONE = {"zones": ("eu-west-1a",)}
BLOCK = {
    "capacity_type": "CAPACITY_BLOCK",
    "capacity_reservation_id": "cr-0a1b2c3d4e5f67890",
    "ami_type": "AL2023_x86_64_NVIDIA",
    "instance_types": ("p5.48xlarge",),
}


def group(**fields: object) -> NodeGroupSpec:
    """Return a node group with other values."""
    assert isinstance(GROUP, NodeGroupSpec)
    return with_changes(GROUP, {"capacity_type": "ON_DEMAND", **fields})


def told(**fields: object) -> list[tuple[str, str]]:
    """Return the places of what is wrong with a group, and the fixes."""
    return [(each.at, each.fix) for each in group(**fields).problems()]


@pytest.mark.parametrize(
    "fields",
    [
        {"disk_iops": 12_000, "disk_throughput_mib": 2_000},
        {"disk_type": "io2", "disk_iops": 100},
        {**AL2023, "instance_store": "RAID10", "instance_types": ("m7gd.16xlarge",)},
        {"placement_group": "spread"},
        {"placement_group": "cluster", **ONE_ZONE, "instance_types": ("m7g.large",)},
        {**BLOCK, **ONE_ZONE},
        {
            **BOTTLEROCKET,
            **ONE_ZONE,
            "efa": True,
            "instance_types": ("m7g.16xlarge", "c7g.16xlarge"),
        },
        {**NVIDIA, **ONE_ZONE, "efa": True, "instance_types": ("p5.48xlarge",)},
        {**AL2023, **ONE_ZONE, **OWN, "efa": True, "instance_types": ("m7g.16xlarge",)},
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
    assert made.device_plugins == ((plugin,) if plugin else ())
    assert made.node_labels == ({f"{key}.present": "true"} if key else {}) | {"a": "b"}
    assert [each.key for each in made.node_taints] == [*([key] if key else []), "team"]


def test_adapters_have_a_label_and_a_plug_in() -> None:
    """Of EKS's images none has the plug-in, and no pod needs to be kept off."""
    made = group(**NVIDIA, efa=True)
    assert made.device_plugins == ("nvidia", "efa")
    assert made.node_labels["vpc.amazonaws.com/efa.present"] == "true"
    assert [each.key for each in made.node_taints] == ["nvidia.com/gpu"]


@pytest.mark.parametrize(
    ("name", "first", "others"),
    [("m7g.16xlarge", "efa", 0), ("p5.48xlarge", "efa", 31), ("p6-b300.48xlarge", "interface", 16)],
)
def test_a_type_has_an_interface_for_each_card(name: str, first: str, others: int) -> None:
    """Only the first has addresses."""
    assert interfaces(name) == (first, *["efa-only"] * others)


def test_a_taint_of_the_environment_takes_the_place_of_ours() -> None:
    """With its own effect."""
    own = TaintSpec(key="nvidia.com/gpu", effect="PREFER_NO_SCHEDULE")
    assert group(**NVIDIA, taints=(own,)).node_taints == (own,)


@pytest.mark.parametrize("taints", [(), (TaintSpec(key="nvidia.com/gpu", effect="NO_EXECUTE"),)])
def test_an_image_need_not_run_where_its_pods_cannot(taints: tuple[TaintSpec, ...]) -> None:
    """GPU nodes are of the other architecture, and pods don't tolerate their taint."""
    gpu = group(**NVIDIA, name="Gpu", taints=taints)
    change = shop("image", images={"web": ImageSpec(path=WEB, architecture="arm64")})
    assert not [*with_changes(DEV, {**change, "node_groups": (*DEV.node_groups, gpu)}).problems()]


@pytest.mark.parametrize(("strategy", "surge"), [("DEFAULT", 4), ("MINIMAL", 1)])
def test_the_plan_knows_the_strategy_of_updates(strategy: str, surge: int) -> None:
    """MINIMAL starts no nodes beyond the maximum."""
    assert group(update_strategy=strategy, max_size=9).planned("ab").surge == surge
