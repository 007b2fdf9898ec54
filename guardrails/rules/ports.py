"""Ports that the API server would refuse."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from guardrails.environment import Environment
from guardrails.kubernetes_objects.pods import FAMILY, UNKNOWN, Json, dicts, found, pods
from guardrails.rule import Finding, Rule

LAST_PORT = 65535
_CONTAINER_PORT_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")
_SERVICE_PORT_NAME = re.compile(r"(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def _wrong(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        for container in template.all_containers:
            ports = dicts(container.get("ports"))
            for value, detail in _of_container(ports):
                yield found(template.owner, f"{container.get('name')} {value}", detail=detail)
    for service in environment.kubernetes_objects("Service"):
        for value, detail in _of_service(dicts(service.spec.get("ports"))):
            yield found(service, value, detail=detail)


def _of_container(ports: Sequence[Json]) -> Iterator[tuple[str, str]]:
    yield from _numbers(ports, "containerPort")
    yield from _names(ports, _CONTAINER_PORT_NAME, "at most 15 of a-z, 0-9 and single hyphens")


def _of_service(ports: Sequence[Json]) -> Iterator[tuple[str, str]]:
    yield from _numbers(ports, "port")
    yield from _names(ports, _SERVICE_PORT_NAME, "at most 63 of a-z, 0-9 and hyphens")
    if len(ports) > 1:
        for port in ports:
            if not port.get("name"):
                yield f"{port.get('port')} without a name", "Of several ports each needs a name."
    for pair, count in Counter((p.get("port"), p.get("protocol", "TCP")) for p in ports).items():
        if count > 1:
            yield f"{pair[0]}/{pair[1]} twice", "Number and protocol together must be unique."


def _numbers(ports: Sequence[Json], field: str) -> Iterator[tuple[str, str]]:
    for port in ports:
        number = port.get(field)
        # 0 stands for a number that CloudFormation fills in.
        if not isinstance(number, int) or not 0 <= number <= LAST_PORT:
            yield f"{field} {number}", f"A port is a number from 1 to {LAST_PORT}."


def _names(
    ports: Sequence[Json], pattern: re.Pattern[str], allowed: str
) -> Iterator[tuple[str, str]]:
    names = [str(port["name"]) for port in ports if port.get("name") not in (None, "", UNKNOWN)]
    for name, count in Counter(names).items():
        if pattern.fullmatch(name) is None:
            yield name, f"A name is {allowed}."
        if count > 1:
            yield f"{name} twice", "A name must be unique."


RULES = (
    Rule(
        id="KUBE16",
        family=FAMILY,
        reason="The API server refuses ports without a valid number, with a name that is taken or "
        "malformed, or without a name beside others; the JSON schema lets them pass.",
        source="https://kubernetes.io/docs/concepts/services-networking/service/#multi-port-services",
        mend="Give each port a number from 1 to 65535 and a short name of its own.",
        check=_wrong,
    ),
)
