from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from assembly.environment import Environment
from assembly.kinds import CHART, MANIFEST
from guardrails.catalogue import STEP, problems
from tests.support import ROOT
from tests.unit.guardrails.environments import of_resources, of_templates

PATH = "Dev/Cluster/Keys/Resource"
REASON = "Nothing is encrypted with it any more."
KEY = {"Type": "AWS::KMS::Key", "Metadata": {"aws:cdk:path": PATH}}
VERSIONED: dict[str, Any] = {"Type": "AWS::EKS::Cluster", "Properties": {"Version": "1.36"}}


def step(before: dict[str, Any], after: dict[str, Any]) -> Environment:
    """Return an environment with these resources, and its base."""
    return replace(of_resources(**after), base=of_resources(**before))


REMOVED = step({"Key": KEY}, {})


def test_a_loss_is_refused_with_all_that_its_author_must_know() -> None:
    """What goes, what follows, and how to consent or avoid."""
    (problem,) = problems(REMOVED, {})
    for part in (
        "REPLACE1[deleted] at Dev/Cluster/Keys/Resource",
        "AWS::KMS::Key",
        "no template has it",
        "what was encrypted so far needs the old key",
        "Put the old value or construct id back",
        f'accepted_replacements={{"{PATH}": "why',
        "docs/stateful-resources.md",
    ):
        assert part in problem


@pytest.mark.parametrize("name", [PATH, "Key"])
def test_an_environment_consents_by_path_or_by_logical_id(name: str) -> None:
    """Whichever its author has at hand."""
    assert list(problems(REMOVED, {name: REASON})) == []


def test_a_consent_covers_one_resource() -> None:
    """Another one needs its own."""
    found = list(
        problems(step({"Key": KEY, "Other": {"Type": "AWS::KMS::Key"}}, {}), {PATH: REASON})
    )
    assert len(found) == 1
    assert "REPLACE1[deleted] at Other" in found[0]


def test_a_consent_covers_what_goes_with_it() -> None:
    """A subnet is replaced with its VPC, and a node group with the subnet; a key is not."""

    def resources(cidr: str, **more: object) -> dict[str, Any]:
        subnet = {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"}
        return {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": cidr}},
            "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": subnet},
            "Group": {
                "Type": "AWS::EKS::Nodegroup",
                "Properties": {"Subnets": [{"Ref": "Subnet"}]},
            },
            **more,
        }

    changed = step(resources("10.0.0.0/16", Key=KEY), resources("10.1.0.0/16"))
    (vpc, key) = sorted(problems(changed, {}), reverse=True)
    assert "REPLACE1[replaced: CidrBlock] at Vpc" in vpc
    assert "REPLACE1[deleted] at Dev/Cluster/Keys/Resource" in key
    assert list(problems(changed, {"Vpc": REASON, PATH: REASON})) == []


def test_a_consent_covers_what_goes_with_it_over_others() -> None:
    """The security group in between is nothing that anybody would miss."""

    def resources(cidr: str) -> dict[str, Any]:
        access = {"SourceSecurityGroups": [{"Ref": "Group"}]}
        return {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": cidr}},
            "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": {"Ref": "Vpc"}}},
            "Nodes": {"Type": "AWS::EKS::Nodegroup", "Properties": {"RemoteAccess": access}},
        }

    changed = step(resources("10.0.0.0/16"), resources("10.1.0.0/16"))
    assert list(problems(changed, {"Vpc": REASON})) == []
    assert len(list(problems(changed, {}))) == 1


def test_what_follows_a_stateless_resource_needs_its_own_consent() -> None:
    """Nobody would be asked for the role."""

    def resources(name: str) -> dict[str, Any]:
        return {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": name}},
            "Group": {"Type": "AWS::EKS::Nodegroup", "Properties": {"NodeRole": {"Ref": "Role"}}},
        }

    (problem,) = problems(step(resources("old"), resources("new")), {})
    assert "REPLACE1[replaced: NodeRole] at Group" in problem


def test_nobody_consents_to_what_cloudformation_cannot_do() -> None:
    """The deploy would fail all the same."""
    log = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/eks/main/cluster"}}
    accepted = {"Old": REASON, "New": REASON}
    (problem,) = [
        problem
        for problem in problems(step({"Old": log}, {"New": log}), accepted)
        if "REPLACE2" in problem
    ]
    assert "Old still has this LogGroupName" in problem
    assert "another name or none" in problem


def test_a_consent_that_has_done_its_work_is_removed() -> None:
    """It would cover the next replacement as well. Without any change nobody is troubled."""
    changed = step({"Log": {"Type": "AWS::SSM::Parameter"}}, {})
    (problem,) = problems(changed, {PATH: REASON})
    assert f"accepted_replacements[{PATH!r}]" in problem
    assert "remove it" in problem
    assert list(problems(step({"Key": KEY}, {"Key": KEY}), {PATH: REASON})) == []


def test_what_loses_nothing_may_go() -> None:
    """A role is made anew."""
    assert list(problems(step({"Role": {"Type": "AWS::IAM::Role"}}, {}), {})) == []


def test_a_leap_of_two_versions_is_refused() -> None:
    """The rules about upgrades belong to the comparison."""
    old = {**VERSIONED, "Properties": {"Version": "1.34"}}
    (problem,) = problems(step({"Cluster": old}, {"Cluster": VERSIONED}), {})
    assert "VERSION7[1.34 to 1.36]" in problem
    assert "Set cluster.kubernetes_version to 1.35" in problem


def test_a_warning_refuses_nothing() -> None:
    """A rollback of one minor is possible."""
    newer = {**VERSIONED, "Properties": {"Version": "1.37"}}
    assert list(problems(step({"Cluster": newer}, {"Cluster": VERSIONED}), {})) == []


def test_the_guide_says_how_to_consent() -> None:
    """The message sends people there."""
    guide = (ROOT / "docs/stateful-resources.md").read_text(encoding="utf-8")
    assert "accepted_replacements" in guide


def test_each_way_of_an_undecided_condition_is_a_step_of_its_own() -> None:
    """What a deploy decides is the same before and after."""

    def environment(other: str) -> Environment:
        version = {"Fn::If": ["Old", "1.35", other]}
        conditions = {"Old": {"Fn::Equals": [{"Ref": "Which"}, "old"]}}
        cluster = {"Type": "AWS::EKS::Cluster", "Properties": {"Version": version}}
        return of_templates(Stack={"Resources": {"It": cluster}, "Conditions": conditions})

    leap = replace(environment("1.36"), base=environment("1.34"))
    (problem,) = problems(leap, {})
    assert "VERSION7[1.34 to 1.36]" in problem


def manifest(**properties: object) -> dict[str, Any]:
    """Return a manifest with one object; `properties` make it another version of it."""
    content = [{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}]
    return {"Type": MANIFEST, "Properties": {"Manifest": json.dumps(content), **properties}}


EMPTY = {"Type": MANIFEST, "Properties": {"Manifest": "[]"}}
RELEASE = {"Type": CHART, "Properties": {"Namespace": "kube-system", "Release": "controller"}}


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        pytest.param({"A": manifest()}, {"A": manifest(Prune=True)}, [], id="it stays"),
        pytest.param({"A": manifest()}, {"B": EMPTY}, [], id="it goes"),
        pytest.param({"A": EMPTY}, {"A": EMPTY, "B": manifest()}, [], id="it comes"),
        pytest.param(
            {"A": manifest(), "B": EMPTY}, {"A": EMPTY, "B": manifest()}, [], id="both stay"
        ),
        pytest.param(
            {"A": manifest()}, {"B": manifest()}, ["Deployment.apps web"], id="a new logical id"
        ),
        pytest.param(
            {"A": manifest(), "B": EMPTY},
            {"B": manifest()},
            ["Deployment.apps web"],
            id="into one that stays",
        ),
        pytest.param(
            {"A": RELEASE}, {"B": RELEASE}, ["chart kube-system/controller"], id="a chart"
        ),
    ],
)
def test_an_object_does_not_move_to_another_resource(
    before: dict[str, Any], after: dict[str, Any], moved: list[str]
) -> None:
    """The old resource would take it along when it is deleted."""
    rule = next(rule for rule in STEP if rule.id == "REPLACE3")
    assert [finding.value for finding in rule.check(step(before, after))] == moved


def test_two_clusters_may_hold_objects_of_one_name() -> None:
    """Each has its own."""
    clusters = {name: {**VERSIONED} for name in ("Blue", "Green")}
    held = {name[0]: manifest(ClusterName={"Ref": name}) for name in clusters}
    rule = next(rule for rule in STEP if rule.id == "REPLACE3")
    before, after = {**clusters, "B": held["B"]}, {**clusters, "G": held["G"]}
    assert list(rule.check(step(before, after))) == []
    assert list(rule.check(step({**clusters, **held}, {**clusters, **held}))) == []


SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        ({SCHEME: "internet-facing"}, {SCHEME: "internal"}, True),
        ({SCHEME: "internet-facing"}, {}, True),
        ({}, {SCHEME: "internal"}, False),
        ({}, {SCHEME: "internet-facing"}, True),
        ({SCHEME: "internal"}, {SCHEME: "internal"}, False),
        ({}, {}, False),
    ],
    ids=str,
)
def test_a_load_balancer_keeps_its_address(
    before: dict[str, str], after: dict[str, str], *, lost: bool
) -> None:
    """The controller makes another one, to which somebody must consent."""

    def service(annotations: dict[str, str]) -> dict[str, Any]:
        metadata = {"name": "web", "annotations": annotations}
        content = [{"apiVersion": "v1", "kind": "Service", "metadata": metadata}]
        return {"It": {"Type": MANIFEST, "Properties": {"Manifest": json.dumps(content)}}}

    changed = step(service(before), service(after))
    assert [f"lost: {SCHEME}" in each for each in problems(changed, {})] == [True] * lost
    assert list(problems(changed, {"It": REASON} if lost else {})) == []
