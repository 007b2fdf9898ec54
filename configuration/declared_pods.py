"""The pods that an environment declares, and the platform's own, as `kube.placement` takes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from configuration.capacity_plan import daemons, platform_on_nodes, spec_in
from configuration.fields import EnvironmentFields
from constructs_lib.specs.fargate import profile_of
from constructs_lib.specs.manifest_files import MANIFESTS, load_manifests
from constructs_lib.specs.namespaced_workloads import NamespacedWorkload
from constructs_lib.specs.own_code import pod_objects_of, pods_of
from kube import volumes
from kube.placement import Pods
from kube.platform_pods import row_of
from kube.pods import admitted, pod_template, scaled
from kube.quotas import exceeded
from kube.scheduling import tolerating
from kube.values import Json, flag, number, text

CRITICAL = {"priorityClassName": "system-cluster-critical"}


def declared_pods(
    config: EnvironmentFields, bound: str = "maxReplicas"
) -> tuple[list[Pods], Counter[str], list[str], list[str]]:
    """Return the pods that need nodes, how many each profile runs, and the workloads that say nothing.

    The last are the names of those that volumes keep in a zone, which isn't known yet. Autoscalers keep as many as
    their `bound` says.
    """
    on_nodes, on_fargate, unknown, kept = list[Pods](), Counter[str](), list[str](), list[str]()
    said = [pod_objects_of(workload, config) for workload in config.workloads]
    every = [*_storage_classes(config), *(each for objects in said for each in objects or ())]
    others = [each for each in every if pod_template(each) is None]
    classes = [each for each in others if text(each, "kind") == "PriorityClass"]
    values = {text(each, "metadata", "name"): number(each, "value") or 0 for each in classes}
    default = max((number(x, "value") or 0 for x in classes if flag(x, "globalDefault")), default=0)
    for workload, objects in zip(config.workloads, said, strict=True):
        if objects is None:
            unknown += [workload.name] if pods_of(workload) else []
            continue
        for each in objects:
            template = pod_template(each)
            count = scaled(each, others, bound)
            on_each = text(each, "kind") == "DaemonSet"
            if template is None or not (count or on_each):
                continue
            if profile := profile_of(config.fargate_profiles, each):
                on_fargate[profile.name] += count
                continue
            namespace = text(each, "metadata", "namespace") or "default"
            spec = admitted(template.spec, namespace, others)
            name = f"{workload.name} {text(each, 'kind')}/{text(each, 'metadata', 'name')}"
            kept += [name] if volumes.stay(each, every) else []
            on_nodes.append(
                Pods(
                    name=name,
                    spec=spec if on_each else tolerating(spec),
                    labels={str(key): str(value) for key, value in template.labels.items()},
                    namespace=namespace,
                    count=0 if on_each else count,
                    on_each=on_each,
                    priority=int(values.get(text(template.spec, "priorityClassName"), default)),
                    volumes=volumes.affinities(each, every),
                )
            )
    return on_nodes, on_fargate, unknown, kept


def over_quotas(config: EnvironmentFields) -> Iterator[str]:
    """Yield in words what quotas refuse of the most pods that workloads keep, on nodes and on Fargate."""
    every = [each for x in config.workloads for each in pod_objects_of(x, config) or ()]
    made = [each for each in every if text(each, "kind") == "ResourceQuota"]
    for workload in config.workloads:
        if isinstance(workload, NamespacedWorkload) and workload.quota:
            metadata = {"name": "quota", "namespace": workload.namespace}
            made.append({"metadata": metadata, "spec": {"hard": dict(workload.quota)}})
    for quota in made:
        there = text(quota, "metadata", "namespace") or "default"
        pods = [
            (admitted(template.spec, there, every), scaled(each, every, "maxReplicas"))
            for each in every
            if (text(each, "metadata", "namespace") or "default") == there
            and (template := pod_template(each)) is not None
        ]
        yield from exceeded(quota, pods)


def _storage_classes(config: EnvironmentFields) -> Iterator[Json]:
    """Yield the platform's own."""
    ours = config.add_ons.ebs_csi_driver
    if ours:
        yield from load_manifests(MANIFESTS / "ebs-csi-driver" / "storage-class.yaml")
    for folder in filter(None, (each.storage_class for each in config.data_plane)):
        path = MANIFESTS / folder / "storage-class.yaml"
        yield from load_manifests(path, is_default=str(not ours).lower())


def platform_pods_of(config: EnvironmentFields) -> Iterator[Pods]:
    """Yield the platform's own pods; those of an add-on that nobody knows ask for a place only."""
    for name in daemons(config):
        yield Pods(name=name, spec=spec_in(config, name, "DaemonSet"), count=0, on_each=True)
    for name in sorted({each for group in config.compute for each in group.device_plugins}):
        for each in load_manifests(MANIFESTS / "device-plugins" / f"{name}.yaml"):
            if (template := pod_template(each)) is not None:
                yield Pods(name=name, spec=template.spec, count=0, on_each=True)
    for asked in platform_on_nodes(config):
        row = row_of(asked.name, "Deployment")
        yield Pods(
            name=asked.name,
            spec={**CRITICAL, **spec_in(config, asked.name)},
            labels=row.get("labels", {}),
            namespace="kube-system",
            count=asked.pods,
        )
