"""What network policies let through.

They bind pods on nodes, where the VPC CNI's agent runs, and nothing on Fargate (EKS user guide, "Limit Pod
traffic with Kubernetes network policies").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ADD_ON, CLUSTER
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside
from assembly.resource import Resource
from guardrails.reach.hops import Hop, checked
from guardrails.rule import found
from guardrails.rules.pod_networking import configured
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import Pods, object_at, selected
from kube.fargate import may_select
from kube.network_policies import EGRESS, INGRESS, Port, Side, allowed
from kube.selectors import may_match
from kube.values import Json, Unknown, look_up, mapping, text, unsure

NAME = "kubernetes.io/metadata.name"
SYSTEM = "kube-system"
DNS = Port(number=53, name="dns", protocol="UDP")
LABELS = {"k8s-app": "kube-dns", "eks.amazonaws.com/component": "coredns"}
Named = tuple[str, Side]
"""The other side of a connection, with its name for people."""


def crossed(
    environment: Environment,
    template: Pods,
    direction: str,
    other: Named,
    port: Port,
    *,
    declared: bool = False,
) -> Iterator[Hop]:
    """Yield whether policies let a connection out of pods, or in to them, if they bind the pods.

    A connection that is `declared` they must not deny even on Fargate, where nothing enforces them yet.
    """
    item, (name, side) = template.owner, other
    if chosen := policies_of(environment, template, on_fargate=declared):
        words = "out to" if direction == EGRESS else "in from"
        named = ", ".join(text(each, "metadata", "name") for each in chosen)
        wanted = f"{port.protocol} {port.number or port.name} {words} {name}"
        detail = f"No {direction.lower()} rule of NetworkPolicy {named} lets {wanted}."
        if not enforced(environment, template):
            detail = f"{detail} Nothing enforces it on Fargate; on nodes the call is dropped."
        stopped = found(item, f"{words.split(maxsplit=1)[0]} {name}", detail)
        passes = allowed(chosen, template.labels, direction, side, port)
        what = f"network policies of {item.name}, {words} {name}"
        yield checked(what, "REACH14", stopped, passes=passes)


def to_resolver(environment: Environment, template: Pods) -> Iterator[Hop]:
    """Yield whether policies let pods ask for names: out of them, and in to CoreDNS."""
    item, asked = template.owner, resolver(environment, template.owner.resource)
    yield from crossed(environment, template, EGRESS, side_of(environment, asked), DNS)
    if chosen := policies_of(environment, asked):
        _, itself = side_of(environment, template)
        stopped = found(item, "CoreDNS", "The policies of kube-system let no UDP 53 in to CoreDNS.")
        passes = allowed(chosen, LABELS, INGRESS, itself, DNS)
        yield checked("network policies of CoreDNS", "REACH14", stopped, passes=passes)


def resolver(environment: Environment, resource: Resource) -> Pods:
    """Return the pods of CoreDNS in a resource's cluster."""
    made, key = _resolvers(environment), resource.cluster_key
    owner = KubernetesObject(
        resource=resource, content={}, kind="Deployment", name="CoreDNS", namespace=SYSTEM
    )
    return made.setdefault(key, Pods(owner=owner, labels=LABELS, annotations={}, spec={}))


@indexed
def _resolvers(_: Environment) -> dict[object, Pods]:
    return {}


def enforced(environment: Environment, template: Pods, *, on_fargate: bool = False) -> bool:
    """Tell whether network policies bind pods: on nodes, with the VPC CNI's agent switched on."""
    agents = {each.add_on for each in configured(environment) if each.has_agent}
    return (
        any(each in agents for each in beside(environment, template.owner.resource, ADD_ON))
        and not template.spec.get("hostNetwork")
        and (on_fargate or not runs_on_fargate(environment, template, may_select))
    )


def policies_of(
    environment: Environment, template: Pods, *, on_fargate: bool = False
) -> Sequence[Json]:
    """Return the policies that bind pods, or may."""
    chosen = _by_pods(environment).get(template, ())
    return chosen if chosen and enforced(environment, template, on_fargate=on_fargate) else ()


def is_idle(environment: Environment) -> bool:
    """Tell whether the agent is surely off, and no nodes of EKS Auto Mode have one of their own."""
    clusters = environment.resources(CLUSTER)
    auto = any(look_up(x.properties, "ComputeConfig", "Enabled") for x in clusters)
    agents = configured(environment)
    on = any(each.has_agent or unsure(each.configuration) for each in agents)
    return bool(agents) and not on and not auto


@indexed
def _by_pods(environment: Environment) -> Mapping[Pods, list[Json]]:
    return grouped(
        (template, each.content)
        for each in environment.kubernetes_objects("NetworkPolicy")
        for template in _bound(environment, each, each.spec.get("podSelector"))
    )


def _bound(environment: Environment, policy: KubernetesObject, selector: object) -> Iterator[Pods]:
    yield from selected(environment, policy, selector, surely=False)
    if policy.place[1] == SYSTEM and may_match(selector, LABELS):
        yield resolver(environment, policy.resource)


def side_of(environment: Environment, template: Pods) -> Named:
    """Return pods as the other side of a connection."""
    cluster, name = template.owner.place
    labels = labels_of(environment, cluster, name)
    side = Side(labels=template.labels, namespace=name, namespace_labels=labels)
    return template.owner.name, side


def labels_of(environment: Environment, cluster: object, name: str) -> Json:
    """Return the labels of a namespace, unknown ones too where others make it."""
    space = object_at(environment, cluster, "Namespace", name)
    unlisted: Json = {} if name == SYSTEM else {Unknown("a label"): ""}
    return {**(mapping(space.labels) if space else unlisted), NAME: name}
