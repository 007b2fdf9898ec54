"""What a change means, written down before what the review says of it: present and absent.

Each row is one property of one resource or object, before and after.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from assembly.environment import Environment
from kube.values import mapping
from review.model import Review, Risk
from tests.unit.review.foreign import kubernetes, manifest, of_resources, resource, trust
from tests.unit.review.templates import of_templates, reviewed, texts

NODES, LOGS, KEY = "AWS::EKS::Nodegroup", "AWS::Logs::LogGroup", "AWS::KMS::Key"
TEMPLATE, CLUSTER, ROLE = "AWS::EC2::LaunchTemplate", "AWS::EKS::Cluster", "AWS::IAM::Role"
ADOPTED = "Custom::LogGroup"
CHART = "Custom::AWSCDK-EKS-HelmChart"
ADD_ON, ASSOCIATION = "AWS::EKS::Addon", "AWS::EKS::PodIdentityAssociation"
GROUP, ENDPOINT = "AWS::EC2::SecurityGroup", "AWS::EC2::VPCEndpoint"
NEVER = "NEVER"
Fields = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What must be said of a change, with its risk, and what must not."""

    name: str
    before: Fields | None
    after: Fields | None
    says: str
    never: str = NEVER
    risk: Risk


def truth(name: str, before: Fields | None, after: Fields | None, says: str, **more: Any) -> Truth:  # noqa: ANN401  # fields of a truth
    """Return a truth, whose verdict is that of its sentence unless it is given."""
    verdict = next(risk for risk in Risk if says.startswith(f"{risk.words}: "))
    return Truth(name=name, before=before, after=after, says=says, **{"risk": verdict, **more})


def aws(
    name: str, kind: str, before: Fields | None, after: Fields | None, says: str, **more: object
) -> Truth:
    """Return a truth about a resource, by its properties; None is no such resource."""
    one, other = (None if x is None else {"R": resource(kind, **x)} for x in (before, after))
    return truth(name, one, other, says, **more)


def pods(
    name: str, kind: str, before: Fields | None, after: Fields | None, says: str, **more: object
) -> Truth:
    """Return a truth about a Kubernetes object, by its fields; None is no such object."""
    one, other = (
        None if x is None else {"R": manifest(kubernetes(kind, "web", **x))}
        for x in (before, after)
    )
    return truth(name, one, other, says, **more)


def pod(**fields: object) -> dict[str, Any]:
    """Return the fields of a Deployment whose pods have these."""
    container = fields.pop("container", {})
    spec = {"containers": [{"name": "web", "image": "web:1", **mapping(container)}], **fields}
    return {"spec": {"template": {"spec": spec}}}


def with_role(name: str, before: Fields, after: Fields, says: str) -> Truth:
    """Return a truth about pods where the ServiceAccount `web` has a role."""
    role = resource(ASSOCIATION, **associated("arn:aws:iam::1:role/a"))
    one, other = (
        {"R": manifest(kubernetes("Deployment", "web", **x)), "A": role} for x in (before, after)
    )
    return truth(name, one, other, says)


def engine(name: str, version: str, **more: object) -> dict[str, Any]:
    """Return the properties of a database of a version."""
    return {"Engine": name, "EngineVersion": version, **more}


def indexed(*names: str, what: str = "ALL") -> dict[str, Any]:
    """Return the properties of a table with such indexes."""
    project = {"ProjectionType": what}
    return {"GlobalSecondaryIndexes": [{"IndexName": x, "Projection": project} for x in names]}


def searching(version: str) -> dict[str, Any]:
    """Return a search domain that is upgraded in place."""
    domain = resource("AWS::OpenSearchService::Domain", EngineVersion=f"OpenSearch_{version}")
    return {"R": {**domain, "UpdatePolicy": {"EnableVersionUpgrade": True}}}


DATABASE = "AWS::RDS::DBInstance"
REPLACED = r"Nodes of NodePool `team/web` that no longer match \*\*are replaced\*\*"


def pool(*values: str, how: str = "In", **spec: object) -> dict[str, Any]:
    """Return the fields of a NodePool with one requirement."""
    requirement = {"key": "a", "operator": how, "values": [*values]}
    return {"spec": {"template": {"spec": {"requirements": [requirement], **spec}}}}


def enforcing(standard: str) -> dict[str, str]:
    """Return the labels of a namespace that enforces a Pod Security standard."""
    return {"pod-security.kubernetes.io/enforce": standard}


def dropping(count: int) -> dict[str, Any]:
    """Return the fields of a StatefulSet whose claims go with the pods that it no longer has."""
    kept = {"whenScaled": "Delete"}
    spec = {"volumeClaimTemplates": [{}], "persistentVolumeClaimRetentionPolicy": kept}
    return {"spec": {"replicas": count, **spec}}


def volumes_of(*sizes: str) -> dict[str, Any]:
    """Return the fields of an EC2NodeClass whose nodes have such volumes."""
    return {"spec": {"blockDeviceMappings": [{"ebs": {"volumeSize": each}} for each in sizes]}}


def logs(*kinds: str) -> dict[str, Any]:
    """Return the properties of a cluster that writes these logs."""
    types = [{"Type": each} for each in kinds]
    return {"Logging": {"ClusterLogging": {"EnabledTypes": types}}}


def options(**fields: object) -> dict[str, Any]:
    """Return the properties of a launch template with these metadata options."""
    return {"LaunchTemplateData": {"MetadataOptions": fields}}


def three(kind: str) -> dict[str, Any]:
    """Return the properties of a group of three nodes of a type."""
    return {"InstanceTypes": [kind], "ScalingConfig": {"DesiredSize": 3}}


def allowing(*actions: str, on: str = "*", **more: object) -> dict[str, Any]:
    """Return the properties of a role that may do something."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}
    return {
        "AssumeRolePolicyDocument": trust({"Service": "ec2.amazonaws.com"}),
        "Policies": [{"PolicyDocument": {"Statement": [statement]}}],
    }


def volume(size: int) -> dict[str, Any]:
    """Return the properties of a launch template with a volume of so many GiB."""
    return {"LaunchTemplateData": {"BlockDeviceMappings": [{"Ebs": {"VolumeSize": size}}]}}


def gateway(address: str) -> dict[str, Any]:
    """Return a NAT gateway with an address."""
    return resource("AWS::EC2::NatGateway", AllocationId={"Fn::GetAtt": [address, "AllocationId"]})


def associated(role: object) -> dict[str, Any]:
    """Return the properties of a Pod Identity association with a role."""
    return {"Namespace": "team", "ServiceAccount": "web", "RoleArn": role}


def expiring(days: int) -> dict[str, Any]:
    """Return the properties of a bucket whose objects are deleted after so many days."""
    rule = {"ExpirationInDays": days, "Prefix": "logs/", "Status": "Enabled"}
    return {"LifecycleConfiguration": {"Rules": [rule]}}


def reached(*networks: str) -> dict[str, Any]:
    """Return the properties of a cluster whose API server these reach, and the VPC."""
    access = {"EndpointPublicAccess": True, "EndpointPrivateAccess": True}
    return {"ResourcesVpcConfig": {**access, "PublicAccessCidrs": list(networks)}}


def editing(namespace: str) -> dict[str, Any]:
    """Return the properties of an access entry that may edit what is in a namespace."""
    scope = {"Type": "namespace", "Namespaces": [namespace]}
    arn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"
    policies = [{"PolicyArn": arn, "AccessScope": scope}]
    return {"PrincipalArn": "arn:aws:iam::1:role/Dev", "AccessPolicies": policies}


def script(lines: str) -> dict[str, Any]:
    """Return the properties of a launch template with this user data."""
    return {"LaunchTemplateData": {"UserData": b64encode(lines.encode()).decode()}}


def allowed_in(*accounts: str, how: str = "StringEquals") -> dict[str, Any]:
    """Return the properties of an endpoint that these accounts may use, or all but these."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": "*"}
    condition = {how: {"aws:PrincipalAccount": list(accounts)}}
    return {"PolicyDocument": {"Statement": {**statement, "Condition": condition}}}


def network(cidr: str) -> dict[str, Any]:
    """Return a VPC and a subnet of it with this range."""
    placed = {"VpcId": {"Ref": "V"}, "CidrBlock": cidr}
    vpc = resource("AWS::EC2::VPC", CidrBlock="10.0.0.0/16")
    return {"V": vpc, "S": resource("AWS::EC2::Subnet", **placed)}


def encrypted(*volumes: str) -> dict[str, Any]:
    """Return the properties of a launch template with volumes that are encrypted, or not."""
    found = [{"DeviceName": f"/dev/{n}", "Ebs": {"Encrypted": x}} for n, x in enumerate(volumes)]
    return {"LaunchTemplateData": {"BlockDeviceMappings": found}}


def spot(*kinds: str) -> dict[str, Any]:
    """Return the properties of a group of Spot nodes of these types."""
    return {**three("x"), "CapacityType": "SPOT", "InstanceTypes": list(kinds)}


def rules(*verbs: str) -> dict[str, Any]:
    """Return the fields of a Role that allows verbs on pods."""
    return {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": list(verbs)}]}


def binding(role: str) -> dict[str, Any]:
    """Return the fields of a binding of the default ServiceAccount."""
    subject = {"kind": "ServiceAccount", "name": "default", "namespace": "team"}
    return {"roleRef": {"kind": "ClusterRole", "name": role}, "subjects": [subject]}


def assuming(role: str) -> dict[str, Any]:
    """Return the fields of a ServiceAccount whose pods assume a role."""
    arn = f"arn:aws:iam::111122223333:role/{role}"
    annotations = {"eks.amazonaws.com/role-arn": arn}
    return {"metadata": {"name": "web", "namespace": "team", "annotations": annotations}}


def checking(*policies: str) -> dict[str, Any]:
    """Return the fields of webhooks with these failure policies."""
    return {"webhooks": [{"name": x, "failurePolicy": y} for x, y in enumerate(policies)]}


def balanced(*, ranges: str = "", **annotations: str) -> dict[str, Any]:
    """Return the fields of a Service with an internal load balancer."""
    prefix = "service.beta.kubernetes.io/aws-load-balancer-"
    named = {"scheme": "internal", **annotations}
    metadata = {
        "name": "web",
        "namespace": "team",
        "annotations": {f"{prefix}{name}": value for name, value in named.items() if value},
    }
    sources = {"loadBalancerSourceRanges": ranges.split(",")} if ranges else {}
    return {"metadata": metadata, "spec": {"type": "LoadBalancer", **sources}}


def ingress(**annotations: str) -> dict[str, Any]:
    """Return the fields of an Ingress with annotations of the controller."""
    named = {f"alb.ingress.kubernetes.io/{name}": value for name, value in annotations.items()}
    metadata = {"name": "web", "namespace": "team", "annotations": named}
    return {"metadata": metadata, "spec": {"ingressClassName": "alb"}}


def subnet(zone: str) -> dict[str, Any]:
    """Return a subnet for internal load balancers."""
    tags = [{"Key": "kubernetes.io/role/internal-elb", "Value": "1"}]
    return resource("AWS::EC2::Subnet", AvailabilityZone=zone, Tags=tags)


def zone_of_pods(
    *zones: str, target: str = "ip", gate: bool = False, tagged: bool = True
) -> dict[str, Any]:
    """Return a load balancer of pods, and nodes in some zones."""
    service = kubernetes(
        "Service", "web", **balanced(**{"type": "external", "nlb-target-type": target})
    )
    labels = {"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"} if gate else {}
    space = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "team", "labels": labels},
    }
    nodes = resource(NODES, Subnets=[{"Ref": f"Subnet{zone}"} for zone in zones])
    subnets = {f"Subnet{zone}": subnet(zone) for zone in zones}
    if not tagged:
        subnets = {
            f"Subnet{zone}": resource("AWS::EC2::Subnet", AvailabilityZone=zone) for zone in zones
        }
    return {**subnets, "N": nodes, "R": manifest(service, space)}


MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def entered(who: str, condition: Fields | None = None) -> dict[str, Any]:
    """Return the properties of a role that a principal of an account may assume."""
    more = {} if condition is None else {"Condition": condition}
    policy = trust({"AWS": f"arn:aws:iam::111122223333:{who}"}, **more)
    return {"AssumeRolePolicyDocument": policy}


def ports(*ranges: tuple[int, int], **fields: object) -> dict[str, Any]:
    """Return the properties of a security group that lets the internet in on these ports."""
    rule = {"IpProtocol": "tcp", "CidrIp": "0.0.0.0/0", **fields}
    return {"SecurityGroupIngress": [{**rule, "FromPort": x, "ToPort": y} for x, y in ranges]}


def bucket_of(who: object) -> dict[str, Any]:
    """Return the policy of a bucket that somebody may read."""
    statement = {"Effect": "Allow", "Principal": {"AWS": who}, "Action": "s3:Get*", "Resource": "*"}
    return resource(
        "AWS::S3::BucketPolicy", Bucket={"Ref": "B"}, PolicyDocument={"Statement": [statement]}
    )


def nodes_of_pods(desired: int) -> dict[str, Any]:
    """Return so many nodes, and a Deployment."""
    web = manifest(kubernetes("Deployment", "web", **pod()))
    return {"N": resource(NODES, ScalingConfig={"DesiredSize": desired}), "R": web}


def reading(name: str, *, by: str) -> dict[str, Any]:
    """Return a ConfigMap, and a Deployment that reads one."""
    web = kubernetes(
        "Deployment", "web", **pod(container={"envFrom": [{"configMapRef": {"name": by}}]})
    )
    return {"R": manifest(kubernetes("ConfigMap", name), web)}


ELSEWHERE = {
    "Else": manifest(
        {
            **kubernetes(
                "Deployment", "web", **pod(container={"envFrom": [{"configMapRef": {"name": "a"}}]})
            ),
            "metadata": {"name": "web", "namespace": "else"},
        }
    )
}
"""A Deployment that reads a ConfigMap of its own namespace."""


def having(kind: str, name: str, by: str = "", **fields: object) -> dict[str, Any]:
    """Return an object, and one that names it."""
    user = kubernetes(by or "Deployment", f"of-{name}", **(fields if by else pod(**fields)))
    return {"R": manifest(kubernetes(kind, name), user)}


def leaving(*zones: str) -> dict[str, Any]:
    """Return NAT gateways, and the routes of two zones, that of the second over the first if need be."""
    gateways = {f"G{x}": resource("AWS::EC2::NatGateway") for x in zones}
    ways = (("A", "GA"), ("B", "GB" if "B" in zones else "GA"))
    return gateways | {
        f"R{zone}": resource("AWS::EC2::Route", RouteTableId=zone, NatGatewayId={"Ref": way})
        for zone, way in ways
    }


TWO_LOGS = (("A", LOGS, "KmsKeyId"), ("B", ADOPTED, "KmsKeyArn"))
BUCKET = resource("AWS::S3::Bucket")
CONTROLLER = resource(CHART, Chart="aws-load-balancer-controller", Release="one")
NODE_ENTRY = resource(
    "AWS::EKS::AccessEntry", PrincipalArn="arn:aws:iam::1:role/Node", Type="EC2_LINUX"
)
CLASSLESS = resource(
    CHART, Chart="aws-load-balancer-controller", Values='{"createIngressClassResource": false}'
)
CLASS = manifest(
    {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "alb"}}
)
EMPTIED = resource("Custom::S3AutoDeleteObjects", BucketName={"Ref": "B"})
PLACED: Fields = {
    "One": resource("AWS::EC2::VPC"),
    "Other": resource("AWS::EC2::VPC"),
    "S": resource("AWS::EC2::Subnet", VpcId={"Ref": "One"}),
    "T": resource("AWS::EC2::Subnet", VpcId={"Ref": "One"}),
    "C": resource(CLUSTER, ResourcesVpcConfig={"SubnetIds": [{"Ref": "S"}]}),
}

LOGS_OF_AWS = {"Service": "logs.amazonaws.com"}
FOR_ONE = {"StringEquals": {"aws:SourceAccount": "1"}}

TRUTHS = (
    aws("subnet gone", "AWS::EC2::Subnet", {}, None,
        r"removes: Subnet `R` is .*removed.*: EC2 deletes a subnet only when no network interface is left in it; else .* stack, and says `UPDATE_COMPLETE`",
        never="goes, too"),
    aws("subnet replaced", "AWS::EC2::Subnet", {"AvailabilityZone": "a"}, {"AvailabilityZone": "b"},
        "replaces: Subnet `R` .*is replaced.*: EC2 deletes a subnet only when no network interface is left in it", never="goes, too"),
    aws("network replaced", "AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}, {"CidrBlock": "10.1.0.0/16"},
        "replaces: VPC .*is replaced.*: what is in it must move to a new one; .* only when nothing is left in it", never="are deleted"),
    aws("logs gone", LOGS, {}, None, "loses data: Log group `R` is .*removed"),
    aws("adopted logs gone", ADOPTED, {}, None, "loses data: Log group `R` is .*removed"),
    aws("adopted logs renamed", ADOPTED, {"LogGroupName": "a"}, {"LogGroupName": "b"},
        "loses data: Log group `a` .*is replaced"),
    aws("adopted logs shorter", ADOPTED, {"RetentionInDays": 9}, {"RetentionInDays": 5},
        "loses data: Log group `R` keeps log entries for 5 days instead of 9", never="safe"),
    aws("adopted logs in the clear", ADOPTED, {"KmsKeyArn": "arn:x"}, {"KmsKeyArn": ""},
        "weakens: Log group `R` is no longer encrypted with a KMS key"),
    aws("adopted logs of another's key", ADOPTED, {"KmsKeyArn": {"Fn::GetAtt": ["Stays", "Arn"]}}, {},
        "weakens: Log group `R` is no longer encrypted with a KMS key"),
    aws("logs of another's key", LOGS, {"KmsKeyId": {"Fn::GetAtt": ["Stays", "Arn"]}}, {},
        "weakens: Log group `R` is no longer encrypted with a KMS key"),
    aws("logs of a key", LOGS, {}, {"KmsKeyId": {"Fn::GetAtt": ["Stays", "Arn"]}}, "safe: Updated", never="weakens"),
    aws("adopted logs tagged", ADOPTED, {"Tags": {"a": "b"}}, {"Tags": {"a": "b", "c": "d"}},
        "safe: Tag-only change of log group `R`", never="Updated"),
    aws("key gone", KEY, {}, None, "loses data: KMS key `R` is .*removed"),
    aws("rotation off", KEY, {"EnableKeyRotation": True}, {"EnableKeyRotation": False},
        "weakens: KMS key `R` is .*no longer rotated"),
    aws("rotation on", KEY, {"EnableKeyRotation": False}, {"EnableKeyRotation": True},
        "safe: Updated in place.*", never="weakens"),
    aws("audit off", CLUSTER, logs("api", "audit"), logs("api"),
        r"weakens: Cluster `R` \*\*no longer writes logs\*\* of `audit`"),
    aws("audit on", CLUSTER, logs("api"), logs("api", "audit"),
        r"costs: Cluster `R` \*\*also writes logs\*\* of `audit`: they cost more", never="weakens|no longer|Updated"),
    aws("Spot", NODES, {}, {"CapacityType": "SPOT"}, r"weakens: .*\*\*Spot instances\*\*", risk=Risk.REPLACES),
    aws("On-Demand", NODES, {"CapacityType": "SPOT"}, {"CapacityType": "ON_DEMAND"},
        "replaces: Node group", never="weakens|Spot instances"),
    aws("dearer nodes", NODES, three("m7g.xlarge"), three("m7i.xlarge"),
        r"costs: Estimated cost: \$404 → \*\*\$497\*\* a month \(\+\$93\)\.",
        never="without|not known", risk=Risk.REPLACES),
    aws("cheaper nodes", NODES, three("m7i.xlarge"), three("m7g.xlarge"),
        r"safe: Estimated cost: \$497 → \*\*\$404\*\* a month \(-\$93\)\.",
        never="without|not known", risk=Risk.REPLACES),
    aws("nodes without a price", NODES, three("m7g.xlarge"), three("c9x.large"),
        r"costs: The cost of nodes of R \*\*changes by an amount that is not known", never=r"[+-]\$",
        risk=Risk.REPLACES),
    aws("Spot nodes", NODES, three("m7g.xlarge"), {**three("m7g.xlarge"), "CapacityType": "SPOT"},
        r"safe: Estimated cost: \$404 → \*\*\$97 to \$244\*\* a month \(",
        risk=Risk.REPLACES),
    aws("all at once", NODES, {"UpdateConfig": {"MaxUnavailablePercentage": 33}},
        {"UpdateConfig": {"MaxUnavailablePercentage": 100}},
        r"weakens: .*\*\*100% of the nodes at once\*\* instead of 33%"),
    aws("a number instead of a share", NODES, {"UpdateConfig": {"MaxUnavailablePercentage": 33}},
        {"UpdateConfig": {"MaxUnavailable": 3}}, "safe: Updated in place: node group", never="instead of 1"),
    aws("more at once", NODES, {}, {"UpdateConfig": {"MaxUnavailable": 3}},
        r"weakens: .*\*\*3 nodes at once\*\* instead of 1"),
    aws("extended support", CLUSTER, {"UpgradePolicy": {"SupportType": "STANDARD"}},
        {"UpgradePolicy": {"SupportType": "EXTENDED"}},
        r"costs: The control plane of cluster `R` \*\*costs six times as much", never="safe"),
    aws("standard support", CLUSTER, {"UpgradePolicy": {"SupportType": "EXTENDED"}},
        {"UpgradePolicy": {"SupportType": "STANDARD"}}, r"weakens: EKS \*\*upgrades", never="six times"),
    aws("fewer zones", NODES, {"Subnets": ["a", "b"]}, {"Subnets": ["a"]},
        r"weakens: \*\*Fewer subnets\*\* for node group `R`: no longer `b`", risk=Risk.REPLACES),
    aws("one subnet for another", NODES, {"Subnets": ["a", "b"]}, {"Subnets": ["a", "c"]}, "replaces: Node group",
        never="weakens|Fewer"),
    pods("nothing reaches pods of new nodes", "NodeClass", {"spec": {"networkPolicy": "DefaultAllow"}},
         {"spec": {"networkPolicy": "DefaultDeny"}}, r"interrupts: On new nodes .*\*\*pods reach nothing\*\*"),
    pods("everything reaches pods of new nodes", "NodeClass", {"spec": {"networkPolicy": "DefaultDeny"}}, {"spec": {}},
         r"exposes: On new nodes .*\*\*pods that no NetworkPolicy selects reach everything"),
    pods("volumes of nodes in the clear", "EC2NodeClass", {"spec": {"blockDeviceMappings": [{"ebs": {"encrypted": True}}]}},
         {"spec": {"blockDeviceMappings": [{"ebs": {"encrypted": False}}]}}, r"weakens: New volumes .*\*\*not encrypted"),
    pods("fewer claims", "StatefulSet", {"spec": {"replicas": 3, "volumeClaimTemplates": [{}]}},
         {"spec": {"replicas": 1, "volumeClaimTemplates": [{}]}}, "weakens: StatefulSet `team/web` runs 1 instead of 3 pods"),
    pods("claims that go with pods", "StatefulSet", dropping(3), dropping(1),
         "loses data: StatefulSet `team/web` runs 1 instead of 3 pods"),
    pods("no budget that blocks", "PodDisruptionBudget", {"spec": {"maxUnavailable": 0}}, {"spec": {"maxUnavailable": 1}},
         "safe: Changed in PodDisruptionBudget", never="weakens"),
    pods("no budget of all", "PodDisruptionBudget", {"spec": {"minAvailable": "100%"}}, {"spec": {"minAvailable": "50%"}},
         "safe: Changed in PodDisruptionBudget", never="weakens"),
    pods("new claims", "StatefulSet", None, {"spec": {"replicas": 2, "volumeClaimTemplates": [{}]}},
         "costs: Each pod of StatefulSet `team/web` makes claims of its own"),
    aws("addresses of nodes", ADD_ON, {"ConfigurationValues": '{"env": {"AWS_VPC_K8S_CNI_EXTERNALSNAT": "true"}}'},
        {"ConfigurationValues": "{}"}, r"interrupts: Pods reach .* \*\*with the address of their node\*\*"),
    aws("nodes away first", NODES, {}, {"UpdateConfig": {"UpdateStrategy": "MINIMAL"}},
        r"weakens: An update of node group `R` \*\*takes nodes away before", never="safe"),
    aws("nodes beside again", NODES, {"UpdateConfig": {"UpdateStrategy": "MINIMAL"}}, {}, "safe: Updated",
        never="weakens"),
    aws("versions no longer asked for", "AWS::S3::Bucket", {"VersioningConfiguration": {"Status": "Enabled"}}, {},
        r"weakens: The template no longer asks for \*\*versioning\*\* of bucket `R`", never="safe"),
    aws("flow logs to CloudWatch", "AWS::EC2::FlowLog", {"LogDestinationType": "s3"}, {},
        r"costs: Flow log `R` writes to CloudWatch Logs .* each GB \*\*costs more\*\*", risk=Risk.REPLACES),
    aws("flow logs to a bucket", "AWS::EC2::FlowLog", {}, {"LogDestinationType": "s3"},
        r"safe: Flow log `R` no longer writes to CloudWatch Logs: each GB \*\*costs less", risk=Risk.REPLACES),
    aws("NetworkPolicies from now on", ADD_ON, {"ConfigurationValues": '{"enableNetworkPolicy": "false"}'},
        {"ConfigurationValues": '{"enableNetworkPolicy": "true"}'},
        r"interrupts: \*\*NetworkPolicies are enforced\*\* by add-on `R`"),
    aws("a profile of other pods", "AWS::EKS::FargateProfile", {"Selectors": [{"Namespace": "a"}, {"Namespace": "b"}]},
        {"Selectors": [{"Namespace": "b"}]},
        "replaces: Fargate profile `R` .* and those that it still selects start again", never="stopped and started"),
    aws("a controller gone", CHART, {"Chart": "aws-load-balancer-controller", "Release": "one"}, None,
        r"interrupts: Helm release `R` is \*\*removed\*\*: .*\*\*Its load balancers stay\*\* and are paid for",
        never="nodepool"),
    pods("a stricter namespace", "Namespace", {"metadata": {"name": "team", "labels": enforcing("baseline")}},
         {"metadata": {"name": "team", "labels": enforcing("restricted")}},
         r"interrupts: Namespace `team` now enforces .* \*\*restricted\*\* instead of baseline: new pods that don't"),
    pods("larger volumes of new nodes", "EC2NodeClass", volumes_of("4Gi", "20Gi"), volumes_of("4Gi", "90Gi"),
         r"costs: New nodes .* \*\*90Gi instead of 20Gi\*\*: each costs more", risk=Risk.INTERRUPTS),
    pods("smaller volumes of new nodes", "EC2NodeClass", volumes_of("4Gi", "90Gi"), volumes_of("4Gi", "20Gi"),
         r"weakens: New nodes .* \*\*20Gi instead of 90Gi\*\*: each costs less"),
    aws("more zones", NODES, {"Subnets": ["a"]}, {"Subnets": ["a", "b"]}, "replaces: Node group", never="weakens"),
    aws("fewer taints", NODES, {"Taints": [{"Key": "a", "Effect": "NO_EXECUTE"}]}, {},
        "safe: Updated in place: node group `R`", never="evicted|interrupts"),
    pods("another account", "Deployment", pod(serviceAccountName="web"), pod(),
         r"exposes: Pods of Deployment `team/web` have the permissions of \*\*another ServiceAccount\*\*.*: `default` instead of `web`"),
    with_role("an account with a role", pod(), pod(serviceAccountName="web"),
        r"exposes: Pods of .*another ServiceAccount\*\*, in AWS \(`?arn:aws:iam::1:role/a`? instead of none\) and"),
    with_role("an account without its role", pod(serviceAccountName="web"), pod(),
        r"interrupts: Pods of .*lose the AWS permissions\*\* of `?arn:aws:iam::1:role/a`?: .* `default` instead of `web`"),
    pods("less memory", "Deployment", pod(container={"resources": {"limits": {"memory": "1Gi"}}}),
         pod(container={"resources": {"limits": {"memory": "900Mi"}}}),
         r"weakens: Containers of Deployment `team/web` may use \*\*900Mi of memory instead of 1Gi"),
    pods("more memory", "Deployment", pod(container={"resources": {"limits": {"memory": "1Gi"}}}),
         pod(container={"resources": {"limits": {"memory": "1100Mi"}}}), "interrupts: The pods", never="weakens"),
    pods("pool with a lower limit", "NodePool", {"spec": {"limits": {"cpu": 32}}}, {"spec": {"limits": {"cpu": 8}}},
         r"weakens: NodePool `team/web` makes fewer nodes than before \(`cpu 32 → 8`\)", never="replaced|safe: Changed"),
    aws("taints", NODES, {}, {"Taints": [{"Key": "a", "Effect": "NO_EXECUTE"}]},
        "interrupts: Node group .* evicted or find no node"),
    aws("repair gone", NODES, {"NodeRepairConfig": {"Enabled": True}}, {}, "weakens: EKS no longer replaces",
        never="safe: Updated"),
    aws("an endpoint gone", ENDPOINT, {}, None,
        r"interrupts: VPC endpoint `R` is \*\*removed\*\*: .* through a NAT gateway from then on, or not at all"),
    aws("an add-on that nothing keeps", ADD_ON, {"AddonName": "metrics-server"}, None,
        r"interrupts: Add-on `metrics-server` is \*\*removed\*\*: .*; its own pods stop\.$", never="unless"),
    pods("the only pod", "StatefulSet", {"spec": {"replicas": 1, "template": {"spec": {"containers": [{"image": "db:16"}]}}}},
         {"spec": {"replicas": 1, "template": {"spec": {"containers": [{"image": "db:17"}]}}}},
         r"interrupts: The pods of StatefulSet `team/web` \*\*restart\*\* and \*\*none is left meanwhile\*\*", never="one by one"),
    pods("one of two pods", "StatefulSet", {"spec": {"replicas": 2, "template": {"spec": {"containers": [{"image": "db:16"}]}}}},
         {"spec": {"replicas": 2, "template": {"spec": {"containers": [{"image": "db:17"}]}}}},
         r"interrupts: The pods of StatefulSet `team/web` \*\*restart\*\* one by one", never="none is left"),
    pods("claims that stay", "StatefulSet", {"spec": {"replicas": 1, "volumeClaimTemplates": [{}]}}, None,
         r"takes down: StatefulSet `team/web` is \*\*deleted\*\*: the pods stop\.$", never="loses data"),
    pods("claims that go", "StatefulSet", {"spec": {
        "replicas": 1, "volumeClaimTemplates": [{}], "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}}}, None,
         r"loses data: StatefulSet `team/web` is \*\*deleted\*\*: the pods stop, and \*\*their claims go with all data"),
    pods("more claims", "StatefulSet", {"spec": {"replicas": 1, "volumeClaimTemplates": [{}]}},
         {"spec": {"replicas": 3, "volumeClaimTemplates": [{}]}}, "costs: StatefulSet `team/web` runs 3 instead of 1 pods"),
    pods("more pods without claims", "StatefulSet", {"spec": {"replicas": 1}}, {"spec": {"replicas": 3}},
         "safe: StatefulSet `team/web` runs 3 instead of 1 pods", never="costs"),
    pods("a looser budget of a pool", "NodePool", {"spec": {"disruption": {"budgets": [{"nodes": "1"}]}}},
         {"spec": {"disruption": {"budgets": [{"nodes": "3"}]}}}, "weakens: .*no longer held back by `nodes: 1`\\. What still holds back: `nodes: 3`\\.$"),
    pods("a stricter budget of a pool", "NodePool", {"spec": {"disruption": {"budgets": [{"nodes": "3"}]}}},
         {"spec": {"disruption": {"budgets": [{"nodes": "1"}]}}}, "safe: Changed in NodePool", never="held back"),
    pods("another budget of a pool", "NodePool", {"spec": {"disruption": {"budgets": [{"nodes": "3"}]}}},
         {"spec": {"disruption": {"budgets": [{"nodes": "3"}, {"nodes": "0", "schedule": "@daily", "duration": "8h"}]}}},
         "safe: Changed in NodePool", never="held back"),
    pods("a budget for some reasons", "NodePool", {"spec": {"disruption": {"budgets": [{"nodes": "0"}]}}},
         {"spec": {"disruption": {"budgets": [{"nodes": "0", "reasons": ["Drifted"]}]}}}, "weakens: .*held back by `nodes: 0`"),
    pods("the usual budget of a pool", "NodePool", {"spec": {"disruption": {"budgets": [{"nodes": "5%"}]}}},
         {"spec": {"disruption": {}}}, "weakens: .*no longer held back by `nodes: 5%`\\. What still holds back: `nodes: 10%`, Karpenter's default\\.$"),
    pods("nodes with pods go, too", "NodePool", {"spec": {"disruption": {"consolidationPolicy": "WhenEmpty"}}},
         {"spec": {"disruption": {}}}, r"weakens: Nodes of NodePool `team/web` that run pods \*\*may go, too"),
    aws("pods in other subnets", ADD_ON, {"AddonName": "vpc-cni"},
        {"AddonName": "vpc-cni", "ConfigurationValues": '{"env": {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true"}}'},
        r"safe: \*\*Only new nodes give pods addresses of the pod subnets\*\*", risk=Risk.INTERRUPTS),
    aws("a release of nodes", NODES, {}, {"ReleaseVersion": "1.35.3-20260512"},
        "interrupts: Node group .* because `ReleaseVersion` is changed"),
    aws("where a role's permissions apply", ROLE,
        {"Policies": [{"PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}}}]},
        {"Policies": [{"PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}}}]},
        r"exposes: IAM role `R` may now call `s3:GetObject` \*\*on other resources\*\* than before", never="no longer call"),
    aws("several reasons of a replacement", NODES, {"CapacityType": "SPOT", "AmiType": "A"}, {"CapacityType": "ON_DEMAND", "AmiType": "B"},
        r"replaces: Node group .* because `\w+` \(`\w+` → `\w+`\) and `\w+` \(`\w+` → `\w+`\) can't be changed in place: "),
    aws("a profile of nodes that go", "AWS::IAM::InstanceProfile", {"Roles": ["x"]}, None, "safe: Removed: instance profile", never="stops working"),
    aws("values and version of a chart", CHART, {"Chart": "x", "Version": "1.0.0", "Values": "{}"},
        {"Chart": "x", "Version": "1.1.0", "Values": '{"a": 1}'},
        "interrupts: Helm release `R`: Helm upgrades the release, whose pods restart, because", never="may restart"),
    aws("whose pods lose permissions", ASSOCIATION, {"Namespace": "team", "ServiceAccount": "web"}, None,
        r"interrupts: Pod Identity association `team/web` is \*\*removed\*\*: its pods lose"),
    pods("no pods left", "Deployment", {"spec": {"replicas": 2}}, {"spec": {"replicas": 0}},
         "takes down: Deployment `team/web` runs 0 instead of 2 pods"),
    aws("a key for logs of this account", KEY, {}, {"KeyPolicy": trust(LOGS_OF_AWS, Condition=FOR_ONE)},
        "safe: The policy of KMS key `R` now allows", never="exposes"),
    aws("a key for logs of everybody", KEY, {}, {"KeyPolicy": trust(LOGS_OF_AWS)},
        "exposes: The policy of KMS key `R` now allows"),
    aws("a key for somebody", KEY, {}, {"KeyPolicy": trust({"AWS": "arn:aws:iam::1:root"}, Condition=FOR_ONE)},
        "exposes: The policy of KMS key `R` now allows"),
    aws("repair off", NODES, {"NodeRepairConfig": {"Enabled": True}},
        {"NodeRepairConfig": {"Enabled": False}}, "weakens: EKS no longer replaces"),
    aws("one hop more", TEMPLATE, options(HttpPutResponseHopLimit=1),
        options(HttpPutResponseHopLimit=2), "exposes: .*credentials of their node"),
    aws("IMDSv1", TEMPLATE, options(HttpTokens="required"), options(HttpTokens="optional"),
        r"weakens: .*\*\*accept IMDSv1\*\*"),
    aws("IMDSv2", TEMPLATE, options(HttpTokens="optional"), options(HttpTokens="required"),
        "safe: Updated in place", never="weakens"),
    aws("public instances", "AWS::EC2::Subnet", {}, {"MapPublicIpOnLaunch": True},
        r"exposes: .*\*\*public addresses\*\*"),
    aws("flow log gone", "AWS::EC2::FlowLog", {}, None,
        "weakens: Flow log `R` is .*no longer recorded"),
    aws("alarm gone", "AWS::CloudWatch::Alarm", {}, None, "weakens: .*nobody is alarmed"),
    aws("table gone", "AWS::DynamoDB::Table", {}, None, "loses data: .*removed"),
    aws("unknown type gone", "AWS::Any::Thing", {}, None,
        r"interrupts: \*\*Removed\*\*: `AWS::Any::Thing` `R`", never="safe: Removed"),
    aws("unknown property", "AWS::Any::Thing", {"Depth": {"Of": 1}}, {"Depth": {"Of": 2}},
        "not judged: `AWS::Any::Thing` `R` has other values.*: `Depth.Of` `1` → `2`", never="safe"),
    aws("the last address", "AWS::EC2::EIP", {}, None, "removes: Elastic IP `R` .*must change their lists"),
    truth("one address of two", {"A": resource("AWS::EC2::EIP"), "B": resource("AWS::EC2::EIP")},
          {"A": resource("AWS::EC2::EIP")}, "removes: Elastic IP `B` .*traffic leaves from the addresses that remain", never="must change|must allow"),
    truth("another address", {"A": resource("AWS::EC2::EIP"), "B": resource("AWS::EC2::EIP")},
          {"A": resource("AWS::EC2::EIP"), "C": resource("AWS::EC2::EIP")},
          "removes: Elastic IP `B` .*must change their lists", never="remain"),
    truth("the only way to a service", {"V": resource("AWS::EC2::VPC"), "E": resource(ENDPOINT, ServiceName="com.amazonaws.x.s3")},
          {"V": resource("AWS::EC2::VPC")}, r"interrupts: VPC endpoint `E` .*\*\*there is no NAT gateway\*\*"),
    aws("an endpoint of a VPC that others own", ENDPOINT, {}, None, "interrupts: VPC endpoint `R` .*or not at all"),
    truth("a way out elsewhere", {"N": resource("AWS::EC2::NatGateway"), "R": resource("AWS::EC2::Route", NatGatewayId={"Ref": "N"})},
          {"R": resource("AWS::EC2::Route", TransitGatewayId="tgw-1")},
          "interrupts: NAT gateway `N` .*connections through it are dropped", never="nothing behind"),
    *(truth(f"a way out over {way}", {"N": resource("AWS::EC2::NatGateway"), "R": resource("AWS::EC2::Route", NatGatewayId={"Ref": "N"})},
          {"R": resource("AWS::EC2::Route", **{way: "x-1"})},
          "interrupts: NAT gateway `N` .*connections through it are dropped", never="nothing behind")
      for way in ("NatGatewayId", "GatewayId", "VpcPeeringConnectionId", "LocalGatewayId")),
    aws("the last gateway", "AWS::EC2::NatGateway", {}, None, "removes: NAT gateway `R` .*connections are dropped, and \\*\\*nothing behind it reaches the internet",
        never="remaining"),
    aws("a version", CLUSTER, {"Version": "1.35"}, {"Version": "1.36"},
        "interrupts: The Kubernetes version .*API may drop", never="safe: The Kubernetes|Version` changes"),
    aws("route", "AWS::EC2::Route", {"NatGatewayId": "nat-1"}, {"NatGatewayId": "nat-2"},
        "interrupts: Route .*open connections are dropped"),
    aws("more actions", ROLE, allowing("s3:GetObject"), allowing("s3:*"),
        "exposes: IAM role `R` may now call `s3:\\*`", never="no longer"),
    aws("fewer actions", ROLE, allowing("s3:*"), allowing("s3:GetObject"),
        r"interrupts: IAM role `R` may now \*\*only\*\* call `s3:GetObject`",
        never="exposes"),
    aws("other actions", ROLE, allowing("s3:GetObject"), allowing("sqs:SendMessage"),
        "exposes: IAM role `R` may now call `sqs:SendMessage`.*, and no longer call `s3:GetObject`", never="interrupts"),
    aws("narrower resource", ROLE, allowing("s3:GetObject"), allowing("s3:GetObject", on="arn:x"),
        "interrupts: IAM role `R` may now", never="exposes"),
    aws("same in one statement", ROLE, allowing("s3:GetObject", "s3:*"), allowing("s3:*"),
        "safe: Changed without an effect", never="exposes|interrupts"),
    aws("a condition comes", ROLE, allowing("s3:*"), allowing("s3:*", Condition={"Bool": {"a": "b"}}),
        "interrupts: IAM role", never="exposes"),
    aws("a condition goes with who", ROLE, entered("user/a", MFA), entered("user/b"),
        "exposes: User `b`.* may now assume role `R`, instead of user `a`"),
    aws("a condition stays with others", ROLE, entered("user/a", MFA), entered("user/b", MFA),
        "exposes: User `b`.* may now assume role `R`, instead of", never="condition"),
    aws("a condition goes, and fewer enter", ROLE, entered("root", MFA), entered("user/b"),
        "exposes: User `b`.* may now assume role `R`, instead of any principal", never="Only"),
    aws("ports together", GROUP, ports((80, 80), (81, 81)), ports((80, 81)),
        "safe: Changed without an effect", never="allows|interrupts|exposes"),
    aws("ports apart", GROUP, ports((80, 82)), ports((80, 80), (82, 82)),
        r"interrupts: Security group `R` no longer allows `0.0.0.0/0` on port 81\.", never="now allows"),
    aws("more ports", GROUP, ports((80, 80)), ports((80, 90)),
        r"exposes: Security group `R` now allows `0.0.0.0/0` on ports 81 to 90\.", never="no longer"),
    aws("a smaller network", GROUP, ports((80, 80)), ports((80, 80), CidrIp="192.0.2.0/24"),
        r"interrupts: .* no longer allows any address \(`0.0.0.0/0`\), except `192.0.2.0/24` on port 80", never="now allows"),
    aws("a part of a network", GROUP, ports((80, 80), CidrIp="10.30.0.0/16"), ports((80, 80), CidrIp="10.30.0.0/20"),
        "interrupts: .* no longer allows `10.30.0.0/16`, except `10.30.0.0/20` on port 80", never="now allows"),
    aws("the larger half of a network", GROUP, ports((80, 80), CidrIp="10.30.0.0/16"), ports((80, 80), CidrIp="10.30.0.0/17"),
        r"interrupts: .* no longer allows `10.30.128.0/17` on port 80\.", never="now allows"),
    aws("a part of it on another port", GROUP, ports((80, 80), CidrIp="10.30.0.0/16"), ports((81, 81), CidrIp="10.30.0.0/20"),
        r"interrupts: .* no longer allows `10.30.0.0/16` on port 80\.", risk=Risk.INTERRUPTS),
    aws("every protocol", GROUP, ports((80, 80)), ports((80, 80), IpProtocol="-1"),
        "exposes: Security group `R` now allows `0.0.0.0/0` on every port", never="no longer"),
    aws("nothing out", GROUP, {}, {"SecurityGroupEgress": [{"CidrIp": "10.0.0.0/8", "IpProtocol": "-1"}]},
        r"interrupts: .* no longer lets traffic out to any address \(`0.0.0.0/0`\), except `10.0.0.0/8` on every port"),
    aws("everything out", GROUP, {"SecurityGroupEgress": [{"CidrIp": "255.255.255.255/32", "IpProtocol": "-1"}]},
        {}, "weakens: Security group `R` now lets traffic out to `0.0.0.0/0` on every port"),
    aws("the policy of an endpoint goes", ENDPOINT, {"PolicyDocument": {"Statement": {"Effect": "Allow",
        "Principal": "*", "Action": "s3:Get*", "Resource": "*"}}}, {},
        "exposes: The policy of VPC endpoint `R` now allows `\\*` to anyone", never="no longer"),
    aws("names of endpoints", "AWS::EC2::VPC", {"EnableDnsHostnames": True}, {},
        r"interrupts: \*\*The private names of endpoints no longer resolve"),
    aws("no hop limit", TEMPLATE, options(HttpPutResponseHopLimit=1), options(),
        r"exposes: \*\*Pods may reach the credentials of their node"),
    aws("permissions of an add-on", "AWS::EKS::Addon", {"PodIdentityAssociations": [{"ServiceAccount": "aws-node"}]},
        {}, r"interrupts: Pods of add-on `R` with the ServiceAccount `aws-node` \*\*lose"),
    aws("back from access entries", CLUSTER, {"AccessConfig": {"AuthenticationMode": "API"}},
        {"AccessConfig": {"AuthenticationMode": "API_AND_CONFIG_MAP"}},
        "cannot be deployed: .*can't leave the authentication mode `API`"),
    aws("kept for longer", LOGS, {"RetentionInDays": 5}, {"RetentionInDays": 9},
        "costs: Log group `R` keeps log entries for 9 days instead of 5: storing them costs more",
        never="without an effect|Updated"),
    aws("a role of people gone", ROLE, {"AssumeRolePolicyDocument": trust({"AWS": "arn:aws:iam::1:user/a"})},
        None, "interrupts: IAM role `R` is .*removed.*user `a`"),
    aws("a role of a service gone", ROLE, allowing("s3:*"), None, "safe: Removed: IAM role `R`"),
    aws("other user data", TEMPLATE, script("[settings]"), script("[settings]\nmax-pods = 50"),
        "safe: Updated in place: launch template `R`"),
    aws("fewer pods of a chart", CHART, {"Values": '{"replicaCount": 2}'}, {"Values": '{"replicaCount": 1}'},
        r"weakens: Helm release `R` runs \*\*fewer pods\*\*: 1 instead of 2"),
    aws("fewer pods of an add-on", ADD_ON, {}, {"ConfigurationValues": '{"replicaCount": 1}'},
        r"weakens: Add-on `R` runs \*\*fewer pods\*\*: 1 instead of 2"),
    aws("fewer pods of a part of a chart", CHART, {"Values": '{"a": {"replicaCount": 3}}'}, {"Values": '{"a": {"replicaCount": 1}}'},
        r"weakens: Helm release `R` runs \*\*fewer pods\*\*: `a.replicaCount 3 → 1`"),
    aws("more pods of a part of a chart", CHART, {"Values": '{"a": {"replicas": 1}}'}, {"Values": '{"a": {"replicas": 3}}'},
        "interrupts: Helm release `R`", never="fewer"),
    aws("metrics each minute", TEMPLATE, {}, {"LaunchTemplateData": {"Monitoring": {"Enabled": True}}},
        r"costs: Instances of launch template `R` send metrics each minute .*\*\*costs more"),
    aws("only in a reservation", TEMPLATE, {}, {"LaunchTemplateData": {"CapacityReservationSpecification":
        {"CapacityReservationTarget": {"CapacityReservationId": "cr-1"}}}},
        r"weakens: New instances .* \*\*only in capacity reservations\*\*"),
    aws("in another reservation", TEMPLATE, {"LaunchTemplateData": {"CapacityReservationSpecification":
        {"CapacityReservationTarget": {"CapacityReservationId": "cr-1"}}}},
        {"LaunchTemplateData": {"CapacityReservationSpecification":
        {"CapacityReservationTarget": {"CapacityReservationId": "cr-2"}}}},
        "safe: Updated in place: launch template `R`", never="only in capacity reservations"),
    pods("a pool that keeps empty nodes", "NodePool", {"spec": {"disruption": {"consolidateAfter": "1m"}}},
         {"spec": {"disruption": {"consolidateAfter": "Never"}}}, r"costs: Nodes of NodePool `team/web` .* \*\*stay and are paid for"),
    pods("a pool that empties nodes", "NodePool", {"spec": {"disruption": {"consolidateAfter": "Never"}}},
         {"spec": {"disruption": {"consolidateAfter": "1m"}}}, r"weakens: Nodes of NodePool `team/web` .* \*\*may go from now on"),
    pods("pods that get no change", "StatefulSet", {"spec": {"replicas": 1}}, {"spec": {"replicas": 1, "updateStrategy": {"type": "OnDelete"}}},
         r"weakens: Pods of StatefulSet `team/web` \*\*get no change any more"),
    aws("settings that are no JSON", ADD_ON, {"ConfigurationValues": "{"}, {"ConfigurationValues": "}"},
        "interrupts: Add-on `R`: only the add-on's own pods restart", never="fewer"),
    aws("no NetworkPolicies", ADD_ON, {"ConfigurationValues": '{"enableNetworkPolicy": "true"}'},
        {"ConfigurationValues": '{"enableNetworkPolicy": "false"}'},
        r"exposes: \*\*NetworkPolicies are no longer enforced"),
    aws("no prefixes", ADD_ON, {"ConfigurationValues": '{"env": {"ENABLE_PREFIX_DELEGATION": "true"}}'}, {},
        "weakens: Nodes that run take as many pods as before"),
    aws("no volumes", ADD_ON, {"AddonName": "aws-ebs-csi-driver"}, None,
        r"interrupts: Add-on `aws-ebs-csi-driver` is \*\*removed\*\*: volumes are no longer made, attached"),
    *(
        truth(f"{name} with Auto Mode {on}", {"A": resource(ADD_ON, AddonName=name), "C": resource(CLUSTER)},
              {"C": resource(CLUSTER, ComputeConfig={"Enabled": on})},
              rf"interrupts: Add-on `{name}` is \*\*removed\*\*: {'on nodes other than those of Auto Mode, .*, ' if on else ''}{lost}; its own pods stop")
        for name, lost in (("vpc-cni", "new pods get no address"), ("kube-proxy", "Services no longer lead to pods from the nodes"), ("eks-pod-identity-agent", r"pods lose their AWS permissions by Pod Identity \(running ones when their credentials expire\)"))
        for on in (True, False)
    ),
    aws("an add-on of others", ADD_ON, {"AddonName": "x"}, None,
        r"interrupts: Add-on `x` is \*\*removed\*\*: its own pods stop\.", never="unless"),
    aws("an add-on that a parameter keeps", ADD_ON, {"AddonName": "x", "PreserveOnDelete": {"Ref": "P"}}, None,
        r"interrupts: Add-on `x` is \*\*removed\*\*: its own pods stop, unless"),
    aws("a profile", "AWS::EKS::FargateProfile", None, {"Selectors": [{"Namespace": "jobs"}]},
        "safe: Fargate profile `R` is new: .*namespace jobs run on Fargate", never="Added"),
    truth("a further address", {"A": resource("AWS::EC2::EIP")},
          {"A": resource("AWS::EC2::EIP"), "B": resource("AWS::EC2::EIP"), "N": gateway("B")},
          r"interrupts: Elastic IP `B` is new: .*\*\*also comes from there\*\*"),
    truth("an address of something else", {"A": resource("AWS::EC2::EIP"), "N": gateway("A")},
          {"A": resource("AWS::EC2::EIP"), "B": resource("AWS::EC2::EIP"), "N": gateway("A")},
          "safe: Added: .*Elastic IP `B`", never="comes from", risk=Risk.COSTS),
    truth("the first address, of a gateway", {}, {"A": resource("AWS::EC2::EIP"), "N": gateway("A")},
          "safe: Added: .*Elastic IP `A`", never="comes from", risk=Risk.COSTS),
    aws("an add-on that leaves its pods", ADD_ON, {"AddonName": "coredns", "PreserveOnDelete": True}, None,
        r"safe: Add-on `coredns` is \*\*removed\*\*: what it installed stays", never="resolve|pods stop"),
    aws("the first address", "AWS::EC2::EIP", None, {}, "safe: Added: Elastic IP", never="comes from", risk=Risk.COSTS),
    aws("another account of a condition", ENDPOINT, allowed_in("1"), allowed_in("1", "2"),
        "exposes: The policy of VPC endpoint `R` now allows `s3:Get\\*` to anyone under a condition", never="no longer"),
    aws("fewer accounts of a condition", ENDPOINT, allowed_in("1", "2"), allowed_in("1"),
        "interrupts: The policy of VPC endpoint `R` no longer allows", never="now allows"),
    truth("the same of several", {x: resource(ENDPOINT, **allowed_in("1")) for x in "AB"},
          {x: resource(ENDPOINT, **allowed_in("1", "2")) for x in "AB"},
          "exposes: The policies of VPC endpoint `A` and VPC endpoint `B` now allow ", never="now allows"),
    aws("an excluded account", ENDPOINT, allowed_in("1", how="StringNotEquals"),
        allowed_in("1", "2", how="StringNotEquals"), "exposes: The policy of VPC endpoint `R` now allows"),
    truth("a part of a subnet", network("10.0.0.0/24"), network("10.0.0.0/25"),
          r"cannot be deployed: \*\*AWS refuses this deploy\*\*: Subnet `S` would be created before the old ones"),
    truth("another range of a subnet", network("10.0.0.0/24"), network("10.0.1.0/24"),
          "replaces: Subnet `S`", never="refuses"),
    truth("nothing looks after it", {"C": CONTROLLER, "R": manifest(kubernetes("Ingress", "web", **ingress()))},
          {"R": manifest(kubernetes("Ingress", "web", **ingress()))},
          r"interrupts: \*\*Nothing looks after the load balancers\*\* of Ingress `team/web` any more"),
    aws("some logs", CLUSTER, logs("api", "audit"), logs("api"), "weakens: .*no longer writes logs", never="safe"),
    aws("a smaller database", "AWS::RDS::DBInstance", {"DBInstanceClass": "a"}, {"DBInstanceClass": "b"},
        r"interrupts: .*\*\*is down while it changes\*\* to `b` instead of `a`", never="safe"),
    aws("a smaller disk of a database", DATABASE, {"AllocatedStorage": "100"}, {"AllocatedStorage": "50"},
        r"cannot be deployed: .* can't get smaller: `AllocatedStorage` `100` → `50`"),
    aws("a larger disk", DATABASE, {"AllocatedStorage": "50"}, {"AllocatedStorage": "100"},
        r"costs: The cost of DB instance `R` \*\*changes by an amount", never="refuses"),
    aws("a major version", DATABASE, engine("postgres", "16.8"), engine("postgres", "17.4"),
        "cannot be deployed: .* takes a new major version only with `AllowMajorVersionUpgrade`"),
    aws("a major version in two parts", DATABASE, engine("mysql", "8.0.40"), engine("mysql", "8.4.3"),
        "cannot be deployed: .* takes a new major version only"),
    aws("an allowed major version", DATABASE, engine("postgres", "16.8"),
        engine("postgres", "17.4", AllowMajorVersionUpgrade=True),
        r"interrupts: .*\*\*is down while its engine is upgraded\*\* to `17.4` from `16.8`", never="refuses"),
    aws("a minor version", DATABASE, engine("postgres", "16.8"), engine("postgres", "16.9"),
        r"interrupts: .*\*\*is down while its engine is upgraded", never="safe|refuses"),
    aws("an earlier version", DATABASE, engine("postgres", "16.9"), engine("postgres", "16.8"),
        "cannot be deployed: .* can't go back to an earlier version"),
    aws("the minor version of AWS", DATABASE, engine("postgres", "16.9"), engine("postgres", "16"),
        "interrupts: ", never="refuses"),
    aws("a minor version of Aurora", "AWS::RDS::DBCluster", engine("aurora-mysql", "8.0.mysql_aurora.3.04.0"),
        engine("aurora-mysql", "8.0.mysql_aurora.3.08.0"), r"interrupts: .*\*\*are down while its engine", never="refuses"),
    aws("another port of a database", DATABASE, {"Port": "5432"}, {"Port": "5433"},
        r"interrupts: .*answers on port `5433`\*\* instead of `5432`"),
    aws("no backups", DATABASE, {"BackupRetentionPeriod": 7}, {"BackupRetentionPeriod": 0},
        "interrupts: .*while its automated backups are turned off", risk=Risk.LOSES_DATA),
    aws("backups", DATABASE, {"BackupRetentionPeriod": 0}, {"BackupRetentionPeriod": 7},
        "interrupts: .*while its automated backups are turned on"),
    aws("fewer backups, no standby", DATABASE, {"BackupRetentionPeriod": 14, "MultiAZ": True},
        {"BackupRetentionPeriod": 1, "MultiAZ": False}, r"weakens: .*\*\*no standby", never="replaced|down",
        risk=Risk.LOSES_DATA),
    aws("another snapshot", DATABASE, {"DBSnapshotIdentifier": "a"}, {"DBSnapshotIdentifier": "b"},
        r"loses data: .*\*\*may be replaced"),
    aws("a version of a search domain", "AWS::OpenSearchService::Domain", {"EngineVersion": "OpenSearch_2.11"},
        {"EngineVersion": "OpenSearch_2.13"}, r"loses data: .*\*\*is replaced\*\*, because `EngineVersion`"),
    truth("an upgrade of a search domain", searching("2.11"), searching("2.13"), "safe: Updated in place",
        never="replaced"),
    aws("shards of a cache", "AWS::ElastiCache::ReplicationGroup", {"NumNodeGroups": 2}, {"NumNodeGroups": 3},
        r"loses data: .*\*\*is replaced\*\*, because `NumNodeGroups`"),
    aws("a version of a cache", "AWS::ElastiCache::ReplicationGroup", {"EngineVersion": "7.0"}, {"EngineVersion": "7.1"},
        r"interrupts: .*\*\*takes no writes for some seconds\*\*", never="safe|refuses"),
    aws("an earlier version of a cache", "AWS::ElastiCache::CacheCluster", {"EngineVersion": "7.1"},
        {"EngineVersion": "7.0"}, "cannot be deployed: .* can't go back to an earlier version"),
    aws("one index for another", "AWS::DynamoDB::Table", indexed("a"), indexed("b"),
        "cannot be deployed: .*one new index or gives up one in a deploy, and changes none"),
    aws("an index more", "AWS::DynamoDB::Table", indexed("a"), indexed("a", "b"), "safe: Updated in place", never="refuses"),
    aws("another index of the name", "AWS::DynamoDB::Table", indexed("a"), indexed("a", what="KEYS_ONLY"),
        "cannot be deployed: .*changes none"),
    aws("a volume elsewhere", "AWS::EC2::Volume", {"AvailabilityZone": "a"}, {"AvailabilityZone": "b"},
        "cannot be deployed: .*was made with can't change"),
    aws("a smaller volume", "AWS::EC2::Volume", {"Size": 10}, {"Size": 5}, "cannot be deployed: .*can't get smaller"),
    aws("a public database", "AWS::RDS::DBInstance", {}, {"PubliclyAccessible": True}, "exposes: .*public address"),
    aws("images pushed over", "AWS::ECR::Repository", {"ImageTagMutability": "IMMUTABLE"}, {},
        r"weakens: Tags of .*\*\*pushed over"),
    aws("nobody is alarmed", "AWS::CloudWatch::Alarm", {}, {"ActionsEnabled": False}, "weakens: .*alarms nobody"),
    aws("longer sessions", ROLE, {}, {"MaxSessionDuration": 43200},
        r"weakens: Sessions of .* last 12 hours instead of 1 hour"),
    # What no row names may do anything, also where most of a type is harmless.
    aws("what nobody knows of a function", "AWS::Lambda::Function", {"Novelty": "a"}, {"Novelty": "b"}, "not judged: .*`Novelty` `a` → `b`"),
    aws("what nobody knows of a rule", "AWS::Events::Rule", {"Novelty": "a"}, {"Novelty": "b"}, "not judged: .*`Novelty` `a` → `b`"),
    aws("what nobody knows of a queue", "AWS::SQS::Queue", {"Novelty": "a"}, {"Novelty": "b"}, "not judged: .*`Novelty` `a` → `b`"),
    aws("what nobody knows of a parameter", "AWS::SSM::Parameter", {"Novelty": "a"}, {"Novelty": "b"}, "not judged: .*`Novelty` `a` → `b`"),
    aws("what nobody knows of a provider", "AWS::IAM::OIDCProvider", {"Novelty": "a"}, {"Novelty": "b"}, "not judged: .*`Novelty` `a` → `b`"),
    aws("less time", "AWS::Lambda::Function", {"Timeout": 900}, {"Timeout": 60},
        r"weakens: Lambda function `R` may run for \*\*60 seconds\*\* instead of 900", never="safe"),
    aws("one volume of two", TEMPLATE, encrypted("true", "true"), encrypted("true"), "safe: Updated in place",
        never="not encrypted"),
    aws("another volume", TEMPLATE, encrypted("true"), encrypted("true", "true"), "safe: Updated in place", never="not encrypted"),
    aws("a volume in the clear", TEMPLATE, encrypted("true"), encrypted("true", "false"),
        r"weakens: New volumes of .*\*\*not encrypted"),
    truth("several in the clear", {x: resource(y, RetentionInDays=5, **{z: "k"}) for x, y, z in TWO_LOGS},
          {x: resource(y, RetentionInDays=5) for x, y, _ in TWO_LOGS},
          "weakens: Log group `A` and log group `B` are no longer encrypted"),
    aws("strict from the start", ADD_ON, {}, {"ConfigurationValues": '{"env": {"NETWORK_POLICY_ENFORCING_MODE": "strict"}}'},
        r"interrupts: New pods \*\*reach nothing until"),
    aws("other Spot types", NODES, spot("t4g.large", "m7g.large", "m6g.large"), spot("t4g.large", "m7g.large"),
        "replaces: Node group", never="Estimated"),
    aws("Auto Mode off", CLUSTER, {"ComputeConfig": {"Enabled": True}}, {"ComputeConfig": {"Enabled": False}},
        r"takes down: EKS \*\*terminates every node of Auto Mode\*\* of cluster `R`", never="no interruption|Updated"),
    aws("a pool of Auto Mode gone", CLUSTER, {"ComputeConfig": {"Enabled": True, "NodePools": ["system", "general-purpose"]}},
        {"ComputeConfig": {"Enabled": True, "NodePools": ["system"]}},
        "interrupts: EKS removes the node pool `general-purpose`"),
    aws("no node at all", NODES, {"ScalingConfig": {"DesiredSize": 3, "MaxSize": 3}},
        {"ScalingConfig": {"DesiredSize": 0, "MaxSize": 3}}, "weakens: Node group `R`: desired 3 → 0 nodes"),
    aws("smaller volumes", TEMPLATE, volume(80), volume(40), r"weakens: New volumes .*\*\*40 GiB\*\* instead of 80"),
    aws("larger volumes", TEMPLATE, volume(40), volume(80), "safe: Updated in place", never="weakens"),
    truth("no node for pods", nodes_of_pods(3), nodes_of_pods(0),
          r"takes down: \*\*No node is left\*\* for Deployment `team/web`"),
    truth("no pods for a node", {"N": resource(NODES, ScalingConfig={"DesiredSize": 3})},
          {"N": resource(NODES, ScalingConfig={"DesiredSize": 0})}, "weakens: Node group `N`: desired 3 → 0", never="takes down"),
    aws("some traffic", "AWS::EC2::FlowLog", {"TrafficType": "ALL"}, {"TrafficType": "ACCEPT"},
        "weakens: .*no longer records all traffic", risk=Risk.REPLACES),
    aws("a boundary", ROLE, {}, {"PermissionsBoundary": "arn:x"},
        r"interrupts: IAM role `R` may do \*\*at most\*\* what .*`arn:x` allows", never="safe"),
    aws("another role of Pod Identity", ASSOCIATION, associated("a"), associated("b"),
        r"exposes: Pods of .*\*\*of another role\*\*: `b` instead of `a`", never="safe"),
    aws("a role of Pod Identity", ASSOCIATION, None, associated("a"),
        r"exposes: New pods of ServiceAccount `team/web` \*\*have the AWS permissions\*\* of `a`", never="Added"),
    truth("a new role of Pod Identity", {}, {"A": resource(ASSOCIATION, **associated({"Fn::GetAtt": ["R", "Arn"]})),
          "R": resource(ROLE, AssumeRolePolicyDocument=trust({"Service": "pods.eks.amazonaws.com"}))},
          r"safe: New pods of ServiceAccount .*\*\*have the AWS permissions\*\* of IAM role `R`", never="Added: Pod"),
    aws("pods of another name", ASSOCIATION, associated("a"), {**associated("a"), "ServiceAccount": "api"},
        "replaces: .*pods that only the old one names lose"),
    aws("the role of an add-on gone", ADD_ON, {"ServiceAccountRoleArn": "a"}, {},
        r"interrupts: Pods of add-on `R` \*\*lose the AWS permissions\*\* of `a`", never="safe"),
    aws("another role of an add-on", ADD_ON, {"ServiceAccountRoleArn": "a"}, {"ServiceAccountRoleArn": "b"},
        "exposes: Pods of add-on `R` .*of another role", never="safe|lose"),
    aws("an add-on takes its pods along", ADD_ON, {"PreserveOnDelete": True}, {}, "weakens: Deleting add-on"),
    aws("changes by hand", ADD_ON, {"ResolveConflicts": "PRESERVE"}, {"ResolveConflicts": "OVERWRITE"},
        r"weakens: An update of add-on `R` \*\*overwrites"),
    aws("another name of a bucket", "AWS::S3::Bucket", {"BucketName": "a"}, {"BucketName": "b"},
        r"replaces: Bucket `R` \*\*is replaced\*\*, because `BucketName` can't be changed in place \(`a` → `b`\)\.$", never="loses data"),
    aws("a bucket forgets sooner", "AWS::S3::Bucket", expiring(365), expiring(30),
        "loses data: Bucket `R` keeps objects for 30 days instead of 365", never="safe"),
    aws("half of a network", CLUSTER, reached("203.0.113.0/24"), reached("203.0.113.0/25"),
        "interrupts: The API server is no longer reachable from `203.0.113.128/25`",
        never="now reachable"),
    aws("both halves of a network", CLUSTER, reached("203.0.113.0/24"), reached("203.0.113.0/25", "203.0.113.128/25"),
        "safe: Changed without an effect", never="reachable"),
    aws("both halves of everything", CLUSTER, reached("203.0.113.0/24"), reached("0.0.0.0/1", "128.0.0.0/1"),
        "exposes: The API server is now reachable from", never="no longer"),
    aws("any namespace of a pattern", "AWS::EKS::AccessEntry", editing("team-a"), editing("team-*"),
        "exposes: .*namespace `team-\\*`", never="no longer"),
    aws("people become nodes", "AWS::EKS::AccessEntry", editing("a"),
        {"PrincipalArn": "arn:aws:iam::1:role/Dev", "Type": "EC2_LINUX"},
        "exposes: Nodes with role `Dev` .*may now join", risk=Risk.REPLACES),
    aws("nodes become people", "AWS::EKS::AccessEntry", {"PrincipalArn": "arn:aws:iam::1:role/Dev", "Type": "EC2_LINUX"},
        editing("a"), r"interrupts: Nodes with role `Dev` .*\*\*can't join the cluster any more\*\*", risk=Risk.REPLACES),
    aws("a queue of warnings", "AWS::SQS::Queue", {"MessageRetentionPeriod": 300}, None, "removes: Queue"),
    aws("a queue", "AWS::SQS::Queue", {"MessageRetentionPeriod": 301}, None, "loses data: Queue"),
    aws("a queue by default", "AWS::SQS::Queue", {}, None, "loses data: Queue"),
    pods("replicas fewer", "Deployment", {"spec": {"replicas": 3}}, {"spec": {"replicas": 2}},
         "weakens: Deployment `team/web` runs 2 instead of 3 pods"),
    pods("replicas more", "Deployment", {"spec": {"replicas": 2}}, {"spec": {"replicas": 3}},
         "safe: Deployment `team/web` runs 3 instead of 2 pods"),
    pods("budget gone", "PodDisruptionBudget", {}, None, "weakens: PodDisruptionBudget"),
    pods("budget lower", "PodDisruptionBudget", {"spec": {"minAvailable": 2}},
         {"spec": {"minAvailable": 1}}, r"weakens: .*keeps \*\*1 instead of 2\*\* pods running"),
    pods("budget of another unit", "PodDisruptionBudget", {"spec": {"minAvailable": 2}},
         {"spec": {"minAvailable": "50%"}}, "safe: Changed in PodDisruptionBudget"),
    pods("claim gone", "PersistentVolumeClaim", {}, None, "loses data: PersistentVolumeClaim"),
    pods("kind gone", "CustomResourceDefinition", {}, None,
         "loses data: .*every object of its kind"),
    pods("Service gone", "Service", {}, None, "takes down: Service `team/web` is"),
    pods("a Deployment gone that ran nothing", "Deployment", {"spec": {"replicas": 0}}, None,
         "interrupts: Deployment `team/web` is", never="takes down"),
    pods("port gone", "Service", {"spec": {"ports": [{"port": 80}, {"port": 81}]}},
         {"spec": {"ports": [{"port": 80}]}}, "interrupts: .*no longer answers.* on port `81`"),
    pods("other pods", "Service", {"spec": {"selector": {"a": "b"}}},
         {"spec": {"selector": {"a": "c"}}}, "interrupts: .*to other pods"),
    pods("one at a time", "Deployment", pod(), {"spec": {"replicas": 4, **pod(container={"image": "web:2"})["spec"]}},
         r"interrupts: .*\*\*restart\*\* one by one", never="ready before"),
    pods("never fewer", "Deployment", pod(), {"spec": {"replicas": 9, "strategy": {"rollingUpdate": {
         "maxUnavailable": 0}}, **pod(container={"image": "web:2"})["spec"]}}, "safe: .*are rolled", never="interrupts"),
    pods("one volume", "Deployment", pod(), pod(volumes=[{"persistentVolumeClaim": {"claimName": "a"}}]),
         r"interrupts: .*\*\*restart\*\*", never="ready before"),
    pods("probe gone", "Deployment", pod(container={"readinessProbe": {"httpGet": {}}}), pod(),
         "weakens: .*before they are ready"),
    pods("probe new", "Deployment", pod(), pod(container={"readinessProbe": {"httpGet": {}}}),
         "interrupts: .*restart", never="weakens"),
    pods("privileged", "Deployment", pod(),
         pod(container={"securityContext": {"privileged": True}}), "exposes: .*privileged"),
    pods("root", "Deployment", pod(securityContext={"runAsNonRoot": True}), pod(),
         r"weakens: .*\*\*may run as root\*\*"),
    pods("host network", "Deployment", pod(), pod(hostNetwork=True),
         "exposes: .*network of their node"),
    pods("spread less", "Deployment", pod(topologySpreadConstraints=[{"maxSkew": 1}]), pod(),
         "weakens: .*spread less"),
    pods("at once", "Deployment", {"spec": {}}, {"spec": {"strategy": {"type": "Recreate"}}},
         r"weakens: \*\*All pods of Deployment `team/web` stop\*\*"),
    pods("more pods and something else", "Deployment", {"spec": {"replicas": 3}},
         {"spec": {"replicas": 5, "minReadySeconds": 60}},
         "safe: Changed in Deployment .*`spec.minReadySeconds` none → `60`", never=r"spec\.replicas"),
    pods("restart and something else", "Deployment", pod(),
         {"spec": {"minReadySeconds": 60, **pod(container={"image": "web:2"})["spec"]}},
         "safe: Changed in Deployment .*`spec.minReadySeconds`", never=r"spec\.template", risk=Risk.INTERRUPTS),
    pods("paused", "Deployment", {"spec": {}}, {"spec": {"paused": True}}, "weakens: Changes of .*resumes it"),
    pods("paused already", "Deployment", {"spec": {"paused": True, **pod()["spec"]}},
         {"spec": {"paused": True, **pod(container={"image": "web:2"})["spec"]}},
         "safe: Deployment `team/web` is paused: its pods stay as they are", never="restart|rolled"),
    pods("volumes go with it", "StatefulSet", {"spec": {}},
         {"spec": {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}}},
         "weakens: The volumes of StatefulSet .*deleted with it"),
    pods("storage goes with its claim", "PersistentVolume", {"spec": {"persistentVolumeReclaimPolicy": "Retain"}},
         {"spec": {"persistentVolumeReclaimPolicy": "Delete"}}, "weakens: The storage of PersistentVolume"),
    aws("role of nodes of Auto Mode", CLUSTER, {"ComputeConfig": {"NodeRoleArn": "a"}},
        {"ComputeConfig": {"NodeRoleArn": "b"}},
        r"cannot be deployed: \*\*AWS refuses this deploy\*\*: what cluster `R` was made with can't change: "
        "`ComputeConfig.NodeRoleArn` `a` → `b`"),
    pods("pool without types", "NodePool", pool("m7g", "m7i"), pool("m7i"), f"interrupts: {REPLACED}.*A node whose pods no other takes stays, unless"),
    pods("pool with more types", "NodePool", pool("m7g"), pool("m7g", "m7i"), "safe: Changed in NodePool",
         never="replaced"),
    pods("pool that keeps out less", "NodePool", pool("a", "b", how="NotIn"), pool("a", how="NotIn"),
         "safe: Changed in NodePool", never="replaced"),
    pods("pool that keeps out more", "NodePool", pool("a", how="NotIn"), pool("a", "b", how="NotIn"),
         f"interrupts: {REPLACED}"),
    pods("pool with one more requirement", "NodePool", {"spec": {"template": {"spec": {"requirements": []}}}},
         pool("m7g"), f"interrupts: {REPLACED}"),
    pods("pool of Spot only", "NodePool", pool("spot", "on-demand"), pool("spot"),
         r"weakens: New nodes of NodePool `team/web` are \*\*no longer On-Demand\*\*"),
    pods("pool with a taint", "NodePool", pool("a"), pool("a", taints=[{"key": "x"}]), f"interrupts: {REPLACED}"),
    pods("pool with another limit", "NodePool", {"spec": {"limits": {"cpu": 1}}}, {"spec": {"limits": {"cpu": 2}}},
         "safe: Changed in NodePool", never="replaced", risk=Risk.COSTS),
    pods("pool with fewer nodes", "NodePool", {"spec": {"replicas": 3}}, {"spec": {"replicas": 2}},
         r"weakens: NodePool `team/web` keeps \*\*2 instead of 3\*\* nodes"),
    pods("pool gone", "NodePool", pool("a"), None, "interrupts: NodePool `team/web` is \\*\\*deleted\\*\\*: the nodes",
         never="safe: (?!The cost)|costs"),
    pods("the cost of a pool that goes", "NodePool", pool("a"), None,
         r"safe: The cost of nodes of NodePool web \*\*falls by an amount that is not known here\*\*", risk=Risk.INTERRUPTS),
    pods("the cost of a pool that comes", "NodePool", None, pool("a"),
         r"costs: The cost of nodes of NodePool web \*\*rises by an amount that is not known here\*\*", never="changes by"),
    pods("class with another image", "EC2NodeClass", {"spec": {"amiSelectorTerms": [{"alias": "a@1"}]}},
         {"spec": {"amiSelectorTerms": [{"alias": "a@2"}]}}, "interrupts: Nodes of EC2NodeClass"),
    pods("class with another disk", "NodeClass", {"spec": {"ephemeralStorage": {"size": "1Gi"}}},
         {"spec": {"ephemeralStorage": {"size": "2Gi"}}}, "interrupts: Nodes of NodeClass"),
    pods("class of public load balancers", "IngressClassParams", {"spec": {"scheme": "internal"}},
         {"spec": {"scheme": "internet-facing"}}, "exposes: Load balancers of IngressClassParams", never="safe"),
    pods("class of private load balancers", "IngressClassParams", {"spec": {"scheme": "internet-facing"}},
         {"spec": {"scheme": "internal"}}, "interrupts: Load balancers of IngressClassParams", never="safe"),
    pods("no eviction", "PodDisruptionBudget", {"spec": {"maxUnavailable": 1}}, {"spec": {"maxUnavailable": 0}},
         r"weakens: .*\*\*none of its pods\*\* be evicted", never="safe"),
    pods("all eviction", "PodDisruptionBudget", {"spec": {"maxUnavailable": 1}}, {"spec": {"maxUnavailable": "100%"}},
         r"weakens: .*\*\*all of its pods\*\* be evicted at once", never="instead of"),
    pods("all eviction after half", "PodDisruptionBudget", {"spec": {"maxUnavailable": "50%"}},
         {"spec": {"maxUnavailable": "100%"}}, r"weakens: .*\*\*all of its pods\*\* be evicted at once", never="instead of"),
    pods("all eviction after none", "PodDisruptionBudget", {"spec": {"minAvailable": "100%"}},
         {"spec": {"minAvailable": 0}}, r"weakens: .*\*\*all of its pods\*\* be evicted at once", never="safe"),
    pods("all eviction by the other field", "PodDisruptionBudget", {"spec": {"minAvailable": 1}},
         {"spec": {"maxUnavailable": "100%"}}, r"weakens: .*\*\*all of its pods\*\* be evicted at once"),
    pods("inside only", "Service", {"spec": {"type": "NodePort"}}, {"spec": {"type": "ClusterIP"}},
         r"interrupts: Service `team/web` \*\*no longer answers from outside\*\*", never="safe"),
    pods("another port of pods", "Service", {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}},
         {"spec": {"ports": [{"port": 80, "targetPort": 9090}]}}, "interrupts: .*sends traffic to port `8080`"),
    pods("one port more", "Service", {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}},
         {"spec": {"ports": [{"port": 80, "targetPort": 8080}, {"port": 81, "targetPort": 9090}]}},
         "safe: Changed in Service", never="interrupts"),
    pods("a path gone", "Ingress", {"spec": {"rules": [{"http": {"paths": [{"path": "/a"}, {"path": "/b"}]}}]}},
         {"spec": {"rules": [{"http": {"paths": [{"path": "/a"}]}}]}}, "interrupts: .*no longer answers.*path `/b`"),
    pods("no TLS", "Ingress", {"spec": {"tls": [{"hosts": ["a"]}]}}, {"spec": {}}, "weakens: .*fewer TLS"),
    pods("another role of pods", "ServiceAccount", assuming("a"), assuming("b"),
         r"exposes: New pods of ServiceAccount .*another role\*\*: `arn.*/b` instead of `arn.*/a`", never="safe"),
    pods("no images", "ServiceAccount", {"imagePullSecrets": [{"name": "a"}]}, {}, "interrupts: .*pull images.*`a`"),
    truth("a single NAT gateway is left", leaving("A", "B"), leaving("A"),
          r"weakens: NAT gateway `GB` is \*\*removed\*\*: open connections are dropped", never="[Rr]oute.*dropped"),
    truth("a second NAT gateway", leaving("A"), leaving("A", "B"),
          "interrupts: Route `RB`: traffic is rerouted, and open connections are dropped"),
    aws("a group of Spot alone", "AWS::AutoScaling::AutoScalingGroup",
        {"MixedInstancesPolicy": {"InstancesDistribution": {"OnDemandBaseCapacity": 1, "OnDemandPercentageAboveBaseCapacity": 25}}},
        {"MixedInstancesPolicy": {"InstancesDistribution": {"OnDemandBaseCapacity": 0, "OnDemandPercentageAboveBaseCapacity": 0}}},
        r"weakens: Auto Scaling group `R` has \*\*no On-Demand nodes\*\*: EC2 may take"),
    aws("a smaller base where all are On-Demand", "AWS::AutoScaling::AutoScalingGroup",
        {"MixedInstancesPolicy": {"InstancesDistribution": {"OnDemandBaseCapacity": 1, "OnDemandPercentageAboveBaseCapacity": 100}}},
        {"MixedInstancesPolicy": {"InstancesDistribution": {"OnDemandBaseCapacity": 0, "OnDemandPercentageAboveBaseCapacity": 100}}},
        "interrupts: Auto Scaling group `R`: instances are replaced", never="On-Demand nodes|weakens"),
    pods("another port", "Service", {"spec": {"ports": [{"name": "a", "port": 80}]}}, {"spec": {"ports": [{"name": "a", "port": 81}]}},
         r"interrupts: Service `team/web` \*\*no longer answers\*\* on port `80`", never="Changed in"),
    pods("another port, and one of its pods", "Service", {"spec": {"ports": [{"port": 80, "targetPort": 1}]}},
         {"spec": {"ports": [{"port": 81, "targetPort": 2}]}}, r"interrupts: .*no longer sends traffic to port `1`", never="Changed in"),
    pods("another port and protocol", "Service", {"spec": {"ports": [{"name": "a", "port": 80}]}},
         {"spec": {"ports": [{"name": "a", "port": 81, "protocol": "UDP"}]}}, r"interrupts: .*no longer answers over TCP",
         never="Changed in"),
    pods("a webhook that fails open", "ValidatingWebhookConfiguration", {"webhooks": [{"name": "a", "failurePolicy": "Fail"}]},
         {"webhooks": [{"name": "a", "failurePolicy": "Ignore"}]}, "weakens: .*accepted while nothing answers", never="Changed in"),
    truth("another name of a ConfigMap and in its only pods", reading("a", by="a"), reading("b", by="b"),
          "safe: Removed from the cluster: ConfigMap `team/a`", never="deleted", risk=Risk.INTERRUPTS),
    truth("another name of a ConfigMap that pods still read", reading("a", by="a"), reading("b", by="a"),
          r"interrupts: ConfigMap `team/a` is \*\*deleted\*\*: new pods that use it fail"),
    truth("another name of a ConfigMap and in its only pods, beside those of another namespace", {**reading("a", by="a"), **ELSEWHERE},
          {**reading("b", by="b"), **ELSEWHERE}, "safe: Removed from the cluster: ConfigMap `team/a`", never="deleted", risk=Risk.INTERRUPTS),
    truth("another name of a ConfigMap that nobody is known to read", reading("a", by="c"), reading("b", by="c"),
          r"interrupts: ConfigMap `team/a` is \*\*deleted\*\*"),
    truth("a Secret and its only pods gone", having("Secret", "a", volumes=[{"secret": {"secretName": "a"}}]), {},
          "safe: Removed from the cluster: Secret `team/a`", never="Secret .*deleted", risk=Risk.TAKES_DOWN),
    truth("another name of a Secret and in its Ingress", having("Secret", "a", by="Ingress", spec={"tls": [{"secretName": "a"}]}),
          having("Secret", "b", by="Ingress", spec={"tls": [{"secretName": "b"}]}), "safe: Removed from .*: Secret `team/a`",
          never="Secret .*deleted", risk=Risk.TAKES_DOWN),
    truth("a ServiceAccount and its only pods gone", having("ServiceAccount", "a", serviceAccountName="a"), {},
          "safe: Removed from the cluster: ServiceAccount `team/a`", never="ServiceAccount .*deleted", risk=Risk.TAKES_DOWN),
    truth("a Role and its only binding gone", having("Role", "a", by="RoleBinding", roleRef={"kind": "Role", "name": "a"}), {},
          "safe: Removed from the cluster: Role `team/a`", never="deleted", risk=Risk.SAFE),
    pods("a key gone", "ConfigMap", {"data": {"a": "1", "b": "2"}}, {"data": {"a": "1"}},
         "interrupts: ConfigMap `team/web` loses `b`", never="safe"),
    pods("a value of a key", "Secret", {"data": {"a": "1"}}, {"data": {"a": "2"}}, "safe: Changed in Secret", never="loses"),
    pods("unchecked", "ValidatingWebhookConfiguration", checking("Fail", "Fail"), checking("Fail", "Ignore"),
         "weakens: What .* checks is .*accepted while nothing answers"),
    pods("checked", "ValidatingWebhookConfiguration", checking("Ignore"), checking("Fail"),
         "interrupts: What .* checks is .*rejected while nothing answers"),
    pods("capabilities", "Deployment", pod(), pod(container={"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}),
         r"exposes: Containers .*\*\*gain capabilities\*\*.*`SYS_ADMIN`"),
    pods("system calls", "Deployment", pod(securityContext={"seccompProfile": {"type": "RuntimeDefault"}}), pod(),
         "weakens: .*every system call"),
    pods("files of the node", "Deployment", pod(), pod(volumes=[{"name": "a", "hostPath": {"path": "/etc"}}]),
         r"exposes: Pods of Deployment `team/web` reach `/etc` \*\*on their node"),
    pods("the user root", "Deployment", pod(container={"securityContext": {"runAsUser": 1000}}),
         pod(container={"securityContext": {"runAsUser": 0}}), r"weakens: .*\*\*run as root"),
    pods("other traffic", "NetworkPolicy", {"spec": {"ingress": []}}, {"spec": {"ingress": [{}]}},
         "exposes: NetworkPolicy `team/web` .*allows traffic from anywhere"),
    pods(
        "who may enter",
        "ConfigMap",
        {"data": {"mapRoles": "[]"}},
        {"data": {"mapRoles": "[{}]"}},
        r"exposes: \*\*Other principals may enter the cluster\*\* by ConfigMap",
    ),
    pods("more verbs", "Role", rules("get"), rules("get", "delete"),
         "exposes: Role `team/web` .*allows more.*`delete` of `pods`", never="no longer"),
    pods("all verbs", "Role", rules("get"), rules("*"), r"exposes: .*allows more.*`\*` of `pods`", never="no longer"),
    pods(
        "everything becomes pods",
        "ClusterRole",
        {"rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]},
        rules("get"),
        r"interrupts: ClusterRole .*allows less: no longer `\*` of `\*\.\*`",
        never="exposes|safe",
    ),
    pods("fewer verbs", "Role", rules("*"), rules("get"), "interrupts: Role .*allows less", never="exposes"),
    pods("pods administer", "ClusterRoleBinding", None, binding("cluster-admin"),
         "exposes: ServiceAccount `team/default` may now do everything in the whole cluster"),
    pods("pods read", "ClusterRoleBinding", binding("cluster-admin"), binding("view"),
         "interrupts: ServiceAccount `team/default` may no longer do everything",
         never="exposes|may now"),
    pods("another selector", "Deployment", {"apiVersion": "apps/v1", "spec": {"selector": {
         "matchLabels": {"a": "b"}}}}, {"apiVersion": "apps/v1", "spec": {"selector": {
         "matchLabels": {"a": "c"}}}}, "cannot be deployed: .*rejects this.*`spec.selector`"),
    pods("quota lower", "ResourceQuota", {"spec": {"hard": {"pods": "10", "requests.cpu": "2"}}},
         {"spec": {"hard": {"pods": "10", "requests.cpu": "500m"}}},
         r"interrupts: .*allows less than before \(`requests.cpu 2 → 500m`\): \*\*new pods are rejected"),
    pods("quota higher", "ResourceQuota", {"spec": {"hard": {"cpu": "500m"}}}, {"spec": {"hard": {"cpu": "1"}}},
         "safe: Changed in ResourceQuota `team/web`: `spec.hard.cpu` `500m` → `1`", never="reject"),
    pods("quota both ways", "ResourceQuota", {"spec": {"hard": {"cpu": "1", "pods": "9"}}},
         {"spec": {"hard": {"cpu": "2", "pods": "5"}}}, "safe: Changed in ResourceQuota `team/web`: .*`1` → `2`",
         risk=Risk.INTERRUPTS),
    pods("a claim grows", "PersistentVolumeClaim", {"spec": {"resources": {"requests": {"storage": "1Gi"}}}},
         {"spec": {"resources": {"requests": {"storage": "1500Mi"}}}},
         "costs: PersistentVolumeClaim `team/web` grows from 1Gi to 1500Mi", never="safe|cost \\("),
    aws("nobody waits", NODES, {"WarmPoolConfig": {"Enabled": True}}, {"WarmPoolConfig": {"Enabled": False}},
        r"weakens: Node group `R` \*\*keeps no nodes waiting", never="Updated"),
    aws("no EFA", "AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {"NetworkInterfaces": [{"InterfaceType": "efa"}]}},
        {"LaunchTemplateData": {"NetworkInterfaces": [{"InterfaceType": "interface"}]}},
        r"weakens: New instances of launch template `R` have \*\*no EFA\*\*: pods that ask for"),
    aws("no EFA, and none of its interfaces", "AWS::EC2::LaunchTemplate",
        {"LaunchTemplateData": {"NetworkInterfaces": [{"InterfaceType": "efa"}]}}, {"LaunchTemplateData": {}},
        r"weakens: New instances of launch template `R` have \*\*no EFA"),
    aws("as many EFAs", "AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {"NetworkInterfaces": [{"InterfaceType": "efa"}]}},
        {"LaunchTemplateData": {"NetworkInterfaces": [{"InterfaceType": "efa", "DeviceIndex": 1}]}}, "safe: ", never="no EFA"),
    aws("a smaller share", "AWS::AutoScaling::AutoScalingGroup", {}, {"MixedInstancesPolicy": {
        "InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": 25}}},
        r"weakens: Auto Scaling group `R` has \*\*fewer On-Demand nodes\*\*: EC2 may take"),
    truth("who is gone misses nothing", {"B": BUCKET, "P": bucket_of({"Fn::GetAtt": ["W", "Arn"]}), "W": resource(ROLE)},
          {"B": BUCKET, "P": bucket_of("arn:aws:iam::111122223333:role/other")},
          "safe: Bucket policy `P` no longer allows .* to IAM role `W`|safe: Bucket policy `P` no longer", risk=Risk.EXPOSES),
    pods("quota new", "ResourceQuota", None, {"spec": {"hard": {"cpu": "1"}}},
         "interrupts: ResourceQuota `team/web` is new: new pods are rejected"),
    pods("external addresses", "Service", {"spec": {}}, {"spec": {"externalIPs": ["192.0.2.7"]}},
         "exposes: Service `team/web` takes the traffic of `192.0.2.7`"),
    pods("fewer external addresses", "Service", {"spec": {"externalIPs": ["192.0.2.7"]}}, {"spec": {}},
         "safe: Changed in Service", never="exposes"),
    pods("node ports", "Service", {"spec": {}}, {"spec": {"type": "NodePort"}},
         r"weakens: Service `team/web` \*\*opens a port on every node"),
    pods("default deny", "NetworkPolicy", None, {"spec": {"podSelector": {}}},
         r"interrupts: NetworkPolicy `team/web` is new and \*\*blocks traffic to all pods of its namespace",
         never="safe: NetworkPolicy"),
    pods("another group of Ingresses", "Ingress", ingress(**{"group.name": "a"}), ingress(**{"group.name": "b"}),
         r"interrupts: The load balancer of Ingress `team/web` is \*\*replaced\*\*", never="New in|stays"),
    pods("another name of a load balancer", "Service", balanced(name="a"), balanced(name="b"),
         "safe: The load balancer of Service `team/web` stays under its old name: the controller doesn't apply",
         never="replaced|address changes"),
    pods("a scheme is no longer named", "Service", balanced(type="external", scheme="internet-facing"),
         balanced(type="external", scheme=""), "safe: The load balancer .* stays internet-facing",
         never="becomes|no longer reachable"),
    pods("another controller", "Service", balanced(), balanced(type="external"),
         r"exposes: \*\*Another controller makes the load balancer\*\*", never="replaced|becomes"),
    pods("a security group instead of networks", "Service", balanced(), balanced(**{"security-groups": "sg-1"}),
         r"interrupts: The load balancer .* no longer reachable from every network that reaches the VPC",
         never="now reachable"),
    pods("another security group", "Ingress", ingress(**{"security-groups": "sg-1"}),
         ingress(**{"security-groups": "sg-2"}),
         r"exposes: The load balancer .* now reachable from \*\*whom `sg-2` lets in\*\*",
         never="internet|Changed in"),
    pods("a prefix list beside a network", "Service",
         balanced(scheme="internet-facing", ranges="203.0.113.0/24"),
         balanced(**{"scheme": "internet-facing", "security-group-prefix-lists": "pl-1"}, ranges="203.0.113.0/24"),
         r"exposes: The load balancer .* now reachable from \*\*`pl-1`\*\*", never=r"no longer|0\.0\.0\.0|Changed in"),
    pods("both kinds of addresses", "Ingress", None, ingress(**{"scheme": "internet-facing", "ip-address-type": "dualstack"}),
         "exposes: The load balancer .* reachable from the internet \\(`0.0.0.0/0` and `::/0`\\)"),
    pods("the same load balancer", "Service", balanced(**{"nlb-target-type": "ip"}), balanced(**{"nlb-target-type": "instance"}),
         r"interrupts: Service `team/web` gets \*\*new target groups", never="replaced|removed|Changed in"),
    truth("a zone comes", {"A": subnet("a"), "R": manifest(kubernetes("Service", "web", **balanced()))},
          {"A": subnet("a"), "B": subnet("b"), "R": manifest(kubernetes("Service", "web", **balanced()))},
          "safe: The load balancer of Service `team/web` stays in the subnets that it was created in: subnet `B` is not"),
    truth("pods in a zone without their load balancer", zone_of_pods("a"), zone_of_pods("a", "b"),
          r"weakens: Pods of Service `team/web` in b \*\*get no traffic\*\*", never="safe: The load balancer",
          risk=Risk.REPLACES),
    truth("pods that wait for their load balancer", zone_of_pods("a", gate=True), zone_of_pods("a", "b", gate=True),
          r"weakens: Pods of Service `team/web` in b \*\*never become ready\*\*", risk=Risk.REPLACES),
    truth("a load balancer in subnets that nobody knows", zone_of_pods("a", tagged=False),
          zone_of_pods("a", "b", tagged=False), "replaces: Node group", never="weakens", risk=Risk.REPLACES),
    truth("nodes in a zone without the load balancer", zone_of_pods("a", target="instance"),
          zone_of_pods("a", "b", target="instance"), "safe: The load balancer of Service", never="weakens",
          risk=Risk.REPLACES),
    truth("a zone comes and is named", {"R": manifest(kubernetes("Service", "web", **balanced(subnets="a")))},
          {"B": subnet("b"), "R": manifest(kubernetes("Service", "web", **balanced(subnets="a")))},
          "safe: Added: subnet", never="stays in"),
    pods("open by default", "Service", None, {"spec": {"type": "LoadBalancer"}},
         r"exposes: The load balancer .* is new\. It is reachable from the internet",
         never="VPC"),
    truth("a bucket is emptied", {"B": BUCKET}, {"B": BUCKET, "D": EMPTIED},
          r"weakens: Deleting stack `Main` will also \*\*delete every object\*\* of bucket `B`", never="Added"),
    truth("a new bucket is emptied", {}, {"B": BUCKET, "D": EMPTIED},
          r"safe: Deleting stack `Main` will also \*\*delete every object\*\* of bucket `B`", never="weakens"),
    truth("another VPC", PLACED, {**PLACED, "S": resource("AWS::EC2::Subnet", VpcId={"Ref": "Other"})},
          "cannot be deployed: .*EKS refuses this deploy.*: Cluster `C` can't move to another VPC"),
    truth("another subnet", PLACED, {**PLACED, "C": resource(CLUSTER, ResourcesVpcConfig={"SubnetIds": [{"Ref": "T"}]})},
          "safe: Updated in place: cluster", never="another VPC"),
    truth("a condition of a new principal", {"R": resource(ROLE, **entered("user/a"))},
          {"R": resource(ROLE, AssumeRolePolicyDocument={"Statement": [
              entered(each)["AssumeRolePolicyDocument"]["Statement"] for each in ("user/a", "user/b")]})},
          "exposes: User `b`.* may now assume role `R`", never="instead|Only"),
    truth("a class that a chart makes, too", {"R": CLASS}, {"C": CONTROLLER},
          r"cannot be deployed: \*\*This deploy fails\*\*: IngressClass `alb` is in the cluster already: another resource, of stack `Main`, has made it"),
    truth("a class that a chart made", {"C": CONTROLLER}, {"R": CLASS}, "cannot be deployed: .*IngressClass `alb`"),
    truth("a chart under another logical id", {"C": CONTROLLER}, {"D": CONTROLLER},
          "loses data: Chart `/one` is made by another resource of the templates from now on: deleting the old one", never="This deploy fails"),
    truth("a class that a chart leaves alone", {"R": CLASS}, {"C": CLASSLESS}, "interrupts: IngressClass `alb`", never="fails"),
    truth("nodes of a group may no longer join", {"G": resource(NODES, NodeRole="arn:aws:iam::1:role/Node"), "E": NODE_ENTRY},
          {"G": resource(NODES, NodeRole="arn:aws:iam::1:role/Node")},
          r"takes down: \*\*Nodes of node group `G` become NotReady\*\*: the access entry \(`EC2_LINUX`\) of their role `Node` .*start elsewhere after about 5 min",
          never="lose the cluster|may now join"),
    aws("nodes may no longer join", "AWS::EKS::AccessEntry", {"PrincipalArn": "arn:aws:iam::1:role/Node", "Type": "EC2_LINUX"}, None,
        r"interrupts: Nodes with role `Node` .* \*\*can't join the cluster any more\*\* \(`EC2_LINUX`\): .*NotReady"),
    truth("nodes may join by another entry", {"A": NODE_ENTRY}, {"B": NODE_ENTRY}, "safe: ", never="join", risk=Risk.SAFE),
    aws("the definitions of Karpenter", CHART, {"Chart": "karpenter-crd"}, None,
        r"removes: Helm release `R` is \*\*removed\*\*: .*\*\*all objects of these kinds\*\* with them, also those that no stack has"),
    aws("Karpenter itself", CHART, {"Chart": "karpenter"}, None, r"interrupts: Helm release `R` .*\*\*nobody ends the instances\*\*"),
    aws("a chart that nobody knows", CHART, {"Chart": "x"}, None, "interrupts: Helm release `R` .*Helm uninstalls what it installed"),
    pods("a class of Karpenter gone", "EC2NodeClass", {}, None, "interrupts: EC2NodeClass .*waits until the last of its nodes is gone", never="go with it"),
    pods("a class of Auto Mode gone", "NodeClass", {}, None, "interrupts: NodeClass .*EKS doesn't say", never="go with it"),
    pods("open Ingress", "Ingress", None, {"metadata": {"name": "web", "annotations": {
         "alb.ingress.kubernetes.io/scheme": "internet-facing"}}},
         "exposes: The load balancer of Ingress .*the internet"),
)  # fmt: skip


def review_of(truth: Truth) -> Review:
    """Return the review of a change beside what stays."""
    stays = {"Stays": resource("AWS::SSM::Parameter", Value="x")}
    one, other = (of_resources({**stays, **(x or {})}) for x in (truth.before, truth.after))
    return reviewed(one, other)


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: truth.name)
def test_what_a_change_means(truth: Truth) -> None:
    """The sentence is there, no false one is, and the verdict is that of the worst."""
    review = review_of(truth)
    said = texts(review)

    assert any(re.search(truth.says, each) for each in said or [""]), said
    assert not [each for each in said if re.search(truth.never, each)], said
    assert review.risk is truth.risk, said


def test_what_has_no_known_meaning_shows_its_values() -> None:
    """A bare name of a property tells nobody anything."""
    (truth,) = (each for each in TRUTHS if each.name == "unknown property")
    (sentence,) = review_of(truth).environments[0].sentences
    assert sentence.text.endswith("`Depth.Of` `1` → `2`.")


@pytest.mark.parametrize(
    ("before", "after", "means"),
    [
        ({"Enabled": False}, {"Enabled": True}, "Auto Mode makes nodes from now on"),
        ({"Enabled": True}, {"Enabled": True, "NodePools": ["system"]}, "EKS makes nodes of a new pool when pods need them"),
        ({"Enabled": True, "NodeRoleArn": "r"}, {"Enabled": True}, "only nodes of EKS's own pools have it"),
    ],
)  # fmt: skip
def test_which_way_auto_mode_changes(before: Fields, after: Fields, means: str) -> None:
    """A reader must not guess which of two opposites is meant."""
    one, other = (of_resources({"R": resource(CLUSTER, ComputeConfig=x)}) for x in (before, after))
    (said,) = (x for x in reviewed(one, other).environments[0].sentences if "Updated" in x.text)
    assert f"({means})" in said.details[0]
    assert "no longer" not in said.details[0]


def test_user_data_is_shown_as_what_it_says() -> None:
    """Base64 tells nobody anything; what may be a secret is left out."""
    one, other = (
        of_resources({"R": resource(TEMPLATE, **script(each))})
        for each in ("[settings]", "[settings]\nmax-pods = 50\npassword = x")
    )
    (said,) = reviewed(one, other).environments[0].sentences
    assert "now also has `max-pods = 50` and `(not shown)`" in said.details[0]


def test_where_no_node_is_left() -> None:
    """Pods start elsewhere only where there is another node."""
    for others, then in (
        ((), "**no node is left** for them"),
        (("O",), "start elsewhere if other nodes take them"),
    ):
        more = {name: resource(NODES, ScalingConfig={"DesiredSize": 1}) for name in others}
        one, other = (
            of_resources({"R": resource(NODES, ScalingConfig={"DesiredSize": size}), **more})
            for size in (3, 0)
        )
        (said,) = (x for x in reviewed(one, other).environments[0].sentences if "desired" in x.text)
        assert f"loses 3 of 3 nodes: the pods there are evicted, and {then}." in said.details[0]


def test_nodes_need_the_public_endpoint_where_it_is_the_only_one() -> None:
    """A list of networks may leave out the addresses that nodes come from."""
    public = reached("203.0.113.0/24")
    config = {**public["ResourcesVpcConfig"], "EndpointPrivateAccess": False}
    one, other = (
        of_resources({"R": resource(CLUSTER, ResourcesVpcConfig=each)})
        for each in (public["ResourcesVpcConfig"], config)
    )
    (said,) = reviewed(one, other).environments[0].sentences
    assert said.details[0].startswith(
        "It answers `203.0.113.0/24` only: where the addresses of NAT"
    )


def test_limits_without_requests_are_requests() -> None:
    """The scheduler fills them in, and Fargate's bill follows."""
    selectors = [{"Namespace": "team"}]
    profile = resource("AWS::EKS::FargateProfile", ClusterName="one", Selectors=selectors)
    big = pod(container={"resources": {"limits": {"cpu": "4", "memory": "8Gi"}}})
    one, other = (
        of_resources(
            {"P": profile, "R": manifest(kubernetes("Deployment", "web", **fields), cluster="one")}
        )
        for fields in (pod(), big)
    )
    (cost,) = (x for x in reviewed(one, other).environments[0].sentences if "cost" in x.text)
    assert "of 0.25 vCPU and 0.5 GB" in cost.details[0]
    assert "of 4 vCPU and 9 GB" in cost.details[0]


def test_a_node_group_that_says_as_little_as_it_may() -> None:
    """The plain L2 writes no capacity type: EKS's default counts, and nothing fails."""
    group = resource(NODES, ScalingConfig={"DesiredSize": 2}, InstanceTypes=["m7g.xlarge"])
    review = reviewed(of_resources({}), of_resources({"R": group}))
    assert review.risk is Risk.COSTS
    assert not [each for each in texts(review) if "bug" in each]


def pinned(architecture: str) -> Fields:
    """Return the fields of a Deployment whose pods want nodes of an architecture."""
    return pod(nodeSelector={"kubernetes.io/arch": architecture})


def selecting(*namespaces: str) -> Environment:
    """Return a Fargate profile for some namespaces."""
    selectors = [{"Namespace": each} for each in namespaces]
    return of_resources({"P": resource("AWS::EKS::FargateProfile", Selectors=selectors)})


@pytest.mark.parametrize(("after", "is_said"), [(("a", "b"), True), (("b",), False)])
def test_a_second_profile_is_the_way_around(*, after: tuple[str, ...], is_said: bool) -> None:
    """Only what is new can be selected by another one; what goes has to go from this one."""
    (said, *_) = reviewed(selecting("a"), selecting(*after)).environments[0].sentences
    assert any("add a second Fargate profile" in each for each in said.details) == is_said


def held_by_a_key(policy: str) -> Environment:
    """Return a key with what it encrypts, and what only refers to it."""
    key = {"Fn::GetAtt": ["K", "Arn"]}
    return of_resources(
        {
            "K": {**resource(KEY), "DeletionPolicy": policy},
            "C": resource(CLUSTER, EncryptionConfig=[{"Provider": {"KeyArn": key}}]),
            "L": resource(LOGS, KmsKeyId=key),
            "A": resource("AWS::KMS::Alias", TargetKeyId=key),
        }
    )


def test_what_a_key_that_may_go_encrypts() -> None:
    """Of each that holds data, and of nothing that only names the key."""
    said, *_ = reviewed(held_by_a_key("Retain"), held_by_a_key("Delete")).environments[0].sentences
    assert said.details[0] == (
        "KMS key `K` encrypts the Secrets of cluster `C` and log group `L`: once it is gone, nobody can read what it encrypted."
    )


def nodes_and_pods(nodes: Fields, pods: Fields, *, apart: bool) -> Environment:
    """Return a node group and a Deployment, in a stack each, one after the other, or in one."""
    group = {"N": resource(NODES, ClusterName="one", **nodes)}
    web = {"R": manifest(kubernetes("Deployment", "web", **pods), cluster="one")}
    first, last = (group, web) if apart else ({}, {**group, **web})
    made = of_templates("Other", Nodes={"Resources": first}, Pods={"Resources": last})
    stack = made.stacks["Other/Pods"]
    later = replace(stack, depends_on=frozenset({"Other/Nodes"}))
    return replace(made, stacks={**made.stacks, stack.path: later})


def waiting(before: Environment, after: Environment) -> list[str]:
    """Return what is said of pods that find no node."""
    said = texts(reviewed(before, after))
    return [each for each in said if re.search("can't run|is down|find no node$|no node\\*", each)]


TAINTED = {"Taints": [{"Key": "a", "Effect": "NO_SCHEDULE"}]}
EVICTED = {"Taints": [{"Key": "a", "Effect": "NO_EXECUTE"}]}
TOLERANT = pod(tolerations=[{"key": "a", "operator": "Exists"}])
STAY = (
    r"New pods of Deployment `team/web` \*\*find no node\*\* that takes them: those that run stay"
)
SOME = r"New pods of Deployment `team/web` \*\*find no node\*\* .* some of those that run \*\*are stopped before them"
LOST = r"Deployment `team/web` \*\*can't run\*\* after this deploy"
DOWN = r"Deployment `team/web` \*\*is down\*\* from the end of the deploy of stack `Nodes` until stack `Pods` is deployed"


def asking(cpus: str, **spec: object) -> dict[str, Any]:
    """Return the fields of a Deployment whose pods ask for CPUs."""
    fields = pod(container={"resources": {"requests": {"cpu": cpus}}})
    return {"spec": {**fields["spec"], **spec}}


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        # A label or a taint counts when a pod is placed; only NoExecute moves those that run.
        (({"Labels": {"d": "1"}}, pod(nodeSelector={"d": "1"})), ({}, None), STAY),
        (({"Labels": {"d": "1"}}, pod(nodeSelector={"d": "1"})),
         ({"Labels": {"d": "2"}}, pod(nodeSelector={"d": "2"})), None),
        (({}, pod()), (TAINTED, None), STAY),
        (({}, pod()), (EVICTED, None), LOST),
        (({}, pod()), (EVICTED, TOLERANT), DOWN),
        ((TAINTED, TOLERANT), (TAINTED, pod()), STAY),
        (({}, pod()), ({}, pod(nodeSelector={"gpu": "x"})), STAY),
        # One pod needs more than the largest node has.
        (({"InstanceTypes": ["m7g.large"]}, asking("1")), ({"InstanceTypes": ["m7g.large"]}, asking("2")), STAY),
        (({"InstanceTypes": ["m7g.large"]}, asking("1")),
         ({"InstanceTypes": ["m7g.large"]}, asking("2", strategy={"type": "Recreate"})), LOST),
        (({"InstanceTypes": ["m7g.large"]}, asking("1", replicas=3)),
         ({"InstanceTypes": ["m7g.large"]}, asking("2", replicas=3)), STAY),
        (({"InstanceTypes": ["m7g.large"]}, asking("1", replicas=3)),
         ({"InstanceTypes": ["m7g.large"]}, asking("2", replicas=3, strategy={"rollingUpdate": {"maxUnavailable": 2}})), SOME),
        (({"InstanceTypes": ["m7g.large"]}, asking("1", replicas=3)),
         ({"InstanceTypes": ["m7g.large"]}, asking("2", replicas=3, strategy={"rollingUpdate": {"maxUnavailable": "100%"}})), LOST),
        (({"InstanceTypes": ["m7g.xlarge"]}, asking("3")), ({"InstanceTypes": ["m7g.large"]}, None), LOST),
        (({"InstanceTypes": ["m7g.xlarge"]}, asking("3")), ({"InstanceTypes": ["x0.none"]}, None), None),
        (({}, pod()), ({}, {"spec": {"replicas": 0, **pod(nodeSelector={"gpu": "x"})["spec"]}}), None),
    ],
)  # fmt: skip
def test_pods_that_no_node_takes(
    before: tuple[Fields, Fields], after: tuple[Fields, Fields | None], says: str | None
) -> None:
    """Whether those that run go on, and whether new ones start."""
    nodes, pods = after
    found = waiting(
        nodes_and_pods(*before, apart=True), nodes_and_pods(nodes, pods or before[1], apart=True)
    )
    assert [bool(re.search(says or NEVER, each)) for each in found] == ([True] if says else [])


@pytest.mark.parametrize(
    ("apart", "before", "after", "says"),
    [
        (
            True,
            "arm64",
            "amd64",
            r"`team/web` \*\*is down\*\* from the end of the deploy of stack `Nodes` until stack `Pods` is deployed",
        ),
        (True, "arm64", "arm64", r"`team/web` \*\*can't run\*\* after this deploy"),
        (False, "arm64", "amd64", None),
        (True, "amd64", "amd64", None),
    ],
)
def test_pods_wait_for_their_own_stack(
    apart: bool,  # noqa: FBT001  # a row
    before: str,
    after: str,
    says: str | None,
) -> None:
    """Nodes of one architecture go with the first stack, and the pods change with the second."""
    old, new = ({"AmiType": f"AL2023_{image}_STANDARD"} for image in ("ARM_64", "x86_64"))
    found = waiting(
        nodes_and_pods(old, pinned(before), apart=apart),
        nodes_and_pods(new, pinned(after), apart=apart),
    )
    assert [bool(re.search(says or NEVER, each)) for each in found] == ([True] if says else [])


def shared(resources: tuple[str, ...], imports: str = "") -> Environment:
    """Return a stack that exports each of its resources by its first letter, and one that imports."""
    made = {name: resource("AWS::SNS::Topic") for name in resources}
    outputs = {x: {"Value": {"Ref": x}, "Export": {"Name": x[0]}} for x in resources}
    used = {"V": {"Fn::ImportValue": imports}} if imports else {}
    uses = {"R": resource("AWS::Any::Thing", **used)}
    makes = {"Resources": made, "Outputs": outputs}
    return of_templates("Other", Makes=makes, Uses={"Resources": uses})


@pytest.mark.parametrize(
    ("resources", "imports", "way_out"),
    [
        ((), "", "Deploy stack `Uses` first, .*`cdk deploy --exclusively Other/Uses`"),
        (("A2",), "A", "Put the old value or construct id back: stack `Uses` still uses it"),
        (("B",), "B", "Put the old value or construct id back"),
    ],
)
def test_the_way_out_of_an_export_that_is_used(
    resources: tuple[str, ...], imports: str, way_out: str
) -> None:
    """Only a stack that needs nothing new may be deployed first; nothing is to be destroyed."""
    review = reviewed(shared(("A",), "A"), shared(resources, imports))
    (refusal,) = review.environments[0].refused
    assert re.match(way_out, refusal.details[0])
    consents = {"Other/Uses": "Deployed today."}
    again = reviewed(shared(("A",), "A"), shared(resources, imports), consents=consents)
    ask = "When it is deployed, add to the end of a commit message: `Review-consent: Other/Uses: WHY`."
    assert [ask in refusal.details, bool(again.environments[0].refused)] == [
        not imports,
        bool(imports),
    ]


@pytest.mark.parametrize("left", [False, True])
def test_the_last_importer_goes_first(*, left: bool) -> None:
    """A stack that others still import from can't be deployed before they have given that up."""

    def stack(exports: str, imports: str) -> dict[str, Any]:
        used = {"V": {"Fn::ImportValue": imports}} if imports else {}
        output = {exports: {"Value": {"Ref": "R"}, "Export": {"Name": exports}}} if exports else {}
        return {"Resources": {"R": resource("AWS::Any::Thing", **used)}, "Outputs": output}

    before = of_templates("Other", A=stack("a", ""), B=stack("b", "a"), C=stack("", "b"))
    end = {} if left else {"C": stack("", "")}
    after = of_templates("Other", A=stack("", ""), B=stack("", ""), **end)
    first, second = reviewed(before, after).environments[0].refused

    assert "stack `C`" in first.text
    assert ("delete it first" if left else "Deploy stack `C` first") in first.details[0]
    assert second.details[0].startswith("After what stands above, deploy stack `B` alone")


def named(role: str) -> Environment:
    """Return a stack that exports a role of this name, and one that imports it."""
    makes = {
        "Resources": {"R": resource(ROLE, RoleName=role)},
        "Outputs": {"O": {"Value": {"Ref": "R"}, "Export": {"Name": "role"}}},
    }
    uses = {"Resources": {"U": resource("AWS::Any::Thing", V={"Fn::ImportValue": "role"})}}
    return of_templates("Other", Makes=makes, Uses=uses)


def test_what_replaces_an_export_is_the_way_out() -> None:
    """The value that must go back, not only that one must."""
    (refusal,) = reviewed(named("a"), named("b")).environments[0].refused
    assert refusal.details[0].startswith("IAM role `R")
    assert "is replaced: `RoleName` `a` → `b`. Put the old value back" in refusal.details[0]


OWN = {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}
NAMED = "To be named here is enough: if `111122223333` is this account, user `a` no longer needs an IAM permission for it."


@pytest.mark.parametrize(
    ("before", "condition", "details"),
    [
        (OWN, None, [NAMED]),
        (OWN, MFA, [NAMED, "Only **with MFA**."]),
        ("arn:aws:iam::444455556666:root", None, []),
        ({"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:user/b"}, None, []),
    ],
)
def test_one_instead_of_a_whole_account(
    before: object, condition: Fields | None, details: list[str]
) -> None:
    """Everyone else of it no longer may; the condition is part of it."""
    old = resource(ROLE, AssumeRolePolicyDocument=trust({"AWS": before}))
    one, other = (
        of_resources({"R": x}) for x in (old, resource(ROLE, **entered("user/a", condition)))
    )
    said, *others = reviewed(one, other).environments[0].sentences
    assert said.risk is Risk.EXPOSES
    whole = str(before).rstrip("}'").endswith(":root")
    assert ["Everyone else who could assume" in x.text for x in others] == [True] * whole
    assert [*said.details] == details


@pytest.mark.parametrize("own", [True, False])
def test_only_a_handler_in_the_vpc_needs_a_way_out(*, own: bool) -> None:
    """A function of a team in the VPC changes no Kubernetes objects."""
    function = resource("AWS::Lambda::Function", VpcConfig={"SubnetIds": ["a"]})
    applied = manifest(kubernetes("ConfigMap", "a"))
    applied["Properties"]["ServiceToken"] = {"Fn::GetAtt": ["Other" if own else "F", "Arn"]}
    other = resource("AWS::Lambda::Function")
    after = {"F": function, "Other": other, "M": applied}
    before = {**after, "N": resource("AWS::EC2::NatGateway")}
    (environment,) = reviewed(of_resources(before), of_resources(after)).environments
    told = [x for each in environment.sentences for x in (each.text, *each.details)]
    assert any("nothing behind it reaches the internet" in each for each in told)
    assert any("the kubectl handler in the VPC fails" in each for each in told) is not own


@pytest.mark.parametrize(
    ("caller", "endpoints", "fails"),
    [
        (resource(ASSOCIATION, **associated("r")), [], "`eks-auth`, no pod gets AWS credentials"),
        (resource(ASSOCIATION, **associated("r")), ["eks-auth"], ""),
        (CONTROLLER, [], "`ec2` and `elasticloadbalancing`, the load balancer controller fails"),
        (CONTROLLER, ["ec2"], "`elasticloadbalancing`, the load balancer controller fails"),
        (CONTROLLER, ["ec2", "elasticloadbalancing"], ""),
        (resource(ADD_ON, AddonName="aws-ebs-csi-driver"), [], "`ec2`, no volume is made"),
        (resource(CHART, Chart="cluster-autoscaler"), ["ec2"], "`autoscaling` and `eks`, the auto"),
        (resource(CHART, Chart="web"), [], ""),
    ],
)
@pytest.mark.parametrize("gone", ["gateway", "endpoint"])
def test_what_fails_without_a_way_out(
    caller: dict[str, Any], endpoints: list[str], fails: str, gone: str
) -> None:
    """Whatever calls AWS without an endpoint, by a NAT gateway that goes or an endpoint that does."""
    services = ["autoscaling", "ec2", "eks", "eks-auth", "elasticloadbalancing"]
    left, others = (
        {f"E{n}": resource(ENDPOINT, ServiceName=f"com.amazonaws.x.{each}") for n, each in found}
        for found in (
            [(n, x) for n, x in enumerate(services) if x in endpoints],
            [(n, x) for n, x in enumerate(services) if x not in endpoints],
        )
    )
    after = {"C": caller, "V": resource("AWS::EC2::VPC"), **left}
    went = others if gone == "endpoint" else {"N": resource("AWS::EC2::NatGateway")}
    (environment,) = reviewed(of_resources({**after, **went}), of_resources(after)).environments
    details = [x for each in environment.sentences for x in each.details]
    nodes = "new nodes can't join, and no image is pulled; "
    found = [x.replace(nodes, "") for x in details if x.startswith("Without ")]
    found = [x for x in found if "new nodes" not in x]
    assert [x.startswith(f"Without {fails}") for x in found] == [True] * bool(fails)


def test_user_data_with_a_value_of_the_deploy_is_compared_as_well() -> None:
    """A function of something unknown looks the same, whatever it is made of."""
    one, other = (
        of_resources(
            {
                "Cluster": resource(CLUSTER),
                "R": resource(
                    TEMPLATE,
                    LaunchTemplateData={
                        "UserData": {
                            "Fn::Base64": {
                                "Fn::Join": [
                                    "\n",
                                    [
                                        {"Fn::GetAtt": ["Cluster", "Endpoint"]},
                                        f"max-pods = {count}",
                                    ],
                                ]
                            }
                        }
                    },
                ),
            }
        )
        for count in (50, 90)
    )
    (said,) = reviewed(one, other).environments[0].sentences
    assert "now has `max-pods = 90` and no longer has `max-pods = 50`" in said.details[0]


def test_a_proxy_that_was_the_only_way_out() -> None:
    """Nodes that also have a NAT gateway lose nothing that nobody can see."""
    for others, told in (({"V": resource("AWS::EC2::VPC")}, True), ({}, False)):
        for more in ({}, {"N": resource("AWS::EC2::NatGateway")}):
            one, other = (
                of_resources({"R": resource(TEMPLATE, **script(each)), **others, **more})
                for each in ("export HTTPS_PROXY=http://proxy:3128", "export A=b")
            )
            said = texts(reviewed(one, other))
            expected = r"weakens: New nodes of launch template `R` have \*\*neither"
            assert any(re.match(expected, x) for x in said) is (told and not more)


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("AWS::RDS::DBInstance", "VPCSecurityGroups"),
        ("AWS::RDS::DBCluster", "VpcSecurityGroupIds"),
        ("AWS::ElastiCache::ReplicationGroup", "SecurityGroupIds"),
        ("AWS::EFS::MountTarget", "SecurityGroups"),
        ("AWS::MSK::Cluster", "BrokerNodeGroupInfo"),
        ("AWS::OpenSearchService::Domain", "VPCOptions"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "SecurityGroups"),
        ("AWS::EC2::Instance", "SecurityGroupIds"),
    ],
)
def test_what_has_a_security_group_is_named(kind: str, field: str) -> None:
    """Whatever a team puts behind it, beside what this project makes."""
    user = resource(kind, **{field: [{"Fn::GetAtt": ["R", "GroupId"]}]})
    one, other = (
        of_resources({"R": resource(GROUP, SecurityGroupIngress=each), "Orders": user})
        for each in ([], [{"CidrIp": "10.0.0.0/8", "IpProtocol": "tcp", "FromPort": 5432}])
    )
    (said,) = reviewed(one, other).environments[0].sentences
    assert any(re.fullmatch("It is used by .*`Orders`.", x) for x in said.details), said.details


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("AWS::Lambda::Function", "Role"),
        ("AWS::IAM::InstanceProfile", "Roles"),
        ("AWS::ECS::TaskDefinition", "TaskRoleArn"),
        ("AWS::StepFunctions::StateMachine", "RoleArn"),
        ("AWS::RDS::DBProxy", "RoleArn"),
    ],
)
def test_what_has_a_role_is_named(kind: str, field: str) -> None:
    """Whatever a team runs with it."""
    user = resource(kind, **{field: {"Fn::GetAtt": ["R", "Arn"]}})
    one, other = (
        of_resources({"R": resource(ROLE, **allowing(*each)), "Orders": user})
        for each in (("s3:GetObject",), ("s3:GetObject", "s3:DeleteObject"))
    )
    (said,) = reviewed(one, other).environments[0].sentences
    assert any(re.fullmatch("It is used by .*`Orders`.", x) for x in said.details), said.details


@pytest.mark.parametrize(("left", "to"), [(["A"], {"Ref": "GA"}), ([], "nat-1")])
def test_what_is_rerouted_is_told_with_the_gateway(left: list[str], to: object) -> None:
    """Its connections are dropped once; also where none of these stacks is left."""
    after = leaving(*left)
    after["RB"] = resource("AWS::EC2::Route", RouteTableId="B", NatGatewayId=to)
    found = reviewed(of_resources(leaving(*left, "B")), of_resources(after)).environments[0]
    (said,) = (x for x in found.sentences if "NAT gateway `GB`" in x.text)
    assert "Rerouted: route `RB`." in said.details
