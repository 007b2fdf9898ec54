"""Every question that an environment raises, by the names of its places, workloads and targets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from assembly.environment import Environment
from assembly.kinds import ADD_ON, CLUSTER, NODE_GROUP, PROFILE
from assembly.kubernetes_object import KubernetesObject
from guardrails.reach.acls import OUTSIDE
from guardrails.reach.balancers import from_balancers
from guardrails.reach.calls import calls, hops_of
from guardrails.reach.hops import walked
from guardrails.reach.isolation import crossed
from guardrails.reach.model import API_SERVER, INTERNET, NODES, Answer, answers, way_to
from guardrails.reach.places import DATA, places
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import namespace, pods
from kube.network_policies import EGRESS, Port, Side

PULLED = ("ecr.api", "ecr.dkr", "s3")


def asked(environment: Environment, *, everything: bool = False) -> Iterator[Answer]:
    """Yield the answers to what is needed, or to everything that can be asked."""
    yield from _everything(environment) if everything else answers(environment)
    for call in calls(environment):
        target = _name(call.service) if call.service else call.host
        way = walked(hops_of(environment, call))
        yield Answer(source=_name(call.pods.owner), target=target, way=way)
    for service, way in from_balancers(environment):
        yield Answer(source=f"load-balancer {_name(service)}", target=_name(service), way=way)


def _everything(environment: Environment) -> Iterator[Answer]:
    """Yield what places reach, and pods from wherever they run: as far as it can be told."""
    every = places(environment)
    for place in every:
        for subnet in place.subnets or (None,):
            for target in names_of_targets(environment):
                if len(way := way_to(environment, place, subnet, target)) > 1:
                    yield Answer(source=place.name, target=target, way=way)
    nodes = ADD_ON if any(each.kind == ADD_ON for each in every) else NODE_GROUP
    for template in pods(environment):
        kind = PROFILE if runs_on_fargate(environment, template) else nodes
        ends = ((place, each) for place in every for each in place.subnets if place.kind == kind)
        for (place, subnet), target in product(ends, (*DATA["calls"], API_SERVER, INTERNET)):
            other = target, Side(network=OUTSIDE if target == INTERNET else None)
            policies = crossed(environment, template, EGRESS, other, Port(number=443))
            # The node pulls the images.
            first = () if target in PULLED else policies
            way = walked([*first, *way_to(environment, place, subnet, target)])
            yield Answer(source=_name(template.owner), target=target, way=way)


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
