"""What comes or goes and isn't known to cost nothing: the types of billing.json do, all others are told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from assembly.index import grouped as gathered
from assembly.kinds import NAT_GATEWAY
from assembly.links import of_the_cdk
from assembly.resource import Resource
from assembly.self_managed import self_managed_groups
from review.labels import grouped, is_or_are
from review.model import Risk, Sentence, read, say
from review.node_costs import UNPRICED
from review.sides import Sides

BILLED: Mapping[str, Mapping[str, str]] = read("billing")
"""Types that cost nothing or are counted by cost.py, and those that cost what they do, by service
(pages of prices of the services; what the estimate leaves out, such as logs, counts as nothing)."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what comes or goes without a price, whose cost nobody may take for unchanged."""
    if sides.left:
        return
    counted = {x.node for side in sides.both for x in self_managed_groups(side)}
    gateways = (x for side in sides.both for x in side.resources(NAT_GATEWAY))
    for each in gateways:
        addresses = each.scope.environment.targets(each.properties.get("AllocationId"))
        counted |= {x.node for x in addresses}
    # What stays in the account is paid for, as before, and what moves is made of the same.
    ways = [x for x in sides.changes if x.kind == "added" or (x.kind == "removed" and not x.stays)]
    found = gathered((_billed(x.resource), x) for x in ways if x.resource.node not in counted)
    for how, some in found.items():
        risk = None if any(x.kind == "added" for x in some) else Risk.SAFE
        names = grouped(x.resource for x in some)
        if how:
            yield say(how, names=names, are=is_or_are(some), risk=risk)


def _billed(resource: Resource) -> str:
    """Return the sentence about the cost of a resource, empty for one that needs none."""
    _, service, kind = (*resource.kind.split("::"), "", "")[:3]
    if not kind or of_the_cdk(resource) or resource.kind in UNPRICED:
        return ""
    known = (x for x, types in BILLED.items() if re.fullmatch(types.get(service, ""), kind))
    how = next(known, "cost not known")
    return "" if how == "free" else how
