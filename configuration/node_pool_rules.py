"""Rules over NodePools, whoever makes their nodes: EKS Auto Mode or Karpenter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from configuration.fields import EnvironmentFields
from constructs_lib.specs.base import Problem, readable, rule
from constructs_lib.specs.node_pool_parts import RequirementSpec
from constructs_lib.specs.node_pool_times import seconds
from constructs_lib.specs.node_pool_types import REGION, ZONE, allows, known_as

LONGEST_GRACE = 10 * 60
"""In seconds: what is left of the kubectl handler's 15 minutes is for the instances to end."""


class NodePoolRules(EnvironmentFields):
    """What NodePools must fit in an environment."""

    @rule
    def pools_end_in_time(self) -> Iterator[Problem]:
        """A delete waits for the nodes, and the kubectl handler, a Lambda function, for 15 minutes."""
        for at, got in self._of_pools("termination_grace_period"):
            if not self.production and (got is None or seconds(got) > LONGEST_GRACE):
                yield Problem(
                    at=f"{at}.termination_grace_period",
                    got=got,
                    allowed="at most 10m outside production: a delete of the environment waits so long for "
                    "pods that a disruption budget keeps, and fails after 15 minutes",
                    fix="set termination_grace_period='10m'",
                )

    @rule
    def pools_have_zones(self) -> Iterator[Problem]:
        """A pool starts nodes where the network has subnets."""
        for at, requirements in self._of_pools("requirements"):
            for key, what, places in (
                (ZONE, "zones of the network", self.network.zones),
                (REGION, "regions of the network", (self.region,)),
            ):
                asked = {
                    n: each for n, each in enumerate(requirements) if known_as(each.key) == key
                }
                yield from _astray(at, key, asked, f"{what}: {', '.join(places)}", places)

    @rule
    def pools_have_as_many_zones(self) -> Iterator[Problem]:
        """No node starts before so many zones are possible."""
        for at, requirements in self._of_pools("requirements"):
            of_zones = [each for each in requirements if known_as(each.key) == ZONE]
            left = [
                zone
                for zone in self.network.zones
                if all(allows(each, {ZONE: zone}) for each in of_zones)
            ]
            for number, each in enumerate(requirements):
                if each in of_zones and (each.min_values or 0) > len(left) > 0:
                    yield Problem(
                        at=f"{at}.requirements[{number}].min_values",
                        got=each.min_values,
                        allowed=f"at most {len(left)}: the zones of the pool are {', '.join(left)}",
                        fix=f"set min_values={len(left)}",
                    )

    def _of_pools(self, field: str) -> Iterator[tuple[str, Any]]:
        """Yield the path of each pool, and what it has in a field."""
        for at, maker in self.makers.items():
            for index, value in readable(maker.node_pools, field):
                yield f"{at}.node_pools[{index}]", value


def _astray(
    at: str,
    key: str,
    asked: Mapping[int, RequirementSpec],
    allowed: str,
    places: Sequence[str],
) -> Iterator[Problem]:
    """Yield the requirements that name other places, or leave none of these."""
    outside = {
        number: strays
        for number, each in asked.items()
        if each.operator == "In" and (strays := sorted({*each.values} - {*places}))
    }
    for number, strays in outside.items():
        yield Problem(
            at=f"{at}.requirements[{number}].values",
            got=asked[number].values,
            allowed=allowed,
            fix=f"remove {', '.join(strays)}"
            if {*asked[number].values} - {*strays}
            else f"use {', '.join(places[:1])} instead, or remove the requirement",
        )
    fits = any(all(allows(each, {key: place}) for each in asked.values()) for place in places)
    if asked and not outside and not fits:
        yield Problem(
            at=f"{at}.requirements[{min(asked)}]",
            got=str(asked[min(asked)]),
            allowed=f"one of the {allowed}",
            fix="remove the requirement, or name one of them",
        )
