"""Every rule passes, and what was acknowledged was acknowledged well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import Assembly

PLUGINS = ("AwsSolutions", "CloudFormation Validate", "Groundwork")


def acknowledged(assembly: Assembly) -> Iterator[dict[str, Any]]:
    """Yield every finding that was acknowledged."""
    for report in assembly.report["pluginReports"]:
        yield from report["suppressedViolations"]


@pytest.mark.parametrize("plugin", PLUGINS)
def test_plugin_ran_and_found_nothing(plugin: str, assembly: Assembly) -> None:
    """cdk-nag, the CDK's own validation and our guardrails all run in a plain synth."""
    reports = {report["pluginName"]: report for report in assembly.report["pluginReports"]}
    assert reports[plugin]["conclusion"] == "success"
    assert reports[plugin]["violations"] == []


def test_acknowledgements_stand_beside_their_resource(assembly: Assembly) -> None:
    """None covers a stage or a stack: environment, stack, and at least two steps below."""
    for finding in acknowledged(assembly):
        path = finding["acknowledgedAt"]
        assert path.count("/") >= 3, f"{finding['ruleName']} is acknowledged for all of {path}"


def test_acknowledgements_have_reasons(assembly: Assembly) -> None:
    """A reason is a sentence and does not repeat the rule."""
    for finding in acknowledged(assembly):
        reason = finding["reason"]
        assert len(reason.split()) >= 8, f"{finding['ruleName']}: {reason}"
        assert reason.endswith("."), reason
        assert reason != finding["description"]


def test_every_acknowledgement_of_ours_has_its_finding(assembly: Assembly) -> None:
    """One that accepts nothing would accept what comes later, unseen."""
    live = {
        (finding["acknowledgedId"], finding["acknowledgedAt"]) for finding in acknowledged(assembly)
    }
    written = {
        (acknowledgement, path.removeprefix("/"))
        for file in assembly.path.rglob("*.metadata.json")
        for path, entries in json.loads(file.read_text(encoding="utf-8")).items()
        for entry in entries
        if entry["type"] == "aws:cdk:acknowledged-rules"
        for acknowledgement in entry["data"]
        # The CDK writes these itself, beside each flow log.
        if acknowledgement
        not in {"CloudFormation-Validate::F3002", "CloudFormation-Validate::F3003"}
    }
    assert written
    assert written - live == set()


def test_acknowledgements_are_granular(assembly: Assembly) -> None:
    """A finding about a policy names the policy; a bare rule id would cover the next one too."""
    for finding in acknowledged(assembly):
        if "IAM4" in finding["ruleName"] or "IAM5" in finding["ruleName"]:
            assert "[" in finding["acknowledgedId"], finding["acknowledgedId"]


def test_the_open_endpoint_of_dev_is_acknowledged_with_the_words_of_the_environment(
    assembly: Assembly,
) -> None:
    """Opening the endpoint is seen by our rule, and accepted for dev's own reason only."""
    found = [f for f in acknowledged(assembly) if f["ruleName"] == "EKS1[0.0.0.0/0]"]
    assert [f["reason"] for f in found] == [
        "Developers work from changing addresses; IAM still guards every call."
    ]
    assert [f["acknowledgedAt"] for f in found] == ["Dev/Cluster/ControlPlane/Cluster"]
