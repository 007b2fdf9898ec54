"""Kubernetes objects before and after: what happens to their pods, and their YAML."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from review.effects import IMMUTABLE
from review.environment import Environment
from review.kubernetes_objects import KubernetesObject
from review.labels import listed
from review.model import ObjectDiff, Risk, Sentence

CONTEXT = 3
"""Unchanged lines around a change, as `diff -u` shows them."""
REPLICATED = frozenset({"Deployment", "StatefulSet"})
RUNS_PODS = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
DIGEST = re.compile(r":([0-9a-f]{64})$")


def diffs(before: Environment, after: Environment) -> tuple[ObjectDiff, ...]:
    """Return the YAML differences of all objects, in the order of the stacks."""
    old = {item.key: item for item in before.kubernetes_objects}
    new = {item.key: item for item in after.kubernetes_objects}
    return tuple(
        _diff(old.get(key), new.get(key))
        for key in dict.fromkeys([*new, *old])
        if key not in old or key not in new or old[key].content != new[key].content
    )


def sentences(before: Environment, after: Environment) -> Iterator[Sentence]:
    """Yield what happens to pods and objects."""
    old = {item.key: item for item in before.kubernetes_objects}
    new = {item.key: item for item in after.kubernetes_objects}
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
    path = IMMUTABLE.get((new.key[0], new.kind))
    if path is not None and _at(old.content, path) != _at(new.content, path):
        yield Sentence(
            text=f"**The API server refuses this**: `{'.'.join(path)}` of {_name(new)} can't be "
            "changed.",
            risk=Risk.INTERRUPTS,
        )
    told = False
    if new.kind in REPLICATED:
        was, now = (item.content["spec"].get("replicas", 1) for item in (old, new))
        if was != now:
            told = True
            yield Sentence(
                text=f"{_name(new)} runs {now} pods instead of {was}.",
                risk=Risk.SAFE if now >= was else Risk.INTERRUPTS,
            )
    if new.kind in RUNS_PODS:
        templates = [item.content["spec"]["template"] for item in (old, new)]
        if templates[0] != templates[1]:
            told = True
            yield Sentence(
                text=f"The pods of {_name(new)} **restart** one after the other: "
                f"{_why(*templates)}.",
                risk=Risk.INTERRUPTS,
            )
    if not told:
        fields = listed(f"`{field}`" for field in _fields(old.content, new.content))
        yield Sentence(text=f"{_name(new)} changes in {fields}.")


def _why(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
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


def _images(template: Mapping[str, Any]) -> list[str]:
    spec = template["spec"]
    return [each["image"] for each in (*spec.get("initContainers", ()), *spec["containers"])]


def _without_images(template: Mapping[str, Any]) -> Mapping[str, Any]:
    spec = {
        name: [{**each, "image": ""} for each in value]
        if name in {"containers", "initContainers"}
        else value
        for name, value in template["spec"].items()
    }
    return {**template, "spec": spec}


def _fields(old: Any, new: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401  # any JSON value
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
        yield path


def _diff(old: KubernetesObject | None, new: KubernetesObject | None) -> ObjectDiff:
    item = new or old
    if item is None:
        raise ValueError("a difference has an object: before, after or both, got neither")
    lines = list(
        difflib.unified_diff(
            old.yaml.splitlines() if old else [],
            new.yaml.splitlines() if new else [],
            lineterm="",
            n=CONTEXT,
        )
    )
    return ObjectDiff(
        kind=item.kind,
        name=item.name,
        namespace=item.namespace,
        change="changed" if old and new else "added" if new else "removed",
        lines=tuple(lines[2:]),
    )


def _name(item: KubernetesObject) -> str:
    place = f"{item.namespace}/" if item.namespace else ""
    return f"{item.kind} `{place}{item.name}`"


def _at(content: Mapping[str, Any], path: tuple[str, ...]) -> object:
    value: object = content
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
