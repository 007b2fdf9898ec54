"""Whom the policies of keys, buckets, queues and other resources allow what, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from assembly.index import grouped as gathered
from assembly.kinds import ENDPOINT
from assembly.policies import another_account
from assembly.resource import Resource
from assembly.structured import structured
from guardrails.step.change import values_at
from kube.values import items
from review.labels import label, listed, principal, quoted
from review.model import DETAILS, Risk, Sentence, read, say
from review.permissions import ALL_BUT, Permission, compared, stated
from review.sides import Sides

POLICIES: Mapping[str, tuple[str, str]] = read("resource_policies")
"""The path of the policy of a type, empty where its fields are one, and the property that names what has it."""
DELETER = "Custom::S3AutoDeleteObjectsCustomResourceProvider"
"""The construct of the CDK whose function empties buckets that are deleted."""
ANYTHING = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}
WITHOUT = {ENDPOINT: ANYTHING, "AWS::EFS::FileSystem": ANYTHING}
"""What a type allows without a policy (AWS PrivateLink guide; EFS user guide, "Default EFS file system policy")."""
OWN = ("policy", "policy`", "permission", "permission`")
"""How what is nothing but a policy is called."""
LIMITS = {
    *("SourceArn", "SourceAccount", "PrincipalOrgID", "OrganizationId", "EventSourceToken"),
    *("FunctionUrlAuthType", "InvokedViaFunctionUrl", "Condition"),
}
"""Properties of a permission that limit it (CloudFormation, AWS::Lambda::Permission and the like)."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield how the policies of resources differ; the same difference of several is one sentence."""
    old, new = ({x.node: x for x in side.resources(*POLICIES)} for side in sides.both)
    found: list[tuple[tuple[str, str, tuple[str, ...], Risk | None], str]] = []
    for node, resource in {**old, **new}.items():
        of = sides.before if node in old else sides.after
        holder = resource.properties.get(POLICIES[resource.kind][1])
        holders = {*of.targets(holder)}
        if items(resource.properties, "Roles"):
            # It is told with the roles.
            continue
        # A policy of what comes or goes itself is no news, unless it lets in somebody from elsewhere.
        stays = all(
            node in side or holders & {*side.values()} or (holder and not holders)
            for side in (each.by_node for each in sides.both)
        )
        had, has = ([*_allowed(side[node])] if node in side else [] for side in (old, new))
        if not stays:
            had, has = [], [x for x in has if _is_foreign(resource, x)]
        for denied, verb in enumerate(("allow", "forbid")):
            changes = compared(had, has, denied=bool(denied))
            for how, changed in zip(("now", "no longer"), changes, strict=True):
                left = [x for x in has if any(each.covers(x) for each in changed)]
                told = _told(sides, f"{how} {verb}", changed, left)
                found += ((each, label(resource)) for each in told)
    for (said, what, details, risk), names in gathered(found).items():
        one = len(names) == 1
        bare = all(x.partition(" `")[0].lower().endswith(OWN) for x in names)
        policy = f"{'' if bare else 'the policy of ' if one else 'the policies of '}{listed(names)}"
        ends = "s" if one else ""
        yield say(said, policy=policy, ends=ends, what=what, details=details, risk=risk)


def _allowed(resource: Resource) -> Iterator[Permission]:
    """Yield what a policy says; where its fields are those of a statement, they are one."""
    fields, path = resource.properties, POLICIES[resource.kind][0]
    document = next(iter(values_at(fields, path)), None) or WITHOUT.get(resource.kind)
    if not path and "Statement" not in fields:
        limits = {x: fields[x] for x in sorted(LIMITS & {*fields})}
        named = {x: fields[x] for x in ("Principal", "Action") if x in fields}
        condition = {"StringLike": limits} if limits else {}
        document = {"Statement": {"Effect": "Allow", **named, "Condition": condition}}
    with suppress(ValueError):
        yield from stated(structured(document))


def _is_foreign(resource: Resource, each: Permission) -> bool:
    """Tell whether what a new resource allows is for somebody beyond its account."""
    if each.denied or resource.kind == ENDPOINT:
        return False
    anybody = each.principal == "*" or each.principal.startswith(ALL_BUT)
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
    stays = quoted(dict.fromkeys(each.action for each in left))
    for (actions, condition), who in alike.items():
        whom = listed(principal(sides.after, each) for each in who)
        what = f"{actions}{f' to {whom}' if any(who) else ''}{' under a condition' if condition else ''}"
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
