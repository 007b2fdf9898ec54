"""What EBS makes no volume of: too many IOPS, too much throughput."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from constructs_lib.specs.base import Problem

if TYPE_CHECKING:
    from constructs_lib.specs.machines import MachinesSpec

IOPS = {"gp3": (3_000, 80_000, 500), "io2": (100, 256_000, 1_000)}
"""The fewest and the most IOPS of a volume, and the most for each GiB (EBS user guide, "General
Purpose SSD volumes" and "Provisioned IOPS SSD volumes")."""
MIB_FOR_EACH_IOPS = 0.25
"""The most throughput of a gp3 volume, in MiB/s (EBS user guide, "General Purpose SSD volumes")."""


def beyond_ebs(spec: MachinesSpec) -> Iterator[Problem]:
    """Yield what is beyond the limits of the volume's type; throughput is that of gp3, and grows with the IOPS."""
    fewest, most, each = IOPS[spec.disk_type]
    most = min(most, each * spec.disk_size_gib)
    if spec.disk_iops is None and spec.disk_type == "io2":
        yield Problem(
            at="disk_iops",
            got=None,
            allowed="a number for an io2 volume",
            fix=f"set disk_iops={fewest} or more, or disk_type='gp3'",
        )
    if spec.disk_iops is not None and not fewest <= spec.disk_iops <= most:
        yield Problem(
            at="disk_iops",
            got=spec.disk_iops,
            allowed=f"{fewest} to {most} for {spec.disk_type} of {spec.disk_size_gib} GiB",
            fix=f"set disk_iops={max(fewest, min(spec.disk_iops, most))}",
        )
    if spec.disk_throughput_mib is None:
        return
    iops = spec.disk_iops or IOPS["gp3"][0]
    most = int(iops * MIB_FOR_EACH_IOPS)
    if spec.disk_type != "gp3":
        yield Problem(
            at="disk_throughput_mib",
            got=spec.disk_throughput_mib,
            allowed=f"None for {spec.disk_type}: only gp3 has a throughput of its own",
            fix="remove disk_throughput_mib",
        )
    elif spec.disk_throughput_mib > most:
        yield Problem(
            at="disk_throughput_mib",
            got=spec.disk_throughput_mib,
            allowed=f"at most {most} MiB/s with {iops} IOPS",
            fix=f"set disk_throughput_mib={most}, or disk_iops={4 * spec.disk_throughput_mib}",
        )
