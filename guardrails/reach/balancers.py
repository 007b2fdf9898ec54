"""The way from load balancers to pods, whose subnets the load balancer controller finds by tags.

Source: AWS Load Balancer Controller, "Subnet Auto-Discovery" and "Service annotations".
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from assembly.environment import Environment
from assembly.kubernetes_object import KubernetesObject
from assembly.resource import Resource
from guardrails.reach.calls import port_of, ports_of
from guardrails.reach.hops import Hop, Way, walked
from guardrails.reach.isolation import crossed
from guardrails.reach.places import vpc_of_cluster
from guardrails.reach.subnets import by_vpc, network_of
from guardrails.rules.workloads import served
from kube.load_balancers import SERVICE, internet_facing
from kube.network_policies import INGRESS, Side
from kube.values import dicts, text

ROLE = "kubernetes.io/role/"
ROLES = {True: f"{ROLE}elb", False: f"{ROLE}internal-elb"}
"""The tags of subnets for load balancers that face the internet, and for the others."""
TRUE = ("1", "")
KEEPS_CLIENTS = "preserve_client_ip.enabled=true"


def tags_of(resource: Resource) -> dict[str, str]:
    """Return the tags of a resource."""
    return {text(each, "Key"): text(each, "Value") for each in dicts(resource.properties, "Tags")}


def from_balancers(environment: Environment) -> Iterator[tuple[KubernetesObject, Way]]:
    """Yield the way from each load balancer to the pods behind it, which it reaches by address."""
    for service in environment.kubernetes_objects("Service"):
        role = ROLES[internet_facing(service.content)]
        vpc = vpc_of_cluster(environment, service.resource) if _by_address(service) else None
        subnets = by_vpc(environment).get(vpc, ()) if vpc else ()
        tagged = [each for each in subnets if tags_of(each).get(role) in TRUE]
        ends = product(served(environment, service), ports_of(service))
        for subnet, (template, port) in product(tagged, ends):
            network = network_of(subnet.properties.get("CidrBlock"))
            source, target = (str(network), Side(network=network)), port_of(template, port)
            hops = [Hop(what=f"load balancer in {subnet.name}")]
            if network and target:
                hops += crossed(environment, template, INGRESS, source, target)
            yield service, walked(hops)


def _by_address(service: KubernetesObject) -> bool:
    """Tell whether a Service's load balancer reaches pods, from addresses of subnets found by tags."""
    chosen = service.annotations.get(f"{SERVICE}-subnets") is not None
    attributes = text(service.annotations, f"{SERVICE}-target-group-attributes")
    by_ip = text(service.annotations, f"{SERVICE}-nlb-target-type") == "ip"
    kept = KEEPS_CLIENTS in attributes.replace(" ", "")
    return text(service.spec, "type") == "LoadBalancer" and by_ip and not chosen and not kept
