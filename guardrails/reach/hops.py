"""A way from one place to another: its hops up to the first that fails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assembly.kubernetes_object import KubernetesObject
from assembly.resource import Resource


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Why a hop fails: the rule that says so, what offends and where, and how to fix it.

    `item` is the Kubernetes object that offends, if one does. Without a `fix` the rule's own holds.
    """

    rule: str
    resource: Resource
    value: str
    detail: str
    path: str = ""
    fix: str = ""
    item: KubernetesObject | None = None


def fails(
    rule: str,
    resource: Resource,
    path: str,
    value: str,
    detail: str,
    *,
    fix: str = "",
    item: KubernetesObject | None = None,
) -> Fault:
    """Return a fault; the order is that of `breach`."""
    made = {"rule": rule, "path": path, "value": value, "detail": detail, "fix": fix}
    return Fault(resource=resource, item=item, **made)


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One step. It passes without a fault, unless only a deploy knows whether it does."""

    what: str
    fault: Fault | None = None
    unknown: bool = False


Way = tuple[Hop, ...]


def walked(hops: Iterable[Hop]) -> Way:
    """Return the hops of a way up to the first that fails."""
    found: list[Hop] = []
    for hop in hops:
        found.append(hop)
        if hop.fault is not None:
            break
    return tuple(found)


def fault_of(way: Way) -> Fault | None:
    """Return why a way ends, None where it may lead to its end."""
    return way[-1].fault if way else None


def is_unknown(way: Way) -> bool:
    """Tell whether only a deploy knows if a way leads to its end."""
    return fault_of(way) is None and any(hop.unknown for hop in way)
