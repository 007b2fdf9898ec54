"""What a pod's spec takes as a whole: containers, volumes and settings that must agree."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from kube.pods import containers
from kube.problems import Problem, duplicate, invalid
from kube.validity.reading import Check, Context, indexed, is_empty, join, number
from kube.values import Json, items, known, look_up, text

_ZERO_SLEEP = 33
_DEFAULT_GRACE = 30


def _pod_spec(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    for check in (_container_names, _references, _host_ports, _sleeps):
        yield from check(spec, at, context)


def _container_names(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    # As the server does, name the init container of two that share a name.
    seen = set()
    for path, container in containers(spec, "containers", "initContainers", "ephemeralContainers"):
        name = text(container, "name")
        if name and name in seen:
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


CHECKS: dict[str, Check] = {"core.v1.PodSpec": _pod_spec}
