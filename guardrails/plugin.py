"""The rules as a validation plugin of the CDK: they run in every synth, next to cdk-nag."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from constructs import IConstruct

from guardrails import exposure
from guardrails.rule import Finding, Rule

RULES: tuple[Rule, ...] = (*exposure.RULES,)
"""Every rule, in the order of the families."""


@jsii.implements(cdk.IPolicyValidationPlugin)
class Guardrails:
    """Check every template against every rule, less what is acknowledged beside its resource."""

    @property
    def name(self) -> str:
        """Return the name that the report shows."""
        return "Groundwork"

    @property
    def rule_ids(self) -> list[str]:
        """Return the id of every rule."""
        return [rule.id for rule in RULES]

    @property
    def version(self) -> str | None:
        """Return nothing: the rules are versioned with the project."""
        return None

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Return the violations in all templates of the app."""
        violations: list[cdk.PolicyViolation] = []
        for path in context.template_paths:
            template = json.loads(Path(path).read_text(encoding="utf-8"))
            for rule in RULES:
                resources = [
                    _violating_resource(finding, template, path)
                    for finding in rule.check(template)
                    if not _acknowledged(context.app_construct, template, rule, finding)
                ]
                if resources:
                    violations.append(
                        cdk.PolicyViolation(
                            rule_name=rule.id,
                            description=rule.reason,
                            fix=rule.mend,
                            severity="error",
                            violating_resources=resources,
                        )
                    )
        return cdk.PolicyValidationPluginReport(success=not violations, violations=violations)


def _violating_resource(
    finding: Finding, template: Mapping[str, Any], path: str
) -> cdk.PolicyViolatingResource:
    return cdk.PolicyViolatingResource(
        resource_logical_id=finding.logical_id,
        construct_path=_construct_path(template, finding),
        template_path=path,
        locations=[f"{finding.location}: {finding.value}"],
    )


def _construct_path(template: Mapping[str, Any], finding: Finding) -> str | None:
    path: str | None = (
        template["Resources"][finding.logical_id].get("Metadata", {}).get("aws:cdk:path")
    )
    return path


def _acknowledged(
    root: IConstruct, template: Mapping[str, Any], rule: Rule, finding: Finding
) -> bool:
    """Tell whether the construct of a finding, or one around it, acknowledges the finding.

    The CDK leaves this to each plugin; it keeps acknowledgements in the constructs' metadata.
    """
    wanted = f"{rule.id}[{finding.value}]"
    construct: IConstruct | None = root
    path = _construct_path(template, finding)
    for step in path.split("/") if path else ():
        if construct is None:
            return False
        for entry in construct.node.metadata:
            if entry.type == cdk.Validations.ACKNOWLEDGED_RULES_METADATA_KEY and wanted in str(
                entry.data
            ):
                return True
        construct = construct.node.try_find_child(step)
    return False
