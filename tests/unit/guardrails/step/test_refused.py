from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from assembly.environment import Environment
from assembly.kinds import MANIFEST
from guardrails.catalogue import RULES, problems
from guardrails.step.replacement import given_up
from tests.unit.guardrails.environments import of_resources, of_templates

Json = dict[str, Any]
VPC_ID = {"Fn::ImportValue": "vpc"}


def environment(
    value: object, *, imported: object = VPC_ID, cidr: str = "10.0.0.0/16", name: str = "vpc"
) -> Environment:
    """Return a network that exports something and a cluster that imports it."""
    export = {"Value": value, "Export": {"Name": name}}
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": cidr}}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": imported}}
    return of_templates(
        Network={
            "Resources": {"Vpc": vpc, "Other": vpc},
            "Outputs": {} if value is None else {"Vpc": export},
        },
        Cluster={"Resources": {"Topic": topic}},
    )


USED = environment({"Ref": "Vpc"})


@pytest.mark.parametrize(
    ("before", "after", "detail"),
    [
        pytest.param(USED, USED, None, id="the same"),
        pytest.param(USED, environment({"Fn::GetAtt": ["Vpc", "VpcId"]}), None, id="other words"),
        pytest.param(USED, environment(None, imported="x"), "no longer exports", id="gone"),
        pytest.param(USED, environment({"Ref": "Vpc"}, name="id"), "no longer exports", id="name"),
        pytest.param(USED, environment({"Ref": "Other"}), "exports another value", id="other"),
        pytest.param(
            USED, environment({"Ref": "Vpc"}, cidr="10.1.0.0/16"), "another value", id="replaced"
        ),
        pytest.param(
            environment("one"), environment("two"), "exports another value", id="a plain value"
        ),
        pytest.param(
            environment({"Ref": "Vpc"}, imported="x"), environment(None), None, id="not imported"
        ),
        pytest.param(environment(None), USED, None, id="new"),
        pytest.param(
            replace(USED, stacks={"Network": USED.stacks["Network"]}),
            environment(None),
            None,
            id="a stack that is new",
        ),
        pytest.param(
            USED, replace(USED, stacks={"Cluster": USED.stacks["Cluster"]}), None, id="stack gone"
        ),
    ],
)
def test_an_export_stays_while_it_is_imported(
    before: Environment, after: Environment, detail: str | None
) -> None:
    """The exporting stack is deployed first, so the import must go in a deploy before."""
    found = [each.detail for each in given_up(replace(after, base=before))]
    assert [detail in each for each in found if detail] == ([] if detail is None else [True])
    assert detail or not found


def test_the_message_tells_who_imports_it_and_what_to_do() -> None:
    """The export is named, and so are both stacks."""
    changed = replace(environment(None, imported="x"), base=USED)
    (problem,) = problems(changed, {})
    assert "REPLACE4[vpc] at Vpc" in problem
    assert "Network no longer exports this name, which Cluster imports so far." in problem
    assert "stack.export_value" in problem


def step(before: Json, after: Json) -> Environment:
    """Return an environment with these resources, and its base."""
    return replace(of_resources(**after), base=of_resources(**before))


def labelled(kind: str, **spec: object) -> Json:
    """Return a manifest of one object with a spec."""
    content = [{"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web"}, "spec": spec}]
    properties = {"Manifest": json.dumps(content), "PruneLabel": "aws.cdk.eks/prune-1"}
    return {"Type": MANIFEST, "Properties": properties}


def test_what_a_server_refuses_to_change_is_refused_here() -> None:
    """The selector of a Deployment stays; another object of the name is another one."""
    one, other = ({"matchLabels": {"app": app}} for app in ("web", "shop"))
    before = {"A": labelled("Deployment", selector=one, replicas=1)}
    (problem,) = problems(step(before, {"A": labelled("Deployment", selector=other)}), {})
    assert "REPLACE5[Deployment/web spec.selector] at A" in problem
    assert "field is immutable" in problem
    for after in (
        labelled("Deployment", selector=one, replicas=2),
        labelled("StatefulSet", selector=other),
    ):
        assert list(problems(step(before, {"A": after}), {})) == []


def automatic(role: object) -> Json:
    """Return a cluster whose Auto Mode has this role for its nodes."""
    compute = {"Enabled": role is not None} | ({} if role is None else {"NodeRoleArn": role})
    return {"Type": "AWS::EKS::Cluster", "Properties": {"ComputeConfig": compute}}


@pytest.mark.parametrize(
    ("before", "after", "refused"),
    [
        pytest.param(None, "arn:a", False, id="turned on"),
        pytest.param("arn:a", None, False, id="turned off"),
        pytest.param("arn:a", "arn:a", False, id="the same"),
        pytest.param("arn:a", "arn:b", True, id="another role"),
        pytest.param({"Ref": "Role"}, {"Ref": "Other"}, True, id="another resource"),
    ],
)
def test_the_node_role_of_auto_mode_stays(before: object, after: object, *, refused: bool) -> None:
    """EKS takes it once: no update gives nodes of Auto Mode another one."""
    role = {"Type": "AWS::IAM::Role", "Properties": {}}
    roles = {"Role": role, "Other": role}
    changed = step({**roles, "C": automatic(before)}, {**roles, "C": automatic(after)})

    found = [each for each in problems(changed, {}) if "REPLACE7" in each]
    assert len(found) == refused
    assert all("ComputeConfig/NodeRoleArn" in each for each in found)


def nodes(*, managed: bool, entry: bool, replaced: bool = False) -> Environment:
    """Return a role of nodes, with a managed group or an access entry that name it."""
    arn = {"Fn::GetAtt": ["Role", "Arn"]}
    path = {"Path": "/nodes/"} if replaced else {}
    group = {"Type": "AWS::EKS::Nodegroup", "Properties": {"NodeRole": arn}}
    of_role = {"PrincipalArn": arn, "Type": "EC2_LINUX"}
    return of_resources(
        Role={"Type": "AWS::IAM::Role", "Properties": path},
        **({"Group": group} if managed else {}),
        **({"Entry": {"Type": "AWS::EKS::AccessEntry", "Properties": of_role}} if entry else {}),
    )


MANAGED = nodes(managed=True, entry=False)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        pytest.param(MANAGED, nodes(managed=False, entry=True), True, id="self-managed"),
        pytest.param(MANAGED, nodes(managed=True, entry=True), True, id="beside"),
        pytest.param(
            MANAGED, nodes(managed=False, entry=True, replaced=True), False, id="another role"
        ),
        pytest.param(
            nodes(managed=True, entry=True), nodes(managed=False, entry=True), False, id="was there"
        ),
        pytest.param(
            nodes(managed=False, entry=False), nodes(managed=True, entry=True), False, id="all new"
        ),
        pytest.param(nodes(managed=False, entry=True), MANAGED, False, id="managed"),
    ],
)
def test_eks_takes_one_access_entry_of_a_role(
    before: Environment, after: Environment, *, found: bool
) -> None:
    """It makes one with a managed group, and keeps it when the group goes."""
    said = [x for x in problems(replace(after, base=before), {}) if x.startswith("REPLACE2")]
    assert ["second entry" in each for each in said] == [True] * found


def _network(vpc: object = None, **subnets: str) -> Environment:
    """Return a VPC with subnets, each by its logical id and range."""
    made = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
    here = {"Ref": "Vpc"} if vpc is None else vpc
    return of_resources(
        Vpc=made,
        Second=made,
        **{
            name: {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": here, "CidrBlock": block}}
            for name, block in subnets.items()
        },
    )


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (_network(A="10.0.0.0/19"), _network(A="10.0.0.0/20"), ["overlap: 10.0.0.0/20"]),
        (_network(A="10.0.0.0/20"), _network(A="10.0.0.0/19"), ["overlap: 10.0.0.0/19"]),
        (_network(A="10.0.0.0/20"), _network(Moved="10.0.0.0/20"), ["overlap: 10.0.0.0/20"]),
        (
            _network(A="10.0.0.0/20", B="10.0.16.0/20"),
            _network(A="10.0.16.0/20", B="10.0.0.0/20"),
            ["overlap: 10.0.16.0/20", "overlap: 10.0.0.0/20"],
        ),
        (
            _network("vpc-1", A="10.0.0.0/19"),
            _network("vpc-1", A="10.0.0.0/20"),
            ["overlap: 10.0.0.0/20"],
        ),
        (_network(A="10.0.0.0/20"), _network(A="10.0.16.0/20"), []),
        (_network(A="10.0.0.0/20"), _network({"Ref": "Second"}, A="10.0.0.0/20"), []),
        (_network(A="10.0.0.0/20"), _network(A="10.0.0.0/20", B="10.0.16.0/20"), []),
        (_network(A="10.0.0.0/20"), _network(), []),
    ],
)
def test_a_new_subnet_needs_a_free_range(
    before: Environment, after: Environment, found: list[str]
) -> None:
    """CloudFormation makes it while the old one is still there."""
    (rule,) = (rule for rule in RULES if rule.id == "REPLACE2")
    told = [each.value for each in rule.check(replace(after, base=before))]
    assert [each for each in told if "overlap" in each] == found
