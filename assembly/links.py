"""What belongs to what: a resource's cluster, a value's role."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import CLUSTER, FUNCTION, KUBECTL, LAUNCH_TEMPLATE, POLICIES, ROLE
from assembly.kubernetes_object import KubernetesObject
from assembly.references import Node
from assembly.resource import Resource
from assembly.self_managed import self_managed_groups
from kube.values import items, known, look_up, mapping, text

ROLE_ARN = re.compile(r".*?(?::(?P<account>\d{12}))?:role/(?:.*/)?(?P<name>[^/]+)$")


def beside(environment: Environment, resource: Resource, *kinds: str) -> Iterator[Resource]:
    """Yield the resources of these types that belong to the same cluster as a resource.

    Self-managed node groups are node groups.
    """
    for kind in kinds:
        yield from _by_cluster(environment).get((resource.cluster_key, kind), ())


@indexed
def _by_cluster(environment: Environment) -> Mapping[tuple[object, str], list[Resource]]:
    return grouped(
        ((each.cluster_key, each.kind), each)
        for each in (*environment.resources(), *self_managed_groups(environment))
        if each.kind == CLUSTER or "ClusterName" in each.properties
    )


def objects_beside(
    environment: Environment, resource: Resource, *kinds: str
) -> Sequence[KubernetesObject]:
    """Return the objects of these kinds that are in the same cluster as a resource."""
    index, cluster = _objects_by_cluster(environment), resource.cluster_key
    return [each for kind in kinds for each in index.get((cluster, kind), ())]


@indexed
def _objects_by_cluster(
    environment: Environment,
) -> Mapping[tuple[object, str], list[KubernetesObject]]:
    every = environment.kubernetes_objects()
    return grouped(((each.resource.cluster_key, each.kind), each) for each in every)


def template_of(environment: Environment, group: Resource) -> Resource | None:
    """Return the launch template of a node group, None for one that was made elsewhere."""
    named = mapping(group.properties, "LaunchTemplate")
    found = environment.target(named.get("Id") or named.get("Name"))
    return found if found is not None and found.kind == LAUNCH_TEMPLATE else None


def role_of(environment: Environment, value: object) -> Resource | None:
    """Return the role that an ARN or a name refers to, None for one that was created elsewhere."""
    found = environment.target(value)
    if found is not None:
        return found if found.kind == ROLE else None
    match = ROLE_ARN.match(value) if isinstance(value, str) else None
    role = _roles_by_name(environment).get(match["name"] if match else text(value))
    ours = role.scope.stack.account if role else ""
    elsewhere = ours and match and match["account"] not in (None, ours)
    return None if elsewhere else role


@indexed
def _roles_by_name(environment: Environment) -> Mapping[str, Resource]:
    roles = environment.resources(ROLE)
    return {name: role for role in roles if (name := text(role.properties, "RoleName"))}


def policies_of(environment: Environment, role: Resource | None) -> tuple[Resource, ...]:
    """Return the policies of the templates that name a role."""
    return () if role is None else tuple(_policies_by_role(environment).get(role.node, ()))


@indexed
def _policies_by_role(environment: Environment) -> Mapping[Node, list[Resource]]:
    return grouped(
        (role.node, policy)
        for policy in environment.resources(*POLICIES)
        for role in (role_of(environment, name) for name in _roles_named(policy))
        if role is not None
    )


def _roles_named(policy: Resource) -> Sequence[object]:
    # AWS::IAM::RolePolicy is of one role.
    one = policy.properties.get("RoleName")
    return items(policy.properties, "Roles") if one is None else [one]


def kubectl_handler(environment: Environment, resource: Resource) -> Resource | None:
    """Return the Lambda function that calls kubectl for a custom resource, if it was made here."""
    provider = environment.target(resource.properties.get("ServiceToken"))
    if provider is None:
        return None
    variables = mapping(provider.properties, "Environment", "Variables")
    handler = environment.target(look_up(variables, "USER_ON_EVENT_FUNCTION_ARN")) or provider
    return handler if handler.kind == FUNCTION else None


def kubectl_handlers(environment: Environment) -> tuple[Resource, ...]:
    """Return the functions that call kubectl, each once."""
    found = (kubectl_handler(environment, each) for each in environment.resources(*KUBECTL))
    return tuple(dict.fromkeys(each for each in found if each is not None))


def of_the_cdk(resource: Resource) -> bool:
    """Tell whether a function is one of the CDK: it runs in a deploy only, and its code is made for it."""
    return any(x.startswith(("Custom::", "KubectlProvider", "framework-on")) for x in resource.ids)


def version_of(resource: Resource) -> str:
    """Return the Kubernetes version of a resource's cluster, or latest where nobody says it."""
    cluster = resource.cluster
    version = text(cluster.properties, "Version") if cluster else ""
    return version if version and known(version) else "latest"


def by_target(environment: Environment, kind: str, name: str) -> Mapping[Node, list[Resource]]:
    """Return the resources of a type, or of any for "", by what one of their properties leads to."""
    key = (by_target, kind, name)
    if key not in environment.kept:
        environment.kept[key] = grouped(
            (target.node, each)
            for each in environment.resources(*filter(None, [kind]))
            for target in environment.targets(each.properties.get(name))
        )
    found: Mapping[Node, list[Resource]] = environment.kept[key]
    return found
