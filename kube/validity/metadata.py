"""What an object's name and metadata take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kube import names
from kube.problems import Problem, invalid, required, too_long
from kube.validity.reading import is_empty, join, may_lack
from kube.validity.walk import Check, Context
from kube.values import Json, Unknown, items, mapping, text

_FINALIZERS = ("foregroundDeletion", "kubernetes", "orphan")
_ANNOTATIONS_SIZE = 256 << 10
_NUMBERED_SERVICES = 36
_PATH_SEGMENTS = ("ClusterTrustBundle", "IPAddress")
_NAMES: Mapping[tuple[str, str], names.Check] = {
    ("v1", "Namespace"): names.namespace,
    ("v1", "Service"): names.dns_1035_label,
}


def name_problems(obj: Json, minor: int) -> Iterator[Problem]:
    """Yield what is wrong with an object's name."""
    metadata = obj.get("metadata")
    if isinstance(metadata, Unknown) or may_lack(obj) or may_lack(mapping(metadata)):
        return
    check, name = _check(obj, minor), mapping(metadata).get("name")
    prefix = text(metadata, "generateName")
    if is_empty(name) and not prefix:
        yield required("metadata.name", "name or generateName is required")
    elif isinstance(name, str) and name:
        yield from (invalid("metadata.name", name, words) for words in check(name))
    elif prefix:
        # The server adds characters to what ends in a hyphen.
        found = check(f"{prefix}a")
        yield from (invalid("metadata.generateName", prefix, words) for words in found)


def _check(obj: Json, minor: int) -> names.Check:
    api_version, kind = text(obj, "apiVersion"), text(obj, "kind")
    if api_version.startswith("rbac.authorization.k8s.io/") or kind in _PATH_SEGMENTS:
        return names.path_segment
    if (api_version, kind) == ("v1", "Service") and minor >= _NUMBERED_SERVICES:
        return names.dns_label
    return _NAMES.get((api_version, kind), names.subdomain)


def _metadata(metadata: Json, at: str, _: Context) -> Iterator[Problem]:
    for index, finalizer in enumerate(items(metadata, "finalizers")):
        if isinstance(finalizer, str) and "/" not in finalizer and finalizer not in _FINALIZERS:
            detail = "name is neither a standard finalizer name nor is it fully qualified"
            yield invalid(f"{join(at, 'finalizers')}[{index}]", finalizer, detail)
    size = sum(
        len(f"{key}{value}".encode(errors="replace"))
        for key, value in mapping(metadata, "annotations").items()
    )
    if size > _ANNOTATIONS_SIZE:
        yield too_long(join(at, "annotations"), _ANNOTATIONS_SIZE)


CHECKS: dict[str, Check] = {"meta.v1.ObjectMeta": _metadata}
