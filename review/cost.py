"""What an environment costs in a month, before and after: the table of docs/cost.md, computed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal

from assembly.environment import Environment
from assembly.kinds import CLUSTER, ENDPOINT, KEY, NAT_GATEWAY, PROFILE
from assembly.kubernetes_object import KubernetesObject, once
from assembly.links import beside
from assembly.resource import Resource
from guardrails.rules.homes import of_platform
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import SERVERS, Pods
from guardrails.support_calendar import support_of
from kube.fargate import COMPUTE_TYPE, selects, size
from kube.load_balancers import internet_facing, is_network
from kube.pods import pod_template
from kube.values import items
from review import autoscaled, node_costs, volumes
from review.balanced_zones import public_zones
from review.labels import listed, of_its_cluster, place, words
from review.load_balancers import GROUP, asks_for_one, staying
from review.model import DETAILS, Risk, Sentence, say
from review.prices import Amount, Line, Prices, difference, prices, sign_of, total
from review.sides import Sides
from review.tables import Table, compared

HOW = (("changes", "rises", "falls"), ("changes", "can only rise,", "can only fall,"))
"""How what has no price differs, by its sign: of what is there on one side, and of what may be as many as before."""


def lines(
    environment: Environment,
    prices: Prices,
    today: date,
    region: str = "",
    *,
    zones: Mapping[KubernetesObject, int] | None = None,
    keys_left: int = 0,
) -> tuple[Line, ...]:
    """Return what an environment costs, kind by kind, those that cost nothing left out.

    `region` is where it is if its stacks don't say it. `zones` are those of load balancers that
    are not in all of them, and `keys_left` keys that stay outside the stacks.
    """
    keys = len(environment.resources(KEY)) + keys_left
    found = (
        *_control_planes(environment, prices, today),
        *_network(environment, prices),
        *node_costs.nodes(environment, prices, region or prices.region),
        *node_costs.pools(environment, prices, region or prices.region),
        *volumes.claims(environment, prices),
        *_load_balancers(environment, prices, zones or {}),
        *_fargate(environment, prices),
        Line("KMS key", keys, Amount.of(prices.kms_key_month), "key"),
        *node_costs.unpriced(environment),
    )
    return tuple(line for line in found if line.count != 0)


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield one sentence if the cost changes; what has no price on a side counts on neither."""
    sums = list(both(sides))
    old, new = ({line.what: line for line in each} for each in sums)
    names = dict.fromkeys([*new, *old])
    unknown = [x for x in names for side in (old, new) if x in side and side[x].month is None]
    told = {x: [side[x].counted if x in side else "none" for side in (old, new)] for x in names}
    changed = {
        x: f"{x}: {one} → {other}{new[x].ceiling(old.get(x)) if x in new else ''}."
        for x, (one, other) in told.items()
        if one != other
    }
    for x in sorted(old.keys() & new.keys() - changed):
        if old[x].among != new[x].among:
            changed[x] = f"{x}: other instances than before, {told[x][1]}."
    priced = [[line for line in each if line.what not in unknown] for each in sums]
    was, now = map(total, priced)
    by = difference(*priced)
    unclear = list(dict.fromkeys(x for x in unknown if x in changed))
    # A range that stays the same one says nothing, whatever it is made of.
    if (
        not unclear
        and not sides.left
        and (by == Amount() or (by.low < 0 < by.high and f"{was}" == f"{now}"))
    ):
        return
    apart = [x for x in dict.fromkeys(unknown) if x not in unclear]
    without = [f"without {listed(apart)}, whose price isn't known here"] if apart else []
    signs = {sign_of(old.get(x), new.get(x)) for x in unclear}
    sign = signs.pop() if len(signs) == 1 else 0
    # How much a pool makes of what it may, nobody knows, and how much where another one goes.
    may = any(x in old and x in new and new[x].count is None for x in unclear)
    how = HOW[may][sign]
    pools = any(x not in new or new[x].count is None for x in apart)
    parts = [[side[x] for x in unclear if x in side] for side in (old, new)]
    before, after = (total(replace(x, each=x.least) for x in each) for each in parts)
    bound = (by + after + before * -1).bound(0 if pools else sign)
    if unclear and by != Amount() and not bound:
        changes = f"whose cost **{how} by an amount that is not known here**"
        without.append(f"without {listed(unclear)}, {changes}")
    twice = [DETAILS["paid twice"].format(both=total([*priced[0], *priced[1]]))] * bool(sides.left)
    yield say(
        "cost unknown" if by == Amount() else "cost bounded" if bound else "cost",
        bound=bound,
        names=listed(unclear),
        how=how,
        was=was,
        now=now,
        by=by.signed,
        without=f", {', and '.join(without)}" if without else "",
        details=[*twice, *changed.values()],
        risk=Risk.COSTS if by.high > 0 or (unclear and sign >= 0) else Risk.SAFE,
    )


def tables(sides: Sides) -> Iterator[Table]:
    """Yield the cost of each kind before and after."""
    old, new = both(sides)
    was, now = ({line.what: line.amount for line in each} for each in (old, new))
    names = dict.fromkeys((*now, *was, "sum"))
    for costs, amounts in ((old, was), (new, now)):
        if costs:
            amounts["sum"] = _sum(costs)
    yield compared("USD per month (estimate)", was, now, names, right=(1, 2))


def both(sides: Sides) -> Iterator[tuple[Line, ...]]:
    """Yield what each side costs; a snapshot is where the other side is."""
    region, was = region_of(*sides.both), sides.elsewhere or sides.before
    here, there = prices(region), region_of(was) or region
    yield lines(was, prices(there), sides.today, there)
    least = min(map(public_zones, sides.both))
    zones = {each.item: least for each in staying(sides)}
    gone = (x for x in sides.changes if x.kind in {"removed", "replaced"} and x.stays)
    keys_left = sum(each.resource.kind == KEY for each in gone)
    yield lines(sides.after, here, sides.today, region, zones=zones, keys_left=keys_left)


def price_of(environment: Environment, today: date) -> str:
    """Return what an environment costs a month, in words."""
    region = region_of(environment)
    return _sum(lines(environment, prices(region), today, region))


def _sum(costs: Sequence[Line]) -> str:
    without = [line.what for line in costs if line.month is None]
    return f"{total(costs)}{f', without {listed(without)}' if without else ''}"


def region_of(*sides: Environment) -> str:
    """Return the region that a stack of some environments names, empty where none does."""
    stacks = (stack for side in sides for stack in side.stacks.values())
    return next((stack.region for stack in stacks if stack.region), "")


def _control_planes(environment: Environment, prices: Prices, today: date) -> Iterator[Line]:
    for cluster in environment.resources(CLUSTER):
        of_it = of_its_cluster(environment, cluster)
        support = support_of(cluster.properties.get("Version"))
        extended = support is not None and support.standard_until < today
        kind: Literal["extended", "standard"] = "extended" if extended else "standard"
        price = prices.month(prices.control_plane_hour[kind])
        yield Line(f"control plane{of_it}", 1, price, of=f"in {kind} support")


def _network(environment: Environment, prices: Prices) -> Iterator[Line]:
    gateways = len(environment.resources(NAT_GATEWAY))
    price = prices.month(prices.nat_gateway_hour + prices.public_address_hour)
    name = f"NAT gateways, each with a public address{prices.where('nat_gateway_hour')}"
    yield Line(name, gateways, price, "gateway")
    interfaces = sum(
        len(items(each.properties, "SubnetIds"))
        for each in environment.resources(ENDPOINT)
        if each.properties.get("VpcEndpointType") == "Interface"
    )
    price = prices.month(prices.interface_endpoint_hour_and_zone)
    where = prices.where("interface_endpoint_hour_and_zone")
    yield Line(f"interface endpoints, in each zone{where}", interfaces, price, "endpoint interface")


def _load_balancers(
    environment: Environment, prices: Prices, zones: Mapping[KubernetesObject, int]
) -> Iterator[Line]:
    every = once(environment.kubernetes_objects("Service", "Ingress")).values()
    found = sorted(filter(asks_for_one, every), key=lambda x: internet_facing(x.content))
    services = [item for item in found if item.kind == "Service"]
    price, where = prices.month(prices.load_balancer_hour), prices.where("load_balancer_hour")
    classic = sum(not is_network(item.content) for item in services)
    yield Line(f"Network Load Balancer{where}", len(services) - classic, price, "load balancer")
    yield Line("Classic Load Balancer", classic, None, "Service")
    # The Ingresses of a group share one.
    shared = {
        (item.resource.cluster_key, item.annotations.get(GROUP) or item): item
        for item in found
        if item.kind == "Ingress"
    }
    yield Line("Application Load Balancer", len(shared), None, "Ingress")
    price = prices.month(prices.public_address_hour)
    public = (x for x in (*services, *shared.values()) if internet_facing(x.content))
    addresses = sum(zones.get(item, public_zones(environment)) for item in public)
    yield Line("public addresses of load balancers", addresses, price, "address")


def _fargate(environment: Environment, prices: Prices) -> Iterator[Line]:
    workloads = once(environment.kubernetes_objects(*SERVERS))
    found_in = ((item, pod_template(item.content)) for item in workloads.values())
    taken = [
        *((x, pods.spec) for x, pods in found_in if pods and profile_of(environment, x)),
        *((x.owner, x.spec) for x in of_platform(environment) if _is_server(environment, x)),
    ]
    names = Counter(item.name for item, _ in taken)
    for item, spec in taken:
        found = size(spec)
        name = words(item.name) if names[item.name] == 1 else place(item)
        of, price = "of an unknown size", None
        if found:
            of = f"of {found.vcpus:g} vCPU and {found.gb:g} GB"
            vcpus, gb = float(found.vcpus), float(found.gb)
            price = prices.month(vcpus * prices.fargate_vcpu_hour + gb * prices.fargate_gb_hour)
        where = prices.where("fargate_vcpu_hour")
        yield Line(f"Fargate pods of {name}{where}", autoscaled.kept(item), price, of=of)


def _is_server(environment: Environment, pods: Pods) -> bool:
    """Tell whether pods of an add-on or a chart run on Fargate."""
    kept_off = pods.annotations.get(COMPUTE_TYPE) == "ec2" or pods.owner.kind not in SERVERS
    return not kept_off and runs_on_fargate(environment, pods)


def profile_of(environment: Environment, item: KubernetesObject) -> Resource | None:
    """Return the profile of its cluster that takes the pods of an object; of several the first.

    Which one of several takes them is not defined (EKS user guide, "Define which Pods use AWS
    Fargate when launched").
    """
    template = pod_template(item.content)
    if template is None:
        return None
    taking = (
        profile
        for profile in beside(environment, item.resource, PROFILE)
        for selector in items(profile.properties, "Selectors")
        if selects(selector, item.namespace or "default", template.labels)
    )
    return next(taking, None)
