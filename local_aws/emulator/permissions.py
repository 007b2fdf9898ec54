"""IAM: which resources and tags a call is checked against.

MiniStack checks one resource per call and knows no tags of EC2 and Elastic Load Balancing. The
load balancer controller's policy is all about these: what carries the cluster's tag is its own.
Resources and keys are those of the Service Authorization Reference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from local_aws.emulator.internals import ALB, EC2, TAGGING, Function, account, patch, region

ACTIONS = "core.iam_actions"
SERVICES = ("ec2", "elasticloadbalancing")
EVERYTHING = "*"
TAG = r"(TagSpecification\.\d+\.Tag\.\d+|Tags?(?:\.member)?\.\d+)\.Key"
"""A parameter that names a tag's key."""

Parameters = Mapping[str, Any]
Context = dict[str, Any]

PARAMETERS: ContextVar[Parameters] = ContextVar("parameters", default={})  # noqa: B039  # never changed
"""The parameters of the request that is being authorized."""


Check = tuple[str, str, Context]
"""One question to IAM: may the caller do this action to this resource, given this?"""


def install() -> None:
    """Tell IAM the tags of EC2 and Elastic Load Balancing."""
    collectors = TAGGING.RESOURCE_TAG_COLLECTORS
    collectors["ec2"] = _ec2_tags
    collectors["elasticloadbalancing"] = ALB.tags.items


@patch("core.iam_evaluator", "pin_request_origin")
def _pin_request_origin(original: Function, source: str, _: object) -> None:
    """Let loopback stand for TLS; else a bucket policy that wants it would deny every call."""
    original(source, True)  # noqa: FBT003


@patch(ACTIONS, "extract_resource_arn")
def _extract_resource_arn(original: Function, service: str, *request: Any) -> str:  # noqa: ANN401
    """DescribeRepositories names several repositories, which MiniStack overlooks."""
    found = str(original(service, *request))
    body = request[3]
    if service == "ecr" and found == EVERYTHING and body:
        names = json.loads(body).get("repositoryNames") or [EVERYTHING]
        if names != [EVERYTHING]:
            return f"arn:aws:ecr:{region()}:{account()}:repository/{names[0]}"
    return found


@patch(ACTIONS, "request_tag_context")
def _request_tag_context(
    original: Function, service: str, action: str, body: bytes, parameters: Parameters
) -> Context:
    """Keep the parameters for the questions, and read the tags that MiniStack overlooks."""
    PARAMETERS.set(parameters)
    context: Context = original(service, action, body, parameters)
    return {**context, **tag_context(parameters)} if service in SERVICES else context


@patch("core.iam_evaluator", "enforce")
def _enforce(  # noqa: PLR0917  # MiniStack's signature
    original: Function,
    access_key: str,
    action: str,
    service: str,
    place: str,
    resource_arn: str = EVERYTHING,
    service_context: Context | None = None,
) -> object:
    """Ask all questions that AWS asks."""
    for question, resource, more in checks(service, action, resource_arn, PARAMETERS.get()):
        context = {**(service_context or {}), **more}
        asked = (access_key, question, service, place)
        refusal = original(*asked, resource_arn=resource, service_context=context)
        if refusal is not None:
            return refusal
    return None


def checks(service: str, action: str, resource: str, parameters: Parameters) -> Iterator[Check]:
    """Return the questions that a call raises."""
    name = action.partition(":")[2]
    if service not in SERVICES:
        yield action, resource, {}
    elif name.startswith("Describe"):
        # A call that only reads is checked against everything.
        yield action, EVERYTHING, {}
    elif service == "ec2":
        yield from _ec2_checks(action, name, resource, parameters)
    else:
        yield from _load_balancing_checks(action, name, resource, parameters)


def _ec2_checks(action: str, name: str, resource: str, parameters: Parameters) -> Iterator[Check]:
    if name == "CreateSecurityGroup":
        new = _ec2_arn("security-group", EVERYTHING)
        yield action, _ec2_arn("vpc", _text(parameters, "VpcId")), {}
        yield action, new, {}
        if tag_context(parameters):
            yield "ec2:CreateTags", new, {"ec2:CreateAction": name}
    elif name in {"CreateTags", "DeleteTags"}:
        for resource_id in EC2.parse_member_list(parameters, "ResourceId"):
            yield action, _ec2_arn_of(resource_id), {}
    else:
        yield action, resource, {}


def _load_balancing_checks(
    action: str, name: str, resource: str, parameters: Parameters
) -> Iterator[Check]:
    if name in {"AddTags", "RemoveTags"}:
        yield from ((action, arn, {}) for arn in ALB.parse_member_list(parameters, "ResourceArns"))
        return
    kind = "net" if _text(parameters, "Type") == "network" else "app"
    new = {"CreateLoadBalancer": f"loadbalancer/{kind}", "CreateTargetGroup": "targetgroup"}
    target = resource
    if name in new:
        path = f"{new[name]}/{_text(parameters, 'Name')}/*"
        target = f"arn:aws:elasticloadbalancing:{region()}:{account()}:{path}"
    elif name in {"DeleteRule", "ModifyRule"}:
        target = _text(parameters, "RuleArn")
    yield action, target, {}
    if tag_context(parameters):
        if name == "CreateListener":
            target = target.replace(":loadbalancer/", ":listener/") + "/*"
        created = {"elasticloadbalancing:CreateAction": name}
        yield "elasticloadbalancing:AddTags", target, created


def tag_context(parameters: Parameters) -> Context:
    """Return the condition keys for the tags that a request of a query API carries."""
    matches = [re.fullmatch(TAG, name) for name in parameters]
    tags = {
        _text(parameters, match[0]): _text(parameters, f"{match[1]}.Value")
        for match in matches
        if match
    }
    keys = [_text(parameters, name) for name in parameters if name.startswith("TagKeys.member.")]
    if not tags and not keys:
        return {}
    context: Context = {f"aws:requesttag/{key}".lower(): value for key, value in tags.items()}
    return {**context, "aws:TagKeys": [*tags, *keys]}


def _text(parameters: Parameters, name: str) -> str:
    return str(EC2.p(parameters, name))


def _ec2_arn(kind: str, name: str) -> str:
    return f"arn:aws:ec2:{region()}:{account()}:{kind}/{name}"


def _ec2_arn_of(resource_id: str) -> str:
    return _ec2_arn(str(EC2.guess_resource_type(resource_id)), resource_id)


def _ec2_tags() -> Iterator[tuple[str, list[dict[str, str]]]]:
    for resource_id, tags in EC2.tags.items():
        yield _ec2_arn_of(resource_id), tags
