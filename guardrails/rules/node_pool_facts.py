"""What fits.yaml asks about the pools and classes of Karpenter and EKS Auto Mode."""

from __future__ import annotations

from itertools import chain, product

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import CHART, NODE_GROUP, PROFILE, SECURITY_GROUP, SUBNET
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside, objects_beside
from assembly.resource import Resource
from capacity.instance_labels import known_values, meeting
from guardrails.reach.places import SELECTED, selected_by
from guardrails.rules.pod_networking import cni_of
from guardrails.rules.versions import minor_for
from guardrails.rules.workloads import chart_name
from kube.node_pools import alias_of, requirements
from kube.quantities import amount
from kube.scheduling import ZONE
from kube.values import Json, dicts, items, known, look_up, mapping, number, text

PER_IOPS, LEAST_THROUGHPUT = 0.25, 125
"""MiB/s that a gp3 volume has at most for each of its IOPS, and always (EBS user guide, "General Purpose SSD volumes")."""


def of_pool(_: Environment, item: KubernetesObject) -> Json:
    """Return the limits of a pool, and its requirements if no instance type meets them all."""
    template, most = look_up(item.spec, "template", "spec"), look_up(item.spec, "limits", "nodes")
    domain, every = text(template, "nodeClassRef", "group"), dicts(template, "requirements")
    told = requirements(template)
    judged = tuple(each for each in told if known_values(each[0], domain))
    fits = meeting(domain, judged)
    certain = is_certain(template)
    limits = [amount(look_up(item.spec, "limits", each)) for each in ("cpu", "memory")]
    # Karpenter counts nine tenths of an instance's memory, or more (settings, vmMemoryOverheadPercent).
    sizes = [(x.vcpus, x.memory_mib * 9 // 10) for x in fits] if certain else []
    said = ", ".join(f"{key} {how} {'|'.join(values)}" for key, how, values in judged)
    region = item.resource.scope.stack.region
    zones = [x for key, how, values in told if (key, how) == (ZONE, "In") for x in values]
    near = not region or not known(zones) or not zones or any(x.startswith(region) for x in zones)
    return {
        "is_v1": text(item.content, "apiVersion").endswith("/v1"),
        "unfit": said if certain and not fits else None,
        "smallest": min((x for x, _ in sizes), default=None),
        "least": min((x for _, x in sizes), default=None),
        "cpus": None if limits[0] is None else int(limits[0]),
        "memory": None if limits[1] is None else int(limits[1] / 1024**2),
        "most": int(amount(most) or 0) or None,
        "near": near,
        "too_few": [x for x in every if (number(x, "minValues") or 0) > len(items(x, "values"))],
    }


def is_certain(template: object) -> bool:
    """Tell whether all is known that a pool requires; a type newer than the data may be the one meant."""
    domain = text(template, "nodeClassRef", "group")
    return known(look_up(template, "requirements")) and not any(
        {*values} - known_values(key, domain)
        for key, operator, values in requirements(template)
        if operator == "In" and key.endswith(("family", "type", "generation"))
        if known_values(key, domain)
    )


def of_class(environment: Environment, item: KubernetesObject) -> Json:
    """Return the minor of the cluster that the nodes of a class join, its disks and its roles."""
    disks = dicts(item.spec, "blockDeviceMappings")
    return {
        "lost": _selects_none(environment, item, SUBNET),
        "ungrouped": _selects_none(environment, item, SECURITY_GROUP),
        "role_as": getattr(item.spec.get("role"), "attribute", None),
        "is_v1": text(item.content, "apiVersion").endswith("/v1"),
        "minor": minor_for(item.resource),
        "devices": [text(each, "deviceName") for each in disks],
        "most_throughput": throughput(mapping(item.spec, "ephemeralStorage")),
        "too_fast": [x for x in disks if _is_too_fast(mapping(x, "ebs"))],
        **_addresses(environment, item),
        "image": alias_of(item.spec),
        "roles": sum(item.spec.get(each) is not None for each in ("role", "instanceProfile")),
    }


def _selects_none(environment: Environment, item: KubernetesObject, kind: str) -> bool:
    return known(item.spec.get(SELECTED[kind])) and selected_by(environment, item, kind) == ()


def throughput(disk: Json, field: str = "iops") -> int | None:
    """Return the most MiB/s that a gp3 volume has with the IOPS in a field, None where that isn't known."""
    iops = number(disk, field) if field in disk else 3000
    return max(int(PER_IOPS * iops), LEAST_THROUGHPUT) if iops else None


def _is_too_fast(disk: Json) -> bool:
    most, told = throughput(disk), number(disk, "throughput")
    gp3 = disk.get("volumeType") in (None, "gp3")
    return gp3 and most is not None and told is not None and told > most


BESIDE_TYPES = {"karpenter.sh/capacity-type", "kubernetes.io/os", ZONE}
"""What pools require that says nothing about the instance type."""


def _addresses(environment: Environment, item: KubernetesObject) -> Json:
    """Return the pool of a class whose types serve the fewest pods: the type that serves most, and how many."""
    cluster, served = item.resource.cluster_key, dict[int, str]()
    here = (cluster, item.kind, item.name)
    cni = cni_of(environment, item.resource)
    for pool in environment.kubernetes_objects("NodePool") if cni else ():
        template = look_up(pool.spec, "template", "spec")
        domain, kind, name = (text(template, "nodeClassRef", x) for x in ("group", "kind", "name"))
        mine = (pool.resource.cluster_key, kind, name) == here
        told = requirements(template)
        all_known = all(key in BESIDE_TYPES or known_values(key, domain) for key, *_ in told)
        fits = meeting(domain, told) if mine and all_known and is_certain(template) else ()
        if cni and fits:
            largest = max(fits, key=cni.serves)
            served[cni.serves(largest)] = largest.name
    least = min(served, default=None)
    return {"addresses": least, "largest": least and served[least]}


EVENTS = {
    "aws.ec2 EC2 Spot Instance Interruption Warning",
    "aws.ec2 EC2 Instance State-change Notification",
    "aws.health AWS Health Event",
}
"""What Karpenter must hear of: https://karpenter.sh/docs/concepts/disruption/#interruption."""


def _heard(environment: Environment, queue: object) -> set[str] | None:
    """Return the sources and types of events that rules send to a queue, None if one isn't known."""
    rules = [
        each.properties
        for each in environment.resources("AWS::Events::Rule")
        if any(environment.target(x.get("Arn")) == queue for x in dicts(each.properties, "Targets"))
    ]
    patterns = [
        [items(each, "EventPattern", field) for field in ("source", "detail-type")]
        for each in rules
        if each.get("State") != "DISABLED"
    ]
    # A pattern can also be a prefix, or leave one of the two open.
    plain = all(
        words and known(words) and all(isinstance(x, str) for x in words)
        for words in chain.from_iterable(patterns)
    )
    if not rules or not plain:
        return None
    return {" ".join(pair) for both in patterns for pair in product(*both)}


@indexed
def _filled(environment: Environment) -> list[Resource]:
    every = environment.resources("AWS::SQS::Queue")
    return [each for each in every if EVENTS & (_heard(environment, each) or set())]


def of_controller(environment: Environment, chart: Resource, values: object) -> Json:
    """Return how many pods of Karpenter want a node each, the nodes that it doesn't make, its version."""
    groups = [*beside(environment, chart, NODE_GROUP)]
    sizes = [number(each.properties, "ScalingConfig", "DesiredSize") for each in groups]
    elsewhere = not groups or None in sizes or any(beside(environment, chart, PROFILE))
    there = [x for x in beside(environment, chart, CHART) if chart_name(x) == "karpenter"]
    versions = [text(each.properties, "Version") for each in there]
    queue = look_up(values, "settings", "interruptionQueue")
    is_queue = getattr(environment.target(queue), "kind", "") == "AWS::SQS::Queue"
    heard = _heard(environment, environment.target(queue)) if is_queue else None
    filled = _filled(environment)
    # CloudFormation begins a name that it makes up with that of the stack.
    made_up = [f"{x.scope.stack.deployed_as}-" for x in filled]
    names = [x.properties.get("QueueName", y) for x, y in zip(filled, made_up, strict=True)]
    judged = known([queue, names]) and filled and isinstance(queue, str)
    others = judged and queue and not any(queue.startswith(text(x)) for x in names)
    pools = objects_beside(environment, chart, "NodePool")
    asked = ((x.name, y) for x in pools for y in requirements(look_up(x.spec, "template", "spec")))
    spot = (
        f"NodePool {name}" for name, (_, how, kinds) in asked if how == "In" and "spot" in kinds
    )
    return {
        "deaf": next(chain((x.path for x in filled), spot), ""),
        "others": bool(others),
        "unheard": ", ".join(sorted(EVENTS - heard)) if heard is not None else "",
        "queue_as": getattr(queue, "attribute", None) if is_queue else None,
        "pods": 2 if look_up(values, "replicas") is None else number(values, "replicas"),
        "nodes": None if elsewhere else sum(filter(None, sizes)),
        "controllers": [version for version in versions if version and known(version)] or None,
    }
