"""What Roles and ClusterRoles allow, before and after, whoever is bound to them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from assembly.kubernetes_object import KubernetesObject
from kube.values import dicts, items
from review.labels import label, listed
from review.model import Sentence, say
from review.permissions import Permission, compared
from review.sides import Sides


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what a Role allows more, less or otherwise."""
    old, new = sides.objects
    for key, item in new.items():
        if key in old and item.kind in {"Role", "ClusterRole"}:
            more, less = compared(_allowed_by(old[key]), _allowed_by(item), denied=False)
            how = "otherwise" if more and less else "more" if more else "less"
            now, before = (
                listed(
                    f"`{each.action}` of `{each.resource.removesuffix('/*').rstrip('.')}`"
                    for each in side
                )
                for side in (more, less)
            )
            if more or less:
                yield say(f"role allows {how}", name=label(item), more=now, less=before)


def _allowed_by(role: KubernetesObject) -> Iterator[Permission]:
    for rule in dicts(role.content, "rules"):
        names, urls = items(rule, "resourceNames") or ["*"], items(rule, "nonResourceURLs")
        whole = itertools.product(items(rule, "resources"), items(rule, "apiGroups"), names)
        where = [f"{resource}.{group}/{name}" for resource, group, name in whole]
        for verb, on in itertools.product(items(rule, "verbs"), [*where, *map(str, urls)]):
            yield Permission(action=str(verb), resource=on)
