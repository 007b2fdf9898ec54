"""Every question that an environment raises, by the names of its places, workloads and targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assembly.environment import Environment
from assembly.kinds import ADD_ON, CLUSTER, NODE_GROUP, PROFILE
from guardrails.reach.acls import OUTSIDE
from guardrails.reach.balancers import from_balancers
from guardrails.reach.calls import calls, hops_of
from guardrails.reach.hops import Way, walked
from guardrails.reach.isolation import crossed
from guardrails.reach.model import API_SERVER, INTERNET, answers, hops
from guardrails.reach.places import DATA, places
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import Pods, namespace, pods
from kube.network_policies import EGRESS, Port, Side

PULLED = ("ecr.api", "ecr.dkr", "s3")


@dataclass(frozen=True, kw_only=True)
class Question:
    """Whether something reaches a target, and the way there."""

    source: str
    target: str
    way: Way


def asked(environment: Environment, *, everything: bool = False) -> Iterator[Question]:
    """Yield the questions of what is needed, or every one that can be asked."""
    if not everything:
        for each in answers(environment):
            yield Question(source=each.place.name, target=each.target, way=each.way)
    for place in places(environment) if everything else ():
        for target in names_of_targets(environment):
            for subnet in place.subnets or (None,):
                way = walked(hops(environment, place, subnet, target))
                if len(way) > 1:
                    yield Question(source=place.name, target=target, way=way)
    for call in calls(environment):
        target = f"{namespace(call.service)}/{call.service.name}" if call.service else call.host
        yield Question(
            source=_name(call.pods), target=target, way=walked(hops_of(environment, call))
        )
    for service, way in from_balancers(environment):
        name = f"{namespace(service)}/{service.name}"
        yield Question(source=f"load-balancer {name}", target=name, way=way)
    for template in pods(environment) if everything else ():
        yield from _of_pods(environment, template)


def _of_pods(environment: Environment, template: Pods) -> Iterator[Question]:
    """Yield whether pods reach AWS services, the API server and the internet from wherever they run."""
    nodes = ADD_ON if any(each.kind == ADD_ON for each in places(environment)) else NODE_GROUP
    kind = PROFILE if runs_on_fargate(environment, template) else nodes
    https, outside = Port(number=443), Side(network=OUTSIDE)
    for target in (*DATA["calls"], API_SERVER, INTERNET):
        # The node pulls the images.
        other = () if target in PULLED else (target, outside)
        first = [*crossed(environment, template, EGRESS, other, https)] if other else []
        for place in places(environment):
            for subnet in place.subnets if place.kind == kind else ():
                way = walked([*first, *hops(environment, place, subnet, target)])
                yield Question(source=_name(template), target=target, way=way)


def _name(template: Pods) -> str:
    return f"{namespace(template.owner)}/{template.owner.name}"


def places_named(environment: Environment) -> tuple[str, ...]:
    """Return the names of everything that connections start from."""
    named = [each.name for each in places(environment)]
    return tuple(dict.fromkeys([*named, *map(_name, pods(environment))]))


def names_of_targets(environment: Environment) -> tuple[str, ...]:
    """Return the names of everything that connections lead to."""
    services = (
        f"{namespace(each)}/{each.name}" for each in environment.kubernetes_objects("Service")
    )
    nodes = ["nodes"] if any(each.kind != CLUSTER for each in places(environment)) else []
    return tuple(dict.fromkeys([*DATA["calls"], API_SERVER, INTERNET, *nodes, *services]))
