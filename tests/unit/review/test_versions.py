"""Kubernetes versions with the dates of their support."""

from __future__ import annotations

import re
from datetime import date

import pytest

from assembly.environment import Environment
from review.acknowledgements import acknowledgements as acknowledged
from review.acknowledgements import is_told
from review.model import Risk, say
from review.versions import sentences, tables
from tests.unit.review.foreign import kubernetes, manifest, of_resources, resource
from tests.unit.review.templates import (
    CLUSTER,
    NODE_GROUP,
    acknowledging,
    reviewed,
    sides,
    with_property,
)

REMOVED = "`aws eks list-insights` shows what else uses APIs that it removes"
KUBELET = "Fargate pods keep the old kubelet"


@pytest.mark.parametrize(
    ("version", "details"),
    [
        (
            "1.36",
            (
                REMOVED,
                "within 7 days of the upgrade; nodes, `kube-proxy` and add-ons that don't support that version must go back first",
                KUBELET,
                "Standard support for 1.36 ends on 2027-08-02",
            ),
        ),
        (
            "1.37",
            (
                REMOVED,
                KUBELET,
                r"1.37 ends on 2027-10-28 \(estimated\), extended support on 2028-10-28 \(estimated\).",
            ),
        ),
        ("1.38", (REMOVED, KUBELET, "how long AWS supports 1.38")),
        (
            "1.34",
            (
                "^EKS refuses it later than 7 days .*; for a cluster made with 1.35; and while",
                r"^\*\*Before this deploy\*\*, newer nodes must go back, .* and newer Fargate pods be deleted",
                r"^\*\*Before this deploy\*\*, each add-on whose version doesn't support 1\.34 must go back as well, and so must `kube-proxy`, .*: `aws eks update-addon`",
                "against 1.34: 1.34 accepts all 15; .* `ROLLBACK_READINESS`",
                "1.34 ended on 2026-12-02",
            ),
        ),
    ],
)
def test_a_move_to_another_version(
    version: str, details: tuple[str, ...], prod: Environment
) -> None:
    """Each interrupts the API; EKS refuses two steps, and one back only works for a week."""
    after = with_property(prod, "Cluster", CLUSTER, "Version", version)

    (sentence,) = sentences(sides(prod, after, today=date(2026, 12, 3)))

    assert sentence.risk is Risk.INTERRUPTS
    for part, detail in zip(details, sentence.details, strict=True):
        assert re.search(part, detail)


@pytest.mark.parametrize("path", ["Version", "ReleaseVersion"])
@pytest.mark.parametrize("more", [(), ("UpdateConfig.Strategy",), ("Taints",)])
def test_nodes_go_back_before_their_cluster(
    path: str, more: tuple[str, ...], prod: Environment
) -> None:
    """A deploy begins with the cluster, and EKS refuses while nodes are newer: it has none to roll."""
    newer, older = (
        with_property(
            with_property(prod, "Cluster", CLUSTER, "Version", version),
            "Cluster",
            NODE_GROUP,
            path,
            version,
        )
        for version in ("1.36", "1.35")
    )
    for each in more:
        older = with_property(older, "Cluster", NODE_GROUP, each, [{"Effect": "NO_EXECUTE"}])

    (environment,) = reviewed(newer, older).environments
    said = [x.text for x in environment.sentences]
    (back,) = (x for x in environment.sentences if "goes **back**" in x.text)

    assert "unless **EKS refuses that**" in back.text
    assert "EKS refuses it later than 7 days after the upgrade" in back.details[0]
    assert "nodes of node group `General` must go back" in back.details[1]
    assert not [x for x in said if "are rolled" in x or f"`{path}` is changed" in x]
    assert len([x for x in said if x.startswith("Node group `General`")]) == (more == ("Taints",))


@pytest.mark.parametrize("auto_mode", [True, False])
def test_nodes_of_auto_mode_go_back_by_themselves(*, auto_mode: bool) -> None:
    """EKS takes them back before the control plane."""
    one, other = (
        of_resources(
            {"C": resource("AWS::EKS::Cluster", Version=x, ComputeConfig={"Enabled": auto_mode})}
        )
        for x in ("1.36", "1.35")
    )
    (sentence,) = sentences(sides(one, other))
    nodes = f"newer nodes{' that Auto Mode has not made' * auto_mode} must go back"
    assert sentence.details[1].startswith(f"**Before this deploy**, {nodes}")


def test_nodes_of_another_cluster_are_rolled() -> None:
    """Only those of the cluster that goes back went before."""
    one, other = (
        of_resources(
            {
                "A": resource("AWS::EKS::Cluster", Name="a", Version=version),
                "B": resource("AWS::EKS::Cluster", Name="b", Version="1.36"),
                "M": resource("AWS::EKS::Nodegroup", ClusterName="a", Version=version),
                "N": resource("AWS::EKS::Nodegroup", ClusterName="b", Version=version),
            }
        )
        for version in ("1.36", "1.35")
    )
    said = [x for x in reviewed(one, other).environments[0].sentences if "are rolled" in x.text]
    assert [x.text.partition(":")[0] for x in said] == ["Node group `N`"]


def test_nodes_of_an_own_image_stay_behind(prod: Environment) -> None:
    """EKS doesn't update them; the table names the image."""
    (template,) = (each.logical_id for each in prod.resources("AWS::EC2::LaunchTemplate"))
    own = with_property(prod, "Cluster", template, "LaunchTemplateData.ImageId", "ami-0a1b2c3d")
    after = with_property(own, "Cluster", CLUSTER, "Version", "1.36")
    (sentence,) = sentences(sides(own, after, today=date(2026, 12, 3)))
    assert any("keep the kubelet of their image" in detail for detail in sentence.details)
    (table,) = tables(sides(own, after, today=date(2026, 12, 3)))
    assert "ami-0a1b2c3d, your own" in str(table)


def test_acknowledgements_that_differ(prod: Environment) -> None:
    """New ones with their reason, gone ones, and those with another reason."""
    known = {("Prod/A", "X"): "as ever", ("Prod/B", "Y"): "old", ("Prod/C", "Z"): "gone"}
    now = {("Prod/A", "X"): "as ever", ("Prod/B", "Y"): "new", ("Prod/D", "W"): "added"}
    now |= {("Prod/E", rule): "both" for rule in "UV"}

    said = acknowledged(sides(acknowledging(prod, known), acknowledging(prod, now)))

    assert [sentence.text for sentence in said] == [
        "Guardrail finding `Y` is acknowledged for a different reason at `B`: “new”",
        "Guardrail finding `W` is acknowledged at `D`: “added”",
        "2 guardrail findings are acknowledged at `E`: “both”",
        "`Z` is no longer acknowledged at `C`.",
    ]
    assert not list(acknowledged(sides(acknowledging(prod, {}), prod)))


@pytest.mark.parametrize(
    ("text", "risk", "aside"),
    [
        ("The load balancer of Service `sample/web` is open.", Risk.EXPOSES, True),
        ("The load balancer of Service `sample/web` is open.", Risk.SAFE, False),
        ("The load balancer of Service `sample/web2` is open.", Risk.EXPOSES, False),
        ("Deployment `sample/web` stops.", Risk.INTERRUPTS, False),
    ],
)
def test_an_acknowledgement_of_what_is_told_is_folded(
    text: str, risk: Risk, *, aside: bool
) -> None:
    """The risk is what people decide on. Without it, the acknowledgement is."""
    finding = "Guardrail finding `X[Service/web]` is"
    said = say("acknowledged", findings=finding, how="acknowledged", places="`A`", reason="x")
    loud = text if risk > Risk.SAFE else ""
    assert is_told(said, loud) is aside


def test_an_acknowledgement_of_a_renamed_construct_is_no_news(prod: Environment) -> None:
    """It is given for the same reason, elsewhere."""
    old, new = (acknowledging(prod, {(f"Prod/{name}", "X"): "as ever"}) for name in "AB")
    assert not list(acknowledged(sides(old, new)))


@pytest.mark.parametrize(
    ("api_version", "version", "found"),
    [
        ("apps/v1", "1.36", "against 1.36: 1.36 accepts all 1;"),
        ("apps/v1beta2", "1.36", "against 1.36: **it refuses Deployment `team/web`**;"),
        ("apps/v1", "1.99", "against 1.99: what is new in it isn't known here;"),
    ],
)
def test_what_the_guardrails_find_for_a_new_version(
    api_version: str, version: str, found: str
) -> None:
    """An upgrade after which an object isn't served any more says of which."""
    spec = {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "web:1"}]},
        },
    }
    web = kubernetes("Deployment", "web", apiVersion=api_version, spec=spec)
    one, other = (
        of_resources(
            {
                "C": resource("AWS::EKS::Cluster", Version=each),
                "P": manifest(web, cluster={"Ref": "C"}),
            }
        )
        for each in ("1.35", version)
    )
    (sentence,) = sentences(sides(one, other))
    assert found in sentence.details[0]


@pytest.mark.parametrize(
    ("add_ons", "felt"),
    [
        (["kube-proxy"], "a node doesn't learn of new endpoints of Services (`kube-proxy`)."),
        (["coredns", "x"], "single lookups may fail and are repeated (`coredns`)."),
        (["x"], ""),
    ],
)
def test_what_is_felt_while_add_ons_restart(add_ons: list[str], felt: str) -> None:
    """Nothing is said of one that nobody here knows."""
    one, other = (
        of_resources(
            {
                x.title(): resource("AWS::EKS::Addon", AddonName=x, AddonVersion=each)
                for x in add_ons
            }
        )
        for each in ("v1", "v2")
    )
    details = [x for each in reviewed(one, other).environments[0].sentences for x in each.details]
    found = [x for x in details if x.startswith("Other pods keep running. Meanwhile ")]
    assert found == ([f"Other pods keep running. Meanwhile {felt}"] if felt else [])
