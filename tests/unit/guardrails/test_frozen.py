"""The frozen list keeps what is stateful from being lost by a rename."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assembly.environment import Environment
from assembly.stack import Stack
from guardrails.frozen import frozen, lost, read

KEY, VPC = "AWS::KMS::Key", "AWS::EC2::VPC"
LIST = {"account": "", "region": "eu-west-1", "stateful_resources": {"Network": {"Old": VPC}}}


def environment(region: str = "eu-west-1", **resources: str) -> Environment:
    """Return an environment of one stack with resources of these types."""
    body = {name: {"Type": kind, "Properties": {}} for name, kind in resources.items()}
    path = "Dev/Network"
    stack = Stack(path=path, template={"Resources": body}, region=region)
    return Environment(name="Dev", stacks={path: stack})


def test_a_new_list_has_what_is_stateful() -> None:
    """And the place. A role loses nothing."""
    found = frozen(environment(Vpc=VPC, Role="AWS::IAM::Role"), {})

    assert found == {**LIST, "stateful_resources": {"Network": {"Vpc": VPC}}}


def test_new_ids_are_added_and_lost_ones_stay() -> None:
    """`make snapshots` must not accept what the test stops."""
    now = environment(New=VPC)
    found = frozen(now, LIST)

    assert found["stateful_resources"] == {"Network": {"New": VPC, "Old": VPC}}
    assert [*lost(now, found)] == [("Network", VPC, "Old")]


def test_a_list_says_whether_it_is_production() -> None:
    """A review of the committed snapshots reads it there; where nobody knows, nothing is written."""
    now = replace(environment(Vpc=VPC), production=False)

    assert frozen(now, {})["production"] is False
    assert "production" not in frozen(environment(Vpc=VPC), LIST)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (environment(Old=VPC, New=KEY), []),
        (environment(), [("Network", VPC, "Old")]),
        (environment(Old=KEY), [("Network", VPC, "Old")]),
        (environment(region="us-east-1"), []),
    ],
    ids=["kept", "gone", "another type", "another region"],
)
def test_what_is_lost(now: Environment, told: list[tuple[str, str, str]]) -> None:
    """An id that is gone, or is another thing now; nothing where all is deployed anew."""
    assert [*lost(now, LIST)] == told


def test_in_another_region_the_list_begins_anew() -> None:
    """The old one stays where it was deployed."""
    found = frozen(environment(region="us-east-1", New=VPC), LIST)

    assert found["region"] == "us-east-1"
    assert found["stateful_resources"] == {"Network": {"New": VPC}}


def test_a_list_that_was_broken_by_hand_is_named(tmp_path: Path) -> None:
    """A comma that was left over, for example. Without a file there is no list."""
    file = tmp_path / "Dev.json"
    assert read(file) == {}
    file.write_text('{"account": "",}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"Dev\.json is not valid JSON: .*line 1"):
        read(file)
