"""A fix that names an instance type or an image names one that the next check takes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pytest

from capacity.instance_types import every_type
from constructs_lib.specs.ami_types import AmiType
from constructs_lib.specs.base import Problem
from constructs_lib.specs.compute import NodeGroupSpec, WarmPoolSpec
from constructs_lib.specs.fitting import another_image, relatives

NAMES = {each.name for each in every_type()}
WRONG = (
    *(
        "m7g.large",
        "m7i.large",
        "g6.xlarge",
        "g5g.xlarge",
        "g4ad.xlarge",
        "inf2.xlarge",
        "a1.large",
    ),
    *(
        "dl1.24xlarge",
        "t3.micro",
        "m6a.large",
        "hpc7g.4xlarge",
        "t2.nano",
        "m4.large",
        "m7i.metal-24xl",
    ),
)
WISHES: Mapping[str, Mapping[str, Any]] = {
    "nothing": {},
    "spot": {"capacity_type": "SPOT"},
    "a block": {"capacity_type": "CAPACITY_BLOCK"},
    "enclaves": {"nitro_enclaves": True},
    "own disks": {"instance_store": "RAID0"},
    "mirrored disks": {"instance_store": "RAID10"},
    "hibernation": {"warm_pool": WarmPoolSpec(pool_state="HIBERNATED")},
    "closeness": {"placement_group": "cluster", "zones": ("eu-west-1a",)},
    "a fabric": {"efa": True, "zones": ("eu-west-1a",)},
    "all of it": {
        "nitro_enclaves": True,
        "instance_store": "RAID0",
        "efa": True,
        "zones": ("eu-west-1a",),
    },
}
RARE = ("a block", "mirrored disks", "a fabric", "all of it")
"""What no type has with some images."""


def about_types(group: NodeGroupSpec) -> Iterator[Problem]:
    """Yield the problems of a group's instance types with its image and its wishes."""
    for problem in group.problems():
        if problem.at.startswith(("instance_types", "ami_type")):
            yield problem


def changes(problem: Problem) -> Iterator[Mapping[str, Any]]:
    """Yield what a fix that names types or an image tells to change."""
    for field, value in re.findall(r"(\w+)=('\w+'|\w+)", problem.fix):
        if field in NodeGroupSpec.model_fields:
            yield {field: ast.literal_eval(value)}
    for name in re.findall(r"[a-z][\w-]*\.[\w-]+", problem.fix):
        if name in NAMES:
            yield {"instance_types": (name,)}


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("image", get_args(AmiType))
def test_a_fix_names_types_and_images_that_the_next_check_takes(image: AmiType, wish: str) -> None:
    """Whatever the image, the type and what the group asks of its machines."""
    tried = 0
    reason: Mapping[str, Any] = (
        {"one_family_because": "Only one is needed here."} if wish == "spot" else {}
    )
    for name in WRONG:
        group = NodeGroupSpec(
            name="General",
            instance_types=(name,),
            ami_type=image,
            min_size=1,
            max_size=2,
            desired_size=1,
            **WISHES[wish],
            **reason,
        )
        for problem in about_types(group):
            for change in changes(problem):
                left = [*about_types(group.model_copy(update=change))]
                named = {"instance_types", "ami_type"} & {*change}
                assert not (left if named else [each for each in left if each == problem])
                tried += 1
    assert tried or wish in RARE


def test_a_part_of_a_gpu_is_no_gpu() -> None:
    """Spot groups get types of other families to stand beside theirs."""
    spec = NodeGroupSpec.model_construct(
        name="Gpu",
        ami_type="AL2023_x86_64_NVIDIA",
        capacity_type="SPOT",
        instance_types=("g5.xlarge",),
        min_size=1,
        desired_size=1,
        max_size=1,
    )
    assert "g6.xlarge" in relatives(spec)
    assert "g6f.xlarge" not in relatives(spec)


def spot(name: str, image: AmiType) -> NodeGroupSpec:
    """Return a Spot group of one type."""
    return NodeGroupSpec(
        name="Spot",
        instance_types=(name,),
        ami_type=image,
        capacity_type="SPOT",
        min_size=1,
        desired_size=1,
        max_size=1,
    )


@pytest.mark.parametrize(
    ("name", "image", "first"),
    [
        ("m7g.large", "AL2023_ARM_64_STANDARD", ["m7gd.large", "m6g.large"]),
        ("trn1.32xlarge", "AL2023_x86_64_NEURON", ["trn1n.32xlarge"]),
        ("m6i.large", "WINDOWS_CORE_2022_x86_64", []),
    ],
)
def test_types_of_the_same_generation_come_first(
    name: str, image: AmiType, first: list[str]
) -> None:
    """Whatever letters a family begins with; of m6a there are no Windows nodes."""
    found = relatives(spot(name, image))
    assert found[: len(first)] == first
    assert not image.startswith("WINDOWS") or "m6a.large" not in found


def test_hibernation_needs_a_volume_larger_than_the_memory() -> None:
    """Of 20 GiB, as a group has by itself."""
    usual = spot("m7i.large", "AL2023_x86_64_STANDARD")
    pool = WarmPoolSpec(pool_state="HIBERNATED")
    spec = usual.model_copy(
        update={"capacity_type": "ON_DEMAND", "warm_pool": pool, "disk_size_gib": 20}
    )
    assert (spec.suits("m7i.large"), spec.suits("m7i.2xlarge")) == (True, False)


@pytest.mark.parametrize(
    ("name", "image", "another"),
    [
        ("m7i.large", "BOTTLEROCKET_ARM_64_FIPS", "BOTTLEROCKET_x86_64_FIPS"),
        ("g6.xlarge", "BOTTLEROCKET_x86_64_FIPS", "BOTTLEROCKET_x86_64_NVIDIA_FIPS"),
    ],
)
def test_another_image_has_fips_as_well(name: str, image: AmiType, another: str) -> None:
    """Whoever asks for validated cryptography needs it on another architecture, too."""
    assert another_image(spot(name, image)) == [f"set ami_type={another!r}"]
