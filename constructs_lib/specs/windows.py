"""What nodes of Windows can't have.

Sources: EKS user guide, "Deploy Windows nodes on EKS clusters", considerations (families, networks) and
"Detect node health issues" (repair); the images' root volume has 50 GiB.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from constructs_lib.specs.base import Problem
from constructs_lib.specs.fitting import instead

if TYPE_CHECKING:
    from constructs_lib.specs.machines import MachinesSpec

SMALLEST_DISK_GIB = 50
FAMILIES = ("c3", "c4", "d2", "i2", "m4", "m6a", "r3")
"""Families that don't run Windows."""
UNSUPPORTED = {
    "user_data": ("", "EKS's own start of Windows nodes is not to be changed here"),
    "max_pods": (None, "the addresses of one interface decide"),
    "node_repair": (False, "EKS repairs Linux nodes only"),
}
"""The value that a field must have, and why."""


def unsupported(spec: MachinesSpec) -> Iterator[Problem]:
    """Yield what a group of Windows nodes sets and can't have."""
    if not spec.is_windows:
        return
    for field, (wanted, why) in UNSUPPORTED.items():
        if (got := getattr(spec, field, wanted)) != wanted:
            yield Problem(
                at=field,
                got=got,
                allowed=f"{wanted!r} on Windows: {why}",
                fix=f"set {field}={wanted!r}",
            )
    if spec.disk_size_gib < SMALLEST_DISK_GIB:
        yield Problem(
            at="disk_size_gib",
            got=spec.disk_size_gib,
            allowed=f"{SMALLEST_DISK_GIB} or more on Windows, the size of its image",
            fix=f"set disk_size_gib={SMALLEST_DISK_GIB} or more",
        )
    for index, name in enumerate(spec.instance_types):
        if not runs_windows(name):
            yield Problem(
                at=f"instance_types[{index}]",
                got=name,
                allowed="a type that runs Windows nodes of EKS; none of "
                f"{', '.join(FAMILIES)} does",
                fix=instead(spec),
            )


def runs_windows(name: str) -> bool:
    """Tell whether EKS runs Windows nodes of an instance type."""
    return name.partition(".")[0] not in FAMILIES or name == "m4.16xlarge"
