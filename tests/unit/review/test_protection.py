"""What protects stacks, clusters and data less than before is never called safe."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assembly.environment import Environment
from review.model import Risk
from review.safeguards import protection
from tests.unit.review.foreign import of_resources, resource
from tests.unit.review.templates import CLUSTER, edited, reviewed, sides, texts, with_property

KEY = "ControlPlaneSecretsKey72FED211"


def said(before: Environment, after: Environment) -> list[str]:
    """Return the sentences with their risks."""
    return [f"{each.risk.words}: {each.text}" for each in protection(sides(before, after))]


def test_deletion_protection_that_is_switched_off(prod: Environment) -> None:
    """Anybody who may call DeleteCluster may do it then."""
    after = with_property(prod, "Cluster", CLUSTER, "DeletionProtection", False)  # noqa: FBT003
    assert said(prod, after) == [
        "weakens: **Deletion protection** of cluster `groundwork-prod` is turned off."
    ]
    assert said(after, prod) == []


@pytest.mark.parametrize(
    ("before", "after", "risk"),
    [
        (True, False, Risk.WEAKENS),
        (False, True, Risk.SAFE),
        (None, False, Risk.NOTHING),
        (True, None, Risk.NOTHING),
    ],
)
def test_production_that_ends(
    prod: Environment, *, before: bool | None, after: bool | None, risk: Risk
) -> None:
    """From then on nothing refuses what weakens it. Where a side doesn't say, nobody knows."""
    review = reviewed(replace(prod, production=before), replace(prod, production=after))
    words = "weakens: Prod is **no longer a production environment**"
    assert any(each.startswith(words) for each in texts(review)) is (risk is Risk.WEAKENS)
    assert review.risk is risk


def test_guardrails_for_production_end_with_termination_protection(prod: Environment) -> None:
    """They go by that of the cluster's stack."""
    for name, count in (("Network", 0), ("Cluster", 1)):
        path = f"Prod/{name}"
        off = replace(prod.stacks[path], termination_protection=False)
        (one,) = protection(sides(prod, replace(prod, stacks={**prod.stacks, path: off})))
        assert one.text == f"**Termination protection** of stack `{name}` is turned off."
        assert len([x for x in one.details if "those for production are off" in x]) == count


def test_what_stayed_and_goes_with_its_stack_now(prod: Environment) -> None:
    """Whoever deletes the stack deletes the key of the Secrets."""

    def loosen(template: dict[str, Any]) -> None:
        template["Resources"][KEY]["DeletionPolicy"] = "Delete"

    assert said(prod, edited(prod, "Cluster", loosen)) == [
        (
            "weakens: KMS key `ControlPlane/SecretsKey` is **no longer retained**: from now on deleted "
            "when its stack is deleted or no longer contains it."
        )
    ]


@pytest.mark.parametrize(
    ("before", "after", "since"),
    [
        (365, 30, "365"),
        (None, 30, "forever"),
        (30, 365, None),
        (30, None, None),
        ({"Ref": "Days"}, 30, None),
        ("a", [], None),
    ],
)
def test_logs_that_are_kept_for_less_time(before: object, after: object, since: str | None) -> None:
    """CloudWatch deletes the older ones within days."""
    one, other = (
        of_resources({"Flows": resource("AWS::Logs::LogGroup", RetentionInDays=days)})
        for days in (before, after)
    )
    expected = f"loses data: Log group `Flows` keeps log entries for 30 days instead of {since}: older ones are deleted."
    found = reviewed(one, other)
    assert [each for each in texts(found) if "loses data" in each] == ([expected] if since else [])
    assert [each.key for each in found.missing_consents] == (["Flows"] if since else [])


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"Release": "other"}, "is installed **beside the old release** `web`, which keeps"),
        ({"Namespace": "b"}, "in namespace `b` **beside the old release** in `a`, which keeps"),
        # Helm installs another one: nothing is upgraded.
        ({"Release": "other", "Version": "2"}, "**beside the old release** `web`, which keeps"),
        ({"Namespace": None}, "in namespace `default` **beside the old release** in `a`"),
    ],
)
def test_a_release_that_moves_leaves_the_old_one(changed: dict[str, object], says: str) -> None:
    """The handler of the CDK only ever upgrades or installs what the new properties name."""
    chart = {"Chart": "c", "Release": "web", "Namespace": "a", "Version": "1"}
    before, after = (
        of_resources({"Chart": resource("Custom::AWSCDK-EKS-HelmChart", **each)})
        for each in (chart, {name: x for name, x in {**chart, **changed}.items() if x})
    )
    review = reviewed(before, after)
    assert review.risk is Risk.WEAKENS
    assert any(says in each for each in texts(review))
    assert not [each for each in texts(review) if "Helm upgrades" in each]


@pytest.mark.parametrize("changed", ["Chart", "Repository", "ChartAssetURL", "Version", "Values"])
def test_an_upgrade_of_a_release_restarts_pods(changed: str) -> None:
    """Another chart is an upgrade, too, wherever it comes from."""
    before, after = (
        of_resources({"Chart": resource("Custom::AWSCDK-EKS-HelmChart", **{changed: value})})
        for value in ("a", "b")
    )
    review = reviewed(before, after)
    assert review.risk is Risk.INTERRUPTS
    assert any("Helm upgrades the release, whose pods" in each for each in texts(review))
