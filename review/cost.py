"""What an environment costs in a month, before and after: the table of docs/cost.md, computed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from assembly.environment import Environment
from assembly.kinds import (
    CLUSTER,
    ENDPOINT,
    KEY,
    NAT_GATEWAY,
    NODE_GROUP,
    SUBNET,
)
from assembly.resource import Resource
from guardrails.support_calendar import support_of
from kube.fargate import size
from kube.load_balancers import internet_facing
from kube.pods import pod_template, replicas
from kube.values import Json, dicts, flag, items, known, look_up, mapping, text
from review.clusters import of_its_cluster
from review.fargate import profile_of
from review.labels import listed, place, plural_of, short_name, words
from review.load_balancers import asks_for_one
from review.model import Sentence, Table, compared
from review.prices import Prices, prices
from review.sides import Sides

DEFAULT_INSTANCE_TYPE = "t3.medium"
DEFAULT_DISK_GIB = {True: 50, False: 20}
"""For Windows, and for all others (CloudFormation, AWS::EKS::Nodegroup)."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One kind of cost: how many of what, and what one of them costs in a month, in USD.

    Both are None where they aren't known. `of` says more of each than its noun.
    """

    what: str
    count: int | None
    each: float | None
    noun: str = ""
    of: str = ""

    @property
    def month(self) -> float | None:
        """Return what all of them cost."""
        return None if self.each is None or self.count is None else self.count * self.each


def lines(environment: Environment, prices: Prices, today: date) -> tuple[Line, ...]:
    """Return what an environment costs, kind by kind, those that cost nothing left out."""
    found = (
        *_control_planes(environment, prices, today),
        *_network(environment, prices),
        *_nodes(environment, prices),
        *_load_balancers(environment, prices),
        *_fargate(environment, prices),
        Line(
            what="KMS key",
            count=len(environment.resources(KEY)),
            each=prices.kms_key_month,
            noun="key",
        ),
    )
    return tuple(line for line in found if line.count != 0)


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
    of = line.of or (line.noun if line.count == 1 else plural_of(line.noun))
    return f"{_amount(line)} ({'some' if line.count is None else line.count} {of})"


def _amount(line: Line) -> str:
    return "no price known" if line.month is None else f"{line.month:,.0f}"


def _control_planes(environment: Environment, prices: Prices, today: date) -> Iterator[Line]:
    for cluster in environment.resources(CLUSTER):
        of_it = of_its_cluster(environment, cluster)
        support = support_of(cluster.properties.get("Version"))
        extended = support is not None and support.standard_until < today
        kind: Literal["extended", "standard"] = "extended" if extended else "standard"
        price = prices.month(prices.control_plane_hour[kind])
        yield Line(what=f"control plane{of_it}", count=1, each=price, of=f"in {kind} support")
        if flag(cluster.properties, "ComputeConfig", "Enabled"):
            yield Line(what=f"nodes of Auto Mode{of_it}", count=None, each=None, noun="node")


def _network(environment: Environment, prices: Prices) -> Iterator[Line]:
    yield Line(
        what="NAT gateways, each with a public address",
        count=len(environment.resources(NAT_GATEWAY)),
        each=prices.month(prices.nat_gateway_hour + prices.public_address_hour),
        noun="gateway",
    )
    yield Line(
        what="interface endpoints, in each zone",
        count=sum(
            len(items(endpoint.properties, "SubnetIds"))
            for endpoint in environment.resources(ENDPOINT)
            if endpoint.properties.get("VpcEndpointType") == "Interface"
        ),
        each=prices.month(prices.interface_endpoint_hour_and_zone),
        noun="endpoint interface",
    )


def _nodes(environment: Environment, prices: Prices) -> Iterator[Line]:
    for group in environment.resources(NODE_GROUP):
        name = f"{short_name(group) or group.logical_id}{of_its_cluster(environment, group)}"
        template = environment.target(look_up(group.properties, "LaunchTemplate"))
        data = mapping(template.properties if template else None, "LaunchTemplateData")
        types = [words(each) for each in items(group.properties, "InstanceTypes")]
        kind = next(iter(types), words(text(data, "InstanceType"))) or DEFAULT_INSTANCE_TYPE
        capacity = text(group.properties, "CapacityType") or "ON_DEMAND"
        desired = text(group.properties, "ScalingConfig", "DesiredSize")
        count = int(desired) if desired.isdecimal() else None
        hourly = prices.instance(kind, capacity)
        yield Line(
            what=f"nodes of {name}",
            count=count,
            each=None if hourly is None else prices.month(hourly),
            of=f"{kind} Spot" if capacity == "SPOT" else kind,
        )
        gib = _volume_gib(group, data) * prices.volume_gib_month
        yield Line(what=f"node volumes of {name}", count=count, each=gib, noun="volume")


def _volume_gib(group: Resource, data: Json) -> int:
    sizes = [text(device, "Ebs", "VolumeSize") for device in dicts(data, "BlockDeviceMappings")]
    sizes = [each for each in sizes if each] or [text(group.properties, "DiskSize")]
    default = DEFAULT_DISK_GIB[text(group.properties, "AmiType").startswith("WINDOWS")]
    return sum(int(each) if each.isdecimal() else default for each in sizes)


def _load_balancers(environment: Environment, prices: Prices) -> Iterator[Line]:
    found = [
        item for item in environment.kubernetes_objects("Service", "Ingress") if asks_for_one(item)
    ]
    services = [item for item in found if item.kind == "Service"]
    public = [item for item in services if internet_facing(item.content)]
    zones = {
        zone if known(zone) else subnet.logical_id
        for subnet in environment.resources(SUBNET)
        for zone in [text(subnet.properties, "AvailabilityZone") or subnet.logical_id]
        if "kubernetes.io/role/elb" in [text(x, "Key") for x in items(subnet.properties, "Tags")]
    }
    yield Line(
        what="Network Load Balancer",
        count=len(services),
        each=prices.month(prices.load_balancer_hour),
        noun="load balancer",
    )
    ingresses = len(found) - len(services)
    yield Line(what="Application Load Balancer", count=ingresses, each=None, noun="Ingress")
    yield Line(
        what="public addresses of load balancers",
        count=len(public) * len(zones),
        each=prices.month(prices.public_address_hour),
        noun="address",
    )


def _fargate(environment: Environment, prices: Prices) -> Iterator[Line]:
    """Yield the pods that a Fargate profile selects."""
    taken = [
        item
        for item in environment.kubernetes_objects("Deployment", "StatefulSet")
        if profile_of(environment, item) is not None
    ]
    names = Counter(item.name for item in taken)
    for item in taken:
        template = pod_template(item.content)
        found = size(template.spec) if template else None
        hourly = found and (
            float(found.vcpus) * prices.fargate_vcpu_hour + float(found.gb) * prices.fargate_gb_hour
        )
        name = words(item.name) if names[item.name] == 1 else place(item)
        yield Line(
            what=f"Fargate pods of {name}",
            count=replicas(item.content),
            each=prices.month(hourly) if isinstance(hourly, float) else None,
            of=f"of {found.vcpus:g} vCPU and {found.gb:g} GB" if found else "of an unknown size",
        )
