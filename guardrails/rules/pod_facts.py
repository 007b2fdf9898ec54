"""Facts about pods and containers for fits.yaml: how they end, what they call, what probes do to them."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from typing import Any

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kubernetes_object import KubernetesObject
from guardrails.reach.calls import calls
from guardrails.rules.selectors import ip_by_default, targeting
from guardrails.rules.workloads import Pods, by_name, place, served
from kube.quantities import amount
from kube.values import Json, items, known, look_up, mapping, number, text

SLEEPS = re.compile(r"\bsleep\s+(\d+)")
GRACE, PERIOD, FAILURES = 30, 10, 3
"""Kubernetes' own defaults."""


def pod_facts(environment: Environment, template: Pods, *, production: bool) -> dict[str, Any]:
    """Return how long pods take to end and may take, and whether they call Services."""
    said = template.spec.get("terminationGracePeriodSeconds")
    grace = _number({"said": said}, "said", GRACE)
    hooks = [look_up(each, "lifecycle", "preStop") for each in template.containers]
    own = [_number(mapping(each, "sleep"), "seconds", 0) for each in hooks]
    shells = [SLEEPS.search(" ".join(map(str, items(each, "exec", "command")))) for each in hooks]
    # The API server itself refuses a longer sleep of its own.
    needed = [*(int(each[1]) for each in shells if each), *(each for each in own if each <= grace)]
    return {
        "grace": grace if known(said) else None,
        "needs": max(needed) + 1 if any(needed) else None,
        "waits": any(hooks) or not template.is_read,
        "balanced": production and template.owner in _balanced(environment),
        "schedulers": text(template.spec, "schedulerName") in _deployments(environment),
        "calls": template in _callers(environment),
    }


@indexed
def _callers(environment: Environment) -> set[Pods]:
    return {each.pods for each in calls(environment)}


def container_facts(container: Json, template: Pods) -> dict[str, Any]:
    """Return when probes judge a container, and the containers beside it."""
    alive, ready = (mapping(container, f"{name}Probe") for name in ("liveness", "readiness"))
    patience = _number(alive, "periodSeconds", PERIOD) * _number(
        alive, "failureThreshold", FAILURES
    )
    killed_after = _number(alive, "initialDelaySeconds", 0) + patience
    return {
        "siblings": [text(each, "name") for each in template.all_containers],
        "killed_after": killed_after if alive and known(alive) else None,
        "ready_after": number(ready, "initialDelaySeconds"),
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
def _balanced(environment: Environment) -> AbstractSet[KubernetesObject]:
    """Return what makes the pods to which load balancers send directly."""
    found: set[KubernetesObject] = set()
    for item, names, explicit in targeting(environment):
        where = place(environment, item)
        if explicit == "ip" or (explicit is None and where[0] in ip_by_default(environment)):
            services = (by_name(environment).get((where, "Service", name)) for name in names)
            reached = (served(environment, service) for service in services if service)
            found |= {template.owner for each in reached for template in each}
    return found
