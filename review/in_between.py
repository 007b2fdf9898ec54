"""What happens between two stacks of one deploy, and to pods that no node takes afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import AUTO_SCALING_GROUP, NODE_GROUP
from assembly.kubernetes_object import KubernetesObject, of_each
from assembly.links import beside
from assembly.resource import Resource
from assembly.stack import Stack
from guardrails.rules.homes import asked, homes, lets_in, of_platform, on_nodes
from guardrails.rules.workloads import SERVERS, Pods, components
from kube.pods import pod_template, replicas
from kube.values import dicts, mapping, text
from review import rejected
from review.cost import profile_of
from review.differences import told
from review.labels import label, listed, quoted, size_of, words
from review.model import DETAILS, Sentence, read, say
from review.node_pools import Home, Pool, has_unknown_nodes, named, pools
from review.sides import Key, Sides

GROUPS = {NODE_GROUP, AUTO_SCALING_GROUP}
GOES = {"removed", "replaced"}
FIND_NO_NODE = {True: "pods find no node", False: "new pods find no node"}
"""How it is told whether pods go with their nodes."""
MISSING: Mapping[str, str] = {
    x: y for z in ("add_ons", "charts_restart") for x, y in read("consequences")[z].items()
}
"""What is missed without the pods of an add-on or a chart."""
ARCHITECTURE = "kubernetes.io/arch"


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield the pods that no node takes, or none until the stack that they are in is deployed, too."""
    yield from _platform(sides)
    old, new = sides.objects
    for key, first in waiting(sides).items():
        after = new[key]
        was, now = (pod_template(each.content) for each in (old[key], after))
        values = told(was.spec if was else None, now.spec if now else None)
        stay, go = _left(sides, _guest(old[key]))
        # All of them stop for other pods.
        ends = rejected.then_of(sides, after) if first is None and values else ""
        if ends == "all stop first":
            stay, go = [], stay + go
        on = DETAILS["as far as"].format(nodes=listed(map(named, go))) if stay and go else ""
        name, how = f"{label(after)}{on}", FIND_NO_NODE[bool(go)]
        how = "next pods find no node" if ends == "some stop first" and not go else how
        if first is None:
            details = [*_asks(sides, old[key], after), *([f"Changed: {values}."] if values else [])]
            details += [DETAILS["others stay"].format(nodes=listed(map(named, stay)))] if on else []
            yield say(how, name=name, details=details)
        else:
            last = sides.after.stacks[after.resource.stack].name
            details = [DETAILS["fits"].format(last=last, values=values)] if values else []
            if any(x.resource.kind in GROUPS and x.kind in GOES for x in sides.changes):
                image = DETAILS["image for both"] if ARCHITECTURE in values else ""
                details.append(DETAILS["move first"].format(last=last, image=image))
            yield say("pods wait", name=name, first=first.name, last=last, details=details)


def _platform(sides: Sides) -> Iterator[Sentence]:
    """Yield the pods of add-ons and known charts that no node takes any more."""
    if has_unknown_nodes(sides.after):
        return
    old, new = (of_each((x.owner, x) for x in on_nodes(side)) for side in sides.both)
    names = {each: name for each, name, _ in components(sides.after)}
    found = grouped(
        (bool(_left(sides, old[key])[1]), guest)
        for key, guest in new.items()
        if guest in of_platform(sides.after) and key in old
        if _takers(sides.before, old[key]) and not _takers(sides.after, guest)
    )
    for go, guests in found.items():
        of = dict.fromkeys(names[each.owner.resource] for each in guests)
        felt = listed(f"{MISSING[x].partition(':')[0]} (`{x}`)" for x in of if x in MISSING)
        details = [DETAILS["without pods"].format(felt=felt)] if felt else []
        pods = listed(label(each.owner) for each in guests)
        yield say(FIND_NO_NODE[go], name=pods, details=details)


def waiting(sides: Sides) -> Mapping[Key, Stack | None]:
    """Return the keys of the objects whose pods no node takes, with the stack from which on they wait.

    There is none where they find no node in the end, or where only new ones don't.
    """
    if has_unknown_nodes(sides.after):
        return {}
    old, new = sides.objects
    found: dict[Key, Stack | None] = {}
    for key, item in old.items():
        after = new.get(key)
        if after is None or pod_template(item.content) is None or replicas(after.content) == 0:
            continue
        runs = any(profile_of(side, x) for side, x in zip(sides.both, (item, after), strict=True))
        if runs or not _takers(sides.before, _guest(item)):
            continue
        earlier = sides.after.order.stacks_before(after.resource.stack)
        made = [x.resource for x in pools(sides.after)]
        nodes = [*beside(sides.after, after.resource, NODE_GROUP), *made]
        stacks = [sides.after.stacks[each.stack] for each in nodes if each.stack in earlier]
        if not _takers(sides.after, _guest(after)):
            found[key] = None
        elif stacks and not _takers(sides.after, _guest(item)) and _left(sides, _guest(item))[1]:
            found[key] = stacks[0]
    return found


def only_on(side: Environment, group: Resource) -> list[str]:
    """Return what has pods that only the nodes of a group take, but for DaemonSets."""
    takers = ((x.owner, _takers(side, x)) for x in on_nodes(side) if x.owner.kind in SERVERS)
    there = ((x, [y for y in z if isinstance(y, Pool) or size_of(y, "Desired")]) for x, z in takers)
    return [] if has_unknown_nodes(side) else [label(x) for x, homes in there if homes == [group]]


def pending(environment: Environment) -> Mapping[KubernetesObject, bool]:
    """Return the objects whose pods no node takes any more since what the environment is compared with.

    With each, whether some of its pods are on nodes that stay.
    """
    sides = Sides(before=environment.base or environment, after=environment, today=date.max)
    old, new = sides.objects
    none = (key for key, first in waiting(sides).items() if first is None)
    found = {key: _left(sides, _guest(old[key])) for key in none}
    return {new[key]: bool(stay) for key, (stay, go) in found.items() if go or not stay}


def _left(sides: Sides, guest: Pods | None) -> tuple[list[Home], list[Home]]:
    """Return whose nodes pods keep, and whose they lose: another label or taint alone moves nobody.

    Karpenter leaves a node whose pods find no other, unless its pool has a fixed size. Source: Kubernetes
    documentation, "Assigning Pods to Nodes", "Taints and Tolerations"; kubernetes-sigs/karpenter,
    pkg/controllers/disruption/drift.go and staticdrift.go.
    """
    left = {(each.name, each.cluster) for each in pools(sides.after)}
    stay: list[Home] = []
    go: list[Home] = []
    for taker in _takers(sides.before, guest):
        if isinstance(taker, Pool):
            keeps = (taker.name, taker.cluster) in left and not taker.fixed
            (stay if keeps else go).append(taker)
            continue
        change = sides.by_node.get(taker.node)
        taints = dicts(change.after.properties, "Taints") if change and change.after else ()
        evicts = any(text(each, "Effect") == "NO_EXECUTE" for each in taints)
        quiet = change is None or change.kind == "in place" or {*change.causes} == {"Taints"}
        (stay if quiet and not evicts else go).append(taker)
    return stay, go


def _guest(item: KubernetesObject) -> Pods | None:
    template = pod_template(item.content)
    return None if template is None else Pods(owner=item, **vars(template))


def _takers(side: Environment, guest: Pods | None) -> list[Home]:
    """Return the node groups and NodePools whose nodes take pods, or may."""
    if guest is None:
        return []
    cluster = guest.owner.resource.cluster_key
    groups = dict.fromkeys(
        home.group
        for home in homes(side, guest)
        if lets_in(home, guest)
        and all(amount <= home.room.get(name, amount) for name, amount in asked(guest).items())
    )
    made = (each for each in pools(side) if each.cluster == cluster and each.lets_in(guest.spec))
    return [*groups, *made]


def _asks(sides: Sides, before: KubernetesObject, after: KubernetesObject) -> Iterator[str]:
    """Yield which nodes pods ask for, and what had nodes for them."""
    template = pod_template(after.content)
    labels = mapping(template.spec, "nodeSelector") if template else {}
    asks = quoted(f"{words(key)}={words(text(value))}" for key, value in labels.items())
    takers = _takers(sides.before, _guest(before))
    # What they ask for is still there, behind a taint.
    tainted = {x.resource.node for x in sides.changes if {*x.causes} == {"Taints"}}
    hidden = all(isinstance(x, Resource) and x.node in tainted for x in takers)
    asked = DETAILS["asks"].format(labels=asks) if labels and not hidden else ""
    yield DETAILS["had nodes"].format(asked=asked, names=listed(map(named, takers)))
    if pools(sides.after):
        yield DETAILS["other pools"]
