"""The calls that workloads declare: a container's variable holds the address of a Service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import CHART
from assembly.kubernetes_object import KubernetesObject
from assembly.links import cluster_key
from guardrails.reach.hops import Fault, Hop, fails
from guardrails.reach.isolation import RESOLVER, crossed, enforced, policies_for, side_of
from guardrails.rules.workloads import Pods, by_name, place, pods, served
from kube.network_policies import EGRESS, INGRESS, Port, allowed
from kube.values import Json, dicts, known, look_up, number, text

ADDRESS = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?:[^@/\s]*@)?"
    r"(?P<host>[a-z]([a-z0-9.-]*[a-z0-9])?)(?::(?P<port>[0-9]{1,5}))?(?:[/?#]\S*)?"
)
PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
SCHEMES = (
    *(*PORTS, "grpc", "tcp", "amqp", "nats", "redis", "rediss"),
    *("mongodb", "mysql", "postgres", "postgresql"),
)
"""Those of connections; what follows s3:// is no name of a host."""
SUFFIXES: tuple[list[str], ...] = ([], ["svc"], ["svc", "cluster", "local"])
PROTOCOLS, LAST_PORT = ("TCP", "UDP", "SCTP"), 65535
DNS = Port(number=53, name="dns", protocol="UDP")


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
    host, scheme = found["host"], found["scheme"] or ""
    name, *rest = host.split(".")
    cluster, home = place(environment, template.owner)
    space, suffix = (rest[0], rest[1:]) if rest else (home, [])
    service = by_name(environment).get(((cluster, space), "Service", name))
    # A name with one dot may be one of another network, and so may that of a proxy.
    local = scheme in SCHEMES and (not rest or suffix) and name != "localhost" and known(space)
    proxy = text(variable, "name").upper().endswith("PROXY")
    sure = local and not proxy and (cluster, space) not in _places_of_others(environment)
    if suffix not in SUFFIXES or (service is None and not sure):
        return None
    port = int(found["port"]) if found["port"] else PORTS.get(scheme)
    variable_name = text(variable, "name")
    return Call(pods=template, variable=variable_name, host=host, port=port, service=service)


@indexed
def _places_of_others(environment: Environment) -> set[tuple[object, str]]:
    """Return the namespaces in which charts, or controllers of custom resources, make Services."""
    charts = environment.resources(CHART)
    made = {(cluster_key(environment, each), text(each.properties, "Namespace")) for each in charts}
    custom = (each for each in environment.kubernetes_objects() if _is_custom(each.group))
    return made | {place(environment, each) for each in custom}


def _is_custom(group: str) -> bool:
    return "." in group and not group.endswith(".k8s.io")


def hops_of(environment: Environment, call: Call) -> Iterator[Hop]:
    """Yield the hops of a call: the question for the name, the Service, the policies of both sides."""
    yield from crossed(environment, call.pods, EGRESS, ("CoreDNS", RESOLVER), DNS)
    yield _into_resolver(environment, call)
    what = f"Service {call.host}"
    if call.service is None:
        yield Hop(what=what, fault=_fault(call, call.host, "No Service has this name."))
        return
    ports = ports_of(call.service)
    taken = [each for each in ports if call.port in (None, number(each, "port"))]
    has = ", ".join(text(each, "port") for each in ports)
    wrong = ports and not taken and known(ports)
    fault = _fault(call, f"{call.host}:{call.port}", f"The Service has port {has} only.")
    yield Hop(what=f"{what}, port {call.port or has}", fault=fault if wrong else None)
    for template in served(environment, call.service, surely=False) if taken else ():
        target = port_of(template, taken[0])
        other, itself = (side_of(environment, each) for each in (template, call.pods))
        yield from crossed(environment, call.pods, EGRESS, other, target)
        yield from crossed(environment, template, INGRESS, itself, target)
        yield _same_port(environment, call, taken[0], target)


def _into_resolver(environment: Environment, call: Call) -> Hop:
    (cluster, _), (_, itself) = place(environment, call.pods.owner), side_of(environment, call.pods)
    chosen = policies_for(environment, (cluster, RESOLVER.namespace), RESOLVER.labels)
    passes = allowed(chosen, RESOLVER.labels, INGRESS, itself, DNS)
    detail = "The policies of kube-system let no UDP 53 in to CoreDNS."
    fault = None if passes else _fault(call, "CoreDNS", detail, rule="REACH14")
    return Hop(what="network policies of CoreDNS", fault=fault)


def _same_port(environment: Environment, call: Call, port: Json, target: Port) -> Hop:
    """Return whether a Service has the number of its pods' port, as the CNI's agent expects."""
    where, fault = place(environment, call.pods.owner), None
    isolated = enforced(environment, call.pods) and policies_for(
        environment, where, call.pods.labels
    )
    if isolated and target.number not in (None, number(port, "port")):
        detail = (
            f"It has port {text(port, 'port')}, its pods {target.number}: with network policies the "
            "VPC CNI needs one number."
        )
        fault = _fault(call, f"port {call.host}", detail, rule="REACH14")
    return Hop(what=f"port {target.number or target.name} of the pods", fault=fault)


def _fault(call: Call, value: str, detail: str, *, rule: str = "REACH18") -> Fault:
    item, value = call.pods.owner, f"{call.variable} {value}"
    return fails(rule, item.resource, "", value, detail, item=item)


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
    names = ("name", "containerPort")
    meant = [each for each in every if target in [look_up(each, name) for name in names]]
    count = number(meant[0], "containerPort") if len(meant) == 1 else target
    return Port(
        number=count if isinstance(count, int) and not meant[1:] else None,
        name=text(meant[0], "name") if meant else text(target),
        protocol=text(port, "protocol") or "TCP",
    )
