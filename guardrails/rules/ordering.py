"""What CloudFormation creates first and therefore deletes last.

An edge is a Ref, an Fn::GetAtt or a DependsOn, through any number of resources; stacks follow each
other. What is made after something is deleted before it: each rule holds for both directions.

What controllers make in AWS outside the stacks goes while they still run: a controller removes a load
balancer or a volume when its Kubernetes object is deleted. An object that outlives its controller
leaves them behind, and they keep subnets and the VPC from being deleted.

What can be said by types and properties alone stands in ordering.yaml, which the engine here reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from assembly import kinds
from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import ADD_ON, CLUSTER, KUBECTL, NODE_GROUP, PROFILE
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside, by_target, kubectl_handler, policies_of, role_of
from assembly.nodes import resources_of
from assembly.references import Node, written_out
from assembly.resource import Resource
from guardrails.reach.subnets import runner, users, ways_out
from guardrails.rule import Finding, breach, rule, rules
from guardrails.rules.homes import homes, is_on_each, lets_in, of_platform
from guardrails.rules.workloads import components, namespace, pods
from kube.fargate import selects
from kube.values import Json, Unknown, dicts, flag, items, known, look_up, number, table, text

COMPUTE = (NODE_GROUP, PROFILE)
AGENT = "eks-pod-identity-agent"
TABLE: Sequence[Mapping[str, Any]] = table(__file__, "ordering.yaml")
Pairs = Iterator[tuple[Resource, Resource, str]]
"""What must wait, for what, and the value of the finding if it doesn't."""


def unordered(
    environment: Environment, later: Resource, earlier: Resource, value: str, why: str = ""
) -> Iterator[Finding]:
    """Yield a finding where a resource doesn't wait for what it must wait for."""
    if later != earlier and not environment.waits_for(later, earlier):
        detail = f"Nothing makes {later.path} wait for {earlier.path}. {why}".rstrip()
        fix = f"Make {later.path} depend on {earlier.path}: node.add_dependency()."
        if later.stack != earlier.stack:
            first, second = (each.stack.rpartition("/")[2] for each in (earlier, later))
            fix += f' Between workloads of an environment: after=("{first}",) of {second}.'
        yield breach(later, "DependsOn", value, detail, fix=fix)


def waits(rule_id: str) -> Callable[[Callable[[Environment], Pairs]], None]:
    """Make a rule of the function below, which says what waits for what."""

    def declared(pairs: Callable[[Environment], Pairs]) -> None:
        @rule(rule_id)
        def _(environment: Environment) -> Iterator[Finding]:
            for pair in pairs(environment):
                yield from unordered(environment, *pair)

    return declared


@rules(*dict.fromkeys(row["rule"] for row in TABLE))
def _of_table(environment: Environment) -> Iterator[tuple[str, Finding]]:
    """Yield each edge of the table that is missing once."""
    found = {
        (row["rule"], each.resource.node, each.fix): each
        for row in TABLE
        for pair in _pairs(environment, row)
        for each in unordered(environment, *pair, row.get("why", ""))
    }
    yield from ((rule_id, each) for (rule_id, *_), each in found.items())


def _pairs(environment: Environment, row: Mapping[str, Any]) -> Pairs:
    kinds = () if row["later"] == ["any"] else row["later"]
    for later in resources_of(environment, *kinds) if kinds else environment.resources():
        excused = "unless" in row and _has(later, row["unless"])
        if _has(later, row.get("where", {})) and not excused:
            found: Iterable[Resource] = (later,)
            for step in row["way"]:
                found = dict.fromkeys(to for each in found for to in _step(environment, each, step))
            users = by_target(environment, "", row.get("users", "")).get(later.node)
            for earlier in found:
                calm = users and all(environment.waits_for(each, earlier) for each in users)
                if not calm and _has(earlier, row.get("to", {})):
                    name = text(earlier.properties, "AddonName") if earlier.kind == ADD_ON else ""
                    yield later, earlier, name or earlier.logical_id


def _has(resource: Resource, wanted: Json) -> bool:
    """Tell whether a resource surely has one of the wanted values of each property."""
    for name, values in wanted.items():
        value = look_up(resource.properties, name)
        if value is None or (values != "*" and not (known(value) and written_out(value) in values)):
            return False
    return True


def _step(environment: Environment, resource: Resource, step: str) -> Iterable[Resource]:
    verb, _, kind = step.rpartition(" ")
    if step == "homes":
        return _first_homes(environment, resource)
    if step == "policies":
        return policies_of(environment, resource)
    if verb == "is":
        return (resource,) if resource.kind == kind else ()
    if verb == "beside":
        return beside(environment, resource, kind)
    if "::" in step:
        kind, _, name = step.rpartition(".")
        return by_target(environment, kind, name).get(resource.node, ())
    named = (resource.properties.get(name) for name in step.split())
    return [found for value in named for found in environment.targets(value)]


def _first_homes(environment: Environment, resource: Resource) -> Iterator[Resource]:
    """Yield the node groups that have nodes and let in pods of a resource; any if nobody knows them."""
    mine = (x for x in of_platform(environment) if x.owner.resource == resource)
    own = [each for each in mine if not is_on_each(each)]
    found = {x.group for each in own for x in homes(environment, each) if lets_in(x, each)}
    for group in beside(environment, resource, NODE_GROUP):
        size = number(group.properties, "ScalingConfig", "DesiredSize")
        if size != 0 and (group in found or not own):
            yield group


@rule("ORDER2")
def _network_is_there(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        bootstrapped = flag(cluster.properties, "BootstrapSelfManagedAddons", default=True)
        has_groups = any(beside(environment, cluster, NODE_GROUP))
        if bootstrapped is False and has_groups and not _runs_auto_mode(cluster):
            names = {_name(add_on) for add_on in beside(environment, cluster, ADD_ON)}
            for name in sorted({"kube-proxy", "vpc-cni"} - names):
                detail = f"{name} is neither bootstrapped nor an add-on."
                yield breach(cluster, "BootstrapSelfManagedAddons", name, detail)


@rule("ORDER3")
def _agent_before_its_clients(environment: Environment) -> Iterator[Finding]:
    for add_on in environment.resources(ADD_ON):
        associations = items(add_on.properties, "PodIdentityAssociations")
        add_ons = beside(environment, add_on, ADD_ON)
        has_agent = any(environment.waits_for(add_on, a) for a in add_ons if _name(a) == AGENT)
        if associations and not has_agent and not _runs_auto_mode(add_on.cluster):
            yield breach(add_on, "PodIdentityAssociations", _name(add_on))


@waits("ORDER4")
def _pods_after_compute(environment: Environment) -> Pairs:
    for template in pods(environment):
        for profile in beside(environment, template.owner.resource, PROFILE):
            selectors = dicts(profile.properties, "Selectors")
            if any(selects(each, namespace(template.owner), template.labels) for each in selectors):
                yield template.owner.resource, profile, profile.logical_id


@rule("ORDER5")
def _access_before_kubectl(environment: Environment) -> Iterator[Finding]:
    for resource in environment.resources(*KUBECTL):
        handler, cluster = kubectl_handler(environment, resource), resource.cluster
        # The first generation's kubectl takes the role that made the cluster, which may do all.
        if handler is None or (cluster is not None and cluster.type == kinds.FIRST_GENERATION):
            continue
        role = _identity(environment, handler, "Role")
        every = beside(environment, resource, kinds.ACCESS_ENTRY)
        entries = [e for e in every if _identity(environment, e, "PrincipalArn") == role]
        judged = entries or not isinstance(role, Unknown)
        if judged and not any(environment.waits_for(resource, entry) for entry in entries):
            value = entries[0].logical_id if entries else "no access entry"
            yield breach(resource, "DependsOn", value)


def _identity(environment: Environment, resource: Resource, field: str) -> Node | str:
    role = role_of(environment, resource.properties.get(field))
    return text(resource.properties, field) if role is None else role.node


@waits("ORDER6")
def _network_before_its_users(environment: Environment) -> Pairs:
    ways = ways_out(environment)
    needed: Mapping[object, Iterable[Resource]] = {
        user.node: dict.fromkeys(way for each in names for way in ways[each.node].all)
        for user, names in users(environment)
    }
    for user in resources_of(environment, *COMPUTE, *KUBECTL):
        for earlier in needed.get(runner(environment, user), ()):
            yield user, earlier, earlier.logical_id


@waits("ORDER7")
def _profiles_in_a_chain(environment: Environment) -> Pairs:
    every = environment.resources(PROFILE)
    for profiles in grouped((each.cluster_key, each) for each in every).values():
        for one, other in combinations(profiles, 2):
            if not environment.waits_for(one, other):
                yield other, one, one.logical_id


def _made_before_their_maker_goes(
    rule_id: str, makes: Callable[[KubernetesObject], bool], maker: str
) -> None:
    @waits(rule_id)
    def _(environment: Environment) -> Pairs:
        makers = [each for each, name, _ in components(environment) if name == maker]
        for item in filter(makes, environment.kubernetes_objects()) if makers else ():
            for each in makers:
                if each.cluster_key == item.resource.cluster_key:
                    yield item.resource, each, f"{item.kind}/{item.name}"


def makes_load_balancers(item: KubernetesObject) -> bool:
    """Tell whether the controller makes a load balancer or targets for an object."""
    is_balancer = item.kind == "Service" and text(item.spec, "type") == "LoadBalancer"
    return is_balancer or item.kind in ("Ingress", "TargetGroupBinding")


def makes_volumes(item: KubernetesObject) -> bool:
    """Tell whether the driver makes a volume for an object."""
    has_claims = item.kind == "StatefulSet" and bool(item.spec.get("volumeClaimTemplates"))
    return has_claims or item.kind == "PersistentVolumeClaim"


_made_before_their_maker_goes("ORDER8", makes_load_balancers, "aws-load-balancer-controller")
_made_before_their_maker_goes("ORDER9", makes_volumes, "aws-ebs-csi-driver")


@waits("ORDER13")
def _logs_before_their_cluster(environment: Environment) -> Pairs:
    groups = environment.resources(kinds.LOG_GROUP, kinds.ADOPTED_LOG_GROUP)
    named = grouped((text(each.properties, "LogGroupName"), each) for each in groups)
    for cluster in environment.resources(CLUSTER):
        for logs in named.get(f"/aws/eks/{text(cluster.properties, 'Name')}/cluster", ()):
            yield cluster, logs, logs.logical_id


def _name(add_on: Resource) -> str:
    return text(add_on.properties, "AddonName")


def _runs_auto_mode(cluster: Resource | None) -> bool:
    """Tell whether EKS Auto Mode brings nodes, network and load balancers, as far as is known."""
    return cluster is not None and flag(cluster.properties, "ComputeConfig", "Enabled") is not False
