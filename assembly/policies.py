"""IAM policies: what those of a role say, wherever they stand, and whether one allows a call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assembly.arns import HOLE, alike, home, rendered
from assembly.environment import Environment
from assembly.kinds import POLICIES
from assembly.links import policies_of
from assembly.resource import Resource
from assembly.structured import structured
from kube.values import Json, Unknown, dicts, items, look_up, mapping, several, text, unsure

ROOT = "iam::{account}:root"
"""Stands for the account itself, which lets its roles do what it may."""
_ANOTHER = re.compile(r"(?:arn:[^:]+:(?:iam|sts)::)?(?P<account>[0-9]{12})(?::.*)?")
CFN_JSON = "Custom::AWSCDKCfnJson"
"""Where the CDK puts a mapping whose keys only a deploy knows."""
BUILT_IN = re.compile(r".*:iam::aws:policy/(?P<name>.+)$")
FEDERATED = "Federated"
"""Stands for whoever an identity provider vouches for."""
GIVEN_TAGS = (
    *("aws:requesttag/", "aws:resourcetag/", "ec2:resourcetag/"),
    *("ec2:createaction", "elasticloadbalancing:createaction"),
)
ALWAYS = {"aws:securetransport": "true"}
OF_SERVICES: Mapping[str, str | None] = {
    **dict.fromkeys(("aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "aws:sourceip")),
    "aws:principalorgid": None,
    "aws:principalisawsservice": "true",
}
"""Services come through nobody's endpoint or range (IAM user guide, "AWS global condition context keys")."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One question to IAM. `context` are condition keys in lower case, None for one that isn't there.

    `tags` are the beginnings of keys that aren't there unless the context names them; `principal` is
    who calls, for a trust policy.
    """

    action: str
    resource: str = "*"
    principal: str = ""
    context: Mapping[str, str | None] = field(default_factory=dict)
    tags: tuple[str, ...] = ()


def documents(environment: Environment, role: Resource) -> Sequence[object]:
    """Return the policies of a role that stand in the templates: inline, attached, or naming it."""
    attached = [
        *policies_of(environment, role),
        *environment.targets(items(role.properties, "ManagedPolicyArns")),
    ]
    own = list(dicts(role.properties, "Policies"))
    own += [each.properties for each in dict.fromkeys(attached) if each.kind in POLICIES]
    return [each.get("PolicyDocument") for each in own]


def attached(environment: Environment, role: Resource) -> Iterator[str]:
    """Yield the policies that a role gets from elsewhere: names of AWS's, and ARNs of others."""
    for arn in items(role.properties, "ManagedPolicyArns"):
        if not any(each.kind in POLICIES for each in environment.targets(arn)):
            match = BUILT_IN.match(text(arn))
            yield match["name"] if match else text(arn)


def statements(document: object, effect: str = "Allow") -> Iterator[Json]:
    """Yield the statements of a policy with an effect."""
    found = dicts(several(document, "Statement"))
    return (each for each in found if each.get("Effect") == effect)


def allows(environment: Environment, policies: Iterable[object], call: Call) -> bool | None:
    """Tell whether policies allow a call, None where only a deploy knows."""
    policies = list(policies)
    denied, allowed = (_judged(environment, policies, call, each) for each in ("Deny", "Allow"))
    if any(denied):
        return False
    unclear = False
    for each in allowed:
        if each:
            return True
        unclear = unclear or each is None
    return None if unclear or any(map(_unclear, policies)) else False


def _judged(
    environment: Environment, policies: Iterable[object], call: Call, effect: str
) -> Iterator[bool | None]:
    every = (each for one in policies for each in statements(one, effect))
    return (_applies(environment, each, call) for each in every)


def _unclear(document: object) -> bool:
    # Of an unknown policy the statements are one unknown value.
    return any(unsure(each, look_up(each, "Effect")) for each in several(document, "Statement"))


def _applies(environment: Environment, statement: Json, call: Call) -> bool | None:
    told = [_named(environment, statement, "Action", call.action.lower())]
    if told == [False]:  # Most are about something else.
        return False
    return _all(
        [
            *told,
            _named(environment, statement, "Resource", call.resource),
            _principal(environment, statement, call.principal),
            _holds(environment, statement.get("Condition"), call),
        ]
    )


def _all(told: Sequence[bool | None]) -> bool | None:
    return False if False in told else None if None in told else True


def _named(environment: Environment, statement: Json, what: str, value: str) -> bool | None:
    """Tell whether a statement names an action or a resource; a trust policy names no resource."""
    for name, wanted in ((what, True), (f"Not{what}", False)):
        if name in statement:
            patterns = _patterns(environment, statement, name)
            if any(alike(each, value) for each in patterns if each != HOLE):
                return wanted
            return None if HOLE in patterns else not wanted
    return what == "Resource"


def _patterns(environment: Environment, statement: Json, name: str) -> Sequence[str]:
    """Return what a statement names, rendered once for all calls."""
    kept = environment.kept.setdefault(_patterns, {})
    key = id(statement), name
    if key not in kept:
        found = [rendered(environment, each) for each in several(statement, name)]
        lower = name.endswith("Action")
        # The statement is kept with it, so that no other one gets its id.
        kept[key] = statement, [each.lower() for each in found] if lower else found
    patterns: Sequence[str] = kept[key][1]
    return patterns


def principals(statement: object, field: str = "Principal") -> Iterator[tuple[str, object]]:
    """Yield whom a statement names, each with the kind of principal."""
    named = look_up(statement, field)
    for kind, who in mapping(named).items() or [("AWS", named)]:
        yield from ((str(kind), each) for each in several(who))


def another_account(environment: Environment, holder: Resource, who: object) -> str:
    """Return the account of a principal that isn't that of a resource, empty for any other."""
    match = _ANOTHER.fullmatch(rendered(environment, who))
    return match["account"] if match and match["account"] != home(holder)["account"] else ""


def _principal(environment: Environment, statement: Json, who: str) -> bool | None:
    """Tell whether a statement names whoever calls: a service, a provider, a role or an account."""
    if statement.get("Principal") is None:
        return None if "NotPrincipal" in statement else not who
    found = [
        _is_principal(kind, rendered(environment, each), who)
        for kind, each in principals(statement)
    ]
    return True if True in found else None if None in found else False


def _is_principal(kind: str, written: str, who: str) -> bool | None:
    """Tell whether a principal is a service, or a role by a part of its ARN, or an account by its root."""
    if kind == "Service":
        return None if HOLE in written else alike(written, who)
    if kind != "AWS" or written == "*":
        return written == "*" or kind == who
    if who.endswith(":root"):
        named = (written.split(":", 5)[4:5] or [""])[0] if ":" in written else written
        return named == who.split(":")[4] or not named.isdigit()
    if who.startswith("arn:"):
        return None if HOLE in written else written == who
    if "." in who or not who:  # It is a service.
        return False
    return who in written or (None if HOLE in written and not written.endswith(":root") else False)


def _holds(environment: Environment, condition: object, call: Call) -> bool | None:
    """Tell whether a condition is met by a call."""
    told: list[bool | None] = [None] if unsure(condition) else []
    for operator, tests in mapping(condition).items():
        found = _filled(environment, tests)
        told += [None] if unsure(found) else []
        for key, wanted in mapping(found).items():
            name = rendered(environment, key).lower()
            told.append(_met(environment, str(operator), name, wanted, call))
    return _all(told)


def _filled(environment: Environment, tests: object) -> object:
    target = environment.target(tests) if isinstance(tests, Unknown) else None
    if target is None or target.kind != CFN_JSON:
        return tests
    try:
        return structured(target.properties.get("Value"))
    except ValueError:
        return tests


def _met(environment: Environment, how: str, key: str, wanted: object, call: Call) -> bool | None:
    of_set, _, name = how.removesuffix("IfExists").rpartition(":")
    absent = ALWAYS.get(key, None if key.startswith(call.tags) and HOLE not in key else HOLE)
    if call.principal.endswith(".amazonaws.com"):
        absent = OF_SERVICES.get(key, absent)
    # The key of an identity provider begins with its address.
    have = call.context.get(key, call.context.get(f":{key.rpartition(':')[2]}", absent))
    values = [
        rendered(environment, str(each).lower() if each in (True, False) else each)
        for each in (items(wanted) or [wanted])
    ]
    if have == HOLE or HOLE in values:
        return None
    if name == "Null":
        return (have is None) is (values == ["true"])
    negated = "Not" in name
    if have is None:
        # Of no values all are as asked, and not one is ("Set operators for multivalued context keys").
        of_one = negated or how.endswith("IfExists")
        return {"ForAllValues": True, "ForAnyValue": False}.get(of_set, of_one)
    if not name.startswith(("String", "Arn", "Bool")):
        return None
    if name.endswith("IgnoreCase"):
        have, values = have.lower(), [each.lower() for each in values]
    wild = name.startswith("Arn") or name.endswith("Like")
    return any(alike(each, have, wild=wild) for each in values) is not negated
