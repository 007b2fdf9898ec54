"""Load balancers: the subnets in which the controller puts them, and their way to pods.

Source: AWS Load Balancer Controller, "Subnet Auto-Discovery" and "Service annotations".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import NODE_GROUP, SUBNET
from assembly.kubernetes_object import KubernetesObject
from assembly.resource import Resource
from guardrails.reach.acls import from_outside, through
from guardrails.reach.calls import port_of, ports_of
from guardrails.reach.hops import Hop, Way, walked
from guardrails.reach.isolation import crossed, enforced
from guardrails.reach.places import vpc_of_cluster, working
from guardrails.reach.subnets import network_of, vpc_of
from guardrails.rules.workloads import Pods, served
from kube.load_balancers import SERVICE, internet_facing
from kube.network_policies import INGRESS, Side
from kube.values import Json, dicts, number, text

ROLE = "kubernetes.io/role/"
ROLES = {True: f"{ROLE}elb", False: f"{ROLE}internal-elb"}
"""The tags of subnets for load balancers that face the internet, and for the others."""
TRUE = ("1", "")
KEEPS_CLIENTS = "preserve_client_ip.enabled=true"


def tags_of(resource: Resource) -> dict[str, str]:
    """Return the tags of a resource."""
    return {text(each, "Key"): text(each, "Value") for each in dicts(resource.properties, "Tags")}


@indexed
def by_vpc(environment: Environment) -> Mapping[Resource | None, list[Resource]]:
    """Return the subnets of each VPC."""
    return grouped((vpc_of(environment, each), each) for each in environment.resources(SUBNET))


def from_balancers(environment: Environment) -> Iterator[tuple[KubernetesObject, Way]]:
    """Yield the way from each load balancer to the pods behind it, which it reaches by address."""
    for service in environment.kubernetes_objects("Service"):
        facing = internet_facing(service.content)
        pairs = [*product(served(environment, service), ports_of(service))]
        vpc = vpc_of_cluster(environment, service.resource) if _by_address(service) else None
        for subnet in by_vpc(environment).get(vpc, ()) if vpc else ():
            if tags_of(subnet).get(ROLES[facing]) in TRUE:
                for template, port in pairs:
                    hops = _hops(environment, subnet, template, port, facing=facing)
                    yield service, walked(hops)


def _by_address(service: KubernetesObject) -> bool:
    """Tell whether a Service's load balancer reaches pods, from addresses of subnets found by tags."""
    chosen = service.annotations.get(f"{SERVICE}-subnets") is not None
    attributes = text(service.annotations, f"{SERVICE}-target-group-attributes")
    by_ip = text(service.annotations, f"{SERVICE}-nlb-target-type") == "ip"
    kept = KEEPS_CLIENTS in attributes.replace(" ", "")
    return text(service.spec, "type") == "LoadBalancer" and by_ip and not chosen and not kept


def _hops(
    environment: Environment, subnet: Resource, template: Pods, port: Json, *, facing: bool
) -> Iterator[Hop]:
    target, listener = port_of(template, port), number(port, "port")
    yield Hop(what=f"load balancer in {subnet.name}")
    if facing and isinstance(listener, int):
        yield from from_outside(environment, subnet, listener)
    nodes = (NODE_GROUP,) if enforced(environment, template) else ()
    for other in working(environment, *nodes) if target.number else ():
        yield from through(environment, subnet, other, target.number or 0)
    network = network_of(subnet.properties.get("CidrBlock"))
    if network is not None:
        source = str(network), Side(network=network)
        yield from crossed(environment, template, INGRESS, source, target)
