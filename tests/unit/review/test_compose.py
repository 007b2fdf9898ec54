"""A review as a whole: a section that fails, and conditions that only a deploy decides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assembly.environment import Environment
from review.compose import Circumstances, RawDiffs, compare
from review.model import DETAILS, RawDiff, Review, Risk
from review.sections import SUBJECTS
from review.sides import Sides
from tests.unit.review.foreign import of_resources, resource
from tests.unit.review.templates import CLUSTER, NODE_GROUP, TODAY, reviewed, texts, with_property


def failing(*_: object) -> tuple[RawDiff, ...]:
    """Fail as a mistake of ours would."""
    raise KeyError("CapacityType")


def test_a_section_that_fails_says_so_beside_the_others(
    prod: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verdict is unknown, for nobody knows what is missing."""
    title, _ = SUBJECTS["cost"]
    monkeypatch.setitem(SUBJECTS, "cost", (title, (failing,)))
    after = with_property(prod, "Cluster", NODE_GROUP, "CapacityType", "SPOT")

    review = reviewed(prod, after)

    assert review.risk is Risk.UNKNOWN
    assert texts(review) == [
        *texts(reviewed(prod, after))[:3],
        (
            "unknown: This section could not be created. This is a bug in the review, not a "
            "problem with the change: KeyError: 'CapacityType'"
        ),
    ]
    assert [each.key for each in review.missing_consents]


@pytest.mark.parametrize(
    "raw", [failing, lambda *_: map(failing, [0])], ids=["at the start", "later"]
)
def test_a_comparison_of_the_cdk_that_fails_says_so(prod: Environment, raw: RawDiffs) -> None:
    """The sentences stay."""
    after = with_property(prod, "Cluster", CLUSTER, "Version", "1.36")
    given = Circumstances(today=TODAY, consents={}, raw=raw)

    review = compare({"Prod": prod}, {"Prod": after}, given, names=("main", "change"))

    (environment,) = review.environments
    assert environment.risk is Risk.INTERRUPTS
    assert "could not be created" in environment.raw[0].text


@pytest.mark.parametrize("place", [{"region": "eu-central-1"}, {"account": "444455556666"}])
def test_an_environment_in_another_place_is_a_new_one(
    place: dict[str, str], prod: Environment
) -> None:
    """Nothing is replaced, nothing needs consent, and what was before keeps running."""
    there = {path: replace(stack, account="111122223333") for path, stack in prod.stacks.items()}
    before = replace(prod, stacks=there)
    stacks = {path: replace(stack, **place) for path, stack in there.items()}  # type: ignore[arg-type]
    after = replace(prod, stacks=stacks)

    review = reviewed(before, after)

    (moved,) = (each for each in texts(review) if "another place" in each)
    where = "eu-west-1" if "region" in place else "111122223333"
    assert (
        f"Its stacks in {where} keep running, and are paid for, until you run `make destroy ENV=Prod`"
        in moved
    )
    assert "safe: Stack `Network` is new." in texts(review)
    assert not review.missing_consents
    assert review.environments[0].before is None
    (bootstrap,) = (x for x in details_of(review) if "cdk bootstrap" in x)
    account, region = (
        place.get(x, y) for x, y in (("account", "111122223333"), ("region", "eu-west-1"))
    )
    assert f"`cdk bootstrap aws://{account}/{region}`" in bootstrap
    assert any(x.startswith("Until the old stacks are destroyed, both") for x in details_of(review))
    # The principals of another account are other ones.
    gains = any("may now" in each or "may assume it" in each for each in texts(review))
    assert gains or "region" in place


def test_what_an_environment_in_another_region_does_otherwise(prod: Environment) -> None:
    """What its people and pods may do is compared with what they may do where it was."""
    public = {"EndpointPublicAccess": True}
    config = prod.by_node["Prod/Cluster", CLUSTER].properties["ResourcesVpcConfig"]
    opened = with_property(prod, "Cluster", CLUSTER, "ResourcesVpcConfig", {**config, **public})
    stacks = {
        path: stack.moved("eu-west-1", "eu-central-1") for path, stack in opened.stacks.items()
    }

    review = reviewed(prod, replace(opened, stacks=stacks))

    assert review.environments[0].verdict == (Risk.REPLACES, Risk.EXPOSES)
    assert [x for x in texts(review) if x.startswith("exposes: ")] == [
        x for x in texts(reviewed(prod, opened)) if x.startswith("exposes: ")
    ]
    same = review.environments[0].unchanged
    assert "access (by the same rules)" in same
    assert "network exposure" not in same
    assert not [x for x in same if x.startswith("cost")]


def details_of(review: Review) -> list[str]:
    """Return what follows from the sentences of a review."""
    return [x for each in review.environments for y in each.sentences for x in y.details]


def keys(wanted: object) -> Environment:
    """Return an environment with a key, and with one more if `wanted` holds."""
    second = {**resource("AWS::KMS::Key"), "Condition": "Wanted"}
    return of_resources(
        {"First": resource("AWS::KMS::Key"), "Second": second},
        Parameters={"Kind": {"Type": "String", "Default": "test"}},
        Conditions={"Wanted": wanted},
    )


def test_a_sentence_says_under_which_condition_it_is_true() -> None:
    """What is true in every way is said once."""
    is_prod = {"Fn::Equals": [{"Ref": "Kind"}, "prod"]}
    never = {"Fn::Equals": ["a", "b"]}

    (environment,) = reviewed(keys(is_prod), keys(never)).environments

    found = {each.text: each.details for each in environment.sentences if "removed" in each.text}
    assert found == {
        "KMS key `Second` is **removed**: what was encrypted so far needs the old key.": (
            DETAILS["key waits"].format(days=30, names=""),
            "If `{Kind}` is `prod`.",
        )
    }


def test_a_parameter_is_a_change_too() -> None:
    """A new default reaches a property that is written as before."""
    role = resource("AWS::IAM::Role", MaxSessionDuration={"Ref": "Seconds"}, RoleName={"Ref": "N"})

    def environment(seconds: int, name: str) -> Environment:
        parameters = {
            "Seconds": {"Type": "Number", "Default": seconds},
            "N": {"Type": "String", "Default": name},
        }
        return of_resources({"Role": role}, Parameters=parameters)

    def changes(*sides: Environment) -> list[tuple[str, tuple[str, ...], bool]]:
        both = Sides(before=sides[0], after=sides[1], today=TODAY)
        return [(each.kind, each.causes, each.certain) for each in both.changes]

    assert changes(environment(1, "a"), environment(2, "a")) == [("in place", (), True)]
    assert changes(environment(1, "a"), environment(1, "b")) == [("replaced", ("RoleName",), True)]


def test_what_differs_only_beside_the_templates_is_reviewed(prod: Environment) -> None:
    """Termination protection is in no template."""
    stack = prod.stacks["Prod/Network"]
    after = replace(
        prod,
        stacks={**prod.stacks, stack.path: replace(stack, termination_protection=False)},
    )
    assert texts(reviewed(prod, after)) == [
        "weakens: **Termination protection** of stack `Network` is turned off.",
    ]
