"""Which fields an update may not change."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from local_aws.kubernetes.api_server.errors import Problem, forbidden_field, invalid_value
from local_aws.kubernetes.api_server.resources import Resource
from local_aws.kubernetes.objects import Json, look_up

_IMMUTABLE = "field is immutable"
_FIELDS: dict[str, tuple[str, ...]] = {
    "deployments.apps": ("spec.selector",),
    "replicasets.apps": ("spec.selector",),
    "daemonsets.apps": ("spec.selector",),
    "jobs.batch": ("spec.selector", "spec.template", "spec.completions"),
    "secrets": ("type",),
    "storageclasses.storage.k8s.io": (
        "provisioner",
        "reclaimPolicy",
        "volumeBindingMode",
    ),
    "priorityclasses.scheduling.k8s.io": ("value",),
    "customresourcedefinitions.apiextensions.k8s.io": (
        "spec.group",
        "spec.scope",
        "spec.names.plural",
    ),
}
_STATEFUL_SET_FIELDS = {
    "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
}  # fmt: skip
_POD_FIELDS = {"activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations"}


def problems(resource: Resource, old: Json, new: Json) -> Iterator[Problem]:
    """Return which immutable fields an update changes."""
    for field in _FIELDS.get(resource.group_resource, ()):
        before, after = (look_up(obj, *field.split(".")) for obj in (old, new))
        if before is not None and before != after:
            yield invalid_value(field, after, _IMMUTABLE)
    if check := _CHECKS.get(resource.group_resource):
        yield from check(old, new)


def _storage_class(old: Json, new: Json) -> Iterator[Problem]:
    if old.get("parameters") != new.get("parameters"):
        yield forbidden_field("parameters", "updates to parameters are forbidden.")


def _binding(old: Json, new: Json) -> Iterator[Problem]:
    if old["roleRef"] != new.get("roleRef"):
        yield invalid_value("roleRef", new.get("roleRef"), "cannot change roleRef")


def _stateful_set(old: Json, new: Json) -> Iterator[Problem]:
    before, after = (
        {key: value for key, value in obj["spec"].items() if key not in _STATEFUL_SET_FIELDS}
        for obj in (old, new)
    )
    if before != after:
        yield forbidden_field(
            "spec",
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template',"
            " 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and"
            " 'minReadySeconds' are forbidden",
        )


def _service(old: Json, new: Json) -> Iterator[Problem]:
    before, after = old["spec"], new["spec"]
    keeps_type = before["type"] != "ExternalName" and after["type"] != "ExternalName"
    if keeps_type and before.get("clusterIP") != after.get("clusterIP"):
        yield invalid_value(
            "spec.clusterIPs[0]", after.get("clusterIPs"), "may not change once set"
        )
    both_balanced = before["type"] == after["type"] == "LoadBalancer"
    if both_balanced and before.get("loadBalancerClass") != after.get("loadBalancerClass"):
        message = "may not change once set"
        yield invalid_value("spec.loadBalancerClass", after.get("loadBalancerClass"), message)


def _pod(old: Json, new: Json) -> Iterator[Problem]:
    def frozen(obj: Json) -> Json:
        spec = {key: value for key, value in obj["spec"].items() if key not in _POD_FIELDS}
        for field in ("containers", "initContainers"):
            spec[field] = [{**one, "image": ""} for one in spec.get(field) or ()]
        return spec

    if frozen(old) != frozen(new):
        yield forbidden_field(
            "spec",
            "pod updates may not change fields other than `spec.containers[*].image`,"
            "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only"
            " additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be"
            " set to 1 if it was previously negative)",
        )


def _frozen_data(old: Json, new: Json) -> Iterator[Problem]:
    if not old.get("immutable"):
        return
    for field in ("immutable", "data", "binaryData"):
        if old.get(field) != new.get(field):
            yield forbidden_field(field, "field is immutable when `immutable` is set")


_CHECKS: dict[str, Callable[[Json, Json], Iterator[Problem]]] = {
    "statefulsets.apps": _stateful_set,
    "services": _service,
    "pods": _pod,
    "configmaps": _frozen_data,
    "secrets": _frozen_data,
    "storageclasses.storage.k8s.io": _storage_class,
    "rolebindings.rbac.authorization.k8s.io": _binding,
    "clusterrolebindings.rbac.authorization.k8s.io": _binding,
}
