"""Whether whatever runs in a subnet can reach what it needs: why ways of guardrails/reach end.

And what EC2, EKS and the load balancer controller make of endpoints, subnet tags and policy modes.
Only networks made in the same environment are judged. Of an existing one the templates hold nothing
but ids: neither its routes nor its endpoints, so nothing is said about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ADD_ON, CLUSTER, ENDPOINT, INTERNET_GATEWAY, NAT_GATEWAY
from assembly.resource import Resource
from constructs_lib.specs.network_limits import INTERFACE_ENDPOINTS
from guardrails.reach.calls import calls, from_balancers, hops_of
from guardrails.reach.exits import service_of, takes_the_name
from guardrails.reach.hops import walked
from guardrails.reach.isolation import enforced, policies_of, resolver, to_resolver
from guardrails.reach.model import answers
from guardrails.reach.places import COMPUTE, DATA, handled, places, vpc_of_cluster
from guardrails.reach.pods import out_of_reach
from guardrails.reach.subnets import (
    ROLE,
    ROLES,
    TRUE,
    WHOLE_INTERNET,
    by_vpc,
    is_gateway,
    network_of,
    subnets_in,
    tags_of,
    vpc_of,
    ways_out,
    zone_of,
)
from guardrails.rule import Finding, breach, found, rule, rules
from guardrails.rules.homes import of_platform
from guardrails.rules.pod_networking import configured
from guardrails.rules.pod_roles import grants
from guardrails.rules.workloads import Pods, pods, told
from kube.corefile import facts
from kube.network_policies import Port, Side, allowed
from kube.values import Json, flag, known, look_up, mapping, several, text
from kube.words import nearest

OF_WAYS = (1, 2, 4, *range(6, 15), 18, 19)
"""The rules that say why a way ends; some of them say more below."""
CLUSTER_TAG = "kubernetes.io/cluster/"
OF_CNI = f"{ROLE}cni"
"""The tag by which the VPC CNI finds more subnets for pods."""
RANGES = ("AWS::EC2::VPCCidrBlock", "AWS::EC2::VPNGatewayRoutePropagation")
OUTWARD = (NAT_GATEWAY, INTERNET_GATEWAY)
GATEWAYS = ("s3", "dynamodb")
"""The services that have gateway endpoints."""


@rules(*(f"REACH{number}" for number in OF_WAYS))
def _why_ways_end(environment: Environment) -> Iterator[tuple[str, Finding]]:
    """Yield why ways end, each once, however many ways it ends."""
    ways = [each.way for each in answers(environment)]
    ways += [walked(hops_of(environment, call)) for call in calls(environment)]
    ways += [way for _, way in from_balancers(environment)]
    # Whoever has a role calls AWS, by name.
    roles = {(each.place, each.name) for each in grants(environment)}
    who = {x: text(x.spec, "serviceAccountName") or "default" for x in pods(environment)}
    callers = (x for x, name in who.items() if (x.owner.place, name) in roles)
    ways += [walked(to_resolver(environment, each)) for each in callers]
    once: dict[tuple[str, Resource, str], Finding] = {}
    for hop in (way[-1] for way in ways if way):
        if hop.finding is not None:
            once.setdefault((hop.rule, hop.finding.resource, hop.finding.value), hop.finding)
    yield from ((rule, finding) for (rule, _, _), finding in once.items())


rule("REACH20")(out_of_reach)


@rule("REACH14")
def _cut_off(environment: Environment) -> Iterator[Finding]:
    every = environment.kubernetes_objects("NetworkPolicy")
    rows = grouped((row[0], row) for row in DATA["platform"])
    for each in of_platform(environment) if every else ():
        on_host = look_up(told(each.owner.resource), "hostNetwork")
        bound = not on_host and enforced(environment, each)
        own = [x for x in every if bound and x.place == each.owner.place]
        for name, way, number, protocol, words in rows.get(each.owner.name, ()):
            asked = each.labels, way, Side(), Port(number=number, protocol=protocol)
            if not allowed([x.content for x in own], *asked):
                shut = (x for x in own if not allowed([x.content], *asked))
                detail = f"The policy cuts the pods of {name} off: nothing lets them {words}."
                port = number or "of any port"
                by = f"Let {protocol} {port} {words} by an ipBlock of a NetworkPolicy."
                yield found(next(shut), name, detail, fix=by, field="spec.podSelector")


@rule("REACH2")
def _api_server_out_of_reach(environment: Environment) -> Iterator[Finding]:
    for handler, clusters in handled(environment).items():
        inside = several(handler.properties, "VpcConfig", "SubnetIds")
        # The address of a handler outside the VPC isn't known.
        if not inside and any(map(_is_closed, clusters)):
            detail, fix = "The kubectl handler runs outside the VPC.", DATA["handler_inside"]
            yield breach(handler, "VpcConfig", "outside the VPC", detail, fix=fix)


def _is_closed(cluster: Resource) -> bool:
    network = look_up(cluster.properties, "ResourcesVpcConfig")
    cidrs = several(network, "PublicAccessCidrs") or [WHOLE_INTERNET]
    closed = known(cidrs) and WHOLE_INTERNET not in cidrs
    return closed or flag(network, "EndpointPublicAccess", default=True) is False


@rule("REACH5")
def _lost_pods(environment: Environment) -> Iterator[Finding]:
    for place in places(environment):
        for subnet in place.subnets if place.kind == ADD_ON else ():
            ways = ways_out(environment)[subnet.node]
            if ways.judged and not (ways.associations and (ways.routes or ways.endpoints)):
                name = text(place.resource.properties, "AddonName")
                yield breach(subnet, "", subnet.logical_id, f"{name} gives its addresses to pods.")


@indexed
def _used(environment: Environment) -> Mapping[Resource | None, list[Resource]]:
    """Return the subnets that nodes and pods run in, by their VPC."""
    inside = (each.subnets for each in places(environment) if each.kind in COMPUTE)
    every = dict.fromkeys(subnet for subnets in inside for subnet in subnets)
    return grouped((vpc_of(environment, each), each) for each in every)


@rule("REACH9")
def _endpoints(environment: Environment) -> Iterator[Finding]:
    first: dict[tuple[Resource | None, str], Resource] = {}
    for endpoint in environment.resources(ENDPOINT):
        service, gateway = service_of(endpoint), is_gateway(endpoint)
        near = nearest(service, INTERFACE_ENDPOINTS, 0.85)
        named = service and not gateway and takes_the_name(endpoint)
        place = (vpc_of(environment, endpoint), service)
        earlier = first.setdefault(place, endpoint) if named and place[0] else endpoint
        words = ""
        if near and service not in (*INTERFACE_ENDPOINTS, *GATEWAYS):
            words = f"There is no service {service}, but {near}."
        elif earlier != endpoint:
            words = f"{earlier.path} has the private name of {service} already."
        if words:
            yield breach(endpoint, "ServiceName", service, words)
        for zone, detail in () if gateway else _zones(environment, endpoint):
            yield breach(endpoint, "SubnetIds", zone, f"The endpoint for {service} {detail}")


def _zones(environment: Environment, endpoint: Resource) -> Iterator[tuple[str, str]]:
    """Yield the zones that an interface endpoint has twice, or leaves out."""
    written = several(endpoint.properties, "SubnetIds")
    named = subnets_in(environment, written)
    zones = [*map(zone_of, named)]
    for zone in dict.fromkeys(filter(None, zones)):
        if zones.count(zone) > 1:
            yield zone, f"has two subnets in {zone}."
    if len({*zones} - {""}) == len(written) > 0:
        users = _used(environment).get(vpc_of(environment, endpoint), ())
        for zone in dict.fromkeys(map(zone_of, users)):
            if zone and zone not in zones:
                yield zone, f"has no subnet in {zone}, where nodes or pods run."


@rule("REACH15")
def _denied(environment: Environment) -> Iterator[Finding]:
    strict = {
        cni.add_on.cluster_key
        for cni in configured(environment)
        if cni.has_agent and cni.env("NETWORK_POLICY_ENFORCING_MODE") == "strict"
    }

    def is_denied(template: Pods) -> bool:
        bound = template.owner.resource.cluster_key in strict
        return bound and enforced(environment, template) and not policies_of(environment, template)

    for add_on in environment.resources(ADD_ON):
        is_resolver = add_on.properties.get("AddonName") == "coredns"
        if is_resolver and is_denied(resolver(environment, add_on)):
            detail = "No NetworkPolicy in kube-system selects k8s-app=kube-dns."
            yield breach(add_on, "AddonName", "coredns", detail)
    for template in filter(is_denied, pods(environment)):
        yield found(template.owner, "policy", "No NetworkPolicy selects its pods.")


@rule("REACH17")
def _tags(environment: Environment) -> Iterator[Finding]:
    clusters = environment.resources(CLUSTER)
    names = [text(each.properties, "Name") for each in clusters]
    vpcs = dict.fromkeys(vpc_of_cluster(environment, each) for each in clusters)
    ways = ways_out(environment)
    for vpc in filter(None, vpcs):
        every, used = by_vpc(environment).get(vpc, []), _used(environment).get(vpc, [])
        # A network of public subnets only has its internal load balancers there too.
        inside = any(not ways[each.node].is_public for each in used)
        for subnet in every:
            others = inside and subnet not in used
            for value, detail in _of_subnet(environment, subnet, names, inside=others):
                yield breach(subnet, "Tags", value, detail)
        for public, role in ROLES.items():
            tagged = {zone_of(each) for each in every if tags_of(each).get(role) in TRUE}
            left = {zone_of(each) for each in used} - tagged if "" not in tagged else ()
            for subnet in every if public else used:
                zone, way = zone_of(subnet), ways[subnet.node]
                if tagged and zone in left and way.judged and way.is_public == public:
                    detail = f"No subnet in {zone} has the tag, those in other zones do."
                    yield breach(subnet, "Tags", role, detail)


def _of_subnet(
    environment: Environment, subnet: Resource, names: Sequence[str], *, inside: bool
) -> Iterator[tuple[str, str]]:
    """Yield the tags of a subnet that send load balancers to a wrong place, and why."""
    tags, ways = tags_of(subnet), ways_out(environment)[subnet.node]
    roles = [each for each in tags if each.startswith(ROLE) and each != OF_CNI]
    # A firewall's endpoint may let somebody in.
    private = ways.default_route is None or ways.leads_to("NatGatewayId") is not None
    for role in roles:
        if role not in ROLES.values() or (known(tags[role]) and tags[role] not in TRUE):
            detail = f"The controller knows {' and '.join(ROLES.values())}, with the value 1."
            yield f"{role}={tags[role]}", detail
        elif ways.judged and (private if role == ROLES[True] else ways.is_public and inside):
            leads = "to no internet gateway" if private else "to an internet gateway"
            yield role, f"The default route of {subnet.path} leads {leads}."
    others = [each.removeprefix(CLUSTER_TAG) for each in tags if each.startswith(CLUSTER_TAG)]
    sure = known([*names, *others]) and all(names)
    if roles and others and names and sure and not set(others) & set(names):
        detail = f"The tag is of cluster {others[0]}: {', '.join(names)} passes the subnet by."
        yield f"{CLUSTER_TAG}{others[0]}", detail


def of_corefile(environment: Environment, add_on: Resource, values: object) -> Json:
    """Return what a Corefile says, with the private addresses that no route leads to; none of the internet does."""
    written, vpc = look_up(values, "corefile"), vpc_of_cluster(environment, add_on)
    said = facts(written) if isinstance(written, str) and known(written) else {}
    subnets = by_vpc(environment).get(vpc, ()) if vpc else ()
    ways = [ways_out(environment)[each.node] for each in subnets]
    held = [*environment.resources(*RANGES), *([vpc] if vpc else [])]
    held += [each for way in ways for each in way.routes]
    every = [each.properties for each in held if "pv6" not in str([*each.properties])]
    gateways = [environment.target(x.get("NatGatewayId") or x.get("GatewayId")) for x in every]
    inner = [x for x, y in zip(every, gateways, strict=True) if not y or y.kind not in OUTWARD]
    near = [network_of(x.get("DestinationCidrBlock", x.get("CidrBlock"))) for x in inner]
    judged = ways and all(each.judged for each in ways) and None not in near
    private = mapping(said, "private").items() if judged else ()
    astray = [x for x, at in private if not any(at in each for each in near if each)]
    return {**said, "astray": astray}
