"""What IAM roles may do and who may assume them, before and after."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import ACCESS_ENTRY, ROLE
from assembly.links import role_of
from assembly.references import Node
from assembly.resource import Resource
from guardrails.rules.pod_roles import grants
from review import resource_policies
from review.labels import (
    ACCOUNT,
    label,
    listed,
    named_principal,
    principal,
    quoted,
    role_name,
    words,
)
from review.model import DETAILS, Risk, Sentence, say
from review.permissions import (
    SHOWN,
    Permission,
    compared,
    in_full,
    in_short,
    let_in,
    permissions_of,
    trust_of,
)
from review.security_groups import users
from review.sides import Sides

ACTION = re.compile(r"[\w-]+:[\w*?-]+")
"""One action of a service, or some of its actions."""
MFA = "Bool.aws:MultiFactorAuthPresent=true"
"""The condition that asks for it."""
HOW = (
    ("may now", "may no longer", "may otherwise", "may only"),
    ("is now forbidden to", "is no longer forbidden to", "forbidden otherwise", "forbidden only"),
)
"""What is said of permissions that come, go, do both or become narrower, and of denials."""


@indexed
def roles_with_access(environment: Environment) -> Mapping[Node, Resource]:
    """Return the roles of the stacks that an access entry names."""
    entries = environment.resources(ACCESS_ENTRY)
    found = (role_of(environment, entry.properties.get("PrincipalArn")) for entry in entries)
    return {role.node: role for role in found if role is not None}


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what IAM roles may do now or no longer, and who may use a key or a bucket."""
    had, has = (
        {role.node: frozenset(permissions_of(side, role)) for role in side.resources(ROLE)}
        for side in sides.both
    )
    for role in sides.after.resources(ROLE):
        if role.node not in had:
            yield from _new_role(sides.after, role, has[role.node])
    for role in sides.before.resources(ROLE):
        people = [*filter(_is_person, trust_of(role))]
        if role.node not in has and people:
            who = listed(principal(sides.before, each) for each in people)
            yield say("role removed", role=role_name(role), who=who)
        elif role.node not in has:
            yield say("removed", resources=label(role))
    for old, role in sides.kept(ROLE):
        for denied, (more, less, both, only) in enumerate(HOW):
            gained, lost = compared(had[role.node], has[role.node], denied=bool(denied))
            # What is left of something that was wider before.
            left = [x for x in sorted(has[role.node]) if any(each.covers(x) for each in lost)]
            may, details = in_short(gained or left or lost)
            instead, others = in_short(lost)
            if gained or lost:
                said = both if gained and lost else more if gained else only if left else less
                details = (*details, *(f"Before: {x}" for x in others if gained or left))
                details = (*details, *_wider([] if denied else gained, lost, had[role.node]))
                details = (*details, *users(sides.after, role))
                name = role_name(role)
                said = "may elsewhere" if (said, may) == ("may otherwise", instead) else said
                yield say(said, role=name, may=may, instead=instead, details=details)
        yield from _boundary(old, role)
        if role.node not in roles_with_access(sides.after):
            yield from trust(sides.after, old, role)
    yield from _pods(sides)
    yield from resource_policies.sentences(sides)


def swapped(sides: Sides, was: object, now: object) -> str:
    """Return what pods may do by another role than before, as far as the stacks say it."""
    said = []
    trusted = ", nor whether `pods.eks.amazonaws.com` may assume it, without which EKS refuses it"
    for side, arn, may, more in (
        (sides.before, was, "until now they could", ""),
        (sides.after, now, "now they may", trusted),
    ):
        role = role_of(side, arn)
        allowed = sorted(x for x in permissions_of(side, role) if not x.denied) if role else []
        said.append(
            f"{may} {in_full(allowed)}"
            if role
            else f"what `{words(arn)}` allows isn't in these stacks{more}"
        )
    return "; ".join(said)


def _wider(
    gained: Sequence[Permission], lost: Sequence[Permission], had: Iterable[Permission]
) -> Iterator[str]:
    """Yield what a role could do so far with the services of which it may now do more."""
    actions = [x for x in (each.action for each in gained) if ACTION.fullmatch(x)]
    services = {x.partition(":")[0] for x in actions}
    before = [x for x in sorted(had) if not x.denied and x.action.partition(":")[0] in services]
    if services and not lost:
        said = DETAILS["could" if before else "could not"]
        yield said.format(what=in_full(before), of=quoted(sorted(services)))
    if any(x.endswith(":*") for x in actions):
        yield DETAILS["every action"]


def _pods(sides: Sides) -> Iterator[Sentence]:
    """Yield which pods newly have the permissions of a role; a new one is told with what it may."""
    # An annotation of what stays, an object, a chart or an add-on, is told with what differs in it.
    accounts = sides.before.kubernetes_objects("ServiceAccount")
    stay = {*sides.before.by_node, *((x.place, x.name) for x in accounts)}
    old = [x for x in grants(sides.before) if not x.web]
    new = [
        x
        for x in grants(sides.after)
        if not x.web or (x[:2] if x.path == "Manifest" else x.resource.node) not in stay
    ]
    had = {(x.resource.node, x.own and x.name) for x in old}
    for each in (x for x in new if (x.resource.node, x.own and x.name) not in had):
        role = sides.after.target(each.value)
        fresh = role is not None and role.node not in sides.before.by_node
        who, name = words(each.account), f"`{words(each.value)}`" if role is None else label(role)
        yield say("pods get a role", who=who, role=name, risk=Risk.SAFE if fresh else None)


def trust(environment: Environment, known: Resource, role: Resource) -> Iterator[Sentence]:
    """Yield who may now assume a role that was there before, and who may no longer."""
    old, new = trust_of(known), trust_of(role)
    more = let_in(known, role)
    for who in sorted(who for who in {*old, *new} if old.get(who, "") != new.get(who, "")):
        if who in old and who in new:
            details = [f"Before: `{old[who] or 'none'}`.", f"After: `{new[who] or 'none'}`."]
            how = "freely" if not new[who] else "otherwise" if who in more else "less"
            said = f"may assume {how if old[who] else 'under a condition'}"
            name = principal(environment, who)
            yield say(said, who=name, role=role_name(role), details=details)
    come, gone = (
        [who for who in sorted(these) if who not in those and "*" not in those]
        for these, those in ((new, old), (old, new))
    )
    names, before = (listed(principal(environment, x) for x in side) for side in (come, gone))
    freed = gone and all(old[x] for x in gone) and not all(new[x] for x in come)
    narrower = (
        gone and not freed and all(any(_in_account(who, other) for other in old) for who in come)
    )
    instead = "only assume" if narrower else "may assume instead"
    what = instead if come and gone else "may assume" if come else "may no longer assume"
    if come or gone:
        who = names if what == "only assume" else names or before
        details = [*_conditions((new[x] for x in come), [*old.values()])]
        if freed:
            details += [
                DETAILS["without MFA" if each == MFA else "freely"].format(condition=each)
                for each in dict.fromkeys(old[x] for x in gone)
            ]
        if any(MFA in new[x] and _is_role(environment, x) for x in come):
            details.append(DETAILS["MFA of a role"].format(role=role_name(role)))
        other = [*filter(None, map(_account, come))]
        own = any("{" in _account(x) for x in gone if ACCOUNT.fullmatch(words(x)))
        if what == "may assume instead" and own and other and "{" not in "".join(other):
            accounts = quoted(dict.fromkeys(other))
            short = listed(named_principal(environment, x)[0] for x in come)
            details.insert(0, DETAILS["this account"].format(accounts=accounts, who=short))
        yield say(what, who=who, before=before, role=role_name(role), details=details)
    # Whoever the account of a role lets in is more than a role of it.
    whole = [x for x in gone if ACCOUNT.fullmatch(words(x)) or x == "*"]
    if (
        what == "may assume instead"
        and whole
        and not any(ACCOUNT.fullmatch(words(x)) for x in come)
    ):
        yield say("everyone else", role=role_name(role))


def _conditions(conditions: Iterable[str], before: Sequence[str] = ()) -> Iterator[str]:
    """Yield under which conditions a role may be assumed."""
    for each in dict.fromkeys(filter(None, conditions)):
        as_before = ", as before" if each in before else ""
        name = "only with MFA" if each == MFA else "only under"
        yield DETAILS[name].format(condition=each, before=as_before)


def _is_role(environment: Environment, who: str) -> bool:
    target = environment.target(who)
    return ":role/" in words(who) or (target is not None and target.kind == ROLE)


def _account(who: str) -> str:
    """Return the account of a principal, in braces where only a deploy knows it."""
    return words(who).replace("AWS::", "").partition(":iam::")[2].partition(":")[0]


def _in_account(who: str, other: str) -> bool:
    """Tell whether a principal is one of a whole account that could do the same."""
    one, account = (words(each).replace("AWS::", "").split(":") for each in (who, other))
    return account[5:] == ["root"] and one[4:5] == account[4:5] and "{" not in account[4]


def _boundary(old: Resource, new: Resource) -> Iterator[Sentence]:
    was, now = (each.properties.get("PermissionsBoundary") for each in (old, new))
    if was != now:
        what = f"boundary {'added' if not was else 'changed' if now else 'removed'}"
        yield say(what, role=role_name(new), was=words(was), now=words(now))


def _new_role(
    environment: Environment, role: Resource, permissions: Iterable[Permission]
) -> Iterator[Sentence]:
    found = sorted(each for each in permissions if not each.denied)
    trusted = trust_of(role)
    named = ((environment.target(each), each) for each in trusted)
    who = listed(sorted(label(own) if own else principal(environment, x) for own, x in named))
    may, actions = in_short(found)
    details = (*_conditions(trusted.values()), *actions)
    exposes = any(map(_is_person, trusted)) or any(each.powerful for each in found)
    risk = Risk.EXPOSES if exposes else Risk.SAFE
    name, who = role_name(role), who or "nobody"
    # What nobody may overlook is short.
    short = exposes and len(details) > SHOWN
    yield say("new role", role=name, who=who, may=may, risk=risk, details=() if short else details)
    if short:
        yield say("all of a role", role=name, details=details)


def _is_person(principal: str) -> bool:
    """Tell whether a principal is none of the services of AWS."""
    return ".amazonaws.com" not in principal or principal.startswith("arn:")
