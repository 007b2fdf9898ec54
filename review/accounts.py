"""Pods that run as another ServiceAccount, and which IAM roles that takes from them or gives them."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kubernetes_object import KubernetesObject
from guardrails.rules.pod_roles import grants
from kube.pods import pod_template
from kube.values import Json, text, unsure
from review.labels import label, listed, words
from review.model import Sentence, say
from review.sides import Sides


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield whose permissions pods have from now on, where a template gives them another account."""
    for old, new in sides.changed_objects:
        one, other = (pod_template(each.content) for each in (old, new))
        if one is None or other is None or _account(one.spec) == _account(other.spec):
            continue
        was, now = (_account(each.spec) for each in (one, other))
        before, after = _roles(sides.before, old, was), _roles(sides.after, new, now)
        sure = not unsure(was, now)
        said = "account without role" if before and not after and sure else "another account"
        roles = f" ({after or 'no role of these stacks'} instead of {before or 'none'})"
        yield say(
            said,
            name=label(new),
            was=words(was),
            now=words(now),
            before=before,
            roles=roles if (before or after) and sure else "",
        )


def _account(spec: Json) -> str:
    return text(spec, "serviceAccountName") or "default"


def _roles(environment: Environment, item: KubernetesObject, account: str) -> str:
    """Return the roles that a ServiceAccount in the namespace of an object has, in words."""
    found = [
        environment.target(each.value) or words(str(each.value))
        for each in grants(environment)
        if (each.place, each.name) == (item.place, account)
    ]
    return listed(x if isinstance(x, str) else label(x) for x in dict.fromkeys(found))
