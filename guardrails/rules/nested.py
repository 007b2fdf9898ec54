"""What no rule can see."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from guardrails.rule import Family, Finding

UNSEEN = Family("What is not seen")


@UNSEEN.rule(
    "NESTED1",
    severity="warning",
    reason="No rule has read what the nested stack makes: its template isn't in the assembly.",
    source="https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.NestedStack.html",
    fix="Make the stack with the CDK's NestedStack, or review its template yourself and "
    "acknowledge the finding.",
)
def _not_read(environment: Environment) -> Iterator[Finding]:
    for stack in environment.nested:
        yield Finding(resource=stack, value=stack.logical_id, location="Properties/TemplateURL")
