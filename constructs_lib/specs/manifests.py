"""A workload that is a folder of plain YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from constructs_lib.specs.base import Problem, rule
from constructs_lib.specs.manifest_files import ManifestError, load_manifests
from constructs_lib.specs.namespaced_workloads import ROOT, NamespacedWorkload
from constructs_lib.specs.types import NonEmpty
from kube.pods import pod_template, replicas
from kube.values import look_up

if TYPE_CHECKING:
    from constructs import Construct

    from constructs_lib.platform import Platform

Value = str | int | bool | float | None
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
"""Kubernetes' own kinds that have no namespace: `kubectl api-resources --namespaced=false`."""
BUILT_IN_GROUPS = re.compile(r"v1|(apps|autoscaling|batch|policy|[a-z.]+\.k8s\.io)/.*")


class Manifests(NamespacedWorkload):
    """Kubernetes objects in plain YAML, as `kubectl apply` takes them."""

    path: NonEmpty
    """The folder with the .yaml files, or one file, relative to the top of the repository."""
    values: Mapping[NonEmpty, Value | tuple[Value, ...]] = {}
    """What the placeholders ${name} of the files stand for."""

    def objects(self, images: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """Return the objects of the files; raises `ManifestError` where they can't be read.

        `images` has the URI of each image; without it placeholders stand for them.
        """
        plain = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self.values.items()
        }
        placeholders = {name: f"image/{name}" for name in self.images}
        objects = load_manifests(ROOT / self.path, **{**plain, **(images or placeholders)})
        for item in objects:
            metadata = item.get("metadata")
            if isinstance(metadata, dict) and _has_namespace(item):
                metadata.setdefault("namespace", self.namespace)
        return objects

    @property
    def pods(self) -> int:
        """Return how many pods the files ask for."""
        return sum(replicas(each) or 0 for each in self._readable() if pod_template(each))

    def pods_of(self, account: str) -> Iterator[Mapping[str, object]]:
        """Yield the labels of the pods that use a service account."""
        for template in map(pod_template, self._readable()):
            if (
                template is not None
                and (template.spec.get("serviceAccountName") or "default") == account
            ):
                yield template.labels

    def _readable(self) -> list[dict[str, Any]]:
        try:
            return self.objects()
        except ManifestError:
            return []  # files_can_be_read tells it

    @rule
    def files_can_be_read(self) -> Iterator[Problem]:
        """Every placeholder has a value, every value a placeholder, and nothing is made twice."""
        twice = sorted(set(self.values) & set(self.images))
        if twice:
            yield Problem(
                at="values",
                got=twice,
                allowed="names that are not in images",
                fix=f"rename {', '.join(twice)}",
            )
            return
        try:
            objects = self.objects()
        except ManifestError as error:
            yield Problem(
                at="path",
                got=self.path,
                allowed=f"YAML files in this repository that match values and images: {error}",
                fix="fix the files, or change values and images",
            )
            return
        seen = set()
        for item in objects:
            yield from self._misplaced(item)
            if (name := identity(item)) in seen or name is None:
                yield Problem(
                    at="path",
                    got=self.path,
                    allowed="files in which each object has a metadata.name that is unique for its "
                    f"kind; see {item['kind']}",
                    fix="rename or remove it",
                )
            seen.add(name)

    def _misplaced(self, item: Mapping[str, Any]) -> Iterator[Problem]:
        kind, name = str(item["kind"]), look_up(item, "metadata", "name")
        namespace = look_up(item, "metadata", "namespace")
        if namespace not in (None, self.namespace):
            yield Problem(
                at="namespace",
                got=self.namespace,
                allowed=f"{namespace!r}, the namespace of {kind}/{name}",
                fix=f'quote it in the files: namespace: "{namespace}"'
                if str(namespace) == self.namespace
                else "remove metadata.namespace from the files, or move them to another workload",
            )
        accounts = self.service_accounts if kind == "ServiceAccount" else ()
        if kind == "Namespace" or (isinstance(name, str) and name in accounts):
            yield Problem(
                at="path",
                got=self.path,
                allowed=f"files without {kind}/{name}, which the stack creates itself",
                fix="remove it from the files",
            )

    def build(self, scope: Construct, platform: Platform) -> None:
        """Apply every object as its own resource."""
        from constructs_lib.workloads import build_manifests  # noqa: PLC0415  # needs the CDK

        build_manifests(scope, platform, self)


def identity(item: Mapping[str, Any]) -> str | None:
    """Return the kind and name of an object, the id of its resource; None for one without name."""
    name = look_up(item, "metadata", "name")
    return f"{item['kind']}-{name}" if isinstance(name, str) and name else None


def _has_namespace(item: Mapping[str, Any]) -> bool:
    """Tell whether an object certainly belongs into a namespace; custom kinds say it themselves."""
    version = item.get("apiVersion")
    built_in = isinstance(version, str) and BUILT_IN_GROUPS.fullmatch(version) is not None
    return built_in and item["kind"] not in CLUSTER_SCOPED
