"""What a preflight checks: an environment of an assembly, in the account that it is deployed to."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Lock

from assembly import kinds
from assembly.deployment import Deployment, deployment_of
from assembly.environment import Environment
from assembly.nodes import node_groups, own_image, types_of
from assembly.resource import Resource
from capacity.inputs import Inputs
from capacity.instance_types import UnknownInstanceTypeError, instance_type
from kube.values import Json, Unknown, dicts, mapping, several, text

READING = Lock()
"""A scope notes what it is resolving, so one check at a time reads templates."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """An environment. `stated_account` is the one that its file sets, empty if any account will do."""

    name: str
    environment: Environment
    region: str
    stated_account: str = ""
    account: str = ""

    @functools.cached_property
    def deployment(self) -> Deployment:
        """Return what the CDK CLI needs."""
        return deployment_of(self.environment)

    @property
    def inputs(self) -> Inputs | None:
        """Return the input of the plan; None if the assembly doesn't have it."""
        return self.environment.inputs

    def all_of(self, *kind: str) -> list[Json]:
        """Return the properties of the resources of some types, as they will be in the account."""
        with READING:
            found = self.environment.resources(*kind)
            return [mapping(each.scope.decided(each.unresolved)) for each in found]

    def names(self, kind: str, field: str) -> tuple[str, ...]:
        """Return the values of a field that are known before a deploy, each once."""
        return tuple(dict.fromkeys(_literals(each.get(field) for each in self.all_of(kind))))

    @property
    def clusters(self) -> tuple[str, ...]:
        """Return the names of the clusters."""
        return self.names(kinds.CLUSTER, "Name")

    @property
    def principals(self) -> tuple[str, ...]:
        """Return the ARNs with access entries, and those that roles trust."""
        trusted = (
            arn
            for role in self.all_of(kinds.ROLE)
            for statement in dicts(role, "AssumeRolePolicyDocument", "Statement")
            for arn in several(statement, "Principal", "AWS")
        )
        arns = {*self.names(kinds.ACCESS_ENTRY, "PrincipalArn"), *_literals(trusted)}
        return tuple(sorted(arn for arn in arns if ":iam::" in arn and not arn.endswith(":root")))

    @property
    def managed_policies(self) -> tuple[str, ...]:
        """Return the ARNs of the managed policies of roles."""
        roles = self.all_of(kinds.ROLE)
        arns = (arn for role in roles for arn in several(role, "ManagedPolicyArns"))
        return tuple(sorted(set(_literals(arns))))

    @functools.cached_property
    def own_images(self) -> tuple[tuple[str, str, frozenset[str]], ...]:
        """Return each node group with an image of one's own, and the architectures of its instance types."""
        with READING:
            return tuple(
                (
                    group.name.removesuffix("/NodeGroup").rpartition("/")[2],
                    image,
                    frozenset(_architectures(group)),
                )
                for group in node_groups(self.environment)
                if (image := own_image(self.environment, group))
            )

    def owns(self, tagged: Mapping[str, object]) -> bool:
        """Tell by its tags whether something in the account already belongs to the environment."""
        tags = (*dicts(tagged, "Tags"), *dicts(tagged, "TagSet"))
        return not self._tags.isdisjoint(text(tag, "Value") for tag in tags)

    @functools.cached_property
    def _tags(self) -> frozenset[str]:
        """Return the tag values that CloudFormation and EKS set: the names of stacks and clusters."""
        return self.deployment.stacks | set(self.clusters)


def target_of(
    environment: Environment, *, name: str, account: str = "", region: str = ""
) -> Target:
    """Return an environment as it will be in an account and region, unless it sets its own."""
    stacks = environment.stacks.values()
    stated = next((stack.account for stack in stacks if stack.account), "")
    region = next((stack.region for stack in stacks if stack.region), region)
    account = stated or account
    placed = {
        stack.path: replace(stack, account=account, region=stack.region or region)
        for stack in stacks
    }
    return Target(
        name=name,
        environment=replace(environment, stacks=placed),
        region=region,
        stated_account=stated,
        account=account,
    )


def _architectures(group: Resource) -> Iterator[str]:
    for name in types_of(group):
        with suppress(UnknownInstanceTypeError):
            yield instance_type(text(name)).architecture


def _literals(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str) and value and not isinstance(value, Unknown):
            yield value
