"""What network policies let through.

They bind pods on nodes, where the VPC CNI's agent runs, and nothing on Fargate (EKS user guide, "Limit Pod
traffic with Kubernetes network policies").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ADD_ON, PROFILE
from assembly.links import beside, cluster_key
from assembly.resource import Resource
from guardrails.reach.hops import Hop
from guardrails.rule import found
from guardrails.rules.pod_networking import configured
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import Place, Pods, by_name, place, selected
from kube.fargate import may_select
from kube.network_policies import EGRESS, INGRESS, Port, Side, allowed
from kube.selectors import may_match
from kube.values import Json, Unknown, look_up, mapping, several

NAME = "kubernetes.io/metadata.name"
RESOLVER = Side(
    labels={"k8s-app": "kube-dns", "eks.amazonaws.com/component": "coredns"},
    namespace="kube-system",
    namespace_labels={NAME: "kube-system"},
)
"""The pods of CoreDNS."""
DNS = Port(number=53, name="dns", protocol="UDP")
Named = tuple[str, Side]
"""The other side of a connection, with its name for people."""


def crossed(
    environment: Environment, template: Pods, direction: str, other: Named, port: Port
) -> Iterator[Hop]:
    """Yield whether policies let a connection out of pods, or in to them, if they bind the pods."""
    item, (name, side) = template.owner, other
    if chosen := policies_of(environment, template):
        words = "out to" if direction == EGRESS else "in from"
        detail = f"No policy lets {port.protocol} {port.number or port.name} {words} {name}."
        stopped = found(item, f"{words.split(maxsplit=1)[0]} {name}", detail)
        passes = allowed(chosen, template.labels, direction, side, port)
        what = f"network policies of {item.name}, {words} {name}"
        yield Hop(what=what, rule="REACH14", finding=None if passes else stopped)


def to_resolver(environment: Environment, template: Pods) -> Iterator[Hop]:
    """Yield whether policies let pods ask for names: out of them, and in to CoreDNS."""
    yield from crossed(environment, template, EGRESS, ("CoreDNS", RESOLVER), DNS)
    if chosen := policies_of_resolver(environment, template.owner.resource):
        _, itself = side_of(environment, template)
        detail = "The policies of kube-system let no UDP 53 in to CoreDNS."
        stopped = found(template.owner, "CoreDNS", detail)
        passes = allowed(chosen, RESOLVER.labels, INGRESS, itself, DNS)
        what = "network policies of CoreDNS"
        yield Hop(what=what, rule="REACH14", finding=None if passes else stopped)


def enforced(environment: Environment, template: Pods) -> bool:
    """Tell whether network policies bind pods: on nodes, with the VPC CNI's agent switched on."""
    return (
        _has_agent(environment, template.owner.resource)
        and not template.spec.get("hostNetwork")
        and not runs_on_fargate(environment, template, may_select)
    )


def enforced_on_resolver(environment: Environment, resource: Resource) -> bool:
    """Tell whether network policies bind the pods of CoreDNS in a resource's cluster."""
    on_fargate = (
        may_select(selector, RESOLVER.namespace, RESOLVER.labels)
        for profile in beside(environment, resource, PROFILE)
        for selector in several(profile.properties, "Selectors")
    )
    return _has_agent(environment, resource) and not any(on_fargate)


def _has_agent(environment: Environment, resource: Resource) -> bool:
    agents = _agents(environment)
    return any(each in agents for each in beside(environment, resource, ADD_ON))


@indexed
def _agents(environment: Environment) -> set[Resource]:
    return {each.add_on for each in configured(environment) if each.has_agent}


def policies_of(environment: Environment, template: Pods) -> Sequence[Json]:
    """Return the policies that bind pods, or may."""
    chosen = _by_pods(environment).get(template, ())
    return chosen if chosen and enforced(environment, template) else ()


@indexed
def _by_pods(environment: Environment) -> Mapping[Pods, list[Json]]:
    return grouped(
        (template, each.content)
        for each in environment.kubernetes_objects("NetworkPolicy")
        for template in selected(environment, each, each.spec.get("podSelector"), surely=False)
    )


@indexed
def _by_namespace(environment: Environment) -> Mapping[Place, list[Json]]:
    every = environment.kubernetes_objects("NetworkPolicy")
    return grouped((place(environment, each), each.content) for each in every)


def policies_of_resolver(environment: Environment, resource: Resource) -> Sequence[Json]:
    """Return the policies that bind CoreDNS in a resource's cluster, or may."""
    cluster = cluster_key(environment, resource)
    every = _by_namespace(environment).get((cluster, RESOLVER.namespace), ())
    chosen = [e for e in every if may_match(look_up(e, "spec", "podSelector"), RESOLVER.labels)]
    return chosen if chosen and enforced_on_resolver(environment, resource) else ()


def side_of(environment: Environment, template: Pods) -> Named:
    """Return pods as the other side of a connection."""
    cluster, name = place(environment, template.owner)
    space = by_name(environment).get(((cluster, "default"), "Namespace", name))
    labels: Json = mapping(space.labels) if space else {Unknown("a label"): ""}
    side = Side(labels=template.labels, namespace=name, namespace_labels={**labels, NAME: name})
    return template.owner.name, side
