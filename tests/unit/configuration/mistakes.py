"""The mistakes that an environment can hold, each with what its author must read about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from constructs_lib.specs.access import AccessEntrySpec, AccessPolicySpec, KubernetesGroupSpec
from constructs_lib.specs.additional_add_on import AddOnSpec
from constructs_lib.specs.base import NOTHING, Key, Problem, Spec
from constructs_lib.specs.cluster import VpcCniSpec
from constructs_lib.specs.compute import (
    FargateProfileSpec,
    FargateSelectorSpec,
    SelfManagedNodeGroupSpec,
    TaintSpec,
)
from constructs_lib.specs.existing_network import ExistingNetworkSpec
from constructs_lib.specs.helm_release import HelmRelease
from constructs_lib.specs.kubernetes_versions import RELEASES
from constructs_lib.specs.manifests import Manifests
from constructs_lib.specs.namespaced_workloads import ImageSpec
from constructs_lib.specs.namespaces import NamespaceSpec
from constructs_lib.specs.permissions import PermissionsSpec, StatementSpec
from examples.machines import ENVIRONMENT as MACHINES
from tests.reference import dev, prod

S = TypeVar("S", bound=Spec)
AS_CHANGED = object()
"""Stands for the value that the mistake puts in."""
REMOVED = object()
"""Stands for a field that the environment doesn't mention."""

DEV = dev.ENVIRONMENT
PROD = prod.ENVIRONMENT

GROUP = DEV.node_groups[0]
PROFILE = DEV.fargate_profiles[0]
SELECTOR = FargateSelectorSpec(namespace="team-*")
SUBNETS = {"eu-west-1a": "subnet-0a1b2c3d4e5f67890", "eu-west-1b": "subnet-0123456789abcdef0"}
A_SUBNET = SUBNETS["eu-west-1a"]
EXISTING = ExistingNetworkSpec(
    vpc_id="vpc-0a1b2c3d4e5f67890",
    cidr="10.30.0.0/16",
    private_subnets=SUBNETS,
    public_subnets=SUBNETS,
)
ROLE_ARN = "arn:aws:iam::111122223333:role/Platform"
SESSION_ARN = "arn:aws:sts::111122223333:assumed-role/Platform/alice"
IDENTITY_CENTER_ARN = (
    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/"
    "AWSReservedSSO_Administrators_0a1b2c3d4e5f6789"
)
VIEW = AccessPolicySpec(policy="AmazonEKSViewPolicy")
CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d-0000-4444-8888-0123456789ab"
ENTRY = AccessEntrySpec(principal_arn=ROLE_ARN, policies=(VIEW,))
VIEWERS = KubernetesGroupSpec(name="platform:viewers", cluster_role="view")
REASON = "Customers deploy from everywhere."
MIRROR = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/eks/aws-load-balancer-controller"

GOV = {"region": "us-gov-west-1", "network.zones": ("us-gov-west-1a", "us-gov-west-1b")}
API = DEV.fargate_profiles[0].selectors[0]
NO_NODES = {"node_groups": (), "workloads": ()}
POD_SUBNETS = {"vpc_cni.custom_networking": True, "network.pod_cidr": "100.64.0.0/16"}
POD_SECURITY_GROUPS = {"vpc_cni.pod_security_groups": True}
STRICT = {"vpc_cni.pod_security_group_enforcing_mode": "strict"}
OPEN = {"cluster.endpoint_public_access": True, "cluster.endpoint_open_because": REASON}


@dataclass(frozen=True)
class Mistake:
    """A change that breaks a good environment, and the problem that it must lead to.

    `change` maps paths to values. Its last path and value are those that the problem must name,
    unless `at` and `got` say otherwise. `allowed` and `fix` are parts of what the problem says.
    `also` names the further problems of a change that must lead to several.
    """

    name: str
    change: Mapping[str, object]
    allowed: str
    fix: str
    at: str | None = None
    got: object = AS_CHANGED
    also: Sequence[str] = ()
    good: Spec = DEV

    @property
    def path(self) -> str:
        """Return the path that the problem must have."""
        return list(self.change)[-1] if self.at is None else self.at

    @property
    def value(self) -> object:
        """Return the value that the problem must show."""
        return list(self.change.values())[-1] if self.got is AS_CHANGED else self.got

    def problems(self) -> list[Problem]:
        """Make the mistake and return everything that is reported."""
        return list(with_changes(self.good, self.change).problems("env"))


def with_changes(spec: S, change: Mapping[str, object]) -> S:
    """Return the specification made anew, each path of `change` holding its new value."""
    for path, value in change.items():
        steps = [int(step) if step.isdecimal() else step for step in re.findall(r"\w+", path)]
        spec = _changed(spec, steps, value)
    return spec


def _changed(inside: Any, steps: Sequence[str | int], value: object) -> Any:  # noqa: ANN401
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        return (*inside[:step], _changed(inside[step], rest, value), *inside[step + 1 :])
    if isinstance(inside, Mapping):
        return {**inside, step: _changed(inside[step], rest, value)}
    fields = {**inside.__dict__, **inside._rejected}
    fields[step] = _changed(fields.get(step), rest, value)
    return type(inside)(**{name: field for name, field in fields.items() if field is not REMOVED})


SHAPE = [
    Mistake(
        "an unknown field, misspelt",
        {"network.nat_gateway": "single"},
        allowed="the fields cidr, zones,",
        fix="did you mean 'nat_gateways'?",
    ),
    Mistake(
        "an unknown field",
        {"billing": "blue"},
        allowed="the fields name, region,",
        fix="remove 'billing'",
    ),
    Mistake(
        "a field that is missing",
        {"cluster.name": REMOVED},
        got=NOTHING,
        allowed="a value: the cluster's name",
        fix="add name=…",
    ),
    Mistake(
        "a field that is missing, because it is misspelt",
        {"region": REMOVED, "reigon": "eu-west-1"},
        allowed="one of the fields name, region",
        fix="did you mean 'region'?",
    ),
    Mistake(
        "a field that is missing, and another that is unknown",
        {"region": REMOVED, "billing": "blue"},
        at="region",
        got=NOTHING,
        allowed="a value: the AWS region",
        fix="add region=…",
        also=("billing",),
    ),
    Mistake(
        "a number in quotes",
        {"node_groups[0].min_size": "2"},
        allowed="a valid integer",
        fix="write 2, without quotes",
    ),
    Mistake(
        "a truth value for a number",
        {"node_groups[0].disk_size_gib": True},
        allowed="a valid integer",
        fix="set disk_size_gib to a valid integer",
    ),
    Mistake(
        "a number for a text",
        {"account": 111122223333},
        allowed="a valid string",
        fix="write '111122223333', in quotes",
    ),
    Mistake(
        "a word for a truth value",
        {"production": "no"},
        allowed="a valid boolean",
        fix="write False, without quotes",
    ),
    Mistake(
        "a word that is no choice",
        {"removal_policy": "keep"},
        allowed="'destroy' or 'retain'",
        fix="use one of them",
    ),
    Mistake(
        "a tag that is a number",
        {"tags": {"cost-center": 42, "team": "platform"}},
        at="tags['cost-center']",
        got=42,
        allowed="a valid string",
        fix="write '42', in quotes",
    ),
    Mistake(
        "a tag whose key is a number",
        {"tags": {42: "answer"}},
        at="tags",
        got=Key(42),
        allowed="a valid string",
        fix="write '42', in quotes",
    ),
    Mistake(
        "a list for a tuple",
        {"node_groups": [GROUP]},
        allowed="a valid tuple",
        fix="use parentheses: (NodeGroupSpec(",
    ),
    Mistake(
        "a tuple of one without its comma",
        {"cluster.endpoint_public_access_cidrs": "203.0.113.0/24"},
        allowed="a valid tuple",
        fix="write ('203.0.113.0/24',), with the trailing comma",
    ),
    Mistake(
        "a specification of another kind",
        {"cluster": VpcCniSpec()},
        allowed="ClusterSpec(…)",
        fix="replace it with ClusterSpec(…)",
    ),
    Mistake(
        "a dict for a specification",
        {"network.flow_logs": {"retention_days": 7}, "network.zone_slots": 5},
        at="network.flow_logs",
        got={"retention_days": 7},
        allowed="FlowLogsSpec(…)",
        fix="replace it with FlowLogsSpec(…)",
        also=("network.zone_slots",),
    ),
    Mistake(
        "a text for a specification in a tuple",
        {"node_groups": (GROUP, "Spot")},
        at="node_groups[1]",
        got="Spot",
        allowed="NodeGroupSpec(…) or SelfManagedNodeGroupSpec(…)",
        fix="use one of them",
    ),
    Mistake(
        "a text for the network",
        {"network": "vpc-0a1b2c3d4e5f67890"},
        allowed="NetworkSpec(…) or ExistingNetworkSpec(…)",
        fix="ExistingNetworkSpec(…) to use an existing one",
    ),
]

TEXTS = [
    Mistake(
        "an account id with hyphens",
        {"account": "1111-2222-3333"},
        allowed="12 digits",
        fix="copy the account id",
    ),
    Mistake(
        "an account id in full-width digits",
        {"account": "\uff11" * 12},
        allowed="12 digits",
        fix="copy the account id",
    ),
    Mistake(
        "a region that is none",
        {"region": "Ireland"},
        allowed="an AWS region such as eu-west-1",
        fix="use the name of a region",
    ),
    Mistake(
        "a zone that is a letter",
        {"network.zones": ("eu-west-1a", "b")},
        at="network.zones[1]",
        got="b",
        allowed="an Availability Zone such as eu-west-1a",
        fix="the zone's letter",
    ),
    Mistake(
        "an environment's name in upper case",
        {"name": "Dev"},
        allowed="a DNS label",
        fix="write it like web-front",
    ),
    Mistake(
        "an environment's name that begins with a digit",
        {"name": "2nd"},
        allowed="a name that begins with a letter",
        fix="write it like dev or prod-eu",
    ),
    Mistake(
        "a cluster's name that begins with a hyphen",
        {"cluster.name": "-groundwork"},
        allowed="1 to 100 letters, digits, hyphens and underscores",
        fix="write it like groundwork-dev",
    ),
    Mistake(
        "a cluster's name that is too long",
        {"cluster.name": "c" * 101},
        allowed="1 to 100 letters, digits, hyphens and underscores",
        fix="write it like groundwork-dev",
    ),
    Mistake(
        "a Kubernetes version that is not supported",
        {"cluster.kubernetes_version": "1.30"},
        allowed="one of 1.33, ",
        fix=f"use {max(RELEASES)}, the newest",
    ),
    Mistake(
        "a reason that is none",
        {"cluster.endpoint_open_because": "Because."},
        allowed="a reason, in a sentence",
        fix="explain in a sentence why this is acceptable",
    ),
    Mistake(
        "a retention that CloudWatch Logs has not",
        {"cluster.log_retention_days": 10},
        allowed="1, 3, 5, 7, 14, 30,",
        fix="use 7, the nearest",
    ),
    Mistake(
        "a node group's name with a hyphen",
        {"node_groups[0].name": "general-arm"},
        allowed="a name in PascalCase",
        fix="write it like GeneralNodes",
    ),
    Mistake(
        "a taint without a key",
        {
            "workloads": (),
            "node_groups[0].taints": (TaintSpec(key="gpu", effect="NO_SCHEDULE"),),
            "node_groups[0].taints[0].key": "",
        },
        allowed="a label key: at most 63 letters",
        fix="write it like team or example.com/team",
    ),
    Mistake(
        "a Fargate selector with an empty namespace",
        {"fargate_profiles[0].selectors[0].namespace": ""},
        allowed="the name of a namespace",
        fix="use a name or pattern such as team-*",
    ),
    Mistake(
        "a Fargate selector without a namespace",
        {"fargate_profiles[0].selectors[0].namespace": REMOVED},
        got=NOTHING,
        allowed="a value: the namespace; * and ? are wildcards",
        fix="add namespace=…",
    ),
    *(
        Mistake(
            f"the registry {value}",
            {"add_ons.load_balancer_controller.chart_repository": value},
            allowed="ends in the chart's name, in lower case and without tag or digest",
            fix="or oci://ghcr.io/stefanprodan/charts/podinfo",
        )
        for value in (
            *(
                "oci://x",
                "oci://x/a/",
                "oci://x/a:1.2.3",
                "oci://x/a?b=c",
                "oci://x/A",
                "oci://x//a",
            ),
            *(f"oci://x/a@sha256:{'0' * 64}", "oci://me:secret@x/a"),
        )
    ),
    Mistake(
        "a chart repository with a password",
        {"add_ons.load_balancer_controller.chart_repository": "https://me:secret@charts.test"},
        allowed="without user name and password",
        fix="write it like https://aws.github.io/eks-charts",
    ),
    Mistake(
        "a chart repository that is no address",
        {"add_ons.load_balancer_controller.chart_repository": "get it at https://charts.test"},
        allowed="a URL that begins with https://, http:// or oci://",
        fix="write it like https://aws.github.io/eks-charts",
    ),
    Mistake(
        "a version of an add-on that is not there",
        {
            "add_ons.versions": {
                "vpc-cni": "v1.22.4-eksbuild.3",
                "kube-proxi": "v1.36.0-eksbuild.21",
            }
        },
        allowed="the platform's add-ons: vpc-cni, kube-proxy, coredns,",
        fix="remove kube-proxi",
    ),
    Mistake(
        "a VPC id that is none",
        {"network": EXISTING, "network.vpc_id": "vpc-mine"},
        allowed="a VPC id such as vpc-0a1b2c3d4e5f67890",
        fix="copy VpcId from `aws ec2 describe-vpcs`",
    ),
    Mistake(
        "a subnet id that is none",
        {
            "network": EXISTING,
            "network.private_subnets": {**SUBNETS, "eu-west-1b": "subnet-b"},
        },
        at="network.private_subnets['eu-west-1b']",
        got="subnet-b",
        allowed="a subnet id such as subnet-0a1b2c3d4e5f67890",
        fix="copy SubnetId from `aws ec2 describe-subnets`",
    ),
]

OWN_GROUP = SelfManagedNodeGroupSpec(
    name="Own",
    instance_types=("m7g.large", "m6g.large"),
    ami_type="AL2023_ARM_64_STANDARD",
    capacity_type="SPOT",
    min_size=2,
    desired_size=3,
    max_size=4,
)
OWN_NODES = with_changes(
    DEV, {"cluster.service_ipv4_cidr": "172.20.0.0/16", "node_groups": (OWN_GROUP,)}
)
WITH_ADD_ON = with_changes(DEV, {"add_ons.additional": (AddOnSpec(name="fluent-bit"),)})
LIMITS = [
    Mistake(
        f"{path}={value}",
        {path: value},
        allowed=allowed,
        fix=f"set {path.rpartition('.')[2]} to {allowed.rpartition(' ')[2]} or",
        good=good,
    )
    for good, path, value, allowed in (
        (DEV, "node_groups[0].min_size", -1, "greater than or equal to 0"),
        (DEV, "node_groups[0].max_size", 0, "greater than or equal to 1"),
        (DEV, "node_groups[0].desired_size", -1, "greater than or equal to 0"),
        (DEV, "node_groups[0].disk_size_gib", 19, "greater than or equal to 20"),
        (DEV, "node_groups[0].disk_size_gib", 16385, "less than or equal to 16384"),
        (DEV, "node_groups[0].max_unavailable", 0, "greater than or equal to 1"),
        (DEV, "node_groups[0].max_unavailable", 101, "less than or equal to 100"),
        (DEV, "node_groups[0].max_unavailable_percentage", 0, "greater than or equal to 1"),
        (DEV, "node_groups[0].max_unavailable_percentage", 101, "less than or equal to 100"),
        (OWN_NODES, "node_groups[0].max_batch_size", 0, "greater than or equal to 1"),
        (OWN_NODES, "node_groups[0].on_demand_base", -1, "greater than or equal to 0"),
        (OWN_NODES, "node_groups[0].on_demand_percentage", -1, "greater than or equal to 0"),
        (OWN_NODES, "node_groups[0].on_demand_percentage", 101, "less than or equal to 100"),
        (DEV, "node_groups[0].max_pods", 2, "greater than or equal to 3"),
        (DEV, "node_groups[0].max_pods", 251, "less than or equal to 250"),
        (DEV, "fargate_profiles[0].max_pods", 0, "greater than or equal to 1"),
        (
            *(DEV, "add_ons.load_balancer_controller.max_load_balancers", -1),
            "greater than or equal to 0",
        ),
        (DEV, "access.roles[0].max_session_hours", 0, "greater than or equal to 1"),
        (DEV, "access.roles[0].max_session_hours", 13, "less than or equal to 12"),
        (DEV, "add_ons.load_balancer_controller.replicas", 0, "greater than or equal to 1"),
        (DEV, "workloads[0].web_replicas", 1, "greater than or equal to 2"),
        (DEV, "workloads[0].api_replicas", 1, "greater than or equal to 2"),
        (DEV, "vpc_cni.warm_eni_target", -1, "greater than or equal to 0"),
        (DEV, "vpc_cni.warm_ip_target", -1, "greater than or equal to 0"),
        (DEV, "vpc_cni.minimum_ip_target", -1, "greater than or equal to 0"),
        (PROD, "vpc_cni.warm_prefix_target", -1, "greater than or equal to 0"),
        (WITH_ADD_ON, "add_ons.additional[0].pods", -1, "greater than or equal to 0"),
        (WITH_ADD_ON, "add_ons.additional[0].pods_per_node", -1, "greater than or equal to 0"),
        (WITH_ADD_ON, "add_ons.additional[0].pods_per_node", 251, "less than or equal to 250"),
    )
]

NETWORK = [
    Mistake(
        "a CIDR that is too small",
        {"network.cidr": "10.10.0.0/23"},
        allowed="a range of /16 to /22; this one is too small",
        fix="write 10.10.0.0/22",
    ),
    Mistake(
        "a CIDR that is too large",
        {"network.cidr": "10.10.0.0/15"},
        allowed="a range of /16 to /22; this one is too large",
        fix="write 10.10.0.0/16",
    ),
    Mistake(
        "a CIDR with host bits",
        {"network.cidr": "10.10.8.0/16"},
        allowed="without host bits",
        fix="write 10.10.0.0/16",
    ),
    Mistake(
        "a CIDR with a netmask",
        {"network.cidr": "10.10.0.0/255.255.0.0"},
        allowed="an IPv4 network such as 10.0.0.0/16",
        fix="write 10.10.0.0/16",
    ),
    Mistake(
        "a CIDR of IPv6",
        {"network.cidr": "2001:db8::/56"},
        allowed="an IPv4 network such as 10.0.0.0/16",
        fix="write a network as address/prefix length",
    ),
    Mistake(
        "a pod CIDR that is too large",
        {**POD_SUBNETS, "network.pod_cidr": "100.64.0.0/10"},
        allowed="a range of /16 to /22; this one is too large",
        fix="write 100.64.0.0/16",
    ),
    Mistake(
        "a pod CIDR that overlaps the CIDR",
        {**POD_SUBNETS, "network.pod_cidr": "10.10.128.0/17"},
        allowed="a range that does not overlap cidr (10.10.0.0/16)",
        fix="such as 100.64.0.0/16",
    ),
    Mistake(
        "a pod CIDR that AWS doesn't put beside the CIDR",
        {**POD_SUBNETS, "network.pod_cidr": "172.16.0.0/16"},
        allowed="a range within 100.64.0.0/10 or 10.0.0.0/8",
        fix="such as 100.64.0.0/16",
    ),
    Mistake(
        "the first pod CIDR of 10.0.0.0/8 beside the second",
        {"network.cidr": "10.1.0.0/16", **POD_SUBNETS, "network.pod_cidr": "10.0.0.0/16"},
        allowed="a range within 100.64.0.0/10 or 10.0.0.0/8 but 10.0.0.0/16, which AWS allows",
        fix="such as 100.64.0.0/16",
    ),
    Mistake(
        "the pod CIDR of default VPCs",
        {"network.cidr": "172.16.0.0/16", **POD_SUBNETS, "network.pod_cidr": "172.31.0.0/16"},
        allowed="or 172.16.0.0/12 but 172.31.0.0/16, which AWS allows",
        fix="such as 100.64.0.0/16",
    ),
    Mistake(
        "a private pod CIDR beside one that is not private",
        {
            "network.cidr": "100.70.0.0/16",
            **POD_SUBNETS,
            "network.pod_cidr": "10.64.0.0/16",
        },
        allowed="a range within 100.64.0.0/10, which",
        fix="such as 100.64.0.0/16",
    ),
    Mistake(
        "one zone",
        {"network.zones": ("eu-west-1a",)},
        allowed="at least two different zones",
        fix="add another zone of the region",
    ),
    Mistake(
        "one zone, named twice",
        {"network.zones": ("eu-west-1a", "eu-west-1a")},
        allowed="at least two different zones",
        fix="add another zone of the region",
    ),
    Mistake(
        "no zone",
        {"network.zones": ()},
        allowed="at least two different zones",
        fix="add another zone of the region",
    ),
    Mistake(
        "a zone named twice",
        {"network.zones": ("eu-west-1a", "eu-west-1b", "eu-west-1a")},
        allowed="each zone at most once",
        fix="remove the duplicate",
    ),
    Mistake(
        "a zone outside the region",
        {"network.zones": ("eu-west-1a", "eu-central-1b")},
        at="network.zones[1]",
        got="eu-central-1b",
        allowed="a zone of eu-west-1, such as eu-west-1a",
        fix="or change region",
    ),
    Mistake(
        "a zone without a slot among four",
        {"region": "us-east-1", "network.zones": ("us-east-1a", "us-east-1e")},
        at="network.zones[1]",
        got="us-east-1e",
        allowed="a zone with a letter from a to d, because zone_slots=4",
        fix="set zone_slots=8 before the first deploy",
    ),
    Mistake(
        "six zone slots",
        {"network.zone_slots": 6},
        allowed="4 or 8",
        fix="zone_slots=8 for a to h",
    ),
    Mistake(
        "zone slots with a point",
        {"network.nat_gateways": 0.5, "network.zone_slots": 4.0},
        allowed="4 or 8",
        fix="zone_slots=8 for a to h",
        also=("network.nat_gateways",),
    ),
    Mistake(
        "NAT gateways in words",
        {"network.nat_gateways": "two"},
        allowed="'none', 'single', 'per_zone' or a number",
        fix="set nat_gateways='single'",
    ),
    Mistake(
        "less than no NAT gateway",
        {"network.nat_gateways": -1},
        allowed="'none', 'single', 'per_zone' or a number",
        fix="set nat_gateways='single'",
    ),
    Mistake(
        "NAT gateways as a truth value",
        {"network.nat_gateways": True},
        allowed="'none', 'single', 'per_zone' or a number",
        fix="set nat_gateways='single'",
    ),
    Mistake(
        "more NAT gateways than zones",
        {"network.nat_gateways": 3},
        allowed="0 to 2, the number of zones",
        fix="set nat_gateways='per_zone', or a number up to 2",
    ),
    Mistake(
        "an interface endpoint that is not offered",
        {"network.interface_endpoints": ("sts", "s3", "sns")},
        allowed="any of autoscaling, ec2,",
        fix="remove s3, sns",
    ),
    Mistake(
        "misspelt interface endpoints",
        {"network.interface_endpoints": ("ecr.drk", "sns", "STS")},
        allowed="any of autoscaling, ec2,",
        fix="did you mean ecr.dkr, sts? remove sns",
    ),
    Mistake(
        "a private tier beyond half a slot",
        {"network.private_prefix_length": 18},
        allowed="19 to 27 (cidr=10.10.0.0/16, zone_slots=4)",
        fix="set private_prefix_length=19, or widen cidr before the first deploy",
    ),
    Mistake(
        "a public tier without room for a load balancer",
        {"network.public_prefix_length": 28},
        allowed="20 to 27",
        fix="set public_prefix_length=27",
    ),
    Mistake(
        "a control-plane tier without room for an upgrade",
        {"network.control_plane_prefix_length": 29},
        allowed="20 to 28",
        fix="set control_plane_prefix_length=28",
    ),
    Mistake(
        "a public tier that a small CIDR can't hold",
        {"network.cidr": "10.10.0.0/22"},
        at="network.public_prefix_length",
        got=24,
        allowed="26 to 27 (cidr=10.10.0.0/22, zone_slots=4)",
        fix="set public_prefix_length=26, or widen cidr before the first deploy",
    ),
    Mistake(
        "existing private subnets in one zone",
        {
            "network": EXISTING,
            "network.private_subnets": {"eu-west-1a": SUBNETS["eu-west-1a"]},
        },
        allowed="at least two different zones",
        fix="add another zone of the region",
    ),
    Mistake(
        "existing control-plane subnets in one zone",
        {
            "network": EXISTING,
            "network.control_plane_subnets": {"eu-west-1a": SUBNETS["eu-west-1a"]},
        },
        allowed="at least two different zones",
        fix="add another zone of the region",
    ),
    Mistake(
        "free addresses of a subnet that is not used",
        {"network": EXISTING, "network.free_addresses": {"subnet-0000000f": 100}},
        allowed="subnets of this network: subnet-0123456789abcdef0, subnet-0a1b2c3d4e5f67890",
        fix="remove subnet-0000000f, or add it to private_subnets",
    ),
    Mistake(
        "less than no free address",
        {"network": EXISTING, "network.free_addresses": {SUBNETS["eu-west-1a"]: -1}},
        allowed="0 or more addresses",
        fix="copy AvailableIpAddressCount from `aws ec2 describe-subnets`",
    ),
    Mistake(
        "existing pod subnets that leave a zone out",
        {
            "network": EXISTING,
            "vpc_cni.custom_networking": True,
            "network.pod_subnets": {"eu-west-1a": SUBNETS["eu-west-1a"]},
        },
        allowed="a subnet in every zone of private_subnets",
        fix="add a subnet in eu-west-1b",
    ),
    *(
        Mistake(
            f"existing {tier} outside the region",
            {
                "network": EXISTING,
                "vpc_cni.custom_networking": tier == "pod_subnets",
                f"network.{tier}": {**SUBNETS, "us-east-1c": "subnet-0000000c"},
            },
            at=f"network.{tier}['us-east-1c']",
            got="us-east-1c",
            allowed="a zone of eu-west-1, such as eu-west-1a",
            fix="or change region",
        )
        for tier in ("public_subnets", "control_plane_subnets", "pod_subnets")
    ),
    *(
        Mistake(
            f"a subnet of eu-west-1a in another zone of {tier}",
            {
                "network": EXISTING,
                "vpc_cni.custom_networking": tier == "pod_subnets",
                f"network.{tier}": {**SUBNETS, "eu-west-1c": A_SUBNET},
            },
            at=f"network.{tier}['eu-west-1c']",
            got=A_SUBNET,
            allowed="a subnet of eu-west-1c; this one is listed for eu-west-1a in private_subnets",
            fix="copy its id from `aws ec2 describe-subnets`",
        )
        for tier in ("private_subnets", "public_subnets", "pod_subnets", "control_plane_subnets")
    ),
    Mistake(
        "existing private_subnets outside the region",
        {
            "network": EXISTING,
            "network.private_subnets": {**SUBNETS, "us-east-1c": "subnet-0000000c"},
        },
        at="network.private_subnets['us-east-1c']",
        got="us-east-1c",
        allowed="a zone of eu-west-1, such as eu-west-1a",
        fix="or change region",
    ),
]

CLUSTER = [
    Mistake(
        "an endpoint that nodes can't reach",
        {"cluster.endpoint_private_access": False},
        allowed="the fields name, kubernetes_version,",
        fix="did you mean 'endpoint_private_access_cidrs'?",
    ),
    Mistake(
        "a public endpoint that names no network",
        {"cluster.endpoint_public_access": True},
        at="cluster.endpoint_public_access_cidrs",
        got=(),
        allowed="at least one network when endpoint_public_access=True",
        fix="list the networks of your office, VPN or CI",
        good=PROD,
    ),
    Mistake(
        "a private endpoint that names networks",
        {"cluster.endpoint_public_access_cidrs": ("203.0.113.0/24",)},
        allowed="no networks when endpoint_public_access=False",
        fix="remove it, or set endpoint_public_access=True",
        good=PROD,
    ),
    Mistake(
        "an open endpoint without a reason",
        {"cluster.endpoint_open_because": None},
        allowed="a reason when endpoint_public_access_cidrs covers the whole internet",
        fix="list your networks instead",
    ),
    Mistake(
        "a reason for an endpoint that is not open",
        {"cluster.endpoint_open_because": REASON},
        allowed="None unless endpoint_public_access_cidrs covers the whole internet",
        fix="remove it",
        good=PROD,
    ),
    Mistake(
        "the whole internet in another spelling",
        {"cluster.endpoint_public_access_cidrs": ("0.0.0.0/00",)},
        at="cluster.endpoint_public_access_cidrs[0]",
        got="0.0.0.0/00",
        allowed="an IPv4 network such as 10.0.0.0/16",
        fix="write 0.0.0.0/0",
    ),
    Mistake(
        "a log type named twice",
        {"cluster.enabled_log_types": ("api", "audit", "api")},
        allowed="each log type at most once",
        fix="remove the duplicate",
    ),
    Mistake(
        "a service range that is too small",
        {"cluster.service_ipv4_cidr": "172.20.0.0/25"},
        allowed="a range of /12 to /24 within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16",
        fix="use 172.20.0.0/16 or 10.100.0.0/16",
    ),
    Mistake(
        "a service range that is too large",
        {"cluster.service_ipv4_cidr": "10.128.0.0/11"},
        allowed="/12 to /24",
        fix="use 172.20.0.0/16 or 10.100.0.0/16",
    ),
    Mistake(
        "a service range that is not private",
        {"cluster.service_ipv4_cidr": "100.64.0.0/16"},
        allowed="within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16",
        fix="use 172.20.0.0/16 or 10.100.0.0/16",
    ),
    Mistake(
        "a service range that overlaps the CIDR",
        {"cluster.service_ipv4_cidr": "10.10.240.0/20"},
        allowed="a range that does not overlap the network's 10.10.0.0/16",
        fix="use 172.20.0.0/16 or 10.100.0.0/16",
    ),
    Mistake(
        "a service range that overlaps the pod CIDR",
        {
            **POD_SUBNETS,
            "network.pod_cidr": "10.64.0.0/16",
            "cluster.service_ipv4_cidr": "10.64.0.0/20",
        },
        allowed="a range that does not overlap the network's 10.64.0.0/16",
        fix="use 172.20.0.0/16 or 10.100.0.0/16",
    ),
]

VPC_CNI = [
    Mistake(
        "a minimum without a warm target",
        {"vpc_cni.minimum_ip_target": 10},
        allowed="None unless warm_ip_target is set",
        fix="set warm_ip_target too, or remove it",
    ),
    Mistake(
        "warm prefixes without prefix delegation",
        {"vpc_cni.warm_prefix_target": 1},
        allowed="None unless prefix_delegation=True",
        fix="set prefix_delegation=True, or remove it",
    ),
    Mistake(
        "warm interfaces and warm addresses",
        {"vpc_cni.warm_eni_target": 1, "vpc_cni.warm_ip_target": 5},
        at="vpc_cni.warm_eni_target",
        got=1,
        allowed="None when warm_ip_target is set",
        fix="remove warm_eni_target or warm_ip_target",
    ),
    Mistake(
        "an enforcing mode without security groups for pods",
        STRICT,
        at="vpc_cni.pod_security_group_enforcing_mode",
        got="strict",
        allowed="'standard' unless pod_security_groups=True",
        fix="set pod_security_groups=True, or remove it",
    ),
    Mistake(
        "strict security groups for pods with network policies",
        {**POD_SECURITY_GROUPS, **STRICT},
        at="vpc_cni.pod_security_group_enforcing_mode",
        got="strict",
        allowed="'standard' when network_policy=True",
        fix="set it to 'standard', or set network_policy=False",
        good=PROD,
    ),
    Mistake(
        "security groups for pods on instances that can't trunk",
        POD_SECURITY_GROUPS,
        at="node_groups[0].instance_types",
        got=("t4g.large", "m7g.large", "m6g.large"),
        allowed="types with branch interfaces when vpc_cni.pod_security_groups=True",
        fix="replace t4g.large;",
    ),
    Mistake(
        "custom networking without a pod CIDR",
        {"vpc_cni.custom_networking": True},
        allowed="False when the network has no pod subnets",
        fix="set network.pod_cidr, such as 100.64.0.0/16",
    ),
    Mistake(
        "custom networking without existing pod subnets",
        {"network": EXISTING, "vpc_cni.custom_networking": True},
        allowed="False when the network has no pod subnets",
        fix="set network.pod_subnets, or custom_networking=False",
    ),
    Mistake(
        "a pod CIDR without custom networking",
        {"network.pod_cidr": "100.64.0.0/16", "vpc_cni.custom_networking": False},
        allowed="True when the network has pod subnets",
        fix="set custom_networking=True, or remove the pod subnets",
    ),
    Mistake(
        "existing pod subnets without custom networking",
        {"network": EXISTING, "network.pod_subnets": SUBNETS},
        at="vpc_cni.custom_networking",
        got=False,
        allowed="True when the network has pod subnets",
        fix="set custom_networking=True, or remove the pod subnets",
    ),
]

HERE = "zones of the network: eu-west-1a, eu-west-1b"
COMPUTE = [
    Mistake(
        "min_size above max_size",
        {"node_groups[0].min_size": 5, "node_groups[0].desired_size": 5},
        at="node_groups[0].max_size",
        got=4,
        allowed="at least min_size (5)",
        fix="set max_size=5, or set min_size=4 and desired_size=4",
    ),
    Mistake(
        "desired_size below min_size",
        {"node_groups[0].desired_size": 1},
        allowed="2 to 4 (min_size to max_size)",
        fix="set desired_size=2",
    ),
    Mistake(
        "desired_size above max_size",
        {"node_groups[0].desired_size": 5},
        allowed="2 to 4 (min_size to max_size)",
        fix="set desired_size=4",
    ),
    Mistake(
        "min_size above both",
        {"node_groups[0].min_size": 9},
        at="node_groups[0].max_size",
        got=4,
        allowed="at least min_size (9)",
        fix="set max_size=9 and desired_size=9, or set min_size=2",
    ),
    Mistake(
        "no instance type",
        {"node_groups[0].instance_types": ()},
        allowed="at least one instance type",
        fix="add one, such as ('m7g.large',)",
    ),
    Mistake(
        "two unknown instance types",
        {"node_groups[0].instance_types": ("m7g.large", "m7g.lrge", "banana")},
        at="node_groups[0].instance_types[1]",
        got="m7g.lrge",
        allowed="'m7g.lrge' is not listed",
        fix="did you mean m7g.large",
        also=("node_groups[0].instance_types[2]",),
    ),
    Mistake(
        "mixed architectures",
        {"node_groups[0].instance_types": ("m7g.large", "m7i.large")},
        allowed="instance types of one architecture",
        fix="split the group by architecture: m7g.large is arm64, m7i.large is x86_64",
    ),
    Mistake(
        "an AMI type of x86 on instances of Arm",
        {"node_groups[0].ami_type": "AL2023_x86_64_STANDARD"},
        allowed="an AMI type for arm64: AL2023_ARM_64_STANDARD, BOTTLEROCKET_ARM_64, BOTTLEROCKET_ARM_64_FIPS",
        fix="set ami_type='AL2023_ARM_64_STANDARD'",
    ),
    Mistake(
        "an AMI type of Arm on instances of x86",
        {"node_groups[0].instance_types": ("m7i.large",)},
        at="node_groups[0].ami_type",
        got="BOTTLEROCKET_ARM_64",
        allowed="an AMI type for x86_64: AL2023_x86_64_STANDARD, BOTTLEROCKET_x86_64, BOTTLEROCKET_x86_64_FIPS",
        fix="set ami_type='BOTTLEROCKET_x86_64'",
        good=PROD,
    ),
    Mistake(
        "two limits for updates",
        {
            "node_groups[0].max_unavailable": 1,
            "node_groups[0].max_unavailable_percentage": 50,
        },
        allowed="None when max_unavailable is set",
        fix="remove max_unavailable or max_unavailable_percentage",
    ),
    Mistake(
        "a batch of more nodes than there are",
        {"node_groups[0].max_batch_size": 5},
        allowed="at most max_size (4)",
        fix="set max_batch_size=4",
        good=OWN_NODES,
    ),
    Mistake(
        "more On-Demand nodes than there are",
        {"node_groups[0].on_demand_base": 5},
        allowed="at most max_size (4)",
        fix="set on_demand_base=4",
        good=OWN_NODES,
    ),
    Mistake(
        "a mix without Spot",
        {"node_groups[0].on_demand_percentage": 30, "node_groups[0].capacity_type": "ON_DEMAND"},
        at="node_groups[0].on_demand_percentage",
        got=30,
        allowed="0 where capacity_type is 'ON_DEMAND'",
        fix="remove on_demand_percentage, or set capacity_type='SPOT'",
        good=OWN_NODES,
    ),
    Mistake(
        "nodes that nobody tells where Services are",
        {"cluster.service_ipv4_cidr": None},
        at="node_groups[0].service_ipv4_cidr",
        got=None,
        allowed="the cluster's range of Services",
        fix="set cluster.service_ipv4_cidr='172.20.0.0/16' of a new cluster. On one that exists that would replace it",
        good=OWN_NODES,
    ),
    Mistake(
        "an update that takes more nodes than there are",
        {"node_groups[0].max_unavailable": 5},
        allowed="at most max_size (4)",
        fix="set max_unavailable=4",
    ),
    Mistake(
        "more pods than the interfaces of a node serve",
        {"node_groups[0].max_pods": 30},
        allowed="at most 29 on t4g.large, m7g.large, m6g.large with these vpc_cni settings",
        fix="set max_pods=29, or max_pods=None",
    ),
    Mistake(
        "more pods than EKS allows on a node",
        {"node_groups[0].max_pods": 111},
        allowed="at most 110 on m7g.xlarge with these vpc_cni settings; EKS caps",
        fix="set max_pods=110, or max_pods=None",
        good=PROD,
    ),
    Mistake(
        "custom networking on nodes with one interface",
        {
            **POD_SUBNETS,
            "node_groups[0].ami_type": "AL2023_x86_64_STANDARD",
            "node_groups[0].capacity_type": "ON_DEMAND",
            "node_groups[0].instance_types": ("hpc6id.32xlarge",),
        },
        allowed="types with two or more interfaces when vpc_cni.custom_networking=True",
        fix="replace hpc6id.32xlarge, or set custom_networking=False",
    ),
    Mistake(
        "two node groups of one name",
        {"node_groups": (GROUP, GROUP)},
        at="node_groups[1].name",
        got="General",
        allowed="a name that is unique in node_groups",
        fix="rename one of them",
    ),
    *(
        Mistake(f"{field} of {zones}", {f"{field}[0].zones": zones}, allowed=allowed, fix=fix)
        for field in ("node_groups", "fargate_profiles")
        for zones, allowed, fix in (
            (("eu-west-1b", "eu-west-1c"), HERE, "remove eu-west-1c"),
            (("eu-west-1c",), HERE, "set zones=('eu-west-1a',), or zones=None for all of them"),
            ((), HERE, "set zones=('eu-west-1a',), or zones=None for all of them"),
            (("eu-west-1a", "eu-west-1a"), "each zone at most once", "remove the duplicate"),
        )
    ),
    Mistake(
        "a Fargate profile among node groups",
        {"node_groups": (GROUP, PROFILE)},
        at="node_groups[1]",
        got=PROFILE,
        allowed="NodeGroupSpec(…) or SelfManagedNodeGroupSpec(…)",
        fix="move it to fargate_profiles",
    ),
    Mistake(
        "settings of the CNI in the place of add-ons",
        {"add_ons": DEV.vpc_cni},
        got=DEV.vpc_cni,
        allowed="AddOnsSpec(…)",
        fix="replace it with AddOnsSpec(…), and move this one to vpc_cni",
    ),
    Mistake(
        "a node group among Fargate profiles",
        {"fargate_profiles": (GROUP,)},
        at="fargate_profiles[0]",
        got=GROUP,
        allowed="FargateProfileSpec(…)",
        fix="move it to node_groups",
    ),
    Mistake(
        "six Fargate selectors",
        {"fargate_profiles[0].selectors": (SELECTOR,) * 6},
        allowed="1 to 5 selectors",
        fix="split it into two profiles",
    ),
    Mistake(
        "no Fargate selector",
        {"fargate_profiles[0].selectors": ()},
        allowed="1 to 5 selectors",
        fix="add FargateSelectorSpec(namespace=…)",
    ),
    Mistake(
        "two Fargate profiles of one name",
        {"fargate_profiles": (PROFILE, PROFILE)},
        at="fargate_profiles[1].name",
        got="SampleApi",
        allowed="a name that is unique in fargate_profiles",
        fix="rename one of them",
    ),
    Mistake(
        "nothing to run pods",
        {
            **NO_NODES,
            "fargate_profiles": (),
            "add_ons.coredns_compute_type": "fargate",
            "add_ons.ebs_csi_driver": False,
        },
        at="node_groups",
        got=(),
        allowed="at least one node group or Fargate profile",
        fix="add a NodeGroupSpec",
    ),
    *(
        Mistake(
            f"the instance type {name}",
            {"node_groups[0].instance_types": (name,)},
            at="node_groups[0].instance_types[0]",
            got=name,
            allowed=allowed,
            fix=fix,
        )
        for name, allowed, fix in (
            ("banana", "'banana' is not listed", "check its name. For a newer type"),
            ("mac2.metal", "'mac2.metal' has none", "use another type"),
        )
    ),
]

ACCESS = [
    Mistake(
        name,
        {"access.entries": (ENTRY,), "access.entries[0].principal_arn": arn},
        allowed="the ARN of an IAM role or user",
        fix=fix,
    )
    for name, arn, fix in (
        ("a principal that is a name", "Platform", "copy the ARN from `aws iam get-role`"),
        ("a principal that is a group", ROLE_ARN.replace("role", "group"), "copy the ARN"),
        (
            "a principal with a short account id",
            ROLE_ARN.replace("3333", ""),
            "write all 12 digits of the account: 11112222 has 8",
        ),
        (
            "a principal without a colon",
            ROLE_ARN.replace("::", ":"),
            f"a colon is missing: write {ROLE_ARN}",
        ),
        (
            "a principal with three colons",
            ROLE_ARN.replace("::", ":::"),
            f"a colon is too many: write {ROLE_ARN}",
        ),
        (
            "a principal without a colon and a digit",
            "arn:aws:iam:11112222333:user/A",
            "12 digits of the account: 11112222333 has 11; a colon is missing: write arn:aws:iam::111",
        ),
        ("a principal that is a session", SESSION_ARN, f"use the role itself, {ROLE_ARN} "),
        (
            "a principal that is a session in China",
            SESSION_ARN.replace("aws:", "aws-cn:"),
            f"use the role itself, {ROLE_ARN.replace('aws:', 'aws-cn:')} ",
        ),
        (
            "a principal that is the root",
            "arn:aws:iam::111122223333:root",
            "the account root can't have an access entry",
        ),
    )
] + [
    *(
        Mistake(
            f"trust in the account {account}",
            {"access.roles[0].trusted_principal_arns": (account,)},
            at="access.roles[0].trusted_principal_arns[0]",
            got=account,
            allowed="the ARN of an IAM role or user",
            fix="If 111122223333 is the cluster's account, leave trusted_principal_arns empty",
        )
        for account in ("111122223333", "arn:aws:iam::111122223333:root")
    ),
    Mistake(
        "MFA of people who come through IAM Identity Center",
        {
            "access.roles[0].trusted_principal_arns": (ROLE_ARN, IDENTITY_CENTER_ARN),
            "access.roles[0].require_mfa": True,
        },
        allowed=f"False where {IDENTITY_CENTER_ARN} is trusted",
        fix="remove require_mfa, and require MFA in IAM Identity Center",
    ),
    Mistake(
        "trust in a session",
        {"access.roles[0].trusted_principal_arns": (ROLE_ARN, SESSION_ARN)},
        at="access.roles[0].trusted_principal_arns[1]",
        got=SESSION_ARN,
        allowed="the ARN of an IAM role or user",
        fix=f"use the role itself, {ROLE_ARN} ",
    ),
    Mistake(
        "a cluster's administrator in a namespace",
        {"access.roles[0].policies[0].namespaces": ("team-a",)},
        allowed="no namespaces with AmazonEKSClusterAdminPolicy",
        fix="or use AmazonEKSAdminPolicy",
    ),
    *(
        Mistake(
            f"the Kubernetes group {name!r}",
            {
                "access.roles[1].kubernetes_groups": (VIEWERS,),
                "access.roles[1].kubernetes_groups[0].name": name,
            },
            allowed="doesn't begin with system:, eks:, aws:, amazon: or iam:",
            fix="use a group of your own, such as platform:viewers",
        )
        for name in ("system:masters", "eks:admins", "aws:a", "amazon:a", "iam:a", "")
    ),
    Mistake(
        "a Kubernetes group without a role",
        {
            "access.roles[1].kubernetes_groups": (VIEWERS,),
            "access.roles[1].kubernetes_groups[0].cluster_role": "",
        },
        allowed="a non-empty string",
        fix="give it a value, or remove it",
    ),
    *(
        Mistake(
            f"a binding of {holder} in a namespace that is not there",
            {
                "access.entries": (ENTRY,),
                f"access.{holder}.kubernetes_groups": (VIEWERS,),
                f"access.{holder}.kubernetes_groups[0].namespaces": ("default", "team-a"),
            },
            allowed="one or more of default, kube-node-lease, kube-public, kube-system",
            fix="add team-a to the environment's namespaces",
        )
        for holder in ("roles[1]", "entries[0]")
    ),
    Mistake(
        "a policy named twice",
        {"access.roles[1].policies": (VIEW, VIEW)},
        got=("AmazonEKSViewPolicy", "AmazonEKSViewPolicy"),
        allowed="each policy at most once",
        fix="merge them",
    ),
    Mistake(
        "a role that opens nothing",
        {"access.roles[1].policies": ()},
        allowed="at least one policy or Kubernetes group",
        fix="add AccessPolicySpec(policy='AmazonEKSViewPolicy')",
    ),
    Mistake(
        "an entry that opens nothing",
        {"access.entries": (ENTRY,), "access.entries[0].policies": ()},
        allowed="at least one policy or Kubernetes group",
        fix="add AccessPolicySpec(policy='AmazonEKSViewPolicy')",
    ),
    Mistake(
        "a policy for nodes",
        {"access.entries": (ENTRY,), "access.entries[0].type": "EC2_LINUX"},
        at="access.entries[0].policies",
        got=("policy='AmazonEKSViewPolicy' namespaces=()",),
        allowed="no policies in an entry of type EC2_LINUX: it is for nodes",
        fix="remove the policies, or set type='STANDARD'",
    ),
    Mistake(
        "a Kubernetes group for nodes",
        {
            "access.entries": (ENTRY,),
            "access.entries[0].policies": (),
            "access.entries[0].kubernetes_groups": (VIEWERS,),
            "access.entries[0].type": "EC2_LINUX",
        },
        at="access.entries[0].kubernetes_groups",
        got=("name='platform:viewers' cluster_role='view' namespaces=()",),
        allowed="no kubernetes_groups in an entry of type EC2_LINUX: it is for nodes",
        fix="remove the kubernetes_groups, or set type='STANDARD'",
    ),
    Mistake(
        "two entries for one principal",
        {"access.entries": (ENTRY, ENTRY)},
        at="access.entries[1].principal_arn",
        got=ROLE_ARN,
        allowed="a principal without another entry",
        fix="merge the entries",
    ),
    Mistake(
        "two roles of one name",
        {"access.roles[1].name": "Administrator"},
        allowed="a name that no other role has",
        fix="rename one of them, or merge them",
    ),
    Mistake(
        "no administrator",
        {"access.roles[0].policies": (VIEW,)},
        at="access",
        got=("Administrator", "ReadOnly"),
        allowed="at least one role or entry with AmazonEKSClusterAdminPolicy",
        fix="add AccessPolicySpec(policy='AmazonEKSClusterAdminPolicy') to your team's role",
    ),
    Mistake(
        "two namespaces of one name",
        {"namespaces": (NamespaceSpec(name="team-a"),) * 2},
        at="namespaces[1].name",
        got="team-a",
        allowed="a name that is unique in namespaces",
        fix="rename one of them",
    ),
]

SMALL_PRINT = [
    Mistake(
        "a tag that AWS keeps for itself",
        {"tags": {"aws:team": "platform"}},
        at="tags",
        got=Key("aws:team"),
        allowed="a tag key: 1 to 127 letters,",
        fix="write it like cost-center",
    ),
    Mistake(
        "an access policy for a namespace that can't be",
        {
            "access.roles[1].policies": (
                AccessPolicySpec(policy="AmazonEKSViewPolicy", namespaces=("Team A",)),
            )
        },
        at="access.roles[1].policies[0].namespaces[0]",
        got="Team A",
        allowed="the name of a namespace; * and ? are wildcards",
        fix="use a name or pattern",
    ),
]

NAMESPACES = [
    Mistake(
        "a namespace that Kubernetes has",
        {"namespaces": (NamespaceSpec(name="team-a"), NamespaceSpec(name="kube-system"))},
        at="namespaces[1].name",
        got="kube-system",
        allowed="a namespace other than default, kube-node-lease, kube-public, kube-system",
        fix="remove it; every cluster has it",
    ),
]

PRODUCTION = [
    Mistake(
        "an open endpoint in production",
        {
            **OPEN,
            "cluster.endpoint_public_access_cidrs": ("203.0.113.0/24", "0.0.0.0/0"),
        },
        allowed="specific networks in a production environment",
        fix="list your networks, or set endpoint_public_access=False",
        good=PROD,
    ),
    Mistake(
        "an open endpoint in production, in two halves",
        {
            **OPEN,
            "cluster.endpoint_public_access_cidrs": ("0.0.0.0/1", "128.0.0.0/1"),
        },
        allowed="specific networks in a production environment",
        fix="list your networks, or set endpoint_public_access=False",
        good=PROD,
    ),
    Mistake(
        "production that CloudFormation may delete",
        {"termination_protection": False},
        allowed="True in a production environment",
        fix="set termination_protection=True",
        good=PROD,
    ),
    Mistake(
        "production whose logs have keys of AWS",
        {"protected_logs": False},
        allowed="True in a production environment",
        fix="set protected_logs=True",
        good=PROD,
    ),
    Mistake(
        "production that loses its keys",
        {"removal_policy": "destroy"},
        allowed="'retain' in a production environment",
        fix="set removal_policy='retain'",
        good=PROD,
    ),
    Mistake(
        "a production cluster that EKS may delete",
        {"cluster.deletion_protection": False},
        allowed="True in a production environment",
        fix="set deletion_protection=True",
        good=PROD,
    ),
    Mistake(
        "a production cluster without some logs",
        {"cluster.enabled_log_types": ("api", "audit", "scheduler")},
        allowed="api, audit, authenticator, controllerManager, scheduler in a production",
        fix="add authenticator, controllerManager",
        good=PROD,
    ),
]

ADD_ONS = [
    Mistake(
        "CoreDNS on nodes that are not there",
        {**NO_NODES, "add_ons.ebs_csi_driver": False},
        at="add_ons.coredns_compute_type",
        got="ec2",
        allowed="'fargate' when the cluster has no node groups",
        fix="set coredns_compute_type='fargate', or add a node group",
    ),
    Mistake(
        "volumes for nodes that are not there",
        {**NO_NODES, "add_ons.coredns_compute_type": "fargate"},
        at="add_ons.ebs_csi_driver",
        got=True,
        allowed="False when the cluster has no node groups",
        fix="set ebs_csi_driver=False, or add a node group",
    ),
    Mistake(
        "a public chart in a closed network",
        {
            "network.nat_gateways": "none",
            "add_ons.load_balancer_controller.image_repository": MIRROR,
        },
        at="add_ons.load_balancer_controller.chart_repository",
        got="https://aws.github.io/eks-charts",
        allowed="a mirror in ECR, because a network without NAT or http_proxy reaches no",
        fix="copy the chart to ECR",
    ),
    *(
        Mistake(
            f"the image repository {image} in a closed network",
            {
                "network.nat_gateways": 0,
                "add_ons.load_balancer_controller.chart_repository": f"oci://{MIRROR}",
                "add_ons.load_balancer_controller.image_repository": image,
            },
            allowed="a mirror in ECR, because a network without NAT or http_proxy reaches no",
            fix="copy the image to ECR",
        )
        for image in (None, "public.ecr.aws/eks/aws-load-balancer-controller")
    ),
    Mistake(
        "the sample service without the controller",
        {"add_ons.load_balancer_controller": None},
        at="workloads[0]",
        got="SampleService",
        allowed="the sample service only with add_ons.load_balancer_controller",
        fix="add the controller, or remove SampleService(…) from workloads",
    ),
    Mistake(
        "the sample service without a node for it",
        {"node_groups[0].taints": (TaintSpec(key="gpu", effect="NO_SCHEDULE"),)},
        at="workloads[0]",
        got="SampleService",
        allowed="the sample service only with a node group without taints",
        fix="add a node group without taints, or remove SampleService(…) from workloads",
        also=("node_groups[0].taints",),
    ),
    Mistake(
        "the sample service without a Fargate profile for its API",
        {"fargate_profiles[0].selectors[0].labels": {"app.kubernetes.io/component": "web"}},
        at="workloads[0]",
        got="SampleService",
        allowed="the sample service only with a Fargate profile that selects the API",
        fix="add a profile for namespace 'sample'",
    ),
    Mistake(
        "an AMI release of another Kubernetes version",
        {"node_groups[0].release_version": "1.35.3-20260512"},
        allowed="an AL2023 release for Kubernetes 1.36",
        fix="use a release that begins with 1.36., or set release_version=None",
    ),
    Mistake(
        "consent to a replacement in another environment",
        {"accepted_replacements": {"Prod/Network/Network/Vpc/Resource": REASON}},
        at="accepted_replacements['Prod/Network/Network/Vpc/Resource']",
        got="Prod/Network/Network/Vpc/Resource",
        allowed="a construct path that begins with Dev/, or a logical id",
        fix="copy the path that `make check` prints",
    ),
    Mistake(
        "consent to a replacement without a reason",
        {"accepted_replacements": {"NetworkVpc7FB73486": "ok"}},
        at="accepted_replacements['NetworkVpc7FB73486']",
        got="ok",
        allowed="a reason, in a sentence",
        fix="explain in a sentence why this is acceptable",
    ),
    Mistake(
        "a public load balancer without public subnets",
        {"network": EXISTING, "network.public_subnets": {}},
        at="workloads[0].load_balancer_scheme",
        got="internet-facing",
        allowed="'internal' when the network has no public subnets",
        fix="set load_balancer_scheme='internal', or set network.public_subnets",
    ),
    *(
        Mistake(
            f"a certificate of {new} instead of {old}",
            {
                "account": account,
                "workloads[0].certificate_arn": CERTIFICATE.replace(old, new),
            },
            allowed=f"a certificate where the load balancer is: arn:aws:acm:eu-west-1:{known}…",
            fix="request or import the certificate there",
        )
        for account, old, new, known in (
            (None, "eu-west-1", "us-east-1", ""),
            (None, "arn:aws:", "arn:aws-cn:", ""),
            ("111122223333", "111122223333", "444455556666", "111122223333:"),
        )
    ),
    Mistake(
        "a certificate that IAM holds",
        {"workloads[0].certificate_arn": "arn:aws:iam::111122223333:server-certificate/web"},
        allowed="the ARN of a certificate in AWS Certificate Manager",
        fix="copy one that `aws acm list-certificates` shows",
    ),
    Mistake(
        "an administrator of production whom the whole account may be",
        {"access.roles[0].require_mfa": False},
        at="access.roles[0].trusted_principal_arns",
        got=(),
        allowed="named principals, or require_mfa=True, for a role that administers a",
        fix="name the role that your administrators assume, or set require_mfa=True",
        good=PROD,
    ),
    Mistake(
        "one by RBAC",
        {
            "access.roles[1].kubernetes_groups": (
                KubernetesGroupSpec(name="platform:admins", cluster_role="cluster-admin"),
            )
        },
        at="access.roles[1].trusted_principal_arns",
        got=(),
        allowed="named principals, or require_mfa=True, for a role that administers a",
        fix="name the role that your administrators assume, or set require_mfa=True",
        good=PROD,
    ),
    Mistake(
        "node repair without the agent",
        {"add_ons.node_monitoring_agent": False},
        at="node_groups[0].node_repair",
        got=True,
        allowed="False without add_ons.node_monitoring_agent",
        fix="set add_ons.node_monitoring_agent=True, or node_repair=False",
    ),
    Mistake(
        "a load balancer that names no network",
        {"workloads[0].load_balancer_source_ranges": ()},
        allowed="at least one network; with an empty list the controller allows all traffic",
        fix="or write ('0.0.0.0/0',) to allow everyone",
    ),
]

WITH_SCHEMA = "example-add-on"
"""An add-on whose configuration has a schema, in add_on_schemas/ beside this file."""
READ_ONLY = PermissionsSpec(managed_policies=("AmazonS3ReadOnlyAccess",))
FILES = "tests/unit/configuration/manifests"
EFS = AddOnSpec(name="aws-efs-csi-driver")
READ = StatementSpec(actions=("s3:GetObject",), resources=("arn:aws:s3:::data/reports",))
ADDITIONAL_ADD_ONS = [
    *(
        Mistake(
            f"the misspelt add-on {name}",
            {"add_ons.additional": (EFS,), "add_ons.additional[0].name": name},
            allowed=f"not nearly that of another add-on; did you mean {meant}?",
            fix=f"write name={meant!r}; if EKS has an add-on {name}, save its schema",
        )
        for name, meant in (
            ("aws-efs-csi-drivr", "aws-efs-csi-driver"),
            ("metric-server", "metrics-server"),
            ("efs-csi-driver", "aws-efs-csi-driver"),
        )
    ),
    Mistake(
        "an add-on whose name no add-on can have",
        {"add_ons.additional": (EFS,), "add_ons.additional[0].name": "EFS driver"},
        allowed="the name of an EKS add-on, in lower case",
        fix="copy one that `aws eks describe-addon-versions` lists",
    ),
    Mistake(
        "a version that EKS doesn't write so",
        {"add_ons.additional": (EFS,), "add_ons.additional[0].version": "2.1.10"},
        allowed="a version in EKS's format",
        fix="or use None",
    ),
    Mistake(
        "a configuration that JSON can't hold",
        {"add_ons.additional": (EFS,), "add_ons.additional[0].configuration": {"a": {1, 2}}},
        allowed="values that JSON can represent",
        fix="write a list",
    ),
    Mistake(
        "an add-on that selects no node",
        {
            "add_ons.additional": (AddOnSpec(name="kube-state-metrics", pods=1),),
            "add_ons.additional[0].configuration": {"nodeSelector": {"pool": "system"}},
        },
        at="add_ons.additional[0].configuration",
        allowed="nodes that take kube-state-metrics: General by nodeSelector pool=system keeps them out",
        fix="give a node group the labels that it selects",
    ),
    Mistake(
        "an add-on of the platform, installed again",
        {"add_ons.additional": (EFS,), "add_ons.additional[0].name": "metrics-server"},
        allowed="an add-on that the platform doesn't install itself",
        fix="set metrics_server=True instead",
    ),
    Mistake(
        "an add-on of the platform, installed for its version",
        {"add_ons.additional": (EFS,), "add_ons.additional[0].name": "coredns"},
        allowed="an add-on that the platform doesn't install itself",
        fix="remove it; add_ons.versions changes its version",
    ),
    Mistake(
        "an add-on that is installed twice",
        {"add_ons.additional": (EFS, EFS)},
        at="add_ons.additional[1].name",
        got="aws-efs-csi-driver",
        allowed="a name that is unique in additional",
        fix="merge them into one AddOnSpec",
    ),
    Mistake(
        "an add-on without the one that it needs",
        {"add_ons.additional": (EFS,), "add_ons.additional[0].name": "adot"},
        allowed="adot together with cert-manager, which it needs to start",
        fix="add AddOnSpec(name='cert-manager') to additional",
    ),
    Mistake(
        "an add-on that can do nothing",
        {"add_ons.additional": (AddOnSpec(name="external-dns"),)},
        at="add_ons.additional[0].service_accounts",
        got={},
        allowed="permissions for 'external-dns'; external-dns doesn't work without them",
        fix="with route53:ChangeResourceRecordSets on the hosted zones",
    ),
    Mistake(
        "a policy by its ARN",
        {
            "add_ons.additional": (
                AddOnSpec(
                    name="aws-efs-csi-driver",
                    service_accounts={
                        "efs-csi-node-sa": PermissionsSpec(
                            managed_policies=("arn:aws:iam::aws:policy/ReadOnlyAccess",)
                        )
                    },
                ),
            ),
        },
        at="add_ons.additional[0].service_accounts['efs-csi-node-sa'].managed_policies[0]",
        got="arn:aws:iam::aws:policy/ReadOnlyAccess",
        allowed="the name of an AWS managed policy, with its path",
        fix="write it like AmazonS3ReadOnlyAccess",
    ),
    *(
        Mistake(
            f"the misspelt policy {name}",
            {"node_groups[0].permissions": PermissionsSpec(managed_policies=(name,))},
            at="node_groups[0].permissions.managed_policies[0]",
            got=name,
            allowed=f"did you mean {meant}?",
            fix=f"write {meant}; if AWS has {name}, add it to",
        )
        for name, meant in (
            ("AmazonS3ReadOnlyAcess", "AmazonS3ReadOnlyAccess"),
            ("AmazonS3ReadOnlyAccesss", "AmazonS3ReadOnlyAccess"),
            ("AmazonS3ReadonlyAccess", "AmazonS3ReadOnlyAccess"),
            ("AmazonEKSCNI_Policy", "AmazonEKS_CNI_Policy"),
            ("AmazonEBSCSIDriverPolicy", "service-role/AmazonEBSCSIDriverPolicy"),
        )
    ),
    Mistake(
        "a misspelt policy as a boundary",
        {"node_groups[0].permissions_boundary": "arn:aws:iam::aws:policy/PowerUserAcess"},
        allowed="did you mean PowerUserAccess?",
        fix="write PowerUserAccess",
    ),
    Mistake(
        "permissions that permit nothing",
        {
            "add_ons.additional": (
                AddOnSpec(
                    name="aws-efs-csi-driver",
                    service_accounts={"efs-csi-node-sa": PermissionsSpec()},
                ),
            ),
        },
        at="add_ons.additional[0].service_accounts['efs-csi-node-sa'].managed_policies",
        got=(),
        allowed="at least one managed policy or statement",
        fix="add one, or remove the service account",
    ),
    Mistake(
        "a wildcard without a reason",
        {
            "add_ons.additional": (
                AddOnSpec(
                    name="aws-mountpoint-s3-csi-driver",
                    service_accounts={
                        "s3-csi-driver-sa": PermissionsSpec(
                            statements=(
                                READ,
                                StatementSpec(actions=("s3:*",), resources=("arn:aws:s3:::data",)),
                            )
                        )
                    },
                ),
            ),
        },
        at="add_ons.additional[0].service_accounts['s3-csi-driver-sa'].statements[1].wildcards_because",
        got=None,
        allowed="a reason for Action::s3:*",
        fix="list exactly what the pods need, or explain in a sentence why they need the wildcard",
    ),
    Mistake(
        "a configuration that its schema refuses",
        {
            "add_ons.additional": (
                AddOnSpec(name=WITH_SCHEMA, configuration={"replicaCount": "two"}),
            ),
        },
        at="add_ons.additional[0].configuration.replicaCount",
        got="two",
        allowed=f"a value that the schema of {WITH_SCHEMA} accepts: 'two' is not of type 'integer'",
        fix=f"see `aws eks describe-addon-configuration --addon-name {WITH_SCHEMA}`",
    ),
]

SHOP = Manifests(name="Shop", namespace="shop", path=f"{FILES}/shop")
PODINFO = HelmRelease(
    name="Podinfo",
    namespace="podinfo",
    chart="podinfo",
    version="6.9.0",
    repository="https://stefanprodan.github.io/podinfo",
    max_pods=2,
)
SERVICE = DEV.workloads[0]
INFINITY = float("inf")
WORKLOADS = [
    Mistake(
        "a workload with the name of the platform's stack",
        {"workloads": (SERVICE, SHOP), "workloads[1].name": "Cluster"},
        allowed="a name that no other stack in the environment has",
        fix="rename it before its first deploy",
    ),
    Mistake(
        "two workloads of one name",
        {"workloads": (SERVICE, SHOP, PODINFO), "workloads[2].name": "Shop"},
        allowed="a name that no other stack in the environment has",
        fix="rename it before its first deploy",
    ),
    Mistake(
        "two workloads that make one namespace",
        {"workloads": (SERVICE, SHOP, PODINFO), "workloads[2].namespace": "shop"},
        got="shop",
        allowed="a namespace that workload Shop doesn't create too",
        fix="add NamespaceSpec(name='shop') to the environment's namespaces",
    ),
    Mistake(
        "a workload after one that is not there",
        {"workloads": (SERVICE, SHOP), "workloads[1].after": ("Database",)},
        got="Database",
        allowed="SampleService",
        fix="remove it",
    ),
    Mistake(
        "a workload after one that comes later",
        {"workloads": (SERVICE, SHOP, PODINFO), "workloads[1].after": ("Podinfo",)},
        got="Podinfo",
        allowed="workloads that come before it in the list",
        fix="move Podinfo before it",
    ),
    Mistake(
        "a quota in a namespace of a team",
        {
            "namespaces": (NamespaceSpec(name="shop"),),
            "workloads": (SERVICE, SHOP),
            "workloads[1].quota": {"pods": 20},
        },
        at="workloads[1].namespace",
        got="shop",
        allowed="a namespace of its own, because it sets quota or default_deny",
        fix="use another namespace, or remove it from the environment's namespaces",
    ),
    Mistake(
        "Pod Identity for pods on Fargate",
        {
            "workloads": (SERVICE, SHOP),
            "fargate_profiles": (
                *DEV.fargate_profiles,
                FargateProfileSpec(name="Shop", selectors=(FargateSelectorSpec(namespace="sh*"),)),
            ),
            "workloads[1].service_accounts": {"plain": PermissionsSpec(), "cart": READ_ONLY},
        },
        at="workloads[1].service_account_identity",
        got="POD_IDENTITY",
        allowed="'IRSA' for 'cart': its pods run on Fargate (profile Shop)",
        fix="set service_account_identity='IRSA', or change the profile's selectors",
    ),
    Mistake(
        "an image without a Dockerfile",
        {
            "workloads": (SERVICE, PODINFO),
            "workloads[1].values": {"image": "${web}"},
            "workloads[1].images": {
                "web": ImageSpec(path="workloads/nowhere", architecture="arm64")
            },
        },
        at="workloads[1].images['web'].path",
        got="workloads/nowhere",
        allowed="a folder in this repository with a Dockerfile",
        fix="use a path from the top of the repository",
    ),
    Mistake(
        "an image outside of the repository",
        {
            "workloads": (SERVICE, PODINFO),
            "workloads[1].values": {"image": "${web}"},
            "workloads[1].images": {"web": ImageSpec(path="../elsewhere", architecture="arm64")},
        },
        at="workloads[1].images['web'].path",
        got="../elsewhere",
        allowed="a folder in this repository with a Dockerfile",
        fix="use a path from the top of the repository",
    ),
    Mistake(
        "an image and a value of one name",
        {
            "workloads": (SERVICE, SHOP),
            "workloads[1].images": {"web": ImageSpec(path="workloads/sample_service/web")},
            "workloads[1].values": {"web": "nginx"},
        },
        got=["web"],
        allowed="names that are not in images",
        fix="rename web",
    ),
    Mistake(
        "manifests that are not there",
        {"workloads": (SERVICE, SHOP), "workloads[1].path": "workloads/nowhere"},
        allowed="workloads/nowhere doesn't exist",
        fix="use a path from the top of the repository, such as workloads/shop",
    ),
    Mistake(
        "manifests in another namespace",
        {"workloads": (SERVICE, SHOP), "workloads[1].path": f"{FILES}/elsewhere"},
        at="workloads[1].namespace",
        got="shop",
        allowed="'mall', the namespace of ConfigMap/settings",
        fix="remove metadata.namespace from the files",
    ),
    Mistake(
        "manifests with the namespace itself",
        {"workloads": (SERVICE, SHOP), "workloads[1].path": f"{FILES}/namespace"},
        allowed="files without Namespace/shop, which the stack creates itself",
        fix="remove it from the files",
    ),
    Mistake(
        "manifests with an object twice",
        {"workloads": (SERVICE, SHOP), "workloads[1].path": f"{FILES}/twice"},
        allowed="settings.yaml line 5: ConfigMap shop/settings is also in settings.yaml line 1",
        fix="rename or remove it",
    ),
    Mistake(
        "a chart that an oci:// address names already",
        {"workloads": (SERVICE, PODINFO), "workloads[1].repository": "oci://ghcr.io/x/podinfo"},
        at="workloads[1].chart",
        got="podinfo",
        allowed="None, because the oci:// repository names the chart",
        fix="remove chart",
    ),
    Mistake(
        "a repository without a chart's name",
        {"workloads": (SERVICE, PODINFO), "workloads[1].chart": None},
        allowed="the name of a chart in the repository",
        fix="copy one that `helm search repo` lists",
    ),
    Mistake(
        "a release with a long name",
        {"workloads": (SERVICE, PODINFO), "workloads[1].release": "r" * 54},
        allowed="at most 53 lower-case letters, digits and hyphens",
        fix="set release to a shorter name",
    ),
    *(
        Mistake(
            f"a chart that may take {minutes} minutes",
            {"workloads": (SERVICE, PODINFO), "workloads[1].timeout_minutes": minutes},
            allowed=allowed,
            fix=f"set timeout_minutes to {allowed.rpartition(' ')[2]} or",
        )
        for minutes, allowed in (
            (0, "greater than or equal to 1"),
            (15, "less than or equal to 14"),
        )
    ),
    Mistake(
        "a value of a chart that JSON can't hold",
        {"workloads": (SERVICE, PODINFO), "workloads[1].values": {"share": INFINITY}},
        allowed="values that JSON can represent",
        fix="write a finite number",
    ),
    Mistake(
        "a finding that has no such name",
        {
            "workloads": (SERVICE, SHOP),
            "workloads[1].acknowledge": {"KUBE07": "It may be away for a minute."},
        },
        at="workloads[1].acknowledge",
        got=Key("KUBE07"),
        allowed="the name of one finding, as `make synth` prints it",
        fix="such as KUBE6[Deployment/web-budget]",
    ),
    Mistake(
        "a finding that is acknowledged without a reason",
        {
            "workloads": (SERVICE, SHOP),
            "workloads[1].acknowledge": {"KUBE6[Deployment/web-budget]": ""},
        },
        at="workloads[1].acknowledge['KUBE6[Deployment/web-budget]']",
        got="",
        allowed="a reason, in a sentence",
        fix="explain in a sentence why this is acceptable",
    ),
    Mistake(
        "a chart version that moves",
        {"workloads": (SERVICE, PODINFO), "workloads[1].version": "6"},
        allowed="a full version such as 6.9.0",
        fix="copy one that `helm search repo --versions` lists",
    ),
]

TAINT = TaintSpec(key="dedicated", value="team-a", effect="NO_SCHEDULE")
PLATFORM = [
    Mistake(
        "no nodes for the platform's own pods",
        {"workloads": (), "node_groups[0].taints": (TAINT,)},
        got=["dedicated:NO_SCHEDULE"],
        allowed="at least one node group without these taints: coredns, metrics-server",
        fix="add a node group without taints for the platform's own pods",
    ),
    Mistake(
        "a node that its daemons and a device plug-in fill",
        {
            "workloads": (),
            "node_groups": (GROUP, MACHINES.node_groups[1].model_copy(update={"max_pods": 6})),
        },
        at="node_groups[1].max_pods",
        got=6,
        allowed="more than 6 pods per node: aws-node",
        fix="set max_pods=58, or remove it",
    ),
    Mistake(
        "places on nodes that keep the platform away only",
        {
            "workloads": (),
            "node_groups": (
                GROUP.model_copy(update={"min_size": 2, "desired_size": 2, "max_pods": 8}),
                GROUP.model_copy(
                    update={
                        "name": "Batch",
                        "taints": (TaintSpec(key="batch", effect="NO_SCHEDULE"),),
                    }
                ),
            ),
        },
        at="node_groups",
        got="desired nodes without the places for 2 of 2 aws-load-balancer-controller",
        allowed="nodes with room for the platform's own pods",
        fix="raise desired_size",
    ),
    Mistake(
        "nodes without the memory for the platform",
        {
            "workloads": (),
            "vpc_cni.prefix_delegation": True,
            "node_groups[0].ami_type": "AL2023_x86_64_STANDARD",
            "node_groups[0].capacity_type": "ON_DEMAND",
            "node_groups[0].instance_types": ("t3.micro",),
        },
        at="node_groups",
        got="desired nodes without the memory for 1 of 2 coredns, 2 of 2 aws-load-balancer-controller",
        allowed="nodes with room for the platform's own pods",
        fix="use larger instance types, or raise desired_size",
    ),
    Mistake(
        "a Fargate profile that is planned for fewer pods than are declared",
        {"fargate_profiles[0].max_pods": 1},
        allowed="at least 2, which is how many pods the workloads declare for it",
        fix="set max_pods=2, or more for rolling updates",
    ),
    Mistake(
        "nodes that the platform fills",
        {
            "workloads": (),
            "node_groups[0].ami_type": "AL2023_x86_64_STANDARD",
            "node_groups[0].instance_types": ("t3.small",),
            "node_groups[0].capacity_type": "ON_DEMAND",
            "node_groups[0].min_size": 1,
            "node_groups[0].desired_size": 1,
        },
        at="node_groups",
        got="room for 11 pods on the desired nodes",
        allowed="room for 13 pods: 5 DaemonSets on each node (aws-node, kube-proxy,",
        fix="raise desired_size, or use instance types with more addresses",
    ),
    Mistake(
        "more pods than there are places",
        {"workloads[0].web_replicas": 200},
        at="workloads",
        got="202 pods (202 for SampleService)",
        allowed="at most 112, which is what nodes and Fargate have left",
        fix="raise max_size of a node group or max_pods of a Fargate profile",
    ),
    *(
        Mistake(
            f"a Fargate profile for {namespace}",
            {
                "fargate_profiles": (
                    *DEV.fargate_profiles,
                    FargateProfileSpec(
                        name="All", selectors=(FargateSelectorSpec(namespace=namespace),)
                    ),
                ),
            },
            at="fargate_profiles[1].selectors",
            got=[f"{namespace} {{}}"],
            allowed="selectors that don't match the pods of aws-load-balancer-controller, ebs-csi-controller",
            fix="select another namespace, or add labels that these pods don't have",
        )
        for namespace in ("kube-system", "kube-*", "*")
    ),
    Mistake(
        "a Fargate profile for an add-on with permissions",
        {
            "add_ons.additional": (AddOnSpec(name="aws-efs-csi-driver", namespace="efs"),),
            "fargate_profiles[0].selectors": (
                *DEV.fargate_profiles[0].selectors,
                FargateSelectorSpec(namespace="ef?"),
            ),
        },
        at="fargate_profiles[0].selectors",
        allowed="selectors that don't match the pods of aws-efs-csi-driver",
        fix="select another namespace",
        got=[f"{API.namespace} {dict(API.labels)}", "ef? {}"],
    ),
    Mistake(
        "a Fargate profile in GovCloud",
        GOV,
        at="fargate_profiles",
        got=[PROFILE.name],
        allowed="none in us-gov-west-1: EKS has no Fargate in AWS GovCloud (US)",
        fix="remove them, and run their pods on nodes",
    ),
    Mistake(
        "no nodes in GovCloud",
        {**GOV, **NO_NODES, "fargate_profiles": (), "add_ons.ebs_csi_driver": False},
        at="node_groups",
        got=(),
        allowed="at least one node group, or auto_mode",
        fix="add a NodeGroupSpec, or an AutoModeSpec",
        also=("add_ons.coredns_compute_type",),
    ),
    Mistake(
        "CoreDNS on Fargate in GovCloud",
        {**GOV, "fargate_profiles": (), "workloads": (), "add_ons.coredns_compute_type": "fargate"},
        allowed="'ec2' in us-gov-west-1",
        fix="set coredns_compute_type='ec2'",
    ),
    Mistake(
        "an add-on with permissions on Fargate",
        {
            **NO_NODES,
            "add_ons.coredns_compute_type": "fargate",
            "add_ons.ebs_csi_driver": False,
            "add_ons.additional": (EFS,),
        },
        at="add_ons.additional[0].name",
        got="aws-efs-csi-driver",
        allowed="add-ons that need no AWS permissions when the cluster has no node groups",
        fix="add a node group, or remove the add-on",
    ),
]

MISTAKES = [
    *(*SHAPE, *TEXTS, *LIMITS, *NETWORK, *CLUSTER, *VPC_CNI, *COMPUTE, *ACCESS, *PRODUCTION),
    *(*ADD_ONS, *ADDITIONAL_ADD_ONS, *WORKLOADS, *PLATFORM, *NAMESPACES, *SMALL_PRINT),
]
