"""The resources of a folder of YAML or a Helm chart: namespace, service accounts, images, objects."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from aws_cdk import CfnResource, Duration
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from constructs_lib.acknowledgements import acknowledge
from constructs_lib.manifests import apply
from constructs_lib.permissions import permit, pod_identity_role
from constructs_lib.platform import Platform
from constructs_lib.specs.helm_release import HelmRelease
from constructs_lib.specs.kubernetes_objects import by_resource_id
from constructs_lib.specs.manifest_files import MANIFESTS, fill, load_manifests
from constructs_lib.specs.manifests import Manifests
from constructs_lib.specs.namespaced_workloads import ROOT, NamespacedWorkload
from constructs_lib.specs.namespaces import BUILT_IN_NAMESPACES
from constructs_lib.specs.permissions import PermissionsSpec

WORKLOAD = MANIFESTS / "workload"
PLATFORMS = {
    "amd64": ecr_assets.Platform.LINUX_AMD64,
    "arm64": ecr_assets.Platform.LINUX_ARM64,
}
RANKS: Sequence[Sequence[str]] = (
    ("CustomResourceDefinition", "PriorityClass", "StorageClass", "RuntimeClass"),
    ("ClusterRole", "Role", "ServiceAccount", "ConfigMap", "Secret", "PersistentVolumeClaim"),
    ("ClusterRoleBinding", "RoleBinding", "NetworkPolicy", "LimitRange", "ResourceQuota"),
    ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Job", "CronJob"),
)
"""Kinds in the order in which others need them; what is in none of them comes last. On deletion,
backwards, a load balancer goes while pods still answer."""


class WorkloadNamespace(Construct):
    """The namespace of a workload, with what guards it, and its service accounts."""

    def __init__(
        self, scope: Construct, construct_id: str, *, platform: Platform, spec: NamespacedWorkload
    ) -> None:
        """Make what the specification asks for; `ready` is what its pods must come after."""
        super().__init__(scope, construct_id)
        self._cluster = platform.cluster
        self._spec = spec
        self.ready: list[IConstruct] = []
        self.objects: dict[str, IConstruct] = {}
        if spec.namespace not in {*BUILT_IN_NAMESPACES, *platform.namespaces}:
            self._apply(
                "Namespace",
                load_manifests(
                    MANIFESTS / "namespace", name=spec.namespace, pod_security=spec.pod_security
                ),
            )
        if spec.quota:
            hard = {name: str(amount) for name, amount in spec.quota.items()}
            quota = load_manifests(WORKLOAD / "quota.yaml", namespace=spec.namespace, hard=hard)
            self._apply("Quota", quota)
        if spec.default_deny:
            policy = load_manifests(WORKLOAD / "default-deny.yaml", namespace=spec.namespace)
            self._apply("DefaultDeny", policy)
        for name, permissions in spec.service_accounts.items():
            if permissions.is_empty:
                self._account(name)
            elif spec.service_account_identity == "IRSA":
                self._irsa(name, permissions)
            else:
                self._pod_identity(name, permissions)

    def _account(self, name: str) -> None:
        account = load_manifests(
            WORKLOAD / "service-account.yaml", name=name, namespace=self._spec.namespace
        )
        self._apply(f"ServiceAccount-{name}", account)

    def _pod_identity(self, name: str, permissions: PermissionsSpec) -> None:
        self._account(name)
        role = pod_identity_role(
            self,
            f"Role-{name}",
            description=self._of(name),
            permissions=permissions,
            because=self._because(name),
        )
        association = eks.CfnPodIdentityAssociation(
            self,
            f"PodIdentityAssociation-{name}",
            cluster_name=self._cluster.cluster_name,
            namespace=self._spec.namespace,
            service_account=name,
            role_arn=role.role_arn,
        )
        # Pods that start before they are there get no credentials until they are restarted.
        self.ready += [association, role]

    def _irsa(self, name: str, permissions: PermissionsSpec) -> None:
        account = eks.ServiceAccount(
            self,
            f"ServiceAccount-{name}",
            cluster=self._cluster,  # type: ignore[arg-type]  # jsii: Cluster misses ICluster (aws-cdk#31454)
            name=name,
            namespace=self._spec.namespace,
            identity_type=eks.IdentityType.IRSA,
        )
        account.node.add_dependency(*self.ready)
        self.objects[f"ServiceAccount/{name}"] = account
        permit(cast("iam.Role", account.role), permissions, because=self._because(name))
        self.ready.append(account)

    def _of(self, account: str) -> str:
        return f"Pods of {self._spec.namespace}/{account}"

    def _because(self, account: str) -> str:
        return (
            f"The environment sets this policy; only {self._spec.namespace}/{account} can use it."
        )

    def _apply(self, construct_id: str, objects: list[dict[str, Any]]) -> None:
        manifest = apply(self, construct_id, cluster=self._cluster, objects=objects)
        manifest.node.add_dependency(*self.ready)
        self.ready.append(manifest)
        self.objects.update(dict.fromkeys(map(_name, objects), manifest))


def build_manifests(scope: Construct, platform: Platform, spec: Manifests) -> None:
    """Apply every object of a folder as a resource of its own.

    A reviewer sees which one changes, and one that is dropped is deleted: the kubectl handler's
    prune forgets some kinds (aws-cdk#22085).
    """
    namespace = WorkloadNamespace(scope, "Namespace", platform=platform, spec=spec)
    earlier: list[IConstruct] = list(namespace.ready)
    of_objects = dict(namespace.objects)
    ranked: dict[int, dict[str, dict[str, Any]]] = {}
    found = spec.objects(_images(scope, spec))
    places = {id(each.content): each.place for each in found}
    for resource_id, item in by_resource_id(each.content for each in found).items():
        ranked.setdefault(_rank(item["kind"]), {})[resource_id] = item
    for rank in sorted(ranked):
        applied = []
        for resource_id, item in ranked[rank].items():
            manifest = apply(scope, resource_id, cluster=platform.cluster, objects=[item])
            # No template says where an object comes from; the guardrails do.
            manifest.node.add_metadata("groundwork:file", places[id(item)])
            manifest.node.add_dependency(*earlier)
            applied.append(manifest)
            of_objects[_name(item)] = manifest
        earlier = [*applied] or earlier
    acknowledge_findings(scope, spec, of_objects)


def build_helm_release(scope: Construct, platform: Platform, spec: HelmRelease) -> None:
    """Install a Helm chart, after its namespace and service accounts."""
    namespace = WorkloadNamespace(scope, "Namespace", platform=platform, spec=spec)
    chart = eks.HelmChart(
        scope,
        "Chart",
        cluster=platform.cluster,  # type: ignore[arg-type]  # jsii: Cluster misses ICluster (aws-cdk#31454)
        # The handler looks for an unpacked oci:// chart under its name.
        chart=spec.chart or spec.repository.rsplit("/", 1)[-1],
        repository=spec.repository,
        version=spec.version,
        release=spec.release_name,
        namespace=spec.namespace,
        create_namespace=False,
        wait=spec.wait,
        timeout=Duration.minutes(spec.timeout_minutes),
    )
    if spec.values:
        # The CDK drops null, which tells Helm to remove a default of the chart.
        values = json.dumps(fill(spec.values, _images(scope, spec)), separators=(",", ":"))
        resource = cast("CfnResource", chart.node.find_child("Resource").node.default_child)
        resource.add_property_override("Values", values)
    chart.node.add_dependency(*namespace.ready)
    acknowledge_findings(chart, spec, namespace.objects)


def acknowledge_findings(
    whole: IConstruct, spec: NamespacedWorkload, of_objects: Mapping[str, IConstruct]
) -> None:
    """Acknowledge findings, each on the object that it names: `KUBE6[Deployment/web-budget]`."""
    for finding, reason in spec.acknowledge.items():
        # The CDK prints hyphens for spaces, and names of objects can have hyphens themselves.
        about = finding.partition("[")[2].removesuffix("]").replace(" ", "-")
        named = (each for each in of_objects if f"{about}-".startswith(f"{each}-"))
        place = of_objects.get(max(named, key=len, default=""), whole)
        acknowledge(place, {finding if "::" in finding else f"Groundwork::{finding}": reason})


def _name(item: Mapping[str, Any]) -> str:
    return f"{item['kind']}/{item['metadata']['name']}"


def _images(scope: Construct, spec: NamespacedWorkload) -> Mapping[str, str]:
    return {
        name: ecr_assets.DockerImageAsset(
            scope,
            f"Image-{name}",
            directory=str(ROOT / image.path),
            platform=PLATFORMS[image.architecture],
        ).image_uri
        for name, image in spec.images.items()
    }


def _rank(kind: str) -> int:
    return next((rank for rank, kinds in enumerate(RANKS) if kind in kinds), len(RANKS))
