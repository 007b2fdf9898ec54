"""What comes or goes and means more than its name says: add-ons, public addresses, Fargate profiles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from assembly.environment import Environment
from assembly.index import grouped as gathered
from assembly.kinds import ADD_ON, CHART, ENDPOINT, LAUNCH_TEMPLATE, NAT_GATEWAY, PROFILE, VPC
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside, kubectl_handlers
from assembly.resource import Resource
from assembly.user_data import user_data
from guardrails.reach.exits import service_of
from kube.values import dicts, flag, text
from review.in_fargate import selects
from review.labels import grouped, is_or_are, label, listed, named, quoted, short_name
from review.model import DETAILS, REMOVED, Risk, Sentence, read, say
from review.node_pools import named as named_pool
from review.node_pools import pools, with_auto_mode
from review.sides import Sides

ADDRESS, ROUTE = "AWS::EC2::EIP", "AWS::EC2::Route"
NEEDS: Mapping[str, tuple[Sequence[str], str]] = read("consequences")["needs"]
"""Which services nodes, the kubectl handler, add-ons, charts and pods with Pod Identity call, and what fails
without them (EKS user guide, "Deploy private clusters with limited internet access"; guardrails/reach/services.yaml;
aws-cdk-lib/aws-eks-v2, `KubectlProvider`)."""
ADD_ONS: Mapping[str, str] = read("consequences")["add_ons"]
"""What is missing without an add-on (EKS user guide, "Amazon EKS add-ons")."""
DEFINITIONS: Mapping[str, str] = read("consequences")["definitions"]
"""Kinds that an add-on defines (EKS user guide, "Enable snapshot functionality for CSI volumes"; charts of the add-ons)."""
CHARTS = {
    name: (first, Risk[risk], loss)
    for name, (risk, loss, first) in read("consequences")["charts"].items()
}
"""What goes with a chart that is uninstalled, and the detail of what to do before. Source: karpenter-provider-aws, issues 6870 and 6651."""
RESTARTS: Mapping[str, str] = read("consequences")["add_ons_restart"]
"""What waits while its pods restart. Source: as above; Kubernetes, "Virtual IPs and Service Proxies"."""

ELSEWHERE = (
    "CoreNetworkArn",
    "InstanceId",
    "NetworkInterfaceId",
    "TransitGatewayId",
    "VpcEndpointId",
)
"""Where a route may lead that has a way out of its own (CloudFormation, AWS::EC2::Route)."""

ON_AUTO_MODE = ("coredns", "eks-pod-identity-agent", "kube-proxy", "vpc-cni")
"""What nodes of Auto Mode bring along (EKS user guide, "Amazon EKS add-ons", "Considerations for Amazon EKS
Auto Mode")."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what is missing without an add-on, and what is new beside what was there."""
    yield from (sentence for sentence, _ in exits(sides))
    proxied = [
        new
        for old, new in sides.kept(LAUNCH_TEMPLATE)
        if "https-proxy" in _lower(old) and "https-proxy" not in _lower(new)
    ]
    if proxied and sides.after.resources(VPC) and not sides.after.resources(NAT_GATEWAY):
        yield say("no proxy", names=grouped(proxied))
    auto_mode = any(with_auto_mode(sides.after))
    for each in sides.before.resources(ADD_ON):
        if each.node not in sides.after.by_node:
            name = label(each)
            if stays := flag(each.properties, "PreserveOnDelete", default=False):
                yield say("add-on kept", name=name)
                continue
            known = text(each.properties, "AddonName")
            missing, kinds = ADD_ONS.get(known, ""), DEFINITIONS.get(known)
            stop = REMOVED[ADD_ON] if stays is None else "its own pods stop"
            if known in ON_AUTO_MODE and auto_mode:
                missing = f"on nodes other than those of Auto Mode, which don't need it, {missing}"
            loss = "; ".join(filter(None, [missing, stop]))
            details = [DETAILS["definitions"].format(kinds=kinds)] if kinds else []
            risk = Risk.WEAKENS if kinds else None
            yield say("stops", names=name, are="is", loss=loss, details=details, risk=risk)
    charts = ((text(each.properties, "Chart"), each) for each in sides.before.resources(CHART))
    gone = gathered(
        (CHARTS[name][0], (each, *CHARTS[name][1:]))
        for name, each in charts
        if each.node not in sides.after.by_node and name in CHARTS
    )
    for first, found in gone.items():
        loss, risk = "; ".join(x for _, _, x in found), max(x for _, x, _ in found)
        loss = loss.replace("{pools}", _pools_before(sides, [x for x, *_ in found]))
        names, details = listed(label(x) for x, _, _ in found), [DETAILS[first]] if first else []
        are = is_or_are(found)
        yield say("stops", names=names, are=are, loss=loss, details=details, risk=risk)
    addresses, profiles = (
        [x for x in sides.after.resources(kind) if x.node not in sides.before.by_node]
        for kind in (ADDRESS, PROFILE)
    )
    used = {
        address.node
        for gateway in sides.after.resources(NAT_GATEWAY)
        for address in sides.after.targets(gateway.properties.get("AllocationId"))
    }
    # Traffic doesn't come from one of something else.
    ways_out = [each for each in addresses if each.node in used]
    if ways_out and sides.before.resources(ADDRESS):
        it = "them" if ways_out[1:] else "it"
        yield say("address new", names=grouped(ways_out), are=is_or_are(ways_out), it=it)
    for profile in profiles:
        pods = [selects(each) for each in dicts(profile.properties, "Selectors")]
        how = DETAILS["fargate"]
        yield say("profile new", name=short_name(profile), pods=listed(pods), fargate=how)


def _pools_before(sides: Sides, charts: Sequence[Resource]) -> str:
    """Return the NodePools that go before Karpenter does, which still ends their nodes."""
    order, left = sides.before.order, sides.after.by_node
    found = [
        named_pool(x)
        for x in pools(sides.before)
        if x.resource.node not in left
        if any(order.waits_for(x.resource.node, each.node) for each in charts)
    ]
    return DETAILS["pools go before"].format(names=listed(found)) if found else ""


def _lower(template: Resource) -> str:
    """Return user data, in which images spell the proxy in ways of their own."""
    return (user_data(template) or "").lower().replace("_", "-")


def exits(sides: Sides) -> Iterator[tuple[Sentence, Sequence[Resource]]]:
    """Yield what goes of what leads out of a network, with all that is told by it."""
    gone = gathered((x.resource.kind, x.resource) for x in sides.changes if x.kind == "removed")
    gateways, endpoints = (gone.get(kind, []) for kind in (NAT_GATEWAY, ENDPOINT))
    others = sides.after.resources(NAT_GATEWAY)
    elsewhere = any({*ELSEWHERE} & {*x.properties} for x in sides.after.resources(ROUTE))
    elsewhere = elsewhere or bool(rerouted(sides))
    if gateways and not others and not elsewhere:
        routes = [
            each
            for each in gone.get(ROUTE, [])
            if sides.before.target(each.properties.get("NatGatewayId")) in gateways
        ]
        details = [*named(gateways)]
        details += [DETAILS["over it"].format(names=grouped(routes))] if routes else []
        served = {service_of(each) for each in sides.after.resources(ENDPOINT)} - {""}
        details += [DETAILS["still served"].format(services=quoted(sorted(served)))] * bool(served)
        details += _missing(sides.after, served)
        names, are = grouped(gateways), is_or_are(gateways)
        yield say("no way out", names=names, are=are, details=details), [*gateways, *routes]
    # A VPC that somebody else owns may have gateways that nobody here knows.
    closed = sides.after.resources(VPC) and not gateways and not elsewhere
    if endpoints and (others or closed):
        names, are, details = grouped(endpoints), is_or_are(endpoints), named(endpoints)
        services = {service_of(each) for each in endpoints}
        left = {service_of(each) for each in sides.after.resources(ENDPOINT)}
        details += [] if others else _missing(sides.after, left, services)
        said = f"endpoints gone{'' if others else ' for good'}"
        gone_too = others and any(x.properties.get("PolicyDocument") for x in endpoints)
        details += [DETAILS["policy of endpoint"]] if gone_too else []
        risk, about = (Risk.WEAKENS, "exposure") if gone_too else (None, "")
        sentence = say(said, names=names, are=are, details=details, risk=risk)
        yield replace(sentence, about=about), endpoints


def rerouted(sides: Sides) -> Sequence[Resource]:
    """Return the routes over a NAT gateway that goes, which drops their connections, and over something else now."""
    gone = {x.resource for x in sides.changes if x.kind == "removed"}
    routes = (x for x in sides.changes if x.kind == "interrupted" and x.resource.kind == ROUTE)
    over = ((x.resource, sides.before.target(x.values("NatGatewayId")[0])) for x in routes)
    return [route for route, gateway in over if gateway in gone]


def _missing(
    environment: Environment, served: Collection[str], of: Collection[str] = ()
) -> Iterator[str]:
    """Yield what fails because no endpoint leads to a service, one `of` some where there are any."""
    called = [(ADD_ON, "AddonName"), (CHART, "Chart")]
    there = {text(x.properties, name) for kind, name in called for x in environment.resources(kind)}
    inside = any("VpcConfig" in x.properties for x in kubectl_handlers(environment))
    there |= {"nodes", *["handler"] * inside, *(x for x in NEEDS if environment.resources(x))}
    there |= {"logs of Fargate"} & {*map(_logs, environment.kubernetes_objects("ConfigMap"))}
    fails = gathered(
        (missing, then)
        for name, (services, then) in NEEDS.items()
        if name in there
        if (missing := tuple(x for x in services if x not in served and (not of or x in of)))
    )
    for missing, said in fails.items():
        yield DETAILS["needed"].format(services=quoted(missing), fails="; ".join(said))


def _logs(item: KubernetesObject) -> str:
    """Return what a ConfigMap makes pods on Fargate do (EKS user guide, "Start AWS Fargate logging")."""
    router = (item.namespace, item.name) == ("aws-observability", "aws-logging")
    told = router and "cloudwatch" in text(item.content, "data", "output.conf")
    fargate = any(beside(item.resource.scope.environment, item.resource, PROFILE))
    return "logs of Fargate" if told and fargate else ""


def felt(add_ons: Iterable[Resource]) -> Iterator[str]:
    """Yield what is felt while the pods of add-ons restart."""
    names = [text(each.properties, "AddonName") for each in add_ons if each.kind == ADD_ON]
    found = [f"{RESTARTS[name]} (`{name}`)" for name in names if name in RESTARTS]
    if found:
        yield DETAILS["restarts"].format(felt=listed(found))
