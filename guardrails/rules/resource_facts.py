"""What fits.yaml asks about resources: their properties, and facts about what surrounds them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import CLUSTER, LAUNCH_TEMPLATE, LOG_GROUPS, NODE_GROUP, SUBNET
from assembly.links import beside, objects_beside, template_of
from assembly.nodes import has_other_nodes, is_self_managed, node_groups
from assembly.references import Reference
from assembly.resource import Resource
from assembly.user_data import plain
from guardrails.rule import BESIDE, View
from guardrails.rules import pod_roles
from guardrails.rules.homes import of_platform
from guardrails.rules.left_behind import left_behind
from guardrails.rules.node_pool_facts import throughput
from guardrails.rules.pod_networking import VpcCni, cni_of, configured, zone_of
from guardrails.rules.presence import closed
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import HELD, Pods, components, is_default, told
from kube.fargate import COMPUTE_TYPE
from kube.pods import over_limits, replicas
from kube.values import (
    Json,
    Unknown,
    dicts,
    flag,
    items,
    known,
    look_up,
    mapping,
    number,
    table,
    text,
    unsure,
)

CONTROL_PLANE = re.compile(r"/aws/eks/.+/cluster$")
BUCKET, FLOW_LOG = "AWS::S3::Bucket", "AWS::EC2::FlowLog"
PROVIDER = "AWS::IAM::OIDCProvider"
DATA: Json = table(__file__)
CONTROLLER = "aws-load-balancer-controller"


def is_production(environment: Environment, resource: Resource) -> bool:
    """Tell whether a resource is in production.

    An assembly that doesn't say so protects the stacks of production from deletion.
    """
    if environment.production is not None:
        return environment.production
    stack = (resource.cluster or resource).stack
    return environment.stacks[stack].termination_protection


def resource_views(environment: Environment, types: Iterable[str]) -> Iterator[View]:
    """Yield the resources of some types, and what others make of them."""
    groups = node_groups(environment)
    several = {
        **{kind: environment.resources(kind) for kind in types},
        "subnets of nodes": environment.targets(
            [each.properties.get("Subnets") for each in groups]
        ),
        "buckets of flow logs": flow_log_buckets(environment),
        "records": _records(environment),
        "issuers": [x for x in environment.resources(PROVIDER) if unsure(x.properties.get("Url"))],
    }
    subnets = [each.properties.get("CidrBlock") for each in environment.resources(SUBNET)]
    for of, resources in several.items():
        for each in dict.fromkeys(resources):
            yield _plain(environment, of, each, {"subnets": subnets})
    own = {"elsewhere": bool(environment.kubernetes_objects("ENIConfig"))}
    for cni in configured(environment):
        around = of_clusters(environment).get(cni.add_on.cluster_key, {})
        facts = {**mapping(cni.configuration), **around, **own}
        yield View(of="cni", item=cni.add_on, facts=facts)
    managed = {template_of(environment, x) for x in groups if not is_self_managed(x)}
    for template in environment.resources(LAUNCH_TEMPLATE):
        image = images(environment).get(template)
        yield from _of_template(template, image, managed=template in managed)
    for guest in of_platform(environment):
        owner, count = guest.owner.resource, replicas(guest.owner.content)
        identity = has_identity_on_fargate(environment, guest)
        facts = {"count": count, "name": guest.name, "identity": identity}
        facts["over"] = over_limits(guest.spec)
        view = _plain(environment, "platform", owner, facts)
        yield replace(view, at=HELD[owner.kind], named=guest.name)
    for cluster in environment.resources(CLUSTER):
        parts = [flag(cluster.properties, *path) for path in DATA["auto_mode"]]
        facts = {
            "own": cluster.type == CLUSTER,
            "automatic": parts[0] is not False,
            "mixed": {True, False} <= {*parts},
        }
        around = of_clusters(environment)[cluster.node]
        yield _plain(environment, "clusters", cluster, {**around, **facts})
    for group in groups:
        others = [*beside(environment, group, NODE_GROUP)]
        alone = len(others) == 1 and not has_other_nodes(environment)
        there = [zone_of(environment, each) for each in items(group.properties, "Subnets")]
        made = template_of(environment, group)
        data = look_up(made.properties, "LaunchTemplateData") if made else {}
        together = environment.target(look_up(data, "Placement", "GroupName"))
        facts = {"alone": alone, "zones": len({*there}) if all(there) else None}
        facts["told"] = plain(said) if (said := getattr(group, "told", None)) else said
        most = number(group.properties, "ScalingConfig", "MaxSize")
        facts["most_kept"] = most - 1 if most else None
        facts["strategy"] = together and together.properties.get("Strategy")
        facts |= of_clusters(environment).get(group.cluster_key, {})
        yield _plain(environment, "groups", group, facts)


def _plain(environment: Environment, of: str, item: Resource, facts: Json) -> View:
    beside = {name: item.attribute(name) for name in BESIDE}
    own = {**item.properties, **beside, "production": is_production(environment, item)}
    named = [(x, y) for x, y in item.properties.items() if isinstance(y, Reference)]
    own["kinds"] = {x: to.kind for x, y in named if (to := environment.target(y))}
    return View(of=of, item=item, facts={**own, **left_behind(environment, item), **facts})


def has_identity_on_fargate(environment: Environment, template: Pods) -> bool:
    """Tell whether a Fargate profile selects pods that get their role by EKS Pod Identity."""
    own = {(template.owner.place, text(template.spec, "serviceAccountName") or "default")}
    for each in pod_roles.components(environment):
        if each.resource == template.owner.resource:
            own = {(each.place, name) for name in each.accounts}
    given = {(one.place, one.name) for one in pod_roles.grants(environment) if not one.web}
    kept_off = template.annotations.get(COMPUTE_TYPE) == "ec2" or template.owner.kind == "DaemonSet"
    return not kept_off and not own.isdisjoint(given) and runs_on_fargate(environment, template)


@indexed
def of_clusters(environment: Environment) -> Mapping[object, Json]:
    """Return what add-ons, charts and classes of a cluster there are."""
    parts = components(environment)
    installed = grouped((each.cluster_key, (name, each)) for each, name, _ in parts)
    drivers_added = bool(environment.kubernetes_objects("CSIDriver"))
    made: dict[object, Json] = {}
    for cluster in environment.resources(CLUSTER):
        names = dict(installed.get(cluster.node, ()))
        automatic = flag(cluster.properties, "StorageConfig", "BlockStorage", "Enabled")
        own = [driver for name in names for driver in DATA["drivers"].get(name, ())]
        charts_known = (cluster.node, "") in closed(environment)
        chart, cni = names.get(CONTROLLER), cni_of(environment, cluster)
        classes = objects_beside(environment, cluster, "StorageClass")
        workloads = objects_beside(environment, cluster, "DaemonSet", "Deployment")
        made[cluster.node] = {
            "installed": [*names, *(each.name for each in workloads)],
            "charts_known": charts_known,
            "drivers": [*own, *DATA["drivers"]["" if automatic is False else "auto mode"]],
            "drivers_known": charts_known and not drivers_added,
            "families": DATA["families"].get(text(cluster.properties, *DATA["family"])),
            "defaults": sum(map(is_default, classes)),
            "balances": flag(cluster.properties, *DATA["auto_mode"][2]),
            "balancers": [
                None,
                "eks.amazonaws.com/nlb",
                *(["service.k8s.aws/nlb"] if chart else ()),
            ],
            # A ConfigMap turns it on in Auto Mode (EKS user guide, "Use Network Policies with EKS Auto Mode").
            "isolated": (cni is None or cni.may_isolate)
            if automatic is not True or cni
            else "amazon-vpc-cni" in _config_maps(environment),
            "windows": _windows(environment, cni),
            "mutated": not chart or flag(told(chart), "enableServiceMutatorWebhook", default=True),
        }
    return made


def _windows(environment: Environment, cni: VpcCni | None) -> bool | None:
    """Tell whether pods on Windows get addresses, None where nobody knows or a ConfigMap says it."""
    told = flag(cni.configuration, "enableWindowsIpam") if cni else None
    return None if "amazon-vpc-cni" in _config_maps(environment) else told


def _config_maps(environment: Environment) -> list[str]:
    return [each.name for each in environment.kubernetes_objects("ConfigMap")]


@indexed
def flow_log_buckets(environment: Environment) -> list[Resource]:
    """Return the buckets of the templates that flow logs are written to."""
    return [each for each in _records(environment) if each.kind == BUCKET]


@indexed
def _records(environment: Environment) -> list[Resource]:
    """Return the log groups and buckets that the control plane and flow logs write to."""
    logs = [each.properties for each in environment.resources(FLOW_LOG)]
    groups = environment.resources(*LOG_GROUPS)
    named = [each for each in groups if CONTROL_PLANE.match(text(each.properties, "LogGroupName"))]
    found = (*environment.targets(logs), *named)
    return [each for each in dict.fromkeys(found) if each.kind in (BUCKET, *LOG_GROUPS)]


@indexed
def images(environment: Environment) -> dict[Resource, str]:
    """Return the AMI type of the launch template of each node group; EKS takes AL2023 without one."""
    made: dict[Resource, str] = {}
    for group in node_groups(environment):
        if template := template_of(environment, group):
            own = look_up(template.properties, "LaunchTemplateData", "ImageId") is not None
            custom = own and not is_self_managed(group)
            made[template] = "CUSTOM" if custom else group.properties.get("AmiType") or "AL2023"
    return made


def _of_template(template: Resource, image: str | None, *, managed: bool) -> Iterator[View]:
    data, at = mapping(template.properties, "LaunchTemplateData"), "LaunchTemplateData"
    disks = data.get("BlockDeviceMappings")
    # What is left out by NoDevice isn't there.
    names = Counter(text(each, "DeviceName") for each in dicts(disks) if "NoDevice" not in each)
    facts: dict[str, object] = {
        "AmiType": image,
        "managed": managed,
        "unmanaged": image is not None and not managed,
        "devices": [*names] if known(disks) else Unknown("${Devices}"),
        "twice": ", ".join(name for name, count in names.items() if count > 1),
    }
    yield View(of="launch templates", item=template, at=at, facts={**data, **facts})
    for each in dicts(disks):
        ebs, name = mapping(each, "Ebs"), text(each, "DeviceName")
        share, always = DATA["iops"].get(text(ebs, "VolumeType"), (0, 0))
        size = number(ebs, "VolumeSize")
        facts = {
            "AmiType": image,
            "most_iops": max(share * size, always) if share and size else None,
            "most_throughput": throughput(ebs, "Iops"),
        }
        place = f"{at}.BlockDeviceMappings"
        yield View(of="disks", item=template, at=place, named=name, facts={**each, **facts})
