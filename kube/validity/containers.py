"""What a container takes beyond its fields one by one: environment, mounts, security."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kube import names
from kube.problems import Problem, forbidden, invalid, not_supported
from kube.validity.reading import indexed, join
from kube.validity.tables import TABLES
from kube.validity.walk import Check, Context
from kube.values import Json, Unknown, items, look_up, mapping

_OF_PODS, _OF_FILES = (TABLES["lists"][name] for name in ("fields_of_pods", "fields_of_files"))
_SUBSCRIPT = re.compile(r"metadata\.(annotations|labels)\['(.+)'\]")
_RESOURCES = TABLES["lists"]["resources_of_containers"]
_RELAXED_ENV_NAMES = 32


def _env_name(source: Json, at: str, context: Context) -> Iterator[Problem]:
    field = "name" if "name" in source else "prefix"
    form = "envName" if context.minor >= _RELAXED_ENV_NAMES else "strictEnvName"
    name = source.get(field)
    if isinstance(name, str) and name:
        yield from (invalid(join(at, field), name, words) for words in names.wrong(form, name))


def _env_source(source: Json, at: str, _: Context) -> Iterator[Problem]:
    yield from _references(source, at, _OF_PODS)


def _file(file: Json, at: str, _: Context) -> Iterator[Problem]:
    yield from _references(file, at, _OF_FILES)


def _references(source: Json, at: str, supported: Sequence[str]) -> Iterator[Problem]:
    """Check the field of the pod, or the amount of a container, that a value comes from."""
    path = look_up(source, "fieldRef", "fieldPath")
    if isinstance(path, str) and path and not isinstance(path, Unknown) and path not in supported:
        field = join(at, "fieldRef", "fieldPath")
        if match := _SUBSCRIPT.fullmatch(path):
            wrong = names.wrong("annotationKey", match[2])
            yield from (invalid(field, path, words) for words in wrong)
        else:
            yield not_supported(field, path, supported)
    amount = look_up(source, "resourceFieldRef", "resource")
    if isinstance(amount, str) and amount not in _RESOURCES and ".hugepages-" not in amount:
        yield not_supported(join(at, "resourceFieldRef", "resource"), amount, _RESOURCES)


def _container(container: Json, at: str, _: Context) -> Iterator[Problem]:
    privileged = look_up(container, "securityContext", "privileged")
    for path, mount in indexed(container, at, "volumeMounts"):
        if mount.get("mountPropagation") == "Bidirectional" and privileged in (None, False):
            detail = "Bidirectional mount propagation is available only to privileged containers"
            yield forbidden(join(path, "mountPropagation"), detail)


def _security(security: Json, at: str, _: Context) -> Iterator[Problem]:
    added = items(mapping(security, "capabilities"), "add")
    if security.get("allowPrivilegeEscalation") is False and "CAP_SYS_ADMIN" in added:
        detail = (
            "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"
        )
        yield invalid(at, security, detail)


CHECKS: dict[str, Check] = {
    "core.v1.Container": _container,
    "core.v1.EphemeralContainer": _container,
    "core.v1.DownwardAPIVolumeFile": _file,
    "core.v1.EnvFromSource": _env_name,
    "core.v1.EnvVar": _env_name,
    "core.v1.EnvVarSource": _env_source,
    "core.v1.SecurityContext": _security,
}
