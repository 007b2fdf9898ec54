"""Warnings of a synth: what may be a mistake and is worth a look before a deploy."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from configuration.fields import EnvironmentFields
from constructs_lib.specs.existing_network import ExistingNetworkSpec
from constructs_lib.specs.namespaces import BUILT_IN_NAMESPACES
from constructs_lib.specs.regions import WITHOUT_CONTROL_PLANE


def remarks_of(config: EnvironmentFields) -> dict[str, str]:
    """Return each remark by its id."""
    return dict([*_zones(config), *_namespaces(config), *_add_ons(config)])


def _zones(config: EnvironmentFields) -> Iterator[tuple[str, str]]:
    """Letters differ by account, so nobody but the account can tell which zone is meant."""
    closed = WITHOUT_CONTROL_PLANE.get(config.region)
    if closed is None:
        return
    network = config.network
    existing = isinstance(network, ExistingNetworkSpec)
    field = "control_plane_subnets" if existing else "control_plane_zones"
    text = (
        f"EKS doesn't support control planes in zone {closed} of {config.region}. Its letter differs by "
        f"account: `aws ec2 describe-availability-zones --region {config.region} --zone-ids {closed}` "
        f"shows it. If the network uses this zone, leave it out of network.{field}. Nodes and pods can "
        "still use it."
    )
    yield "groundwork:zone-without-control-plane", text


def _add_ons(config: EnvironmentFields) -> Iterator[tuple[str, str]]:
    """EKS is the first to look at a configuration whose schema is not at hand."""
    for add_on in config.add_ons.additional:
        if not add_on.is_checked:
            text = (
                f"The configuration of {add_on.name} is not checked: constructs_lib/specs/"
                "add_on_schemas has no schema for it. docs/add-ons.md says how to add one."
            )
            yield f"groundwork:unchecked-configuration:{add_on.name}", text


def _namespaces(config: EnvironmentFields) -> Iterator[tuple[str, str]]:
    """A policy for a namespace that nobody makes grants nothing until somebody does."""
    made = [*BUILT_IN_NAMESPACES, *(each.name for each in config.namespaces)]
    made += [name for each in config.workloads for name in each.own_namespaces]
    for field in ("roles", "entries"):
        for index, holder in enumerate(getattr(config.access, field)):
            asked = {name for policy in holder.policies for name in policy.namespaces}
            unknown = [name for name in sorted(asked) if not fnmatch.filter(made, name)]
            if unknown:
                text = (
                    f"access.{field}[{index}] has a policy for {', '.join(unknown)}, which nothing in "
                    f"this environment creates. Its namespaces are {', '.join(made)}."
                )
                yield f"groundwork:namespace-of-nobody:{field}-{index}", text
