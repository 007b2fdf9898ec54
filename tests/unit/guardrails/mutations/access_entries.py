"""Access entries of the real environments that EKS refuses, or that let in the wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.unit.guardrails.mutations import Mutation, in_resource, in_template, with_object
from tests.unit.guardrails.mutations.roles import OTHER_CLUSTER

SSO = "arn:aws:iam::111122223333:role/AWSReservedSSO_Reader_"
ENTRY, CLUSTER = "AWS::EKS::AccessEntry", "AWS::EKS::Cluster"
READER, ADMINISTRATOR, HANDLER = "/ReadOnlyEntry", "/AdministratorEntry", "/ClusterAdminRoleAccess"
POLICY = "arn:aws:eks::aws:cluster-access-policy/"
VIEW, SCOPE = "AmazonEKSViewPolicy", "AccessPolicies[0].AccessScope"

Change = Callable[[dict[str, Any]], object]


def _policy(**changes: object) -> Change:
    return lambda entry: entry["AccessPolicies"][0].update(changes)


def _scope(**scope: object) -> Change:
    return _policy(AccessScope=scope)


def _config(**changes: object) -> Change:
    return lambda cluster: cluster["AccessConfig"].update(changes)


def _of_account(service: str, rest: str) -> Change:
    """Return a change of the principal to one of the account of the deploy."""
    parts = [f"arn:aws:{service}::", {"Ref": "AWS::AccountId"}, f":{rest}"]
    return lambda entry: entry.update(PrincipalArn={"Fn::Join": ["", parts]})


def _entry_for(role: str, **more: object) -> Callable[[dict[str, Any]], None]:
    """Return a change that adds an entry for a role."""

    def change(template: dict[str, Any]) -> None:
        principal = {"Fn::GetAtt": [role, "Arn"]}
        cluster = {"Ref": "ControlPlaneCluster8AFA2E51"}
        properties = {"ClusterName": cluster, "PrincipalArn": principal, **more}
        template["Resources"]["Added"] = {
            "Type": ENTRY,
            "Properties": properties,
            "Metadata": {"aws:cdk:path": "Added"},
        }

    return change


# fmt: off
ROWS: tuple[tuple[str, str, str, str, str, Change, str, str], ...] = (
    ("ACCESS7", "a policy of another partition", "Dev", ENTRY, READER, _policy(PolicyArn=f"arn:aws-cn:eks::aws:cluster-access-policy/{VIEW}"), VIEW, POLICY),
    ("ACCESS7", "no such policy", "Prod", ENTRY, READER, _policy(PolicyArn=f"{POLICY}AmazonEKSViewsPolicy"), "AmazonEKSViewsPolicy", f"{POLICY}{VIEW}; aws eks list-access-policies"),
    ("ACCESS7", "a policy of IAM", "Dev", ENTRY, READER, _policy(PolicyArn=f"arn:aws:iam::aws:policy/{VIEW}"), VIEW, f"{POLICY}{VIEW}"),
    ("ACCESS8", "namespaces without a name", "Dev", ENTRY, READER, _scope(Type="namespace"), f"{SCOPE}.Namespaces", "Type namespace"),
    ("ACCESS8", "the cluster with namespaces", "Dev", ENTRY, READER, _scope(Type="cluster", Namespaces=["sample"]), f"{SCOPE}.Namespaces", "Type cluster"),
    ("ACCESS8", "a scope that doesn't exist", "Prod", ENTRY, READER, _scope(Type="Cluster"), f"{SCOPE}.Type Cluster", "Type cluster"),
    ("ACCESS8", "a namespace that nothing makes", "Prod", ENTRY, READER, _scope(Type="namespace", Namespaces=["sample-service"]), "sample-service", "those that exist"),
    ("ACCESS8", "an entry that lets nobody do anything", "Dev", ENTRY, READER, lambda entry: entry.pop("AccessPolicies"), "AccessPolicies", "an access policy"),
    ("ACCESS11", "a role of another partition", "Dev", ENTRY, READER, lambda entry: entry.update(PrincipalArn="arn:aws-cn:iam::111122223333:role/people"), "arn:aws-cn:iam::111122223333:role/people", "the ARN"),
    ("ACCESS9", "no such type", "Prod", ENTRY, READER, lambda entry: entry.update(Type="EC2-LINUX", AccessPolicies=[]), "Type EC2-LINUX", "STANDARD"),
    ("ACCESS10", "an entry for nodes that are people", "Dev", ENTRY, READER, lambda entry: entry.update(Type="EC2_LINUX", AccessPolicies=[]), "EC2_LINUX", "STANDARD for others"),
    ("ACCESS11", "a reserved user name", "Dev", ENTRY, READER, lambda entry: entry.update(Username="system:admin"), "Username system:admin", "leave out"),
    ("ACCESS11", "the whole account", "Prod", ENTRY, READER, lambda entry: entry.update(PrincipalArn="arn:aws:iam::111122223333:root"), "arn:aws:iam::111122223333:root", "IAM role or user"),
    ("ACCESS11", "a session of this account", "Dev", ENTRY, READER, _of_account("sts", "assumed-role/Developers/alice"), "arn:aws:sts::*:assumed-role/Developers/alice", "IAM role or user"),
    ("ACCESS11", "the whole account, by reference", "Prod", ENTRY, READER, _of_account("iam", "root"), "arn:aws:iam::*:root", "IAM role or user"),
    ("ACCESS11", "a group of people", "Dev", ENTRY, READER, lambda entry: entry.update(PrincipalArn={"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:group/Administrators"}), "arn:*:iam::*:group/Administrators", "IAM role or user"),
    ("ACCESS11", "an instance profile", "Prod", ENTRY, READER, _of_account("iam", "instance-profile/nodes"), "arn:aws:iam::*:instance-profile/nodes", "IAM role or user"),
    ("ACCESS11", "a service-linked role", "Dev", ENTRY, READER, _of_account("iam", "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"), "arn:aws:iam::*:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling", "service-linked"),
    ("ACCESS11", "a session with a name of its own", "Prod", ENTRY, READER, lambda entry: entry.update(PrincipalArn={"Fn::Sub": "arn:aws:sts::111122223333:assumed-role/people/${AWS::StackName}"}), "arn:aws:sts::111122223333:assumed-role/people/*", "IAM role or user"),
    ("ACCESS11", "a role's name", "Prod", ENTRY, READER, lambda entry: entry.update(PrincipalArn={"Ref": "AccessReadOnlyRole9B3139DF"}), "AccessReadOnlyRole9B3139DF", "the ARN"),
    ("ACCESS11", "a role of Identity Center without its path", "Dev", ENTRY, READER, lambda entry: entry.update(PrincipalArn=f"{SSO}0123456789abcdef"), f"PrincipalArn {SSO}0123456789abcdef", "aws-reserved/sso.amazonaws.com"),
    ("ACCESS12", "ReadOnly becomes cluster admin", "Prod", ENTRY, READER, _policy(PolicyArn=f"{POLICY}AmazonEKSClusterAdminPolicy"), "AmazonEKSClusterAdminPolicy", "AmazonEKSViewPolicy"),
    ("ACCESS13", "an administrator without kubeconfig", "Dev", "AWS::IAM::Policy", "/AdministratorRole/", lambda policy: policy["PolicyDocument"]["Statement"][0].update(Resource=OTHER_CLUSTER), "eks:DescribeCluster", "eks:DescribeCluster"),
    ("ACCESS14", "a mode without access entries", "Dev", CLUSTER, "", _config(AuthenticationMode="CONFIG_MAP"), "CONFIG_MAP", "API_AND_CONFIG_MAP"),
    ("ACCESS15", "kubectl may only look", "Dev", ENTRY, HANDLER, _policy(PolicyArn=f"{POLICY}{VIEW}"), "ControlPlaneClusterClusterAdminRoleAccessB4854E3B", "AmazonEKSClusterAdminPolicy"),
    ("ACCESS16", "the role that deploys administers", "Prod", CLUSTER, "", _config(BootstrapClusterCreatorAdminPermissions=True), "creator", "to false"),
)
# fmt: on

MUTATIONS = (
    *(
        Mutation(
            rule=rule,
            name=name,
            environment=environment,
            change=in_resource("Cluster", kind, change, path=path),
            value=value,
            fix=fix,
        )
        for rule, name, environment, kind, path, change, value, fix in ROWS
    ),
    Mutation(
        rule="ACCESS9",
        name="policies for nodes",
        environment="Dev",
        change=in_resource(
            "Cluster", ENTRY, lambda entry: entry.update(Type="EC2_LINUX"), path=READER
        ),
        value="AccessPolicies",
        fix="STANDARD",
        also=("ACCESS10",),
    ),
    Mutation(
        rule="ACCESS10",
        name="an entry for people, of the nodes' role",
        environment="Prod",
        change=in_template("Cluster", _entry_for("DataPlaneNodeGroupsGeneralRole4F0FE456")),
        value="STANDARD",
        fix="managed node group",
        also=("ACCESS8",),
    ),
    *(
        Mutation(
            rule="ACCESS2",
            name=f"an entry that EKS makes, {kind}",
            environment=environment,
            change=in_template("Cluster", _entry_for(role, Type=kind)),
            value=role,
            fix="that of EKS",
        )
        for environment, role, kind in (
            ("Prod", "DataPlaneNodeGroupsGeneralRole4F0FE456", "EC2_LINUX"),
            ("Dev", "DataPlaneFargatePodExecutionRoleB674C37C", "FARGATE_LINUX"),
        )
    ),
    Mutation(
        rule="ACCESS10",
        name="an entry for EC2, of Fargate's role",
        environment="Dev",
        change=in_template(
            "Cluster", _entry_for("DataPlaneFargatePodExecutionRoleB674C37C", Type="EC2_LINUX")
        ),
        value="EC2_LINUX",
        fix="Fargate profile",
    ),
    Mutation(
        rule="ACCESS14",
        name="aws-auth in the mode API",
        environment="Prod",
        change=with_object(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "aws-auth", "namespace": "kube-system"},
                "data": {"mapRoles": "- {rolearn: a, username: b, groups: [c]}"},
            }
        ),
        value="ConfigMap/aws-auth",
        fix="access entries",
    ),
)
