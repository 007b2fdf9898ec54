"""The names of Kubernetes objects, in the cluster and as resources of a stack."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from kube.values import look_up, text

CLUSTER_SCOPED = {
    *("APIService", "CSIDriver", "CSINode", "CertificateSigningRequest", "ClusterRole"),
    *("ClusterRoleBinding", "ClusterTrustBundle", "ComponentStatus", "CustomResourceDefinition"),
    *("DeviceClass", "FlowSchema", "IPAddress", "IngressClass", "MutatingAdmissionPolicy"),
    *("MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration", "Namespace", "Node"),
    *("PersistentVolume", "PriorityClass", "PriorityLevelConfiguration", "ResourceSlice"),
    *("RuntimeClass", "ServiceCIDR", "StorageClass", "StorageVersion", "StorageVersionMigration"),
    *("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"),
    *("ValidatingWebhookConfiguration", "VolumeAttachment", "VolumeAttributesClass"),
}
"""Built-in kinds without a namespace: `kubectl api-resources --namespaced=false`."""
BUILT_IN_GROUPS = re.compile(r"v1|(apps|autoscaling|batch|policy|[a-z.]+\.k8s\.io)/.*")


def is_built_in(item: Mapping[str, Any]) -> bool:
    """Tell whether an object is of a built-in kind."""
    return BUILT_IN_GROUPS.fullmatch(text(item, "apiVersion")) is not None


def has_namespace(item: Mapping[str, Any]) -> bool:
    """Tell whether an object is known to be namespaced; custom resources must set their namespace."""
    return is_built_in(item) and item["kind"] not in CLUSTER_SCOPED


def object_name(item: Mapping[str, Any]) -> str | None:
    """Return a name that is unique in the cluster; None for an object without metadata.name."""
    name = look_up(item, "metadata", "name")
    if not isinstance(name, str) or not name:
        return None
    group = text(item, "apiVersion").rpartition("/")[0]
    kind = f"{item['kind']}.{group}" if group and not is_built_in(item) else str(item["kind"])
    namespace = text(item, "metadata", "namespace")
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


def by_resource_id(items: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return objects by the ids of the resources that apply them: kind and name for most.

    If two API groups have a kind with the same name, the id of the custom one includes its group.
    """
    own_first = sorted(items, key=lambda item: not is_built_in(item))
    ids: dict[str, dict[str, Any]] = {}
    for item in own_first:
        short = f"{item['kind']}-{look_up(item, 'metadata', 'name')}"
        ids[re.sub("[ /]", "-", str(object_name(item))) if short in ids else short] = item
    return ids
