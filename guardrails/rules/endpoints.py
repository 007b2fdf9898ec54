"""What EC2, EKS and the load balancer controller make of endpoints, subnet tags and policy modes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ADD_ON, CHART, CLUSTER, ENDPOINT, NODE_GROUP, PROFILE
from assembly.links import beside, cluster_key
from assembly.resource import Resource
from constructs_lib.specs.network_limits import INTERFACE_ENDPOINTS, is_public
from guardrails.reach.balancers import ROLE, ROLES, TRUE, by_vpc, tags_of
from guardrails.reach.endpoints import service_of, takes_the_name
from guardrails.reach.isolation import RESOLVER, enforced, policies_for
from guardrails.reach.places import vpc_of_cluster, working
from guardrails.reach.subnets import is_gateway, network_of, subnets_in, vpc_of, ways_out, zone_of
from guardrails.rule import Finding, breach, found, rule
from guardrails.rules.pod_networking import configured
from guardrails.rules.reachability import faults_of_ways, said
from guardrails.rules.selectors import ip_by_default, runs_on_fargate
from guardrails.rules.workloads import place, pods, served
from kube.fargate import may_select
from kube.load_balancers import SERVICE
from kube.values import Unknown, dicts, flag, known, look_up, several, text

CLUSTER_TAG = "kubernetes.io/cluster/"


@indexed
def _used(environment: Environment) -> Mapping[Resource | None, list[Resource]]:
    """Return the subnets that nodes and pods run in, by their VPC."""
    return grouped((vpc_of(environment, each), each) for each in working(environment))


@rule("REACH9")
def _endpoint_zones(environment: Environment) -> Iterator[Finding]:
    yield from said(faults_of_ways(environment).get("REACH9", ()))
    yield from _kinds(environment)
    for endpoint in environment.resources(ENDPOINT):
        written = endpoint.properties.get("SubnetIds")
        if is_gateway(endpoint) or isinstance(written, Unknown):
            continue
        named = subnets_in(environment, written)
        zones = [*map(zone_of, named)]
        service = service_of(endpoint)
        if not several(written):
            detail = f"The endpoint for {service} has none."
            yield breach(endpoint, "SubnetIds", "no subnet", detail)
        twice = next((zone for zone in zones if zone and zones.count(zone) > 1), None)
        if twice:
            detail = f"Two subnets of the endpoint for {service} are in {twice}."
            yield breach(endpoint, "SubnetIds", twice, detail)
        if len(named) != len(several(written)) or not named or "" in zones or twice:
            continue
        users = _used(environment).get(vpc_of(environment, endpoint), ())
        used = dict.fromkeys(map(zone_of, users))
        for zone in (each for each in used if each and each not in zones):
            detail = f"The endpoint for {service} has no subnet in {zone}, where nodes or pods run."
            yield breach(endpoint, "SubnetIds", zone, detail)


GATEWAYS = ("s3", "dynamodb")
"""The services that have gateway endpoints."""
OF_INTERFACES = ("SubnetIds", "SecurityGroupIds", "PrivateDnsEnabled")


def _kinds(environment: Environment) -> Iterator[Finding]:
    """Yield endpoints of services that there are not, of a wrong type, or beside another one."""
    first: dict[tuple[Resource | None, str], Resource] = {}
    for endpoint in environment.resources(ENDPOINT):
        service, gateway = service_of(endpoint), is_gateway(endpoint)
        near = get_close_matches(service, INTERFACE_ENDPOINTS, n=1, cutoff=0.85)
        words = ""
        if near and service not in (*INTERFACE_ENDPOINTS, *GATEWAYS):
            words = f"There is no service {service}, but {near[0]}."
        elif gateway and service and service not in GATEWAYS:
            words = f"{service} has interface endpoints only (VpcEndpointType)."
        elif gateway and any(several(endpoint.properties, each) for each in OF_INTERFACES):
            words = f"A gateway endpoint takes none of {', '.join(OF_INTERFACES)}."
        elif not gateway and takes_the_name(endpoint) and service:
            earlier = first.setdefault((vpc_of(environment, endpoint), service), endpoint)
            if earlier != endpoint and vpc_of(environment, endpoint) is not None:
                words = f"{earlier.path} has the private name of {service} already."
        if words:
            yield breach(endpoint, "ServiceName", service, words)


@rule("REACH15")
def _denied(environment: Environment) -> Iterator[Finding]:
    strict = {}
    for cni in configured(environment):
        on = look_up(cni.configuration, "enableNetworkPolicy") in ("true", True)
        if on and cni.env("NETWORK_POLICY_ENFORCING_MODE") == "strict":
            strict[cluster_key(environment, cni.add_on)] = cni.add_on
    for cluster, add_on in strict.items():
        names = {text(each.properties, "AddonName") for each in beside(environment, add_on, ADD_ON)}
        on_fargate = any(
            may_select(selector, RESOLVER.namespace, RESOLVER.labels)
            for profile in beside(environment, add_on, PROFILE)
            for selector in dicts(profile.properties, "Selectors")
        )
        chosen = policies_for(environment, (cluster, RESOLVER.namespace), RESOLVER.labels)
        if "coredns" in names and not on_fargate and not chosen:
            detail = "No NetworkPolicy in kube-system selects k8s-app=kube-dns."
            yield breach(add_on, "ConfigurationValues", "coredns", detail)
    for template in pods(environment) if strict else ():
        where = place(environment, template.owner)
        chosen = policies_for(environment, where, template.labels)
        if where[0] in strict and not chosen and enforced(environment, template):
            yield found(template.owner, "policy", "No NetworkPolicy selects its pods.")


@rule("REACH16")
def _refused(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        network = look_up(cluster.properties, "ResourcesVpcConfig")
        public = flag(network, "EndpointPublicAccess", default=True)
        if public is False and flag(network, "EndpointPrivateAccess") is False:
            detail = "Public and private access are both off."
            yield breach(cluster, "ResourcesVpcConfig", "no access", detail)
        for each in several(network, "PublicAccessCidrs"):
            written = text(each)
            block = network_of(written)
            wrong = block is None or "/" not in written or not is_public(block)
            if known(each) and ":" not in written and wrong:
                detail = f"{written} is no public range in CIDR notation."
                yield breach(cluster, "ResourcesVpcConfig/PublicAccessCidrs", written, detail)


@rule("REACH17")
def _tags(environment: Environment) -> Iterator[Finding]:
    clusters = environment.resources(CLUSTER)
    names = [text(each.properties, "Name") for each in clusters]
    vpcs = dict.fromkeys(vpc_of_cluster(environment, each) for each in clusters)
    for vpc in filter(None, vpcs):
        for subnet in by_vpc(environment).get(vpc, ()):
            yield from _of_subnet(environment, subnet, names, _used(environment).get(vpc, ()))
        for facing, role in ROLES.items():
            yield from _zones_left_out(environment, vpc, role, facing=facing)


def _of_subnet(
    environment: Environment, subnet: Resource, names: Sequence[str], used: Sequence[Resource]
) -> Iterator[Finding]:
    tags, ways = tags_of(subnet), ways_out(environment)[subnet.node]
    roles = [each for each in tags if each.startswith(ROLE)]
    for role in roles:
        value = tags[role]
        facing = role == ROLES[True]
        # A network of public subnets only has its internal load balancers there too.
        inside = any(not ways_out(environment)[each.node].is_public for each in used)
        internal_in_public = ways.is_public and inside and subnet not in used
        wrong = ways.is_private if facing else internal_in_public
        if role not in ROLES.values() or (known(value) and value not in TRUE):
            detail = f"The controller knows {' and '.join(ROLES.values())}, with the value 1."
            yield breach(subnet, "Tags", f"{role}={value}", detail)
        elif ways.judged and wrong:
            leads = "to an internet gateway" if ways.is_public else "to no internet gateway"
            yield breach(subnet, "Tags", role, f"The default route of {subnet.path} leads {leads}.")
    others = [each.removeprefix(CLUSTER_TAG) for each in tags if each.startswith(CLUSTER_TAG)]
    sure = known(names) and known(others) and all(names)
    if roles and others and names and sure and not set(others) & set(names):
        detail = (
            f"The tag is of cluster {others[0]}: that of {', '.join(names)} passes the subnet by."
        )
        yield breach(subnet, "Tags", f"{CLUSTER_TAG}{others[0]}", detail)


def _zones_left_out(
    environment: Environment, vpc: Resource | None, role: str, *, facing: bool
) -> Iterator[Finding]:
    """Yield the subnets without the tag in zones that have no other one with it.

    Where no subnet has it, the controller goes by the routes.
    """
    every, used = by_vpc(environment).get(vpc, []), _used(environment).get(vpc, [])
    zones = {zone_of(each) for each in every if tags_of(each).get(role) in TRUE}
    left = {zone_of(each) for each in used} - zones if zones and "" not in zones else set()
    for subnet in every if facing else used:
        ways = ways_out(environment)[subnet.node]
        if zone_of(subnet) in left and ways.judged and ways.is_public == facing:
            left.discard(zone_of(subnet))
            detail = f"No subnet in {zone_of(subnet)} has the tag, those in other zones do."
            yield breach(subnet, "Tags", role, detail)


@rule("REACH19")
def _no_targets(environment: Environment) -> Iterator[Finding]:
    for service in environment.kubernetes_objects("Service"):
        target = service.annotations.get(f"{SERVICE}-nlb-target-type")
        by_default = cluster_key(environment, service.resource) in ip_by_default(environment)
        by_node = target == "instance" or (target is None and not by_default)
        every = served(environment, service, surely=False)
        # KUBE14 speaks of pods that are on no node.
        by_node = by_node and not any(runs_on_fargate(environment, each) for each in every)
        ports = flag(service.spec, "allocateLoadBalancerNodePorts", default=True)
        if text(service.spec, "type") == "LoadBalancer" and by_node and ports is False:
            detail = "Its targets are nodes, but allocateLoadBalancerNodePorts is false."
            yield found(service, str(target or "no target type"), detail)
        port = text(service.annotations, f"{SERVICE}-healthcheck-port")
        containers = [container for template in every for container in template.containers]
        listed = [each for container in containers for each in dicts(container, "ports")]
        has = {text(each, "containerPort") for each in listed}
        if target == "ip" and port.isdecimal() and has and known([*has]) and port not in has:
            detail = f"Health checks go to port {port}; its pods have {', '.join(sorted(has))}."
            yield found(service, f"healthcheck-port {port}", detail)


@rule("REACH20")
def _nobody_answers(environment: Environment) -> Iterator[Finding]:
    objects = environment.kubernetes_objects("Deployment", "Service")
    brought = any(each.name in ("coredns", "kube-dns") for each in objects)
    for cluster in environment.resources(CLUSTER):
        bootstrapped = flag(cluster.properties, "BootstrapSelfManagedAddons", default=True)
        automatic = flag(cluster.properties, "ComputeConfig", "Enabled")
        names = [
            text(each.properties, "AddonName") for each in beside(environment, cluster, ADD_ON)
        ]
        names += [text(each.properties, "Chart") for each in beside(environment, cluster, CHART)]
        runs = any(beside(environment, cluster, NODE_GROUP, PROFILE))
        sure = known(names) and bootstrapped is False and automatic is False and runs
        if sure and "coredns" not in names and not brought:
            detail = "coredns is neither bootstrapped nor an add-on."
            yield breach(cluster, "BootstrapSelfManagedAddons", "coredns", detail)
