"""What is said of new versions of node groups: what differs, and how their nodes go."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from assembly.kinds import NODE_GROUP
from review.rolled import in_batches
from tests.support import ROOT
from tests.unit.review.foreign import of_resources, resource
from tests.unit.review.templates import reviewed, texts

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


STAYS = r", and the stack stays `UPDATE_FAILED`, perhaps with nodes of two versions: .* run the same command again"
BACK = r"; the CLI then rolls the stack back, as it does where something is replaced: "
ASKS = "The CLI asks first"


@pytest.mark.parametrize(
    ("kind", "prop", "replaced"),
    [
        ("AWS::Lambda::LayerVersion", "Description", True),
        ("AWS::SNS::Topic", "TopicName", True),
        ("AWS::SNS::Topic", "DisplayName", False),
        # Only the deploy learns that the physical id differs.
        ("Custom::LogGroup", "LogGroupName", False),
    ],
)
def test_what_a_failed_deploy_leaves(kind: str, prop: str, replaced: bool) -> None:  # noqa: FBT001  # a row
    """No deploy rolls back, but that of a stack in which something is replaced."""
    config = json.loads((ROOT / "cdk.json").read_text())
    assert config["rollback"] is False
    one, other = (
        {
            "R": resource(NODE_GROUP, ForceUpdateEnabled=False, Version=x),
            "T": resource(kind, **{prop: x}),
        }
        for x in ("1.35", "1.36")
    )
    (detail,) = (x for x in said(one, other)[1:] if FAILS in x)
    assert re.search(BACK if replaced else STAYS, detail)
    asks = [x for x in texts(reviewed(of_resources(one), of_resources(other))) if ASKS in x]
    assert [
        "deploys stack `Main` with rollback: one failure takes the whole stack back" in x
        for x in asks
    ] == ([True] if replaced else [])


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
    assert ("rolls the stack back" in detail) is replaced


@pytest.mark.parametrize(("desired", "grown"), [(0, True), (2, False)])
def test_a_group_without_nodes_has_none_to_roll(desired: int, *, grown: bool) -> None:
    """An autoscaler may have added some."""
    one, other = (
        {"R": resource(NODE_GROUP, ReleaseVersion=x, ScalingConfig={"DesiredSize": desired})}
        for x in ("1.36.0-1", "1.36.0-2")
    )
    text, *_ = said(one, other)
    assert text.startswith(
        f"Node group `R`: {'0 nodes are desired; if it has grown, ' * grown}nodes are rolled"
    )


def test_other_taints_roll_no_node() -> None:
    """They evict pods, and the nodes stay."""
    one, other = (
        {"R": resource(NODE_GROUP, Taints=[{"Key": "for", "Value": x, "Effect": "NO_EXECUTE"}])}
        for x in ("web", "batch")
    )
    text, *details = said(one, other)
    assert "pods that don't tolerate them are evicted" in text
    assert not details


def rolling(desired: int, **fields: object) -> dict[str, Any]:
    """Return a node group of a version, with so many nodes."""
    scaling = {"MinSize": 0, "DesiredSize": desired, "MaxSize": 9}
    return resource(NODE_GROUP, ScalingConfig=scaling, **fields)


def about_both(one: dict[str, Any], other: dict[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    """Return what is said of two node groups whose release changes."""
    before, after = (
        of_resources(
            {
                name: {**each, "Properties": {**each["Properties"], "ReleaseVersion": release}}
                for name, each in (("One", one), ("Other", other))
            }
        )
        for release in ("1.35.1-1", "1.35.2-1")
    )
    found = reviewed(before, after).environments[0].sentences
    return [(x.text, x.details) for x in found if "node group" in x.text.lower()]


def test_a_group_without_nodes_is_told_by_itself() -> None:
    """Where none is desired, pods are evicted only if it has grown; beside others, too."""
    (one, _), (other, _) = about_both(rolling(3), rolling(0))
    assert one.startswith("Node group `One`: nodes are rolled batch by batch")
    assert other.startswith("Node group `Other`: 0 nodes are desired; if it has grown, nodes")


def test_batches_of_several_groups_are_told_by_their_names() -> None:
    """What holds for all of them needs no names."""
    three, two = (rolling(3, UpdateConfig={"MaxUnavailable": count}) for count in (3, 2))
    ((_, details),) = about_both(three, two)
    assert [x.partition(". ")[0] for x in details if "at a time" in x] == [
        "Node group `One`: 3 nodes at a time: up to about 17 minutes for 3 nodes",
        "Node group `Other`: 2 nodes at a time: up to about 32 minutes for 3 nodes",
    ]
    ((_, details),) = about_both(three, three)
    assert [x.partition(". ")[0] for x in details if "at a time" in x] == [
        "3 nodes at a time: up to about 17 minutes for 3 nodes"
    ]


@pytest.mark.parametrize(
    ("sizes", "policy", "says"),
    [
        (
            {"DesiredCapacity": "5"},
            {"MaxBatchSize": 2, "MinInstancesInService": 3, "PauseTime": "PT1M30S"},
            "2 at a time, with at least 3 in service, and 90 seconds after each batch: at least 4 minutes for 5 nodes.",
        ),
        (
            {"MinSize": "1"},
            {"PauseTime": "PT1H", "WaitOnResourceSignals": True},
            (
                "1 at a time, with at least 0 in service, and at most 1 hour until a batch signals that it is there: "
                "up to about 1 hour for 1 node."
            ),
        ),
        (
            {"DesiredCapacity": {"Ref": "Size"}},
            {"PauseTime": "PT3M"},
            "1 at a time, with at least 0 in service, and 3 minutes after each batch.",
        ),
        (
            {"DesiredCapacity": "0"},
            {"PauseTime": "PT3M"},
            "1 at a time, with at least 0 in service, and 3 minutes after each batch.",
        ),
        (
            {"DesiredCapacity": "3"},
            {"MaxBatchSize": 1},
            "1 at a time, with at least 0 in service, and 0 seconds after each batch.",
        ),
        ({"DesiredCapacity": "3"}, {"WaitOnResourceSignals": {"Ref": "Waits"}}, ""),
        ({"DesiredCapacity": "3"}, {}, ""),
    ],
)
def test_how_long_self_managed_nodes_take(
    sizes: dict[str, object], policy: dict[str, object], says: str
) -> None:
    """A pause is the least, and a wait for signals the most that a batch takes."""
    group = {
        **resource("AWS::AutoScaling::AutoScalingGroup", **sizes),
        "UpdatePolicy": {"AutoScalingRollingUpdate": policy},
    }
    (read,) = of_resources({"R": group}).resources("AWS::AutoScaling::AutoScalingGroup")
    assert in_batches(read) == says
