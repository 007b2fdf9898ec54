"""What a pod's spec takes as a whole: containers, volumes and settings that must agree."""

from __future__ import annotations

from collections.abc import Iterator

from kube.problems import Problem, duplicate, forbidden, invalid, not_found, not_supported, required
from kube.validity.reading import indexed, is_empty, is_sure, join, may_lack, number
from kube.validity.walk import Check, Context
from kube.values import Json, items, known, look_up, mapping, text

LISTS = ("initContainers", "containers", "ephemeralContainers")
_WHEN_RESTARTED = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
_RESTART_RULES = 35
_ZERO_SLEEP = 33
_DEFAULT_GRACE = 30
_NAMESERVERS, _SEARCHES, _SEARCH_LENGTH = 3, 32, 2048


def _pod_spec(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    yield from _container_names(spec, at)
    yield from _restarts(spec, at, context)
    yield from _references(spec, at, context)
    yield from _host_ports(spec, at)
    yield from _sleeps(spec, at, context)
    yield from _host(spec, at)
    yield from _dns(spec, at)
    if not (context.root.get("kind") == "Pod" or is_empty(spec.get("ephemeralContainers"))):
        detail = "ephemeral containers not allowed in pod template"
        yield forbidden(join(at, "ephemeralContainers"), detail, spec["ephemeralContainers"])


def _containers(spec: Json, at: str, *lists: str) -> Iterator[tuple[str, Json]]:
    for field in lists or LISTS:
        yield from indexed(spec, at, field)


def _container_names(spec: Json, at: str) -> Iterator[Problem]:
    # As the server does, name the init container of two that share a name.
    seen = set()
    for path, container in _containers(spec, at, "containers", "initContainers", LISTS[2]):
        name = text(container, "name")
        if name and name in seen:
            yield duplicate(join(path, "name"), container["name"])
        seen.add(name)


def _restarts(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    words = ("Always", "Never", "OnFailure") if context.minor >= _RESTART_RULES else ("Always",)
    for path, container in _containers(spec, at, "initContainers", "containers"):
        policy = container.get("restartPolicy")
        is_init = "initContainers[" in path.removeprefix(at)
        if not is_init and policy and context.minor < _RESTART_RULES:
            detail = "may not be set for non-init containers"
            yield forbidden(join(path, "restartPolicy"), detail, policy)
        elif policy and policy not in words:
            yield not_supported(join(path, "restartPolicy"), policy, words)
        if is_init and policy in (None, "", "Never", "OnFailure") and not may_lack(container):
            for field in _WHEN_RESTARTED:
                if container.get(field) is not None:
                    detail = "may not be set for init containers without restartPolicy=Always"
                    yield forbidden(join(path, field), detail, container[field])


def _references(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    volumes: list[object] = [look_up(volume, "name") for volume in items(spec, "volumes")]
    wanted = mapping(context.root, "spec")
    if context.root.get("kind") == "StatefulSet":
        claims = items(wanted, "volumeClaimTemplates")
        volumes += [look_up(claim, "metadata", "name") for claim in claims]
    claimed = [look_up(claim, "name") for claim in items(spec, "resourceClaims")]
    sure = [known(spec.get("volumes")), known(wanted.get("volumeClaimTemplates"))]
    for path, container in _containers(spec, at):
        for field in ("volumeMounts", "volumeDevices"):
            for mounted, mount in indexed(container, path, field):
                name = mount.get("name")
                if not is_empty(name) and name not in volumes and all(sure) and not may_lack(spec):
                    yield not_found(join(mounted, "name"), name)
        for used, claim in indexed(container, path, "resources", "claims"):
            if claim.get("name") not in claimed and known(spec.get("resourceClaims")):
                yield not_found(join(used, "name"), claim.get("name"))


def _host_ports(spec: Json, at: str) -> Iterator[Problem]:
    seen = set()
    for path, container in _containers(spec, at, "containers"):
        for place, port in indexed(container, path, "ports"):
            host, own = number(port, "hostPort"), number(port, "containerPort")
            if not host:
                continue
            if spec.get("hostNetwork") is True and own is not None and host != own:
                detail = "must match `containerPort` when `hostNetwork` is true"
                yield invalid(join(place, "hostPort"), host, detail)
            protocol = text(port, "protocol") or "TCP"
            mark = f"{protocol}/{text(port, 'hostIP')}/{host}"
            if mark in seen and is_sure({"port": port}, "port"):
                yield duplicate(join(place, "hostPort"), mark)
            seen.add(mark)


def _sleeps(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    grace = number(spec, "terminationGracePeriodSeconds")
    if spec.get("terminationGracePeriodSeconds") is None:
        grace = None if may_lack(spec) else _DEFAULT_GRACE
    least = 0 if context.minor >= _ZERO_SLEEP else 1
    for path, container in _containers(spec, at):
        for hook in ("postStart", "preStop"):
            seconds = number(container, "lifecycle", hook, "sleep", "seconds")
            if seconds is not None and (seconds < least or (grace is not None and seconds > grace)):
                low = "non-negative" if least == 0 else "greater than 0"
                detail = f"must be {low} and less than terminationGracePeriodSeconds ({grace})"
                yield invalid(join(path, "lifecycle", hook, "sleep"), seconds, detail)


def _host(spec: Json, at: str) -> Iterator[Problem]:
    path = join(at, "securityContext")
    security = mapping(spec, "securityContext")
    if spec.get("shareProcessNamespace") is True and spec.get("hostPID") is True:
        detail = "ShareProcessNamespace and HostPID cannot both be enabled"
        yield invalid(join(at, "shareProcessNamespace"), True, detail)  # noqa: FBT003
    if spec.get("hostUsers") is False:
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            if spec.get(field) is True:
                yield forbidden(join(at, field), "when `hostUsers` is false")
    for prefix, field in (("net.", "hostNetwork"), ("kernel.shm", "hostIPC")):
        for place, sysctl in indexed(security, path, "sysctls"):
            name = text(sysctl, "name").replace("/", ".")
            if name.startswith(prefix) and spec.get(field) is True:
                detail = f"may not be specified when '{field}' is true"
                yield invalid(join(place, "name"), sysctl["name"], detail)
    for place, container in _containers(spec, at):
        mount = look_up(container, "securityContext", "procMount")
        if mount == "Unmasked" and spec.get("hostUsers") in (None, True) and not may_lack(spec):
            detail = "`hostUsers` must be false to use `Unmasked`"
            yield invalid(join(place, "securityContext", "procMount"), mount, detail)


def _dns(spec: Json, at: str) -> Iterator[Problem]:
    config, path = mapping(spec, "dnsConfig"), join(at, "dnsConfig")
    servers, searches = items(config, "nameservers"), items(config, "searches")
    if spec.get("dnsPolicy") == "None" and config and is_empty(config.get("nameservers")):
        detail = "must provide at least one DNS nameserver when `dnsPolicy` is None"
        yield required(join(path, "nameservers"), detail)
    if len(servers) > _NAMESERVERS:
        detail = f"must not have more than {_NAMESERVERS} nameservers"
        yield invalid(join(path, "nameservers"), servers, detail)
    if len(searches) > _SEARCHES:
        detail = f"must not have more than {_SEARCHES} search paths"
        yield invalid(join(path, "searches"), searches, detail)
    if len(" ".join(str(each) for each in searches)) > _SEARCH_LENGTH:
        detail = f"must not have more than {_SEARCH_LENGTH} characters (including spaces)"
        yield invalid(join(path, "searches"), searches, detail)


CHECKS: dict[str, Check] = {"core.v1.PodSpec": _pod_spec}
