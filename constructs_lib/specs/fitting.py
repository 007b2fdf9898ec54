"""Which instance types an image boots on and drives, and which to use instead of those that it doesn't."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from capacity.instance_types import instance_type, siblings
from constructs_lib.specs.ami_types import AMI_ARCHITECTURES, is_windows, sibling
from constructs_lib.specs.base import Problem
from constructs_lib.specs.instance_families import ACCELERATORS, DATA, driven, is_alike

if TYPE_CHECKING:
    from constructs_lib.specs.nodes import NodesSpec

EXAMPLES = (
    *("m7i.large", "m7g.large", "m6i.large", "c7i.large", "c7g.large", "m7i.xlarge"),
    *("m7gd.large", "m6id.large", "m6id.xlarge", "m7gd.12xlarge", "m6id.12xlarge"),
    *("g6.xlarge", "g5.xlarge", "g5g.xlarge", "g6.12xlarge", "inf2.xlarge", "trn1.32xlarge"),
    *("c7i.48xlarge", "c7g.16xlarge", "c6id.32xlarge", "c6gd.16xlarge", "g6.8xlarge"),
    *("p4d.24xlarge", "p5.48xlarge"),
)
"""Types to suggest, the usual ones first. Only those that a group can use are."""


def misfits(name: str, ami_type: str) -> Iterator[str]:
    """Yield what an instance type must be for an image, and isn't."""
    family = name.partition(".")[0]
    maker, drives = ACCELERATORS.get(family), driven(ami_type)
    if drives not in (None, maker):
        yield f"an instance type with an accelerator of {drives}, for which {ami_type} is made"
    elif maker != drives:
        yield f"an instance type without an accelerator: {ami_type} has no driver for {maker}"
    if (reason := DATA["without_image"].get(family)) is not None:
        yield f"an instance type that can boot an EKS AMI; {reason}"


def boots(name: str, ami_type: str) -> bool:
    """Tell whether an instance type boots an image that drives what it has."""
    fits = instance_type(name).architecture == AMI_ARCHITECTURES[ami_type]
    return fits and not any(misfits(name, ami_type))


def is_sold(name: str, capacity_type: str) -> bool:
    """Tell whether EC2 sells an instance type in a way; all but Spot is told elsewhere."""
    as_spot = {name, name.partition(".")[0]}.isdisjoint(DATA["without_spot"])
    return as_spot or capacity_type != "SPOT"


def images(spec: NodesSpec) -> list[str]:
    """Return the AMI types that all instance types of a group boot, for the same containers."""
    return [
        each
        for each in AMI_ARCHITECTURES
        if is_windows(each) is spec.is_windows
        and all(boots(name, each) for name in spec.instance_types)
    ]


def another_image(spec: NodesSpec) -> list[str]:
    """Return the fix by an image of the same system, if there is one that fits."""
    system, usual = spec.ami_type.partition("_")[0], sibling(spec.ami_type)
    found = [
        each
        for each in images(spec)
        if each.startswith(system)
        and all(map(spec.model_copy(update={"ami_type": each}).suits, spec.instance_types))
    ]
    found.sort(key=lambda each: (each != usual, ("FIPS" in each) != ("FIPS" in usual)))
    return [f"set ami_type={each!r}" for each in found[:1]]


def instead(spec: NodesSpec, *ways: str) -> str:
    """Return a fix for an instance type that a group can't use: other ways, then types that it can."""
    types = " or ".join([each for each in EXAMPLES if spec.suits(each)][:2])
    fixes = [*ways, f"use a type such as {types}"] if types else ways
    return ", or ".join(fixes) or "use another ami_type"


def relatives(spec: NodesSpec) -> list[str]:
    """Return types of other families that can stand beside a group's first, those of its generation first."""
    first = spec.instance_types[0]
    found = (each.name for each in siblings(first) if is_alike(each.name, first))

    def distance(name: str) -> tuple[int, int, str]:
        ages = [int(re.findall(r"\d+", each)[0]) for each in (name, first)]
        return abs(ages[0] - ages[1]), len(name), name

    return sorted(filter(spec.suits, found), key=distance)


def unfit(spec: NodesSpec) -> Iterator[Problem]:
    """Yield why instance types can't run the image of a group, or can't be bought so."""
    for index, name in enumerate(spec.instance_types):
        at = f"instance_types[{index}]"
        for allowed in misfits(name, spec.ami_type):
            yield Problem(at=at, got=name, allowed=allowed, fix=instead(spec, *another_image(spec)))
        if not is_sold(name, spec.capacity_type):
            yield Problem(
                at=at,
                got=name,
                allowed="an instance type that EC2 offers as Spot",
                fix="use another type, or set capacity_type='ON_DEMAND'",
            )
