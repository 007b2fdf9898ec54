"""Nodes that go for good: those of EKS Auto Mode, of a pool of EKS's own, of an architecture.

Sources: EKS user guide, "Disable EKS Auto Mode", "Enable EKS Auto Mode on existing EKS clusters"; Karpenter,
"Disruption", "TerminationGracePeriod".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from assembly.environment import Environment
from assembly.kinds import ACCESS_ENTRY, CLUSTER, NODE_GROUP
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside, role_of
from assembly.nodes import node_of
from assembly.resource import Resource
from capacity.instance_labels import ARCHITECTURE
from kube.values import dicts, flag, items, known, mapping, text
from review import in_between
from review.access import is_for_people
from review.labels import counted, duration, label, listed, principal, quoted, size_of, words
from review.model import DETAILS, Risk, Sentence, say
from review.node_pools import AUTO_MODE, Home, Pool, has_unknown_nodes, named, pools
from review.sides import Sides

SECONDS: Mapping[str, int] = {"h": 3600, "m": 60, "s": 1}
TIME = re.compile(r"(\d+)([hms])")
"""A part of a duration as Go writes it."""
BALANCERS = ("KubernetesNetworkConfig", "ElasticLoadBalancing", "Enabled")
ENABLED, VOLUMES = ("ComputeConfig", "Enabled"), ("StorageConfig", "BlockStorage", "Enabled")


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what happens to nodes of Auto Mode, to their volumes and to what was made for them."""
    for one, other in _clusters(sides):
        name, before, after = label(other), _homes(sides.before, one), _homes(sides.after, other)
        names = {x.name for x in after if isinstance(x, Pool)}
        gone = [x for x in before if isinstance(x, Pool) and x.built_in and x.name not in names]
        if _off(one, other, ENABLED):
            yield _ends(sides, one, other)
        elif gone:
            homes = [x for x in after if not keeps_out(x)]
            how, nodes = "left" if homes else "nothing left", listed(map(_sized, homes))
            details = [DETAILS[how].format(nodes=nodes)]
            fixed = homes and all(isinstance(x, Pool) and x.fixed for x in homes)
            details += [DETAILS["not compared"]] if fixed else []
            which = quoted(sorted(x.name for x in gone))
            yield say(
                "pool of EKS goes", pools=which, cluster=name, held=held(gone), details=details
            )
        if _off(one, other, VOLUMES):
            yield say("volumes of Auto Mode", cluster=name, details=[DETAILS["move volumes"]])
        if not has_unknown_nodes(sides.after):
            yield from _architectures(before, after)


def entries(sides: Sides) -> Iterator[Sentence]:
    """Yield whose nodes may join a cluster, which grants nothing to people, and whose no longer may."""
    old, new = (_by_key(side, ACCESS_ENTRY, "PrincipalArn") for side in sides.both)
    # EKS makes an entry with a managed group whose role has none, and only then.
    had, down = _by_key(sides.before, NODE_GROUP, "NodeRole"), not_ready(sides)
    joins = [x for x in new if x not in old and x not in had]
    for key in (*joins, *(x for x in old if x not in new)):
        entry, group = new.get(key) or old[key], down.get(key)
        said = "nodes join" if key in joins else "group without access" if group else "nodes leave"
        alone = in_between.only_on(sides.after, group) if group else []
        details = [DETAILS["nowhere else"].format(names=listed(alone))] * bool(alone)
        details += [DETAILS["own role"]] * bool(group)
        # Nodes whose role comes with them are those of these stacks.
        role = role_of(sides.after, entry.properties.get("PrincipalArn")) if key in joins else None
        risk = Risk.SAFE if role and role.node not in sides.before.by_node else None
        kind, of = words(text(entry.properties, "Type")), group and label(group)
        told = say(said, who=key[1], kind=kind, group=of, details=details, risk=risk)
        yield replace(told, about="fit" if group else "")


def not_ready(sides: Sides) -> Mapping[tuple[object, str], Resource]:
    """Return the node groups whose nodes the API server refuses, by what has no entry any more."""
    old, new = (_by_key(side, ACCESS_ENTRY, "PrincipalArn") for side in sides.both)
    needs = _by_key(sides.after, NODE_GROUP, "NodeRole")
    return {key: needs[key] for key in old if key in needs and key not in new}


def _by_key(side: Environment, kind: str, field: str) -> Mapping[tuple[object, str], Resource]:
    found = (x for x in side.resources(kind) if kind == NODE_GROUP or not is_for_people(x))
    return {(x.cluster_key, principal(side, x.properties.get(field))): x for x in found}


def told(sides: Sides) -> Collection[KubernetesObject]:
    """Return the objects that mean nothing any more where Auto Mode ends: their nodes have gone by then."""
    keys = [x.cluster_key for x, y in _clusters(sides) if _off(x, y, ENABLED)]
    return [
        item
        for item in sides.before.kubernetes_objects("NodePool", "NodeClass")
        if item.resource.cluster_key in keys
        if AUTO_MODE in {item.group, text(item.spec, "template", "spec", "nodeClassRef", "group")}
    ]


def _clusters(sides: Sides) -> Iterator[tuple[Resource, Resource]]:
    for one, other, _ in sides.clusters():
        if one is not None and other is not None:
            yield one, other


def _off(one: Resource, other: Resource, path: Sequence[str]) -> bool:
    return [flag(x.properties, *path) for x in (one, other)] == [True, False]


def _homes(side: Environment, cluster: Resource) -> Sequence[Home]:
    """Return the node groups and NodePools of a cluster."""
    key = cluster.cluster_key
    return [*beside(side, cluster, NODE_GROUP), *(x for x in pools(side) if x.cluster == key)]


def architectures(side: Environment) -> AbstractSet[str]:
    """Return what architectures nodes may have, where all of them are known."""
    if has_unknown_nodes(side):
        return set()
    return {
        kind for x in side.resources(CLUSTER) for home in _homes(side, x) for kind in _kinds(home)
    }


def _sized(home: Home) -> str:
    """Return a home with its nodes, where these don't become more when pods wait."""
    if isinstance(home, Pool) and home.replicas.isdecimal():
        return f"{named(home)} ({counted(int(home.replicas), 'node')}, however many pods wait)"
    return named(home)


def keeps_out(home: Home) -> bool:
    """Tell whether nodes keep out pods without tolerations, or those of Linux."""
    if isinstance(home, Pool):
        return bool(dicts(home.spec, "template", "spec", "taints"))
    return _windows(home) or bool(items(home.properties, "Taints"))


def _windows(home: Home) -> bool:
    """Tell whether nodes run Windows, whose images no other node takes."""
    return not isinstance(home, Pool) and text(home.properties, "AmiType").startswith("WINDOWS")


def _ends(sides: Sides, one: Resource, other: Resource) -> Sentence:
    """Return what it means that Auto Mode ends: node groups that are new come after that."""
    there = {
        x.node
        for x in _homes(sides.before, one)
        if isinstance(x, Resource) and size_of(x, "Desired") != 0
    }
    after = _homes(sides.after, other)
    stay = any(isinstance(x, Resource) and x.node in there for x in after)
    new = listed(map(named, after))
    until = f"nodes of {new} are ready" if new else "something else makes nodes"
    then = DETAILS["others take them" if stay else "down until"].format(until=until)
    gone = [named(x) for x in pools(sides.before) if x.resource == one]
    gone += [label(x) for x in told(sides)]
    details = [] if stay else [DETAILS["nodes first"]]
    if balancers := _off(one, other, BALANCERS):
        details.append(DETAILS["balancers stay away"])
    details += [DETAILS["goes with it"].format(names=listed(gone))] if gone else []
    role = role_of(sides.after, other.properties.get("RoleArn"))
    change = sides.by_node.get(role.node) if role else None
    if role and change and any(x.startswith("ManagedPolicyArns") for x in change.properties):
        details.append(DETAILS["role before"].format(role=label(role)))
    risk = Risk.INTERRUPTS if stay else Risk.TAKES_DOWN
    said = say("Auto Mode ends", cluster=label(other), then=then, details=details, risk=risk)
    return replace(said, about="exposure" * balancers)


def _kinds(home: Home) -> AbstractSet[str]:
    """Return the architectures that nodes may have."""
    if isinstance(home, Pool):
        return home.architectures
    return {text(node_of(home, may_have_more=False), "metadata", "labels", ARCHITECTURE)}


def _architectures(before: Sequence[Home], after: Sequence[Home]) -> Iterator[Sentence]:
    """Yield that no node of Linux has an architecture any more, or nodes of something have another one."""
    linux = [[x for x in side if not _windows(x)] for side in (before, after)]
    old, new = ({named(x): _kinds(x) for x in side} for side in linux)
    was, now = ({x for kinds in side.values() for x in kinds} for side in (old, new))
    if not now or not known([*now]):
        return
    if gone := {x for x in was if known(x)} - now:
        of = " of Linux" * (len(linux[1]) < len(after))
        yield say("architecture gone", of=of, gone=listed(sorted(gone)), left=listed(sorted(now)))
        return
    for name, kinds in new.items():
        had = old.get(name, set())
        if had and kinds and known([*had]) and had.isdisjoint(kinds):
            both = [listed(sorted(x)) for x in (had, kinds)]
            yield say("other architecture", name=name, old=both[0], new=both[1])


def held(going: Iterable[Pool]) -> str:
    """Return what becomes of pods that PodDisruptionBudgets hold back."""
    times = {x.grace for x in going}
    parts = [(int(x), SECONDS[y]) for each in times for x, y in TIME.findall(each)]
    if len(times) == 1 and parts:
        return DETAILS["killed after"].format(time=duration(f"{sum(x * y for x, y in parts)}"))
    return DETAILS["holds"] if times == {""} else ""


def held_by(sides: Sides, item: KubernetesObject) -> str:
    """Return the same of the pools that an object is, or whose nodes have it as their class."""
    every = (x for x in pools(sides.before) if x.cluster == item.resource.cluster_key)
    if item.kind == "NodePool":
        return held(x for x in every if x.name == words(item.name) and not x.built_in)
    ref = {"kind": item.kind, "name": item.name}
    of = ("template", "spec", "nodeClassRef")
    return held(x for x in every if ref.items() <= mapping(x.spec, *of).items())
