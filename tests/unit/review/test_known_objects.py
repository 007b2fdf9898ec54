"""Kinds, fields and annotations of Kubernetes objects: what a table knows is told, and nothing else is safe."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import review
from assembly.environment import Environment
from review.meanings import OBJECTS
from review.model import Risk
from tests.unit.review.foreign import kubernetes, manifest, of_resources, resource
from tests.unit.review.templates import replaced_text, reviewed, texts

Fields = Mapping[str, Any]
FOLDER = Path(review.__file__).parent
ALB, NLB = "alb.ingress.kubernetes.io/", "service.beta.kubernetes.io/aws-load-balancer-"
DOMAIN, HOST = "example.com", {"spec": {"hostnames": ["a.example.com"]}}
OTHER, SAFE = "not judged: .*doesn't know what they do", "safe: Changed in"


def annotated(kind: str, annotations: Fields) -> Fields:
    """Return the fields of an Ingress or of a Service with a load balancer."""
    spec = {"ingressClassName": "alb"} if kind == "Ingress" else {"type": "LoadBalancer"}
    return {"metadata": {"name": "web", "namespace": "team", "annotations": annotations}, "spec": spec}  # fmt: skip


def labeled(**more: Fields) -> Fields:
    """Return metadata."""
    return {"metadata": {"name": "web", "namespace": "team", **more}}


def said(kind: str, before: Fields | None, after: Fields | None) -> list[str]:
    """Return the sentences of the change of an object, without those of what it is beside."""
    stays = {"Stays": resource("AWS::SSM::Parameter", Value="x")}
    one, other = (
        of_resources({**stays, **({} if x is None else {"R": manifest(kubernetes(kind, "web", **x))})})
        for x in (before, after)
    )  # fmt: skip
    return texts(reviewed(one, other))


def budgets(*nodes: str) -> Fields:
    """Return a NodePool with disruption budgets."""
    return {"spec": {"disruption": {"budgets": [{"nodes": x} for x in nodes]}}}


TRUTHS: list[tuple[str, Fields | None, Fields | None, str]] = [
    ("Widget", {"spec": {"size": 1}}, {"spec": {"size": 2}}, rf"{OTHER}: `spec.size` `1` → `2`"),
    ("Widget", {}, None, "not judged: Removed from the cluster, and this review"),
    ("Widget", None, {}, "not judged: New in the cluster, and this review"),
    ("Service", {"spec": {"ports": [{"port": 80, "nodePort": 30080}]}}, {"spec": {"ports": [{"port": 80, "nodePort": 30090}]}}, r"interrupts: .*\*\*no longer answers\*\* on port `?30080`? of the nodes"),
    ("Service", {"spec": {"ports": [{"port": 80, "appProtocol": "http"}]}}, {"spec": {"ports": [{"port": 80, "appProtocol": "kubernetes.io/h2c"}]}}, OTHER),
    ("Deployment", {"spec": {"paused": True}}, {"spec": {}}, "interrupts: .*while it was paused"),
    ("StatefulSet", {"spec": {"updateStrategy": {"rollingUpdate": {"partition": 3}}}}, {"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}}, "interrupts: .*held back \\*\\*are restarted"),
    ("StatefulSet", {"spec": {"updateStrategy": {"type": "OnDelete"}}}, {"spec": {"updateStrategy": {"type": "RollingUpdate"}}}, "interrupts: .*are restarted"),
    ("DaemonSet", {"spec": {"updateStrategy": {"type": "OnDelete"}}}, {"spec": {"updateStrategy": {"type": "RollingUpdate"}}}, "interrupts: .*are restarted"),
    ("Ingress", annotated("Ingress", {f"{ALB}ssl-policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}), annotated("Ingress", {f"{ALB}ssl-policy": "ELBSecurityPolicy-TLS13-1-0-FIPS-2023-04"}), r"weakens: .*\*\*accepts TLS 1\.0 or 1\.1"),
    ("VolumeSnapshot", {}, None, "loses data: VolumeSnapshot .*what it holds is deleted"),
    ("ExternalSecret", {}, None, "interrupts: .*its Secret is deleted with it"),
    ("ExternalSecret", {"spec": {"dataFrom": [{"extract": {"key": "a"}}]}}, {"spec": {"dataFrom": [{"extract": {"key": "b"}}]}}, OTHER),
    ("TargetGroupBinding", {}, None, "takes down: .*its pods leave the target group"),
    ("TargetGroupBinding", None, {}, "not judged: .*whoever reaches its target group"),
    ("SecurityGroupPolicy", {}, None, "exposes: .*security groups of their node"),
    ("SecurityGroupPolicy", {"spec": {"securityGroups": {"groupIds": ["a"]}}}, {"spec": {"securityGroups": {"groupIds": ["b"]}}}, "exposes: .*other security groups"),
    ("HTTPRoute", HOST, {"spec": {"hostnames": ["z.example.com"]}}, "interrupts: .*no longer answers.* for `a.example.com`"),
    ("HTTPRoute", HOST, {"spec": {"hostnames": ["a.example.com", "b"]}}, SAFE),
    ("HTTPRoute", {}, None, "takes down: .*its routes no longer work"),
    ("Gateway", {"spec": {"listeners": [{"name": "a", "port": 443}]}}, {"spec": {"listeners": [{"name": "a", "port": 80}]}}, "interrupts: .*no longer answers.* on port `443`"),
    ("Certificate", {"spec": {"dnsNames": ["a", "b"]}}, {"spec": {"dnsNames": ["a"]}}, "interrupts: .*no longer valid.* for `b`"),
    ("ScaledObject", {"spec": {"minReplicaCount": 2}}, {"spec": {}}, "weakens: .*at least 0 instead of 2"),
    ("Service", {"spec": {}}, {"spec": {"internalTrafficPolicy": "Local"}}, r"interrupts: .*only pods on their own node"),
    ("Service", {"spec": {"internalTrafficPolicy": "Local"}}, {"spec": {}}, SAFE),
    ("Service", {"spec": {"sessionAffinity": "ClientIP"}}, {"spec": {}}, "interrupts: .*may go to other pods"),
    ("Service", {"spec": {}}, {"spec": {"trafficDistribution": "PreferClose"}}, OTHER),
    ("HorizontalPodAutoscaler", {"spec": {"behavior": {}}}, {"spec": {"behavior": {"scaleDown": {"selectPolicy": "Disabled"}}}}, OTHER),
    ("CronJob", {"spec": {"schedule": "@daily"}}, {"spec": {"schedule": "@monthly"}}, OTHER),
    ("CronJob", {"spec": {"jobTemplate": {"a": 1}}}, {"spec": {"jobTemplate": {"a": 2}}}, SAFE),
    ("Service", labeled(labels={"team": "a"}), labeled(labels={"team": "b"}), SAFE),
    ("Service", labeled(annotations={"owner": "a"}), labeled(annotations={"owner": "b"}), SAFE),
    ("Service", labeled(labels={"app.kubernetes.io/version": "1"}), labeled(labels={"app.kubernetes.io/version": "2"}), SAFE),
    ("Service", labeled(annotations={f"{DOMAIN}/a": "1"}), labeled(annotations={f"{DOMAIN}/a": "2"}), OTHER),
    ("Namespace", labeled(labels={"pod-security.kubernetes.io/warn": "baseline"}), labeled(labels={"pod-security.kubernetes.io/warn": "restricted"}), SAFE),
    ("Namespace", labeled(labels={"team": "a"}), labeled(labels={"team": "b"}), OTHER),
    ("Pod", labeled(labels={"team": "a"}), labeled(labels={"team": "b"}), OTHER),
    ("Namespace", labeled(), labeled(labels={"istio-injection": "enabled"}), OTHER),
    ("NodePool", budgets("10%"), budgets("10%", "1"), SAFE),
    ("NodePool", budgets("10%"), budgets("1"), SAFE),
    ("NodePool", budgets("10%"), budgets("3"), "weakens: .*no longer held back by `nodes: 10%`"),
    ("NodePool", budgets("1"), budgets("10%"), "weakens: .*no longer held back by `nodes: 1`"),
    ("NodePool", budgets("0"), budgets("1"), "weakens: .*no longer held back by `nodes: 0`"),
    ("NodePool", budgets("10%"), budgets("0"), r"weakens: \*\*No node of NodePool .* is replaced or taken away any more"),
    ("NodePool", budgets("10%"), {"spec": {"disruption": {"budgets": [{"nodes": "10%"}, {"nodes": "0", "schedule": "@daily", "duration": "1h"}]}}}, SAFE),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "before", "after", "expected"), TRUTHS)
def test_what_no_table_knows_is_not_safe(
    kind: str, before: Fields | None, after: Fields | None, expected: str
) -> None:
    """One sentence says the worst of it, and beside it may stand only what is new."""
    found = said(kind, before, after)
    (told,) = [x for x in found if re.search(expected, x)]
    rest = [x for x in found if x != told]
    assert all(re.match("safe: (New in the cluster|Changed in|The cost of)", x) for x in rest)
    assert not rest or not told.startswith("safe")


def samples(worse: str, usual: str) -> tuple[str | None, str | None]:
    """Return a value before and after that differ as a row means it."""
    number = int(usual or 9) if (usual or "9").isdigit() else 9
    way, _, word = worse.partition(" ")
    # Of the pattern of the old TLS policies.
    word = "ELBSecurityPolicy-2016-08" if "(" in word else word
    return {
        "goes": ("a", None),
        "appears": (None, "a"),
        "comes": ("a", "a,b"),
        "fewer": ("a,b", "a"),
        "on": ("false", "true"),
        "off": ("true", "false"),
        "lower": (str(number), str(number - 1)),
        "higher": (str(number), str(number + 1)),
        "becomes": ("other", word),
        "leaves": (word, "other"),
    }.get(way, ("a", "b"))


ROWS = [*csv.DictReader((FOLDER / "annotations.csv").read_text("utf-8").splitlines())]


@pytest.mark.parametrize("row", ROWS, ids=lambda x: f"{x['annotation']} {x['worse']}")
def test_each_annotation_of_the_controller(row: Mapping[str, str]) -> None:
    """Its row says what the change means, and nothing of it is beyond the tables."""
    name, _, below = row["annotation"].partition("/")[2].partition("/")
    key = f"{row['annotation'].partition('/')[0]}/{name}"
    values: tuple[str | None, ...] = samples(row["worse"], row["default"])
    if below.startswith("*"):
        listened = [[{below[2:]: n} for n in (80, 81)[: len((x or "").split(","))]] for x in values]
        values = str(listened[0]).replace("'", '"'), str(listened[1]).replace("'", '"')
    elif below:
        values = tuple("x=1" if x is None else f"x=1,{below}={x}" for x in values)
    for kind in row["kinds"].split():
        one, other = (
            annotated(kind, {f"{ALB}scheme": "internal", **({} if x is None else {key: x})})
            for x in values
        )
        found = said(kind, one, other)
        says = re.escape(row["says"]) if row["says"] else ""
        says = re.sub(r"\\{\w+\\}", ".*", says)
        risk = Risk[row["risk"]].words
        assert (
            any(re.search(f"^{risk}: .*{says}"[:300], x, re.IGNORECASE) for x in found) or not says
        )
        assert not [x for x in found if "doesn't know" in x]


def test_listeners_that_nobody_names() -> None:
    """An Ingress listens on HTTP, or on HTTPS where it has a certificate."""
    both = {f"{ALB}listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]', f"{ALB}certificate-arn": "a"}
    certified = {f"{ALB}certificate-arn": "a"}
    found = said("Ingress", annotated("Ingress", both), annotated("Ingress", certified))
    assert any("answers HTTP** on port `80`" in x for x in found)
    assert not [x for x in found if "443" in x and "interrupts" in x]


def test_what_a_sentence_says_is_said_once() -> None:
    """Whatever fields the text of an annotation holds."""
    auth = {
        f"{ALB}auth-type": "oidc",
        f"{ALB}auth-idp-oidc": '{"issuer": "a", "tokenEndpoint": "b"}',
    }
    without = {f"{ALB}tags": "a=b"}
    first, second = said("Ingress", annotated("Ingress", auth), annotated("Ingress", without))
    assert first == "exposes: **Nobody has to sign in** to Ingress `team/web` any more."
    assert "other tags" in second


def test_an_ingress_of_another_controller() -> None:
    """Its load balancer goes, and with it what it costs and who reaches it."""
    before = annotated("Ingress", {f"{ALB}scheme": "internet-facing"})
    after = {**before, "spec": {"ingressClassName": "nginx"}}
    assert any("The load balancer of Ingress" in x and "removed" in x for x in said("Ingress", before, after))  # fmt: skip


@pytest.mark.parametrize(("name", "exposed"), [(f"{DOMAIN}/exposed", True), ("exposed", False)])
def test_what_nobody_judges_may_expose(prod: Environment, name: str, *, exposed: bool) -> None:
    """So the network exposure isn't told to be the same."""
    old = '\\"annotations\\":{'
    review = reviewed(prod, replaced_text(prod, old, f'{old}\\"{name}\\":\\"all\\",'))
    assert review.risk is (Risk.NOT_JUDGED if exposed else Risk.SAFE)
    assert ("network exposure" in review.environments[0].unchanged) is not exposed


def test_each_kind_has_a_source() -> None:
    """Also each field and annotation."""
    for name in ("kinds", "fields", "annotations"):
        rows = csv.DictReader((FOLDER / f"{name}.csv").read_text("utf-8").splitlines())
        assert all(each["source"].partition(": ")[0] for each in rows)
    assert OBJECTS["Namespace"][0] is Risk.LOSES_DATA


def test_a_new_object_of_any_kind_may_make_claims() -> None:
    """Whoever runs it."""
    sentences = said("CloneSet", None, {"spec": {"volumeClaimTemplates": [{}]}})
    assert any(each.startswith("costs: Each pod of CloneSet") for each in sentences), sentences


@pytest.mark.parametrize("name", ["alb", "nginx"])
def test_the_first_annotation_of_an_ingress_says_nothing_of_ports(name: str) -> None:
    """By default there is a listener of HTTP, with annotations of the controller or without."""
    spec = {"ingressClassName": name}
    tagged = {**annotated("Ingress", {f"{ALB}tags": "a=b"}), "spec": spec}
    for one, other in (({"spec": spec}, tagged), (tagged, {"spec": spec})):
        assert [x for x in said("Ingress", one, other) if " on port " in x] == []


def test_one_old_tls_policy_instead_of_another_is_no_news() -> None:
    """Both accept what the newer ones refuse, and their ciphers differ."""
    old, new = (
        annotated("Ingress", {f"{ALB}ssl-policy": f"ELBSecurityPolicy-{x}"})
        for x in ("TLS13-1-0-2021-06", "2016-08")
    )
    told = said("Ingress", old, new)
    assert [x for x in told if "accepts TLS" in x or "no longer reach" in x] == []
    assert any(x.startswith("not judged") for x in told), told
