"""What a pod's spec takes as a whole: containers, volumes and settings that must agree."""

from __future__ import annotations

from collections.abc import Iterator

from kube.problems import Problem, duplicate, forbidden, invalid, not_found, not_supported
from kube.validity.reading import indexed, is_empty, join, number
from kube.validity.walk import Check, Context
from kube.values import Json, items, known, look_up, mapping, text

_LISTS = ("initContainers", "containers", "ephemeralContainers")
_WHEN_RESTARTED = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
_OF_HOST = (("net.", "hostNetwork"), ("kernel.shm", "hostIPC"))
_OF_PODS = ("cpu", "memory")
_RESTART_RULES = 35
_ZERO_SLEEP = 33
_DEFAULT_GRACE = 30
_SEARCH_LENGTH = 2048


def _pod_spec(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    for check in (_container_names, _restarts, _references, _host_ports, _sleeps, _settings):
        yield from check(spec, at, context)


def _containers(spec: Json, at: str, *lists: str) -> Iterator[tuple[str, Json]]:
    for field in lists or _LISTS:
        yield from indexed(spec, at, field)


def _container_names(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    # As the server does, name the init container of two that share a name.
    seen = set()
    for path, container in _containers(spec, at, "containers", "initContainers", _LISTS[2]):
        name = text(container, "name")
        if name and name in seen:
            yield duplicate(join(path, "name"), container["name"])
        seen.add(name)
    others = spec.get("ephemeralContainers")
    if not is_empty(others):
        in_pod = context.root.get("kind") == "Pod"
        detail = "cannot be set on create" if in_pod else "not allowed in pod template"
        yield forbidden(join(at, "ephemeralContainers"), detail, others)


def _restarts(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    words = ("Always", "Never", "OnFailure") if context.minor >= _RESTART_RULES else ("Always",)
    for path, container in _containers(spec, at, "containers"):
        policy = container.get("restartPolicy")
        if policy and context.minor < _RESTART_RULES:
            detail = "may not be set for non-init containers"
            yield forbidden(join(path, "restartPolicy"), detail, policy)
    for path, container in _containers(spec, at, *_LISTS[:2]):
        policy = container.get("restartPolicy")
        if policy and policy not in words:
            yield not_supported(join(path, "restartPolicy"), policy, words)
    for path, container in _containers(spec, at, "initContainers"):
        if not known(container.get("restartPolicy")) or container.get("restartPolicy") == "Always":
            continue
        for field in _WHEN_RESTARTED:
            if field in container:
                detail = "may not be set for init containers without restartPolicy=Always"
                yield forbidden(join(path, field), detail, container[field])


def _references(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    claims = look_up(context.root, "spec", "volumeClaimTemplates")
    volumes: list[object] = [look_up(volume, "name") for volume in items(spec, "volumes")]
    if context.root.get("kind") == "StatefulSet":
        volumes += [look_up(claim, "metadata", "name") for claim in items(claims)]
    devices = [look_up(claim, "name") for claim in items(spec, "resourceClaims")]
    # One that a deploy fills in may have the name that is looked for.
    sure = known([spec.get("volumes"), claims])
    for path, container in _containers(spec, at):
        for field in ("volumeMounts", "volumeDevices"):
            for mounted, mount in indexed(container, path, field):
                name = mount.get("name")
                if sure and not is_empty(name) and name not in volumes:
                    yield not_found(join(mounted, "name"), name)
        for used, claim in indexed(container, path, "resources", "claims"):
            if claim.get("name") not in devices and known(spec.get("resourceClaims")):
                yield not_found(join(used, "name"), claim.get("name"))


def _host_ports(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    seen = set()
    for path, container in _containers(spec, at, "containers"):
        for place, port in indexed(container, path, "ports"):
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
    grace = number({"grace": spec.get("terminationGracePeriodSeconds", _DEFAULT_GRACE)}, "grace")
    least = 0 if context.minor >= _ZERO_SLEEP else 1
    for path, container in _containers(spec, at):
        for hook in ("postStart", "preStop"):
            seconds = number(container, "lifecycle", hook, "sleep", "seconds")
            if seconds is not None and (seconds < least or (grace is not None and seconds > grace)):
                low = "greater than 0" if least else "non-negative"
                detail = f"must be {low} and less than terminationGracePeriodSeconds ({grace})"
                yield invalid(join(path, "lifecycle", hook, "sleep"), seconds, detail)


def _settings(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    sysctls = indexed(mapping(spec, "securityContext"), join(at, "securityContext"), "sysctls")
    for path, sysctl in sysctls:
        for prefix, field in _OF_HOST:
            name = text(sysctl, "name")
            if name.replace("/", ".").startswith(prefix) and spec.get(field) is True:
                yield invalid(
                    join(path, "name"), name, f"may not be specified when '{field}' is true"
                )
    for path, container in _containers(spec, at):
        mount = look_up(container, "securityContext", "procMount")
        if mount == "Unmasked" and spec.get("hostUsers", True) is True:
            detail = "`hostUsers` must be false to use `Unmasked`"
            yield invalid(join(path, "securityContext", "procMount"), mount, detail)
    for field in ("limits", "requests"):
        for name in mapping(spec, "resources", field):
            if name not in _OF_PODS and not name.startswith("hugepages-"):
                path = f"{join(at, 'resources', field)}[{name}]"
                yield not_supported(path, name, (*_OF_PODS, "hugepages-*"))
    searches = items(mapping(spec, "dnsConfig"), "searches")
    if len(" ".join(str(each) for each in searches)) > _SEARCH_LENGTH:
        detail = f"must not have more than {_SEARCH_LENGTH} characters (including spaces)"
        yield invalid(join(at, "dnsConfig", "searches"), searches, detail)


CHECKS: dict[str, Check] = {"core.v1.PodSpec": _pod_spec}
