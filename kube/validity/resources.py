"""Checks of names, annotations, data, and quantities of CPU, memory and the like."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from kube.problems import Problem, forbidden, invalid, required, too_long
from kube.quantities import amount
from kube.validity.formats import is_base64, misnamed, wrong_name
from kube.validity.rows import Check, Context, is_empty, join
from kube.values import Json, Unknown, items, known, look_up, mapping, size_of, table, text, unsure

_NUMBERED_SERVICES = 36
_LIKE_PATHS = ("ClusterTrustBundle", "IPAddress", "PodDisruptionBudget")
_LARGEST = 1 << 20
_LARGEST_ANNOTATIONS = 256 << 10
_FIELDS = ("data", "binaryData", "stringData")
_TABLE: Mapping[str, Any] = table(__file__)
"""The keys that hold JSON, by the type of a Secret; what may be asked for by containers, counted and otherwise limited by quotas. Of each pair in
`order` the first may not be above the second; the third is the one that the server names."""
_OF_CONTAINERS, _COUNTED = frozenset(_TABLE["containers"]), frozenset(_TABLE["counted"])
_OF_QUOTAS = _OF_CONTAINERS | _COUNTED | frozenset(_TABLE["others"])
_RATIO = "maxLimitRequestRatio"
_HUGE_PAGES = re.compile(r"((requests|limits)\.)?hugepages-.+")


def name_problems(obj: Json, minor: int) -> Iterator[Problem]:
    """Yield what is wrong with an object's name."""
    name, prefix = (look_up(obj, "metadata", field) for field in ("name", "generateName"))
    form = _form(text(obj, "apiVersion"), text(obj, "kind"), minor)
    if is_empty(name) and is_empty(prefix):
        yield required("metadata.name", "name or generateName is required")
    elif isinstance(name, str) and name:
        yield from misnamed("metadata.name", form, name)
    elif isinstance(prefix, str) and not isinstance(prefix, Unknown):
        # The server adds characters to it, so it may end in a hyphen.
        for words in wrong_name(form, f"{prefix}a"):
            yield invalid("metadata.generateName", prefix, words)


def _form(api_version: str, kind: str, minor: int) -> str:
    if api_version.startswith("rbac.authorization.k8s.io/") or kind in _LIKE_PATHS:
        return "pathSegment"
    service = "dnsLabel" if minor >= _NUMBERED_SERVICES else "dns1035"
    forms = {
        "v1": {"Namespace": "dnsLabel", "Service": service},
        "apps/v1": {"StatefulSet": "dnsLabel"},
    }
    return forms.get(api_version, {}).get(kind, "subdomain")


def _definition(obj: Json, at: str, _: Context) -> Iterator[Problem]:
    spec, name = mapping(obj, "spec"), text(obj, "metadata", "name")
    plural, group = text(spec, "names", "plural"), text(spec, "group")
    if plural and group and known([plural, group]) and name not in ("", f"{plural}.{group}"):
        detail = 'must be spec.names.plural+"."+spec.group'
        yield invalid(join(at, "metadata", "name"), name, detail)
    versions = items(spec, "versions")
    if versions and sum(look_up(version, "storage") is True for version in versions) != 1:
        detail = "must have exactly one version marked as storage version"
        yield invalid(join(at, "spec", "versions"), versions, detail)


def _data(obj: Json, at: str, _: Context) -> Iterator[Problem]:
    size = 0
    for field in _FIELDS:
        encoded = field == "binaryData" or (field == "data" and obj.get("kind") == "Secret")
        for key, value in mapping(obj, field).items():
            path = f"{join(at, field)}[{key}]"
            yield from misnamed(path, "configKey", key)
            if field == "binaryData" and key in mapping(obj, "data"):
                yield invalid(path, key, "duplicate of key present in data")
            if isinstance(value, str) and not isinstance(value, Unknown):
                size += len(value.rstrip("=")) * 3 // 4 if encoded else size_of(value)
    if size > _LARGEST:
        yield too_long(join(at, "data"), _LARGEST)


def _secret(obj: Json, at: str, context: Context) -> Iterator[Problem]:
    yield from _data(obj, at, context)
    if (key := _TABLE["json"].get(str(obj.get("type")))) and not unsure(*map(obj.get, _FIELDS)):
        written, encoded = look_up(obj, "stringData", key), look_up(obj, "data", key)
        if written is None and isinstance(encoded, str) and is_base64(encoded) and known(encoded):
            written = base64.b64decode(encoded).decode(errors="replace")
        if isinstance(written, str) and known(written) and not _is_json_object(written):
            path = f"{join(at, 'data')}[{key}]"
            yield invalid(path, "<secret contents redacted>", "must be a JSON object")


def _is_json_object(written: str) -> bool:
    try:
        return isinstance(json.loads(written), dict)
    except (ValueError, RecursionError):
        return False


def _metadata(metadata: Json, at: str, _: Context) -> Iterator[Problem]:
    annotations = mapping(metadata, "annotations").items()
    size = sum(size_of(f"{key}{value}") for key, value in annotations)
    if size > _LARGEST_ANNOTATIONS:
        yield too_long(join(at, "annotations"), _LARGEST_ANNOTATIONS)


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
    return "/" in name and "kubernetes.io/" not in name and not name.startswith("requests.")


def _above(lower: object, higher: object) -> bool:
    first, second = amount(lower), amount(higher)
    return first is not None and second is not None and first > second


def _requirements(resources: Json, at: str, _: Context) -> Iterator[Problem]:
    requests, limits = mapping(resources, "requests"), mapping(resources, "limits")
    sure = not unsure(resources.get("limits"), resources.get("requests"))
    for field, amounts in (("limits", limits), ("requests", requests)):
        yield from _amounts(amounts, join(at, field), _OF_CONTAINERS, "containers")
        for name, written in amounts.items():
            page, value = amount(name.partition("hugepages-")[2]), amount(written)
            if page and value is not None and value % page:
                detail = f"{written} is not positive integer multiple of {name}"
                yield invalid(f"{join(at, field)}[{name}]", written, detail)
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


CHECKS: dict[str, Check] = {
    "apiextensions.v1.CustomResourceDefinition": _definition,
    "core.v1.ConfigMap": _data,
    "core.v1.Secret": _secret,
    "meta.v1.ObjectMeta": _metadata,
    "core.v1.LimitRangeItem": _limit_range_item,
    "core.v1.ResourceQuotaSpec": lambda spec, at, _: _amounts(
        mapping(spec, "hard"), join(at, "hard"), _OF_QUOTAS, "quota"
    ),
    "core.v1.ResourceRequirements": _requirements,
}
