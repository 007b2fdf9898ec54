"""What the specs of workloads, Services and network policies take as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from kube import selectors
from kube.problems import Problem, duplicate, invalid
from kube.validity.formats import network
from kube.validity.reading import Check, Context, indexed, join, number
from kube.values import Json, items, known, look_up, mapping

_DEFAULT_DEADLINE = 600
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def _workload(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    selector = mapping(spec, "selector")
    expressions = items(selector, "matchExpressions")
    # A word that isn't an operator, and a selector without any, are problems of their own.
    if selector and all(look_up(each, "operator") in _OPERATORS for each in expressions):
        yield from _matching(selector, spec, at)


def _replication_controller(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    yield from _matching({"matchLabels": spec.get("selector")}, spec, at)


def _matching(selector: Json, spec: Json, at: str) -> Iterator[Problem]:
    labels = mapping(spec, "template", "metadata", "labels")
    sure = known([selector, look_up(spec, "template", "metadata", "labels")])
    if sure and not selectors.matches(selector, labels):
        detail = "`selector` does not match template `labels`"
        yield invalid(join(at, "template", "metadata", "labels"), labels, detail)


def _deployment(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    yield from _workload(spec, at, context)
    deadline = spec.get("progressDeadlineSeconds", _DEFAULT_DEADLINE)
    ready = number(spec, "minReadySeconds") or 0
    if isinstance(deadline, int) and deadline <= ready:
        path = join(at, "progressDeadlineSeconds")
        yield invalid(path, deadline, "must be greater than minReadySeconds")


def _service(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    seen = set()
    for path, port in indexed(spec, at, "ports"):
        protocol = port.get("protocol", "TCP")
        for field, where in (("port", path), ("nodePort", join(path, "nodePort"))):
            value = number(port, field)
            mark = f"{field} {protocol} {value}"
            if value and mark in seen and known(protocol):
                yield duplicate(where, value)
            seen.add(mark)


def _ip_block(block: Json, at: str, _: Context) -> Iterator[Problem]:
    whole = network(block.get("cidr"))
    for index, each in enumerate(items(block, "except")):
        part = network(each)
        if not whole or not part:
            continue
        if part.network_address not in whole or part.prefixlen <= whole.prefixlen:
            path = f"{join(at, 'except')}[{index}]"
            yield invalid(path, each, f"must be a strict subset of `cidr` ({block['cidr']})")


CHECKS: dict[str, Check] = {
    "apps.v1.DaemonSetSpec": _workload,
    "apps.v1.DeploymentSpec": _deployment,
    "apps.v1.ReplicaSetSpec": _workload,
    "apps.v1.StatefulSetSpec": _workload,
    "core.v1.ReplicationControllerSpec": _replication_controller,
    "core.v1.ServiceSpec": _service,
    "networking.v1.IPBlock": _ip_block,
}
