"""What an object's name takes."""

from __future__ import annotations

from collections.abc import Iterator

from kube import names
from kube.problems import Problem, invalid, required
from kube.validity.reading import Check, Context, is_empty, join
from kube.values import Json, Unknown, items, known, look_up, mapping, text

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


CHECKS: dict[str, Check] = {"apiextensions.v1.CustomResourceDefinition": _definition}
