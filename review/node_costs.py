"""What nodes cost: the instances and volumes of groups, and what is known of pools."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kinds import CLUSTER, DEFAULT_TYPE
from assembly.links import template_of
from assembly.nodes import node_groups
from assembly.self_managed import SelfManagedGroup
from kube.values import flag, items, mapping, several, text
from review import volumes
from review.labels import group_name, listed, of_its_cluster, size_of, words
from review.prices import MIXED, Line, Prices

CLASS = ("template", "spec", "nodeClassRef", "group")
AUTO_MODE = "eks.amazonaws.com"
"""Whose classes a NodePool of EKS Auto Mode has (EKS user guide, "Create a Node Pool for EKS Auto Mode")."""
UNITS = {"cpu": "vCPUs", "memory": "of memory"}


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
        if text(group.properties, "AmiType").startswith("WINDOWS"):
            price = None  # The licence costs extra.
        market = f"{' or '.join(kinds)} Spot" if capacity == "SPOT" else kinds[0]
        market += " or On-Demand" if mixed else ""
        yield Line(f"nodes of {name}", count, price, of=market, most=most)
        disks = volumes.price_of(group, data, prices)
        where = prices.where("volume_gib_month")
        yield Line(f"node volumes of {name}{where}", count, disks, "volume", most=most)
        more, run = volumes.waiting(group)
        if run:
            yield Line(f"waiting nodes of {name}", more, price, of=market)
        yield Line(f"volumes of waiting nodes of {name}{where}", more, disks, "volume")


def pools(environment: Environment, prices: Prices) -> Iterator[Line]:
    """Yield the nodes that come when pods need them, once each: EKS's own pools, and NodePools."""
    low, high = prices.auto_mode_of_on_demand
    fee = f", with a fee of {low:.0%} to {high:.0%} of their On-Demand price"
    found = environment.kubernetes_objects("NodePool")
    by_eks = [each for each in found if text(each.spec, *CLASS) == AUTO_MODE]
    for cluster in environment.resources(CLUSTER):
        if flag(cluster.properties, "ComputeConfig", "Enabled"):
            of_it = of_its_cluster(environment, cluster)
            built_in = map(words, items(cluster.properties, "ComputeConfig", "NodePools"))
            names = [f"NodePool {name}" for name in built_in] or ["Auto Mode"] * (not by_eks)
            for name in names:
                yield Line(f"nodes of {name}{of_it}", None, None, of=f"nodes{fee}")
    for pool in found:
        limits = (
            f"{text(value)} {UNITS.get(key, key)}"
            for key, value in mapping(pool.spec, "limits").items()
        )
        of = f"nodes, at most {listed(limits) or 'what is not known here'}"
        of += fee if pool in by_eks else ""
        yield Line(f"nodes of NodePool {words(pool.name)}", None, None, of=of)
