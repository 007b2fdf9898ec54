"""What the load balancers of Services and Ingresses cost in a month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assembly.environment import Environment
from assembly.kinds import SUBNET
from assembly.kubernetes_object import KubernetesObject
from assembly.links import cluster_key
from guardrails.reach.subnets import ROLES, TRUE, tags_of, zone_of
from kube.load_balancers import internet_facing, is_network
from review.load_balancers import GROUP, asks_for_one
from review.prices import Line, Prices


def lines(
    environment: Environment, prices: Prices, zones: Mapping[KubernetesObject, int]
) -> Iterator[Line]:
    """Yield each kind of load balancer and their public addresses; those of `zones` aren't in all."""
    services = [*filter(asks_for_one, environment.kubernetes_objects("Service"))]
    price, where = prices.month(prices.load_balancer_hour), prices.where("load_balancer_hour")
    classic = sum(not is_network(item.content) for item in services)
    yield Line(f"Network Load Balancer{where}", len(services) - classic, price, "load balancer")
    yield Line("Classic Load Balancer", classic, None, "Service")
    ingresses = _of_ingresses(environment)
    yield Line("Application Load Balancer", len(ingresses), None, "Ingress")
    price = prices.month(prices.public_address_hour)
    public = [x for x in (*services, *ingresses) if internet_facing(x.content)]
    addresses = sum(zones.get(item, public_zones(environment)) for item in public)
    yield Line("public addresses of load balancers", addresses, price, "address")


def _of_ingresses(environment: Environment) -> list[KubernetesObject]:
    """Return an Ingress for each Application Load Balancer: those of a group share one."""
    found: dict[object, KubernetesObject] = {}
    for item in filter(asks_for_one, environment.kubernetes_objects("Ingress")):
        group = item.annotations.get(GROUP)
        key = (cluster_key(environment, item.resource), group) if group else item
        if key not in found or internet_facing(item.content):
            found[key] = item
    return [*found.values()]


def public_zones(environment: Environment) -> int:
    """Return the number of zones with a subnet for internet-facing load balancers."""
    public = (x for x in environment.resources(SUBNET) if tags_of(x).get(ROLES[True]) in TRUE)
    return len({zone_of(subnet) or subnet.logical_id for subnet in public})
