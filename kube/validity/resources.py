"""Amounts of CPU, memory and the like: of containers, limit ranges, quotas and claims."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kube.problems import Problem, forbidden, invalid, required
from kube.quantities import amount
from kube.validity.formats import misnamed
from kube.validity.rows import Check, Context, join
from kube.values import Json, look_up, mapping, table, text, unsure

_TABLE: Mapping[str, Any] = table(__file__)
"""What may be asked for by containers, counted and otherwise limited by quotas. Of each pair in
`order` the first may not be above the second; the third is the one that the server names."""
_OF_CONTAINERS, _COUNTED = frozenset(_TABLE["containers"]), frozenset(_TABLE["counted"])
_OF_QUOTAS = _OF_CONTAINERS | _COUNTED | frozenset(_TABLE["others"])
_RATIO = "maxLimitRequestRatio"
_HUGE_PAGES = re.compile(r"((requests|limits)\.)?hugepages-.+")


def _amounts(amounts: Json, at: str, standard: frozenset[str], of_what: str) -> Iterator[Problem]:
    for name, written in amounts.items():
        path, value = f"{at}[{name}]", amount(written)
        yield from misnamed(path, "qualified", name)
        if "/" not in name and name not in standard and not _HUGE_PAGES.fullmatch(name):
            if name not in _OF_QUOTAS:
                yield invalid(path, name, "must be a standard resource type or fully qualified")
            yield invalid(path, name, f"must be a standard resource for {of_what}")
        if value is None:
            continue
        if value < 0:
            yield invalid(path, written, "must be greater than or equal to 0")
        elif value != value.to_integral_value() and (name in _COUNTED or _is_extended(name)):
            yield invalid(path, written, "must be an integer")


def _is_extended(name: str) -> bool:
    return "/" in name and "kubernetes.io/" not in name


def _above(lower: object, higher: object) -> bool:
    first, second = amount(lower), amount(higher)
    return first is not None and second is not None and first > second


def _requirements(resources: Json, at: str, _: Context) -> Iterator[Problem]:
    requests, limits = mapping(resources, "requests"), mapping(resources, "limits")
    sure = not unsure(resources.get("limits"), resources.get("requests"))
    for field, amounts in (("limits", limits), ("requests", requests)):
        yield from _amounts(amounts, join(at, field), _OF_CONTAINERS, "containers")
    for name, written in requests.items():
        limit, fixed = limits.get(name), _is_extended(name) or name.startswith("hugepages-")
        if fixed and limit is None and sure:
            yield required(join(at, "limits"), "Limit must be set for non overcommitable resources")
        elif _above(written, limit) or (fixed and _above(limit, written)):
            how = "equal to" if fixed else "less than or equal to"
            yield invalid(join(at, "requests"), written, f"must be {how} {name} limit of {limit}")
    named = requests.keys() | limits.keys()
    huge = any(name.startswith("hugepages-") for name in named)
    if huge and not named & {"cpu", "memory"} and sure:
        yield forbidden(at, "HugePages require cpu or memory", resources)


def _limit_range_item(item: Json, at: str, _: Context) -> Iterator[Problem]:
    kind, bounds = text(item, "type"), {field: mapping(item, field) for field in _TABLE["bounds"]}
    standard = _OF_CONTAINERS if kind in ("Container", "Pod") else _OF_QUOTAS
    for field in (*bounds, _RATIO):
        yield from _amounts(mapping(item, field), join(at, field), standard, "containers")
    sizes = [look_up(item, field, "storage") for field in ("min", "max")]
    if kind == "PersistentVolumeClaim" and sizes == [None, None]:
        detail = "either minimum or maximum storage value is required, but neither was provided"
        yield required(join(at, "limits"), detail)
    if kind == "Container":
        # What has no request of its own gets the limit's.
        bounds["defaultRequest"] = {**bounds["default"], **bounds["defaultRequest"]}
    for low, high, named in _TABLE["order"]:
        for name, written in bounds[low].items():
            limit = bounds[high].get(name)
            if _above(written, limit):
                less, more = (_TABLE["bounds"][field] for field in (low, high))
                detail = f"{less} value {written} is greater than {more} value {limit}"
                yield invalid(f"{join(at, named)}[{name}]", bounds[named].get(name), detail)
    for name, ratio in mapping(item, _RATIO).items():
        if _above(1, ratio):
            yield invalid(f"{join(at, _RATIO)}[{name}]", ratio, f"ratio {ratio} is less than 1")


def _quota(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    yield from _amounts(mapping(spec, "hard"), join(at, "hard"), _OF_QUOTAS, "quota")


CHECKS: dict[str, Check] = {
    "core.v1.LimitRangeItem": _limit_range_item,
    "core.v1.ResourceQuotaSpec": _quota,
    "core.v1.ResourceRequirements": _requirements,
}
