"""What fits.yaml asks about: each object's fields, and facts about what surrounds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import CLUSTER, NODE_GROUP
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside, cluster_key
from assembly.nodes import has_other_nodes
from assembly.structured import structured
from capacity.room import GIB
from guardrails.rules.homes import of_platform
from guardrails.rules.object_facts import OBJECTS, is_default
from guardrails.rules.pod_facts import container_facts, pod_facts
from guardrails.rules.pod_networking import zone_of
from guardrails.rules.presence import closed, components
from guardrails.rules.resource_facts import View, is_production, resource_views
from guardrails.rules.workloads import HELD, Pods, by_name, pods
from kube.pods import replicas
from kube.quantities import amount
from kube.values import Json, flag, items, look_up, mapping, text

PROVIDERS: Mapping[str, Sequence[str]] = {
    "aws-ebs-csi-driver": ("ebs.csi.aws.com", "kubernetes.io/aws-ebs"),
    "aws-efs-csi-driver": ("efs.csi.aws.com",),
    "aws-fsx-csi-driver": ("fsx.csi.aws.com",),
    "aws-mountpoint-s3-csi-driver": ("s3.csi.aws.com",),
}
"""The drivers of add-ons and charts (EKS user guide, "Amazon EKS add-ons")."""
AUTOMATIC = ("ebs.csi.eks.amazonaws.com",)
CONTROLLER = "aws-load-balancer-controller"
WHOLE = ("Namespace", "Service", "StorageClass")
"""Kinds whose rows name fields beside spec."""
AUTO_MODE = (
    ("ComputeConfig", "Enabled"),
    ("StorageConfig", "BlockStorage", "Enabled"),
    ("KubernetesNetworkConfig", "ElasticLoadBalancing", "Enabled"),
)


def views(environment: Environment, types: Iterable[str]) -> Iterator[View]:
    """Yield every view; `types` are those of plain resources."""
    yield from resource_views(environment, types)
    for template in pods(environment):
        yield from _of_pods(environment, template)
    for item in environment.kubernetes_objects():
        if item.kind in OBJECTS:
            whole = item.kind in WHOLE
            own, at = (item.content, "") if whole else (item.spec, "spec")
            facts = {**_around(environment, item), **own, **OBJECTS[item.kind](environment, item)}
            yield View(of=item.kind, item=item, at=at, facts=facts)
        yield from _claims(environment, item)
    for guest in of_platform(environment):
        owner, name, count = guest.owner.resource, guest.name, replicas(guest.owner.content)
        own = {"production": is_production(environment, owner), "count": count, "name": name}
        yield View(of="platform", item=owner, at=HELD[owner.kind], named=name, facts=own)
    for cluster in environment.resources(CLUSTER):
        parts = [flag(cluster.properties, *path) for path in AUTO_MODE]
        own = {
            **cluster.properties,
            **_of_cluster(environment)[cluster.node],
            "automatic": parts[0] is not False,
            "mixed": {True, False} <= {*parts},
        }
        yield View(of="clusters", item=cluster, facts=own)
    for group in environment.resources(NODE_GROUP):
        others = [*beside(environment, group, NODE_GROUP)]
        alone = len(others) == 1 and not has_other_nodes(environment)
        there = [zone_of(environment, each) for each in items(group.properties, "Subnets")]
        own = {
            **group.properties,
            "alone": alone,
            "zones": len({*there}) if all(there) else None,
            "production": is_production(environment, group),
        }
        yield View(of="groups", item=group, facts=own)


def _of_pods(environment: Environment, template: Pods) -> Iterator[View]:
    own = {**_around(environment, template.owner), **template.spec}
    facts = {**own, **pod_facts(environment, template, production=own["production"])}
    yield View(of="pods", item=template.owner, at=template.path, facts=facts)
    for index, container in enumerate(template.containers):
        at = f"{template.path}.containers[{index}]"
        facts = {**container, **container_facts(container, template)}
        yield View(of="containers", item=template.owner, at=at, facts=facts)


def _around(environment: Environment, item: KubernetesObject) -> Json:
    key = cluster_key(environment, item.resource)
    return {
        "production": is_production(environment, item.resource),
        **_of_cluster(environment).get(key, {}),
    }


@indexed
def _of_cluster(environment: Environment) -> Mapping[object, Json]:
    """Return what add-ons, charts and classes of a cluster there are."""
    installed = grouped(
        (cluster_key(environment, each), (name, each)) for each, name, _ in components(environment)
    )
    classes = grouped(
        (cluster_key(environment, each.resource), is_default(each))
        for each in environment.kubernetes_objects("StorageClass")
    )
    drivers_added = bool(environment.kubernetes_objects("CSIDriver"))
    made: dict[object, Json] = {}
    for cluster in environment.resources(CLUSTER):
        names = dict(installed.get(cluster.node, ()))
        automatic = flag(cluster.properties, "StorageConfig", "BlockStorage", "Enabled")
        own = [driver for name in names for driver in PROVIDERS.get(name, ())]
        own += ["kubernetes.io/no-provisioner", *(AUTOMATIC if automatic is not False else ())]
        charts_known = (cluster.node, "") in closed(environment)
        told: object = None
        with suppress(ValueError):
            chart = names.get(CONTROLLER)
            told = structured(chart.properties.get("Values")) if chart else None
        made[cluster.node] = {
            "dns": "coredns" in names,
            "charts_known": charts_known,
            "metrics_server": "metrics-server" in names,
            "drivers": own,
            "drivers_known": charts_known and not drivers_added,
            "defaults": sum(classes.get(cluster.node, ())),
            "balancers": [
                None,
                "eks.amazonaws.com/nlb",
                *(["service.k8s.aws/nlb"] * (CONTROLLER in names)),
            ],
            "mutated": CONTROLLER not in names
            or flag(told, "enableServiceMutatorWebhook", default=True),
        }
    return made


def _claims(environment: Environment, item: KubernetesObject) -> Iterator[View]:
    claims = [("spec", item.spec)] if item.kind == "PersistentVolumeClaim" else []
    for index, each in enumerate(items(item.spec, "volumeClaimTemplates")):
        claims.append((f"spec.volumeClaimTemplates[{index}].spec", mapping(each, "spec")))
    for at, spec in claims:
        cluster = cluster_key(environment, item.resource)
        key = ((cluster, "default"), "StorageClass", text(spec, "storageClassName"))
        made_by = by_name(environment).get(key)
        size = amount(look_up(spec, "resources", "requests", "storage"))
        more = {"class": made_by and made_by.content, "size": size and int(size / GIB)}
        facts = {**_around(environment, item), **spec, **more}
        yield View(of="claims", item=item, at=at, facts=facts)
