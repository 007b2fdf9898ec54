"""What an object's name and metadata take."""

from __future__ import annotations

from collections.abc import Iterator

from kube import names
from kube.problems import Problem, invalid, required, too_long
from kube.validity.reading import is_empty, join
from kube.validity.walk import Check, Context
from kube.values import Json, Unknown, items, look_up, mapping, text

_FINALIZERS = ("foregroundDeletion", "kubernetes", "orphan")
_ANNOTATIONS_SIZE = 256 << 10
_NUMBERED_SERVICES = 36
_LIKE_PATHS = ("ClusterTrustBundle", "IPAddress")


def name_problems(obj: Json, minor: int) -> Iterator[Problem]:
    """Yield what is wrong with an object's name."""
    name, prefix = (look_up(obj, "metadata", field) for field in ("name", "generateName"))
    form = _form(text(obj, "apiVersion"), text(obj, "kind"), minor)
    if is_empty(name) and is_empty(prefix):
        yield required("metadata.name", "name or generateName is required")
    elif isinstance(name, str) and name:
        yield from (invalid("metadata.name", name, words) for words in names.wrong(form, name))
    elif isinstance(prefix, str) and not isinstance(prefix, Unknown):
        # The server adds characters to it, so it may end in a hyphen.
        wrong = names.wrong(form, f"{prefix}a")
        yield from (invalid("metadata.generateName", prefix, words) for words in wrong)


def _form(api_version: str, kind: str, minor: int) -> str:
    if api_version.startswith("rbac.authorization.k8s.io/") or kind in _LIKE_PATHS:
        return "pathSegment"
    if (api_version, kind) == ("v1", "Service"):
        return "dnsLabel" if minor >= _NUMBERED_SERVICES else "dns1035"
    return "dnsLabel" if (api_version, kind) == ("v1", "Namespace") else "subdomain"


def _metadata(metadata: Json, at: str, context: Context) -> Iterator[Problem]:
    finalizers = () if context.is_custom else items(metadata, "finalizers")
    for index, finalizer in enumerate(finalizers):
        if isinstance(finalizer, str) and "/" not in finalizer and finalizer not in _FINALIZERS:
            detail = "name is neither a standard finalizer name nor is it fully qualified"
            yield invalid(f"{join(at, 'finalizers')}[{index}]", finalizer, detail)
    annotations = mapping(metadata, "annotations").items()
    if sum(len(f"{key}{value}".encode(errors="replace")) for key, value in annotations) > (
        _ANNOTATIONS_SIZE
    ):
        yield too_long(join(at, "annotations"), _ANNOTATIONS_SIZE)


CHECKS: dict[str, Check] = {"meta.v1.ObjectMeta": _metadata}
