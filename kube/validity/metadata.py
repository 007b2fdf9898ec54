"""What an object's name and annotations take, and what ConfigMaps and Secrets hold."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from kube.problems import Problem, invalid, required, too_long
from kube.validity.formats import is_base64, misnamed, wrong_name
from kube.validity.rows import Check, Context, is_empty, join
from kube.values import Json, Unknown, items, known, look_up, mapping, text

_NUMBERED_SERVICES = 36
_LIKE_PATHS = ("ClusterTrustBundle", "IPAddress")
_LARGEST = 1 << 20
_LARGEST_ANNOTATIONS = 256 << 10
_FIELDS = ("data", "binaryData", "stringData")
_JSON = {
    "kubernetes.io/dockercfg": ".dockercfg",
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
}
"""The keys that hold JSON, by the type of a Secret."""


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
        wrong = wrong_name(form, f"{prefix}a")
        yield from (invalid("metadata.generateName", prefix, words) for words in wrong)


def _form(api_version: str, kind: str, minor: int) -> str:
    if api_version.startswith("rbac.authorization.k8s.io/") or kind in _LIKE_PATHS:
        return "pathSegment"
    service = "dnsLabel" if minor >= _NUMBERED_SERVICES else "dns1035"
    of_core = {"Namespace": "dnsLabel", "Service": service} if api_version == "v1" else {}
    return of_core.get(kind, "subdomain")


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
                size += len(value) * 3 // 4 if encoded else len(value.encode(errors="replace"))
    if size > _LARGEST:
        yield too_long(join(at, "data"), _LARGEST)


def _secret(obj: Json, at: str, context: Context) -> Iterator[Problem]:
    yield from _data(obj, at, context)
    key = _JSON.get(str(obj.get("type")))
    if key and not any(isinstance(obj.get(field), Unknown) for field in _FIELDS):
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
    size = sum(len(f"{key}{value}".encode(errors="replace")) for key, value in annotations)
    if size > _LARGEST_ANNOTATIONS:
        yield too_long(join(at, "annotations"), _LARGEST_ANNOTATIONS)


CHECKS: dict[str, Check] = {
    "apiextensions.v1.CustomResourceDefinition": _definition,
    "core.v1.ConfigMap": _data,
    "core.v1.Secret": _secret,
    "meta.v1.ObjectMeta": _metadata,
}
