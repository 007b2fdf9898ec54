"""Kubernetes objects before and after: what happens to their pods, and their YAML."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping

from assembly.environment import Environment
from assembly.kubernetes_object import KubernetesObject
from kube.immutability import problems
from kube.pods import containers, replicas
from kube.values import items, look_up, mapping, text
from review.labels import listed, words
from review.manifests import as_yaml, objects, place
from review.model import ObjectDiff, Risk, Sentence

CONTEXT = 3
"""Unchanged lines around a change, as `diff -u` shows them."""
REPLICATED = frozenset({"Deployment", "StatefulSet"})
RUNS_PODS = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
DIGEST = re.compile(r":([0-9a-f]{64})$")


def diffs(before: Environment, after: Environment) -> tuple[ObjectDiff, ...]:
    """Return the YAML differences of all objects, in the order of the stacks."""
    old, new = objects(before, after)
    return tuple(
        _diff(old.get(key), new.get(key))
        for key in dict.fromkeys([*new, *old])
        if key not in old or key not in new or old[key].content != new[key].content
    )


def sentences(before: Environment, after: Environment) -> Iterator[Sentence]:
    """Yield what happens to pods and objects."""
    old, new = objects(before, after)
    added = [new[key] for key in new if key not in old]
    removed = [old[key] for key in old if key not in new]
    if added:
        yield Sentence(text=f"New in the cluster: {listed(map(_name, added))}.")
    for item in removed:
        if item.kind in RUNS_PODS:
            yield Sentence(
                text=f"{_name(item)} is **removed**, and its pods stop.", risk=Risk.INTERRUPTS
            )
        if item.kind == "Namespace":
            yield Sentence(
                text=f"{_name(item)} is **removed**, with everything in it.", risk=Risk.INTERRUPTS
            )
    rest = [item for item in removed if item.kind not in {*RUNS_PODS, "Namespace"}]
    if rest:
        yield Sentence(text=f"Gone from the cluster: {listed(map(_name, rest))}.")
    for key, item in new.items():
        if key in old and old[key].content != item.content:
            yield from _changed(old[key], item)


def _changed(old: KubernetesObject, new: KubernetesObject) -> Iterator[Sentence]:
    refused = dict.fromkeys(problem.field for problem in problems(old.content, new.content))
    if refused:
        yield Sentence(
            text=f"**The API server refuses this**: {listed(f'`{field}`' for field in refused)} of "
            f"{_name(new)} can't be changed.",
            risk=Risk.INTERRUPTS,
        )
    told = False
    was, now = replicas(old.content), replicas(new.content)
    if new.kind in REPLICATED and was is not None and now is not None and was != now:
        told = True
        yield Sentence(
            text=f"{_name(new)} runs {now} pods instead of {was}.",
            risk=Risk.SAFE if now >= was else Risk.INTERRUPTS,
        )
    templates = [look_up(item.spec, "template") for item in (old, new)]
    if new.kind in RUNS_PODS and templates[0] != templates[1]:
        told = True
        yield Sentence(
            text=f"The pods of {_name(new)} **restart** one after the other: {_why(*templates)}.",
            risk=Risk.INTERRUPTS,
        )
    if not told:
        fields = listed(f"`{field}`" for field in _fields(old.content, new.content))
        yield Sentence(text=f"{_name(new)} changes in {fields}.")


def _why(old: object, new: object) -> str:
    """Return why pods restart: another image, or the fields of their template."""
    images = [_images(old), _images(new)]
    fields = list(_fields(_without_images(old), _without_images(new)))
    parts = []
    if images[0] != images[1]:
        same_place = [DIGEST.sub("", image) for image in images[0]] == [
            DIGEST.sub("", image) for image in images[1]
        ]
        parts.append("their image is rebuilt" if same_place else "their image changes")
    if fields:
        parts.append(f"{listed(f'`{field}`' for field in fields)} of their template changes")
    return " and ".join(parts)


def _images(template: object) -> list[str]:
    return [text(container, "image") for _, container in containers(look_up(template, "spec"))]


def _without_images(template: object) -> object:
    if not isinstance(template, Mapping):
        return template
    spec = {
        name: [{**each, "image": ""} if isinstance(each, Mapping) else each for each in value]
        if name in {"containers", "initContainers"} and items(value)
        else value
        for name, value in mapping(template, "spec").items()
    }
    return {**template, "spec": spec or template.get("spec")}


def _fields(old: object, new: object, path: str = "") -> Iterator[str]:
    """Yield the dotted names of what differs, a list by its place."""
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys([*old, *new]):
            yield from _fields(old.get(name), new.get(name), f"{path}.{name}" if path else name)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from _fields(*pair, f"{path}[{index}]")
    else:
        yield path or "everything"


def _diff(old: KubernetesObject | None, new: KubernetesObject | None) -> ObjectDiff:
    item = new or old
    if item is None:
        raise ValueError("a difference has an object: before, after or both, got neither")
    lines = list(difflib.unified_diff(as_yaml(old), as_yaml(new), lineterm="", n=CONTEXT))
    return ObjectDiff(
        kind=words(item.kind),
        name=words(item.name),
        namespace=words(item.namespace),
        change="changed" if old and new else "added" if new else "removed",
        lines=tuple(lines[2:]),
    )


def _name(item: KubernetesObject) -> str:
    return f"{words(item.kind)} `{place(item)}`"
