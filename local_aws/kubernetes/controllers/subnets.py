"""Subnets as EC2 describes them."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.node_objects import Subnet


class Subnets:
    """Looks subnets up; one that is known is not asked for again, since neither field changes."""

    def __init__(self, context: Context) -> None:
        self._ec2 = context.aws("ec2")
        self._known: dict[str, Subnet] = {}

    def find(self, ids: Sequence[str]) -> list[Subnet]:
        """Return subnets by their ids."""
        if unknown := [one for one in ids if one not in self._known]:
            for found in self._ec2.describe_subnets(SubnetIds=unknown)["Subnets"]:
                self._known[found["SubnetId"]] = Subnet(
                    cidr=ipaddress.IPv4Network(found["CidrBlock"]), zone=found["AvailabilityZone"]
                )
        return [self._known[one] for one in ids]
