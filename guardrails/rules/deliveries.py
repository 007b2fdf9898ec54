"""Whether EventBridge may deliver what its rules send, such as the interruptions that Karpenter waits for."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.arns import home, rendered
from assembly.environment import Environment
from assembly.policies import Call, allows
from assembly.references import Reference
from assembly.resource import Resource
from guardrails.reach.subnets import by_target
from guardrails.rule import Finding, breach, rule
from guardrails.rules.keys_and_logs import unusable
from guardrails.rules.presence import reached
from kube.values import text

EVENTS = "events.amazonaws.com"
KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
"""EventBridge user guide, "Troubleshooting Amazon EventBridge": queues and topics that are encrypted."""
KEY_FIX = "Encrypt it with SqsManagedSseEnabled, or with a key of your own whose policy lets "
KEY_FIX += f"{EVENTS} call {' and '.join(KEY_ACTIONS)}."
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
            key = target.properties.get("KmsMasterKeyId") if target and action else None
            if target and key and (wrong := _locked(environment, target, key)):
                detail = f"{target.path} is encrypted: {wrong}"
                yield breach(sender, field, f"{target.logical_id} key", detail, fix=KEY_FIX)


def _locked(environment: Environment, target: Resource, key: object) -> str:
    """Return why EventBridge can't encrypt what it sends, empty if it can or nobody knows."""
    if text(key).startswith("alias/aws/"):
        return f"{key} is AWS's own key, and its policy lets no other service in."
    return unusable(environment, {"as": EVENTS, "actions": KEY_ACTIONS}, target, key)
