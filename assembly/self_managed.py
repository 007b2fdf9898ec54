"""Self-managed node groups: Auto Scaling groups of nodes, read as the groups that EKS manages.

What none of their resources says is unknown, so that a rule for either kind is one rule.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import (
    ACCESS_ENTRY,
    AUTO_SCALING_GROUP,
    INSTANCE_PROFILE,
    LAUNCH_TEMPLATE,
    NODE_GROUP,
    ROLE,
    WARM_POOL,
)
from assembly.node_group import NodeGroup
from assembly.published_images import ami_type
from assembly.references import Reference, parted
from assembly.resource import Resource
from assembly.user_data import joining_in, labels_in, max_pods_in, taints_in, user_data
from kube.values import Json, Unknown, dicts, items, look_up, mapping, text, unsure

OF_CLUSTER = "kubernetes.io/cluster/"
NODE_TYPES = ("EC2_LINUX", "EC2_WINDOWS")
"""The types of the access entries of self-managed nodes (EKS user guide, "Create access entries")."""
SUBNETS = "VPCZoneIdentifier"
PLACES = {
    "InstanceTypes": "MixedInstancesPolicy/LaunchTemplate/Overrides",
    "CapacityType": "MixedInstancesPolicy/InstancesDistribution",
    "Subnets": SUBNETS,
    "ScalingConfig/MinSize": "MinSize",
    "ScalingConfig/DesiredSize": "DesiredCapacity",
    "ScalingConfig/MaxSize": "MaxSize",
    **dict.fromkeys(("NodeRole", "AmiType", "Version", "Labels", "Taints"), "LaunchTemplate"),
}
"""Where an Auto Scaling group has a property of a managed one, or what has it."""


class SelfManagedGroup(NodeGroup):
    """An Auto Scaling group of nodes, with the properties of `AWS::EKS::Nodegroup`."""

    @functools.cached_property
    def kind(self) -> str:
        """Return the type as which it is read."""
        return NODE_GROUP

    def written_at(self, path: str) -> str:
        """Return where a template has what stands at a path of the properties."""
        name = re.split(r"[\[/]", path)[0]
        return PLACES.get(path) or PLACES.get(name, path)

    @functools.cached_property
    def own(self) -> Json:
        """Return the properties of the Auto Scaling group."""
        return super().properties

    @functools.cached_property
    def properties(self) -> Json:
        """Return what a managed group would be told to be the same; what isn't said is unknown."""
        named = self._named_template
        version = {"Version": named.get("Version")} if "Version" in named else {}
        told = {name: named.get(f"LaunchTemplate{name}") for name in ("Id", "Name")}
        image, minor = self._image()
        return {
            "ClusterName": self._cluster_name(),
            "InstanceTypes": self._instance_types(),
            "CapacityType": self._capacity_type(),
            "AmiType": image,
            **({"Version": minor} if minor else {}),
            "NodeRole": self._role(),
            **({"Subnets": self.own[SUBNETS]} if SUBNETS in self.own else {}),
            "ScalingConfig": self._sizes(),
            **self._warm_pool(),
            "LaunchTemplate": {**{x: y for x, y in told.items() if y is not None}, **version},
            "Labels": labels_in(self.joining),
            "Taints": taints_in(self.joining),
        }

    @property
    def understood(self) -> bool:
        """Tell whether all is known that decides which pods its nodes let in."""
        return bool(self.joining) and not unsure(labels_in(self.joining), taints_in(self.joining))

    def is_free(self, _: Json) -> bool:
        """Tell whether it is unknown what nodes are told."""
        return not self.understood

    def told_pods(self, most: int) -> int:
        """Return how many pods a kubelet is told to take."""
        return self.max_pods or most

    @property
    def max_pods(self) -> int | None:
        """Return how many pods a node's kubelet is told to take, None if that isn't known."""
        return max_pods_in(self.joining)

    @functools.cached_property
    def template(self) -> Resource | None:
        """Return its launch template, None for one that was made elsewhere."""
        named = self._named_template
        value = named.get("LaunchTemplateId") or named.get("LaunchTemplateName")
        found = self.scope.environment.target(value)
        return found if found is not None and found.kind == LAUNCH_TEMPLATE else None

    @functools.cached_property
    def told(self) -> str | None:
        """Return the user data, empty where its template has none, None where nobody can read it."""
        return "" if self.template and "UserData" not in self._data else user_data(self.template)

    @functools.cached_property
    def joining(self) -> Json:
        """Return what its nodes are told to join a cluster, empty where nobody can read it.

        That is `cluster`, `flags` and `config` for nodeadm, settings.kubernetes for Bottlerocket.
        """
        return joining_in(self.told or "")

    @property
    def _named_template(self) -> Json:
        path = "MixedInstancesPolicy", "LaunchTemplate", "LaunchTemplateSpecification"
        return mapping(self.own, "LaunchTemplate") or mapping(self.own, *path)

    @property
    def _data(self) -> Json:
        return mapping(self.template.properties, "LaunchTemplateData") if self.template else {}

    def _cluster_name(self) -> object:
        """Return the name on the instances, that which they are told, or that of the access entry."""
        for tag in dicts(self.own, "Tags"):
            _, *name = parted(tag.get("Key"), OF_CLUSTER, "") or [""]
            if name:
                return name[0]
        told = look_up(self.joining, "cluster", "name") or self.joining.get("cluster-name")
        entry = next(self._entries(), None)
        return told or (entry.properties.get("ClusterName") if entry else None)

    def _entries(self) -> Iterator[Resource]:
        environment = self.scope.environment
        role = environment.target(self._role())
        for entry in environment.resources(ACCESS_ENTRY) if role else ():
            principal = environment.target(entry.properties.get("PrincipalArn"))
            if principal == role and text(entry.properties, "Type") in NODE_TYPES:
                yield entry

    def _role(self) -> object:
        """Return the ARN of the role of the instance profile."""
        named = self._data.get("IamInstanceProfile")
        profile = self.scope.environment.target(look_up(named, "Arn") or look_up(named, "Name"))
        if profile is None or profile.kind != INSTANCE_PROFILE:
            return Unknown("${the role of its instance profile}")
        value = next(iter(items(profile.properties, "Roles")), None)
        role = self.scope.environment.target(value)
        if role is None or role.kind != ROLE:
            return value
        return Reference(f"${{{role.logical_id}.Arn}}", node=role.node, attribute="Arn")

    def _instance_types(self) -> object:
        path = "MixedInstancesPolicy", "LaunchTemplate", "Overrides"
        named = [each.get("InstanceType") for each in dicts(self.own, *path)]
        named = named or [self._data.get("InstanceType")]
        return Unknown("${its instance types}") if None in named else named

    def _capacity_type(self) -> str:
        """Return SPOT if some of its instances may be of Spot."""
        market = self._data.get("InstanceMarketOptions")
        kind = text(market, "MarketType").replace("-", "_").upper()
        path = (
            "MixedInstancesPolicy",
            "InstancesDistribution",
            "OnDemandPercentageAboveBaseCapacity",
        )
        above = look_up(self.own, *path)
        if unsure(above, market):
            return Unknown("${its capacity type}")
        return "SPOT" if text(above) not in ("", "100") else kind or "ON_DEMAND"

    @property
    def mixed(self) -> bool:
        """Tell whether it may have instances of Spot and of On-Demand at a time."""
        parts = mapping(self.own, "MixedInstancesPolicy", "InstancesDistribution")
        names = "OnDemandBaseCapacity", "OnDemandPercentageAboveBaseCapacity"
        return self._capacity_type() == "SPOT" and any(
            text(parts, x) not in ("", "0") for x in names
        )

    def on_demand(self, nodes: int) -> int | None:
        """Return how many of so many instances are On-Demand, None where a template doesn't say it.

        A part of an instance is a whole one (EC2 Auto Scaling user guide, "Configure an Auto Scaling group
        to use multiple purchase options").
        """
        parts = mapping(self.own, "MixedInstancesPolicy", "InstancesDistribution")
        base = text(parts, "OnDemandBaseCapacity") or "0"
        share = text(parts, "OnDemandPercentageAboveBaseCapacity") or "100"
        overrides = dicts(self.own, "MixedInstancesPolicy", "LaunchTemplate", "Overrides")
        weighed = any("WeightedCapacity" in each for each in overrides)
        if weighed or not (base.isdecimal() and share.isdecimal()):
            return None
        first = min(nodes, int(base))
        return first + math.ceil((nodes - first) * int(share) / 100)

    def _image(self) -> tuple[str, str]:
        """Return EKS's name of the image and its minor, unknown for one that isn't published."""
        said = text(self._parameter() or self._data.get("ImageId"))
        return ami_type(re.sub(r"^\{\{resolve:ssm:|(:\d+)?\}\}$", "", said))

    def _parameter(self) -> object:
        """Return the parameter of Systems Manager behind one of the stack, as the CDK makes it."""
        template = self.template
        image = look_up(template.unresolved, "LaunchTemplateData", "ImageId") if template else None
        stack = template.scope.stack if template else self.scope.stack
        named = stack.section("Parameters").get(text(image, "Ref"))
        of_ssm = text(named, "Type").startswith("AWS::SSM::Parameter::Value")
        return look_up(named, "Default") if of_ssm else None

    def _warm_pool(self) -> Json:
        for told in (x.properties for x in self.scope.environment.resources(WARM_POOL)):
            owner = self.scope.environment.target(told.get("AutoScalingGroupName"))
            if owner is not None and owner.node == self.node:
                state = (text(told, "PoolState") or "Stopped").upper()
                return {"WarmPoolConfig": {**told, "Enabled": True, "PoolState": state}}
        return {}

    def _sizes(self) -> Json:
        names = {"MinSize": "MinSize", "DesiredSize": "DesiredCapacity", "MaxSize": "MaxSize"}
        # Without a desired capacity a group starts with its minimum.
        own = {"DesiredCapacity": self.own.get("MinSize"), **self.own}
        sizes = {name: text(own, written) for name, written in names.items()}
        return {x: int(size) if size.isdecimal() else size or None for x, size in sizes.items()}


def as_group(group: Resource) -> SelfManagedGroup:
    """Return an Auto Scaling group, whose instances may join a cluster or not, as a node group."""
    name, body, scope = group.logical_id, group.body, group.scope
    return SelfManagedGroup(stack=group.stack, logical_id=name, body=body, scope=scope)


@indexed
def self_managed_groups(environment: Environment) -> tuple[SelfManagedGroup, ...]:
    """Return the Auto Scaling groups whose instances join a cluster, as far as a template says it."""
    every = map(as_group, environment.resources(AUTO_SCALING_GROUP))
    return tuple(x for x in every if x.properties["ClusterName"] is not None)
