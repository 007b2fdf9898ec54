"""Amounts of CPU, memory and the like: of containers, limit ranges, quotas and claims."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from kube import names
from kube.problems import Problem, forbidden, invalid, required
from kube.quantities import amount
from kube.validity.reading import is_empty, join
from kube.validity.tables import TABLES
from kube.validity.walk import Check, Context
from kube.values import Json, Unknown, items, look_up, mapping, text

_OF_CONTAINERS = frozenset({"cpu", "memory", "ephemeral-storage"})
_COUNTED = frozenset(TABLES["lists"]["counted"])
_OF_QUOTAS = (
    _OF_CONTAINERS
    | _COUNTED
    | {"storage", "requests.storage"}
    | {f"{kind}.{name}" for kind in ("requests", "limits") for name in _OF_CONTAINERS}
)
_HUGE_PAGES = re.compile(r"((requests|limits)\.)?hugepages-.+")
_LIMIT_TYPES = ("Container", "PersistentVolumeClaim", "Pod")
_OF_PODS = ("BestEffort", "NotBestEffort", "NotTerminating", "Terminating")
"""Scopes that only the pods of a namespace have."""
_CONFLICTS = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))


def _amounts(amounts: Json, at: str, standard: frozenset[str], of_what: str) -> Iterator[Problem]:
    for name, written in amounts.items():
        path, value = f"{at}[{name}]", amount(written)
        yield from (invalid(path, name, words) for words in names.wrong("qualified", name))
        if "/" not in name and name not in standard and not _HUGE_PAGES.fullmatch(name):
            if name not in _OF_QUOTAS:
                yield invalid(path, name, "must be a standard resource type or fully qualified")
            yield invalid(path, name, f"must be a standard resource for {of_what}")
        if value is not None and value < 0:
            yield invalid(path, written, "must be greater than or equal to 0")
        elif _is_broken(value) and (name in _COUNTED or _is_extended(name)):
            yield invalid(path, written, "must be an integer")


def _is_broken(value: Decimal | None) -> bool:
    return value is not None and value != value.to_integral_value()


def _is_extended(name: str) -> bool:
    return "/" in name and "kubernetes.io/" not in name


def _above(lower: object, higher: object) -> bool:
    first, second = amount(lower), amount(higher)
    return first is not None and second is not None and first > second


def _requirements(resources: Json, at: str, _: Context) -> Iterator[Problem]:
    requests, limits = mapping(resources, "requests"), mapping(resources, "limits")
    unsure = any(isinstance(resources.get(field), Unknown) for field in ("limits", "requests"))
    for field, amounts in (("limits", limits), ("requests", requests)):
        yield from _amounts(amounts, join(at, field), _OF_CONTAINERS, "containers")
    for name, written in requests.items():
        limit, fixed = limits.get(name), _is_extended(name) or name.startswith("hugepages-")
        if fixed and limit is None and not unsure:
            yield required(join(at, "limits"), "Limit must be set for non overcommitable resources")
        elif _above(written, limit) or (fixed and _above(limit, written)):
            how = "equal to" if fixed else "less than or equal to"
            yield invalid(join(at, "requests"), written, f"must be {how} {name} limit of {limit}")
    named = requests.keys() | limits.keys()
    huge = any(name.startswith("hugepages-") for name in named)
    if huge and not named & {"cpu", "memory"} and not unsure:
        yield forbidden(at, "HugePages require cpu or memory", resources)


_ORDER = (
    ("min", "max", "min"),
    ("min", "defaultRequest", "defaultRequest"),
    ("defaultRequest", "max", "defaultRequest"),
    ("defaultRequest", "default", "defaultRequest"),
    ("min", "default", "default"),
    ("default", "max", "default"),
)
"""Of each pair of fields the first may not be above the second; which one the server names."""
_CALLED = {"defaultRequest": "default request"}


def _limit_range_item(item: Json, at: str, _: Context) -> Iterator[Problem]:
    kind = text(item, "type")
    if kind and "/" not in kind and kind not in _LIMIT_TYPES:
        yield invalid(join(at, "type"), kind, "must be a standard limit type or fully qualified")
    bounds = {field: mapping(item, field) for field in ("min", "max", "default", "defaultRequest")}
    ratios = mapping(item, "maxLimitRequestRatio")
    standard = _OF_CONTAINERS if kind in ("Container", "Pod") else _OF_QUOTAS
    for field, amounts in (*bounds.items(), ("maxLimitRequestRatio", ratios)):
        yield from _amounts(amounts, join(at, field), standard, "containers")
    if kind == "PersistentVolumeClaim" and "storage" not in {**bounds["min"], **bounds["max"]}:
        detail = "either minimum or maximum storage value is required, but neither was provided"
        if not any(isinstance(item.get(field), Unknown) for field in ("min", "max")):
            yield required(join(at, "limits"), detail)
    if kind == "Container":
        # What has no request of its own gets the limit's.
        bounds["defaultRequest"] = {**bounds["default"], **bounds["defaultRequest"]}
    yield from _out_of_order(bounds, at)
    for name, ratio in ratios.items():
        if _above(1, ratio):
            path = f"{join(at, 'maxLimitRequestRatio')}[{name}]"
            yield invalid(path, ratio, f"ratio {ratio} is less than 1")


def _out_of_order(bounds: Mapping[str, Json], at: str) -> Iterator[Problem]:
    for low, high, named in _ORDER:
        for name, written in bounds[low].items():
            limit = bounds[high].get(name)
            if _above(written, limit):
                less, more = (_CALLED.get(field, field) for field in (low, high))
                detail = f"{less} value {written} is greater than {more} value {limit}"
                yield invalid(f"{join(at, named)}[{name}]", bounds[named].get(name), detail)


def _quota(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    hard, scopes = mapping(spec, "hard"), items(spec, "scopes")
    yield from _amounts(hard, join(at, "hard"), _OF_QUOTAS, "quota")
    if any(first in scopes and second in scopes for first, second in _CONFLICTS):
        yield invalid(join(at, "scopes"), scopes, "conflicting scopes")
    if hard.keys() & (_COUNTED - {"pods"}) and any(scope in scopes for scope in _OF_PODS):
        yield invalid(join(at, "scopes"), scopes, "unsupported scope applied to resource")


def _claim(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    modes = items(spec, "accessModes")
    wanted = look_up(spec, "resources", "requests", "storage")
    path, value = f"{join(at, 'resources', 'requests')}[storage]", amount(wanted)
    if is_empty(wanted):
        yield required(path)
    elif value is not None and value <= 0:
        yield invalid(path, wanted, "must be greater than zero")
    if "ReadWriteOncePod" in modes and len(modes) > 1:
        detail = "may not use ReadWriteOncePod with other access modes"
        yield forbidden(join(at, "accessModes"), detail, modes)


CHECKS: dict[str, Check] = {
    "core.v1.LimitRangeItem": _limit_range_item,
    "core.v1.PersistentVolumeClaimSpec": _claim,
    "core.v1.ResourceQuotaSpec": _quota,
    "core.v1.ResourceRequirements": _requirements,
}
