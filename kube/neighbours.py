"""Rules of pods about the pods near them: affinity, anti-affinity and topology spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kube import selectors
from kube.scheduling import HOSTNAME, REQUIRED, labels
from kube.values import Json, Unknown, dicts, items, look_up, mapping, text

if TYPE_CHECKING:
    from kube.placement import Node, Pods

SPREAD = "topologySpreadConstraints"
NAMESPACE = "kubernetes.io/metadata.name"
"""The label that every namespace has: its name."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rule:
    """A required rule of some pods; `kind` is the field of their spec that has it."""

    kind: str
    content: Json

    @property
    def key(self) -> str:
        """Return the label of nodes that tells what is near."""
        return text(self.content, "topologyKey")

    def means(self, labels: Json, *, namespace: str, own: str) -> bool:
        """Tell whether it is about pods of a namespace, where those that have it are in their `own`."""
        named, spread = items(self.content, "namespaces"), self.kind == SPREAD
        wanted = None if spread else look_up(self.content, "namespaceSelector")
        # Of a namespace its name is known; pods keep away from those only that are certainly meant.
        known: dict[str, str] = {NAMESPACE: namespace}
        if self.kind != "podAntiAffinity":
            known[Unknown("any label")] = ""
        meant = selectors.may_match(wanted, known)
        # Labels such as pod-template-hash are the same for all pods of one template.
        selected = selectors.matches(look_up(self.content, "labelSelector"), labels)
        return (meant or namespace in (named or (() if wanted else (own,)))) and selected


def rules_of(spec: Json) -> Iterator[Rule]:
    """Yield the rules of a pod that the scheduler never breaks."""
    for each in dicts(spec, SPREAD):
        if each.get("whenUnsatisfiable") == "DoNotSchedule":
            yield Rule(kind=SPREAD, content=each)
    for kind in ("podAffinity", "podAntiAffinity"):
        for each in items(mapping(spec, "affinity"), kind, REQUIRED):
            if isinstance(each, dict):
                yield Rule(kind=kind, content=each)


class Term:
    """A rule, and how many of those that it is about and of those that have it are where."""

    def __init__(self, owner: Pods, rule: Rule, nodes: Sequence[Node]) -> None:
        """Take a rule of some pods, before any pod is on these nodes."""
        self.owner, self.rule, self.kind = owner, rule, rule.kind
        self.near: Counter[object] = Counter()
        self.owners: Counter[object] = Counter()
        # By node, the value of the topology's label; None without it.
        self.domains: list[object] = (
            list(range(len(nodes)))
            if rule.key == HOSTNAME
            else [labels(node.content).get(rule.key) for node in nodes]
        )

    def means(self, pods: Pods) -> bool:
        """Tell whether the rule is about some pods."""
        return self.owner.mean(self.rule, pods)
