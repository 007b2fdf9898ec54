"""What comes or goes and means more than its name says: add-ons, public addresses, Fargate profiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assembly.kinds import ADD_ON, PROFILE
from kube.values import dicts, text
from review.in_fargate import selects
from review.labels import capital, grouped, is_or_are, label, listed, short_name
from review.model import REMOVED, Sentence, read, say
from review.sides import Sides

ADDRESS = "AWS::EC2::EIP"
ADD_ONS: Mapping[str, str] = read("consequences")["add_ons"]
"""What is missing without an add-on (EKS user guide, "Amazon EKS add-ons")."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what is missing without an add-on, and what is new beside what was there."""
    for each in sides.before.resources(ADD_ON):
        if each.node not in sides.after.by_node:
            missing = ADD_ONS.get(text(each.properties, "AddonName"), "")
            loss = "; ".join(filter(None, [missing, REMOVED[ADD_ON]]))
            yield say("stops", names=capital(label(each)), are="is", loss=loss)
    known, new = (
        [x for x in sides.after.resources(kind) if x.node not in sides.before.by_node]
        for kind in (ADDRESS, PROFILE)
    )
    if known and sides.before.resources(ADDRESS):
        yield say("address new", names=capital(grouped(known)), are=is_or_are(known))
    for profile in new:
        pods = [selects(each) for each in dicts(profile.properties, "Selectors")]
        yield say("profile new", name=short_name(profile), pods=listed(pods))
