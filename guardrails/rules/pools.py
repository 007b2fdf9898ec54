"""Whether the pools of Karpenter and of EKS Auto Mode make a node for pods, and Windows nodes let in those of Linux."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import CLUSTER
from assembly.kubernetes_object import KubernetesObject
from assembly.nodes import has_other_nodes, not_understood
from capacity.instance_labels import facts, meeting
from capacity.instance_types import InstanceType
from constructs_lib.specs.machine_features import DEVICES_OF
from guardrails.rule import Finding, rule
from guardrails.rules import homes
from guardrails.rules.devices import of_pools
from guardrails.rules.homes import BY_OTHERS, asked, is_on_each, on_nodes, wanted
from guardrails.rules.node_pool_facts import is_certain
from guardrails.rules.presence import closed
from guardrails.rules.room import SOME_NODE
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.spaces import NONE, Space, spaces, together, too_small
from guardrails.rules.workloads import Pods, object_at, pods
from kube.node_pools import BUILT_IN, alias_of, requirements
from kube.pods import Amounts
from kube.quantities import amount
from kube.scheduling import takes
from kube.validity.tables import TABLES
from kube.values import Json, Unknown, items, known, look_up, mapping, text, unsure

USUAL = re.compile(
    r"(beta\.)?kubernetes\.io/(arch|os|hostname|instance-type)|(failure-domain\.beta|topology)\..+"
    rf"|node\.kubernetes\.io/.+|karpenter\.sh/.+|{BY_OTHERS.pattern}"
)
"""Labels that any node may have: https://karpenter.sh/docs/concepts/scheduling/#well-known-labels."""

POOL = (
    "Change nodeSelector, affinity, tolerations or requests, use larger instance types, or add a NodePool whose "
    "labels, taints and instance types fit. Labels of Auto Mode begin with eks.amazonaws.com/, those of Karpenter with "
    "karpenter.k8s.aws/."
)
POOL_LABEL = "karpenter.sh/nodepool"
OS, LINUX = "kubernetes.io/os", TABLES["of_linux"]["container"]
ON_LINUX = f"Add nodeSelector: {{{OS}: linux}}, or don't tolerate the taint of Windows nodes."


class Pool(NamedTuple):
    """What the nodes of a pool have, the instance types that it can start, and what all of them have at `most`."""

    domain: str
    labels: Json
    taints: object
    types: Sequence[InstanceType]
    most: Amounts


@indexed
def pools(environment: Environment) -> Mapping[object, list[Pool]]:
    """Return the pools of each cluster of which the templates show all nodes."""
    found: list[tuple[object, tuple[object, Json]]] = []
    for cluster in environment.resources(CLUSTER):
        named = look_up(cluster.properties, "ComputeConfig", "NodePools")
        every = items(named) or filter(None, [named])
        found += [(cluster.node, (_built_in(text(each)), {})) for each in every]
    for item in environment.kubernetes_objects("NodePool", "Provisioner"):
        of = item.resource.cluster_key
        found.append((of, (_with_own(environment, of, item), item.spec)))
    pairs = {} if not_understood(environment) else grouped(found)
    return {
        cluster: [_pool(environment, mapping(each), spec) for each, spec in several]
        for cluster, several in pairs.items()
        if all(each is not None for each, _ in several) and (cluster, "") in closed(environment)
    }


def _built_in(name: str) -> Json | None:
    """Return the template of a pool of EKS's own, whose nodes are all of Linux, None of one that isn't known."""
    template = BUILT_IN.get(name)
    return template and {**template, "metadata": {"labels": {POOL_LABEL: name, OS: "linux"}}}


def _with_own(environment: Environment, cluster: object, item: KubernetesObject) -> object:
    """Return the template of a pool with the labels that its nodes get beside those that it says."""
    template = item.spec.get("template")
    kind = look_up(template, "spec", "nodeClassRef")
    made_by = object_at(environment, cluster, text(kind, "kind"), text(kind, "name"))
    alias = alias_of(made_by.spec) if made_by else ""
    family = alias if known(alias) else ""
    own = {POOL_LABEL: item.name}
    if text(kind, "group") == "eks.amazonaws.com" or family.startswith(("al2", "bottlerocket")):
        own[OS] = "linux"
    elif family.startswith("windows"):
        own[OS] = "windows"
    told = look_up(template, "metadata", "labels")
    labels = told if isinstance(told, Unknown) else {**own, **mapping(told)}
    return {**mapping(template), "metadata": {**mapping(template, "metadata"), "labels": labels}}


def _pool(environment: Environment, template: Json, spec: Json) -> Pool:
    domain = text(template, "spec", "nodeClassRef", "group")
    told = requirements(template.get("spec"))
    required = {
        key: values[0] if operator == "In" and len(values) == 1 else Unknown(key)
        for key, operator, values in told
    }
    labels = {**required, **mapping(template, "metadata", "labels")}
    own = look_up(template, "metadata", "labels")
    unclear = unsure(own, look_up(template, "spec", "requirements"))
    fits = () if unclear else meeting(domain, tuple(x for x in told if known(x[2])))
    limits = {
        name: amount(look_up(spec, "limits", name))
        for name in ("cpu", "memory", "nodes", *mapping(spec, "limits"))
    }
    if spec.get("replicas") is not None:
        limits["nodes"] = amount(spec["replicas"])
    sizes = {each: {**_size(each), **of_pools(environment, each.name)} for each in fits}
    within = [
        x for x in fits if all(not n or n >= sizes[x].get(y, NONE) for y, n in limits.items())
    ]
    certain = is_certain(mapping(template, "spec"))
    most = {
        name: min(each)
        for name in ("cpu", "memory", *DEVICES_OF)
        if (each := [*_bounds(name, limits, sizes.values() if certain else ())])
    }
    return Pool(domain, labels, look_up(template, "spec", "taints"), within or fits, most)


def _size(kind: InstanceType) -> Amounts:
    """Return what counts against limits: of memory, nine tenths (Karpenter, vmMemoryOverheadPercent)."""
    memory = kind.memory_mib * 1024**2 * Decimal("0.9")
    return {"cpu": Decimal(kind.vcpus), "memory": memory, "nodes": Decimal(1)}


def _bounds(
    name: str, limits: Mapping[str, Decimal | None], sizes: Iterable[Amounts]
) -> Iterator[Decimal]:
    """Yield how much all nodes of a pool have at most by each of its limits, whichever of its types they are."""
    several, whole = list(sizes), Decimal("0.9") if name == "memory" else 1
    if any(name not in each for each in several):
        return
    if several and not any(each[name] for each in several):
        yield NONE
    for by, limit in limits.items():
        # Nothing ends the nodes that have some of the one and none of the other.
        ends = all(each.get(by) or not each[name] for each in several)
        if limit is not None and ends and (several or by == name):
            shares = [each[name] / each[by] for each in several if each[name]]
            yield limit * max(shares, default=Decimal(1)) / whole


def lets_in(environment: Environment, pool: Pool, guest: Pods) -> bool:
    """Tell whether a pool makes nodes for pods, or may; one that fits no known type is told elsewhere."""
    nodes = _made_for(environment, pool, guest)
    return not pool.types or any(takes(each, {"spec": guest.spec}) for each in nodes)


def _made_for(environment: Environment, pool: Pool, guest: Pods) -> Iterator[Json]:
    """Yield the nodes of a pool that are large enough for pods."""
    asks, begin = wanted(guest.spec), f"{pool.domain}/"
    usual = [key for key in asks if USUAL.fullmatch(key) or key.startswith(begin)]
    labels = {**{key: Unknown(key) for key in usual}, **pool.labels}
    for kind in pool.types:
        room: Json = {"cpu": kind.vcpus, "memory": kind.memory_mib * 1024**2}
        room = {**room, **of_pools(environment, kind.name)}
        own = {"labels": {**labels, **facts(kind, pool.domain)}}
        if all(wants <= room.get(name, wants) for name, wants in asked(guest).items()):
            yield {"metadata": own, "spec": {"taints": pool.taints}}


def _kept_out(environment: Environment, guest: Pods) -> str:
    """Return why nodes that come nearest don't take pods: too little room, or what keeps them out."""
    there = homes.homes(environment, guest)
    if small := [x for x in there if homes.lets_in(x, guest)]:
        return f": {too_small(small[0], asked(guest))}"
    nodes = [
        (f"NodePool {text(pool.labels, POOL_LABEL)}", node)
        for pool in pools(environment).get(guest.owner.resource.cluster_key, ())
        for node in _made_for(environment, pool, guest)
    ]
    out = homes.kept_out(there, guest, nodes)
    return f": {out}" if out else ""


def homeless(environment: Environment) -> Iterator[tuple[Pods, Sequence[homes.Home]]]:
    """Yield the pods beside pools that have no node and get none, with those of groups at 0 that would take them."""
    for guest in on_nodes(environment) if has_other_nodes(environment) else ():
        every = pools(environment).get(guest.owner.resource.cluster_key, ())
        groups = [x for x in homes.homes(environment, guest) if homes.lets_in(x, guest)]
        large = [x for x in groups if not too_small(x, asked(guest))]
        fits = is_on_each(guest) or any(lets_in(environment, each, guest) for each in every)
        if every and not fits and all(each.most == 0 for each in large):
            yield guest, large


@rule("KUBE22")
def _in_no_pool(environment: Environment) -> Iterator[Finding]:
    for guest, empty in homeless(environment):
        names = ", ".join(dict.fromkeys(each.group.path for each in empty))
        has = f"{names} has 0 nodes, and nothing adds any" if empty else "no node group has one"
        why = "" if empty else _kept_out(environment, guest)
        detail = f"No pool makes a node that fits, and {has}{why}."
        yield guest.finding("node", detail, SOME_NODE if empty else POOL)


@rule("KUBE24")
def _beyond_limits(environment: Environment) -> Iterator[Finding]:
    """No node comes beyond the limits of pools, whoever waits for one."""
    waiting = (x for x in on_nodes(environment) if not is_on_each(x))
    by_cluster = grouped((x.owner.resource.cluster_key, x) for x in waiting)
    for cluster, several in by_cluster.items():
        there = [*spaces(environment, homes.homes(environment, several[0]))]
        made = [
            Space(
                f"NodePool {text(x.labels, POOL_LABEL)}", x.most, partial(lets_in, environment, x)
            )
            for x in pools(environment).get(cluster, ())
        ]
        if made:
            yield from together(environment, several, [*there, *made])


@rule("KUBE22")
def _on_windows(environment: Environment) -> Iterator[Finding]:
    for guest in pods(environment):
        there = (x for x in homes.homes(environment, guest) if x.labels.get(OS) == "windows")
        inside = [guest.spec, *guest.all_containers]
        said = [x for each in inside for x in LINUX if x in mapping(each, "securityContext")]
        named = guest.spec.get("os") or any(map(BY_OTHERS.fullmatch, wanted(guest.spec)))
        open_ = said and not named and any(homes.lets_in(each, guest) for each in there)
        if open_ and not runs_on_fargate(environment, guest):
            detail = f"The pods are for Linux, by {said[0]}, and can start on Windows nodes."
            yield guest.finding("os windows", detail, ON_LINUX)
