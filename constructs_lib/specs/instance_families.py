"""Instance types, and what their families don't support: an AMI, drivers, Spot.

instance_families.json has the sources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator

from capacity.instance_types import UnknownInstanceTypeError, instance_type
from constructs_lib.specs.base import refused
from constructs_lib.specs.types import distinct

DATA: Mapping[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
ACCELERATORS = {family: maker for maker, each in DATA["accelerators"].items() for family in each}
DRIVEN = ("NVIDIA", "Neuron")
"""The makers of accelerators for which EKS has images."""


def _instance_type(value: str) -> str:
    try:
        instance_type(value)
    except UnknownInstanceTypeError as error:
        raise refused(error.allowed, error.fix) from error
    return value


def _instance_types(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise refused(
            "at least one instance type",
            "add one, such as ('m7g.large',) for an image of arm64, or ('m7i.large',)",
        )
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
    kinds = {(x[0], ACCELERATORS.get(x), x in DATA["fractions"]) for x in families}
    return len(kinds) == 1 and families[0] != families[1]
