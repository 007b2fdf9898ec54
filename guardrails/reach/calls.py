"""The calls that workloads declare, and whether Services and network policies let them through.

A call is declared where a container's variable holds the address of a Service. Policies bind pods on
nodes, where the VPC CNI's agent runs; on Fargate they bind nothing (EKS user guide, "Limit Pod traffic
with Kubernetes network policies").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import CHART, NODE_GROUP, PROFILE
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside
from assembly.resource import Resource
from guardrails.reach.acls import OUTSIDE, from_outside, through
from guardrails.reach.balancers import balancer_subnets, by_address
from guardrails.reach.hops import Fault, Hop, Way, walked
from guardrails.reach.places import places
from guardrails.reach.subnets import network_of
from guardrails.rules.pod_networking import configured
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import Place, Pods, by_name, place, pods, served
from kube.fargate import may_select
from kube.network_policies import EGRESS, INGRESS, Port, Side, allowed
from kube.selectors import may_match
from kube.values import Json, Unknown, dicts, known, look_up, mapping, number, text

ADDRESS = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?:[^@/\s]*@)?"
    r"(?P<host>[a-z]([a-z0-9.-]*[a-z0-9])?)(?::(?P<port>[0-9]{1,5}))?(?:[/?#]\S*)?"
)
PORTS = {"http": 80, "https": 443}
PULLED = ("ecr.api", "ecr.dkr", "s3")
PROTOCOLS, LAST_PORT = ("TCP", "UDP", "SCTP"), 65535
NAME = "kubernetes.io/metadata.name"
RESOLVER = Side(
    labels={"k8s-app": "kube-dns", "eks.amazonaws.com/component": "coredns"},
    namespace="kube-system",
    namespace_labels={NAME: "kube-system"},
)


@dataclass(frozen=True, kw_only=True)
class Call:
    """What pods call: a Service of the templates, or a name that none has."""

    pods: Pods
    variable: str
    host: str
    port: int | None
    service: KubernetesObject | None


@indexed
def calls(environment: Environment) -> tuple[Call, ...]:
    """Return the calls to Services that workloads declare."""
    return tuple(
        call
        for template in pods(environment)
        for container in template.all_containers
        for variable in dicts(container, "env")
        if (call := _call(environment, template, variable)) is not None
    )


def _call(environment: Environment, template: Pods, variable: Json) -> Call | None:
    value = look_up(variable, "value")
    found = ADDRESS.fullmatch(value) if isinstance(value, str) and known(value) else None
    if found is None or not (found["scheme"] or found["port"]):
        return None
    name, *rest = found["host"].split(".")
    cluster, home = place(environment, template.owner)
    space, suffix = (rest[0], rest[1:]) if rest else (home, [])
    if suffix not in ([], ["svc"], ["svc", "cluster", "local"]):
        return None
    service = by_name(environment).get(((cluster, space), "Service", name))
    # Another chart may bring it; a name with a dot may be one of another network.
    charts = beside(environment, template.owner.resource, CHART)
    elsewhere = any(text(each.properties, "Namespace") == space for each in charts)
    local = not rest or bool(suffix)
    if service is None and (
        not found["scheme"] or not local or elsewhere or name == "localhost" or not known(space)
    ):
        return None
    port = int(found["port"]) if found["port"] else PORTS.get(found["scheme"] or "")
    return Call(
        pods=template,
        variable=text(variable, "name"),
        host=found["host"],
        port=port,
        service=service,
    )


def way_of(environment: Environment, call: Call) -> Way:
    """Return the hops of a call."""
    return walked(_hops(environment, call))


def _hops(environment: Environment, call: Call) -> Iterator[Hop]:
    yield from _asks_for_names(environment, call)
    what, fault = f"Service {call.host}", None
    if call.service is None:
        fault = _fault(call, "REACH18", f"{call.variable} {call.host}", "No Service has this name.")
        yield Hop(what=what, fault=fault)
        return
    ports = ports_of(call.service)
    taken = [each for each in ports if call.port in (None, number(each, "port"))]
    if ports and not taken and known(ports):
        has = ", ".join(text(each, "port") for each in ports)
        detail = f"Service {call.service.name} has port {has} only."
        fault = _fault(call, "REACH18", f"{call.variable} {call.host}:{call.port}", detail)
    yield Hop(what=f"{what}, port {call.port}", fault=fault)
    for template in served(environment, call.service, surely=False):
        for each in taken[:1]:
            target = port_of(template, each)
            yield from _out(environment, call, template, target)
            yield from into(environment, template, _side(environment, call.pods), target)
            yield _same_port(environment, call, each, target)


def _asks_for_names(environment: Environment, call: Call) -> Iterator[Hop]:
    dns, words = Port(number=53, name="dns", protocol="UDP"), ""
    cluster, _ = place(environment, call.pods.owner)
    inside = _by_place(environment).get((cluster, RESOLVER.namespace), [])
    if enforced(environment, call.pods) and not _allowed(
        environment, call.pods, EGRESS, RESOLVER, dns
    ):
        words = "no policy lets UDP 53 out to CoreDNS"
    elif not allowed(inside, RESOLVER.labels, INGRESS, _side(environment, call.pods), dns):
        words = "the policies of kube-system let no UDP 53 in to CoreDNS"
    detail = f"{call.variable} is the name {call.host}, but {words}."
    fault = _fault(call, "REACH14", "dns", detail) if words else None
    yield Hop(what=f"network policies of {call.pods.owner.name}, DNS", fault=fault)


def _out(environment: Environment, call: Call, to: Pods, port: Port) -> Iterator[Hop]:
    if enforced(environment, call.pods):
        passes = _allowed(environment, call.pods, EGRESS, _side(environment, to), port)
        detail = (
            f"{call.variable} is {call.host}, but no policy lets {_words(port)} out to its pods."
        )
        fault = None if passes else _fault(call, "REACH14", f"out {call.host}", detail)
        yield Hop(what=f"network policies of {call.pods.owner.name}, outbound", fault=fault)


def outbound(environment: Environment, template: Pods, target: str) -> Iterator[Hop]:
    """Yield whether network policies let HTTPS out of pods; their images the node pulls."""
    if enforced(environment, template) and target not in PULLED:
        https, fault = Port(number=443), None
        if not _allowed(environment, template, EGRESS, Side(network=OUTSIDE), https):
            fault = Fault(
                rule="REACH14",
                resource=template.owner.resource,
                item=template.owner,
                value=f"out {target}",
                detail=f"No policy lets TCP 443 out to {target}.",
            )
        yield Hop(what=f"network policies of {template.owner.name}, outbound", fault=fault)


def into(environment: Environment, template: Pods, source: Side, port: Port) -> Iterator[Hop]:
    """Yield whether network policies let a connection in to pods."""
    if enforced(environment, template):
        fault = None
        if not _allowed(environment, template, INGRESS, source, port):
            who = source.network or _labels(source)
            fault = Fault(
                rule="REACH14",
                resource=template.owner.resource,
                item=template.owner,
                value=f"in {_words(port)}",
                detail=f"No policy lets {_words(port)} in from {who}.",
            )
        yield Hop(what=f"network policies of {template.owner.name}, inbound", fault=fault)


def _same_port(environment: Environment, call: Call, port: Json, target: Port) -> Hop:
    """Return whether a Service has the number of its pods' port, as the CNI's agent expects."""
    isolated = enforced(environment, call.pods) and bool(_policies(environment, call.pods))
    fault = None
    if isolated and target.number is not None and number(port, "port") != target.number:
        detail = (
            f"Service {call.host} has port {text(port, 'port')}, its pods {target.number}: with "
            "network policies the VPC CNI needs one number."
        )
        fault = _fault(call, "REACH14", f"port {call.host}", detail)
    return Hop(what=f"port of the pods, {target.number}", fault=fault)


def _fault(call: Call, rule: str, value: str, detail: str) -> Fault:
    item = call.pods.owner
    return Fault(rule=rule, resource=item.resource, item=item, value=value, detail=detail)


def _words(port: Port) -> str:
    return f"{port.protocol} {port.number or port.name}"


def _labels(side: Side) -> str:
    pairs = ",".join(f"{key}={value}" for key, value in (side.labels or {}).items())
    return f"{pairs} in {side.namespace}"


def ports_of(service: KubernetesObject) -> list[Json]:
    """Return the ports of a Service, as far as the API server takes them."""
    ports = dicts(service.spec, "ports")
    named = len(ports) == 1 or all(text(each, "name") for each in ports)
    return [each for each in ports if named and _is_valid(each)]


def _is_valid(port: Json) -> bool:
    count, protocol = number(port, "port"), text(port, "protocol") or "TCP"
    return count is not None and 1 <= count <= LAST_PORT and protocol in PROTOCOLS


def port_of(template: Pods, port: Json) -> Port:
    """Return the port of the pods that a Service's port leads to."""
    target = look_up(port, "targetPort")
    target = look_up(port, "port") if target is None else target
    every = [each for container in template.containers for each in dicts(container, "ports")]
    meant = [
        each for each in every if target in (look_up(each, "name"), look_up(each, "containerPort"))
    ]
    count = number(meant[0], "containerPort") if len(meant) == 1 else target
    return Port(
        number=count if isinstance(count, int) and not meant[1:] else None,
        name=text(meant[0], "name") if meant else text(target),
        protocol=text(port, "protocol") or "TCP",
    )


def enforced(environment: Environment, template: Pods) -> bool:
    """Tell whether network policies bind pods: on nodes, with the VPC CNI's agent switched on."""
    owner = template.owner.resource
    agents = {
        cni.add_on: look_up(cni.configuration, "enableNetworkPolicy")
        for cni in configured(environment)
    }
    on = any(
        agents.get(each) in ("true", True) for each in beside(environment, owner, "AWS::EKS::Addon")
    )
    return (
        on
        and not template.spec.get("hostNetwork")
        and not runs_on_fargate(environment, template, may_select)
    )


def _allowed(
    environment: Environment, template: Pods, direction: str, other: Side, port: Port
) -> bool:
    return allowed(_policies(environment, template), template.labels, direction, other, port)


def _policies(environment: Environment, template: Pods) -> list[Json]:
    return _by_place(environment).get(place(environment, template.owner), [])


def policies_for(environment: Environment, where: Place, labels: object) -> list[Json]:
    """Return the policies of a namespace that select pods, or may."""
    every = _by_place(environment).get(where, [])
    return [each for each in every if may_match(look_up(each, "spec", "podSelector"), labels)]


@indexed
def _by_place(environment: Environment) -> Mapping[Place, list[Json]]:
    policies = environment.kubernetes_objects("NetworkPolicy")
    return grouped((place(environment, each), each.content) for each in policies)


def _side(environment: Environment, template: Pods) -> Side:
    cluster, name = place(environment, template.owner)
    space = by_name(environment).get(((cluster, "default"), "Namespace", name))
    labels = mapping(space.labels) if space else {Unknown("a label"): ""}
    return Side(labels=template.labels, namespace=name, namespace_labels={**labels, NAME: name})


def from_balancers(environment: Environment) -> Iterator[tuple[KubernetesObject, Way]]:
    """Yield the way from each load balancer to the pods behind it, which it reaches by address."""
    for service, facing in by_address(environment):
        subnets = balancer_subnets(environment, service.resource, facing=facing)
        for template, port in product(served(environment, service), ports_of(service)):
            for subnet in subnets:
                hops = _from_balancer(environment, subnet, template, port, facing=facing)
                yield service, walked(hops)


def _from_balancer(
    environment: Environment, subnet: Resource, template: Pods, port: Json, *, facing: bool
) -> Iterator[Hop]:
    target, listener = port_of(template, port), number(port, "port")
    yield Hop(what=f"load balancer in {subnet.name}")
    if facing and isinstance(listener, int):
        yield from from_outside(environment, subnet, listener)
    for place_of_pods in places(environment):
        runs = place_of_pods.kind == NODE_GROUP or (
            place_of_pods.kind == PROFILE and not enforced(environment, template)
        )
        for other in place_of_pods.subnets if runs and target.number else ():
            yield from through(environment, subnet, other, int(target.number or 0))
    network = network_of(subnet.properties.get("CidrBlock"))
    if network is not None:
        yield from into(environment, template, Side(network=network), target)
