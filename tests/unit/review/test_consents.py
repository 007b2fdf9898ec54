"""A consent is a field of the environment, or a trailer of a commit of the change."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from assembly.cloud_assembly import assembly_at
from assembly.environment import Environment
from guardrails.step.changes import changes
from guardrails.step.replacement import losses
from review.consents import asked, consents_in, consents_of
from review.model import Consent, Risk
from tests.support import spread
from tests.unit.review.heads import HEADS
from tests.unit.review.templates import accepting, reviewed, texts


def git(repository: Path, *arguments: str) -> None:
    """Run git as somebody."""
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    subprocess.run(  # noqa: S603  # git
        ["git", "-C", str(repository), *identity, *arguments],  # noqa: S607  # git as it is
        check=True,
        capture_output=True,
    )


def test_a_reason_is_needed() -> None:
    """A key alone says nothing to whoever reads the history."""
    values = ["Prod locks out: it goes today", "Dev locks out:", "Dev locks out: ", ""]
    assert consents_of(values) == {"Prod locks out": "it goes today"}


def test_the_trailers_of_a_range_of_commits(tmp_path: Path) -> None:
    """Those before the range belong to another change; a reason may take several lines."""
    git(tmp_path, "init", "--quiet")
    for message in (
        "feat: old\n\nReview-consent: Prod/A/X replaced: old",
        "feat: new\n\nText.\n\nReview-consent: Prod/A/Y replaced: a long\n  reason",
        "feat: more\n\nReview-consent: Prod/A/Z removed: gone",
    ):
        git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", message)

    assert consents_in("HEAD~2..HEAD", repository=tmp_path) == {
        "Prod/A/Y replaced": "a long reason",
        "Prod/A/Z removed": "gone",
    }


def test_unknown_commits_are_an_error(tmp_path: Path) -> None:
    """No consent would be read from a shallow clone, silently."""
    git(tmp_path, "init", "--quiet")
    with pytest.raises(ValueError, match=r"use a range such as main\.\.HEAD"):
        consents_in("nope..HEAD", repository=tmp_path)


def test_each_consent_is_asked_for_once_and_where_it_belongs() -> None:
    """Losses in the environment, locking out in a commit."""
    loss = Consent(key="Prod/Network/Network/Vpc/Resource")
    lock_out = Consent(key="Prod locks out", trailer=True)
    assert [tuple(lines) for _, lines in asked((loss, loss, lock_out))] == [
        ("accepted_replacements={", '    "Prod/Network/Network/Vpc/Resource": "WHY",', "},"),
        ("Review-consent: Prod locks out: WHY",),
    ]
    assert list(asked(())) == []


@pytest.mark.parametrize("change", spread([*HEADS], 4))
def test_the_review_asks_for_what_the_check_asks_for(
    change: str, heads: Path, base: Mapping[str, Environment]
) -> None:
    """One consent satisfies both. Nobody consents to what can't be done."""
    for name, head in assembly_at(heads / change).environments().items():
        after = accepting(head, {})
        review = reviewed(base[name], after)
        asked_for = {each.key for each in review.missing_consents if not each.trailer}
        lost = {each.path for each in losses(changes(base[name], after))}
        assert asked_for == (set() if review.risk is Risk.REFUSED else lost)


@pytest.mark.parametrize(
    ("key", "given"),
    [("Prod/SampleService", ["Deleted today."]), ("Prod/Cluster", []), ("SampleService", [])],
)
def test_a_stack_that_is_deleted_already_imports_nothing(
    key: str, given: list[str], heads: Path, prod: Environment
) -> None:
    """Once the last workload's stack is deleted, nothing keeps the cluster's stack from its exports."""
    (after,) = assembly_at(heads / "sample-service-gone").environments().values()
    review = reviewed(prod, after, consents={key: "Deleted today."})

    told = [each for sentence in review.environments[0].sentences for each in sentence.consents]
    assert [each.given for each in told] == given
    assert (review.risk is Risk.REFUSED) is (not given)
    assert any("keeps running until you run" in each for each in texts(review)) is (not given)


def test_an_outage_is_accepted_in_a_commit(heads: Path, prod: Environment) -> None:
    """No field of an environment can do that; one trailer is for all of a deploy."""
    (after,) = assembly_at(heads / "load-balancer-opened").environments().values()
    assert [x.key for x in reviewed(prod, after).missing_consents] == ["Prod takes down"]
    given = {"Prod takes down": "On Tuesday at 6."}
    assert not reviewed(prod, after, consents=given).missing_consents


def test_a_stack_of_the_app_is_not_deleted(heads: Path, prod: Environment) -> None:
    """A trailer takes no refusal back where the importing stack is still deployed with the change."""
    (after,) = assembly_at(heads / "cidr-changed").environments().values()
    review = reviewed(prod, after, consents={"Prod/Cluster": "Deleted today."})

    details = [x for each in review.environments[0].refused for x in each.details]
    assert any("CloudFormation refuses this deploy" in each for each in details)
