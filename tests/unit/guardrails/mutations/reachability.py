"""What would cut the real environments off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assembly.environment import Environment
from tests.unit.guardrails.mutations import Mutation, found, in_resource, in_template

CLUSTER = "AWS::EKS::Cluster"


def without(path: str) -> Callable[[Environment], Environment]:
    """Return a change that takes a resource out of the network."""

    def change(template: dict[str, Any]) -> None:
        logical_id, _ = found(template, path)
        del template["Resources"][logical_id]

    return in_template("Network", change)


def _to_the_internet(route: dict[str, Any]) -> None:
    del route["NatGatewayId"]
    route["GatewayId"] = "igw-0123456789abcdef0"


def _nested_stack(template: dict[str, Any]) -> None:
    template["Resources"]["Elsewhere"] = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "https://example.s3.amazonaws.com/network.json"},
    }


MUTATIONS = (
    Mutation(
        rule="REACH1",
        name="nodes and pods have no NAT gateway",
        environment="Prod",
        change=without("/PrivateB/DefaultRoute"),
        value="NetworkPrivateBSubnet877B0EDF:ec2",
        fix="network.nat_gateways",
    ),
    Mutation(
        rule="REACH1",
        name="the kubectl handler has no NAT gateway",
        environment="Prod",
        change=without("/ControlPlaneC/DefaultRoute"),
        value="NetworkControlPlaneCSubnetF86F39E7:lambda",
        fix="network.nat_gateways",
    ),
    Mutation(
        rule="REACH1",
        name="a closed network has no endpoint for the Pod Identity agent",
        environment="Closed",
        change=without("/Endpoints/EksAuth/"),
        value="NetworkPrivateASubnet55E0BBAD:eks-auth",
        fix="endpoint for eks-auth",
    ),
    Mutation(
        rule="REACH1",
        name="a closed network has no way to S3, where the layers of images are",
        environment="Closed",
        change=without("/Endpoints/S3/"),
        value="NetworkPrivateASubnet55E0BBAD:s3",
        fix="endpoint for s3",
    ),
    Mutation(
        rule="REACH2",
        name="a closed network has a public API server only",
        environment="Closed",
        change=in_resource(
            "Cluster",
            CLUSTER,
            lambda cluster: cluster["ResourcesVpcConfig"].update(
                EndpointPrivateAccess=False,
                EndpointPublicAccess=True,
                PublicAccessCidrs=["203.0.113.0/24"],
            ),
        ),
        value="NetworkPrivateASubnet55E0BBAD",
        fix="EndpointPrivateAccess",
    ),
    Mutation(
        rule="REACH2",
        name="the kubectl handler is outside the VPC of a private cluster",
        environment="Prod",
        change=in_resource(
            "Cluster",
            "AWS::Lambda::Function",
            lambda function: function.pop("VpcConfig"),
            path="/KubectlProvider/Handler/",
        ),
        value="outside the VPC",
        fix="private_subnets",
    ),
    Mutation(
        rule="REACH3",
        name="DNS names are off",
        environment="Dev",
        change=in_resource("Network", "AWS::EC2::VPC", lambda vpc: vpc.pop("EnableDnsHostnames")),
        value="EnableDnsHostnames",
        fix="EnableDnsSupport and EnableDnsHostnames",
    ),
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
        rule="REACH5",
        name="a pod subnet has no route table",
        environment="Closed",
        change=without("/PodsA/RouteTableAssociation"),
        value="NetworkPodsASubnetE463E7AE",
        fix="route table",
    ),
    Mutation(
        rule="REACH6",
        name="a subnet of pods on Fargate becomes public",
        environment="FargateOnly",
        change=in_resource("Network", "AWS::EC2::Route", _to_the_internet, path="/PrivateA/"),
        value="NetworkPrivateASubnet55E0BBAD",
        fix="private subnets",
    ),
    Mutation(
        rule="NESTED1",
        name="a nested stack comes from a bucket",
        environment="Dev",
        change=in_template("Network", _nested_stack),
        value="Elsewhere",
        fix="NestedStack",
    ),
)
