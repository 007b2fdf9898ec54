"""The ports of Services, and those of the pods that they lead to."""

from __future__ import annotations

from collections.abc import Iterable

from kube.network_policies import Port
from kube.values import Json, dicts, number, text

PROTOCOLS, NUMBERS = ("TCP", "UDP", "SCTP"), range(1, 65536)


def ports_of(service: Json) -> list[Json]:
    """Return the ports of a Service, as far as the API server takes them."""
    ports = dicts(service, "spec", "ports")
    named = len(ports) == 1 or all(text(each, "name") for each in ports)
    counts = [(number(each, "port"), text(each, "protocol") or "TCP") for each in ports]
    valid = [count in NUMBERS and protocol in PROTOCOLS for count, protocol in counts]
    return [each for each, fits in zip(ports, valid, strict=True) if named and fits]


def port_of(containers: Iterable[Json], port: Json) -> Port | None:
    """Return the port of the pods that a Service's port leads to, None where they have others only."""
    target = port.get("port") if port.get("targetPort") is None else port["targetPort"]
    protocol = text(port, "protocol") or "TCP"
    every = [each for container in containers for each in dicts(container, "ports")]
    meant = [
        each
        for each in every
        if target in (each.get("name"), each.get("containerPort"))
        and protocol == (text(each, "protocol") or "TCP")
    ]
    if every and not meant:
        return None
    count = number(meant[0], "containerPort") if len(meant) == 1 else target
    return Port(
        number=count if isinstance(count, int) and not meant[1:] else None,
        name=text(meant[0], "name") if meant else text(target),
        protocol=protocol,
    )
