"""What a deploy does to each resource; above all, no replacement of a stateful one is missed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assembly.environment import Environment
from assembly.resource import Resource
from guardrails.frozen import read
from guardrails.step.change import replacement_of
from kube.values import Unknown
from review.differences import differing
from review.markdown import markdown
from review.model import Review, Risk
from review.sides import Change
from tests.support import ROOT, spread
from tests.unit.review.templates import (
    CLUSTER,
    NODE_GROUP,
    accepting,
    edited,
    of_templates,
    replaced_text,
    resource_of,
    reviewed,
    sides,
    texts,
    with_property,
    without,
)

GROUP_PATH = "Prod/Cluster/DataPlane/NodeGroups/General/NodeGroup/Resource"
STATEFUL_IDS = [
    (file.stem, stack, logical_id)
    for file in sorted((ROOT / "tests/reference/frozen").iterdir())
    for stack, ids in read(file)["stateful_resources"].items()
    for logical_id in ids
]
"""Environment, stack and logical id of everything that is stateful."""


def change_of(before: Environment, after: Environment, logical_id: str) -> Change:
    """Return what becomes of a resource."""
    (found,) = (
        change
        for change in sides(before, after).changes
        if change.resource.logical_id == logical_id
    )
    return found


def is_stopped(review: Review, resource: Resource) -> bool:
    """Tell whether a loss needs consent, or can't happen: then nobody is asked."""
    asked = {each.key for each in review.missing_consents}
    return (resource.path in asked) if review.risk < Risk.REFUSED else not asked


def seeded(resource: Resource) -> Iterator[tuple[str, object]]:
    """Yield a path of each create-only property of a resource's type, with a value it never has."""
    for path in replacement_of(resource.type).always:
        yield path.replace("/", "."), f"another {path.rpartition('/')[2]}"


@pytest.mark.parametrize(("name", "stack", "logical_id"), STATEFUL_IDS)
def test_every_replacement_of_a_stateful_resource_is_caught(
    name: str, stack: str, logical_id: str, base: dict[str, Environment]
) -> None:
    """Whichever create-only property changes, it is the cause, and consent is asked for."""
    before = base[name]
    for path, value in spread([*seeded(resource_of(before, stack, logical_id))], 4):
        after = with_property(before, stack, logical_id, path, value)
        change = change_of(before, after, logical_id)
        review = reviewed(before, after)

        assert (change.kind, path in change.causes) == ("replaced", True), path
        assert review.risk >= Risk.REPLACES
        assert is_stopped(review, resource_of(before, stack, logical_id)), path


@pytest.mark.parametrize(("name", "stack", "logical_id"), spread(STATEFUL_IDS, 3))
def test_every_removal_of_a_stateful_resource_is_caught(
    name: str, stack: str, logical_id: str, base: dict[str, Environment]
) -> None:
    """The resource is gone from the template, whatever still refers to it."""
    review = reviewed(base[name], without(base[name], stack, logical_id))

    assert review.risk >= Risk.REPLACES
    assert is_stopped(review, resource_of(base[name], stack, logical_id))


@pytest.mark.parametrize(("name", "stack", "logical_id"), spread(STATEFUL_IDS, 3))
def test_every_renaming_of_a_stateful_resource_is_caught(
    name: str, stack: str, logical_id: str, base: dict[str, Environment]
) -> None:
    """A new logical id is a new resource, with every reference moved along."""
    review = reviewed(base[name], replaced_text(base[name], logical_id, "Renamed00000000"))

    assert is_stopped(review, resource_of(base[name], stack, logical_id))


def test_a_stateful_resource_that_follows_a_stateless_one_needs_consent(prod: Environment) -> None:
    """A node group is replaced with its role, which nobody would ask consent for."""
    role = "DataPlaneNodeGroupsGeneralRole4F0FE456"
    after = with_property(prod, "Cluster", role, "RoleName", "nodes")

    change = change_of(prod, after, NODE_GROUP)

    assert change.kind == "replaced"
    assert change.causes == ("NodeRole",)
    assert [each.logical_id for each in change.follows] == [role]
    (consent,) = reviewed(prod, after).missing_consents
    assert consent.key == GROUP_PATH


def test_followers_across_stacks_are_told_with_their_cause(prod: Environment) -> None:
    """A VPC takes all that is in it along."""
    review = reviewed(
        prod, with_property(prod, "Network", "NetworkVpc7FB7348F", "CidrBlock", "10.9.0.0/16")
    )

    (sentence,) = (x for x in review.environments[0].sentences if x.text.startswith("VPC"))
    assert "9 subnets" in sentence.details[0]
    assert "node group `General`" in sentence.details[0]


@pytest.mark.parametrize("name", [GROUP_PATH, NODE_GROUP])
def test_consent_that_the_environment_gives_is_not_missing(prod: Environment, name: str) -> None:
    """By path or logical id; it is shown instead, with its reason."""
    after = with_property(prod, "Cluster", NODE_GROUP, "CapacityType", "SPOT")

    review = reviewed(prod, accepting(after, {name: "Spot is enough here."}))

    assert review.risk is Risk.REPLACES
    assert not review.missing_consents
    assert "Consent given: “Spot is enough here.”" in markdown(review)


def test_a_fixed_name_is_taken(prod: Environment) -> None:
    """CloudFormation makes the new cluster first, and EKS refuses its name."""
    after = with_property(prod, "Cluster", CLUSTER, "RoleArn", "arn:aws:iam::1:role/x")

    refused = [each.text for each in reviewed(prod, after).environments[0].refused]
    assert "can't be created while the old one has the same `Name`" in refused[0]
    renamed = with_property(after, "Cluster", CLUSTER, "Name", "another")
    assert not [x for x in texts(reviewed(prod, renamed)) if "takes only one" in x]


def test_another_name_is_a_way_out() -> None:
    """Where a template names it, and people may choose the name; a cluster has docs of its own."""
    roles = (
        {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "deploys", "Path": path}}
        for path in ("/", "/ci/")
    )
    before, after = (of_templates("E", S={"Resources": {"Role": each}}) for each in roles)
    (refused,) = reviewed(before, after).environments[0].refused
    assert "can't be created while the old one has the same `RoleName`" in refused.text
    (way_out,) = refused.details
    assert way_out.endswith("back, or give the new one another `RoleName`, too.")


def test_a_conditional_replacement_is_not_certain(prod: Environment) -> None:
    """CloudFormation decides about a VPC's tenancy by its values."""
    vpc = "NetworkVpc7FB7348F"
    after = with_property(prod, "Network", vpc, "InstanceTenancy", "dedicated")

    change = change_of(prod, after, vpc)

    assert (change.kind, change.certain) == ("replaced", False)
    assert any(
        "may be replaced" in each.text for each in reviewed(prod, after).environments[0].sentences
    )


def test_a_new_version_of_a_launch_template_interrupts_its_nodes(prod: Environment) -> None:
    """The node group's own properties stay as they are."""
    template = "DataPlaneNodeGroupsGeneralLaunchTemplate3462D99E"
    path = "LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit"

    change = change_of(prod, with_property(prod, "Cluster", template, path, 2), NODE_GROUP)

    assert (change.kind, change.causes, change.properties) == (
        "interrupted",
        ("LaunchTemplate",),
        (),
    )


def test_metadata_and_order_are_no_changes(prod: Environment) -> None:
    """CloudFormation does nothing to a resource of which only these differ."""
    after = edited(
        prod,
        "Network",
        lambda template: template["Resources"]["NetworkVpc7FB7348F"].update(
            Metadata={"aws:cdk:path": "Prod/Network/Elsewhere/Resource"}, DependsOn=["X"]
        ),
    )

    assert sides(prod, after).changes == []


def test_another_type_under_one_id_is_another_resource(prod: Environment) -> None:
    """The old one is removed and the new one is added."""
    after = edited(
        prod,
        "Network",
        lambda template: template["Resources"].update(
            NetworkVpc7FB7348F={"Type": "AWS::SSM::Parameter", "Properties": {}}
        ),
    )

    found = [
        (change.kind, change.resource.type)
        for change in sides(prod, after).changes
        if change.resource.logical_id == "NetworkVpc7FB7348F"
    ]
    assert found == [("removed", "AWS::EC2::VPC"), ("added", "AWS::SSM::Parameter")]


def test_a_change_has_a_resource() -> None:
    """One of nothing would be a mistake of ours."""
    with pytest.raises(ValueError, match="before, after or both"):
        _ = Change(kind="added", before=None, after=None).resource


@pytest.mark.parametrize(
    ("old", "new", "paths"),
    [
        ({"A": 1}, {"A": 1}, []),
        ({"A": {"B": 1, "C": 2}}, {"A": {"B": 1, "C": 3}}, [("A", "C")]),
        ({"A": [1, 2]}, {"A": [2, 1]}, [("A",)]),
        ({"A": Unknown("${X}")}, {"A": {"B": 1}}, [("A",)]),
        ({"Tags": [{"Key": "a"}, {"Key": "b"}]}, {"Tags": [{"Key": "b"}, {"Key": "a"}]}, []),
        ({"Tags": [{"Key": "a"}]}, {"Tags": [{"Key": "b"}]}, [("Tags",)]),
        ({}, {"A": 1}, [("A",)]),
    ],
)
def test_differences_are_as_deep_as_they_have_names(
    old: object, new: object, paths: list[tuple[str, ...]]
) -> None:
    """Lists and functions are one value, and tags a set."""
    assert list(differing(old, new)) == paths
