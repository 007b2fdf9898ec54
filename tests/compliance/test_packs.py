"""Every finding of cdk-nag's packs for NIST 800-53 r5, PCI DSS and HIPAA is fixed or answered."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from assembly.cloud_assembly import assembly_at
from guardrails.acknowledgements import Acknowledgement, weak
from tests.compliance.packs import (
    DOCUMENT,
    PACKS,
    Answer,
    Finding,
    answers,
    document,
    findings,
)

FINDING = Finding(pack="PCI.DSS.321", rule="LambdaDLQ", where="Prod/Cluster/One/Two/Resource")


@pytest.fixture(scope="module")
def folder(several: Path) -> Path:
    """Return prod as the packs left it."""
    return several / "packs"


def test_the_packs_ran(folder: Path) -> None:
    """Over all stacks of prod."""
    assert [report["pluginName"] for report in assembly_at(folder).report["pluginReports"]] == [
        *PACKS
    ]
    assert {finding.pack for finding in findings(folder)} == set(PACKS)


def test_every_finding_has_one_answer(folder: Path) -> None:
    """Fix the resource, or answer in answers.json in a sentence that an auditor accepts."""
    table = answers()
    unanswered = [
        finding
        for finding in findings(folder)
        if sum(answer.meets(finding) for answer in table) != 1
    ]
    assert unanswered == []


def test_every_answer_has_a_finding(folder: Path) -> None:
    """One that has none hides the next finding there."""
    found = list(findings(folder))
    assert [each for each in answers() if not any(each.meets(finding) for finding in found)] == []


@pytest.mark.parametrize("answer", answers(), ids=lambda answer: f"{answer.rule} {answer.where}")
def test_an_answer_is_a_reason(answer: Answer) -> None:
    """By the rule for acknowledgements."""
    said = Acknowledgement(
        finding=answer.rule,
        path=answer.where,
        reason=answer.reason,
        today=dt.datetime.now(tz=dt.UTC).date(),
    )
    assert not weak(said)


@pytest.mark.parametrize(
    ("rule", "where", "meets"),
    [
        ("LambdaDLQ", "Prod/Cluster/One/Two/Resource", True),
        ("LambdaDLQ", "Prod/Cluster/*/Two/Resource", True),
        ("LambdaDLQ", "Prod/Cluster/*/Resource", False),
        ("LambdaDLQ", "Prod/Cluster/One", False),
        ("LambdaConcurrency", "Prod/Cluster/One/Two/Resource", False),
    ],
)
def test_an_answer_is_narrow(rule: str, where: str, meets: bool) -> None:  # noqa: FBT001
    """A star stands for one part of a path."""
    assert Answer(rule=rule, where=where, reason="").meets(FINDING) is meets


def test_the_document_is_that_of_today() -> None:
    """`make snapshots` writes it."""
    assert DOCUMENT.read_text(encoding="utf-8") == document()
