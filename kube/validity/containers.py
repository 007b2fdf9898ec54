"""What a container takes beyond its fields one by one: environment, handlers, security."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kube import names
from kube.problems import Problem, forbidden, invalid, not_supported, required
from kube.validity.reading import indexed, is_empty, join, number
from kube.validity.walk import Check, Context
from kube.values import Json, Unknown, items, look_up, mapping, text

_POD_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
_FILE_FIELDS = ("metadata.annotations", "metadata.labels", *_POD_FIELDS[:3])
_SUBSCRIPT = re.compile(r"metadata\.(annotations|labels)\['(.+)'\]")
_RESOURCES = tuple(
    f"{kind}.{name}"
    for kind in ("limits", "requests")
    for name in ("cpu", "ephemeral-storage", "memory")
)
_RELAXED_ENV_NAMES = 32


def _env(variable: Json, at: str, context: Context) -> Iterator[Problem]:
    yield from _env_name(variable, join(at, "name"), context)
    if not is_empty(variable.get("value")) and not is_empty(variable.get("valueFrom")):
        detail = "may not be specified when `value` is not empty"
        yield invalid(join(at, "valueFrom"), variable, detail)


def _env_from(source: Json, at: str, context: Context) -> Iterator[Problem]:
    yield from _env_name({"name": source.get("prefix")}, join(at, "prefix"), context)


def _env_name(variable: Json, at: str, context: Context) -> Iterator[Problem]:
    check = names.env_name if context.minor >= _RELAXED_ENV_NAMES else names.strict_env_name
    if name := text(variable, "name"):
        yield from (invalid(at, variable["name"], words) for words in check(name))


def _env_source(source: Json, at: str, _: Context) -> Iterator[Problem]:
    yield from _field_ref(source, at, _POD_FIELDS)
    yield from _resource_ref(source, at)


def _downward_file(file: Json, at: str, _: Context) -> Iterator[Problem]:
    yield from _field_ref(file, at, _FILE_FIELDS)
    yield from _resource_ref(file, at)
    reference = file.get("resourceFieldRef")
    if isinstance(reference, dict) and is_empty(reference.get("containerName")):
        yield required(join(at, "resourceFieldRef", "containerName"))


def _field_ref(source: Json, at: str, supported: tuple[str, ...]) -> Iterator[Problem]:
    path = look_up(source, "fieldRef", "fieldPath")
    if not isinstance(path, str) or not path or path in supported or isinstance(path, Unknown):
        return
    field = join(at, "fieldRef", "fieldPath")
    if match := _SUBSCRIPT.fullmatch(path):
        yield from (invalid(field, path, words) for words in names.annotation_key(match[2]))
    else:
        yield not_supported(field, path, supported)


def _resource_ref(source: Json, at: str) -> Iterator[Problem]:
    resource = text(source, "resourceFieldRef", "resource")
    if resource and resource not in _RESOURCES and ".hugepages-" not in resource:
        field = join(at, "resourceFieldRef", "resource")
        yield not_supported(field, look_up(source, "resourceFieldRef", "resource"), _RESOURCES)


def _container(container: Json, at: str, _: Context) -> Iterator[Problem]:
    for probe in ("livenessProbe", "startupProbe"):
        if number(container, probe, "successThreshold") not in (None, 0, 1):
            found = look_up(container, probe, "successThreshold")
            yield invalid(join(at, probe, "successThreshold"), found, "must be 1")
    grace = look_up(container, "readinessProbe", "terminationGracePeriodSeconds")
    if grace is not None:
        path = join(at, "readinessProbe", "terminationGracePeriodSeconds")
        yield invalid(path, grace, "must not be set for readinessProbes")
    for path, mount in indexed(container, at, "volumeMounts"):
        privileged = look_up(container, "securityContext", "privileged")
        if mount.get("mountPropagation") == "Bidirectional" and privileged in (None, False):
            detail = "Bidirectional mount propagation is available only to privileged containers"
            yield forbidden(join(path, "mountPropagation"), detail)
        recursive = mount.get("recursiveReadOnly")
        if recursive in ("Enabled", "IfPossible") and mount.get("readOnly") in (None, False):
            detail = "may only be specified when readOnly is true"
            yield forbidden(join(path, "recursiveReadOnly"), detail, recursive)


def _security(security: Json, at: str, _: Context) -> Iterator[Problem]:
    if security.get("allowPrivilegeEscalation") is not False:
        return
    detail = "cannot set `allowPrivilegeEscalation` to false and "
    if security.get("privileged") is True:
        yield invalid(at, security, f"{detail}`privileged` to true")
    if "CAP_SYS_ADMIN" in items(mapping(security, "capabilities"), "add"):
        yield invalid(at, security, f"{detail}`capabilities.Add` CAP_SYS_ADMIN")


CHECKS: dict[str, Check] = {
    "core.v1.Container": _container,
    "core.v1.EphemeralContainer": _container,
    "core.v1.DownwardAPIVolumeFile": _downward_file,
    "core.v1.EnvFromSource": _env_from,
    "core.v1.EnvVar": _env,
    "core.v1.EnvVarSource": _env_source,
    "core.v1.SecurityContext": _security,
}
