from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from assembly.environment import Environment
from constructs_lib.specs.kubernetes_versions import LOAD_BALANCER_CONTROLLER_CHART
from guardrails.catalogue import RULES
from guardrails.rule import Finding
from guardrails.rules.compatibility import TABLE
from guardrails.rules.versions import right_home
from tests.unit.guardrails.environments import TODAY, of_resources

Json = dict[str, Any]
HERE = {"Ref": "Cluster"}


def of(*, today: dt.date = TODAY, version: object = "1.35", **resources: Json) -> Environment:
    """Return an environment with a cluster and these resources."""
    properties: Json = {"Version": version, **resources.pop("cluster", {})}
    cluster = {"Type": "AWS::EKS::Cluster", "Properties": properties}
    return of_resources(today, Cluster=cluster, **resources)


def made(kind: str, **properties: object) -> Json:
    """Return a resource of the cluster."""
    return {"Type": kind, "Properties": {"ClusterName": HERE, **properties}}


def found(rule_id: str, environment: Environment) -> list[Finding]:
    """Return what one rule finds."""
    return list(next(rule for rule in RULES if rule.id == rule_id).check(environment))


@pytest.mark.parametrize(
    ("version", "today", "ended"),
    [
        ("1.31", dt.date(2026, 11, 25), False),
        ("1.31", dt.date(2026, 11, 26), True),
        ("1.30", dt.date(2026, 11, 25), True),
        ("1.36", dt.date(2026, 11, 25), False),
        ("1.99", dt.date(2026, 11, 25), False),
        ({"Ref": "Version"}, dt.date(2026, 11, 25), False),
    ],
)
def test_support_ends_on_its_day(version: object, today: dt.date, *, ended: bool) -> None:
    """What is older than the calendar has ended, what is newer is unknown."""
    assert bool(found("VERSION1", of(version=version, today=today))) is ended


@pytest.mark.parametrize(
    ("version", "today", "told"),
    [
        ("1.35", dt.date(2027, 1, 25), None),
        ("1.35", dt.date(2027, 1, 26), "ends in 60 days, on 2027-03-27"),
        ("1.35", dt.date(2027, 3, 26), "ends in 1 day, on 2027-03-27"),
        ("1.35", dt.date(2027, 3, 27), "ended on 2027-03-27"),
        ("1.35", dt.date(2028, 3, 27), None),
        ("1.99", dt.date(2026, 11, 25), "has no row for 1.99 yet"),
    ],
)
def test_the_end_of_standard_support_is_told(
    version: str, today: dt.date, told: str | None
) -> None:
    """Sixty days before, and through all of extended support."""
    details = [finding.detail for finding in found("VERSION2", of(version=version, today=today))]
    assert len(details) == (0 if told is None else 1)
    assert all((told or "") in detail for detail in details)


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ({}, "costs $0.50 an hour more, until EKS upgrades it automatically on 2027-12-02"),
        ({"UpgradePolicy": {"SupportType": "EXTENDED"}}, "costs $0.50 an hour more"),
        (
            {"UpgradePolicy": {"SupportType": "STANDARD"}},
            "EKS then upgrades the cluster automatically",
        ),
    ],
)
def test_the_warning_says_what_follows(policy: Json, told: str) -> None:
    """EKS takes extended support where a template says nothing."""
    (finding,) = found("VERSION2", of(version="1.34", cluster=policy))
    assert told in finding.detail
    assert finding.value == "1.34"


def layer(description: str) -> Json:
    """Return a Lambda layer."""
    return {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Description": description}}


@pytest.mark.parametrize(
    ("description", "value"),
    [
        ("/opt/kubectl/kubectl 1.34.0; /opt/helm/helm 4.1.3", []),
        ("/opt/kubectl/kubectl 1.36.3", []),
        ("/opt/kubectl/kubectl 1.33.1", ["1.33"]),
        ("kubectl v1.37.1", ["1.37"]),
        ("/opt/awscli/aws", []),
    ],
)
def test_kubectl_is_within_one_minor(description: str, value: list[str]) -> None:
    """A layer says in its description what is in it."""
    environment = of(version="1.35", Layer=layer(description))
    assert [finding.value for finding in found("VERSION3", environment)] == value
    assert found("VERSION3", of_resources(Layer=layer(description))) == []


@pytest.mark.parametrize(
    ("version", "image", "valid"),
    [
        ("1.32", "AL2_x86_64", True),
        ("1.33", "AL2_x86_64", False),
        ("1.35", "AL2_x86_64_GPU", False),
        ("1.35", "AL2023_x86_64_STANDARD", True),
        ("1.35", "BOTTLEROCKET_ARM_64", True),
        ("1.35", None, True),
    ],
)
def test_amazon_linux_2_ends_with_1_32(version: str, image: str | None, *, valid: bool) -> None:
    """EKS makes no images of it for later versions."""
    group = made("AWS::EKS::Nodegroup", AmiType=image)
    assert bool(found("VERSION4", of(version=version, Group=group))) is not valid


@pytest.mark.parametrize(
    ("cluster", "name", "version", "known"),
    [
        ("1.35", "kube-proxy", "v1.35.3-eksbuild.5", True),
        ("1.35", "kube-proxy", "v1.35.3-eksbuild.99", True),
        ("1.35", "kube-proxy", "v1.34.0-eksbuild.1", False),
        ("1.36", "kube-proxy", "v1.35.3-eksbuild.5", False),
        ("1.34", "kube-proxy", "v1.34.0-eksbuild.1", True),
        ("1.35", "kube-proxy", None, True),
        ("1.35", "snapshot-controller", "v8.5.0-eksbuild.3", True),
    ],
)
def test_an_add_on_is_one_that_was_seen(
    cluster: str, name: str, version: str | None, *, known: bool
) -> None:
    """Another build is the same version; of add-ons and versions that nobody pins nothing is known."""
    add_on = made("AWS::EKS::Addon", AddonName=name, AddonVersion=version)
    assert bool(found("VERSION5", of(version=cluster, AddOn=add_on))) is not known


@pytest.mark.parametrize(
    ("version", "fits"),
    [("1.35", True), ("1.32", True), ("1.31", False), ("1.36", False), (None, True)],
)
def test_nodes_trail_by_three_minors_at_most(version: str | None, *, fits: bool) -> None:
    """A group without a version starts with its cluster's."""
    group = made("AWS::EKS::Nodegroup", Version=version)
    assert bool(found("VERSION6", of(version="1.35", Group=group))) is not fits


@pytest.mark.parametrize(
    ("url", "home"),
    [
        ("https://aws.github.io/eks-charts", ""),
        ("https://aws.github.io/eks-chart", "https://aws.github.io/eks-charts"),
        ("https://aws.github.io/helm", "https://aws.github.io/eks-charts"),
        ("https://charts.jetstack.io", "https://aws.github.io/eks-charts"),
        ("https://aws.github.mirror.example.io/eks-charts", ""),
        ("oci://111122223333.dkr.ecr.eu-west-1.amazonaws.com/charts", ""),
        ("", ""),
    ],
)
def test_a_known_chart_is_where_it_is_or_in_a_mirror(url: str, home: str) -> None:
    """A letter too few is no mirror, nor is another folder of the same server."""
    assert right_home(url, "aws-load-balancer-controller") == home


def test_the_pinned_chart_is_published() -> None:
    """A new version of the controller's chart belongs in the table, too."""
    assert LOAD_BALANCER_CONTROLLER_CHART in TABLE["published"]["aws-load-balancer-controller"]
