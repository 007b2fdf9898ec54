"""Whom the policies of keys, buckets and endpoints allow what, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from assembly.index import grouped as gathered
from assembly.kinds import ENDPOINT, KEY
from review.labels import label, listed, principal, quoted
from review.model import DETAILS, Risk, Sentence, say
from review.permissions import Permission, compared, stated
from review.sides import Sides

RESOURCE_POLICIES: Mapping[str, str] = {
    KEY: "KeyPolicy",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    ENDPOINT: "PolicyDocument",
}
DELETER = "Custom::S3AutoDeleteObjectsCustomResourceProvider"
"""The construct of the CDK whose function empties buckets that are deleted."""
ANYTHING = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}
"""What a VPC endpoint allows without a policy (AWS PrivateLink guide)."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield how the policies of resources differ; the same difference of several is one sentence."""
    old, new = ({x.node: x for x in side.resources(*RESOURCE_POLICIES)} for side in sides.both)
    found: list[tuple[tuple[str, str, tuple[str, ...], Risk | None], str]] = []
    for node, resource in {**old, **new}.items():
        of = sides.before if node in old else sides.after
        bucket = of.target(resource.properties.get("Bucket"))
        # A policy of what comes or goes itself is no news.
        there = [side.by_node for side in sides.both]
        if not all(node in side or (bucket and bucket.node in side) for side in there):
            continue
        name = RESOURCE_POLICIES[resource.kind]
        usual = ANYTHING if resource.kind == ENDPOINT else None
        had, has = (
            [*stated(side[node].properties.get(name) or usual)] if node in side else []
            for side in (old, new)
        )
        for denied, verb in enumerate(("allow", "forbid")):
            changes = compared(had, has, denied=bool(denied))
            for how, changed in zip(("now", "no longer"), changes, strict=True):
                left = [x for x in has if any(each.covers(x) for each in changed)]
                told = _told(sides, f"{how} {verb}", changed, left)
                found += ((each, label(resource)) for each in told)
    for (said, what, details, risk), names in gathered(found).items():
        one, bare = len(names) == 1, all(each.startswith("bucket policy") for each in names)
        policy = f"{'' if bare else 'the policy of ' if one else 'the policies of '}{listed(names)}"
        ends = "s" if one else ""
        yield say(said, policy=policy, ends=ends, what=what, details=details, risk=risk)


def _told(
    sides: Sides, said: str, changed: Iterable[Permission], left: Iterable[Permission]
) -> Iterator[tuple[str, str, tuple[str, ...], Risk | None]]:
    """Yield the name of a sentence, what it says, its details, and its risk if that isn't the usual."""
    by_principal = gathered(((each.principal, each.condition), each) for each in changed)
    alike = gathered(
        ((quoted(dict.fromkeys(each.action for each in some)), condition), who)
        for (who, condition), some in by_principal.items()
    )
    stays = quoted(dict.fromkeys(each.action for each in left))
    for (actions, condition), who in alike.items():
        whom = listed(principal(sides.after, each) for each in who)
        what = f"{actions} to {whom}{' under a condition' if condition else ''}"
        details = [f"The condition: `{condition}`."] if condition else []
        details += [f"Left of it: {stays}."] if stays and said.startswith("no longer") else []
        roles, were = ([side.target(each) for each in who] for side in reversed(sides.both))
        # What deletes the objects of a bucket with it is told as the weaker protection that it is.
        own = all(each is not None and each.ids[:1] == (DELETER,) for each in roles)
        emptied = any(each is not None and each.ids[:1] == (DELETER,) for each in were)
        if emptied and said == "no longer allow" and not own:
            details.append(DETAILS["deleter"])
        # AWS acts for itself alone where a condition says for whom.
        bound = condition and all(each.endswith(".amazonaws.com") for each in who)
        gone = all(each is not None and each.node not in sides.after.by_node for each in were)
        risks = {
            "now allow": Risk.WEAKENS if own else Risk.SAFE if bound else None,
            # Who is gone as well misses nothing.
            "no longer allow": Risk.SAFE if gone else None,
        }
        yield said, what, tuple(details), risks.get(said)
