"""Kubernetes objects before and after: what happens to them and their pods."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, starmap

from assembly.index import grouped as gathered
from assembly.kubernetes_object import KubernetesObject
from guardrails.rules.availability import waits_in_rollout
from kube.immutability import problems, refused_fields
from kube.pods import containers, replicas, requests
from kube.values import dicts, flag, look_up, number, text
from review import (
    autoscaled,
    in_between,
    load_balancers,
    nodes_gone,
    protections,
    rejected,
    renamed,
    rolled,
    room,
    settings,
)
from review.differences import Hidden, differences, in_short
from review.labels import is_or_are, label, listed, quoted
from review.meanings import BINDINGS, KNOWN, NEW_OBJECTS, OBJECTS, is_harmless, loss_of
from review.model import DETAILS, Risk, Sentence, say
from review.protection_rows import pattern, unfolded
from review.sides import Sides

REPLICAS = "spec.replicas"
Patterns = Sequence[re.Pattern[str]]
RETENTION = "persistentVolumeClaimRetentionPolicy"
REPLICATED = ("Deployment", "StatefulSet")
RUNS_PODS = (*REPLICATED, "DaemonSet")
TOLD_FIELDS = (
    "rules*",
    "subjects*",
    "spec.loadBalancerSourceRanges*",
    "metadata.labels.pod-security.kubernetes.io/enforce",
)
"""Fields whose changes other sections put into words."""
POLICY = ("NetworkPolicy", "networking.k8s.io")
IMAGE = re.compile(r"spec\.(initContainers|containers)(\[\d+\]|\.[^.]+)\.image")
PLUG_IN = "device-plugin"
"""What the images of device plug-ins are called (Kubernetes, "Device Plugins")."""
DIGEST = re.compile(r"(?<!@sha256):[0-9a-f]{64}$")


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what happens to pods and objects."""
    old, new = sides.objects
    added = [item for key, item in new.items() if key not in old]
    removed = [x for key, x in old.items() if key not in new and not settings.stays(sides, x)]
    pairs = [*renamed.pairs(added, removed)]
    yield from starmap(renamed.sentence, pairs)
    added, removed = ([x for x in y if x not in {*chain(*pairs)}] for y in (added, removed))
    yield from _listed(added, "bound", "objects new")
    if claiming := [x for x in added if _claims(x)]:
        yield say("claims new", names=listed(map(label, claiming)))
    made = {item.name for item in added if item.kind == "Namespace"}
    strict = gathered(
        (item.kind, item)
        for item in added
        if item.kind in NEW_OBJECTS
        if NEW_OBJECTS[item.kind][0] is Risk.NOT_JUDGED
        or (sides.before.stacks and item.namespace not in made)
    )
    for kind, alike in strict.items():
        risk, what = NEW_OBJECTS[kind]
        names, are = listed(map(label, alike)), is_or_are(alike)
        yield say("object refuses", names=names, are=are, what=what, risk=risk)
    # Where nothing runs, nothing goes down.
    ended = nodes_gone.told(sides)
    unused = [item for item in removed if renamed.is_unused(sides, item)]
    # With its load balancer, unless that is one of several Ingresses.
    ingresses = [x for x in removed if x.kind == "Ingress" and load_balancers.asks_for_one(x)]
    balanced = [x for x in ingresses if load_balancers.GROUP not in x.annotations]
    going = gathered(
        (
            (
                item.kind,
                replicas(item.content) == 0,
                _claims(item),
                item.kind == "NodePool" and nodes_gone.held_by(sides, item),
            ),
            item,
        )
        for item in removed
        if loss_of(item) and item not in (*ended, *unused, *balanced)
    )
    spaces = {item.name for item in removed if item.kind == "Namespace"}
    for (kind, idle, claims, held), alike in going.items():
        risk, loss = OBJECTS[kind]
        risk = Risk.INTERRUPTS if idle else risk
        if claims == "Delete":
            risk, loss = Risk.LOSES_DATA, f"{loss}, and **their claims go with all data**"
        names, are = listed(map(label, alike)), is_or_are(alike)
        stay = claims == "Retain" and not {item.namespace for item in alike} & spaces
        details = [DETAILS["claims stay"]] * stay
        loss = f"{loss}{held or ''}"
        yield say("object removed", names=names, are=are, loss=loss, details=details, risk=risk)
    # What no longer restricts anything is told with what it let through.
    left = {item.namespace for item in new.values()}
    policies = [x for x in removed if (x.kind, x.group) == POLICY and x.namespace in left]
    gone = [x for x in removed if x in unused or (not loss_of(x) and x not in policies)]
    yield from _listed(gone, "unbound", "objects gone")
    worse, waits = protections.told(sides), in_between.waiting(sides)
    judged = _judged(sides) if sides.changed_objects else {}
    stuck, scaled = rejected.stuck(sides.after), autoscaled.targets(new)
    for key, item in new.items():
        if key in old and old[key].content != item.content:
            told = tuple(worse.get(label(item), ()))
            by_itself = key in scaled and number(item.spec, "replicas") is None
            told += (REPLICAS,) * by_itself
            pods = "wait" if key in waits else "stay" if label(item) in stuck else "roll"
            pods = "stall" if pods == "roll" and _finds_no_room(sides, old[key], item) else pods
            yield from _changed(old[key], item, told, pods, judged.get(label(item), ()))
    yield from settings.sentences(sides)


def _judged(sides: Sides) -> Mapping[str, Patterns]:
    """Return the dotted paths of which rows know a direction, worse or better, by the objects that have them."""
    back = replace(sides, before=sides.after, after=sides.before)
    every = (x for way in (sides, back) for x in protections.rows(way) if "::" not in x[0].kind)
    return gathered((label(x), pattern(row.path)) for row, x, *_ in every)


def _listed(items: list[KubernetesObject], binding: str, other: str) -> Iterator[Sentence]:
    """Yield objects by their names, bindings and those of unknown kinds by themselves."""
    named = {**dict.fromkeys(KNOWN, other), **dict.fromkeys(BINDINGS, binding)}
    for sentence, alike in gathered(
        (named.get(x.kind, f"{other} unknown"), x) for x in items
    ).items():
        yield say(sentence, names=listed(map(label, alike)))


def _changed(
    old: KubernetesObject, new: KubernetesObject, worse: tuple[str, ...], pods: str, known: Patterns
) -> Iterator[Sentence]:
    name = label(new)
    if refused := problems(old.content, new.content):
        named = [*dict.fromkeys(chain.from_iterable(map(refused_fields, refused)))]
        fields, paths = quoted(named), tuple(f"{each}*" for each in named)
        one, other = (settings.without_secrets(each, Hidden) for each in (old, new))
        values = [x for x in differences(one, other) if x.is_of(paths)]
        details = [f"{in_short(values)}."] if values else []
        yield say("object refused", fields=fields, name=name, details=details)
        worse += paths
    was, now = replicas(old.content), replicas(new.content)
    scales = new.kind in REPLICATED and was is not None and now is not None and was != now
    if scales and REPLICAS not in worse:
        fewer = Risk.WEAKENS if now else Risk.TAKES_DOWN
        more = Risk.COSTS if _claims(new) else Risk.SAFE
        less = (now or 0) < (was or 0)
        risk, kept = (fewer, "claims less") if less else (more, "claims more")
        if less and _claims(new) and text(new.spec, RETENTION, "whenScaled") == "Delete":
            risk, kept = Risk.LOSES_DATA, "claims go"
        details = [DETAILS[kept]] * bool(_claims(new))
        yield say("object scales", name=name, was=was, now=now, details=details, risk=risk)
    templates = [look_up(item.spec, "template") for item in (old, new)]
    runs = new.kind in RUNS_PODS and was != 0 and pods != "stay"
    restarts = runs and templates[0] != templates[1]
    # Pods that no node takes are gone by then: with which fields they start again is told there.
    if restarts and pods != "wait":
        how = text(new.spec, "strategy", "type") or text(new.spec, "updateStrategy", "type")
        sentence = "pods restart later" if how == "OnDelete" else "pods restart"
        keeps = _keeps_all(new, number(new.spec, "replicas"))
        sentence = f"pods {'stall' if pods == 'stall' else 'roll'}" if keeps else sentence
        sentence = "pods stay" if flag(new.spec, "paused") else sentence
        together = "**all at once**" if how == "Recreate" else rolled.at_a_time(new)
        if was == now == 1 and not _keeps_all(new, 1):
            together = "and **none is left meanwhile**, because there is only one"
        ready = rolled.unprobed(*templates)
        pods_now = look_up(templates[1], "spec")
        plugs = any(PLUG_IN in text(each, "image") for _, each in containers(pods_now))
        details = [DETAILS["plug-in"]] * (plugs and sentence == "pods restart")
        why = _why(*templates)
        yield say(sentence, name=name, why=why, how=together, ready=ready, details=details)
    told = (*TOLD_FIELDS, *worse, *(["spec*"] if new.kind == "NetworkPolicy" else []))
    told += tuple(f"{field}*" for field in settings.HOLDS.get(new.kind, ()))
    told += (REPLICAS,) * scales + ("spec.template*",) * restarts
    before, after = (unfolded(settings.without_secrets(each, Hidden)) for each in (old, new))
    rest = gathered(
        (is_harmless(new.kind, x.path) or any(y.fullmatch(x.path) for y in known), x)
        for x in differences(before, after)
        if not x.is_of(told)
    )
    for safe, found in rest.items():
        yield say(f"object changes{' unknown' * (not safe)}", name=name, fields=in_short(found))


def _claims(item: KubernetesObject) -> str:
    """Return what becomes of the claims of a StatefulSet, `Retain` or `Delete`, empty where there are none."""
    policy = text(item.spec, RETENTION, "whenDeleted") or "Retain"
    return policy if dicts(item.spec, "volumeClaimTemplates") else ""


def _keeps_all(item: KubernetesObject, count: float | None) -> bool:
    """Tell whether a rollout of that many waits for each new pod, and what it needs is free while the old pod runs."""
    template = look_up(item.spec, "template", "spec")
    ports = (port for _, each in containers(template) for port in dicts(each, "ports"))
    exclusive = [
        flag(template, "hostNetwork") is not False,
        any("persistentVolumeClaim" in each for each in dicts(template, "volumes")),
        any("hostPort" in each for each in ports),
    ]
    return waits_in_rollout(item, count) and not any(exclusive)


def _finds_no_room(sides: Sides, old: KubernetesObject, new: KubernetesObject) -> bool:
    """Tell whether new pods ask for more, and all pods for more than the desired nodes have."""
    was, now = (requests(look_up(x.spec, "template", "spec")) for x in (old, new))
    more = any(amount > was.get(name, 0) for name, amount in now.items())
    return more and room.overflows(sides)


def _why(old: object, new: object) -> str:
    one, other = (
        [text(each, "image") for _, each in containers(look_up(template, "spec"))]
        for template in (old, new)
    )
    parts, found = [], [*differences(old, new)]
    if one != other:
        rebuilt = [DIGEST.sub("", each) for each in one] == [DIGEST.sub("", x) for x in other]
        values = in_short([x.how for x in found if IMAGE.fullmatch(x.path)])
        parts.append("their image was rebuilt" if rebuilt else f"their image changes, {values}")
    if rest := [each for each in found if not IMAGE.fullmatch(each.path)]:
        parts.append(f"their template differs, {in_short(rest)}")
    return " and ".join(parts)
