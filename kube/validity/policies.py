"""What roles, bindings, namespaces, priority classes and definitions of custom kinds take."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kube import names
from kube.problems import Problem, forbidden, invalid, not_supported, required
from kube.validity.reading import indexed, is_empty, join, number
from kube.validity.walk import Check, Context
from kube.values import Json, items, known, look_up, mapping, text

_RBAC = "rbac.authorization.k8s.io"
_GROUPS = {"ServiceAccount": "", "User": _RBAC, "Group": _RBAC}
_HIGHEST_PRIORITY = 10**9
_SYSTEM_CLASSES = ("system-cluster-critical", "system-node-critical")
_POD_SECURITY = "pod-security.kubernetes.io/"
_LEVELS = ("privileged", "baseline", "restricted")
_SEGMENTS = 3


def _rule(rule: Json, at: str, context: Context) -> Iterator[Problem]:
    urls = rule.get("nonResourceURLs")
    if is_empty(urls):
        for field, what in (("apiGroups", "api group"), ("resources", "resource")):
            if is_empty(rule.get(field)):
                yield required(join(at, field), f"resource rules must supply at least one {what}")
    elif context.root.get("kind") == "Role":
        detail = "namespaced rules cannot apply to non-resource URLs"
        yield invalid(join(at, "nonResourceURLs"), urls, detail)
    elif any(items(rule, field) for field in ("apiGroups", "resources", "resourceNames")):
        detail = "rules cannot apply to both regular resources and non-resource URLs"
        yield invalid(join(at, "nonResourceURLs"), urls, detail)


def _binding(obj: Json, at: str, _: Context) -> Iterator[Problem]:
    is_cluster = obj.get("kind") == "ClusterRoleBinding"
    kinds = ("ClusterRole",) if is_cluster else ("Role", "ClusterRole")
    for field, words in (("kind", kinds), ("apiGroup", (_RBAC,))):
        value = look_up(obj, "roleRef", field)
        if not is_empty(value) and value not in words:
            yield not_supported(join(at, "roleRef", field), value, words)
    for path, subject in indexed(obj, at, "subjects"):
        kind, group = text(subject, "kind"), subject.get("apiGroup")
        if kind in _GROUPS and not is_empty(group) and group != _GROUPS[kind]:
            yield not_supported(join(path, "apiGroup"), group, (_GROUPS[kind],))
        if kind == "ServiceAccount":
            if is_cluster and is_empty(subject.get("namespace")):
                yield required(join(path, "namespace"))
            name = text(subject, "name")
            wrong = names.wrong("subdomain", name) if name else ()
            yield from (invalid(join(path, "name"), name, words) for words in wrong)


def _namespace(obj: Json, at: str, _: Context) -> Iterator[Problem]:
    for key, value in mapping(obj, "metadata", "labels").items():
        path, mode = f"{join(at, 'metadata', 'labels')}[{key}]", key.removeprefix(_POD_SECURITY)
        if mode == key or not isinstance(value, str):
            continue
        if mode in ("enforce", "audit", "warn") and value not in _LEVELS:
            yield invalid(path, value, f"must be one of {', '.join(_LEVELS)}")
        if mode.endswith("-version") and not re.fullmatch(r"latest|v1\.(0|[1-9][0-9]*)", value):
            yield invalid(path, value, 'must be "latest" or "v1.x"')


def _priority_class(obj: Json, at: str, _: Context) -> Iterator[Problem]:
    name, value = text(obj, "metadata", "name"), number(obj, "value") or 0
    if name.startswith("system-") and name not in _SYSTEM_CLASSES:
        detail = "priority class names with 'system-' prefix are reserved for system use only"
        yield forbidden(join(at, "metadata", "name"), detail, name)
    elif value > _HIGHEST_PRIORITY and name not in _SYSTEM_CLASSES:
        detail = f"maximum allowed value of a user defined priority is {_HIGHEST_PRIORITY}"
        yield forbidden(join(at, "value"), detail, value)


def _definition(obj: Json, at: str, _: Context) -> Iterator[Problem]:
    spec, name = mapping(obj, "spec"), text(obj, "metadata", "name")
    plural, group = text(spec, "names", "plural"), text(spec, "group")
    if plural and group and known([plural, group]) and name not in ("", f"{plural}.{group}"):
        detail = 'must be spec.names.plural+"."+spec.group'
        yield invalid(join(at, "metadata", "name"), name, detail)
    if group and "." not in group:
        yield invalid(join(at, "spec", "group"), group, "should be a domain with at least one dot")
    versions = items(spec, "versions")
    if versions and sum(look_up(version, "storage") is True for version in versions) != 1:
        detail = "must have exactly one version marked as storage version"
        yield invalid(join(at, "spec", "versions"), versions, detail)


def _webhook(hook: Json, at: str, _: Context) -> Iterator[Problem]:
    name = text(hook, "name")
    if name and len(name.split(".")) < _SEGMENTS:
        detail = "should be a domain with at least three segments separated by dots"
        yield invalid(join(at, "name"), name, detail)


CHECKS: dict[str, Check] = {
    "admissionregistration.v1.MutatingWebhook": _webhook,
    "admissionregistration.v1.ValidatingWebhook": _webhook,
    "apiextensions.v1.CustomResourceDefinition": _definition,
    "core.v1.Namespace": _namespace,
    "rbac.v1.ClusterRoleBinding": _binding,
    "rbac.v1.PolicyRule": _rule,
    "rbac.v1.RoleBinding": _binding,
    "scheduling.v1.PriorityClass": _priority_class,
}
