"""Every rule passes, and what was acknowledged was acknowledged well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from guardrails.acknowledgements import acknowledgements_in, problems
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


def test_acknowledgements_are_live_narrow_and_reasoned(assembly: Assembly) -> None:
    """Each meets a finding, stands where the finding is, and says why: ours and cdk-nag's."""
    found = acknowledgements_in(assembly.path)
    assert {item.finding.partition("::")[0] for item in found} == {
        plugin.replace(" ", "-") for plugin in PLUGINS
    }
    assert list(problems(found)) == []


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


def test_an_internet_facing_load_balancer_is_acknowledged_where_the_environment_asks_for_it(
    assembly: Assembly,
) -> None:
    """Dev says so in load_balancer_scheme; prod doesn't."""
    found = [f for f in acknowledged(assembly) if f["ruleName"] == "EXPOSE7[Service/web]"]
    assert [f["acknowledgedAt"] for f in found] == ["Dev/SampleService/SampleService/WebService"]
    assert "load_balancer_source_ranges" in found[0]["reason"]
