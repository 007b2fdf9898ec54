"""What IAM roles may do: their statements, taken apart, and who may assume them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assembly.environment import Environment
from assembly.kinds import ACCESS_ENTRY, POLICIES, ROLE
from assembly.links import policies_of, role_of
from assembly.references import Node
from assembly.resource import Resource
from kube.values import Json, dicts, items, look_up
from review.labels import gathered, listed, words

ALL_BUT = "everything but "


@dataclass(frozen=True, kw_only=True, order=True)
class Permission:
    """One action on one resource; `managed` is the name of an AWS managed policy instead.

    `denied` tells that it is taken away, whatever else allows it.
    """

    action: str
    resource: str
    managed: str = ""
    condition: str = ""
    denied: bool = False

    @property
    def wide(self) -> bool:
        """Tell whether this allows far more than one thing: a wildcard, or administration."""
        whole_service = self.action.endswith(":*") or self.action == "*"
        return (
            (whole_service and self.resource == "*")
            or self.action.startswith(ALL_BUT)
            or self.managed.endswith(("AdministratorAccess", "PowerUserAccess", "IAMFullAccess"))
        )


def permissions_of(environment: Environment) -> Mapping[Node, frozenset[Permission]]:
    """Return what each role of the stacks may do."""
    return {
        role.node: frozenset(_of_role(environment, role)) for role in environment.resources(ROLE)
    }


def roles_with_access(environment: Environment) -> Mapping[Node, Resource]:
    """Return the roles of the stacks that an access entry names."""
    entries = environment.resources(ACCESS_ENTRY)
    found = (role_of(environment, entry.properties.get("PrincipalArn")) for entry in entries)
    return {role.node: role for role in found if role is not None}


def trust_of(role: Resource) -> Mapping[str, str]:
    """Return who may assume a role, ARNs and services, and under which conditions."""
    found = gathered(
        (who, _condition(statement))
        for statement in statements(role.properties.get("AssumeRolePolicyDocument"))
        for who in principals(statement)
    )
    return {who: "" if "" in all_of else listed(sorted(all_of)) for who, all_of in found.items()}


def trusted(role: Resource) -> frozenset[str]:
    """Return who may assume a role: ARNs and services."""
    return frozenset(trust_of(role))


def services(role: Resource) -> bool:
    """Tell whether only AWS services may assume a role."""
    return all(".amazonaws.com" in each and not each.startswith("arn:") for each in trusted(role))


def statements(document: object, effect: str = "Allow") -> Iterator[Json]:
    """Yield the statements of a policy with an effect."""
    statement = look_up(document, "Statement")
    for each in dicts([statement, *items(statement)]):
        if each.get("Effect") == effect:
            yield each


def principals(statement: Json) -> Iterator[str]:
    """Yield whom a statement is about."""
    for field, prefix in (("Principal", ""), ("NotPrincipal", ALL_BUT)):
        value = statement.get(field)
        groups = value.values() if isinstance(value, Mapping) else [value]
        for who in (each for group in groups for each in many(group)):
            yield f"{prefix}{who}" if prefix else who


def many(value: object) -> Sequence[str]:
    """Return texts of which IAM takes one or several."""
    return [each for each in items([value, *items(value)]) if isinstance(each, str)]


def _condition(statement: Json) -> str:
    condition = statement.get("Condition")
    return words(condition) if condition else ""


def _of_role(environment: Environment, role: Resource) -> Iterator[Permission]:
    policies = [*dicts(role.properties, "Policies")]
    policies += (each.properties for each in policies_of(environment, role))
    for arn in items(role.properties, "ManagedPolicyArns"):
        own = environment.target(arn)
        if own is None or own.kind not in POLICIES:
            yield Permission(action="", resource="", managed=words(arn).rpartition("/")[2])
        else:
            policies.append(own.properties)
    for policy, effect in itertools.product(policies, ("Allow", "Deny")):
        for statement in statements(policy.get("PolicyDocument"), effect):
            resources = named(statement, "Resource") or ["*"]
            for action, resource in itertools.product(named(statement, "Action"), resources):
                yield Permission(
                    action=action,
                    resource=resource,
                    condition=_condition(statement),
                    denied=effect == "Deny",
                )


def named(statement: Json, field: str) -> Sequence[str]:
    """Return the actions or resources of a statement, or in words all but those of NotAction."""
    but, those = (list(map(words, many(statement.get(x)))) for x in (f"Not{field}", field))
    return [f"{ALL_BUT}{', '.join(but)}"] if but else those
