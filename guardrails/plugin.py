"""The rules as a validation plugin of the CDK: they run in every synth, next to cdk-nag."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
import jsii

from guardrails import exposure
from guardrails.rule import Rule

RULES: tuple[Rule, ...] = (*exposure.RULES,)
"""Every rule, in the order of the families."""


@jsii.implements(cdk.IPolicyValidationPlugin)
class Guardrails:
    """Check every template against every rule.

    An accepted finding is acknowledged beside its resource as `Groundwork::EKS1[0.0.0.0/0]`.
    """

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
        """Return the violations in all templates of the app; the CDK drops acknowledged ones."""
        templates = {
            path: json.loads(Path(path).read_text(encoding="utf-8"))
            for path in context.template_paths
        }
        violations = [
            cdk.PolicyViolation(
                # The value is a part of the name, so that an acknowledgement covers only itself.
                rule_name=f"{rule.id}[{finding.value}]",
                description=rule.reason,
                fix=rule.mend,
                severity="error",
                violating_resources=[
                    cdk.PolicyViolatingResource(
                        resource_logical_id=finding.logical_id,
                        template_path=path,
                        locations=[finding.location],
                    )
                ],
            )
            for path, template in templates.items()
            for rule in RULES
            for finding in rule.check(template)
        ]
        return cdk.PolicyValidationPluginReport(success=not violations, violations=violations)
