"""Edges between roles, networks, logs and what needs them, that the real templates can't do without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assembly.environment import Environment
from tests.unit.guardrails.mutations import (
    Mutation,
    found,
    in_resource,
    in_template,
    without_edge,
)

DEPEND = "node.add_dependency()"
EDGES = (
    # rule, environment, stack, what waits, for what, the value of the finding
    ("ORDER4", "Dev", "Cluster", "/LoadBalancerController/Chart/", "/CoreDns/", "coredns"),
    (
        *("ORDER11", "Dev", "Network", "/PublicA/DefaultRoute", "/InternetGatewayAttachment"),
        "NetworkInternetGatewayAttachment4FEFFDBC",
    ),
    (
        *("ORDER11", "Dev", "Network", "/PublicA/NATGateway", "/PublicA/DefaultRoute"),
        "NetworkPublicADefaultRouteEE778D38",
    ),
    (
        *("ORDER11", "Prod", "Network", "/PublicB/NATGateway", "/PublicB/RouteTableAssociation"),
        "NetworkPublicBRouteTableAssociation2C2AFBE0",
    ),
    (
        *("ORDER12", "Dev", "Cluster", "/Handler/Resource", "/Handler/ServiceRole/DefaultPolicy/"),
        "ControlPlaneClusterKubectlProviderHandlerServiceRoleDefaultPolicyADB298E4",
    ),
    (
        *("ORDER12", "Prod", "Cluster", "/framework-onEvent/Resource"),
        "/framework-onEvent/ServiceRole/DefaultPolicy/",
        "ControlPlaneClusterKubectlProviderframeworkonEventServiceRoleDefaultPolicyF4B1C71D",
    ),
    (
        *("ORDER12", "Dev", "Network", "/FlowLog/FlowLog", "/FlowLog/IAMRole/DefaultPolicy/"),
        "NetworkFlowLogsFlowLogIAMRoleDefaultPolicyC45D5EC5",
    ),
    (
        *("ORDER12", "Dev", "Cluster", "/Profiles/SampleApi/", "/PodExecutionRole/DefaultPolicy/"),
        "DataPlaneFargatePodExecutionRoleDefaultPolicyA5416306",
    ),
    (
        *("ORDER13", "Prod", "Network", "/FlowLog/FlowLog", "/Bucket/Policy/"),
        "NetworkFlowLogsBucketPolicy450858E2",
    ),
    (
        *("ORDER13", "Closed", "Network", "/AutoDeleteObjectsCustomResource/", "/Bucket/Policy/"),
        "NetworkFlowLogsBucketPolicy450858E2",
    ),
    (
        *("ORDER13", "Closed", "Network", "/FlowLog/FlowLog", "/AutoDeleteObjectsCustomResource/"),
        "NetworkFlowLogsBucketAutoDeleteObjectsCustomResource33DC7C15",
    ),
    (
        *("ORDER13", "Dev", "Cluster", "/ControlPlane/Cluster/Resource", "/Logs/Resource/"),
        "ControlPlaneLogs565FD5C2",
    ),
    (
        *("ORDER13", "Dev", "Cluster", "/KubectlReadyBarrier", "/Handler/LogGroup/"),
        "ControlPlaneClusterKubectlProviderHandlerLogGroupCA2C8CC5",
    ),
    (
        *("ORDER13", "Dev", "Cluster", "/KubectlReadyBarrier", "/framework-onEvent/LogGroup/"),
        "ControlPlaneClusterKubectlProviderframeworkonEventLogGroupD4066F92",
    ),
)


def with_policy(role: str) -> Callable[[Environment], Environment]:
    """Return a change that gives a role one more policy, for which nothing waits."""

    def change(template: dict[str, Any]) -> None:
        logical_id, _ = found(template, role)
        statement = {"Effect": "Allow", "Action": "ec2:DescribeTags", "Resource": "*"}
        template["Resources"]["Added"] = {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "added",
                "Roles": [{"Ref": logical_id}],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            },
        }

    return in_template("Cluster", change)


def with_security_group(template: dict[str, Any]) -> None:
    """Give nodes a security group whose only rule stands beside it."""
    cluster, _ = found(template, "/ControlPlane/Cluster/Resource")
    _, body = found(template, "/General/LaunchTemplate/")
    ours = {"Fn::GetAtt": ["Group", "GroupId"]}
    clusters = {"Fn::GetAtt": [cluster, "ClusterSecurityGroupId"]}
    body["Properties"]["LaunchTemplateData"]["SecurityGroupIds"] = [ours, clusters]
    template["Resources"] |= {
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "nodes"}},
        "Added": {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {
                "GroupId": ours,
                "SourceSecurityGroupId": clusters,
                "IpProtocol": "tcp",
                "FromPort": 10250,
                "ToPort": 10250,
            },
        },
    }


MUTATIONS = (
    *(
        Mutation(
            rule=rule,
            name=f"{later} doesn't wait for {earlier}",
            environment=environment,
            change=without_edge(stack, later, earlier),
            value=value,
            fix=DEPEND,
        )
        for rule, environment, stack, later, earlier, value in EDGES
    ),
    *(
        Mutation(
            rule=rule,
            name=f"{role} gets a policy for which nothing waits",
            environment="Dev",
            change=with_policy(role),
            value="Added",
            fix=DEPEND,
        )
        for rule, role in (
            ("ORDER10", "/VpcCni/AddOn/Role/"),
            ("ORDER10", "/LoadBalancerController/Role/"),
            ("ORDER12", "/ControlPlane/Role/"),
            ("ORDER12", "/General/Role/"),
        )
    ),
    *(
        Mutation(
            rule="ORDER15",
            name=f"{kind} {path} names its cluster as a text",
            environment="Dev",
            change=in_resource(
                "Cluster", kind, lambda it: it.update(ClusterName="groundwork-dev"), path=path
            ),
            value="groundwork-dev",
            fix="Name the cluster by reference",
        )
        for kind, path in (
            ("AWS::EKS::Addon", "KubeProxy"),
            ("AWS::EKS::AccessEntry", "ReadOnlyEntry"),
            ("AWS::EKS::PodIdentityAssociation", "LoadBalancerController"),
        )
    ),
    Mutation(
        rule="ORDER16",
        name="nodes don't wait for the rule of their security group",
        environment="Dev",
        change=in_template("Cluster", with_security_group),
        value="Added",
        fix=DEPEND,
    ),
)
