from __future__ import annotations

from collections import Counter
from pathlib import Path

from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

import examples
from assembly.cloud_assembly import Assembly
from configuration.loading import load


def test_no_example_has_a_finding(synthesized: Assembly) -> None:
    """Neither of cdk-nag nor of the guardrails: it is meant to be copied."""
    stages = {path.partition("/")[0] for path in synthesized.templates}
    assert len(stages) == len(examples.ENVIRONMENTS) == len(load(package="examples"))
    reports = synthesized.report["pluginReports"]
    assert len(reports) > 1
    assert [report["violations"] for report in reports if report["violations"]] == []


def test_examples_have_the_resources_that_they_had(
    synthesized: Assembly, snapshot: SnapshotAssertion
) -> None:
    """How many of each type: what a change adds to an example, or takes away, is seen."""
    types = {
        stack: dict(sorted(Counter(x["Type"] for x in template["Resources"].values()).items()))
        for stack, template in sorted(synthesized.templates.items())
    }
    assert types == snapshot(extension_class=JSONSnapshotExtension)


def test_the_list_shows_every_example() -> None:
    """A reader finds each by what it shows."""
    readme = (Path(examples.__file__).parent / "README.md").read_text(encoding="utf-8")
    assert all(f"[{name}.py]({name}.py)" in readme for name in examples.ENVIRONMENTS)
