"""The subnets in which the load balancer controller puts load balancers: it finds them by tags.

Source: AWS Load Balancer Controller, "Subnet Auto-Discovery" and "Service annotations".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kubernetes_object import KubernetesObject
from assembly.links import cluster_of
from assembly.resource import Resource
from guardrails.reach.subnets import subnets_in, vpc_of
from kube.load_balancers import SERVICE, internet_facing
from kube.values import dicts, look_up, text

ROLE = "kubernetes.io/role/"
ROLES = {True: f"{ROLE}elb", False: f"{ROLE}internal-elb"}
"""The tags of subnets for load balancers that face the internet, and for the others."""
TRUE = ("1", "")
CLUSTER_TAG = "kubernetes.io/cluster/"
KEEPS_CLIENTS = "preserve_client_ip.enabled=true"


def tags_of(resource: Resource) -> dict[str, str]:
    """Return the tags of a resource."""
    return {text(each, "Key"): text(each, "Value") for each in dicts(resource.properties, "Tags")}


def balancer_subnets(
    environment: Environment, resource: Resource, *, facing: bool
) -> list[Resource]:
    """Return the tagged subnets for load balancers of a resource's cluster."""
    cluster = cluster_of(environment, resource)
    network = look_up(cluster.properties, "ResourcesVpcConfig") if cluster else None
    vpcs = {
        vpc_of(environment, each) for each in subnets_in(environment, look_up(network, "SubnetIds"))
    }
    return [
        subnet
        for vpc in vpcs
        for subnet in by_vpc(environment).get(vpc, ())
        if tags_of(subnet).get(ROLES[facing]) in TRUE
    ]


@indexed
def by_vpc(environment: Environment) -> Mapping[Resource | None, list[Resource]]:
    """Return the subnets of each VPC that is made here."""
    return grouped(
        (vpc, each)
        for each in environment.resources("AWS::EC2::Subnet")
        if (vpc := vpc_of(environment, each)) is not None
    )


def by_address(environment: Environment) -> Iterator[tuple[KubernetesObject, bool]]:
    """Yield the Services whose load balancer reaches pods from its own addresses, and where it faces."""
    for service in environment.kubernetes_objects("Service"):
        chosen = service.annotations.get(f"{SERVICE}-subnets") is not None
        attributes = text(service.annotations, f"{SERVICE}-target-group-attributes")
        by_ip = text(service.annotations, f"{SERVICE}-nlb-target-type") == "ip"
        is_one = text(service.spec, "type") == "LoadBalancer" and by_ip
        if is_one and not chosen and KEEPS_CLIENTS not in attributes.replace(" ", ""):
            yield service, internet_facing(service.content)
