"""What another Fargate profile means for pods: which stop, and which run on Fargate from now on.

Deleting a profile deletes its pods (EKS user guide, "Delete a Fargate profile").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from assembly.environment import Environment
from assembly.images import architectures as images_of
from assembly.index import grouped
from assembly.kinds import NODE_GROUP, PROFILE
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside
from assembly.resource import Resource
from kube.pods import containers, pod_template
from kube.values import Json, dicts, known, text
from review.autoscaled import kept
from review.cost import profile_of
from review.labels import label, listed, place, words
from review.model import DETAILS
from review.node_pools import has_unknown_nodes, pools
from review.nodes_gone import architectures
from review.sides import Change, Sides

AMD64 = "amd64"
"""What Fargate runs (EKS user guide, "Simplify compute management with AWS Fargate")."""
ALWAYS = ("default", "kube-system")
"""Namespaces that every cluster has and that people use."""


def down(sides: Sides, resources: Iterable[Resource | None], detail: str) -> str:
    """Return what happens to the pods of profiles that go, with their numbers, if any are known."""
    found = listed(
        f"`{place(item)}` ({'?' if (count := kept(item)) is None else count})"
        for profile in resources
        for item in sides.before.kubernetes_objects("Deployment", "StatefulSet")
        if profile is not None and profile_of(sides.before, item) == profile
    )
    return DETAILS[detail].format(names=found) if found else ""


def on_nodes(sides: Sides, profile: Resource) -> Iterator[str]:
    """Yield that pods which Fargate ran find no node of its architecture."""
    old, new = sides.objects
    moved = [
        item
        for key, item in new.items()
        if key in old and profile_of(sides.before, old[key]) == profile
        if profile_of(sides.after, item) is None
    ]
    kinds = architectures(sides.after) if moved else set()
    if known([*kinds]) and kinds and AMD64 not in kinds:
        found = grouped((AMD64 in built_for(sides.after, each), label(each)) for each in moved)
        for built, names in found.items():
            said = DETAILS["built for" if built else "not amd64"]
            yield said.format(names=listed(names), kinds=listed(sorted(kinds)))


def unsure(sides: Sides) -> str:
    """Return that pods which Fargate ran may not run on nodes, where they have room."""
    gone = [x.resource for x in sides.changes if x.kind in {"replaced", "removed"}]
    return DETAILS["by requests"] * any(any(on_nodes(sides, x)) for x in gone)


def built_for(environment: Environment, item: KubernetesObject) -> set[str]:
    """Return the architectures of those images of pods that the CDK builds, each for a single one."""
    template = pod_template(item.content)
    images = (text(x, "image") for _, x in containers(template.spec if template else None))
    built = images_of(environment)
    return {built[tag] for each in images if (tag := each.rpartition(":")[2]) in built}


def gives_up(change: Change) -> bool:
    """Tell whether a profile no longer takes all that it took."""
    old, new = _selectors(change)
    return not all(_is_covered(each, new) for each in old)


def _is_covered(selector: Json, others: Sequence[Json]) -> bool:
    """Tell whether one of the others takes whatever a selector takes."""
    namespace, labels = text(selector, "Namespace"), [*dicts(selector, "Labels")]
    return selector in others or any(
        fnmatchcase(namespace, text(each, "Namespace"))
        and all(label in labels for label in dicts(each, "Labels"))
        for each in others
    )


def _selectors(change: Change) -> tuple[Sequence[Json], Sequence[Json]]:
    both = (change.before, change.after)
    old, new = ([*dicts(x.properties if x else None, "Selectors")] for x in both)
    return old, new


def selected(sides: Sides, change: Change) -> Iterator[str]:
    """Yield the pods that a replaced profile takes from now on, and those that it no longer does."""
    old, new = _selectors(change)
    made = {*ALWAYS, *(words(x.name) for x in sides.after.kubernetes_objects("Namespace"))}
    for name, these, those in (("selector new", new, old), ("selector gone", old, new)):
        for each in these:
            where = words(text(each, "Namespace"))
            nobody = "" if where in made or {*"*?"} & {*where} else DETAILS["namespace of nobody"]
            if not _is_covered(each, those):
                then = DETAILS["run elsewhere" if _may_run(sides, change, each) else "run nowhere"]
                said = {"nobody": nobody, "fargate": DETAILS["fargate"], "then": then}
                yield DETAILS[name].format(pods=selects(each), **said)
    if change.causes == ("Selectors",) and not gives_up(change):
        yield DETAILS["second profile"].format(name=label(change.resource))


def _may_run(sides: Sides, change: Change, selector: Json) -> bool:
    """Tell whether nodes or another profile may run pods of a selector."""
    nodes, others = (beside(sides.after, change.resource, x) for x in (NODE_GROUP, PROFILE))
    made = has_unknown_nodes(sides.after) or bool(pools(sides.after))
    taken = (y for x in others if x != change.resource for y in dicts(x.properties, "Selectors"))
    return made or any(nodes) or any(_overlap(selector, each) for each in taken)


def _overlap(one: Json, other: Json) -> bool:
    """Tell whether two selectors may take the same pod."""
    names = [text(each, "Namespace") for each in (one, other)]
    labels = [{text(x, "Key"): text(x, "Value") for x in dicts(y, "Labels")} for y in (one, other)]
    starts = sorted(re.split(r"[*?]", each)[0] for each in names if {*"*?"} & {*each})
    wild = len(starts) > 1 and starts[1].startswith(starts[0])
    same = wild or fnmatchcase(*names) or fnmatchcase(*names[::-1])
    return same and all(labels[0].get(key, value) == value for key, value in labels[1].items())


def selects(selector: Mapping[str, object]) -> str:
    """Return the pods that a selector takes, by their namespace and labels."""
    pairs = (
        [words(text(label, x)) for x in ("Key", "Value")] for label in dicts(selector, "Labels")
    )
    labels = listed(map("=".join, pairs))
    where = f"namespace {words(text(selector, 'Namespace'))}"
    return f"{where} with {labels}" if labels else where
