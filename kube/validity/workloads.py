"""Checks across the fields of pods, workloads, Services and network policies."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from kube import selectors
from kube.pods import containers
from kube.problems import Problem, duplicate, forbidden, invalid
from kube.validity.formats import network
from kube.validity.rows import Check, Context, indexed, is_empty, join
from kube.validity.tables import TABLES
from kube.values import Json, items, known, look_up, mapping, number, text, unsure

DEFAULT_DEADLINE = 600
_DEFAULT_GRACE = 30
_ZERO_SLEEP = 33
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def _workload(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    selector = mapping(spec, "selector")
    expressions = items(selector, "matchExpressions")
    # A word that isn't an operator, and a selector without any, are problems of their own.
    if selector and all(look_up(each, "operator") in _OPERATORS for each in expressions):
        yield from _matching(selector, spec, at)


def _matching(selector: Json, spec: Json, at: str) -> Iterator[Problem]:
    labels = mapping(spec, "template", "metadata", "labels")
    sure = known([selector, look_up(spec, "template", "metadata", "labels")])
    if sure and not selectors.matches(selector, labels):
        detail = "`selector` does not match template `labels`"
        yield invalid(join(at, "template", "metadata", "labels"), labels, detail)


def _deployment(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    yield from _workload(spec, at, context)
    deadline = spec.get("progressDeadlineSeconds", DEFAULT_DEADLINE)
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
        inside = whole and part and part.network_address in whole
        if whole and part and not (inside and part.prefixlen > whole.prefixlen):
            path = f"{join(at, 'except')}[{index}]"
            yield invalid(path, each, f"must be a strict subset of `cidr` ({block['cidr']})")


def _pod_spec(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    for check in (_container_names, _references, _host_ports, _sleeps, _of_linux):
        yield from check(spec, at, context)


def _container_names(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    # As the server does, name the init container of two that share a name.
    seen = set()
    for path, container in containers(spec, "containers", "initContainers", "ephemeralContainers"):
        if (name := text(container, "name")) and name in seen:
            yield duplicate(join(at, path, "name"), container["name"])
        seen.add(name)


def _references(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    claims = look_up(context.root, "spec", "volumeClaimTemplates")
    volumes: list[object] = [look_up(volume, "name") for volume in items(spec, "volumes")]
    if context.root.get("kind") == "StatefulSet":
        volumes += [look_up(claim, "metadata", "name") for claim in items(claims)]
    devices = [look_up(claim, "name") for claim in items(spec, "resourceClaims")]
    # One that a deploy fills in may have the name that is looked for.
    sure = known([spec.get("volumes"), claims])
    for path, container in containers(spec):
        for field in ("volumeMounts", "volumeDevices") if sure else ():
            for mounted, mount in indexed(container, join(at, path), field):
                if not is_empty(mount.get("name")) and mount["name"] not in volumes:
                    yield invalid(join(mounted, "name"), mount["name"], "", reason="NotFound")
        for used, claim in indexed(container, join(at, path), "resources", "claims"):
            if claim.get("name") not in devices and known(spec.get("resourceClaims")):
                yield invalid(join(used, "name"), claim.get("name"), "", reason="NotFound")


def _host_ports(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    seen = set()
    for path, container in containers(spec, "containers"):
        for place, port in indexed(container, join(at, path), "ports"):
            host, own = number(port, "hostPort"), number(port, "containerPort")
            if not host:
                continue
            if spec.get("hostNetwork") is True and own is not None and host != own:
                detail = "must match `containerPort` when `hostNetwork` is true"
                yield invalid(join(place, "hostPort"), host, detail)
            mark = f"{text(port, 'protocol') or 'TCP'}/{text(port, 'hostIP')}/{host}"
            if mark in seen and known(port):
                yield duplicate(join(place, "hostPort"), mark)
            seen.add(mark)


def _sleeps(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    grace = number(spec.get("terminationGracePeriodSeconds", _DEFAULT_GRACE))
    least = 0 if context.minor >= _ZERO_SLEEP else 1
    for (path, container), hook in itertools.product(containers(spec), ("postStart", "preStop")):
        seconds = number(container, "lifecycle", hook, "sleep", "seconds")
        if seconds is not None and (seconds < least or (grace is not None and seconds > grace)):
            low = "greater than 0" if least else "non-negative"
            detail = f"must be {low} and less than terminationGracePeriodSeconds ({grace})"
            yield invalid(join(at, path, "lifecycle", hook, "sleep"), seconds, detail)


def _of_linux(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    if text(spec, "os", "name") != "windows":
        return
    fields = [(field, look_up(spec, *field.split("."))) for field in TABLES["of_linux"]["pod"]]
    for path, container in containers(spec, "initContainers", "containers"):
        fields += [
            (f"{path}.securityContext.{name}", look_up(container, "securityContext", name))
            for name in TABLES["of_linux"]["container"]
        ]
    for field, value in fields:
        if value is not None and not unsure(value):
            yield forbidden(join(at, field), "cannot be set for a windows pod", value)


CHECKS: dict[str, Check] = {
    "apps.v1.DaemonSetSpec": _workload,
    "apps.v1.DeploymentSpec": _deployment,
    "apps.v1.ReplicaSetSpec": _workload,
    "apps.v1.StatefulSetSpec": _workload,
    "core.v1.PodSpec": _pod_spec,
    "core.v1.ReplicationControllerSpec": lambda spec, at, _: _matching(
        {"matchLabels": spec.get("selector")}, spec, at
    ),
    "core.v1.ServiceSpec": _service,
    "networking.v1.IPBlock": _ip_block,
}
