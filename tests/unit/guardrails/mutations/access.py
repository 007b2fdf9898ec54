"""Who must not get into the real environments, and who must."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.unit.guardrails.mutations import Mutation, found, in_resource, in_template, with_object

ENTRY = "AWS::EKS::AccessEntry"
ROLE = "AWS::IAM::Role"


def _last_administrator_leaves(template: dict[str, Any]) -> None:
    logical_id, _ = found(template, "/Access/AdministratorEntry")
    del template["Resources"][logical_id]


def _twice(template: dict[str, Any]) -> None:
    _, entry = found(template, "/Access/AdministratorEntry")
    template["Resources"]["Second"] = entry


def _assumed_by(role: dict[str, Any], principal: object) -> None:
    role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = principal


def _if_exists(role: dict[str, Any]) -> None:
    condition = role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    condition["BoolIfExists"] = condition.pop("Bool")


def _makes_its_account(chart: dict[str, Any]) -> None:
    written = json.dumps(chart["Values"])
    assert 'create\\":false' in written
    chart["Values"] = json.loads(written.replace('create\\":false', 'create\\":true'))


def _way_in(kind: str, said: dict[str, str]) -> Callable[[dict[str, Any]], None]:
    """Return a change that gives others a way to the kubectl handler."""

    def change(template: dict[str, Any]) -> None:
        handler, _ = found(template, "/KubectlProvider/Handler/Resource")
        name = "TargetFunctionArn" if kind.endswith("Url") else "FunctionName"
        properties = {name: {"Fn::GetAtt": [handler, "Arn"]}, **said}
        if name == "FunctionName":
            properties["Action"] = "lambda:InvokeFunction"
        added = {"Type": kind, "Properties": properties, "Metadata": {"aws:cdk:path": "Added"}}
        template["Resources"]["Added"] = added

    return change


MUTATIONS = (
    Mutation(
        rule="ACCESS5",
        name="images that everybody may change",
        environment="Prod",
        change=in_template(
            "Cluster",
            lambda template: template["Resources"].update(
                Added={
                    "Type": "AWS::ECR::Repository",
                    "Properties": {
                        "RepositoryPolicyText": {
                            "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:*"}]
                        }
                    },
                    "Metadata": {"aws:cdk:path": "Added"},
                }
            ),
        ),
        value="*",
        fix="add a condition",
    ),
    Mutation(
        rule="ACCESS1",
        name="the last administrator is removed",
        environment="Prod",
        change=in_template("Cluster", _last_administrator_leaves),
        value="groundwork-prod",
        fix="AmazonEKSClusterAdminPolicy",
    ),
    Mutation(
        rule="ACCESS1",
        name="the administrator's role is for CloudFormation only",
        environment="Dev",
        change=in_resource(
            "Cluster",
            ROLE,
            lambda role: _assumed_by(role, {"Service": "cloudformation.amazonaws.com"}),
            path="/AdministratorRole/",
        ),
        value="groundwork-dev",
        fix="AmazonEKSClusterAdminPolicy",
    ),
    Mutation(
        rule="ACCESS1",
        name="the administrator may only act in a namespace",
        environment="Dev",
        change=in_resource(
            "Cluster",
            ENTRY,
            lambda entry: entry["AccessPolicies"][0].update(
                AccessScope={"Type": "namespace", "Namespaces": ["sample"]}
            ),
            path="/AdministratorEntry",
        ),
        value="groundwork-dev",
        fix="AmazonEKSClusterAdminPolicy",
    ),
    Mutation(
        rule="ACCESS1",
        name="the administrator is the role that deploys",
        environment="Dev",
        change=in_resource(
            "Cluster",
            ENTRY,
            lambda entry: entry.update(
                PrincipalArn="arn:aws:iam::111122223333:role/cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1"
            ),
            path="/AdministratorEntry",
        ),
        value="groundwork-dev",
        fix="AmazonEKSClusterAdminPolicy",
    ),
    Mutation(
        rule="ACCESS2",
        name="a principal has two entries",
        environment="Dev",
        change=in_template("Cluster", _twice),
        value="AccessAdministratorRole66DA638C",
        fix="one entry",
    ),
    Mutation(
        rule="ACCESS3",
        name="an entry names system:masters",
        environment="Dev",
        change=in_resource(
            "Cluster",
            ENTRY,
            lambda entry: entry.update(KubernetesGroups=["system:masters"]),
            path="/ReadOnlyEntry",
        ),
        value="system:masters",
        fix="a group of your own",
    ),
    Mutation(
        rule="ACCESS4",
        name="a group is bound to cluster-admin",
        environment="Dev",
        change=with_object(
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": "operators"},
                "roleRef": {
                    "apiGroup": "rbac.authorization.k8s.io",
                    "kind": "ClusterRole",
                    "name": "cluster-admin",
                },
                "subjects": [
                    {
                        "apiGroup": "rbac.authorization.k8s.io",
                        "kind": "Group",
                        "name": "operators",
                    }
                ],
            }
        ),
        value="ClusterRoleBinding/operators",
        fix="access entries",
    ),
    Mutation(
        rule="ACCESS5",
        name="everybody may assume a role",
        environment="Prod",
        change=in_resource(
            "Cluster", ROLE, lambda role: _assumed_by(role, {"AWS": "*"}), path="/ReadOnlyRole/"
        ),
        value="*",
        fix="Name the principals",
    ),
    *(
        Mutation(
            rule="ACCESS5",
            name=f"the kubectl handler is open by {kind}",
            environment="Prod",
            change=in_template("Cluster", _way_in(f"AWS::Lambda::{kind}", said)),
            value=value,
            fix=fix,
        )
        for kind, said, value, fix in (
            ("Permission", {"Principal": "*"}, "Principal *", "SourceAccount"),
            (
                "Permission",
                {"Principal": "s3.amazonaws.com"},
                "Principal s3.amazonaws.com",
                "Source",
            ),
            ("Url", {"AuthType": "NONE"}, "AuthType NONE", "AWS_IAM"),
        )
    ),
    Mutation(
        rule="ACCESS6",
        name="the role of an add-on takes no session tags",
        environment="Dev",
        change=in_resource(
            "Cluster",
            ROLE,
            lambda role: role["AssumeRolePolicyDocument"]["Statement"][0]["Action"].pop(),
            path="/EbsCsiDriver/Role/",
        ),
        value="sts:TagSession",
        fix="SessionTagsPrincipal",
    ),
    Mutation(
        rule="ACCESS5",
        name="MFA if there is any",
        environment="Prod",
        change=in_resource("Cluster", ROLE, _if_exists, path="/AdministratorRole/"),
        value="MFA",
        fix="Write Bool",
    ),
    Mutation(
        rule="VERSION17",
        name="a manifest and a chart make one ServiceAccount",
        environment="FargateOnly",
        change=in_resource("Cluster", "Custom::AWSCDK-EKS-HelmChart", _makes_its_account),
        value="Values.serviceAccount.create",
        fix="serviceAccount.create to false",
    ),
    Mutation(
        rule="ACCESS5",
        name="Fargate may use the role for another cluster",
        environment="Prod",
        change=in_resource(
            "Cluster",
            ROLE,
            lambda role: role["AssumeRolePolicyDocument"]["Statement"][0].pop("Condition"),
            path="/PodExecutionRole/",
        ),
        value="eks-fargate-pods.amazonaws.com",
        fix="aws:SourceArn",
    ),
)
