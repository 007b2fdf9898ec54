"""Where logs go: log groups with the names that services write to, flow logs, and their buckets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from assembly.arns import arn, readable, rendered
from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ADOPTED_LOG_GROUP, CLUSTER, FUNCTION, LOG_GROUP, SUBNET, VPC
from assembly.policies import Call, principals, statements
from assembly.references import Reference
from assembly.resource import Resource
from guardrails.rule import Finding, breach, found, rule
from guardrails.rules.keys import strangers
from guardrails.rules.policy_statements import another_account, home, refuses
from guardrails.rules.resource_facts import BUCKET, FLOW_LOG, flow_log_buckets, is_production
from kube.values import flag, items, known, look_up, several, text, unsure

WRITERS = (
    (r"/aws/eks/(?P<name>.+)/cluster", CLUSTER, "Name", "cluster"),
    (r"/aws/lambda/(?P<name>.+)", FUNCTION, "FunctionName", "function"),
)
"""The names of log groups that services choose (EKS and Lambda user guides)."""
DELIVERY = "delivery.logs.amazonaws.com"
NEEDS = (("s3:PutObject", "/AWSLogs/{account}/x"), ("s3:GetBucketAcl", ""))
"""VPC user guide, "Amazon S3 bucket permissions for flow logs"."""


@rule("EXPOSE14")
def _unwritten(environment: Environment) -> Iterator[Finding]:
    groups = environment.resources(LOG_GROUP, ADOPTED_LOG_GROUP)
    names = {text(each.properties, "LogGroupName"): each for each in groups}
    for pattern, kind, field, word in WRITERS:
        writers = environment.resources(kind)
        named = {text(each.properties, field) for each in writers}
        for name, group in names.items():
            match = re.fullmatch(pattern, name)
            if match and known(group.properties["LogGroupName"]) and match["name"] not in named:
                there = ", ".join(sorted(filter(None, named))) or "one without a name"
                detail = f"No {word} of the templates is called {match['name']}; there is {there}."
                if writers:
                    yield breach(group, "LogGroupName", name, detail)
    for cluster in environment.resources(CLUSTER):
        logging = look_up(cluster.properties, "Logging", "ClusterLogging", "EnabledTypes")
        name = text(cluster.properties, "Name")
        wanted = f"/aws/eks/{name}/cluster"
        unclear = any(not known(x) and x.startswith(("$", "/aws/eks/")) for x in (name, *names))
        if items(logging) and name and wanted not in names and not unclear:
            yield breach(cluster, "Logging", wanted, f"No log group has the name {wanted}.")


@rule("EXPOSE14")
def _of_fargate(environment: Environment) -> Iterator[Finding]:
    groups = environment.resources(LOG_GROUP, ADOPTED_LOG_GROUP)
    declared = {text(each.properties, "LogGroupName") for each in groups}
    for item in environment.kubernetes_objects("ConfigMap"):
        output = text(item.content, "data", "output.conf") if item.name == "aws-logging" else ""
        said = dict(re.findall(r"(?m)^\s*(\S+)\s+(.+?)\s*$", output))
        name, made = said.get("log_group_name", "$"), said.get("auto_create_group")
        if "$" not in name and name not in declared:
            yield found(item, f"log_group_name {name}", f"No log group has the name {name}.")
        if made == "true" and "log_retention_days" not in said:
            detail = "Fluent Bit makes a log group that keeps logs forever."
            yield found(item, "auto_create_group true", detail)


@indexed
def _policies(environment: Environment) -> Mapping[object, list[object]]:
    every = environment.resources("AWS::S3::BucketPolicy")
    return grouped(
        (environment.target(each.properties.get("Bucket")), each.properties.get("PolicyDocument"))
        for each in every
    )


def _documents(environment: Environment, bucket: Resource) -> Sequence[object]:
    return _policies(environment).get(bucket, ())


@rule("EXPOSE15")
def _public_policies(environment: Environment) -> Iterator[Finding]:
    logs = flow_log_buckets(environment)
    for bucket in environment.resources(BUCKET):
        for value, detail in strangers(environment, bucket, _documents(environment, bucket)):
            # Other buckets may be there to be shared.
            if bucket in logs or not another_account(environment, bucket, value):
                yield breach(bucket, "", value, detail)


@rule("EXPOSE16")
def _plain_http(environment: Environment) -> Iterator[Finding]:
    for bucket in environment.resources(BUCKET):
        denied = {
            resource
            for document in _documents(environment, bucket)
            for each in statements(document, "Deny")
            if flag(each, "Condition", "Bool", "aws:SecureTransport", default=True) is False
            if ("AWS", "*") in principals(each)
            if any(action in {"s3:*", "*"} for action in map(str, several(each, "Action")))
            for resource in map(str, several(each, "Resource"))
        }
        for part, wanted in (("bucket", r"[^*]*[^/*]|\*"), ("objects", r".*\*")):
            if not any(re.fullmatch(wanted, each) for each in denied):
                yield breach(bucket, "", part, f"Nothing denies plain HTTP to the {part}.")


@rule("EXPOSE17")
def _unrecorded(environment: Environment) -> Iterator[Finding]:
    flow_logs = environment.resources(FLOW_LOG)
    recorded = [environment.target(each.properties.get("ResourceId")) for each in flow_logs]
    unclear = any(
        of is None and unsure(each.properties.get("ResourceId"))
        for each, of in zip(flow_logs, recorded, strict=True)
    )
    for vpc in () if unclear else environment.resources(VPC):
        if vpc not in recorded and (flow_logs or is_production(environment, vpc)):
            yield breach(vpc, "", "unrecorded", f"No flow log records {vpc.path}.")
    kinds = {VPC: "VPC", SUBNET: "Subnet"}
    for each, of in zip(flow_logs, recorded, strict=True):
        said = text(each.properties, "ResourceType")
        if of is not None and kinds.get(of.kind, said) != said:
            yield breach(each, "ResourceType", said, f"{of.path} is a {kinds[of.kind]}.")


@rule("EXPOSE17")
def _unwritable(environment: Environment) -> Iterator[Finding]:
    """Yield what log delivery can't do; without any policy EC2 writes the one that it needs."""
    for bucket in flow_log_buckets(environment):
        own = rendered(environment, Reference("", node=bucket.node, attribute="Arn"))
        place = home(bucket)
        context = {
            "aws:sourceaccount": place["account"],
            "aws:sourcearn": arn(bucket, "logs:{region}:{account}:*", **place),
            "s3:x-amz-acl": "bucket-owner-full-control",
        }
        for document in _documents(environment, bucket):
            for action, below in NEEDS:
                resource = f"{own}{below.format_map(place)}"
                call = Call(action=action, resource=resource, principal=DELIVERY, context=context)
                if refuses(environment, document, call):
                    detail = (
                        f"The bucket policy doesn't let {DELIVERY} call {action} on "
                        f"{readable(resource)} for this account and region."
                    )
                    yield breach(bucket, "", action, detail)
