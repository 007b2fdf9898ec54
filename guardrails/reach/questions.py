"""Every question that an environment raises, by the names of its places, workloads and targets."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from assembly.environment import Environment
from assembly.kinds import ADD_ON, CLUSTER, NODE_GROUP, PROFILE
from assembly.kubernetes_object import KubernetesObject
from assembly.resource import Resource
from guardrails.reach.acls import OUTSIDE
from guardrails.reach.balancers import from_balancers
from guardrails.reach.calls import calls, hops_of
from guardrails.reach.endpoints import serving
from guardrails.reach.hops import walked
from guardrails.reach.isolation import crossed
from guardrails.reach.model import API_SERVER, INTERNET, NODES, Answer, answers, way_to
from guardrails.reach.places import DATA, Place, places
from guardrails.reach.subnets import network_of, subnets_in
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import Pods, namespace, pods
from kube.network_policies import EGRESS, Port, Side
from kube.values import look_up

PULLED = ("ecr.api", "ecr.dkr", "s3")


def asked(environment: Environment, *, everything: bool = False) -> Iterator[Answer]:
    """Yield the answers to what is needed, or to everything that can be asked."""
    yield from _of_places(environment) if everything else answers(environment)
    for call in calls(environment):
        target = _name(call.service) if call.service else call.host
        way = walked(hops_of(environment, call))
        yield Answer(source=_name(call.pods.owner), target=target, way=way)
    for service, way in from_balancers(environment):
        yield Answer(source=f"load-balancer {_name(service)}", target=_name(service), way=way)
    for template in pods(environment) if everything else ():
        yield from _of_pods(environment, template)


def _of_places(environment: Environment) -> Iterator[Answer]:
    for place in places(environment):
        for target in names_of_targets(environment):
            for subnet in place.subnets or (None,):
                way = way_to(environment, place, subnet, target)
                if len(way) > 1:
                    yield Answer(source=place.name, target=target, way=way)


def _of_pods(environment: Environment, template: Pods) -> Iterator[Answer]:
    """Yield whether pods reach AWS services, the API server and the internet from wherever they run."""
    nodes = ADD_ON if any(each.kind == ADD_ON for each in places(environment)) else NODE_GROUP
    kind = PROFILE if runs_on_fargate(environment, template) else nodes
    for place in places(environment):
        for subnet in place.subnets if place.kind == kind else ():
            for target in (*DATA["calls"], API_SERVER, INTERNET):
                other = target, Side(network=_network(environment, place, subnet, target))
                policies = crossed(environment, template, EGRESS, other, Port(number=443))
                # The node pulls the images.
                first = () if target in PULLED else policies
                way = walked([*first, *way_to(environment, place, subnet, target)])
                yield Answer(source=_name(template.owner), target=target, way=way)


def _network(
    environment: Environment, place: Place, subnet: Resource, target: str
) -> IPv4Network | None:
    """Return where a target is for network policies; None where it may be anywhere."""
    endpoint = serving(environment, subnet, target)
    named = endpoint.properties.get("SubnetIds") if endpoint else None
    if target == API_SERVER and place.cluster is not None:
        named = look_up(place.cluster.properties, "ResourcesVpcConfig", "SubnetIds")
    inside = subnets_in(environment, named)
    return network_of(inside[0].properties.get("CidrBlock")) if inside else OUTSIDE


def _name(item: KubernetesObject) -> str:
    return f"{namespace(item)}/{item.name}"


def places_named(environment: Environment) -> tuple[str, ...]:
    """Return the names of everything that connections start from."""
    named = [each.name for each in places(environment)]
    return tuple(dict.fromkeys([*named, *(_name(each.owner) for each in pods(environment))]))


def names_of_targets(environment: Environment) -> tuple[str, ...]:
    """Return the names of everything that connections lead to."""
    services = map(_name, environment.kubernetes_objects("Service"))
    nodes = [NODES] if any(each.kind != CLUSTER for each in places(environment)) else []
    return tuple(dict.fromkeys([*DATA["calls"], API_SERVER, INTERNET, *nodes, *services]))
