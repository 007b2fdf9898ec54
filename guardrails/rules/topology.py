"""Whether topology keys exist, and there are enough nodes or zones for pods that must stay apart."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from assembly.environment import Environment
from assembly.nodes import ANY, has_other_nodes
from guardrails.rule import Finding, rule
from guardrails.rules.guests import Guest, on_nodes
from guardrails.rules.homes import Home, homes, is_foreign, lets_in
from guardrails.rules.presence import closed
from guardrails.rules.workloads import place, selected
from kube.scheduling import HOSTNAME, ZONE
from kube.selectors import matches
from kube.values import Json, Unknown, items, known, mapping, number, text

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
REVISION = "pod-template-hash"


@rule("KUBE26")
def _misspread(environment: Environment) -> Iterator[Finding]:
    for guest in () if has_other_nodes(environment) else on_nodes(environment):
        there = [home for home in homes(environment, guest) if lets_in(home, guest)]
        for at, term in _terms(guest.spec) if there else ():
            key = text(term, "topologyKey")
            if key and known(key) and not any(_has(home, key) for home in there):
                yield guest.finding(f"{at} {key}", f"No node has the label {key}.", at=at)
                continue
            limit = _domains(there, key)
            wanted = _wanted(guest, term) if "AntiAffinity" in at else number(term, "minDomains")
            if limit is not None and wanted is not None and wanted > limit:
                detail = f"{wanted} of {key} are needed, and there are at most {limit}."
                yield guest.finding(f"{at} {key} {wanted}", detail, at=at)
            if ".podAffinity" in at and _is_alone(environment, guest, term):
                detail = "No pods in the templates have these labels, and they must be beside such."
                yield guest.finding(f"{at} labelSelector", detail, at=at)


def _terms(spec: Json) -> Iterator[tuple[str, Json]]:
    for index, each in enumerate(items(spec, "topologySpreadConstraints")):
        if text(each, "whenUnsatisfiable") == "DoNotSchedule":
            yield f"topologySpreadConstraints[{index}]", each
    for name in ("podAffinity", "podAntiAffinity"):
        for index, each in enumerate(items(spec, "affinity", name, REQUIRED)):
            if mapping(each):
                yield f"affinity.{name}.{REQUIRED}[{index}]", each


def _has(home: Home, key: str) -> bool:
    return key in home.labels or ANY in home.labels or is_foreign(key)


def _domains(there: Sequence[Home], key: str) -> int | None:
    """Return how many nodes or zones there can be, None for another key or if that isn't known."""
    if key == HOSTNAME:
        groups = {home.group.node: home.group.properties for home in there}
        most = [number(each, "ScalingConfig", "MaxSize") for each in groups.values()]
        return None if None in most else sum(int(each or 0) for each in most)
    zones = {home.labels.get(ZONE) for home in there}
    return (
        len(zones) if key == ZONE and not any(isinstance(each, Unknown) for each in zones) else None
    )


def _wanted(guest: Guest, term: Json) -> int | None:
    """Return how many places pods need that keep away from each other, an update's included."""
    apart = matches(term.get("labelSelector"), guest.pods.labels)
    if guest.count is None or not apart or term.get("namespaces") or term.get("namespaceSelector"):
        return None
    rollout = mapping(guest.pods.owner.spec, "strategy", "rollingUpdate")
    within = REVISION in items(term, "matchLabelKeys") or guest.pods.owner.kind != "Deployment"
    recreated = text(guest.pods.owner.spec, "strategy", "type") == "Recreate"
    limit = rollout.get("maxUnavailable", "25%")
    gone = _share(limit, guest.count) if known(guest.pods.owner.spec.get("strategy")) else None
    # Where no pod may go first, an update needs a place for one more.
    return guest.count + int(not within and not recreated and gone == 0)


def _share(limit: object, count: int) -> int | None:
    if isinstance(limit, str) and re.fullmatch(r"\d+%", limit):
        return math.floor(count * int(limit[:-1]) / 100)
    return limit if isinstance(limit, int) else None


def _is_alone(environment: Environment, guest: Guest, term: Json) -> bool:
    owner = guest.pods.owner
    elsewhere = term.get("namespaces") or term.get("namespaceSelector") is not None
    here = closed(environment).get(place(environment, owner)) == frozenset()
    some = selected(environment, owner, term.get("labelSelector"), surely=False)
    return here and not elsewhere and not some
