"""ARNs, as IAM policies write them: with names, with wildcards, and with what only a deploy knows."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from assembly.environment import Environment
from assembly.kinds import ADOPTED_LOG_GROUP, CLUSTER, FUNCTION, KEY, LOG_GROUP, ROLE
from assembly.references import Reference, Text, written_out
from assembly.resource import Resource
from kube.values import Unknown, look_up

HOLE = "\ue000"
"""Stands for what only a deploy knows; it may turn out to be anything."""
OWN = "\ue001{}\ue001"
"""Stands for the name of a resource that CloudFormation makes up: nobody can write it down before."""
MADE_UP = re.compile("\ue001[^\ue001]*?([^/\ue001]+)/[^/\ue001]*\ue001")
"""A name that CloudFormation makes up: people know it by the logical id."""
VARIABLE = re.compile(r"\$\{[^}]*\}")
NAMED: Mapping[str, tuple[str, str]] = {
    "AWS::S3::Bucket": ("BucketName", "s3:::{name}"),
    KEY: ("KeyId", "kms:{region}:{account}:key/{name}"),
    CLUSTER: ("Name", "eks:{region}:{account}:cluster/{name}"),
    LOG_GROUP: ("LogGroupName", "logs:{region}:{account}:log-group:{name}:*"),
    ADOPTED_LOG_GROUP: ("LogGroupName", "logs:{region}:{account}:log-group:{name}"),
    FUNCTION: ("FunctionName", "lambda:{region}:{account}:function:{name}"),
    ROLE: ("RoleName", "iam::{account}:role/{name}"),
    "AWS::Events::Rule": ("Name", "events:{region}:{account}:rule/{name}"),
    "AWS::SQS::Queue": ("QueueName", "sqs:{region}:{account}:{name}"),
}
"""Types whose names other policies write down: the property, and the ARN (Service Authorization Reference)."""


def rendered(environment: Environment, value: object) -> str:
    """Return a value as a policy will have it, with holes for what only a deploy knows, empty for none."""
    if type(value) is str:  # Most are.
        return VARIABLE.sub(HOLE, value) if "${" in value else value
    if value is None:
        return ""
    if isinstance(value, Reference):
        target = environment.by_node.get(value.node)
        return HOLE if target is None else _written(environment, target, value.attribute)
    parts = value.parts if isinstance(value, Text) else ()
    # What a function makes is not the text of its arguments.
    if parts and str(value) == "".join(map(written_out, parts)):
        return "".join(rendered(environment, each) for each in parts)
    return HOLE if isinstance(value, Unknown) else VARIABLE.sub(HOLE, str(value))


def _written(environment: Environment, target: Resource, attribute: str) -> str:
    prop, _ = NAMED.get(target.kind, ("", ""))
    named = look_up(target.properties, prop) if prop else None
    own = OWN.format("/".join((*target.node, "" if prop else attribute)))
    name = own if named is None else rendered(environment, named)
    return arn(target, NAMED[target.kind][1], name=name) if prop and attribute == "Arn" else name


def readable(value: str) -> str:
    """Return a text that a policy will have as people write it."""
    return MADE_UP.sub(r"\1", value.replace(HOLE, "*"))


def arn(beside: Resource, pattern: str, **names: str) -> str:
    """Return an ARN from what follows its partition, in the account and region of a resource."""
    return f"arn:{{partition}}:{pattern}".format_map(place_of(beside) | names)


def place_of(resource: Resource) -> dict[str, str]:
    """Return the partition, region and account of a resource."""
    stack = resource.scope.stack
    return {
        "partition": stack.pseudo_parameters.get("AWS::Partition", HOLE),
        "region": stack.region or HOLE,
        "account": stack.account or HOLE,
    }


def home(resource: Resource) -> dict[str, str]:
    """Return the partition, region and account from which calls for a resource come."""
    # Whichever account it is, it isn't one that a policy writes down.
    own = resource.scope.stack.account or OWN.format("ACCOUNT/")
    return {**place_of(resource), "account": own}


@functools.lru_cache(maxsize=65536)
def alike(pattern: str, value: str, *, wild: bool = True) -> bool:
    """Tell whether a pattern of IAM takes a value, or may once a deploy has filled the holes."""
    one, other = pattern.split(":", 5), value.split(":", 5)
    if len(one) != len(other):
        return bool(_expression(pattern, wild=wild).fullmatch(value))
    return all(
        _expression(mine, wild=wild).fullmatch(theirs)
        or _expression(theirs, wild=False).fullmatch(mine)
        for mine, theirs in zip(one, other, strict=True)
    )


@functools.lru_cache(maxsize=4096)
def _expression(pattern: str, *, wild: bool) -> re.Pattern[str]:
    signs = {HOLE: ".*"} | ({"*": ".*", "?": "."} if wild else {})
    return re.compile("".join(signs.get(each) or re.escape(each) for each in pattern))
