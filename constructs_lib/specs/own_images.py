"""What goes with an image of one's own, and what doesn't."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from constructs_lib.specs.base import Problem

if TYPE_CHECKING:
    from constructs_lib.specs.machines import MachinesSpec


def unlike_aws(spec: MachinesSpec) -> Iterator[Problem]:
    """Yield what only images of AWS have (EKS user guide, "Customize managed nodes with launch templates")."""
    if spec.ami_id is not None and spec.release_version is not None:
        yield Problem(
            at="release_version",
            got=spec.release_version,
            allowed="None with ami_id: the image is its own release",
            fix="remove release_version or ami_id",
        )
    if spec.ami_id is not None and spec.is_windows:
        yield Problem(
            at="ami_id",
            got=spec.ami_id,
            allowed=f"None with {spec.ami_type}: Windows nodes start from AWS's images here",
            fix="remove ami_id",
        )
    if spec.service_ipv4_cidr is not None and not spec.joins_by_itself:
        yield Problem(
            at="service_ipv4_cidr",
            got=spec.service_ipv4_cidr,
            allowed="None without ami_id: EKS tells managed nodes the range",
            fix="remove service_ipv4_cidr",
        )
    if spec.disk_snapshot_id is not None and not spec.ami_type.startswith("BOTTLEROCKET"):
        yield Problem(
            at="disk_snapshot_id",
            got=spec.disk_snapshot_id,
            allowed=f"None with {spec.ami_type}, whose volume is the one that it boots from; Bottlerocket "
            "has another for images",
            fix="use a Bottlerocket ami_type, or remove disk_snapshot_id",
        )
