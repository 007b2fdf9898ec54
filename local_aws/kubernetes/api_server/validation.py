"""What a real API server refuses beyond the schema, as far as it is cheap to check."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator

from local_aws.kubernetes import objects, selectors
from local_aws.kubernetes.api_server import names
from local_aws.kubernetes.api_server.errors import (
    Problem,
    duplicate,
    forbidden_field,
    invalid_value,
    not_supported,
    required,
)
from local_aws.kubernetes.api_server.pod_validation import (
    pod_spec_problems,
    port_name_problems,
    port_number_problems,
)
from local_aws.kubernetes.api_server.resources import Resource
from local_aws.kubernetes.objects import Json

_SERVICE_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")


def problems(resource: Resource, obj: Json) -> list[Problem]:
    """Return what is wrong with an object."""
    found = [
        *names.name_problems(resource, objects.name(obj)),
        *names.metadata_problems(obj["metadata"]),
    ]
    if check := _BY_RESOURCE.get(resource.group_resource):
        found += check(obj)
    return found


def _workload(obj: Json) -> Iterator[Problem]:
    spec = obj["spec"]
    if (spec.get("replicas") or 0) < 0:
        message = "must be greater than or equal to 0"
        yield invalid_value("spec.replicas", spec["replicas"], message)
    selector, template = spec.get("selector") or {}, spec.get("template") or {}
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        message = f"empty selector is invalid for {obj['kind'].lower()}"
        yield invalid_value("spec.selector", selector, message)
    elif not selectors.matches(selectors.from_object(selector), objects.labels(template)):
        message = "`selector` does not match template `labels`"
        yield invalid_value("spec.template.metadata.labels", objects.labels(template), message)
    yield from _template(template)
    policy = (template.get("spec") or {}).get("restartPolicy")
    if policy != "Always":
        yield not_supported("spec.template.spec.restartPolicy", policy, ("Always",))


def _template(template: Json) -> Iterator[Problem]:
    metadata = template.get("metadata") or {}
    yield from names.metadata_problems(metadata, "spec.template.metadata")
    yield from pod_spec_problems(template.get("spec") or {}, "spec.template.spec")


def _deployment(obj: Json) -> Iterator[Problem]:
    yield from _workload(obj)
    spec = obj["spec"]
    strategy = spec["strategy"]
    kind = strategy["type"]
    if kind not in ("Recreate", "RollingUpdate"):
        yield not_supported("spec.strategy.type", kind, ("Recreate", "RollingUpdate"))
    rolling = strategy.get("rollingUpdate")
    if kind == "Recreate" and rolling is not None:
        message = "may not be specified when strategy `type` is 'Recreate'"
        yield forbidden_field("spec.strategy.rollingUpdate", message)
    elif rolling and {str(rolling[key]) for key in ("maxSurge", "maxUnavailable")} <= {"0", "0%"}:
        field, message = (
            "spec.strategy.rollingUpdate.maxUnavailable",
            "may not be 0 when `maxSurge` is 0",
        )
        yield invalid_value(field, rolling["maxUnavailable"], message)
    if spec["progressDeadlineSeconds"] <= (spec.get("minReadySeconds") or 0):
        message = "must be greater than minReadySeconds"
        yield invalid_value(
            "spec.progressDeadlineSeconds", spec["progressDeadlineSeconds"], message
        )


def _job(obj: Json) -> Iterator[Problem]:
    yield from _template(obj["spec"].get("template") or {})
    policy = obj["spec"]["template"]["spec"].get("restartPolicy")
    if policy not in ("OnFailure", "Never"):
        yield not_supported("spec.template.spec.restartPolicy", policy, ("Never", "OnFailure"))


def _pod(obj: Json) -> Iterator[Problem]:
    yield from pod_spec_problems(obj["spec"], "spec")


def _service(obj: Json) -> Iterator[Problem]:
    spec = obj["spec"]
    kind, ports = spec["type"], spec.get("ports") or []
    if kind not in _SERVICE_TYPES:
        yield not_supported("spec.type", kind, _SERVICE_TYPES)
    if not ports and kind != "ExternalName" and spec.get("clusterIP") != "None":
        yield required("spec.ports")
    yield from _service_ports(ports)
    yield from _load_balancer(spec)


def _service_ports(ports: list[Json]) -> Iterator[Problem]:
    seen: list[object] = []
    for index, port in enumerate(ports):
        at = f"spec.ports[{index}]"
        name = port.get("name")
        if len(ports) > 1 and not name:
            yield required(f"{at}.name")
        yield from port_number_problems(port.get("port"), f"{at}.port")
        target = port.get("targetPort")
        if isinstance(target, str):
            yield from port_name_problems(target, f"{at}.targetPort")
        if name and not names.is_dns_label(name):
            yield invalid_value(f"{at}.name", name, names.DNS_LABEL_WORDS)
        if name and name in seen:
            yield duplicate(f"{at}.name", name)
        place = port.get("port"), port.get("protocol")
        if place in seen:
            yield duplicate(at, port)
        seen += [name, place]


def _load_balancer(spec: Json) -> Iterator[Problem]:
    ranges = "spec.LoadBalancerSourceRanges"
    if spec["type"] != "LoadBalancer":
        message = "may only be used when `type` is 'LoadBalancer'"
        if spec.get("loadBalancerClass"):
            yield forbidden_field("spec.loadBalancerClass", message)
        if spec.get("loadBalancerSourceRanges"):
            yield forbidden_field(ranges, message)
    for text in spec.get("loadBalancerSourceRanges") or ():
        if not _is_network(text):
            message = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
            yield invalid_value(ranges, spec["loadBalancerSourceRanges"], message)


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return False
    return "/" in text


def _disruption_budget(obj: Json) -> Iterator[Problem]:
    spec = obj.get("spec") or {}
    bounds = {
        key: spec[key] for key in ("minAvailable", "maxUnavailable") if spec.get(key) is not None
    }
    if len(bounds) > 1:
        yield invalid_value("spec", bounds, "minAvailable and maxUnavailable cannot be both set")
    for key, value in bounds.items():
        if isinstance(value, str) and not (value.endswith("%") and value[:-1].isdigit()):
            message = "a valid percent string must be a numeric string followed by an ending '%'"
            yield invalid_value(
                f"spec.{key}",
                value,
                f"{message} (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
            )


def _ingress(obj: Json) -> Iterator[Problem]:
    spec = obj.get("spec") or {}
    if not spec.get("rules") and not spec.get("defaultBackend"):
        yield invalid_value("spec", [], "either `defaultBackend` or `rules` must be specified")
    for number, rule in enumerate(spec.get("rules") or ()):
        for index, path in enumerate((rule.get("http") or {}).get("paths") or ()):
            at = f"spec.rules[{number}].http.paths[{index}]"
            kind, text = path.get("pathType"), path.get("path") or ""
            if kind not in _PATH_TYPES:
                yield not_supported(f"{at}.pathType", kind, _PATH_TYPES)
            elif kind != "ImplementationSpecific" and not text.startswith("/"):
                yield invalid_value(f"{at}.path", text, "must be an absolute path")


def _role(obj: Json) -> Iterator[Problem]:
    for index, rule in enumerate(obj.get("rules") or ()):
        at = f"rules[{index}]"
        if not rule.get("verbs"):
            yield required(f"{at}.verbs", "verbs must contain at least one value")
        if rule.get("nonResourceURLs"):
            if obj["kind"] == "Role":
                message = "namespaced rules cannot apply to non-resource URLs"
                yield invalid_value(f"{at}.nonResourceURLs", rule["nonResourceURLs"], message)
            continue
        if not rule.get("apiGroups"):
            yield required(f"{at}.apiGroups", "resource rules must supply at least one api group")
        if not rule.get("resources"):
            yield required(f"{at}.resources", "resource rules must supply at least one resource")


def _binding(obj: Json) -> Iterator[Problem]:
    role = obj.get("roleRef") or {}
    kinds = ("ClusterRole",) if obj["kind"] == "ClusterRoleBinding" else ("ClusterRole", "Role")
    if role.get("kind") not in kinds:
        yield not_supported("roleRef.kind", role.get("kind"), kinds)
    if not role.get("name"):
        yield required("roleRef.name")
    for index, subject in enumerate(obj.get("subjects") or ()):
        if subject.get("kind") not in ("User", "Group", "ServiceAccount"):
            supported = ("ServiceAccount", "User", "Group")
            yield not_supported(f"subjects[{index}].kind", subject.get("kind"), supported)
        elif subject["kind"] == "ServiceAccount" and not subject.get("namespace"):
            yield required(f"subjects[{index}].namespace")


def _custom_resource_definition(obj: Json) -> Iterator[Problem]:
    spec = obj["spec"]
    expected = f"{spec['names'].get('plural')}.{spec['group']}"
    if objects.name(obj) != expected:
        message = 'must be spec.names.plural+"."+spec.group'
        yield invalid_value("metadata.name", objects.name(obj), message)
    if sum(bool(version.get("storage")) for version in spec["versions"]) != 1:
        message = "must have exactly one version marked as storage version"
        yield invalid_value("spec.versions", [one.get("name") for one in spec["versions"]], message)


_BY_RESOURCE: dict[str, Callable[[Json], Iterator[Problem]]] = {
    "deployments.apps": _deployment,
    "replicasets.apps": _workload,
    "statefulsets.apps": _workload,
    "daemonsets.apps": _workload,
    "jobs.batch": _job,
    "pods": _pod,
    "services": _service,
    "configmaps": names.data_problems,
    "secrets": names.data_problems,
    "poddisruptionbudgets.policy": _disruption_budget,
    "ingresses.networking.k8s.io": _ingress,
    "roles.rbac.authorization.k8s.io": _role,
    "clusterroles.rbac.authorization.k8s.io": _role,
    "rolebindings.rbac.authorization.k8s.io": _binding,
    "clusterrolebindings.rbac.authorization.k8s.io": _binding,
    "customresourcedefinitions.apiextensions.k8s.io": _custom_resource_definition,
}
