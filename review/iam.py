"""What IAM roles may do: their statements, taken apart, and who may assume them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from review.environment import Environment, Resource
from review.words import words

Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True, order=True)
class Permission:
    """One action on one resource; `managed` is the name of an AWS managed policy instead."""

    action: str
    resource: str
    managed: str = ""
    condition: str = ""

    @property
    def wide(self) -> bool:
        """Tell whether this allows far more than one thing: a wildcard, or administration."""
        whole_service = self.action.endswith(":*") or self.action == "*"
        return (whole_service and self.resource == "*") or self.managed.endswith(
            ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")
        )


def permissions_of(environment: Environment) -> Mapping[Key, frozenset[Permission]]:
    """Return what each role of the stacks may do, by the role's stack and logical id."""
    found: dict[Key, set[Permission]] = {
        (role.stack, role.logical_id): set(_of_role(environment, role))
        for role in environment.of_type("AWS::IAM::Role")
    }
    for policy in environment.of_type("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for reference in policy.properties.get("Roles", ()):
            role = environment.target(policy.stack, reference)
            if role is not None:
                document = policy.properties["PolicyDocument"]
                found.setdefault((role.stack, role.logical_id), set()).update(
                    _of_document(environment, document)
                )
    return {key: frozenset(permissions) for key, permissions in found.items()}


def trusted(role: Resource) -> frozenset[str]:
    """Return who may assume a role: ARNs, as text with holes, and services."""
    found: set[str] = set()
    for statement in _many(role.properties["AssumeRolePolicyDocument"]["Statement"]):
        principals = statement.get("Principal", {})
        if isinstance(principals, str):
            found.add(principals)
            continue
        for values in principals.values():
            found.update(map(words, _many(values)))
    return frozenset(found)


def services(role: Resource) -> bool:
    """Tell whether only AWS services may assume a role."""
    return all(".amazonaws.com" in each and not each.startswith("arn:") for each in trusted(role))


def statements(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the statements of a policy that allow something."""
    yield from (each for each in _many(document["Statement"]) if each["Effect"] == "Allow")


def _of_role(environment: Environment, role: Resource) -> Iterator[Permission]:
    for arn in role.properties.get("ManagedPolicyArns", ()):
        own = environment.target(role.stack, arn)
        if own is None:
            yield Permission(action="", resource="", managed=_managed(environment, arn))
        else:
            yield from _of_document(environment, own.properties["PolicyDocument"])
    for inline in role.properties.get("Policies", ()):
        yield from _of_document(environment, inline["PolicyDocument"])


def _managed(environment: Environment, arn: object) -> str:
    if isinstance(arn, Mapping) and "Fn::If" in arn:
        arn = arn["Fn::If"][1]
    return environment.read(arn).rpartition("/")[2]


def _of_document(environment: Environment, document: Mapping[str, Any]) -> Iterator[Permission]:
    for statement in statements(document):
        condition = statement.get("Condition", {})
        for action in _many(statement.get("Action", statement.get("NotAction", ()))):
            for resource in _many(statement.get("Resource", "*")):
                yield Permission(
                    action=action,
                    resource=environment.read(resource),
                    condition=environment.read(condition) if condition else "",
                )


def _many(value: Any) -> list[Any]:  # noqa: ANN401  # IAM takes one or several of anything
    return value if isinstance(value, list) else [value]
