from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest

from guardrails.acknowledgements import acknowledgements_in, problems
from tests.support import kubernetes_objects
from tests.unit.constructs_lib.variants import VARIANTS, Variants

VERSIONS = {config.stage_id: config.cluster.kubernetes_version for config in VARIANTS}


def findings(variants: Variants, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the findings of a kind with the name of their plugin.

    The CDK lists its own warnings among the plugins; another test has those.
    """
    for report in variants.platforms.report["pluginReports"]:
        for finding in report[kind] if report["pluginName"] != "Construct Annotations" else ():
            yield report["pluginName"], finding


def test_no_variant_breaks_a_rule(variants: Variants) -> None:
    """cdk-nag and the guardrails accept what dev and prod don't use as well."""
    broken = [
        (
            finding["ruleName"],
            [each["constructPath"] for each in finding.get("violatingResources", [finding])],
        )
        for _, finding in findings(variants, "violations")
    ]
    assert broken == []


@pytest.mark.parametrize("plugin", ["AwsSolutions", "Groundwork"])
def test_the_rules_were_asked(plugin: str, variants: Variants) -> None:
    """Each of the two found something that was accepted beside its resource."""
    accepted = [
        finding for name, finding in findings(variants, "suppressedViolations") if name == plugin
    ]
    assert accepted
    for finding in accepted:
        assert finding["acknowledgedAt"].count("/") >= 3, finding["acknowledgedAt"]


def test_acknowledgements_are_live_narrow_and_reasoned(variants: Variants) -> None:
    """A sentence that an auditor accepts, beside a finding that is there."""
    found = acknowledgements_in(variants.platforms.path)
    assert found
    assert list(problems(found)) == []


def test_an_acknowledged_policy_is_named(variants: Variants) -> None:
    """A bare rule would cover the next policy, too."""
    for _, finding in findings(variants, "suppressedViolations"):
        if "IAM4" in finding["ruleName"] or "IAM5" in finding["ruleName"]:
            assert "[" in finding["acknowledgedId"], finding["acknowledgedId"]


@pytest.mark.parametrize("stage", ["Closed", "FargateOnly", "Existing"])
def test_kubernetes_objects_meet_the_schema(stage: str, variants: Variants) -> None:
    """Bindings, namespaces and service accounts, which dev and prod don't have, are checked too."""
    objects = [
        item
        for stack, template in variants.platforms.templates.items()
        if stack.startswith(f"{stage}/")
        for _, item in kubernetes_objects(template)
    ]
    assert objects
    for item in objects:
        kubernetes_validate.validate(item, VERSIONS[stage], strict=True)
