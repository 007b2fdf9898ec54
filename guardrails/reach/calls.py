"""The calls that workloads declare in variables of containers, those of load balancers, and their ways.

Source: AWS Load Balancer Controller, "Subnet Auto-Discovery" and "Service annotations", and its
pkg/service/model_build_target_group.go (buildTargetGroupBindingNetworking) for the clients. The nodes of a
load balancer connect from their own addresses: https://repost.aws/knowledge-center/elb-find-load-balancer-IP.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import product

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import CHART
from assembly.kubernetes_object import KubernetesObject
from guardrails.reach.hops import Hop, Way, checked, walked
from guardrails.reach.isolation import crossed, policies_of, side_of, to_resolver
from guardrails.reach.places import vpc_of_cluster
from guardrails.reach.subnets import ROLES, TRUE, WHOLE_INTERNET, by_vpc, network_of, tags_of
from guardrails.rule import found
from guardrails.rules.selectors import makers, targeting
from guardrails.rules.workloads import Place, Pods, by_name, object_at, pods, served
from kube.load_balancers import SERVICE, internet_facing
from kube.network_policies import EGRESS, INGRESS, Side
from kube.services import port_of, ports_of
from kube.values import Json, dicts, known, look_up, number, several, text
from kube.words import nearest

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
BUILT_IN = ("default", "kube-system")
SUFFIXES: tuple[list[str], ...] = ([], ["svc"], ["svc", "cluster", "local"])
SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
CHOSEN = {f"{SERVICE}-subnets", "alb.ingress.kubernetes.io/subnets", "subnets"}
"""Where somebody names the subnets of a load balancer: in annotations, or parameters of its class."""
Source = tuple[str, IPv4Network | None]
"""What reaches pods from outside, by its name for people and its range, None for one that isn't known."""


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
    read = ADDRESS.fullmatch(value) if isinstance(value, str) and known(value) else None
    if read is None or not (read["scheme"] or read["port"]):
        return None
    scheme, (name, *rest) = read["scheme"] or "", read["host"].split(".")
    cluster, home = template.owner.place
    space, suffix = (rest[0], rest[1:]) if rest else (home, [])
    service = object_at(environment, cluster, "Service", name, space)
    # A name with one dot may be one of another network, and so may that of a proxy.
    local = scheme in SCHEMES and (not rest or suffix) and name != "localhost" and known(space)
    called = text(variable, "name")
    # Somebody else may make a namespace, and what is in it.
    made = space in (home, *BUILT_IN) or bool(object_at(environment, cluster, "Namespace", space))
    # A name much like one where there is such a Service is rather a slip.
    made = made or bool(nearest(space, _homes(environment).get((cluster, name), ())))
    others = called.upper().endswith("PROXY") or (cluster, space) in _made_by_others(environment)
    # The domain of a cluster of EKS is always cluster.local.
    lost = suffix[:1] == ["svc"] and suffix not in SUFFIXES
    service = None if lost else service
    if (suffix not in SUFFIXES and not lost) or (
        service is None and (others or not local or not (made or lost))
    ):
        return None
    port = int(read["port"]) if read["port"] else PORTS.get(scheme)
    return Call(pods=template, variable=called, host=read["host"], port=port, service=service)


@indexed
def _homes(environment: Environment) -> Mapping[tuple[object, str], list[str]]:
    """Return the namespaces in which there is a Service of a name, by its cluster and name."""
    named = ((where, name) for where, kind, name in by_name(environment) if kind == "Service")
    return grouped(((cluster, name), space) for (cluster, space), name in named)


@indexed
def _made_by_others(environment: Environment) -> set[Place]:
    """Return the namespaces in which charts, or controllers of custom resources, make Services."""
    charts = environment.resources(CHART)
    made = {(each.cluster_key, text(each.properties, "Namespace")) for each in charts}
    every = environment.kubernetes_objects()
    custom = (e for e in every if "." in e.group and not e.group.endswith(".k8s.io"))
    return made | {each.place for each in custom}


def hops_of(environment: Environment, call: Call) -> Iterator[Hop]:
    """Yield the hops of a call: the question for the name, the Service, the policies of both sides."""
    yield from to_resolver(environment, call.pods)
    ports = ports_of(call.service.content) if call.service else []
    taken = [each for each in ports if call.port in (None, number(each, "port"))]
    value, detail = call.host, "No Service has this name."
    if call.service:
        value = f"{call.host}:{call.port}"
        detail = f"The Service has port {', '.join(text(each, 'port') for each in ports)} only."
    stopped = found(call.pods.owner, f"{call.variable} {value}", detail)
    passes = call.service is not None and (not ports or taken or not known(ports))
    what = f"Service {call.host}, port {call.port or 'of any number'}"
    yield checked(what, "REACH18", stopped, passes=bool(passes))
    ends = served(environment, call.service, surely=False) if call.service and taken else ()
    for template in ends:
        if (target := port_of(template.containers, taken[0])) is not None:
            other, itself = (side_of(environment, each) for each in (template, call.pods))
            yield from crossed(environment, call.pods, EGRESS, other, target, declared=True)
            yield from crossed(environment, template, INGRESS, itself, target, declared=True)


def from_balancers(environment: Environment) -> Iterator[tuple[KubernetesObject, Way]]:
    """Yield the way to the pods behind each load balancer that reaches them by address.

    It begins in the subnets, which the controller finds by their tags, and at the clients whose addresses
    a Network Load Balancer keeps.
    """
    for item, service, kind, named in targeting(environment):
        ports = [x for x in ports_of(service.content) if _is_named(x, named)]
        for template, port in product(served(environment, service) if kind == "ip" else (), ports):
            target, is_udp = port_of(template.containers, port), port.get("protocol") == "UDP"
            attributes = text(item.annotations, f"{SERVICE}-target-group-attributes")
            # With UDP pods see the addresses of clients in any case.
            kept = is_udp or "preserve_client_ip.enabled=true" in attributes.replace(" ", "")
            health = text(item.annotations, f"{SERVICE}-healthcheck-port")
            # Another port than the one that is judged here.
            apart = is_udp or (kept and health.isdigit())
            clients = _clients(environment, service, template) if kept else []
            sources = [*clients, *(() if apart else _subnets(environment, item))]
            for what, network in sources if target else ():
                hops = [Hop(what)]
                if network and target:
                    side = (str(network), Side(network=network))
                    hops += crossed(environment, template, INGRESS, side, target)
                yield item, walked(hops)


def _is_named(port: Json, named: Json) -> bool:
    """Tell whether an Ingress names a port; a Service sends to all of its own."""
    return not named or any(port.get(of) in named.values() for of in ("name", "port"))


def _subnets(environment: Environment, item: KubernetesObject) -> Iterator[Source]:
    """Yield the subnets of a load balancer, by whose addresses it also asks for the health of its targets."""
    vpc, every = vpc_of_cluster(environment, item.resource), makers(environment).get(item, ())
    # That of a TargetGroupBinding is made elsewhere.
    chosen = not every or any(CHOSEN & {*x.annotations, *x.spec} for x in every)
    said = [x for x in every if "scheme" in x.spec] or every
    public = any(internet_facing(x.content) for x in said)
    for subnet in () if chosen or not vpc else by_vpc(environment).get(vpc, ()):
        if tags_of(subnet).get(ROLES[public]) in TRUE:
            yield f"load balancer in {subnet.name}", network_of(subnet.properties.get("CidrBlock"))


def _clients(environment: Environment, service: KubernetesObject, template: Pods) -> list[Source]:
    """Return the ranges of a load balancer's clients; those that nobody states may be any on the internet."""
    said = several(service.spec, "loadBalancerSourceRanges")
    said = said or [x for x in text(service.annotations, SOURCE_RANGES).split(",") if x]
    policies = policies_of(environment, template)
    rules = [x for each in policies for x in dicts(each, "spec", "ingress")]
    let_in = [look_up(x, "ipBlock", "cidr") for each in rules for x in dicts(each, "from")]
    # Policies alone may restrict the internet, too.
    private = all((block := network_of(x)) and block.is_private for x in let_in if x is not None)
    if not said and internet_facing(service.content) and private:
        said = [WHOLE_INTERNET]
    return [(f"client in {x} of the load balancer", network_of(x)) for x in said]
