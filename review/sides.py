"""An environment before and after a change, as all sections of a review read it.

What a deploy does to each resource is what the guardrails find, with all that differs.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import CHART, CLUSTER
from assembly.kubernetes_object import KubernetesObject
from assembly.references import Node
from assembly.resource import Resource
from guardrails.step.change import INTERRUPTIONS
from guardrails.step.change import Change as Found
from guardrails.step.replacement import changes_of
from kube.values import Json, items, text
from review.differences import at, differing, told
from review.labels import label, several
from review.model import Consent, Risk

Kind = Literal["added", "removed", "replaced", "interrupted", "in place"]
HELM_NAMES = {"ClusterName", "Namespace", "Release"}
"""What identifies a release; its physical id stays the same (CDK: kubectl handler, helm_handler)."""
NAME_TAKEN = "replaced with a fixed name"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What happens to one resource.

    `properties` are the dotted names of what differs, `causes` those that replace or interrupt.
    `follows` are the resources whose replacement or new version is the reason, where the template
    alone says nothing. `certain` is False where CloudFormation decides by the value. `lost` is what
    goes for good though the resource stays.
    """

    kind: Kind
    before: Resource | None = None
    after: Resource | None = None
    properties: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    follows: tuple[Resource, ...] = ()
    certain: bool = True
    lost: str = ""

    @property
    def resource(self) -> Resource:
        """Return the resource as it will be, or as it was where it goes."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a change has a resource: before, after or both, got neither")
        return found

    def told(self, path: str) -> str:
        """Return how a property differs."""
        both = [each for each in (self.before, self.after) if each is not None]
        return told(*self.values(path), path, [each.scope.environment for each in both])

    def values(self, path: str) -> tuple[object, object]:
        """Return a property before and after."""
        old, new = (at(each.properties if each else {}, path) for each in (self.before, self.after))
        return old, new

    def leaves(self, path: str) -> list[str]:
        """Return what differs below a property, itself where nothing does."""
        old, new = (each or {} for each in self.values(path))
        return [".".join(each) for each in differing(old, new, (path,))] or [path]

    @property
    def stays(self) -> bool:
        """Tell whether the resource of before stays in the account, or a snapshot of it."""
        name = "UpdateReplacePolicy" if self.after else "DeletionPolicy"
        sides = filter(None, (self.before, self.after))
        return all(is_kept(each, name) for each in sides)


def is_kept(resource: Resource, policy: str) -> bool:
    """Tell whether a policy keeps a resource or a snapshot of it."""
    return text(resource.attribute(policy)).startswith(("Retain", "Snapshot"))


Key = tuple[object, str, str, str, str]
Objects = Mapping[Key, KubernetesObject]
"""Objects by what identifies them, with their cluster where there are several."""


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Both sides, as conditions turn out if they are as their `assumed`.

    A stack that the code no longer has stays deployed: it is part of `after`, and one of `gone`.
    `left` are the region and account that an environment was in, each with where it is now; its stacks stay there,
    as they are in `elsewhere`.
    `rehearsal` is what an emulated account did with the change, if it was asked. `others` are the
    environments that the code no longer has.
    """

    before: Environment
    after: Environment
    today: date
    gone: Sequence[str] = ()
    left: Sequence[tuple[str, str]] = ()
    elsewhere: Environment | None = None
    consents: Mapping[str, str] = field(default_factory=dict)
    rehearsal: Json = field(default_factory=dict)
    others: Sequence[Environment] = ()

    @property
    def both(self) -> tuple[Environment, Environment]:
        """Return the environment before and after."""
        return self.before, self.after

    @functools.cached_property
    def compared(self) -> Environment:
        """Return the environment after as the rules read it: with what it is compared with."""
        is_compared = self.after.base is self.before
        return self.after if is_compared else replace(self.after, base=self.before)

    @functools.cached_property
    def changes(self) -> Sequence[Change]:
        """Return what a deploy does to each resource that it touches."""
        found = changes_of(self.compared)
        return [change for each in found for change in _told(each, *self.both)]

    @functools.cached_property
    def by_node(self) -> Mapping[Node, Change]:
        """Return the change of each resource, of one that changes its type as it will be."""
        return {each.resource.node: each for each in self.changes}

    @functools.cached_property
    def objects(self) -> tuple[Objects, Objects]:
        """Return the Kubernetes objects of both sides."""
        old, new = (
            {
                (each.resource.cluster_key if self.several else "", *each.key): each
                for each in side.kubernetes_objects()
            }
            for side in self.both
        )
        return old, new

    @functools.cached_property
    def changed_objects(self) -> Sequence[tuple[KubernetesObject, KubernetesObject]]:
        """Return the Kubernetes objects that differ, each as it was and as it is."""
        old, new = self.objects
        both = ((old[key], item) for key, item in new.items() if key in old)
        return [(was, item) for was, item in both if was.content != item.content]

    @functools.cached_property
    def several(self) -> bool:
        """Tell whether there are several clusters, so that each needs its name."""
        return any(map(several, self.both))

    @functools.cached_property
    def names(self) -> Mapping[str, str]:
        """Return the label of each resource by its logical id, where only one has it."""
        found = [each for side in self.both for each in side.resources()]
        labels = grouped((each.logical_id, label(each)) for each in found)
        return {name: each[0] for name, each in labels.items() if len(set(each)) == 1}

    def kept(self, *kinds: str) -> Iterator[tuple[Resource, Resource]]:
        """Yield the resources of some types, or of all, that are on both sides."""
        for new in self.after.resources(*kinds):
            old = self.before.by_node.get(new.node)
            if old is not None and old.kind == new.kind:
                yield old, new

    def renamed(self, resource: Resource) -> str:
        """Return both ids of a new resource that goes by the name of one that goes."""
        name = label(resource)
        gone = [
            each.resource.logical_id
            for each in self.changes
            if each.kind == "removed" and label(each.resource) == name
        ]
        return f" (`{gone[0]}`, not `{resource.logical_id}`)" if len(gone) == 1 else ""

    def clusters(self) -> Iterator[tuple[Resource | None, Resource | None, str]]:
        """Yield each cluster before and after, and its name where there are several.

        A single one stays the same one under another logical id.
        """
        old, new = ({each.node: each for each in side.resources(CLUSTER)} for side in self.both)
        if len(old) == len(new) == 1:
            (one,), (other,) = old.values(), new.values()
            yield one, other, ""
            return
        for node, cluster in {**old, **new}.items():
            yield old.get(node), new.get(node), label(cluster) if self.several else ""

    def trailer(self, risk: Risk) -> Consent:
        """Return the consent that a trailer gives, with the reason if there is one."""
        key = f"{self.after.name} {risk.words}"
        return Consent(key=key, given=self.consents.get(key), trailer=True)


def _told(found: Found, before: Environment, after: Environment) -> Iterator[Change]:
    old, new = before.by_node.get(found.node), after.by_node.get(found.node)
    if old is None or new is None or found.effect == "refused":
        # A resource that changes its type is another one.
        if old is not None:
            yield Change(kind="removed", before=old)
        if new is not None:
            yield Change(kind="added", after=new)
        return
    if not found.leaders and before.templates[new.stack] == after.templates[new.stack]:
        # Only what it imports differs, and CloudFormation doesn't touch its stack for that.
        return
    replaced = found.effect in {"replaced", NAME_TAKEN}
    differ = tuple(".".join(path) for path in differing(old.properties, new.properties))
    if not differ and not replaced and not found.leaders:
        return
    touched = {name.partition(".")[0] for name in differ}
    touched |= {*found.properties} if found.leaders else set()
    # Under another name or elsewhere it is installed, and the one that runs stays as it is.
    moved = new.kind == CHART and touched & HELM_NAMES
    # Nobody has to leave where fewer are kept out.
    was, now = (items(each.properties, "Taints") for each in (old, new))
    touched -= {"Taints"} if all(each in was for each in now) else set()
    stops = sorted(x for x in touched if (new.kind, x) in INTERRUPTIONS and not moved)
    yield Change(
        kind="replaced" if replaced else "interrupted" if stops else "in place",
        before=old,
        after=new,
        properties=differ,
        causes=tuple(each.replace("/", ".") for each in (found.properties if replaced else stops)),
        follows=tuple(after.by_node[node] for node in found.leaders if node in after.by_node),
        certain=found.certain,
        lost=found.lost,
    )
