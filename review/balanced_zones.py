"""Zones in which pods run and their load balancer doesn't: nothing reaches them there.

Source: Elastic Load Balancing API, TargetHealth, Target.NotInUse; AWS Load Balancer Controller, "Pod
readiness gate", and pkg/service/model_build_load_balancer.go: a load balancer keeps its subnets.
"""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kinds import NODE_GROUP, PROFILE, SUBNET
from assembly.kubernetes_object import KubernetesObject
from assembly.nodes import resources_of
from guardrails.reach.subnets import ROLES, TRUE, tags_of, zone_of
from guardrails.rules.pod_networking import zones
from guardrails.rules.selectors import ALB_TARGETS, NLB_TARGETS
from kube.load_balancers import SERVICE
from kube.values import Json, dicts, look_up, mapping, text
from review.labels import is_or_are, label, listed
from review.load_balancers import NAMED_SUBNETS, moving, staying
from review.model import DETAILS, Sentence, say
from review.network_peers import selects_all
from review.sides import Sides

TARGETS = (NLB_TARGETS, ALB_TARGETS, f"{SERVICE}-type")
"""Annotations that make pods the targets; by default these are nodes."""
GATE = "elbv2.k8s.aws/pod-readiness-gate-inject"
"""The label of a namespace whose pods are ready only when their load balancer says so."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield the load balancers that stay out of zones in which subnets or pods are new."""
    made = [x for x in sides.after.resources(SUBNET) if x.node not in sides.before.by_node]
    ran, run = map(_of_pods, sides.both)
    for each in staying(sides):
        role, item = ROLES[each.open], each.item
        subnets = [x for x in made if tags_of(x).get(role) in TRUE]
        tagged = [x for x in sides.before.resources(SUBNET) if tags_of(x).get(role) in TRUE]
        # Where none has a tag, nobody knows in which ones it was made.
        missed = sorted(run - ran - {*map(zone_of, tagged)}) if tagged else []
        if missed and {item.annotations.get(x) for x in TARGETS} & {"ip", "nlb-ip"}:
            gated = _is_gated(sides.after, item)
            where, annotation = listed(missed), NAMED_SUBNETS[item.kind]
            details = [DETAILS["rollouts stall"]] if gated else []
            details.append(DETAILS["zones of nodes"].format(zones=where, annotation=annotation))
            how = "never become ready" if gated else "get no traffic"
            yield say(
                "balancer misses pods", object=label(item), zones=where, how=how, details=details
            )
        elif subnets:
            names, are = listed(map(label, subnets)), is_or_are(subnets)
            yield say("balancer keeps its subnets", name=each.name, subnets=names, are=are)


def followed(sides: Sides, policy: KubernetesObject, old: set[str], new: set[str]) -> str:
    """Return the load balancer that moves between subnets as the ranges of a policy for its pods do."""
    for each in moving(sides):
        was, now = (
            {
                text(x.properties, "CidrBlock")
                for x in side.resources(SUBNET)
                if tags_of(x).get(role) in TRUE
            }
            for side, role in zip(sides.both, (ROLES[not each.open], ROLES[each.open]), strict=True)
        )
        selected = policy.namespace == each.item.namespace and any(
            selects_all(mapping(policy.spec, "podSelector"), {"matchLabels": labels})
            for labels in _selected(sides.after, each.item)
        )
        if selected and old <= was and new <= now:
            return f"{each.name[0].lower()}{each.name[1:]}"
    return ""


def _selected(side: Environment, item: KubernetesObject) -> Iterator[Json]:
    """Yield the labels of the pods behind a Service, or behind those that an Ingress names."""
    paths = [y for x in dicts(item.spec, "rules") for y in dicts(x, "http", "paths")]
    backends = [mapping(x, "backend") for x in paths] + [mapping(item.spec, "defaultBackend")]
    names = {text(each, "service", "name") for each in backends} - {""}
    for each in [item, *side.kubernetes_objects("Service")]:
        named = each.name in names and each.namespace == item.namespace
        if (each is item or named) and (labels := mapping(each.spec, "selector")):
            yield labels


def _of_pods(side: Environment) -> set[str]:
    """Return the zones in which node groups and Fargate profiles run pods."""
    return {zone for x in resources_of(side, NODE_GROUP, PROFILE) for zone in zones(side, x)}


def _is_gated(side: Environment, item: KubernetesObject) -> bool:
    spaces = (x for x in side.kubernetes_objects("Namespace") if x.name == item.namespace)
    return any(look_up(x.content, "metadata", "labels", GATE) == "enabled" for x in spaces)


def public_zones(environment: Environment) -> int:
    """Return the number of zones with a subnet for internet-facing load balancers."""
    public = (x for x in environment.resources(SUBNET) if tags_of(x).get(ROLES[True]) in TRUE)
    return len({zone_of(subnet) or subnet.logical_id for subnet in public})
