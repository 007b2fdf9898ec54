"""Pods that the API server doesn't let in, and those that no longer get traffic or become ready.

Findings of guardrails say so; what becomes of the pods that run depends on the rollout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import guardrails.rules.validity  # noqa: F401  # its checks
from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kubernetes_object import KubernetesObject
from guardrails.rule import CHECKS, Finding
from guardrails.rules import room
from guardrails.rules.availability import at_most, in_whole, pods_in_rollout, waits_in_rollout
from guardrails.rules.presence import named, target_of
from guardrails.rules.workloads import class_of, served
from kube.pods import pod_template, replicas
from kube.quantities import amount
from kube.values import dicts, flag, mapping, text
from review.labels import label, listed, quoted
from review.model import DETAILS, Risk, Sentence, say
from review.sides import Sides
from review.worse import lowered

REFUSED = ("KUBE21", "KUBE32")
"""What Pod Security Standards, LimitRanges and ResourceQuotas refuse of the pods of an object."""
NO_PODS, NO_PORT, PROBE = "KUBE2", "KUBE3", "KUBE27"
"""Services whose selector or port no pod has, and probes of ports that their container doesn't have."""
SCALED, FULL, UPDATED = "quota below scalers", "quota too small", "no room for an update"
ENDS = {FULL: "quota ", UPDATED: "quota stalls"}
"""Of which details it is what becomes of pods for which a quota has no room, by how they begin."""
STORAGE = ("resources", "requests", "storage")
ROLLED = ("Deployment", "StatefulSet", "DaemonSet")
"""What replaces its pods by itself when their template differs."""
Reasons = Mapping[KubernetesObject, Sequence[str]]
"""What is found of objects."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield whose pods are rejected or never ready from now on, and which Services lead nowhere."""
    for name, find in (("pods rejected", _refused), ("probe without port", _never_ready)):
        for item, why in _new(find, sides):
            then = _told(sides, item)
            risk = Risk.TAKES_DOWN if then == "all stop first" else None
            details = [*why, *[DETAILS["unnoticed"]] * (item.kind != "Pod")]
            yield say(name, name=label(item), then=DETAILS[then], details=details, risk=risk)
    yield from _quotas(sides)
    for was, item in sides.changed_objects:
        sizes = [amount(text(x.spec, *STORAGE)) or 0 for x in (was, item)]
        of = class_of(sides.after, item) if sizes[0] < sizes[1] else None
        if of and not flag(of.content, "allowVolumeExpansion", default=False):
            details = [DETAILS["never grows"].format(name=label(of))]
            yield say(
                "object refused",
                fields=f"`spec.{'.'.join(STORAGE)}`",
                name=label(item),
                details=details,
            )
    gone, there = unreached(sides), {label(x) for x in sides.before.kubernetes_objects("Service")}
    for item, why in _unreached(sides.after).items():
        if label(item) in gone:
            yield say("service without pods", name=label(item), details=why)
    kept = {label(x) for _, x in sides.changed_objects}
    astray = ((label(x), quoted(names)) for x, names in _new(_astray, sides))
    yield from (say("routes astray", name=x, services=y) for x, y in astray if x in kept)
    for item, why in _new(_without_port, sides):
        if label(item) in there - gone:
            yield say("port without pods", name=label(item), details=why)


def _quotas(sides: Sides) -> Iterator[Sentence]:
    """Yield the quotas without room, or by other numbers than before, and others that are lower."""
    known, short = map(_short, sides.both)
    new = (x for key, x in short.items() if key not in known or known[key][1].detail != x[1].detail)
    alike = grouped(((said, label(x.quota), bool(x.updates)), x) for said, x in new)
    quotas = [x for x in sides.changed_objects if x[1].kind == "ResourceQuota"]
    lower = {
        label(x): quoted(lowered(*(mapping(y.spec, "hard") for y in (was, x)))) for was, x in quotas
    }
    for (said, quota, of_pods), every in alike.items():
        owners = [*dict.fromkeys(x for each in every for x in _beyond(each, said, sides.after))]
        names = listed(map(label, owners))
        what = f"pods** of {names}" if of_pods else "Services** of its namespace"
        rolls = dict.fromkeys((f"quota {then_of(sides, x)}", label(x)) for x in owners)
        ends = [x for x in rolls if x[0] in DETAILS and x[0].startswith(ENDS.get(said, SCALED))]
        details = [x.detail for x in every]
        details += dict.fromkeys(DETAILS[x].format(name=y) for x, y in ends)
        # That it has no room says more than that it is lower.
        if said != SCALED and (gone := lower.pop(quota, "")):
            details.append(DETAILS["quota lowered"].format(gone=gone))
        yield say(said, quota=quota, what=what, names=names, details=details)
    yield from (say("quota lower", name=x, gone=gone) for x, gone in lower.items() if gone)


def _short(side: Environment) -> Mapping[object, tuple[str, room.Short]]:
    """Return the limits of quotas that have no room for what is declared, or for more that is scaled."""
    every = [(x, SCALED) for x in room.short(side, scaled=True) if x.wanted > x.most]
    every += [(x, FULL if x.wanted > x.most else UPDATED) for x in room.short(side)]
    return {(label(x.quota), x.name): (said, x) for x, said in every}


def _new(
    find: Callable[[Environment], Reasons], sides: Sides
) -> Iterator[tuple[KubernetesObject, Sequence[str]]]:
    """Yield what is found only of the side after."""
    before = {label(x): why for x, why in find(sides.before).items()}
    for item, every in find(sides.after).items():
        if why := [x for x in every if x not in before.get(label(item), ())]:
            yield item, why


def then_of(sides: Sides, item: KubernetesObject) -> str:
    """Return what becomes of the pods that run where no new one is ready."""
    was = next(
        (x for x in sides.before.kubernetes_objects(item.kind) if label(x) == label(item)), None
    )
    if was is None or replicas(was.content) == 0:
        return "none runs"
    one, other = (pod_template(x.content) for x in (was, item))
    how = text(item.spec, "strategy", "type") or text(item.spec, "updateStrategy", "type")
    later = how == "OnDelete" or flag(item.spec, "paused") or item.kind not in ROLLED
    if later or (one and other and vars(one) == vars(other)):
        return "those stay"
    if waits_in_rollout(item, pods_in_rollout(item)):
        return "stalls"
    most = text(item.spec, "strategy", "rollingUpdate", "maxUnavailable")
    whole = how == "Recreate" or "100%" in in_whole(sides.after, item, [most])
    return "all stop first" if whole or pods_in_rollout(item) == 1 else "some stop first"


def _told(sides: Sides, item: KubernetesObject) -> str:
    """Return that, and whether the API server still lets in pods of the old template."""
    old, new = ([x.content for x in _deciding(side, item)] for side in sides.both)
    then, (was, now) = then_of(sides, item), (label(item) in refused(x) for x in sides.both)
    if now and (was or old != new):
        return "those stay" if then == "stalls" else then
    return "paused stays" if then == "those stay" and flag(item.spec, "paused") else then


def _deciding(side: Environment, item: KubernetesObject) -> Iterator[KubernetesObject]:
    """Yield what decides which pods the namespace of an object takes, and the namespace."""
    for each in side.kubernetes_objects("Namespace", "LimitRange", "ResourceQuota"):
        cluster, namespace = each.place
        if item.place == (cluster, each.name if each.kind == "Namespace" else namespace):
            yield each


def unreached(sides: Sides) -> set[str]:
    """Return the labels of Services that no longer reach a pod."""
    there = {label(x) for x in sides.before.kubernetes_objects("Service")}
    was, now = ({label(x) for x in _unreached(side)} for side in sides.both)
    return (there & now) - was


def stuck(environment: Environment) -> set[str]:
    """Return the labels of what has no new pods, or none that get ready."""
    short = (x for each in room.short(environment) for x in _beyond(each, FULL, environment))
    return refused(environment) | {label(x) for x in (*_never_ready(environment), *short)}


def refused(environment: Environment) -> set[str]:
    """Return the labels of what has no new pods: what these may do, nobody does."""
    return {label(x) for x in _refused(environment)}


def _beyond(each: room.Short, said: str, side: Environment) -> Iterator[KubernetesObject]:
    """Yield what has pods for which a quota has no room, in an update, always, or when it is scaled."""
    for owner, wanted in each.updates.items():
        scaled = said != SCALED or at_most(side, owner) != replicas(owner.content)
        if wanted > each.most and scaled:
            yield owner


@indexed
def _findings(
    environment: Environment,
) -> Mapping[str, Mapping[KubernetesObject, Sequence[Finding]]]:
    """Return what the rules find in objects."""
    rules = (*REFUSED, NO_PODS, NO_PORT, PROBE)
    return {
        name: grouped((x.item, x) for x in CHECKS[name](environment) if x.item) for name in rules
    }


def _refused(environment: Environment) -> Reasons:
    every = _findings(environment)
    return grouped(
        (item, each.detail)
        for name in REFUSED
        for item, of in every[name].items()
        for each in of
        if item.kind != "ResourceQuota"
    )


def _never_ready(environment: Environment) -> Reasons:
    """Return probes that decide whether a pod is ready and whose port has no number.

    A port that is a number binds nothing. The kubelet throws away what it couldn't ask, so such a
    liveness probe ends nothing (kubernetes/kubernetes, pkg/kubelet/prober/worker.go).
    """
    return grouped(
        (item, each.detail)
        for item, of in _findings(environment)[PROBE].items()
        for each in of
        for _, probe, port in [each.value.rsplit(" ", 2)]
        if probe != "livenessProbe" and not port.isdecimal()
    )


def _astray(environment: Environment) -> Reasons:
    """Return the Services to which Ingresses send and that the templates don't have."""
    every = (x for x in named(environment) if (x.item.kind, x.kind) == ("Ingress", "Service"))
    return grouped((x.item, x.name) for x in every if target_of(environment, x) is None)


def _without_port(environment: Environment) -> Reasons:
    every = _findings(environment)[NO_PORT].items()
    return {item: [*dict.fromkeys(each.detail for each in of)] for item, of in every}


@indexed
def _unreached(environment: Environment) -> Reasons:
    """Return Services without pods, and those of which no pod has any port."""
    every, ports = _findings(environment), _without_port(environment)
    return dict.fromkeys(every[NO_PODS], ()) | {
        item: ports[item]
        for item, of in every[NO_PORT].items()
        if len(of) == len(dicts(item.spec, "ports")) * len(served(environment, item))
    }
