"""What an environment costs in a month, before and after: the table of docs/cost.md, computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from assembly.environment import Environment
from assembly.kinds import (
    CLUSTER,
    ENDPOINT,
    KEY,
    LAUNCH_TEMPLATE,
    NAT_GATEWAY,
    NODE_GROUP,
    SUBNET,
)
from assembly.resource import Resource
from guardrails.support_calendar import support_of
from kube.fargate import size
from kube.load_balancers import internet_facing
from kube.pods import pod_template, replicas
from kube.values import Json, dicts, items, known, look_up, mapping, text
from review.clusters import of_its_cluster
from review.fargate import profile_of
from review.labels import listed, plural_of, short_name, words
from review.load_balancers import asks_for_one
from review.model import Sentence, Table, compared
from review.prices import Prices, prices
from review.sides import Sides

DEFAULT_INSTANCE_TYPE = "t3.medium"
DEFAULT_DISK_GIB = {True: 50, False: 20}
"""For Windows, and for all others (CloudFormation, AWS::EKS::Nodegroup)."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One kind of cost. `of` says of what there are `count`, None where that isn't known.

    `month` is in USD, None where a price isn't known.
    """

    what: str
    count: int | None
    month: float | None
    of: str = ""


def lines(environment: Environment, prices: Prices, today: date) -> tuple[Line, ...]:
    """Return what an environment costs, kind by kind, those that cost nothing left out."""
    found: dict[str, Line] = {}
    for line in (
        *_control_planes(environment, prices, today),
        *_network(environment, prices),
        *_nodes(environment, prices),
        *_load_balancers(environment, prices),
        *_fargate(environment, prices),
        _line("KMS key", len(environment.resources(KEY)), prices.kms_key_month, "key"),
    ):
        if line.count != 0:
            found[line.what] = _both(found[line.what], line) if line.what in found else line
    return tuple(found.values())


def total(costs: Sequence[Line]) -> float:
    """Return the sum of what has a price."""
    return sum(line.month or 0 for line in costs)


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield one sentence if the cost changes."""
    old, new = (lines(each, prices(), sides.today) for each in sides.both)
    was, now = ({line.what: line for line in each} for each in (old, new))
    changed = [
        f"{name}: {_counted(was.get(name))} → {_counted(now.get(name))}."
        for name in dict.fromkeys([*now, *was])
        if _counted(was.get(name)) != _counted(now.get(name))
    ]
    if changed:
        yield Sentence(
            text=f"A month costs {_sums(old, new)}, by prices of {prices().date} in "
            f"{prices().region}. Left out: {prices().left_out}.",
            details=tuple(changed),
        )


def tables(sides: Sides) -> Iterator[Table]:
    """Yield the cost of each kind before and after."""
    old, new = (lines(each, prices(), sides.today) for each in sides.both)
    was, now = ({line.what: _amount(line) for line in each} for each in (old, new))
    names = {name: name for name in (*now, *was)} | {"sum": "sum"}
    for costs, found in ((old, was), (new, now)):
        if found:
            found["sum"] = f"{total(costs):,.0f}"
    title = f"USD a month, estimated: prices of {prices().date} in {prices().region}"
    yield compared(title, was, now, names, right=(1, 2))


def _sums(old: Sequence[Line], new: Sequence[Line]) -> str:
    was, now = total(old), total(new)
    unknown = [[line.what for line in each if line.month is None] for each in (old, new)]
    if any(unknown):
        # A difference without what has no price would be a false one.
        first, last = ("at least" if each else "about" for each in unknown)
        return (
            f"{last} **${now:,.0f}** instead of {first} ${was:,.0f}, without what has no price here "
            f"({listed(dict.fromkeys([*unknown[1], *unknown[0]]))})"
        )
    if f"{was:,.0f}" == f"{now:,.0f}":
        return f"about **${now:,.0f}**, as before"
    sign = "+" if now >= was else "-"
    return f"about **${now:,.0f}** instead of ${was:,.0f} ({sign}${abs(now - was):,.0f})"


def _counted(line: Line | None) -> str:
    if line is None:
        return "none"
    return f"{_amount(line)} ({'some' if line.count is None else line.count} {line.of})"


def _amount(line: Line) -> str:
    return "no price known" if line.month is None else f"{line.month:,.0f}"


def _line(
    what: str, count: int | None, price: float | None, noun: str = "", *, of: str = ""
) -> Line:
    month = None if price is None or count is None else count * price
    return Line(
        what=what, count=count, month=month, of=of or (noun if count == 1 else plural_of(noun))
    )


def _both(one: Line, other: Line) -> Line:
    """Return two lines of one name as one."""
    counts, months = (one.count, other.count), (one.month, other.month)
    return Line(
        what=one.what,
        count=None if None in counts else sum(each or 0 for each in counts),
        month=None if None in months else sum(each or 0 for each in months),
        of=one.of if one.of == other.of else "of several kinds",
    )


def _control_planes(environment: Environment, prices: Prices, today: date) -> Iterator[Line]:
    for cluster in environment.resources(CLUSTER):
        support = support_of(cluster.properties.get("Version"))
        extended = support is not None and support.standard_until < today
        hourly = prices.control_plane_hour["extended" if extended else "standard"]
        yield _line(
            f"control plane{of_its_cluster(environment, cluster)}",
            1,
            prices.month(hourly),
            of=f"in {'extended' if extended else 'standard'} support",
        )
        if str(look_up(cluster.properties, "ComputeConfig", "Enabled")).lower() == "true":
            yield _line("nodes of Auto Mode", None, None, "node")


def _network(environment: Environment, prices: Prices) -> Iterator[Line]:
    yield _line(
        "NAT gateways, each with a public address",
        len(environment.resources(NAT_GATEWAY)),
        prices.month(prices.nat_gateway_hour + prices.public_address_hour),
        "gateway",
    )
    yield _line(
        "interface endpoints, in each zone",
        sum(
            len(items(endpoint.properties, "SubnetIds"))
            for endpoint in environment.resources(ENDPOINT)
            if endpoint.properties.get("VpcEndpointType") == "Interface"
        ),
        prices.month(prices.interface_endpoint_hour_and_zone),
        "endpoint interface",
    )


def _nodes(environment: Environment, prices: Prices) -> Iterator[Line]:
    for group in environment.resources(NODE_GROUP):
        name = f"{short_name(group) or group.logical_id}{of_its_cluster(environment, group)}"
        template = environment.target(look_up(group.properties, "LaunchTemplate"))
        data: Json = {}
        if template is not None and template.kind == LAUNCH_TEMPLATE:
            data = mapping(template.properties, "LaunchTemplateData")
        types = [words(each) for each in items(group.properties, "InstanceTypes")]
        kind = next(iter(types), words(text(data, "InstanceType"))) or DEFAULT_INSTANCE_TYPE
        capacity = text(group.properties, "CapacityType") or "ON_DEMAND"
        desired = text(group.properties, "ScalingConfig", "DesiredSize")
        nodes = int(desired) if desired.isdecimal() else None
        hourly = prices.instance(kind, capacity)
        yield _line(
            f"nodes of {name}",
            nodes,
            None if hourly is None else prices.month(hourly),
            of=f"{kind} Spot" if capacity == "SPOT" else kind,
        )
        volumes = _volume_gib(group, data) * prices.volume_gib_month
        yield _line(f"node volumes of {name}", nodes, volumes, "volume")


def _volume_gib(group: Resource, data: Json) -> int:
    sizes = [text(device, "Ebs", "VolumeSize") for device in dicts(data, "BlockDeviceMappings")]
    sizes = [each for each in sizes if each] or [text(group.properties, "DiskSize")]
    default = DEFAULT_DISK_GIB[text(group.properties, "AmiType").startswith("WINDOWS")]
    return sum(int(each) if each.isdecimal() else default for each in sizes)


def _load_balancers(environment: Environment, prices: Prices) -> Iterator[Line]:
    zones = {
        zone if known(zone) else subnet.logical_id
        for subnet in environment.resources(SUBNET)
        for zone in [text(subnet.properties, "AvailabilityZone") or subnet.logical_id]
        if any(
            text(tag, "Key") == "kubernetes.io/role/elb" for tag in dicts(subnet.properties, "Tags")
        )
    }
    services = [each for each in environment.kubernetes_objects("Service") if asks_for_one(each)]
    ingresses = [each for each in environment.kubernetes_objects("Ingress") if asks_for_one(each)]
    public = [each for each in services if internet_facing(each.content)]
    hourly = prices.month(prices.load_balancer_hour)
    yield _line("Network Load Balancer", len(services), hourly, "load balancer")
    yield _line("Application Load Balancer", len(ingresses), None, "Ingress")
    yield _line(
        "public addresses of load balancers",
        len(public) * len(zones),
        prices.month(prices.public_address_hour),
        "address",
    )


def _fargate(environment: Environment, prices: Prices) -> Iterator[Line]:
    """Yield the pods that a Fargate profile selects and whose number is known."""
    for item in environment.kubernetes_objects("Deployment", "StatefulSet"):
        if profile_of(environment, item) is None:
            continue
        template = pod_template(item.content)
        found = size(template.spec) if template else None
        hourly = None
        if found is not None:
            hourly = float(found.vcpus) * prices.fargate_vcpu_hour
            hourly += float(found.gb) * prices.fargate_gb_hour
        yield _line(
            f"Fargate pods of {words(item.name)}",
            replicas(item.content),
            None if hourly is None else prices.month(hourly),
            of=f"of {found.vcpus:g} vCPU and {found.gb:g} GB" if found else "of an unknown size",
        )
