"""What an environment costs in a month, before and after: the table of docs/cost.md, computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from guardrails.support_calendar import support_of
from review.environment import Environment, Resource
from review.fargate_profiles import profile_of
from review.fargate_sizes import fargate_size
from review.labels import short_name
from review.load_balancers import SCHEME
from review.model import Sentence, Table
from review.prices import Prices


@dataclass(frozen=True, kw_only=True)
class Line:
    """One kind of cost. `month` is in USD, None where a price isn't known; `of` says of what."""

    what: str
    count: int
    month: float | None
    of: str = ""


def lines(environment: Environment, prices: Prices, today: date) -> tuple[Line, ...]:
    """Return what an environment costs, kind by kind, those that cost nothing left out."""
    found = (
        *_control_plane(environment, prices, today),
        *_network(environment, prices),
        *_nodes(environment, prices),
        *_load_balancers(environment, prices),
        *_fargate(environment, prices),
        _line("KMS key", len(environment.of_type("AWS::KMS::Key")), price=prices.kms_key_month),
    )
    return tuple(line for line in found if line.count)


def total(costs: Sequence[Line]) -> float:
    """Return the sum of what has a price."""
    return sum(line.month or 0 for line in costs)


def sentences(
    before: Environment, after: Environment, prices: Prices, today: date
) -> Iterator[Sentence]:
    """Yield one sentence if the cost changes."""
    old, new = (lines(each, prices, today) for each in (before, after))
    changed = list(_changed(old, new))
    if not changed:
        return
    was, now = total(old), total(new)
    sign = "+" if now >= was else "-"
    unknown = [line for line in new if line.month is None]
    yield Sentence(
        text=f"A month costs about **${now:,.0f}** instead of ${was:,.0f} ({sign}"
        f"${abs(now - was):,.0f})"
        f"{', without what has no price here' if unknown else ''}, by prices of {prices.date} in "
        f"{prices.region}. Left out: {prices.left_out}.",
        details=tuple(changed),
    )


def table(
    before: Environment | None, after: Environment | None, prices: Prices, today: date
) -> Table:
    """Return the cost of each kind before and after."""
    old, new = (
        {line.what: line for line in ([] if each is None else lines(each, prices, today))}
        for each in (before, after)
    )
    names = dict.fromkeys([*new, *old])
    rows = [(name, *(_amount(found.get(name)) for found in (old, new))) for name in names]
    sums = [f"{total(list(found.values())):,.0f}" if found else "-" for found in (old, new)]
    return Table(
        title=f"USD a month, estimated: prices of {prices.date} in {prices.region}",
        head=("", "before", "after"),
        rows=(*rows, ("sum", *sums)),
        right=(1, 2),
    )


def _changed(old: Sequence[Line], new: Sequence[Line]) -> Iterator[str]:
    was, now = ({line.what: line for line in each} for each in (old, new))
    for name in dict.fromkeys([*now, *was]):
        one, other = was.get(name), now.get(name)
        if _counted(one) != _counted(other):
            yield f"{name}: {_counted(one)} → {_counted(other)}."


def _counted(line: Line | None) -> str:
    return "none" if line is None else f"{_amount(line)} ({f'{line.count} {line.of}'.strip()})"


def _amount(line: Line | None) -> str:
    if line is None:
        return "-"
    return "no price known" if line.month is None else f"{line.month:,.0f}"


def _line(what: str, count: int, *, price: float | None, of: str = "") -> Line:
    return Line(what=what, count=count, month=None if price is None else count * price, of=of)


def _control_plane(environment: Environment, prices: Prices, today: date) -> Iterator[Line]:
    cluster = environment.one("AWS::EKS::Cluster")
    if cluster is None:
        return
    support = support_of(cluster.properties.get("Version"))
    kind = "extended" if support is not None and support.standard_until < today else "standard"
    price = prices.month(
        prices.control_plane_hour["extended" if kind == "extended" else "standard"]
    )
    yield _line("control plane", 1, price=price, of=f"in {kind} support")


def _network(environment: Environment, prices: Prices) -> Iterator[Line]:
    address = prices.month(prices.public_address_hour)
    yield _line(
        "NAT gateways, each with a public address",
        len(environment.of_type("AWS::EC2::NatGateway")),
        price=prices.month(prices.nat_gateway_hour) + address,
    )
    yield _line(
        "interface endpoints, in each zone",
        sum(
            len(endpoint.properties.get("SubnetIds", ()))
            for endpoint in environment.of_type("AWS::EC2::VPCEndpoint")
            if endpoint.properties.get("VpcEndpointType") == "Interface"
        ),
        price=prices.month(prices.interface_endpoint_hour_and_zone),
    )


def _nodes(environment: Environment, prices: Prices) -> Iterator[Line]:
    for group in environment.of_type("AWS::EKS::Nodegroup"):
        name, kind = group.properties["InstanceTypes"][0], group.properties["CapacityType"]
        nodes = int(group.properties["ScalingConfig"]["DesiredSize"])
        hourly = prices.instance(name, kind)
        spot = " Spot" if kind == "SPOT" else ""
        yield _line(
            f"nodes of {short_name(group)}",
            nodes,
            price=None if hourly is None else prices.month(hourly),
            of=f"{name}{spot}",
        )
        volumes = _volume_gib(environment, group) * prices.volume_gib_month
        yield _line(f"node volumes of {short_name(group)}", nodes, price=volumes)


def _volume_gib(environment: Environment, group: Resource) -> int:
    template = environment.target(group.stack, group.properties.get("LaunchTemplate", {}).get("Id"))
    devices = (
        ()
        if template is None
        else template.properties["LaunchTemplateData"].get("BlockDeviceMappings", ())
    )
    return sum(device["Ebs"]["VolumeSize"] for device in devices)


def _load_balancers(environment: Environment, prices: Prices) -> Iterator[Line]:
    zones = {
        subnet.properties["AvailabilityZone"]
        for subnet in environment.of_type("AWS::EC2::Subnet")
        if any(tag["Key"] == "kubernetes.io/role/elb" for tag in subnet.properties["Tags"])
    }
    services = [
        item
        for item in environment.kubernetes_objects
        if item.kind == "Service" and item.content["spec"].get("type") == "LoadBalancer"
    ]
    public = [
        item
        for item in services
        if item.content["metadata"].get("annotations", {}).get(SCHEME) == "internet-facing"
    ]
    yield _line(
        "Network Load Balancer", len(services), price=prices.month(prices.load_balancer_hour)
    )
    yield _line(
        "public addresses of load balancers",
        len(public) * len(zones),
        price=prices.month(prices.public_address_hour),
    )


def _fargate(environment: Environment, prices: Prices) -> Iterator[Line]:
    """Yield the pods of Deployments that a Fargate profile selects."""
    for item in environment.kubernetes_objects:
        if item.kind == "Deployment" and profile_of(environment, item) is not None:
            size = fargate_size(item.content["spec"]["template"]["spec"])
            hourly = size.vcpus * prices.fargate_vcpu_hour + size.gb * prices.fargate_gb_hour
            yield _line(
                f"Fargate pods of {item.name}",
                item.content["spec"].get("replicas", 1),
                price=prices.month(hourly),
                of=f"of {size.vcpus:g} vCPU and {size.gb:g} GB",
            )
