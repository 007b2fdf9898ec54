"""Deploys that set back what a HorizontalPodAutoscaler has made of a number of pods.

`kubectl apply` writes each field that a manifest has (Kubernetes, "Horizontal Pod Autoscaling", "Migrating
Deployments and StatefulSets to horizontal autoscaling").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assembly.kubernetes_object import KubernetesObject
from guardrails.rules.availability import least
from kube.pods import replicas
from kube.values import number, text
from review.labels import counted, label, words
from review.model import DETAILS, Sentence, say
from review.sides import Key, Objects, Sides


def kept(item: KubernetesObject) -> int | None:
    """Return how many pods an object keeps; an autoscaler keeps its minimum, unless 0 are stated."""
    stated = replicas(item.content)
    raised = least(item.resource.scope.environment, item) if stated else None
    return stated if raised is None else max(stated or 0, raised)


def targets(objects: Objects) -> Mapping[Key, KubernetesObject]:
    """Return the autoscalers of objects, by the keys of what they scale."""
    keys = {(key[0], each.kind, each.namespace, each.name): key for key, each in objects.items()}
    found = {}
    for key, each in objects.items():
        kind, name = (text(each.spec, "scaleTargetRef", x) for x in ("kind", "name"))
        target = keys.get((key[0], kind, each.namespace, name))
        if each.kind == "HorizontalPodAutoscaler" and target:
            found[target] = each
    return found


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what this deploy sets back, and what each later one will from now on."""
    old, new = sides.objects
    before = targets(old)
    for key, scaler in targets(new).items():
        was, now = old.get(key), new[key]
        count, stated = (number(x.spec, "replicas") if x else None for x in (now, was))
        changed = was is not None and was.content != now.content
        limits = [number(x.spec, "maxReplicas") for x in (scaler, before.get(key, now))]
        below, pods = bool(limits[0] and limits[0] < (count or 0)), counted(int(count or 1), "pod")
        if below and (limits[0], count) != (limits[1], stated):
            yield say("scale below", name=label(now), pods=pods, most=limits[0])
        # What is stopped, nobody scales, and what is stated beyond the limit sets nothing back.
        if count == 0 or below:
            continue
        # An autoscaler that is new has scaled nothing yet.
        sentence = "scale set back" if changed and key in before else ""
        if count is None:
            sentence = "scale of one" if changed and stated else ""
        elif not sentence and (key not in before or stated is None):
            sentence = "scale will be set back"
        if not sentence:
            continue
        least, most = (words(text(scaler.spec, f"{x}Replicas")) for x in ("min", "max"))
        where = f" --namespace {words(now.namespace)}" if now.namespace else ""
        given = f"{now.kind.lower()}/{words(now.name)}{where}"
        yield say(
            sentence,
            name=label(now),
            pods=pods,
            least=least or "1",
            most=most,
            details=[DETAILS["hand over"].format(object=given)],
        )
