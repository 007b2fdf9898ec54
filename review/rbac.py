"""What Roles and ClusterRoles allow, before and after."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from assembly.kubernetes_object import KubernetesObject
from kube.values import dicts, items
from review.labels import listed, place
from review.model import Sentence, say
from review.sides import Sides


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what Roles and ClusterRoles allow more or less, whoever is bound to them."""
    old, new = sides.objects
    for key, item in new.items():
        if key not in old or item.kind not in {"Role", "ClusterRole"}:
            continue
        had, has = (frozenset(_allowed_by(each)) for each in (old[key], item))
        more, less = (
            [each for each in sorted(these) if not any(_within(each, x) for x in those)]
            for these, those in ((has, had), (had, has))
        )
        if more or less:
            how = "otherwise" if more and less else "more" if more else "less"
            now, before = (listed(map(_permitted, side)) for side in (more, less))
            name = f"{item.kind} `{place(item)}`"
            yield say(f"role allows {how}", name=name, more=now, less=before)


Allowed = tuple[str, str, str, str]
"""What a rule of RBAC allows: an API group, a resource, the name of one, and a verb."""


def _allowed_by(role: KubernetesObject) -> Iterator[Allowed]:
    for rule in dicts(role.content, "rules"):
        where = [items(rule, "apiGroups"), items(rule, "resources"), items(rule, "resourceNames")]
        urls = items(rule, "nonResourceURLs")
        groups, resources, names = where if not urls else ([""], urls, ())
        whole = itertools.product(groups, resources, names or ["*"], items(rule, "verbs"))
        yield from (tuple(map(str, each)) for each in whole)  # type: ignore[misc]


def _within(one: Allowed, other: Allowed) -> bool:
    return all(wide in {narrow, "*"} for narrow, wide in zip(one, other, strict=True))


def _permitted(allowed: Allowed) -> str:
    group, resource, name, verb = allowed
    of = f"{resource}.{group}".rstrip(".")
    return f"`{verb}` of `{of if name == '*' else f'{of}/{name}'}`"
