"""What fits.yaml asks about resources: their properties, and facts about what surrounds them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import LAUNCH_TEMPLATE, NODE_GROUP
from assembly.kubernetes_object import KubernetesObject
from assembly.links import cluster_of, template_of
from assembly.resource import Resource
from guardrails.rule import BESIDE, Finding, breach, found
from kube.values import Json, Unknown, dicts, known, look_up, mapping, number, text

BUCKET, FLOW_LOG = "AWS::S3::Bucket", "AWS::EC2::FlowLog"
IOPS = {"gp3": (500, 3000), "io1": (50, 100), "io2": (1000, 100)}
"""IOPS per GiB, and what is always right (EBS user guide, "EBS volume types")."""
THROUGHPUT = (0.25, 125)
"""MiB/s per IOPS of gp3, and what is always right."""


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """One object or resource as the table sees it.

    `at` is where its fields stand, and `named` tells it from others there.
    """

    of: str
    item: KubernetesObject | Resource
    facts: Json
    at: str = ""
    named: str = ""

    def finding(self, field: str, value: str, detail: str, fix: str = "") -> Finding:
        """Return a finding about a field; `value` is what offends."""
        where = f"{self.at}.{field}".lstrip(".")
        named = f"{self.named} {value}".strip()
        if isinstance(self.item, KubernetesObject):
            return found(self.item, named, detail, fix=fix, field=where)
        return breach(self.item, where.replace(".", "/"), named, detail, fix=fix)


def is_production(environment: Environment, resource: Resource) -> bool:
    """Tell whether the stack of a resource's cluster must not be deleted, as one in production."""
    stack = (cluster_of(environment, resource) or resource).stack
    return environment.stacks[stack].termination_protection


def resource_views(environment: Environment, types: Iterable[str]) -> Iterator[View]:
    """Yield the resources of some types, and what others make of them."""
    for kind in types:
        for each in environment.resources(kind):
            yield _plain(environment, kind, each)
    used = [group.properties.get("Subnets") for group in environment.resources(NODE_GROUP)]
    for subnet in dict.fromkeys(environment.targets(used)):
        yield _plain(environment, "subnets of nodes", subnet)
    for bucket in flow_log_buckets(environment):
        yield _plain(environment, "buckets of flow logs", bucket)
    for template in environment.resources(LAUNCH_TEMPLATE):
        yield from _of_template(template, images(environment).get(template))


def _plain(environment: Environment, of: str, item: Resource) -> View:
    beside = {name: item.attribute(name) for name in BESIDE}
    production = is_production(environment, item)
    return View(of=of, item=item, facts={**item.properties, **beside, "production": production})


@indexed
def flow_log_buckets(environment: Environment) -> list[Resource]:
    """Return the buckets of the templates that flow logs are written to."""
    logs = [each.properties.get("LogDestination") for each in environment.resources(FLOW_LOG)]
    return [each for each in dict.fromkeys(environment.targets(logs)) if each.kind == BUCKET]


@indexed
def images(environment: Environment) -> dict[Resource, str]:
    """Return the AMI type of the launch template of each node group; EKS takes AL2023 without one."""
    made: dict[Resource, str] = {}
    for group in environment.resources(NODE_GROUP):
        if template := template_of(environment, group):
            own = look_up(template.properties, "LaunchTemplateData", "ImageId") is not None
            made[template] = "CUSTOM" if own else group.properties.get("AmiType") or "AL2023"
    return made


def _of_template(template: Resource, image: str | None) -> Iterator[View]:
    data, at = mapping(template.properties, "LaunchTemplateData"), "LaunchTemplateData"
    disks = data.get("BlockDeviceMappings")
    # What is left out by NoDevice isn't there.
    names = Counter(text(each, "DeviceName") for each in dicts(disks) if "NoDevice" not in each)
    facts: dict[str, object] = {
        "AmiType": image,
        "devices": [*names] if known(disks) else Unknown("${Devices}"),
        "twice": ", ".join(name for name, count in names.items() if count > 1),
    }
    yield View(of="launch templates", item=template, at=at, facts={**data, **facts})
    for each in dicts(disks):
        ebs, name = mapping(each, "Ebs"), text(each, "DeviceName")
        share, always = IOPS.get(text(ebs, "VolumeType"), (0, 0))
        size = number(ebs, "VolumeSize")
        iops = number(ebs, "Iops") if "Iops" in ebs else 3000
        facts = {
            "AmiType": image,
            "most_iops": max(share * size, always) if share and size else None,
            "most_throughput": max(int(THROUGHPUT[0] * iops), THROUGHPUT[1]) if iops else None,
        }
        place = f"{at}.BlockDeviceMappings"
        yield View(of="disks", item=template, at=place, named=name, facts={**each, **facts})
