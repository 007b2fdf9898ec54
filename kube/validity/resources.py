"""Amounts of CPU, memory and the like: of containers, limit ranges, quotas and claims."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from kube.names import qualified_name
from kube.problems import Problem, forbidden, invalid, required
from kube.quantities import amount
from kube.validity.reading import is_empty, join, may_lack
from kube.validity.walk import Check, Context
from kube.values import Json, Unknown, items, look_up, mapping, text

_OF_CONTAINERS = frozenset({"cpu", "memory", "ephemeral-storage"})
_COUNTED = frozenset(
    "configmaps persistentvolumeclaims pods replicationcontrollers resourcequotas secrets services"
    " services.loadbalancers services.nodeports".split()
)
_STANDARD = _OF_CONTAINERS | _COUNTED | {"storage"}
_OF_QUOTAS = _STANDARD | {
    f"{kind}.{name}" for kind in ("requests", "limits") for name in (*_OF_CONTAINERS, "storage")
}
_HUGE_PAGES = re.compile(r"((requests|limits)\.)?hugepages-.+")
_LIMIT_TYPES = ("Container", "PersistentVolumeClaim", "Pod")
_ONLY_PODS = ("BestEffort", "NotBestEffort", "Terminating", "NotTerminating")


def _name(name: str, known: frozenset[str], what: str) -> Iterator[str]:
    wrong = qualified_name(name)
    yield from wrong
    if "/" in name:
        if (
            name.startswith("requests.")
            and "kubernetes.io/" not in name
            and known is not _OF_QUOTAS
        ):
            yield "doesn't follow extended resource name standard"
    elif not wrong and not _HUGE_PAGES.fullmatch(name) and name not in known:
        if name not in _OF_QUOTAS:
            yield "must be a standard resource type or fully qualified"
        yield what


def _above(lower: object, higher: object) -> bool:
    first, second = amount(lower), amount(higher)
    return first is not None and second is not None and first > second


def _is_counted(name: str) -> bool:
    return name in _COUNTED or ("/" in name and "kubernetes.io/" not in name)


def _amounts(amounts: Json, at: str, known: frozenset[str], what: str) -> Iterator[Problem]:
    for name, written in amounts.items():
        if not isinstance(name, str) or isinstance(name, Unknown):
            continue
        path = f"{at}[{name}]"
        yield from (invalid(path, name, words) for words in _name(name, known, what))
        value = amount(written)
        if value is not None and value < 0:
            yield invalid(path, written, "must be greater than or equal to 0")
        elif value is not None and _is_counted(name) and value % 1:
            yield invalid(path, written, "must be an integer")


def _requirements(resources: Json, at: str, _: Context) -> Iterator[Problem]:
    requests, limits = mapping(resources, "requests"), mapping(resources, "limits")
    of_containers = "must be a standard resource for containers"
    for field, amounts in (("limits", limits), ("requests", requests)):
        yield from _amounts(amounts, join(at, field), _OF_CONTAINERS, of_containers)
    for name, written in requests.items():
        value, limit = amount(written), amount(limits.get(name))
        fixed = isinstance(name, str) and ("/" in name or name.startswith("hugepages-"))
        if fixed and limits.get(name) is None and not may_lack(limits):
            yield required(join(at, "limits"), "Limit must be set for non overcommitable resources")
        if value is None or limit is None:
            continue
        if value > limit or (fixed and value != limit):
            how = "equal to" if fixed else "less than or equal to"
            detail = f"must be {how} {name} limit of {limits[name]}"
            yield invalid(join(at, "requests"), written, detail)
    named = {str(name) for name in (*requests, *limits)}
    huge = any(name.startswith("hugepages-") for name in named)
    if huge and not named & {"cpu", "memory"} and not may_lack({**requests, **limits}):
        yield forbidden(at, "HugePages require cpu or memory")


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
    in_pods = kind in ("Container", "Pod")
    known = _OF_CONTAINERS if in_pods else _OF_QUOTAS
    for field in ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio"):
        what = "must be a standard resource for containers"
        yield from _amounts(mapping(item, field), join(at, field), known, what)
    wanted = {**mapping(item, "min"), **mapping(item, "max")}
    if kind == "PersistentVolumeClaim" and "storage" not in wanted and not may_lack(wanted):
        detail = "either minimum or maximum storage value is required, but neither was provided"
        yield required(join(at, "limits"), detail)
    bounds = {field: mapping(item, field) for field in ("min", "max", "default", "defaultRequest")}
    if kind == "Container":
        # What has no request of its own gets the limit's.
        bounds["defaultRequest"] = {**bounds["default"], **bounds["defaultRequest"]}
    for low, high, named in _ORDER:
        for name, written in bounds[low].items():
            limit = bounds[high].get(name)
            if _above(written, limit):
                less, more = (_CALLED.get(field, field) for field in (low, high))
                detail = f"{less} value {written} is greater than {more} value {limit}"
                yield invalid(f"{join(at, named)}[{name}]", bounds[named].get(name), detail)
    for name, written in mapping(item, "maxLimitRequestRatio").items():
        ratio = amount(written)
        if ratio is not None and ratio < 1:
            path = f"{join(at, 'maxLimitRequestRatio')}[{name}]"
            yield invalid(path, written, f"ratio {written} is less than 1")


def _quota(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    hard = mapping(spec, "hard")
    what = "must be a standard resource for quota"
    yield from _amounts(hard, join(at, "hard"), _OF_QUOTAS, what)
    scopes: Sequence[object] = items(spec, "scopes")
    for pair in (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")):
        if all(scope in scopes for scope in pair):
            yield invalid(join(at, "scopes"), scopes, "conflicting scopes")
    names = {name for name in hard if isinstance(name, str)}
    limited = {name for name in names if name in _COUNTED - {"pods"}}
    if limited and any(scope in scopes for scope in _ONLY_PODS):
        yield invalid(join(at, "scopes"), scopes, "unsupported scope applied to resource")


def _claim(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    path = f"{join(at, 'resources', 'requests')}[storage]"
    wanted = look_up(spec, "resources", "requests", "storage")
    if is_empty(wanted):
        requests = mapping(spec, "resources", "requests")
        if not any(may_lack(each) for each in (spec, mapping(spec, "resources"), requests)):
            yield required(path)
    elif (value := amount(wanted)) is not None and value <= Decimal(0):
        yield invalid(path, wanted, "must be greater than zero")
    modes = items(spec, "accessModes")
    if "ReadWriteOncePod" in modes and len(modes) > 1:
        detail = "may not use ReadWriteOncePod with other access modes"
        yield forbidden(join(at, "accessModes"), detail, modes)


CHECKS: dict[str, Check] = {
    "core.v1.LimitRangeItem": _limit_range_item,
    "core.v1.PersistentVolumeClaimSpec": _claim,
    "core.v1.ResourceQuotaSpec": _quota,
    "core.v1.ResourceRequirements": _requirements,
}
