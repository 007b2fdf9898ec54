"""What ConfigMaps, Secrets and annotations may hold: keys, sizes, the JSON of registries."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from kube import names
from kube.problems import Problem, invalid, too_long
from kube.validity.formats import is_base64
from kube.validity.reading import Check, Context, join
from kube.values import Json, Unknown, known, look_up, mapping

_LARGEST = 1 << 20
_LARGEST_ANNOTATIONS = 256 << 10
_FIELDS = ("data", "binaryData", "stringData")
_JSON = {
    "kubernetes.io/dockercfg": ".dockercfg",
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
}
"""The keys that hold JSON, by the type of a Secret."""


def _data(obj: Json, at: str, _: Context) -> Iterator[Problem]:
    size = 0
    for field in _FIELDS:
        encoded = field == "binaryData" or (field == "data" and obj.get("kind") == "Secret")
        for key, value in mapping(obj, field).items():
            path = f"{join(at, field)}[{key}]"
            yield from (invalid(path, key, words) for words in names.wrong("configKey", key))
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
    "core.v1.ConfigMap": _data,
    "core.v1.Secret": _secret,
    "meta.v1.ObjectMeta": _metadata,
}
