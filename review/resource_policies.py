"""Whom the policies of keys, buckets, queues and other resources allow what, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assembly.index import grouped as gathered
from assembly.kinds import ENDPOINT
from assembly.policies import another_account
from assembly.resource import Resource
from assembly.resource_policies import POLICIES, policy_of
from review.labels import label, listed, principal, quoted
from review.model import DETAILS, Risk, Sentence, say
from review.permissions import ALL_BUT, Permission, compared, stated
from review.sides import Sides

DELETER = "Custom::S3AutoDeleteObjectsCustomResourceProvider"
"""The construct of the CDK whose function empties buckets that are deleted."""
OWN = ("policy", "policy`", "permission", "permission`")
"""How what is nothing but a policy is called."""
PEOPLE = {"GroupName", "Groups", "UserName", "Users"}
"""Who else has an IAM policy than roles, with which it is told."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield how the policies of resources differ; the same difference of several is one sentence."""
    old, new = ({x.node: x for x in side.resources(*POLICIES)} for side in sides.both)
    found: list[tuple[tuple[str, str, tuple[str, ...], Risk | None], str]] = []
    for node, resource in {**old, **new}.items():
        of = sides.before if node in old else sides.after
        fields = resource.properties
        holders = {*of.targets(holder := fields.get(POLICIES[resource.kind][1]))}
        if resource.kind.startswith("AWS::IAM::") and ("Roles" in fields or not PEOPLE & {*fields}):
            continue
        # A policy of what comes or goes itself is no news, unless it lets in somebody from elsewhere.
        stays = all(
            node in side or holders & {*side.values()} or (holder and not holders)
            for side in (each.by_node for each in sides.both)
        )
        had, has = ([*stated(policy_of(side[node]))] if node in side else [] for side in (old, new))
        if not stays:
            had, has = [], [x for x in has if _is_foreign(resource, x)]
        for denied, verb in enumerate(("allow", "forbid")):
            changes = compared(had, has, denied=bool(denied))
            for how, changed in zip(("now", "no longer"), changes, strict=True):
                rest = had if how == "now" else has
                left = [x for x in rest if any(each.covers(x) for each in changed)]
                told = _told(sides, f"{how} {verb}", changed, left)
                found += ((each, label(resource)) for each in told)
    for (said, what, details, risk), names in gathered(found).items():
        one = len(names) == 1
        bare = all(x.partition(" `")[0].lower().endswith(OWN) for x in names)
        policy = f"{'' if bare else 'the policy of ' if one else 'the policies of '}{listed(names)}"
        yield say(said, policy=policy, ends="s" * one, what=what, details=details, risk=risk)


def _is_foreign(resource: Resource, each: Permission) -> bool:
    """Tell whether what a new resource allows is for somebody beyond its account."""
    if each.denied or resource.kind == ENDPOINT:
        return False
    anybody = each.principal.startswith(("*", ALL_BUT))
    other = another_account(resource.scope.environment, resource, each.principal)
    return bool(other) or (anybody and not each.condition)


def _told(
    sides: Sides, said: str, changed: Iterable[Permission], left: Iterable[Permission]
) -> Iterator[tuple[str, str, tuple[str, ...], Risk | None]]:
    """Yield the name of a sentence, what it says, its details, and its risk if that isn't the usual."""
    by_principal = gathered(((each.principal, each.condition), each) for each in changed)
    alike = gathered(
        ((quoted(dict.fromkeys(each.action for each in some)), condition), who)
        for (who, condition), some in by_principal.items()
    )
    held = ((f"`{x.action}`", f" if `{x.condition}`" * bool(x.condition)) for x in left)
    stays = listed(dict.fromkeys(map("".join, held)))
    for (actions, condition), who in alike.items():
        whom = listed(principal(sides.after, each) for each in who)
        what = f"{actions}{f' to {whom}' if any(who) else ''}{' under a condition' if condition else ''}"
        details = [f"The condition: `{condition}`."] if condition else []
        name = "left of it" if said.startswith("no longer") else "until now"
        details += [DETAILS[name].format(before=stays)] if stays else []
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
