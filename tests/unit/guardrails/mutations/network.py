"""What must not be done to the real networks: the rows of network.yaml, and what needs a program."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from assembly.environment import Environment
from kube.values import look_up
from tests.unit.guardrails.environments import manifest_change
from tests.unit.guardrails.mutations import Mutation, found, in_resource, in_template

ROWS = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
Change = Callable[[Environment], Environment]
GROUP = "AWS::EKS::Nodegroup"


def _without(at: str, _: None = None) -> Change:
    """Return a change that takes a resource out: by its stack and path."""
    stack, path = at.split()
    return in_template(stack, lambda it: it["Resources"].pop(found(it, path)[0]))


def _with(at: str, properties: dict[str, Any]) -> Change:
    stack, path = at.split()

    def change(template: dict[str, Any]) -> None:
        _update(template, found(template, path)[1]["Properties"], properties)

    return in_template(stack, change)


def _update(template: dict[str, Any], target: dict[str, Any], values: dict[str, Any]) -> None:
    for name, value in values.items():
        match value:
            case None:
                del target[name]
            case {"same as": other}:
                path, *fields = other.split()
                properties = found(template, path)[1]["Properties"]
                target[name] = look_up(properties, *(fields or [name]))
            case dict():
                _update(template, target[name], value)
            case _:
                target[name] = value


def _text(at: str, words: tuple[str, str]) -> Change:
    kind, name = at.split()
    return in_template("SampleService", manifest_change(kind, name, *words))


KINDS: dict[str, Callable[..., Change]] = {"without": _without, "with": _with, "text": _text}


def _rows() -> Iterator[Mutation]:
    for kind, rows in ROWS.items():
        for rule, environment, name, at, how, value, fix, *also in rows:
            yield Mutation(
                rule=rule,
                name=name,
                environment=environment,
                change=KINDS[kind](at, how),
                value=value,
                fix=fix,
                also=tuple(also),
            )


def _at_once(template: dict[str, Any]) -> None:
    found(template, "/PodsA/Subnet")[1]["DependsOn"] = []


def _another_vpc(template: dict[str, Any]) -> None:
    _, vpc = found(template, "/Network/Vpc/Resource")
    template["Resources"]["Other"] = {"Type": vpc["Type"], "Properties": vpc["Properties"]}
    found(template, "/Endpoints/Sts/Resource")[1]["Properties"]["VpcId"] = {"Ref": "Other"}


def _proxied(template: dict[str, Any]) -> None:
    data = found(template, "/Special/LaunchTemplate")[1]["Properties"]["LaunchTemplateData"]
    written = json.dumps(data["UserData"])
    assert ".eks.amazonaws.com" in written
    data["UserData"] = json.loads(written.replace(".eks.amazonaws.com", ".example.com"))


def _past_the_local_route(template: dict[str, Any]) -> None:
    """Send what is for another subnet to the NAT gateway."""
    subnet = found(template, "/PrivateB/Subnet")[1]["Properties"]
    route = found(template, "/PrivateA/DefaultRoute")[1]
    to = {**route["Properties"], "DestinationCidrBlock": subnet["CidrBlock"]}
    template["Resources"]["Added"] = {**route, "Properties": to}


def _to_another_vpc(template: dict[str, Any]) -> None:
    _, route = found(template, "/PrivateA/DefaultRoute")
    template["Resources"]["Added"] = {
        "Type": "AWS::EC2::Route",
        "Properties": {
            "RouteTableId": route["Properties"]["RouteTableId"],
            "DestinationCidrBlock": "0.0.0.0/1",
            "VpcPeeringConnectionId": "pcx-0123456789abcdef0",
        },
        "Metadata": {"aws:cdk:path": "Added"},
    }


IMAGE = f"public.ecr.aws/nginx/nginx:1.29@sha256:{'0a1b2c3d' * 8}"


def _from_the_internet(template: dict[str, Any]) -> None:
    """Name an image of a public registry where the manifest has one that only a deploy knows."""
    _, body = found(template, "/ApiDeployment/")
    manifest = body["Properties"]["Manifest"]["Fn::Join"]
    whole = "".join(part if isinstance(part, str) else "IMAGE" for part in manifest[1])
    manifest[1] = [re.sub(r'(?<="image":")[^"]+', IMAGE, whole)]


MUTATIONS = (
    *_rows(),
    Mutation(
        rule="REACH20",
        name="an image that only the internet has, without a way there",
        environment="Closed",
        change=in_template("SampleService", _from_the_internet),
        value=f"Deployment/api {IMAGE}",
        fix="Copy the image to ECR",
    ),
    Mutation(
        rule="REACH19",
        name="nodes ask a proxy for the API server",
        environment="Closed",
        change=in_template("Cluster", _proxied),
        value="no-proxy",
        fix=".eks.amazonaws.com",
    ),
    Mutation(
        rule="NET7",
        name="a subnet may come before its range",
        environment="Closed",
        change=in_template("Network", _at_once),
        value="NetworkPodCidr2E846A02",
        fix="VPCCidrBlock",
    ),
    Mutation(
        rule="NET9",
        name="an endpoint is in another VPC than its subnets",
        environment="Prod",
        change=in_template("Network", _another_vpc),
        value="several VPCs",
        fix="one VPC",
        also=("EXPOSE17",),
    ),
    Mutation(
        rule="NET9",
        name="a subnet that no template made",
        environment="Prod",
        change=in_resource(
            "Cluster", GROUP, lambda group: group["Subnets"].append("subnet-0123456789abcdef0")
        ),
        value="subnet-0123456789abcdef0",
        fix="Name a subnet of the templates",
    ),
    Mutation(
        rule="REACH1",
        name="half of the internet goes to another VPC",
        environment="Prod",
        change=in_template("Network", _to_another_vpc),
        value="0.0.0.0/1",
        fix="the ranges of the other VPC",
    ),
    Mutation(
        rule="REACH1",
        name="a route past the local one",
        environment="Prod",
        change=in_template("Network", _past_the_local_route),
        value="10.20.64.0/19",
        fix="the local route leads to all subnets",
    ),
)
