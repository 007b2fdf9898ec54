"""What objects hold: the YAML of all that differ, and in which keys ConfigMaps and Secrets do.

Source: Kubernetes documentation, "ConfigMaps": mounted ones are updated within the kubelet's sync period
(https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically),
environment variables and volumes with a subPath are not.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence

import yaml

from assembly.index import grouped
from assembly.kubernetes_object import KubernetesObject
from kube.immutability import problems
from kube.pods import containers, pod_template
from kube.values import Json, dicts, mapping, text
from review.differences import Hidden, differences, in_short
from review.labels import label, listed, quoted, worded, words
from review.model import DETAILS, ObjectDiff, Sentence, say
from review.sides import Key, Sides

CONTEXT = 3
"""Unchanged lines around a change, as `diff -u` shows them."""
SECRETS = ("data", "stringData")
HOLDS = {"ConfigMap": ("data", "binaryData"), "Secret": SECRETS}
FIELDS = {"ConfigMap": ("configMap", "name"), "Secret": ("secret", "secretName")}
"""What a volume calls it, and the field with its name."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield the keys that go, and those that differ with what reads them."""
    old, new = sides.objects
    for key, item in new.items():
        was = old.get(key)
        if item.kind not in HOLDS or was is None or was.content == item.content:
            continue
        # The API server rejects it, which is told with the values.
        if problems(was.content, item.content):
            continue
        gone = _keys(was) - _keys(item)
        if gone:
            yield say("keys gone", name=label(item), keys=quoted(sorted(gone)))
        lost = tuple(f"{field}.{key}" for field in HOLDS[item.kind] for key in gone)
        values = [x for x in differences(_held(was), _held(item)) if not x.is_of(lost)]
        if values:
            how = grouped((way, label(x)) for x, way in _readers(sides, key))
            said = (DETAILS[way].format(names=listed(x)) for way, x in how.items())
            read = "".join(f". {each.removesuffix('.')}" for each in said)
            fields, lasts = in_short(values), "told" if how else "from"
            yield say("settings change", name=label(item), fields=fields, read=read, lasts=lasts)


def without_secrets(item: KubernetesObject, hidden: Callable[[str], str]) -> Json:
    """Return what an object holds, of a Secret without its values."""
    return {
        name: {key: hidden(str(value)) for key, value in field.items()}
        if item.kind == "Secret" and name in SECRETS and isinstance(field, Mapping)
        else field
        for name, field in item.content.items()
    }


def _held(item: KubernetesObject) -> Json:
    return {x: y for x, y in without_secrets(item, Hidden).items() if x in HOLDS[item.kind]}


def _keys(item: KubernetesObject) -> set[str]:
    """Return the keys of a ConfigMap or a Secret."""
    return {str(key) for field in HOLDS[item.kind] for key in mapping(item.content, field)}


def _readers(sides: Sides, wanted: Key) -> Iterator[tuple[KubernetesObject, str]]:
    """Yield what has pods that read it and that this deploy doesn't start anew, with how they read it."""
    old, new = sides.objects
    item = new[wanted]
    for key, each in new.items():
        was, now = (pod_template(x.content) if x else None for x in (old.get(key), each))
        if was is None or now is None or (key[0], each.namespace) != (wanted[0], item.namespace):
            continue
        if vars(was) == vars(now) and (way := _reads(now.spec, item)):
            yield each, way


def _reads(spec: Json, item: KubernetesObject) -> str:
    """Return how pods read it: at their start, from files that follow, or not at all."""
    volume, field = FIELDS[item.kind]
    wanted = {*_named(dicts(spec, "volumes"), item.name, volume, field)}
    for _, each in containers(spec):
        sources = [*dicts(each, "envFrom"), *(mapping(x, "valueFrom") for x in dicts(each, "env"))]
        names = (text(x, f"{volume}{y}", "name") for x in sources for y in ("Ref", "KeyRef"))
        mounts = (x for x in dicts(each, "volumeMounts") if text(x, "name") in wanted)
        if item.name in names or any("subPath" in x or "subPathExpr" in x for x in mounts):
            return "read at start"
    return "read from files" if wanted else ""


def _named(volumes: Sequence[Json], name: str, volume: str, field: str) -> Iterator[str]:
    for each in volumes:
        parts = (
            mapping(each, volume),
            *(mapping(x, volume) for x in dicts(each, "projected", "sources")),
        )
        if name in {text(part, x) for part in parts for x in (field, "name")}:
            yield text(each, "name")


def diffs(sides: Sides) -> Iterator[ObjectDiff]:
    """Yield the YAML differences of all objects, in the order of the stacks."""
    old, new = sides.objects
    for key in dict.fromkeys([*new, *old]):
        one, other = old.get(key), new.get(key)
        item = other or one
        same = one and other and one.content == other.content
        if item is None or same or (other is None and stays(sides, item)):
            continue
        lines = difflib.unified_diff(as_yaml(one), as_yaml(other), lineterm="", n=CONTEXT)
        yield ObjectDiff(
            kind=words(item.kind),
            name=words(item.name),
            namespace=words(item.namespace),
            change="changed" if one and other else "added" if other else "removed",
            lines=tuple(lines)[2:],
        )


def stays(sides: Sides, item: KubernetesObject) -> bool:
    """Tell whether the kubectl handler leaves an object: what made it goes, and is retained."""
    return item.resource.retained and item.resource.node not in sides.after.by_node


def as_yaml(item: KubernetesObject | None) -> list[str]:
    """Return the lines of an object's YAML, as people write it."""
    if item is None:
        return []
    content = worded(without_secrets(item, lambda _: "(not shown)"))
    text: str = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
    return text.splitlines()


class _Dumper(yaml.CSafeDumper):
    """Writes text of several lines as a block."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    ),
)
