"""Instance types, and what their families don't support: an AMI, drivers, Spot.

instance_families.json has the sources.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator

from capacity.instance_types import UnknownInstanceTypeError, instance_type
from constructs_lib.specs.base import Problem, refused
from constructs_lib.specs.types import distinct

DATA: Mapping[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
ACCELERATORS = {family: maker for maker, each in DATA["accelerators"].items() for family in each}
DRIVEN = {"NVIDIA": "g6.xlarge", "Neuron": "inf2.xlarge"}
"""The makers of accelerators for which EKS has images, each with an instance type."""


def _instance_type(value: str) -> str:
    try:
        instance_type(value)
    except UnknownInstanceTypeError as error:
        raise refused(error.allowed, error.fix) from error
    return value


def _instance_types(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise refused("at least one instance type", "add one, such as ('m7g.large',)")
    return value


InstanceTypes = Annotated[
    tuple[Annotated[str, AfterValidator(_instance_type)], ...],
    AfterValidator(_instance_types),
    distinct(20, "EKS API reference, CreateNodegroup"),
]


def driven(ami_type: str) -> str | None:
    """Return whose accelerators an image has drivers for."""
    return next((each for each in DRIVEN if each.upper() in ami_type), None)


def is_alike(name: str, other: str) -> bool:
    """Tell whether two types of the same processor and memory are for the same purpose and image."""
    families = [each.partition(".")[0] for each in (name, other)]
    makers = {ACCELERATORS.get(family) for family in families}
    return name[0] == other[0] and len(makers) == 1 and families[0] != families[1]


def unfit(names: Sequence[str], *, ami_type: str, capacity_type: str) -> Iterator[Problem]:
    """Yield why instance types can't run an image, or can't be bought so."""
    for index, name in enumerate(names):
        family = name.partition(".")[0]
        maker = ACCELERATORS.get(family)
        drives = driven(ami_type)
        if drives not in (None, maker):
            yield Problem(
                at=f"instance_types[{index}]",
                got=name,
                allowed=f"an instance type with an accelerator of {drives}, for which {ami_type} is made",
                fix=f"use a type such as {DRIVEN[drives]}, or another ami_type",
            )
        elif maker is not None and maker != drives:
            image = f"; AL2023_x86_64_{maker.upper()} has one" if maker in DRIVEN else ""
            yield Problem(
                at=f"instance_types[{index}]",
                got=name,
                allowed=f"an instance type without an accelerator: {ami_type} has no driver for {maker}{image}",
                fix="use a type such as m7i.large or m7g.large",
            )
        if (reason := DATA["without_image"].get(family)) is not None:
            yield Problem(
                at=f"instance_types[{index}]",
                got=name,
                allowed=f"an instance type that can boot an EKS AMI; {reason}",
                fix="use a newer type, such as m7i.large or m7g.large",
            )
        if capacity_type == "SPOT" and not {name, family}.isdisjoint(DATA["without_spot"]):
            yield Problem(
                at=f"instance_types[{index}]",
                got=name,
                allowed="an instance type that EC2 offers as Spot",
                fix="use another type, or set capacity_type='ON_DEMAND'",
            )
