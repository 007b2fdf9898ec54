"""The Kubernetes objects of both sides, and their YAML as people write it."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from assembly.environment import Environment
from assembly.kubernetes_object import KubernetesObject
from assembly.links import cluster_key
from review.clusters import several
from review.labels import worded, words

Key = tuple[object, str, str, str, str]
Objects = Mapping[Key, KubernetesObject]
"""Objects by what identifies them, with their cluster where there are several."""


def objects(before: Environment, after: Environment) -> tuple[Objects, Objects]:
    """Return the objects of both sides."""
    named = several(before, after)
    old, new = (
        {
            (cluster_key(side, item.resource) if named else "", *item.key): item
            for item in side.kubernetes_objects()
        }
        for side in (before, after)
    )
    return old, new


def place(item: KubernetesObject) -> str:
    """Return an object's name, behind its namespace where it names one."""
    return "/".join(words(each) for each in (item.namespace, item.name) if each)


def as_yaml(item: KubernetesObject | None) -> list[str]:
    """Return the lines of an object's YAML."""
    if item is None:
        return []
    text: str = yaml.dump(
        worded(item.content), sort_keys=False, allow_unicode=True, width=1000, Dumper=_Dumper
    )
    return text.splitlines()


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as a block, as people do."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
