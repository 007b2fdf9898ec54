"""What roles, bindings, configuration, classes and definitions of custom kinds take as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from kube import names
from kube.problems import Problem, forbidden, invalid, not_supported, required, too_long
from kube.validity.formats import is_base64
from kube.validity.reading import indexed, is_empty, join, may_lack, number
from kube.validity.walk import Check, Context
from kube.values import Json, Unknown, items, known, look_up, mapping, text

_RBAC = "rbac.authorization.k8s.io"
_LARGEST = 1 << 20
_HIGHEST_PRIORITY = 10**9
_KEYS_OF_SECRETS: Mapping[str, tuple[str, ...]] = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
_POD_SECURITY = "pod-security.kubernetes.io/"
_LEVELS = ("privileged", "baseline", "restricted")


def _rule(rule: Json, at: str, context: Context) -> Iterator[Problem]:
    urls = rule.get("nonResourceURLs")
    if not is_empty(urls):
        if context.root.get("kind") == "Role":
            detail = "namespaced rules cannot apply to non-resource URLs"
            yield invalid(join(at, "nonResourceURLs"), urls, detail)
        elif any(items(rule, field) for field in ("apiGroups", "resources", "resourceNames")):
            detail = "rules cannot apply to both regular resources and non-resource URLs"
            yield invalid(join(at, "nonResourceURLs"), urls, detail)
        return
    for field, what in (("apiGroups", "api group"), ("resources", "resource")):
        if is_empty(rule.get(field)) and not may_lack(rule):
            yield required(join(at, field), f"resource rules must supply at least one {what}")


def _binding(obj: Json, at: str, context: Context) -> Iterator[Problem]:
    role, is_cluster = mapping(obj, "roleRef"), obj.get("kind") == "ClusterRoleBinding"
    kinds = ("ClusterRole",) if is_cluster else ("Role", "ClusterRole")
    if not is_empty(role.get("kind")) and role["kind"] not in kinds:
        yield not_supported(join(at, "roleRef.kind"), role["kind"], kinds)
    if not is_empty(role.get("apiGroup")) and role["apiGroup"] != _RBAC:
        yield not_supported(join(at, "roleRef.apiGroup"), role["apiGroup"], (_RBAC,))
    for path, subject in indexed(obj, at, "subjects"):
        kind, group = subject.get("kind"), subject.get("apiGroup")
        allowed = {"ServiceAccount": ("",), "User": (_RBAC,), "Group": (_RBAC,)}
        words = allowed.get(kind, ()) if isinstance(kind, str) else ()
        if words and not is_empty(group) and group not in words:
            yield not_supported(join(path, "apiGroup"), group, words)
        if kind == "ServiceAccount" and is_cluster and is_empty(subject.get("namespace")):
            if not may_lack(subject):
                yield required(join(path, "namespace"))
        if kind == "ServiceAccount":
            name = text(subject, "name")
            for detail in names.subdomain(name) if name else ():
                yield invalid(join(path, "name"), subject["name"], detail)


def _data(obj: Json, at: str, _: Context) -> Iterator[Problem]:
    size = 0
    for field in ("data", "binaryData", "stringData"):
        for key, value in mapping(obj, field).items():
            if isinstance(key, str) and not isinstance(key, Unknown):
                path = f"{join(at, field)}[{key}]"
                yield from (invalid(path, key, words) for words in names.config_key(key))
                if field == "binaryData" and key in mapping(obj, "data"):
                    yield invalid(path, key, "duplicate of key present in data")
            length = len(value.encode(errors="replace")) if isinstance(value, str) else 0
            is_encoded = field == "binaryData" or (field == "data" and obj.get("kind") == "Secret")
            size += length * 3 // 4 if is_encoded else length
    if size > _LARGEST and known(obj):
        yield too_long(join(at, "data"), _LARGEST)


def _secret(obj: Json, at: str, context: Context) -> Iterator[Problem]:
    yield from _data(obj, at, context)
    kind, data = obj.get("type"), {**mapping(obj, "data"), **mapping(obj, "stringData")}
    if not isinstance(kind, str) or not known([obj.get("data"), obj.get("stringData")]):
        sure = all(not isinstance(obj.get(field), Unknown) for field in ("data", "stringData"))
        if not sure or not isinstance(kind, str) or may_lack(data):
            return
    if may_lack(obj):
        return
    for key in _KEYS_OF_SECRETS.get(kind, ()):
        if key not in data:
            yield required(f"{join(at, 'data')}[{key}]")
        elif kind.startswith("kubernetes.io/dockerc") and not _is_json(obj, key):
            path = f"{join(at, 'data')}[{key}]"
            yield invalid(path, "<secret contents redacted>", "must be a JSON object")
    if kind == "kubernetes.io/basic-auth" and not {"username", "password"} & data.keys():
        yield required(f"{join(at, 'data')}[username]")
        yield required(f"{join(at, 'data')}[password]")
    annotation = "kubernetes.io/service-account.name"
    annotations = mapping(obj, "metadata", "annotations")
    if kind == "kubernetes.io/service-account-token" and is_empty(annotations.get(annotation)):
        yield required(f"{join(at, 'metadata.annotations')}[{annotation}]")


def _is_json(obj: Json, key: str) -> bool:
    import base64  # noqa: PLC0415

    written = look_up(obj, "stringData", key)
    if written is None:
        encoded = look_up(obj, "data", key)
        if not isinstance(encoded, str) or isinstance(encoded, Unknown) or not is_base64(encoded):
            return True
        written = base64.b64decode(encoded).decode(errors="replace")
    try:
        return isinstance(written, Unknown) or isinstance(json.loads(written), dict | None)
    except (TypeError, ValueError, RecursionError):
        return False


def _namespace(obj: Json, at: str, _: Context) -> Iterator[Problem]:
    for key, value in mapping(obj, "metadata", "labels").items():
        path = f"{join(at, 'metadata', 'labels')}[{key}]"
        mode = key.removeprefix(_POD_SECURITY) if isinstance(key, str) else ""
        if mode == key or not isinstance(value, str):
            continue
        if mode in ("enforce", "audit", "warn") and value not in _LEVELS:
            yield invalid(path, value, f"must be one of {', '.join(_LEVELS)}")
        if mode.endswith("-version") and not re.fullmatch(r"latest|v1\.(0|[1-9][0-9]*)", value):
            yield invalid(path, value, 'must be "latest" or "v1.x"')


def _priority_class(obj: Json, at: str, _: Context) -> Iterator[Problem]:
    value, is_system = number(obj, "value"), text(obj, "metadata", "name").startswith("system-")
    if value is not None and value > _HIGHEST_PRIORITY and not is_system:
        detail = f"maximum allowed value of a user defined priority is {_HIGHEST_PRIORITY}"
        yield forbidden(join(at, "value"), detail, obj["value"])
    name = text(obj, "metadata", "name")
    if is_system and name not in ("system-node-critical", "system-cluster-critical"):
        detail = "priority class names with 'system-' prefix are reserved for system use only"
        yield forbidden(join(at, "metadata", "name"), detail, look_up(obj, "metadata", "name"))


def _definition(obj: Json, at: str, _: Context) -> Iterator[Problem]:
    spec = mapping(obj, "spec")
    plural, group = look_up(spec, "names", "plural"), spec.get("group")
    name, path = look_up(obj, "metadata", "name"), join(at, "spec")
    if isinstance(plural, str) and isinstance(group, str) and known([plural, group]):
        if name != f"{plural}.{group}" and isinstance(name, str):
            yield invalid(
                join(at, "metadata.name"), name, 'must be spec.names.plural+"."+spec.group'
            )
        if "." not in group:
            yield invalid(join(path, "group"), group, "should be a domain with at least one dot")
    versions = [each for _, each in indexed(spec, path, "versions")]
    stored = sum(each.get("storage") is True for each in versions)
    if versions and stored != 1 and known([each.get("storage") for each in versions]):
        found = [each.get("name") for each in versions]
        detail = "must have exactly one version marked as storage version"
        yield invalid(join(path, "versions"), found, detail)


def _webhook(hook: Json, at: str, _: Context) -> Iterator[Problem]:
    name, effects = text(hook, "name"), hook.get("sideEffects")
    if name and len(name.split(".")) < 3:  # noqa: PLR2004 - as the message says
        detail = "should be a domain with at least three segments separated by dots"
        yield invalid(join(at, "name"), hook["name"], detail)
    if not is_empty(effects) and effects not in ("None", "NoneOnDryRun"):
        yield not_supported(join(at, "sideEffects"), effects, ("None", "NoneOnDryRun"))


CHECKS: dict[str, Check] = {
    "admissionregistration.v1.MutatingWebhook": _webhook,
    "admissionregistration.v1.ValidatingWebhook": _webhook,
    "apiextensions.v1.CustomResourceDefinition": _definition,
    "core.v1.ConfigMap": _data,
    "core.v1.Namespace": _namespace,
    "core.v1.Secret": _secret,
    "rbac.v1.ClusterRoleBinding": _binding,
    "rbac.v1.PolicyRule": _rule,
    "rbac.v1.RoleBinding": _binding,
    "scheduling.v1.PriorityClass": _priority_class,
}
