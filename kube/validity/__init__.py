"""What a Kubernetes API server of a version refuses, as far as one object shows it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping

from kube import schemas
from kube.problems import Problem, invalid, required, wrong_type
from kube.validity import metadata, pods, resources, workloads
from kube.validity.reading import Check, is_empty, placed, plain
from kube.validity.walk import Walk
from kube.values import Json, Unknown, known, text

_CHECKS: Mapping[str, Check] = {
    **metadata.CHECKS,
    **pods.CHECKS,
    **resources.CHECKS,
    **workloads.CHECKS,
}


def problems(obj: Json, version: str) -> list[Problem]:
    """Return what an API server of a version such as 1.36 refuses in an object or a list of them.

    A field that isn't there has Kubernetes' default. What is unknown until the deploy is right.
    """
    found: dict[str, Problem] = {}
    for at, item in placed(plain(obj)):
        for problem in _of_object(item, version) if not isinstance(item, Unknown) else ():
            if known(problem.value):
                whole = dataclasses.replace(problem, field=f"{at}{problem.field}")
                found.setdefault(str(whole), whole)
    return list(found.values())


def _of_object(obj: object, version: str) -> Iterator[Problem]:
    if not isinstance(obj, Mapping):
        yield invalid("", obj, "must be an object")
        return
    kinds, walk = _of_version(version)
    api_version, kind = text(obj, "apiVersion"), text(obj, "kind")
    missing = [field for field in ("apiVersion", "kind") if not text(obj, field)]
    name = kinds.definition_name(api_version, kind)
    for field in missing:
        mistyped = wrong_type(field, obj.get(field), "must be of type string")
        yield required(field) if is_empty(obj.get(field)) else mistyped
    if missing or not known([api_version, kind]):
        return
    if name is None and not kinds.is_custom(api_version):
        there = " and ".join(kinds.versions_of(kind))
        hint = f"; Kubernetes 1.{kinds.minor} has it in {there}" if there else ""
        detail = f'no matches for kind "{kind}" in version "{api_version}"{hint}'
        yield invalid("apiVersion", obj.get("apiVersion"), detail)
    else:
        yield from metadata.name_problems(obj, kinds.minor)
        yield from walk.of_kind(obj, name)


@functools.cache
def _of_version(version: str) -> tuple[schemas.Schemas, Walk]:
    kinds = schemas.of_version(version)
    return kinds, Walk(kinds, _CHECKS)
