"""Whether EventBridge may deliver what its rules send, such as the interruptions that Karpenter waits for."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.arns import home, rendered
from assembly.environment import Environment
from assembly.policies import Call, allows
from assembly.references import Reference
from guardrails.reach.subnets import by_target
from guardrails.rule import Finding, breach, rule
from guardrails.rules.presence import reached

EVENTS = "events.amazonaws.com"
TARGETS = {"AWS::SQS::Queue": "sqs:SendMessage", "AWS::SNS::Topic": "sns:Publish"}


@rule("ROLE10")
def _undelivered(environment: Environment) -> Iterator[Finding]:
    queues = by_target(environment, "AWS::SQS::QueuePolicy", "Queues")
    held = {**queues, **by_target(environment, "AWS::SNS::TopicPolicy", "Topics")}
    for sender in environment.resources("AWS::Events::Rule"):
        own = rendered(environment, Reference("", node=sender.node, attribute="Arn"))
        told = {"aws:sourcearn": own, "aws:sourceaccount": home(sender)["account"]}
        for field, value in reached(sender.properties, "Targets.*.Arn"):
            target, to = environment.target(value), rendered(environment, value)
            action = TARGETS.get(target.kind, "") if target else ""
            call = Call(action=action, principal=EVENTS, context=told, resource=to)
            policies = held.get(target.node, ()) if target else ()
            documents = [each.properties.get("PolicyDocument") for each in policies]
            if target and action and allows(environment, documents, call) is False:
                detail = f"The policy of {target.path} doesn't let {EVENTS} call {action}."
                yield breach(sender, field, target.logical_id, detail)
