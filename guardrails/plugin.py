"""The rules as a validation plugin of the CDK: they run in every synth, next to cdk-nag."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import jsii
from constructs import IConstruct

from assembly.cloud_assembly import environments_in
from assembly.stack import ACKNOWLEDGED
from guardrails.acknowledgements import too_high
from guardrails.catalogue import RULES
from guardrails.run import Violation, violation, violations
from kube.values import mapping


@jsii.implements(cdk.IPolicyValidationPlugin)
class Guardrails:
    """Check every environment against every rule.

    An accepted finding is acknowledged beside its resource as `Groundwork::EKS1[0.0.0.0/0]`.
    """

    def __init__(self, *, today: dt.date) -> None:
        """Judge as of `today`: the support of a Kubernetes version ends on a date."""
        self._today = today

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
        """Return the violations of all environments; the CDK drops acknowledged ones."""
        folders = dict.fromkeys(Path(each.template_path).parent for each in context.stack_templates)
        environments = [*environments_in(folders, today=self._today).values()]
        high = too_high(environments[0], _above_stacks(context.app_construct))
        (judged,) = (rule for rule in RULES if rule.id == "ACK2")
        found = [violation(judged, environments[0], each) for each in high]
        found += violations(environments, RULES)
        return cdk.PolicyValidationPluginReport(
            success=all(violation.severity != "error" for violation in found),
            violations=[_as_the_cdk_has_it(violation) for violation in found],
        )


def _above_stacks(construct: IConstruct) -> Iterator[tuple[str, str]]:
    """Yield what is acknowledged outside of stacks, with its place: no template tells it."""
    if not cdk.Stack.is_stack(construct):
        for entry in construct.node.metadata:
            if entry.type == ACKNOWLEDGED:
                yield from ((finding, construct.node.path) for finding in mapping(entry.data))
        for child in construct.node.children:
            yield from _above_stacks(child)


def _as_the_cdk_has_it(violation: Violation) -> cdk.PolicyViolation:
    where = {"resource_logical_id": violation.logical_id, "template_path": violation.template_path}
    if violation.construct_path:
        where = {"construct_path": violation.construct_path}
    resource = cdk.PolicyViolatingResource(locations=[violation.location], **where)
    return cdk.PolicyViolation(
        rule_name=violation.name,
        description=violation.description,
        fix=violation.fix,
        severity=violation.severity,
        violating_resources=[resource],
    )
