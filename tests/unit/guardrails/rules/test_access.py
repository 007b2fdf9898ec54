from __future__ import annotations

import json
from typing import Any

import pytest

from assembly.environment import Environment
from assembly.kinds import MANIFEST
from guardrails.catalogue import RULES
from guardrails.rule import Rule
from tests.unit.guardrails.environments import of_resources

BY_ID = {each.id: each for each in RULES}
ACCESS1, ACCESS2, ACCESS3, ACCESS4, ACCESS5, ACCESS6 = (
    BY_ID[f"ACCESS{number}"] for number in range(1, 7)
)

Json = dict[str, Any]
ACCOUNT = {"AWS": "arn:aws:iam::111122223333:root"}
ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/ABC"
PROVIDER = {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{ISSUER}"}


def values(rule: Rule, environment: Environment) -> list[str]:
    """Return the value of every finding."""
    return [finding.value for finding in rule.check(environment)]


def role(principal: object, **statement: object) -> dict[str, Any]:
    """Return a role with a trust policy of one statement."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **statement}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}},
    }


def administrator(principal: object, cluster: object = "one") -> dict[str, Any]:
    """Return an access entry of an administrator."""
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    return {
        "Type": "AWS::EKS::AccessEntry",
        "Properties": {
            "ClusterName": cluster,
            "PrincipalArn": principal,
            "AccessPolicies": [{"PolicyArn": policy, "AccessScope": {"Type": "cluster"}}],
        },
    }


@pytest.mark.parametrize(
    ("who", "found"),
    [
        (role(ACCOUNT), []),
        (role({"AWS": [ACCOUNT["AWS"]]}), []),
        (role("*"), []),
        (
            role({"Federated": "arn:aws:iam::1:saml-provider/x"}, Action="sts:AssumeRoleWithSAML"),
            [],
        ),
        ({"Type": "AWS::IAM::User"}, []),
        (role(PROVIDER, Action="sts:AssumeRoleWithWebIdentity"), ["one"]),
        (role({"Service": "lambda.amazonaws.com"}), ["one"]),
        (role(ACCOUNT, Effect="Deny"), ["one"]),
    ],
)
def test_an_administrator_is_somebody_whom_a_human_can_be(
    who: dict[str, Any], found: list[str]
) -> None:
    """Not a service, and not a pod."""
    environment = of_resources(
        Cluster={"Type": "AWS::EKS::Cluster", "Properties": {"Name": "one"}},
        Who=who,
        Entry=administrator({"Fn::GetAtt": ["Who", "Arn"]}, {"Ref": "Cluster"}),
    )

    assert values(ACCESS1, environment) == found


@pytest.mark.parametrize(
    ("principal", "found"),
    [
        ("arn:aws:iam::111122223333:role/Operator", []),
        (
            "arn:aws:iam::111122223333:role/cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1",
            ["one"],
        ),
    ],
)
def test_a_principal_that_exists_counts_unless_cloudformation_deploys_with_it(
    principal: str, found: list[str]
) -> None:
    """Its trust policy can't be read here."""
    environment = of_resources(
        Cluster={"Type": "AWS::EKS::Cluster", "Properties": {"Name": "one"}},
        Entry=administrator(principal, {"Ref": "Cluster"}),
    )

    assert values(ACCESS1, environment) == found


def test_an_administrator_of_another_cluster_does_not_count() -> None:
    """Each cluster has its own."""
    operator = "arn:aws:iam::111122223333:role/Operator"
    environment = of_resources(
        One={"Type": "AWS::EKS::Cluster", "Properties": {"Name": "one"}},
        Two={"Type": "AWS::EKS::Cluster", "Properties": {"Name": "two"}},
        Entry=administrator(operator, {"Ref": "One"}),
    )

    assert values(ACCESS1, environment) == ["two"]


@pytest.mark.parametrize(
    ("groups", "found"), [(["system:masters"], []), (["system:nodes"], ["one"])]
)
@pytest.mark.parametrize("principal", [ACCOUNT, {"Service": "lambda.amazonaws.com"}])
def test_an_administrator_may_be_in_aws_auth(
    groups: list[str], found: list[str], principal: dict[str, str]
) -> None:
    """The way of clusters without access entries; whoever it is, a human must be able to be it."""
    roles = json.dumps([{"rolearn": "|", "groups": groups}])
    before, _, after = json.dumps(
        [{"kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": {"mapRoles": roles}}]
    ).partition("|")
    manifest = {"Fn::Join": ["", [before, {"Fn::GetAtt": ["Who", "Arn"]}, after]]}
    environment = of_resources(
        Cluster={"Type": "AWS::EKS::Cluster", "Properties": {"Name": "one"}},
        Who=role(principal),
        Auth={
            "Type": MANIFEST,
            "Properties": {"ClusterName": {"Ref": "Cluster"}, "Manifest": manifest},
        },
    )

    assert values(ACCESS1, environment) == (found if principal == ACCOUNT else ["one"])


@pytest.mark.parametrize(
    "policies",
    [
        {"Ref": "Policies"},
        [{"PolicyArn": {"Ref": "Policy"}, "AccessScope": {"Type": {"Ref": "Scope"}}}],
    ],
)
def test_whoever_may_be_an_administrator_counts(policies: object) -> None:
    """Only a deploy knows, so nobody can say that there is none."""
    entry = administrator("arn:aws:iam::111122223333:role/Operator", {"Ref": "Cluster"})
    entry["Properties"]["AccessPolicies"] = policies
    environment = of_resources(
        Cluster={"Type": "AWS::EKS::Cluster", "Properties": {"Name": "one"}}, Entry=entry
    )

    assert values(ACCESS1, environment) == []


@pytest.mark.parametrize(
    ("namespace", "found"), [("kube-system", []), ("shop", ["shop"]), ("shop-*", []), (None, [])]
)
def test_a_scope_is_a_namespace_that_is_there(namespace: str | None, found: list[str]) -> None:
    """Or a prefix of some that may come."""
    entry = administrator("arn:aws:iam::111122223333:role/Operator", {"Ref": "Cluster"})
    scope = {"Type": "namespace", "Namespaces": [namespace]}
    entry["Properties"]["AccessPolicies"] = [{"PolicyArn": "x", "AccessScope": scope}]
    cluster = {"Type": "AWS::EKS::Cluster", "Properties": {"Name": "one"}}
    made = of_resources(Cluster=cluster, Entry=entry)
    assert values(BY_ID["ACCESS8"], made) == found


def test_a_principal_may_be_in_two_clusters() -> None:
    """One entry for a principal is a limit of each cluster."""
    operator = "arn:aws:iam::111122223333:role/Operator"
    twice = of_resources(A=administrator(operator), B=administrator(operator))
    apart = of_resources(A=administrator(operator, "one"), B=administrator(operator, "two"))

    assert values(ACCESS2, twice) == [operator]
    assert values(ACCESS2, apart) == []


@pytest.mark.parametrize("waits", [True, False])
def test_eks_makes_an_entry_unless_there_is_one(*, waits: bool) -> None:
    """A node group that waits for the entry of its role finds it."""
    nodes = role({"Service": "ec2.amazonaws.com"})
    entry = administrator({"Fn::GetAtt": ["Nodes", "Arn"]})
    entry["Properties"] = {**entry["Properties"], "AccessPolicies": [], "Type": "EC2_LINUX"}
    group: dict[str, Any] = {
        "Type": "AWS::EKS::Nodegroup",
        "Properties": {"ClusterName": "one", "NodeRole": {"Fn::GetAtt": ["Nodes", "Arn"]}},
        "DependsOn": ["Entry"] * waits,
    }
    other = {**group, "Properties": {**group["Properties"], "ClusterName": "two"}}

    made = of_resources(Nodes=nodes, Entry=entry, Group=group)
    assert values(ACCESS2, made) == ([] if waits else ["Nodes"])
    assert values(ACCESS2, of_resources(Nodes=nodes, Entry=entry, Group=other)) == []


def test_what_an_entry_leaves_out_is_nothing_wrong_in_it() -> None:
    """Neither a principal nor a policy has the name None; CloudFormation says what is missing."""
    policy = {"AccessScope": {"Type": "cluster"}}
    made = of_resources(
        Entry={"Type": "AWS::EKS::AccessEntry", "Properties": {"AccessPolicies": [policy]}}
    )
    assert (values(BY_ID["ACCESS7"], made), values(BY_ID["ACCESS11"], made)) == ([], [])


@pytest.mark.parametrize(
    ("principal", "found"),
    [
        ("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/team/Operator", False),
        ("arn:aws:iam::${AWS::AccountId}:user/${Name}", False),
        ("arn:aws:iam::${AWS::AccountId}:${Name}", False),
        ("arn:aws:iam::${Whatever}", False),
        ("${Whatever}", False),
        ("arn:aws:sts::${AWS::AccountId}:assumed-role/Operator/${Name}", True),
        ("arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/Operator", True),
        ("arn:aws:iam:eu-west-1:${AWS::AccountId}:role/Operator", True),
    ],
)
def test_a_principal_may_be_in_any_account(principal: str, *, found: bool) -> None:
    """What only a deploy knows may be right; the rest may be wrong all the same."""
    made = of_resources(Entry=administrator({"Fn::Sub": principal}))
    assert bool(values(BY_ID["ACCESS11"], made)) == found


@pytest.mark.parametrize("group", ["system:masters", "eks:x", "aws:x", "amazon:x", "iam:x"])
def test_reserved_groups_are_refused(group: str) -> None:
    """EKS accepts no access entry with them."""
    entry = administrator("arn:aws:iam::111122223333:role/Operator")
    entry["Properties"]["KubernetesGroups"] = [group, "team:developers"]

    assert values(ACCESS3, of_resources(Entry=entry)) == [group]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (
            {
                "kind": "ConfigMap",
                "metadata": {"name": "aws-auth", "namespace": "kube-system"},
                "data": {"mapRoles": '[{"rolearn":"x","groups":["system:masters"]}]'},
            },
            ["ConfigMap/aws-auth"],
        ),
        (
            {
                "kind": "ConfigMap",
                "metadata": {"name": "aws-auth", "namespace": "kube-system"},
                "data": {"mapRoles": '[{"rolearn":"x","groups":["system:nodes"]}]'},
            },
            [],
        ),
        (
            {
                "kind": "ClusterRoleBinding",
                "metadata": {"name": "operators"},
                "roleRef": {"name": "cluster-admin"},
                "subjects": [{"kind": "ServiceAccount", "name": "operator"}],
            },
            [],
        ),
        (
            {
                "kind": "RoleBinding",
                "metadata": {"name": "operators"},
                "roleRef": {"name": "cluster-admin"},
                "subjects": [{"kind": "Group", "name": "operators"}],
            },
            ["RoleBinding/operators"],
        ),
        (
            {
                "kind": "ClusterRoleBinding",
                "metadata": {"name": "viewers"},
                "roleRef": {"name": "view"},
                "subjects": [{"kind": "Group", "name": "viewers"}],
            },
            [],
        ),
    ],
)
def test_no_name_of_a_group_makes_an_administrator(
    content: dict[str, Any], found: list[str]
) -> None:
    """Neither by a binding nor by aws-auth."""
    manifest = {"Type": MANIFEST, "Properties": {"Manifest": json.dumps([content])}}

    assert values(ACCESS4, of_resources(Object=manifest)) == found


ARNS: tuple[tuple[str, list[str]], ...] = (
    ("arn:aws:iam::*:role/ops-*", ["*"]),
    ("arn:*:iam::*", ["*"]),
    ("*", ["*"]),
    ("arn:aws:iam::111122223333:role/ops-*", []),
)
SUBJECTS: tuple[tuple[object, list[str]], ...] = (
    ("repo:*", ["repo:*"]),
    (["repo:a/b:*", "*"], ["*"]),
    ("repo:a*/b:*", ["repo:a*/b:*"]),
    ("project_path:*:ref_type:branch", ["project_path:*:ref_type:branch"]),
    ("repo:a/*", []),
    ("repo:a@*/b@*:ref:refs/heads/main", []),
    ("repo:*@1/b", ["repo:*@1/b"]),
    ("project_path:a/b:ref_type:branch:ref:*", []),
    ("system:serviceaccount:a:*", []),
)


@pytest.mark.parametrize(
    ("trust", "found"),
    [
        (role("*"), ["*"]),
        (role({"AWS": "*"}), ["*"]),
        (role({"AWS": ["*", ACCOUNT["AWS"]]}), ["*"]),
        (role({"AWS": "*"}, Effect="Deny"), []),
        (role({"AWS": "*"}, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), []),
        (role({"AWS": "*"}, Condition={"Ref": "Condition"}), []),
        (role({"AWS": "*"}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), ["*"]),
        *(
            (role({"AWS": "*"}, Condition={"ArnLike": {"aws:PrincipalArn": arn}}), who)
            for arn, who in ARNS
        ),
        (role({"AWS": "*"}, Condition={"StringLike": {"aws:PrincipalOrgID": "o-*"}}), ["*"]),
        (role({"AWS": "*"}, Condition={"StringEquals": {"sts:ExternalId": "x"}}), ["*"]),
        (role(ACCOUNT, Condition={"StringEquals": {"sts:ExternalId": "x"}}), []),
        (role(ACCOUNT), []),
        (role({"Service": "ec2.amazonaws.com"}), []),
        (role(PROVIDER), ["any service account"]),
        (
            role(PROVIDER, Condition={"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"}}),
            ["any service account"],
        ),
        (
            role(
                PROVIDER, Condition={"StringLike": {f"{ISSUER}:sub": "system:serviceaccount:*:*"}}
            ),
            ["any service account"],
        ),
        (
            role(
                PROVIDER, Condition={"StringEquals": {f"{ISSUER}:sub": "system:serviceaccount:a:b"}}
            ),
            [],
        ),
        (role(PROVIDER, Condition={"StringEquals": {"Fn::GetAtt": ["Condition", "Value"]}}), []),
        *(
            (role(PROVIDER, Condition={"StringLike": {f"{ISSUER}:sub": sub}}), who)
            for sub, who in SUBJECTS
        ),
        (
            role(PROVIDER, Condition={"StringNotLike": {f"{ISSUER}:sub": "repo:a/*"}}),
            ["any service account"],
        ),
        (
            role(
                PROVIDER,
                Condition={
                    "StringLike": {f"{ISSUER}:sub": "repo:*"},
                    "StringEquals": {f"{ISSUER}:repository_owner": "a"},
                },
            ),
            [],
        ),
    ],
)
def test_no_role_is_for_everybody(trust: dict[str, Any], found: list[str]) -> None:
    """Neither for every account nor for every service account."""
    assert values(ACCESS5, of_resources(Role=trust)) == found


PODS = {"Service": "pods.eks.amazonaws.com"}


@pytest.mark.parametrize(
    ("principal", "actions", "missing"),
    [
        (PODS, ["sts:AssumeRole", "sts:TagSession"], []),
        (PODS, "sts:*", []),
        ("*", "*", []),
        (PODS, "sts:AssumeRole", ["sts:TagSession"]),
        (PODS, ["sts:TagSession"], ["sts:AssumeRole"]),
        (
            {"Service": "ec2.amazonaws.com"},
            ["sts:AssumeRole", "sts:TagSession"],
            ["sts:AssumeRole", "sts:TagSession"],
        ),
        (PODS, {"Ref": "Action"}, []),
        # Whoever the service is: nobody may tag the session.
        ({"Service": {"Ref": "Service"}}, ["sts:AssumeRole"], ["sts:TagSession"]),
        (PODS, None, ["sts:AssumeRole", "sts:TagSession"]),
    ],
)
def test_pod_identity_can_assume_the_role(
    principal: object, actions: object, missing: list[str]
) -> None:
    """An association of an add-on or of a service account deploys with any role."""
    arn = {"Fn::GetAtt": ["Role", "Arn"]}
    for kind, properties in (
        ("AWS::EKS::PodIdentityAssociation", {"RoleArn": arn}),
        ("AWS::EKS::Addon", {"PodIdentityAssociations": [None, {"RoleArn": arn}]}),
    ):
        association = {"Type": kind, "Properties": properties}
        made = of_resources(Role=role(principal, Action=actions), Association=association)
        assert values(ACCESS6, made) == missing


TAGS = "aws:RequestTag/kubernetes-"


@pytest.mark.parametrize(
    ("condition", "more", "found"),
    [
        ({f"{TAGS}namespace": "shop", f"{TAGS}service-account": "web"}, {}, False),
        ({f"{TAGS}namespace": ["other", "shop"], f"{TAGS}pod-name": "web-0"}, {}, False),
        ({f"{TAGS}namespace": {"Ref": "Namespace"}}, {}, False),
        ({f"{TAGS}namespace": "other"}, {}, True),
        ({f"{TAGS}namespace": "shop"}, {"DisableSessionTags": True}, True),
        ({"aws:RequestTag/eks-cluster-name": "two"}, {}, True),
        ({"aws:RequestTag/team": "shop"}, {}, True),
    ],
)
def test_a_session_has_the_tags_of_its_pods(condition: object, more: Json, *, found: bool) -> None:
    """Six of them, and no other; without tags a condition on one is never met."""
    own = role(PODS, Action=["sts:AssumeRole", "sts:TagSession"])
    trust = own["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    trust["Condition"] = {"StringEquals": condition}
    place = {"ClusterName": "one", "Namespace": "shop", "ServiceAccount": "web", **more}
    association = {
        "Type": "AWS::EKS::PodIdentityAssociation",
        "Properties": {"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, **place},
    }
    assert bool(values(ACCESS6, of_resources(Role=own, Association=association))) == found


def test_associations_of_one_role_are_judged_one_by_one() -> None:
    """Each has the tags of its own account."""
    condition = {"StringEquals": {f"{TAGS}service-account": "web"}}
    own = role(PODS, Action=["sts:AssumeRole", "sts:TagSession"], Condition=condition)
    arn = {"Fn::GetAtt": ["Role", "Arn"]}
    pairs = [{"ServiceAccount": name, "RoleArn": arn} for name in ("web", "other")]
    said = {"ClusterName": "one", "AddonName": "x", "PodIdentityAssociations": pairs}
    made = of_resources(Role=own, AddOn={"Type": "AWS::EKS::Addon", "Properties": said})
    details = [each.detail for each in ACCESS6.check(made)]
    assert details
    assert all("kubernetes-service-account other" in each for each in details)


@pytest.mark.parametrize(
    ("key", "found"),
    [("x:sub", False), ("aws:RequestTag/namespace", True), ("aws:SourceArn", True)],
)
def test_the_token_of_a_pod_brings_no_tags(key: str, *, found: bool) -> None:
    """STS gets the token, from no service and without tags."""
    condition = {"StringLike": {key: "system:serviceaccount:shop:web"}}
    own = role(PROVIDER, Action="sts:AssumeRoleWithWebIdentity", Condition=condition)
    arn = {"Fn::GetAtt": ["Role", "Arn"]}
    add_on = {
        "Type": "AWS::EKS::Addon",
        "Properties": {"AddonName": "vpc-cni", "ServiceAccountRoleArn": arn},
    }
    if key == "x:sub":
        condition["StringLike"][key] = "system:serviceaccount:kube-system:*"
    assert bool(values(BY_ID["ROLE7"], of_resources(Role=own, AddOn=add_on))) == found


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ({"Effect": "Allow", "Principal": "*"}, ["*"]),
        ({"Effect": "Deny", "Principal": "*"}, []),
        ({"Effect": "Allow", "Principal": ACCOUNT}, []),
    ],
)
@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("AWS::ECR::Repository", "RepositoryPolicyText"),
        ("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy"),
        ("AWS::SQS::QueuePolicy", "PolicyDocument"),
    ],
)
def test_a_policy_lets_in_nobody_from_elsewhere(
    kind: str, path: str, statement: dict[str, Any], found: list[str]
) -> None:
    """Images, secrets and events are as good as a role."""
    policy = {"Statement": [{"Action": "*", **statement}]}
    environment = of_resources(Policy={"Type": kind, "Properties": {path: policy}})
    assert values(ACCESS5, environment) == found
