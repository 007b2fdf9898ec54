"""What network policies let through.

They bind pods on nodes, where the VPC CNI's agent runs, and nothing on Fargate (EKS user guide, "Limit Pod
traffic with Kubernetes network policies").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ADD_ON
from assembly.links import beside
from guardrails.reach.hops import Hop, fails
from guardrails.rules.pod_networking import configured
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import Place, Pods, by_name, place
from kube.fargate import may_select
from kube.network_policies import EGRESS, Port, Side, allowed
from kube.selectors import may_match
from kube.values import Json, Unknown, known, look_up, mapping, text

NAME = "kubernetes.io/metadata.name"
RESOLVER = Side(
    labels={"k8s-app": "kube-dns", "eks.amazonaws.com/component": "coredns"},
    namespace="kube-system",
    namespace_labels={NAME: "kube-system"},
)
"""The pods of CoreDNS."""
ALL, ANY = ("", "all"), ("", "any")
"""Stand for a label of all policies, and of those that may select pods without labels."""
Named = tuple[str, Side]
"""The other side of a connection, with its name for people."""


def crossed(
    environment: Environment, template: Pods, direction: str, other: Named, port: Port
) -> Iterator[Hop]:
    """Yield whether policies let a connection out of pods, or in to them."""
    if enforced(environment, template):
        item, (name, side) = template.owner, other
        chosen = policies_for(environment, place(environment, item), template.labels)
        passes = allowed(chosen, template.labels, direction, side, port)
        words = "out to" if direction == EGRESS else "in from"
        detail = f"No policy lets {port.protocol} {port.number or port.name} {words} {name}."
        value = f"{words.split(maxsplit=1)[0]} {name}"
        fault = fails("REACH14", item.resource, "", value, detail, item=item)
        what = f"network policies of {item.name}, {words} {name}"
        yield Hop(what=what, fault=None if passes else fault)


def enforced(environment: Environment, template: Pods) -> bool:
    """Tell whether network policies bind pods: on nodes, with the VPC CNI's agent switched on."""
    agents = _agents(environment)
    return (
        any(each in agents for each in beside(environment, template.owner.resource, ADD_ON))
        and not template.spec.get("hostNetwork")
        and not runs_on_fargate(environment, template, may_select)
    )


@indexed
def _agents(environment: Environment) -> set[object]:
    on = ("true", True)
    every = configured(environment)
    return {e.add_on for e in every if look_up(e.configuration, "enableNetworkPolicy") in on}


def policies_for(environment: Environment, where: Place, labels: object) -> list[Json]:
    """Return the policies of a namespace that select pods, or may."""
    pairs = [ANY, *((str(key), text(value)) for key, value in mapping(labels).items())]
    index = _by_label(environment)
    found = [
        each
        for pair in (pairs if known(labels) else [ALL])
        for each in index.get((where, pair), ())
    ]
    return [each for each in found if may_match(look_up(each, "spec", "podSelector"), labels)]


@indexed
def _by_label(environment: Environment) -> Mapping[tuple[Place, tuple[str, str]], list[Json]]:
    """Return the policies of each namespace by one of the labels that they ask for."""
    return grouped(
        ((place(environment, each), pair), each.content)
        for each in environment.kubernetes_objects("NetworkPolicy")
        for pair in (ALL, _label_of(each.spec))
    )


def _label_of(spec: Json) -> tuple[str, str]:
    wanted = mapping(spec, "podSelector", "matchLabels").items()
    return next(((str(key), text(value)) for key, value in wanted if known([key, value])), ANY)


def side_of(environment: Environment, template: Pods) -> Named:
    """Return pods as the other side of a connection."""
    cluster, name = place(environment, template.owner)
    space = by_name(environment).get(((cluster, "default"), "Namespace", name))
    labels: Json = mapping(space.labels) if space else {Unknown("a label"): ""}
    side = Side(labels=template.labels, namespace=name, namespace_labels={**labels, NAME: name})
    return template.owner.name, side
