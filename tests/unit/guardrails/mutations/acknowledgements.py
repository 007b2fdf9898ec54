"""Acknowledgements that must not stand in the real environments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from assembly.environment import Environment
from assembly.stack import ACKNOWLEDGED
from tests.unit.guardrails.environments import changed
from tests.unit.guardrails.mutations import Mutation, found, in_template

CONTROL_PLANE = "Dev/Cluster/ControlPlane/Cluster"
OPEN = "Groundwork::EKS1[0.0.0.0/0]"
REASON = "Developers work from changing addresses; IAM still guards every call."


def acknowledged(*entries: tuple[str, str, str]) -> Callable[[Environment], Environment]:
    """Return a change of all that is acknowledged in the stack of dev's cluster."""

    def change(environment: Environment) -> Environment:
        metadata: dict[str, list[object]] = {}
        for path, finding, reason in entries:
            entry = {"type": ACKNOWLEDGED, "data": {finding: reason}}
            metadata.setdefault(f"/{path}", []).append(entry)
        stack = replace(environment.stacks["Dev/Cluster"], metadata=metadata)
        return replace(environment, stacks={**environment.stacks, stack.path: stack})

    return change


def _by_others(environment: Environment) -> Environment:
    """Accept a finding in the way of cdk-nag 2."""
    accepted = {"rules_to_suppress": [{"id": "AwsSolutions-EKS1", "reason": REASON}]}
    return changed(
        environment,
        "Cluster",
        lambda template: found(template, "/Logs/LogGroup")[1]["Metadata"].update(cdk_nag=accepted),
    )


# fmt: off
VAIN = (
    ("with one colon", "Annotation::Groundwork:EKS2[audit]"),
    ("without its plugin", "Annotation::EKS2[audit]"),
    ("with a plugin in lower case", "groundwork::EKS2[audit]"),
    ("with a dot", "Annotation::Groundwork.EKS2[audit]"),
    ("of cdk-nag without its plugin", "Annotation::AwsSolutions-EKS1"),
    ("of cdk-nag with one name", "AwsSolutions::EKS1"),
    ("of cdk-nag with another case", "awssolutions::AwsSolutions-EKS1"),
    ("of the CDK without a hyphen", "CloudFormationValidate::W3010"),
)
# fmt: on

MUTATIONS = (
    *(
        Mutation(
            rule="ACK1",
            name=f"a finding {name}",
            environment="Dev",
            change=acknowledged(
                (CONTROL_PLANE, OPEN, REASON),
                (CONTROL_PLANE, written, "Nobody here reads the audit log of dev, ever."),
            ),
            value=written,
            fix="as the report prints it",
        )
        for name, written in VAIN
    ),
    Mutation(
        rule="ACK1",
        name="a finding is accepted in the way of cdk-nag 2",
        environment="Dev",
        change=_by_others,
        value="cdk_nag",
        fix="as the report prints it",
    ),
    Mutation(
        rule="ACK1",
        name="findings of a stack are accepted for another tool",
        environment="Prod",
        change=in_template("Network", lambda template: template.update(Metadata={"cfn-lint": {}})),
        value="cfn-lint",
        fix="as the report prints it",
    ),
    Mutation(
        rule="ACK1",
        name="a log is accepted as missing that is kept",
        environment="Dev",
        change=acknowledged(
            (CONTROL_PLANE, OPEN, REASON),
            (
                CONTROL_PLANE,
                "Groundwork::EKS2[audit]",
                "Nobody here reads the audit log of dev, ever.",
            ),
        ),
        value="EKS2[audit]",
        fix="Remove it",
    ),
    Mutation(
        rule="ACK1",
        name="a whole rule is accepted",
        environment="Dev",
        change=acknowledged(
            (CONTROL_PLANE, OPEN, REASON),
            (
                CONTROL_PLANE,
                "Groundwork::EKS1",
                "Developers on trains and in cafes have no address of their own.",
            ),
        ),
        value="EKS1",
        fix="as the report prints it",
    ),
    Mutation(
        rule="ACK1",
        name="a rule is accepted that doesn't exist",
        environment="Dev",
        change=acknowledged(
            (CONTROL_PLANE, OPEN, REASON),
            (CONTROL_PLANE, "Groundwork::EKS99[audit]", "Nobody here reads the audit log of dev."),
        ),
        value="EKS99[audit]",
        fix="Remove it",
    ),
    Mutation(
        rule="ACK2",
        name="a finding is accepted for the whole stack",
        environment="Dev",
        change=acknowledged(("Dev/Cluster", OPEN, REASON)),
        value="EKS1[0.0.0.0/0]",
        fix="Move it",
    ),
    Mutation(
        rule="ACK3",
        name="a reason says nothing",
        environment="Dev",
        change=acknowledged((CONTROL_PLANE, OPEN, "Needed.")),
        value="EKS1[0.0.0.0/0]",
        fix="why the finding is acceptable here",
    ),
    Mutation(
        rule="ACK3",
        name="a reason that would do for anything",
        environment="Dev",
        change=acknowledged(
            (CONTROL_PLANE, OPEN, "This is an accepted risk for now, agreed by the whole team.")
        ),
        value="EKS1[0.0.0.0/0]",
        fix="why the finding is acceptable here",
    ),
    Mutation(
        rule="ACK3",
        name="a reason about the calendar",
        environment="Dev",
        change=acknowledged(
            (CONTROL_PLANE, OPEN, "The pipeline was red on Friday, and the release was urgent.")
        ),
        value="EKS1[0.0.0.0/0]",
        fix="why the finding is acceptable here",
    ),
)
