"""Rules of pods about the pods near them: affinity, anti-affinity and topology spread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kube import selectors
from kube.scheduling import REQUIRED
from kube.values import Json, dicts, items, look_up, mapping, text

SPREAD = "topologySpreadConstraints"


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
        named = items(self.content, "namespaces")
        everywhere = "namespaceSelector" in self.content and self.kind != SPREAD
        # Labels such as pod-template-hash are the same for all pods of one template.
        selected = selectors.matches(look_up(self.content, "labelSelector"), labels)
        return (namespace in (named or (own,)) or everywhere) and selected


def rules_of(spec: Json) -> Iterator[Rule]:
    """Yield the rules of a pod that the scheduler never breaks."""
    for each in dicts(spec, SPREAD):
        if each.get("whenUnsatisfiable") == "DoNotSchedule":
            yield Rule(kind=SPREAD, content=each)
    for kind in ("podAffinity", "podAntiAffinity"):
        for each in items(mapping(spec, "affinity"), kind, REQUIRED):
            if isinstance(each, dict):
                yield Rule(kind=kind, content=each)
