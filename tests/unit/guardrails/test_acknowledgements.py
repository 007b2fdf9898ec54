from __future__ import annotations

import datetime as dt

import pytest

from guardrails.acknowledgements import Acknowledgement, problems

GOOD = Acknowledgement(
    finding="AwsSolutions::AwsSolutions-L1",
    path="Dev/Cluster/Handler",
    reason="The CDK chooses the runtime that its handler was tested with.",
    description="The function doesn't use the latest runtime.",
    met=frozenset({"Dev/Cluster/Handler/Resource"}),
    today=dt.date(2026, 1, 1),
)


def said(**changes: object) -> list[str]:
    """Return what is wrong with an acknowledgement that differs from the good one."""
    values = {name: getattr(GOOD, name) for name in GOOD.__dataclass_fields__}
    return list(problems([Acknowledgement(**{**values, **changes})]))


def test_a_good_one_passes() -> None:
    """It meets its finding, where the finding is, and says why."""
    assert said() == []


@pytest.mark.parametrize(
    "path",
    [
        "Dev/Cluster/Handler/Resource",
        "Dev/Cluster/Handler",
    ],
)
def test_the_resource_and_its_construct_are_narrow(path: str) -> None:
    """The CDK calls the heart of a construct Resource or Default."""
    assert said(path=path) == []


@pytest.mark.parametrize(
    "reason",
    [
        "EKS removes the interfaces later, when the last node of the group is gone.",
        "Die Entwickler arbeiten von wechselnden Adressen aus, und IAM schützt jeden Aufruf.",
        "AWS sends 10 to 20 requests a day from 2 of its own ranges.",
    ],
)
def test_a_reason_may_speak_of_what_comes_later(reason: str) -> None:
    """Numbers, other languages and the word itself are no excuses for a reason."""
    assert said(reason=reason) == []


def test_one_that_meets_nothing_is_stale() -> None:
    """It would accept what comes later."""
    assert said(met=frozenset()) == [
        "AwsSolutions::AwsSolutions-L1 at Dev/Cluster/Handler: It matches no finding."
    ]


def test_one_for_no_rule_says_so() -> None:
    """A misspelt id would never meet a finding."""
    (line,) = said(met=frozenset(), is_rule=False)
    assert line.endswith("There is no such rule; `make rules` lists them.")


@pytest.mark.parametrize("path", ["Dev", "Dev/Cluster"])
def test_one_above_its_finding_is_too_broad(path: str) -> None:
    """It names the construct that would do."""
    assert said(path=path) == [
        f"AwsSolutions::AwsSolutions-L1 at {path}: Everything that it matches is in Dev/Cluster/Handler."
    ]


def test_one_for_two_findings_stands_where_they_meet() -> None:
    """Two roles of one provider need one acknowledgement, on the provider."""
    met = frozenset({"Dev/Cluster/P/A/Role/Resource", "Dev/Cluster/P/B/Role/Resource"})

    assert said(path="Dev/Cluster/P", met=met) == []
    assert said(path="Dev/Cluster", met=met) != []


@pytest.mark.parametrize(
    "reason",
    [
        "",
        "Needed.",
        "This is fine because we have always done it so",
        "The function doesn't use the latest runtime.",
        "the FUNCTION doesn't use the latest runtime.",
        "x x x x x x x x.",
        "1 2 3 4 5 6 7 8 9.",
        "needed needed needed needed needed needed needed needed.",
        "because because it is it is because it is.",
        "TODO think about this one later when there is time.",
        "FIXME: nobody knows yet why this has to be here.",
        "The reason for this finding is still TBD by somebody.",
        "We will write down the reason for this one later.",
    ],
)
def test_a_reason_is_a_sentence_of_its_own(reason: str) -> None:
    """Not a word, not without an end, not the rule's own words, and not yet to be written."""
    description = "By AWS: the function doesn't use the latest runtime. Fix it."

    assert len(said(reason=reason, description=description)) == 1


@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        ("fine fine fine fine fine fine fine fine fine.", "has fewer than 6 different words"),
        ("Too few words for a reason.", "is not a sentence of 8 words"),
        (
            "Until June 2026 the licence allows one copy of the product only.",
            "held until 2026-06-30",
        ),
        ("Until July 2026 the licence allows one copy of the product only.", None),
        ("The licence of June 2024 allows one copy of the product only.", None),
    ],
)
def test_the_problem_is_what_is_wrong(reason: str, problem: str | None) -> None:
    """The words are counted as they are, and a reason holds no longer than it says."""
    found = said(reason=reason, today=dt.date(2026, 7, 1))
    assert [f"Its reason {problem}: " in each for each in found] == [True] * bool(problem)
