"""What is said of new versions of node groups: what differs, and how their nodes go."""

from __future__ import annotations

from typing import Any

import pytest

from assembly.kinds import NODE_GROUP
from tests.unit.review.foreign import of_resources, resource
from tests.unit.review.templates import reviewed

TEMPLATE = "AWS::EC2::LaunchTemplate"
FAILS = "PodDisruptionBudgets are respected: "
FORCED = "The update is forced: "


def said(before: dict[str, Any], after: dict[str, Any]) -> tuple[str, ...]:
    """Return the sentence about a node group that is interrupted, and its details."""
    found = reviewed(of_resources(before), of_resources(after)).environments[0].sentences
    (one,) = (each for each in found if each.text.startswith("Node group"))
    return one.text, *one.details


@pytest.mark.parametrize("cause", ["Version", "ReleaseVersion"])
@pytest.mark.parametrize(
    ("update", "forced", "begin"),
    [
        (None, None, f"1 node at a time. {FAILS}"),
        ({"MaxUnavailable": 3}, False, f"3 nodes at a time. {FAILS}"),
        ({"MaxUnavailable": 1}, True, f"1 node at a time. {FORCED}"),
        (
            {"MaxUnavailablePercentage": 9},
            True,
            f"9% of its nodes, but at least one, at a time. {FORCED}",
        ),
        ({"MaxUnavailable": {"Fn::ImportValue": "x"}}, False, FAILS),
        ({"MaxUnavailable": 3}, {"Fn::ImportValue": "x"}, "3 nodes at a time."),
    ],
)
def test_how_many_go_at_a_time(cause: str, update: object, forced: object, begin: str) -> None:
    """What only the deploy knows isn't said."""
    one, other = (
        {"R": resource(NODE_GROUP, UpdateConfig=update, ForceUpdateEnabled=forced, **{cause: x})}
        for x in ("1.35", "1.36")
    )
    details = said(one, other)[1:]
    assert any(each.startswith(begin) for each in details), details
    assert not [each for each in details if "{" in each]


def group(**data: object) -> dict[str, Any]:
    """Return a node group and its launch template."""
    version = {"Fn::GetAtt": ["T", "LatestVersionNumber"]}
    nodes = resource(NODE_GROUP, LaunchTemplate={"Id": {"Ref": "T"}, "Version": version})
    return {"R": nodes, "T": resource(TEMPLATE, LaunchTemplateData=data)}


def tags(value: str) -> list[Any]:
    """Return the tags of instances."""
    return [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": value}]}]


def test_tags_alone_and_tags_beside_something_else() -> None:
    """Only where nothing else differs are they what the new version is."""
    before = group(TagSpecifications=tags("a"), EbsOptimized=False)
    only = said(before, group(TagSpecifications=tags("b"), EbsOptimized=False))
    both = said(before, group(TagSpecifications=tags("b"), EbsOptimized=True))
    assert "because tags of launch template `T` change" in only[0]
    assert "Tags: `team` `a` → `b`." in only
    assert "launch template `T` has a new version (" in both[0]
    assert "EbsOptimized` `false` → `true`" in both[0]


@pytest.mark.parametrize("replaced", [False, True])
def test_what_a_failed_update_leaves(*, replaced: bool) -> None:
    """Deploys don't roll back, unless a replacement needs it."""
    layers = [{"L": resource("AWS::Lambda::LayerVersion", Content=x)} for x in ("a", "b")]
    one, other = (
        {"R": resource(NODE_GROUP, Version=version), **(layer if replaced else {})}
        for version, layer in zip(("1.35", "1.36"), layers, strict=True)
    )
    (detail,) = (each for each in said(one, other) if FAILS in each)
    assert ("stays `UPDATE_FAILED`" in detail) is not replaced
    assert ("rolls back" in detail) is replaced


def test_other_taints_roll_no_node() -> None:
    """They evict pods, and the nodes stay."""
    one, other = (
        {"R": resource(NODE_GROUP, Taints=[{"Key": "for", "Value": x, "Effect": "NO_EXECUTE"}])}
        for x in ("web", "batch")
    )
    text, *details = said(one, other)
    assert "pods that don't tolerate them are evicted" in text
    assert not details
