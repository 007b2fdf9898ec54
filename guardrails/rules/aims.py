"""Whether selectors take the pods that they are meant for: some, and only those of one application."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assembly.environment import Environment
from assembly.kubernetes_object import KubernetesObject
from guardrails.rule import Finding, found, rule
from guardrails.rules.presence import closed
from guardrails.rules.workloads import CONTROLLERS, Pods, place, pods, pods_in, selected, served
from kube.values import known, look_up, mapping, text, unsure

OF_APPLICATION = ("app.kubernetes.io/name", "app.kubernetes.io/component")
"""Labels that say what something is a part of (Kubernetes documentation, "Recommended Labels")."""
SELECTORS = {
    "Service": ("spec", "selector"),
    "PodDisruptionBudget": ("spec", "selector"),
    "NetworkPolicy": ("spec", "podSelector"),
}


@rule("KUBE34")
def _astray(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects(*SELECTORS):
        selector = look_up(item.content, *SELECTORS[item.kind])
        if not known([selector, item.namespace]) or not selector:
            continue
        taken = _taken(environment, item, selector)
        of = [text(item.labels, name) for name in OF_APPLICATION]
        names = {text(each.labels, OF_APPLICATION[0]) for each in taken}
        if not taken and item.kind != "Service" and not _may_be_elsewhere(environment, item):
            yield found(item, "nothing", "No pods of its namespace have these labels.")
        elif item.kind == "Service" and len(names) > 1 and "" not in names:
            detail = f"It sends to pods of {' and '.join(sorted(names))}."
            yield found(item, "several", detail, field="spec.selector")
        elif taken and _meant(environment, item) and not any(_agree(of, each) for each in taken):
            theirs = ", ".join(f"{each.owner.kind}/{each.owner.name}" for each in taken)
            detail = (
                f"Its own labels are those of {of[0] or of[1]}, and it takes the pods of {theirs}."
            )
            yield found(item, "others", detail)
    for template in pods(environment, *CONTROLLERS):
        selector = mapping(template.owner.spec, "selector")
        for other in selected(environment, template.owner, selector) if selector else ():
            if other.owner != template.owner and other.owner.kind in CONTROLLERS:
                detail = (
                    f"Its selector takes the pods of {other.owner.kind}/{other.owner.name} too."
                )
                yield found(template.owner, f"selector {other.owner.name}", detail)


def _taken(environment: Environment, item: KubernetesObject, selector: object) -> Sequence[Pods]:
    if item.kind == "Service":
        return served(environment, item)
    return selected(environment, item, selector, surely=False)


def _meant(environment: Environment, item: KubernetesObject) -> bool:
    """Tell whether other pods of the namespace have the name that an object's own labels say."""
    name = text(item.labels, OF_APPLICATION[0])
    beside = pods_in(environment, place(environment, item)) if name else ()
    return any(name == text(each.labels, OF_APPLICATION[0]) for each in beside)


def _agree(of: Sequence[str], template: Pods) -> bool:
    theirs = [text(template.labels, name) for name in OF_APPLICATION]
    pairs = zip(of, theirs, strict=True)
    return all(one == other or unsure(one, other) for one, other in pairs if one and other)


def _may_be_elsewhere(environment: Environment, item: KubernetesObject) -> bool:
    return closed(environment).get(place(environment, item)) != frozenset()
