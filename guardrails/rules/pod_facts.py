"""Facts about pods and containers for fits.yaml: how they end, what they call, how patient probes are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kubernetes_object import KubernetesObject
from guardrails.rules.presence import service_at
from guardrails.rules.selectors import ip_by_default, targeting
from guardrails.rules.workloads import Pods, by_name, place, served
from kube.quantities import amount
from kube.values import Json, dicts, items, known, look_up, mapping, number, text

DRAINS = re.compile(r"deregistration_delay\.timeout_seconds\s*=\s*(\d+)")
ATTRIBUTES = re.compile(r"target-group-attributes$")
SLEEPS = re.compile(r"\bsleep\s+(\d+)")
GRACE, PERIOD, FAILURES = 30, 10, 3
"""Kubernetes' own defaults."""


def pod_facts(environment: Environment, template: Pods, *, production: bool) -> dict[str, Any]:
    """Return how long pods take to end and may take, and whether they call Services."""
    said = template.spec.get("terminationGracePeriodSeconds")
    grace = _number({"said": said}, "said", GRACE)
    hooks = [mapping(each, "lifecycle", "preStop") for each in template.containers]
    own = [_number(mapping(each, "sleep"), "seconds", 0) for each in hooks]
    shells = [SLEEPS.search(" ".join(map(str, items(each, "exec", "command")))) for each in hooks]
    by_shell = [int(each[1]) for each in shells if each]
    # Nobody knows how long another command takes.
    timed = all(shell or "sleep" in each for shell, each in zip(shells, hooks, strict=True) if each)
    # The API server itself refuses a longer sleep of its own.
    needed = [*by_shell, *(each for each in own if each <= grace)]
    drains = _drains(environment).get(template.owner)
    values = [text(one, "value") for each in template.containers for one in dicts(each, "env")]
    return {
        "grace": grace if known(said) else None,
        "needs": max(needed) + 1 if any(needed) else None,
        "sleep": max([*by_shell, *own], default=0)
        if template.is_read and timed and known(hooks)
        else None,
        "drains": drains,
        "balanced": drains is not None and production,
        "schedulers": text(template.spec, "schedulerName") in _deployments(environment),
        "calls": any(map(service_at, values)),
    }


def container_facts(container: Json, template: Pods) -> dict[str, Any]:
    """Return how long a container may fail its probes, and the containers beside it."""
    alive, ready, start = (
        mapping(container, f"{name}Probe") for name in ("liveness", "readiness", "startup")
    )
    patience, until_unready, starting = (
        _number(each, "periodSeconds", PERIOD) * _number(each, "failureThreshold", FAILURES)
        if each and known(each)
        else None
        for each in (alive, ready, start)
    )
    killed_after = _number(alive, "initialDelaySeconds", 0) + patience if patience else None
    return {
        "siblings": [text(each, "name") for each in template.all_containers],
        "patience": patience,
        "killed_after": killed_after,
        "starting": starting,
        "ready_after": number(ready, "initialDelaySeconds"),
        "unready_after": until_unready,
        "bytes": _bytes(container),
    }


def _bytes(container: Json) -> int | None:
    found = amount(look_up(container, "resources", "limits", "memory"))
    return None if found is None else int(found)


def _number(holder: Json, field: str, default: int) -> int | float:
    found = number(holder, field)
    return default if found is None else found


@indexed
def _deployments(environment: Environment) -> AbstractSet[str]:
    return {each.name for each in environment.kubernetes_objects("Deployment")}


@indexed
def _drains(environment: Environment) -> Mapping[KubernetesObject, int]:
    """Return how long load balancers keep connections to pods, 0 where nothing says it."""
    kept: dict[KubernetesObject, int] = {}
    defaults = ip_by_default(environment)
    for item, names, explicit in targeting(environment):
        cluster, _ = where = place(environment, item)
        if explicit != "ip" and not (explicit is None and cluster in defaults):
            continue
        told = [
            text(item.annotations, key) for key in item.annotations if ATTRIBUTES.search(str(key))
        ]
        delays = [int(match[1]) for match in map(DRAINS.search, told) if match]
        services = (by_name(environment).get((where, "Service", name)) for name in names)
        for each in (
            one for service in services if service for one in served(environment, service)
        ):
            kept[each.owner] = max(kept.get(each.owner, 0), *delays, 0)
    return kept
