from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from assembly.environment import Environment
from assembly.kinds import MANIFEST
from guardrails.catalogue import problems
from tests.unit.guardrails.environments import of_resources

Json = dict[str, Any]
SPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
POD = {"kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}}
CLUSTER = {"Type": "AWS::EKS::Cluster", "Properties": {"Version": "1.36"}}
BINDING = {"kind": "RoleBinding", "metadata": {"name": "edit", "namespace": "shop"}}


def manifest(*content: Json, token: str = "", **more: object) -> Json:
    """Return a manifest of objects, which kubectl prunes."""
    properties = {"Manifest": json.dumps(content), "PruneLabel": "aws.cdk.eks/prune-1"}
    return {"Type": MANIFEST, "Properties": {**properties, "ServiceToken": token}, **more}


def raw(content: object, **more: object) -> Json:
    """Return a manifest that nothing prunes."""
    return {"Type": MANIFEST, "Properties": {"Manifest": content, "ServiceToken": "", **more}}


ALB = "alb.ingress.kubernetes.io"


def said(before: Json, after: Json) -> list[str]:
    """Return the ids and values of what stands against a step."""
    step: Environment = replace(of_resources(**after), base=of_resources(**before))
    return [each.partition(" at ")[0] for each in problems(step, {})]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"A": manifest(SPACE)}, {"A": manifest(SPACE)}, []),
        ({"A": manifest(SPACE)}, {}, ["REPLACE1[lost: Namespace shop]"]),
        ({"A": manifest(SPACE)}, {"A": manifest()}, ["REPLACE1[lost: Namespace shop]"]),
        ({"A": manifest(SPACE, DeletionPolicy="Retain")}, {}, []),
        (
            {"A": manifest(SPACE)},
            {"A": manifest(), "B": manifest(SPACE)},
            ["REPLACE3[Namespace shop]"],
        ),
        # What is in it goes with it, and elsewhere it stays.
        (
            {"A": manifest(SPACE), "B": manifest(SPACE | {"kind": "X"}, BINDING)},
            {"B": manifest(SPACE | {"kind": "X"})},
            ["REPLACE1[lost: Namespace shop]"],
        ),
        ({"B": manifest(BINDING)}, {"B": manifest()}, ["REPLACE9[RoleBinding shop/edit]"]),
        ({"B": manifest(BINDING)}, {"B": raw({"Ref": "Objects"})}, []),
        ({"A": manifest(SPACE)}, {"A": raw({"Ref": "Objects"})}, []),
        # What is read of a list with an unknown object isn't there any more.
        (
            {"A": manifest(SPACE)},
            {"A": raw({"Fn::ToJsonString": [BINDING, {"Ref": "Object"}]}, PruneLabel="x")},
            ["REPLACE1[lost: Namespace shop]"],
        ),
        # Only what has the label is pruned, and only by it.
        ({"A": manifest(SPACE)}, {"A": raw("[]")}, ["REPLACE9[Namespace shop]"]),
        ({"A": raw(json.dumps([SPACE]))}, {"A": manifest()}, ["REPLACE9[Namespace shop]"]),
        (
            {"A": raw(json.dumps([SPACE, POD]))},
            {"A": raw("[]")},
            ["REPLACE9[Namespace shop]", "REPLACE9[Pod shop/web]"],
        ),
        (
            {"Cluster": CLUSTER, "A": raw(json.dumps([SPACE]), ClusterName={"Ref": "Cluster"})},
            {},
            ["REPLACE1[deleted]"],
        ),
    ],
)
def test_a_namespace_goes_with_all_that_is_in_it(
    before: Json, after: Json, found: list[str]
) -> None:
    """Its loss needs consent, and nothing in it is left behind."""
    assert said(before, after) == found


@pytest.mark.parametrize(
    ("kind", "before", "after", "found"),
    [
        ("Service", {"type": "LoadBalancer"}, {"type": "LoadBalancer"}, []),
        ("Service", {"type": "LoadBalancer"}, {}, ["REPLACE1[Service/web lost: type]"]),
        ("Service", {}, {"type": "LoadBalancer"}, []),
        (
            *("Ingress", {"ingressClassName": "alb"}, {"ingressClassName": "nginx"}),
            ["REPLACE1[Ingress/web lost: ingressClassName]"],
        ),
        ("Ingress", {"ingressClassName": "alb"}, {}, []),
    ],
)
def test_a_load_balancer_goes_with_what_asks_for_it(
    kind: str, before: Json, after: Json, found: list[str]
) -> None:
    """The controller deletes it when nothing asks for it any more."""
    one, two = ({"kind": kind, "metadata": {"name": "web"}, "spec": it} for it in (before, after))
    assert said({"A": manifest(one)}, {"A": manifest(two)}) == found


@pytest.mark.parametrize(
    ("name", "before", "after", "goes"),
    [
        ("group.name", None, "shops", True),
        ("group.name", "shops", None, True),
        ("scheme", None, "internal", False),
        ("scheme", "internal", "internet-facing", True),
        ("ip-address-type", "ipv4", "dualstack", False),
    ],
)
def test_another_group_or_scheme_is_another_load_balancer(
    name: str, before: str | None, after: str | None, *, goes: bool
) -> None:
    """What an annotation is by default changes nothing."""
    one, two = (
        manifest(
            {"kind": "Ingress", "metadata": {"name": "web", "annotations": {f"{ALB}/{name}": it}}}
        )
        for it in (before, after)
    )
    found = [f"REPLACE1[Ingress/web lost: {ALB}/{name}]"] if goes else []
    assert said({"A": one}, {"A": two}) == found


def test_a_type_that_only_a_deploy_knows_is_not_judged() -> None:
    """It may be the same."""
    service: Json = {"kind": "Service", "metadata": {"name": "web"}}
    one = raw(json.dumps([{**service, "spec": {"type": "LoadBalancer"}}]))
    two = raw({"Fn::ToJsonString": [{**service, "spec": {"type": {"Ref": "Type"}}}]})
    assert said({"A": one}, {"A": two}) == []


def test_a_custom_resource_stays_with_its_function() -> None:
    """CloudFormation modifies no service token, nor is there a replacement for one."""
    before, after = ({"A": manifest(token=each)} for each in ("arn:one", "arn:two"))
    assert said(before, after) == ["REPLACE7[ServiceToken: arn:one to arn:two]"]
