"""What ConfigMaps and Secrets take: keys, sizes, what a type of Secret must carry."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping

from kube import names
from kube.problems import Problem, invalid, required, too_long
from kube.validity.formats import is_base64
from kube.validity.reading import is_empty, join
from kube.validity.walk import Check, Context
from kube.values import Json, Unknown, known, look_up, mapping

_LARGEST = 1 << 20
_FIELDS = ("data", "binaryData", "stringData")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
"""The keys that a Secret of a type must have."""
_OF_ACCOUNTS = "kubernetes.io/service-account.name"


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
    kind, path = str(obj.get("type")), join(at, "data")
    data = {**mapping(obj, "data"), **mapping(obj, "stringData")}
    if any(isinstance(obj.get(field), Unknown) for field in _FIELDS):
        return
    yield from (required(f"{path}[{key}]") for key in _KEYS.get(kind, ()) if key not in data)
    if kind == "kubernetes.io/basic-auth" and not {"username", "password"} & data.keys():
        yield from (required(f"{path}[{key}]") for key in ("username", "password"))
    annotations = look_up(obj, "metadata", "annotations")
    if kind == "kubernetes.io/service-account-token" and is_empty(
        look_up(annotations, _OF_ACCOUNTS)
    ):
        yield required(f"{join(at, 'metadata', 'annotations')}[{_OF_ACCOUNTS}]")
    for key in _KEYS.get(kind, ()) if "/dockerc" in kind else ():
        if key in data and not _holds_json(obj, key):
            yield invalid(f"{path}[{key}]", "<secret contents redacted>", "must be a JSON object")


def _holds_json(obj: Json, key: str) -> bool:
    written, encoded = look_up(obj, "stringData", key), look_up(obj, "data", key)
    if written is None and isinstance(encoded, str) and is_base64(encoded) and known(encoded):
        written = base64.b64decode(encoded).decode(errors="replace")
    if not isinstance(written, str) or isinstance(written, Unknown):
        return True
    try:
        return isinstance(json.loads(written), dict)
    except (ValueError, RecursionError):
        return False


CHECKS: dict[str, Check] = {"core.v1.ConfigMap": _data, "core.v1.Secret": _secret}
