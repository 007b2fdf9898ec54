"""Where pods find a place among nodes, and what those wait for that find none.

Pods go one after the other to the first node that takes them: those of the highest priority first, then those that
few kinds of node take, then those with rules about other pods, then those that ask for most. That is denser than the scheduler, which spreads pods: who waits here
would nearly always wait there as well. A node more at the end never leaves more pods waiting, unless
pods must spread over its zone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from kube.neighbours import Rule, Term, rules_of
from kube.pods import Amounts, HostPort, collide, host_ports, requests
from kube.scheduling import is_selected, takes, tolerates
from kube.values import Json, look_up, number, text

NO_NODE = "node that they select and whose taints they tolerate"
ANY_NODE = "node"
CRITICAL = {"system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000}
"""The classes of priority that every cluster has, with their value."""
_ONE = Decimal(1)
_NONE = Decimal(0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Node:
    """A kind of node: the object with its labels and taints, and what pods can ask of one."""

    content: Json
    room: Amounts


@dataclass(frozen=True, kw_only=True, eq=False)
class Pods:
    """So many pods that are alike; of a DaemonSet `on_each` node that takes one, and that `volumes` select.

    `priority` is the value of their class, where it is none that every cluster has.
    """

    name: str
    spec: Json
    count: int = 1
    labels: Json = field(default_factory=dict)
    namespace: str = "default"
    on_each: bool = False
    priority: int = 0
    volumes: Sequence[Json] = ()
    _open: dict[Node, bool] = field(default_factory=dict, init=False, repr=False)
    _meant: dict[tuple[Rule, Pods], bool] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def asked(self) -> Amounts:
        """Return what one of them takes of a node."""
        return {**requests(self.spec), "pods": _ONE}

    @cached_property
    def ports(self) -> frozenset[HostPort]:
        """Return the ports that one of them takes of its node."""
        return host_ports(self.spec)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Return their rules about the pods near them."""
        return tuple(rules_of(self.spec))

    def mean(self, rule: Rule, others: Pods) -> bool:
        """Tell whether one of their rules is about others."""
        asked = (rule, others)
        if asked not in self._meant:
            self._meant[asked] = rule.means(
                others.labels, namespace=others.namespace, own=self.namespace
            )
        return self._meant[asked]

    def may_run_on(self, node: Node) -> bool:
        """Tell whether a node's labels and taints let them in, room aside."""
        if node not in self._open:
            self._open[node] = takes(node.content, {"spec": self.spec})
        return self._open[node]

    def suits(self, node: Node) -> bool:
        """Tell whether one of them could run on a node that is empty, unless it asks for too much."""
        kinds = all(
            amount <= 0 or node.room.get(name, _ONE) > 0 for name, amount in self.asked.items()
        )
        return kinds and self.may_run_on(node) and self.find_volumes_at(node)

    def find_volumes_at(self, node: Node) -> bool:
        """Tell whether a node is where their volumes can be."""
        return all(is_selected(node.content, each) for each in self.volumes)

    @property
    def urgency(self) -> int:
        """Return their priority."""
        return CRITICAL.get(text(self.spec, "priorityClassName"), self.priority)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """How many of some pods find no place, of how many, and what they wait for."""

    pods: Pods
    count: int
    of: int
    on: tuple[str, ...]


def place(nodes: Sequence[Node], several: Sequence[Pods]) -> list[Waiting]:
    """Place pods on nodes and return those that wait, in the order given.

    A DaemonSet takes its share of every node first. It waits where a node is too small for it, or another one is in its way.
    """
    cluster = _Cluster(nodes, several)
    found = {each: cluster.put_on_each(each) for each in several if each.on_each}
    single = [each for each in several if not each.on_each]
    left = {each: each.count for each in single}
    order = sorted(single, key=cluster.turn)
    placed = True
    while placed:
        placed = False
        # Some wait until the pods that they want to be near have a place.
        for each in order:
            rest = cluster.put(each, left[each])
            placed = placed or rest < left[each]
            left[each] = rest
    for each, count in left.items():
        why = cluster.lacks(each) if count else ()
        found[each] = Waiting(pods=each, count=count, of=each.count, on=why)
    return [found[each] for each in several if found[each].count]


class _Cluster:
    """Nodes, what is left on each, and which pods are where."""

    def __init__(self, nodes: Sequence[Node], several: Sequence[Pods]) -> None:
        self._nodes = nodes
        self._left = [dict(node.room) for node in nodes]
        self._ports = [set[HostPort]() for _ in nodes]
        terms = [Term(each, rule, nodes) for each in several for rule in each.rules]
        self._own = {each: [x for x in terms if x.owner is each] for each in several}
        self._about = {each: [x for x in terms if x.means(each)] for each in several}
        self._all: Amounts = {}
        for node in nodes:
            for name, amount in node.room.items():
                self._all[name] = self._all.get(name, _NONE) + amount
        self._spread: dict[Term, set[object]] = {}

    def turn(self, pods: Pods) -> tuple[int, int, bool, Decimal]:
        """Return when it is their turn: by priority, the kinds of node that suit them, rules, and their share.

        Others would fill the nodes of one zone first, and leave none there to those that must spread.
        """
        shares = (
            amount / self._all[name] for name, amount in pods.asked.items() if self._all.get(name)
        )
        kinds = sum(map(pods.suits, dict.fromkeys(self._nodes)))
        return -pods.urgency, kinds, not self._own[pods], -max(shares, default=_NONE)

    def put_on_each(self, pods: Pods) -> Waiting:
        """Place one on each node that lets them in and has room."""
        why: list[tuple[str, ...]] = []
        for at in range(len(self._nodes)):
            if pods.may_run_on(self._nodes[at]):
                why.append(tuple(self._refusals(at, pods)))
                if not why[-1]:
                    self._put(at, pods)
        reasons = tuple(dict.fromkeys(reason for each in why for reason in each))
        return Waiting(pods=pods, count=sum(map(bool, why)), of=len(why), on=reasons)

    def put(self, pods: Pods, count: int) -> int:
        """Place as many as can be, and return how many are left."""
        at = 0
        # A node that is full for one is full for the next, unless a rule wants pods near it, or as many elsewhere.
        rules = (*self._own[pods], *self._about[pods])
        again = any(each.kind != "podAntiAffinity" for each in rules)
        while count and at < len(self._nodes):
            if pods.may_run_on(self._nodes[at]) and not any(self._refusals(at, pods)):
                self._put(at, pods)
                count -= 1
                at = 0 if again else at
            else:
                at += 1
        return count

    def lacks(self, pods: Pods) -> tuple[str, ...]:
        """Return what keeps pods away from the nodes that would take them."""
        open_nodes = [at for at, node in enumerate(self._nodes) if pods.may_run_on(node)]
        found = dict.fromkeys(why for at in open_nodes for why in self._refusals(at, pods))
        return tuple(found) or (NO_NODE if self._nodes else ANY_NODE,)

    def _put(self, at: int, pods: Pods) -> None:
        left = self._left[at]
        self._ports[at] |= pods.ports
        for name, amount in pods.asked.items():
            if name in left:
                left[name] -= amount
        for term in self._about[pods]:
            term.near[term.domains[at]] += 1
        for term in self._own[pods]:
            term.owners[term.domains[at]] += 1

    def _refusals(self, at: int, pods: Pods) -> Iterator[str]:
        left, node = self._left[at], self._nodes[at]
        for name, amount in pods.asked.items():
            if name in left and amount > left[name]:
                yield name
        if any(collide(port, taken) for port in pods.ports for taken in self._ports[at]):
            yield "hostPort"
        if not pods.find_volumes_at(node):
            yield "volume"
        for term in self._own[pods]:
            if not self._suits(term, term.domains[at], pods):
                yield term.kind
        for term in self._about[pods]:
            domain = term.domains[at]
            if term.kind == "podAntiAffinity" and domain is not None and term.owners[domain]:
                yield term.kind

    def _suits(self, term: Term, domain: object, pods: Pods) -> bool:
        itself, rule = term.means(pods), term.rule.content
        match term.kind:
            case "podAntiAffinity":
                return domain is None or not term.near[domain]
            case "podAffinity":
                first = itself and not term.near.total()
                return domain is not None and (first or term.near[domain] > 0)
            case _:
                if domain is None:
                    return False
                domains = self._counting(term, pods)
                few = len(domains) < int(number(rule, "minDomains") or 1)
                lowest = 0 if few else min((term.near[each] for each in domains), default=0)
                return term.near[domain] + itself - lowest <= (number(rule, "maxSkew") or 1)

    def _counting(self, term: Term, pods: Pods) -> set[object]:
        """Return the domains of the nodes that count for a spread."""
        if term not in self._spread:
            any_node = look_up(term.rule.content, "nodeAffinityPolicy") == "Ignore"
            any_taint = look_up(term.rule.content, "nodeTaintsPolicy") != "Honor"
            self._spread[term] = {
                domain
                for node, domain in zip(self._nodes, term.domains, strict=True)
                if domain is not None
                and (any_node or is_selected(node.content, pods.spec))
                and (any_taint or tolerates(pods.spec, node.content))
            }
        return self._spread[term]
