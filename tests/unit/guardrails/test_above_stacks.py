"""What is acknowledged outside of the stacks, where no template tells it, in a real synth."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.acknowledgements import acknowledge
from guardrails.acknowledgements import acknowledgements_in, problems
from guardrails.plugin import Guardrails
from tests.support import context
from tests.unit.guardrails.environments import TODAY

PLAIN = "Groundwork::EXPOSE4[queue]"
REASON = "The queue holds nothing but the public numbers of weather stations."


def synth(folder: Path, at: str, finding: str = PLAIN) -> list[str]:
    """Return what is found in an app whose queue isn't encrypted, accepted at a place."""
    quiet = {**context(), "@aws-cdk/core:failSynthOnValidationErrors": False}
    app = cdk.App(outdir=str(folder), context=quiet)
    cdk.Validations.of(app).add_plugins(Guardrails(today=TODAY))
    between = Construct(cdk.Stage(app, "Test"), "Between")
    sqs.CfnQueue(cdk.Stack(between, "Stack"), "Queue", sqs_managed_sse_enabled=False)
    acknowledge(
        next(each for each in app.node.find_all() if each.node.path == at), {finding: REASON}
    )
    app.synth()
    report = json.loads((folder / "validation-report.json").read_text(encoding="utf-8"))
    (own,) = [x for x in report["pluginReports"] if x["pluginName"] == "Groundwork"]
    return sorted(each["ruleName"] for each in own["violations"])


QUEUE = "Test/Between/Stack/Queue"


@pytest.mark.parametrize("at", ["", "Test", "Test/Between"])
def test_nothing_is_acknowledged_above_the_stacks(at: str, tmp_path: Path) -> None:
    """It is found in the synth, and once more by the report that the synth leaves."""
    assert synth(tmp_path, at) == ["ACK2[EXPOSE4[queue]]"]
    (line,) = problems(acknowledgements_in(tmp_path))
    assert f"Everything that it matches is in {QUEUE}." in line


@pytest.mark.parametrize("finding", ["AwsSolutions::AwsSolutions-SQS4", "Groundwork:EXPOSE4"])
def test_whatever_it_names(finding: str, tmp_path: Path) -> None:
    """Findings of others, too, and those that nobody has."""
    named = finding if "::" in finding else f"Annotation::{finding}"
    assert f"ACK2[{named}]" in synth(tmp_path, "Test", finding)


def test_beside_the_resource_it_may_stand(tmp_path: Path) -> None:
    """There a template tells it."""
    assert synth(tmp_path, QUEUE) == []
    assert [*problems(acknowledgements_in(tmp_path))] == []
