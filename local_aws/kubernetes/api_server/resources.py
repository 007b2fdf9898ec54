"""The kinds that the API server knows: Kubernetes' own, and those that CRDs add at run time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kube.values import Json as Schema
from local_aws.kubernetes.objects import Json, look_up
from local_aws.kubernetes.schemas import Schemas

# One line per kind: group/version, plural, kind, N(amespaced) or C(luster), short names,
# categories, subresources. A dash says none.
_BUILT_IN = """
v1 namespaces Namespace C ns - status
v1 configmaps ConfigMap N cm - -
v1 secrets Secret N - - -
v1 serviceaccounts ServiceAccount N sa - -
v1 services Service N svc all status
v1 pods Pod N po all status,log,eviction,binding
v1 endpoints Endpoints N ep - -
v1 events Event N ev - -
v1 nodes Node C no - status
v1 persistentvolumes PersistentVolume C pv - status
v1 persistentvolumeclaims PersistentVolumeClaim N pvc - status
v1 replicationcontrollers ReplicationController N rc all status
v1 limitranges LimitRange N limits - -
v1 resourcequotas ResourceQuota N quota - status
apps/v1 deployments Deployment N deploy all status,scale
apps/v1 daemonsets DaemonSet N ds all status
apps/v1 statefulsets StatefulSet N sts all status,scale
apps/v1 replicasets ReplicaSet N rs all status,scale
apps/v1 controllerrevisions ControllerRevision N - - -
batch/v1 jobs Job N - all status
batch/v1 cronjobs CronJob N cj all status
autoscaling/v2 horizontalpodautoscalers HorizontalPodAutoscaler N hpa all status
networking.k8s.io/v1 networkpolicies NetworkPolicy N netpol - -
networking.k8s.io/v1 ingresses Ingress N ing - status
networking.k8s.io/v1 ingressclasses IngressClass C - - -
policy/v1 poddisruptionbudgets PodDisruptionBudget N pdb - status
discovery.k8s.io/v1 endpointslices EndpointSlice N - - -
coordination.k8s.io/v1 leases Lease N - - -
rbac.authorization.k8s.io/v1 roles Role N - - -
rbac.authorization.k8s.io/v1 rolebindings RoleBinding N - - -
rbac.authorization.k8s.io/v1 clusterroles ClusterRole C - - -
rbac.authorization.k8s.io/v1 clusterrolebindings ClusterRoleBinding C - - -
storage.k8s.io/v1 storageclasses StorageClass C sc - -
storage.k8s.io/v1 csidrivers CSIDriver C - - -
storage.k8s.io/v1 csinodes CSINode C - - -
scheduling.k8s.io/v1 priorityclasses PriorityClass C pc - -
admissionregistration.k8s.io/v1 validatingwebhookconfigurations ValidatingWebhookConfiguration C - api-extensions -
admissionregistration.k8s.io/v1 mutatingwebhookconfigurations MutatingWebhookConfiguration C - api-extensions -
admissionregistration.k8s.io/v1 validatingadmissionpolicies ValidatingAdmissionPolicy C - api-extensions status
admissionregistration.k8s.io/v1 validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding C - api-extensions -
apiextensions.k8s.io/v1 customresourcedefinitions CustomResourceDefinition C crd,crds api-extensions status
apiregistration.k8s.io/v1 apiservices APIService C - api-extensions status
"""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One kind at one version. `schema` is set for custom ones: their OpenAPI schema."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    schema: Json | None = None
    columns: tuple[Json, ...] = ()
    singular: str = field(default="")

    @property
    def api_version(self) -> str:
        """Return the group and version as an object's apiVersion has them."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def group_resource(self) -> str:
        """Return the resource with its group, as messages name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def key(self) -> tuple[str, str]:
        """Return what all versions of the kind share."""
        return self.group, self.plural

    def schema_of(self, schemas: Schemas) -> Schema:
        """Return the schema of the kind's objects; an open one where none is known."""
        if self.schema is not None:
            return schemas.custom(self.schema)
        return schemas.of(self.api_version, self.kind)


def _built_in() -> Iterator[Resource]:
    for line in _BUILT_IN.strip().splitlines():
        api_version, plural, kind, scope, *lists = line.split()
        group, _, version = api_version.rpartition("/")
        short_names, categories, subresources = (
            () if text == "-" else tuple(text.split(",")) for text in lists
        )
        yield Resource(
            group=group,
            version=version,
            plural=plural,
            kind=kind,
            namespaced=scope == "N",
            short_names=short_names,
            categories=categories,
            subresources=subresources,
        )


class Registry:
    """Which resources there are."""

    def __init__(self) -> None:
        self._resources: dict[tuple[str, str, str], Resource] = {
            (one.group, one.version, one.plural): one for one in _built_in()
        }

    def __iter__(self) -> Iterator[Resource]:
        return iter(list(self._resources.values()))

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        """Return the resource at a path, or None."""
        return self._resources.get((group, version, plural))

    def get(self, group: str, plural: str) -> Resource:
        """Return a resource in the first of its versions."""
        return next(one for one in self if one.key == (group, plural))

    def by_kind(self, api_version: str, kind: str) -> Resource | None:
        """Return the resource of an object's apiVersion and kind, or None."""
        return next((r for r in self if (r.api_version, r.kind) == (api_version, kind)), None)

    def versions(self, group: str) -> list[str]:
        """Return a group's versions, the preferred one first."""
        return list(dict.fromkeys(one.version for one in self if one.group == group))

    def groups(self) -> list[str]:
        """Return the groups, without the core one."""
        return list(dict.fromkeys(one.group for one in self if one.group))

    def add_custom(self, definition: Json) -> None:
        """Serve the versions of a CustomResourceDefinition, and no others of its kind."""
        self.remove_custom(definition)
        spec = definition["spec"]
        names = spec["names"]
        # The stored version is the preferred one, so it comes first.
        for version in sorted(spec["versions"], key=lambda one: not one.get("storage")):
            if not version.get("served"):
                continue
            resource = Resource(
                group=spec["group"],
                version=version["name"],
                plural=names["plural"],
                kind=names["kind"],
                namespaced=spec["scope"] == "Namespaced",
                short_names=tuple(names.get("shortNames") or ()),
                categories=tuple(names.get("categories") or ()),
                subresources=tuple(version.get("subresources") or {}),
                schema=look_up(version, "schema", "openAPIV3Schema") or {},
                columns=tuple(version.get("additionalPrinterColumns") or ()),
                singular=names.get("singular") or names["kind"].lower(),
            )
            self._resources[resource.group, resource.version, resource.plural] = resource

    def remove_custom(self, definition: Json) -> None:
        """Serve a CustomResourceDefinition's kind no more."""
        key = definition["spec"]["group"], definition["spec"]["names"]["plural"]
        self._resources = {at: one for at, one in self._resources.items() if one.key != key}
