from __future__ import annotations

import re

import yaml

from assembly.environment import Environment
from assembly.index import grouped
from guardrails.catalogue import RULES
from guardrails.rule import CHECKS, Rule
from guardrails.texts import as_markdown, as_text
from tests.support import ROOT
from tests.unit.guardrails.test_mutations import MUTATIONS


def test_a_rule_has_a_breach() -> None:
    """A rule that nothing breaks may be asleep."""
    assert {rule.id for rule in RULES} == {mutation.rule for mutation in MUTATIONS}


def test_a_rule_has_a_passing_case(real: dict[str, Environment]) -> None:
    """A real environment, the subject of one of the rule's breaches, passes untouched."""
    names = grouped((mutation.rule, mutation.environment) for mutation in MUTATIONS)
    assert [
        rule.id
        for rule in RULES
        if all(any(rule.check(real[name])) for name in dict.fromkeys(names[rule.id]))
    ] == []


def test_a_rule_explains_itself() -> None:
    """A finding that nobody understands is acknowledged, not fixed."""
    for rule in RULES:
        assert re.fullmatch(r"[A-Z]+\d+", rule.id)
        assert rule.family, rule.id
        assert rule.reason.endswith("."), rule.id
        assert rule.fix.endswith("."), rule.id
        assert rule.reason != rule.fix, rule.id
        assert rule.source.startswith("https://"), rule.id


def test_every_check_is_explained_and_everything_explained_is_checked() -> None:
    """A rule that only one side knows would be missing without a word."""
    families = yaml.safe_load((ROOT / "guardrails/catalogue.yaml").read_text(encoding="utf-8"))
    explained = [each["id"] for family in families for each in family["rules"]]
    assert explained == [rule.id for rule in RULES]
    assert CHECKS.keys() <= {*explained}


def test_a_public_issue_is_that_of_a_rule() -> None:
    """Each line of public_issues.csv is an issue or pull request, and stands beside its rule."""
    lines = (ROOT / "guardrails/public_issues.csv").read_text(encoding="utf-8").split()[1:]
    shown = [f"{rule.id},{rule.issue}" for rule in RULES if rule.issue]
    assert sorted(lines) == sorted(shown)
    assert all(
        re.search(r",https://github\.com/[\w.-]+/[\w.-]+/(issues|pull)/\d+$", line)
        for line in lines
    )


def test_every_id_is_there_once() -> None:
    """An acknowledgement names one rule."""
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))


def test_the_page_is_current() -> None:
    """`make rules ARGS=--markdown > docs/guardrails.md` writes it."""
    assert (ROOT / "docs" / "guardrails.md").read_text(encoding="utf-8") == as_markdown(RULES)


def test_the_catalogue_tells_all_of_a_rule() -> None:
    """Why, how to fix, where to read on, and whether it only warns."""
    rule = Rule(
        id="TEST1",
        family="Tests",
        reason="It breaks.",
        source="https://example.com/why",
        issue="https://example.com/met",
        fix="Fix it.",
        check=lambda _: iter(()),
        severity="warning",
    )

    for told in (as_text([rule]), as_markdown([rule])):
        for part in (
            "TEST1 (warning)",
            "Tests",
            "It breaks.",
            "https://example.com/why",
            "example.com/met",
        ):
            assert part in told
        assert "Fix it." in told
