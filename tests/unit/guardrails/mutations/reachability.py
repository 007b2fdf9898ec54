"""What would cut the real environments off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assembly.environment import Environment
from tests.unit.guardrails.environments import manifest_change
from tests.unit.guardrails.mutations import (
    Mutation,
    found,
    in_resource,
    in_template,
    with_object,
)

ADD_ON, ENDPOINT, SUBNET = "AWS::EKS::Addon", "AWS::EC2::VPCEndpoint", "AWS::EC2::Subnet"


def _nested_stack(template: dict[str, Any]) -> None:
    template["Resources"]["Elsewhere"] = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "https://example.s3.amazonaws.com/network.json"},
    }


def in_network(
    kind: str, path: str, change: Callable[[dict[str, Any]], object]
) -> Callable[[Environment], Environment]:
    """Return a change of a resource of the network."""
    return in_resource("Network", kind, change, path=path)


def _without_attachment(template: dict[str, Any]) -> None:
    gone, _ = found(template, "/InternetGatewayAttachment")
    del template["Resources"][gone]
    for body in template["Resources"].values():
        body["DependsOn"] = [each for each in body.get("DependsOn", []) if each != gone]


def _nat_in_private(template: dict[str, Any]) -> None:
    private, _ = found(template, "/PrivateB/Subnet")
    found(template, "/PublicB/NATGateway")[1]["Properties"]["SubnetId"] = {"Ref": private}


def policy(path: str, *statements: dict[str, Any], kept: int = 9) -> Callable[..., Environment]:
    """Return a change of the policy of an endpoint: some of its statements, and more."""

    def change(endpoint: dict[str, Any]) -> None:
        document = endpoint["PolicyDocument"]
        document["Statement"] = [*document["Statement"][:kept], *statements]

    return in_network(ENDPOINT, path, change)


def allow(action: str, resource: object, effect: str = "Allow") -> dict[str, Any]:
    """Return a statement of an endpoint's policy."""
    return {"Effect": effect, "Principal": "*", "Action": action, "Resource": resource}


def with_acl(subnet: str, *entries: dict[str, Any]) -> Callable[[Environment], Environment]:
    """Return a change that gives a subnet a network ACL with these entries."""

    def change(template: dict[str, Any]) -> None:
        vpc, _ = found(template, "/Network/Vpc/Resource")
        named, _ = found(template, f"/{subnet}/Subnet")
        made: dict[str, tuple[str, dict[str, Any]]] = {
            "Acl": ("NetworkAcl", {"VpcId": {"Ref": vpc}}),
            "OfSubnet": (
                "SubnetNetworkAclAssociation",
                {"SubnetId": {"Ref": named}, "NetworkAclId": {"Ref": "Acl"}},
            ),
        }
        for n, entry in enumerate(entries):
            more = {"NetworkAclId": {"Ref": "Acl"}, "RuleNumber": 100 + n}
            made[f"Entry{n}"] = ("NetworkAclEntry", {**more, **entry})
        template["Resources"] |= {
            name: {"Type": f"AWS::EC2::{kind}", "Properties": properties}
            for name, (kind, properties) in made.items()
        }

    return in_template("Network", change)


def entry(
    ports: tuple[int, int] | None = None,
    *,
    out: bool = False,
    cidr: str = "0.0.0.0/0",
    action: str = "allow",
) -> dict[str, Any]:
    """Return an entry of a network ACL, for all protocols or for TCP ports."""
    found = {"Egress": out, "CidrBlock": cidr, "RuleAction": action, "Protocol": 6 if ports else -1}
    return {**found, "PortRange": {"From": ports[0], "To": ports[1]}} if ports else found


def _in_additional_group(template: dict[str, Any]) -> None:
    network = found(template, "/ControlPlane/Cluster/Resource")[1]["Properties"][
        "ResourcesVpcConfig"
    ]
    handler = found(template, "/KubectlProvider/Handler/Resource")[1]["Properties"]
    handler["VpcConfig"]["SecurityGroupIds"] = network["SecurityGroupIds"]


def _closed_group(path: str) -> Callable[[dict[str, Any]], None]:
    """Return a change that puts a function into a security group that lets nothing out."""

    def change(template: dict[str, Any]) -> None:
        _, sibling = found(template, "/ControlPlaneSecurityGroup")
        properties = {**sibling["Properties"], "SecurityGroupEgress": []}
        template["Resources"]["Closed"] = {**sibling, "Properties": properties}
        template["Resources"]["Closed"]["Metadata"] = {"aws:cdk:path": "Closed"}
        function = found(template, path)[1]["Properties"]
        function["VpcConfig"]["SecurityGroupIds"] = [{"Fn::GetAtt": ["Closed", "GroupId"]}]

    return change


def _named_group(template: dict[str, Any]) -> None:
    network = found(template, "/ControlPlane/Cluster/Resource")[1]["Properties"][
        "ResourcesVpcConfig"
    ]
    launch = found(template, "/General/LaunchTemplate")[1]["Properties"]["LaunchTemplateData"]
    launch["SecurityGroupIds"] = network["SecurityGroupIds"]


def _strict(add_on: dict[str, Any]) -> None:
    values = add_on["ConfigurationValues"]
    add_on["ConfigurationValues"] = values.replace('MODE":"standard"', 'MODE":"strict"')


def _tagged(old: str, key: str, value: str = "1") -> Callable[[dict[str, Any]], None]:
    """Return a change of a subnet's tags: another key or value for one of them."""

    def change(subnet: dict[str, Any]) -> None:
        subnet["Tags"] = [each for each in subnet["Tags"] if each["Key"] != old]
        subnet["Tags"].append({"Key": key, "Value": value})

    return change


OURS = "arn:aws:iam::111122223333:root"
ELB, INTERNAL = "kubernetes.io/role/elb", "kubernetes.io/role/internal-elb"
ALL_OUT, ALL_IN = entry(out=True), entry()


MUTATIONS = (
    Mutation(
        rule="REACH4",
        name="endpoints take connections from a part of the VPC",
        environment="Prod",
        change=in_resource(
            "Network",
            "AWS::EC2::SecurityGroup",
            lambda group: group["SecurityGroupIngress"][0].update(CidrIp="10.20.0.0/19"),
            path="/Endpoints/",
        ),
        value="NetworkPrivateBSubnet877B0EDF",
        fix="443",
    ),
    Mutation(
        rule="REACH4",
        name="endpoints are closed to pods",
        environment="Closed",
        change=in_resource(
            "Network",
            "AWS::EC2::SecurityGroup",
            lambda group: group["SecurityGroupIngress"].pop(),
            path="/Endpoints/",
        ),
        value="NetworkPodsASubnetE463E7AE",
        fix="443",
    ),
    Mutation(
        rule="NESTED1",
        name="a nested stack comes from a bucket",
        environment="Dev",
        change=in_template("Network", _nested_stack),
        value="Elsewhere",
        fix="NestedStack",
    ),
    Mutation(
        rule="REACH3",
        name="DHCP hands out another resolver only",
        environment="Prod",
        change=in_template(
            "Network",
            lambda template: template["Resources"].update(
                Dhcp={
                    "Type": "AWS::EC2::DHCPOptions",
                    "Properties": {"DomainNameServers": ["10.20.0.10"]},
                }
            ),
        ),
        value="DomainNameServers",
        fix="AmazonProvidedDNS",
    ),
    Mutation(
        rule="REACH7",
        name="a NAT gateway is in a private subnet",
        environment="Prod",
        change=in_template("Network", _nat_in_private),
        value="NetworkPublicBNATGatewayD82B1C71",
        fix="public subnet",
        also=("ORDER11",),
    ),
    Mutation(
        rule="REACH8",
        name="the internet gateway is not attached",
        environment="Prod",
        change=in_template("Network", _without_attachment),
        value="NetworkInternetGatewayD8FF3F66",
        fix="VPCGatewayAttachment",
    ),
    Mutation(
        rule="REACH9",
        name="an endpoint has lost a zone",
        environment="Closed",
        change=in_network(ENDPOINT, "/EcrApi/", lambda it: it["SubnetIds"].pop()),
        value="eu-central-1c",
        fix="each zone",
    ),
    Mutation(
        rule="REACH9",
        name="an endpoint has two subnets of a zone",
        environment="Prod",
        change=in_network(
            ENDPOINT,
            "/Sts/",
            lambda it: it["SubnetIds"].append({"Ref": "NetworkControlPlaneASubnet49EA4BC9"}),
        ),
        value="eu-west-1a",
        fix="one subnet in",
    ),
    Mutation(
        rule="REACH10",
        name="S3 lets through one bucket only",
        environment="Prod",
        change=policy("/S3/", allow("s3:*", ["arn:aws:s3:::mine", "arn:aws:s3:::mine/*"]), kept=0),
        value="s3:GetObject",
        fix="starport-layer-bucket",
    ),
    Mutation(
        rule="REACH10",
        name="S3 lets through own buckets only",
        environment="Prod",
        change=policy(
            "/S3/",
            {
                **allow("s3:*", "*"),
                "Condition": {"StringEquals": {"aws:ResourceAccount": [{"Ref": "AWS::AccountId"}]}},
            },
            kept=0,
        ),
        value="s3:GetObject",
        fix="starport-layer-bucket",
    ),
    Mutation(
        rule="REACH10",
        name="custom resources can't answer",
        environment="Prod",
        change=policy("/S3/", kept=2),
        value="s3:PutObject",
        fix="Allow the call",
    ),
    Mutation(
        rule="REACH10",
        name="the registry denies pulls",
        environment="Prod",
        change=policy("/EcrDkr/", allow("ecr:BatchGet*", "*", "Deny")),
        value="ecr:BatchGetImage",
        fix="remove",
    ),
    Mutation(
        rule="REACH10",
        name="one role only may use an endpoint",
        environment="Closed",
        change=policy(
            "/Logs/",
            {**allow("*", "*"), "Principal": {"AWS": "arn:aws:iam::111122223333:role/One"}},
            kept=0,
        ),
        value="logs:CreateLogStream",
        fix="every principal",
    ),
    Mutation(
        rule="REACH11",
        name="replies are dropped",
        environment="Prod",
        change=with_acl("PrivateA", ALL_OUT, entry((443, 443)), entry(cidr="10.20.0.0/16")),
        value="NetworkPrivateASubnet55E0BBAD:in:tcp/32768",
        fix="1024-65535",
    ),
    Mutation(
        rule="REACH11",
        name="nothing gets out",
        environment="Prod",
        change=with_acl("PrivateA", ALL_IN),
        value="NetworkPrivateASubnet55E0BBAD:out:tcp/443",
        fix="Let the port out",
    ),
    Mutation(
        rule="REACH11",
        name="replies to the NAT gateway are dropped",
        environment="Prod",
        change=with_acl(
            "PublicA",
            ALL_OUT,
            entry(cidr="10.20.0.0/16"),
            entry((443, 443)),
            entry((32768, 65535)),
            entry((80, 80)),
        ),
        value="NetworkPublicASubnet6F57B779:in:tcp/1024",
        fix="1024-65535",
    ),
    Mutation(
        rule="REACH11",
        name="the control plane takes no HTTPS",
        environment="Prod",
        change=with_acl("ControlPlaneA", ALL_OUT, entry((443, 443), action="deny"), ALL_IN),
        value="NetworkControlPlaneASubnet49EA4BC9:in:tcp/443",
        fix="1024-65535",
    ),
    Mutation(
        rule="REACH12",
        name="nothing admits the handler to the API server",
        environment="Prod",
        change=in_template("Cluster", _in_additional_group),
        value="kubectl:control-plane:443",
        fix="ClusterSecurityGroupId",
    ),
    Mutation(
        rule="REACH12",
        name="a launch template leaves out the cluster security group",
        environment="Prod",
        change=in_template("Cluster", _named_group),
        value="General:control-plane:443",
        fix="launch template",
    ),
    Mutation(
        rule="REACH13",
        name="the handler is in a group that lets nothing out",
        environment="Prod",
        change=in_template("Cluster", _closed_group("/KubectlProvider/Handler/Resource")),
        value="tcp/443",
        fix="outbound rule",
    ),
    Mutation(
        rule="REACH13",
        name="the framework is in a group that lets nothing out",
        environment="Prod",
        change=in_template("Cluster", _closed_group("/framework-onEvent/Resource")),
        value="tcp/443",
        fix="outbound rule",
    ),
    Mutation(
        rule="REACH14",
        name="kube-system is closed to questions for names",
        environment="Prod",
        change=with_object(
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": "deny", "namespace": "kube-system"},
                "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
            }
        ),
        value="Deployment/web CoreDNS",
        fix="NetworkPolicy",
    ),
    Mutation(
        rule="REACH15",
        name="strict mode denies CoreDNS",
        environment="Prod",
        change=in_resource("Cluster", ADD_ON, _strict, path="/VpcCni/"),
        value="coredns",
        fix="standard",
    ),
    Mutation(
        rule="REACH17",
        name="a private subnet is tagged for public load balancers",
        environment="Prod",
        change=in_network(
            SUBNET, "/PrivateA/", lambda it: it["Tags"].append({"Key": ELB, "Value": "1"})
        ),
        value="kubernetes.io/role/elb",
        fix="none of the others",
    ),
    Mutation(
        rule="REACH17",
        name="a zone's private subnet has no tag",
        environment="Prod",
        change=in_network(SUBNET, "/PrivateB/", _tagged(INTERNAL, "x")),
        value="kubernetes.io/role/internal-elb",
        fix="each zone",
    ),
    Mutation(
        rule="REACH17",
        name="a zone's public subnet has no tag",
        environment="Prod",
        change=in_network(SUBNET, "/PublicB/", _tagged(ELB, "x")),
        value="kubernetes.io/role/elb",
        fix="each zone",
    ),
    Mutation(
        rule="REACH17",
        name="a public subnet is tagged for internal load balancers",
        environment="Dev",
        change=in_network(
            SUBNET, "/PublicA/", lambda it: it["Tags"].append({"Key": INTERNAL, "Value": "1"})
        ),
        value="kubernetes.io/role/internal-elb",
        fix="none of the others",
    ),
    Mutation(
        rule="REACH17",
        name="a tag has a value that the controller doesn't know",
        environment="Prod",
        change=in_network(SUBNET, "/PublicC/", _tagged(ELB, ELB, "true")),
        value="kubernetes.io/role/elb=true",
        fix="elb=1",
    ),
    Mutation(
        rule="REACH17",
        name="a tag is of another cluster",
        environment="Prod",
        change=in_network(SUBNET, "/PublicC/", _tagged("", "kubernetes.io/cluster/dev", "owned")),
        value="kubernetes.io/cluster/dev",
        fix="Tag every",
    ),
    Mutation(
        rule="REACH10",
        name="image layers are for own principals only",
        environment="Prod",
        change=policy("/S3/", {**allow("s3:*", "*"), "Principal": {"AWS": OURS}}, kept=0),
        value="s3:GetObject",
        fix="Allow the call",
    ),
    Mutation(
        rule="REACH11",
        name="the control plane doesn't reach a webhook",
        environment="Prod",
        change=with_acl("PrivateA", ALL_OUT, entry((9443, 9443), action="deny"), ALL_IN),
        value="NetworkPrivateASubnet55E0BBAD:in:tcp/9443",
        fix="Let the port out",
    ),
    Mutation(
        rule="REACH14",
        name="pods that may call any address, by no name",
        environment="Existing",
        change=in_template(
            "Shop",
            manifest_change(
                "NetworkPolicy",
                "default-deny",
                '{"protocol":"UDP","port":53},{"protocol":"TCP","port":53}',
                '{"protocol":"TCP","port":53}',
            ),
        ),
        value="Deployment/web out CoreDNS",
        fix="UDP and TCP 53",
    ),
    Mutation(
        rule="REACH14",
        name="the load balancer keeps the addresses of clients, and the policy lets only it in",
        environment="Dev",
        change=in_template(
            "SampleService",
            manifest_change(
                "Service",
                "web",
                "preserve_client_ip.enabled=false",
                "preserve_client_ip.enabled=true",
            ),
        ),
        value="Deployment/web in 0.0.0.0/0",
        fix="loadBalancerSourceRanges",
    ),
)
