"""What nodes cost: the instances and volumes of groups, and what is known of pools."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kinds import DEFAULT_TYPE
from assembly.links import template_of
from assembly.nodes import node_groups
from assembly.self_managed import SelfManagedGroup
from kube.values import mapping, several, text
from review import node_pools, volumes
from review.labels import group_name, listed, of_its_cluster, size_of, words
from review.prices import MIXED, Line, Prices


def nodes(environment: Environment, prices: Prices, region: str) -> Iterator[Line]:
    """Yield the nodes of each group with their volumes, and those that wait."""
    for group in node_groups(environment):
        name = f"{group_name(group)}{of_its_cluster(environment, group)}"
        template = template_of(environment, group)
        data = mapping(template.properties, "LaunchTemplateData") if template else {}
        types = [words(each) for each in several(group.properties, "InstanceTypes")]
        kinds = types or [words(text(data, "InstanceType")) or DEFAULT_TYPE]
        capacity = text(group.properties, "CapacityType") or "ON_DEMAND"
        count, most = size_of(group, "Desired"), size_of(group, "Max") or 0
        mixed = isinstance(group, SelfManagedGroup) and group.mixed
        here = group.scope.stack.region or region
        price = prices.node(kinds, MIXED if mixed else capacity, here)
        market = f"{' or '.join(kinds)} Spot" if capacity == "SPOT" else kinds[0]
        if text(group.properties, "AmiType").startswith("WINDOWS"):
            price, market = None, f"{market} with a Windows licence"
        market += " or On-Demand" if mixed else ""
        yield Line(f"nodes of {name}", count, price, of=market, most=most)
        disks = volumes.price_of(group, data, prices)
        where = prices.where("volume_gib_month")
        yield Line(f"node volumes of {name}{where}", count, disks, "volume", most=most)
        more, run = volumes.waiting(group)
        if run:
            yield Line(f"waiting nodes of {name}", more, price, of=market)
        yield Line(f"volumes of waiting nodes of {name}{where}", more, disks, "volume")


def pools(environment: Environment, prices: Prices, region: str) -> Iterator[Line]:
    """Yield the nodes that come when pods need them, once each: EKS's own pools, and NodePools."""
    low, high = prices.auto_mode_of_on_demand
    fee = f", with a fee of {low:.0%} to {high:.0%} of their On-Demand price"
    for pool in node_pools.pools(environment):
        of_it = of_its_cluster(environment, pool.resource)
        most = (
            "" if pool.built_in else f", at most {listed(pool.limits) or 'what is not known here'}"
        )
        among = frozenset(map(node_pools.required, pool.requirements))
        capacity = "SPOT" if "karpenter.sh/capacity-type In ['spot']" in among else "ON_DEMAND"
        here = pool.resource.scope.stack.region or region
        each = [(prices.node([kind], capacity, here), vcpus) for kind, vcpus in pool.kinds]
        vcpus = text(pool.spec, "limits", "cpu")
        if each and vcpus.isdecimal() and all(price for price, _ in each):
            usd = max(price.high / count for price, count in each if price) * int(vcpus)
            most += f" or ${usd:,.0f} a month"
        of = f"nodes{most}{fee if pool.by_eks else ''}"
        yield Line(f"nodes of NodePool {pool.name}{of_it}", None, None, of=of, among=among)
    for cluster in node_pools.without_pools(environment):
        name = f"nodes of Auto Mode{of_its_cluster(environment, cluster)}"
        yield Line(name, None, None, of=f"nodes{fee}")
