from __future__ import annotations

from typing import Any

import pytest

from guardrails.exposure import LOG_TYPES, RULES
from guardrails.rule import Finding, Rule

EKS1, EKS2 = RULES


def template(**properties: object) -> dict[str, Any]:
    """Return a template with one cluster."""
    return {"Resources": {"Cluster": {"Type": "AWS::EKS::Cluster", "Properties": properties}}}


def logging(*names: str) -> dict[str, object]:
    """Return the property that turns logs on."""
    return {"ClusterLogging": {"EnabledTypes": [{"Type": name} for name in names]}}


def values(rule: Rule, of: dict[str, Any]) -> list[str]:
    """Return the value of every finding."""
    return [finding.value for finding in rule.check(of)]


def test_the_rules_have_stable_ids() -> None:
    """Acknowledgements name a rule by its id, so an id never changes."""
    assert [rule.id for rule in RULES] == ["EKS1", "EKS2"]


def test_the_control_plane_has_five_logs() -> None:
    """They are the log types of the EKS user guide, "Control plane logs"."""
    assert LOG_TYPES == ("api", "audit", "authenticator", "controllerManager", "scheduler")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_why_and_how_to_mend(rule: Rule) -> None:
    """A finding that nobody understands is acknowledged, not mended."""
    assert rule.reason.endswith(".")
    assert "cluster." in rule.mend


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@pytest.mark.parametrize(
    "other",
    [
        pytest.param({}, id="an empty template"),
        pytest.param({"Resources": {}}, id="no resources"),
        pytest.param({"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}, id="a bucket"),
        pytest.param(
            {"Resources": {"Nodes": {"Type": "AWS::EKS::Nodegroup", "Properties": {}}}},
            id="a node group",
        ),
    ],
)
def test_a_template_without_a_cluster_has_no_finding(rule: Rule, other: dict[str, Any]) -> None:
    """The rules are about clusters alone."""
    assert values(rule, other) == []


@pytest.mark.parametrize(
    "network",
    [
        pytest.param({}, id="nothing is said"),
        pytest.param({"EndpointPublicAccess": True}, id="no network is named"),
        pytest.param({"EndpointPrivateAccess": True}, id="only private access is mentioned"),
        pytest.param({"PublicAccessCidrs": []}, id="the list of networks is empty"),
        pytest.param({"PublicAccessCidrs": ["0.0.0.0/0"]}, id="public access is left open"),
        pytest.param(
            {"PublicAccessCidrs": ["128.0.0.0/1", "0.0.0.0/1", "::/0", {"Ref": "Office"}]},
            id="in two halves",
        ),
        pytest.param({"PublicAccessCidrs": ["10.0.0.1/0"]}, id="with host bits"),
        pytest.param(
            {"EndpointPublicAccess": True, "PublicAccessCidrs": ["203.0.113.0/24", "0.0.0.0/0"]},
            id="everybody stands beside a named network",
        ),
    ],
)
def test_an_open_endpoint_is_found(network: dict[str, object]) -> None:
    """EKS opens an endpoint to everybody wherever a template doesn't say otherwise."""
    assert values(EKS1, template(ResourcesVpcConfig=network)) == ["0.0.0.0/0"]


def test_a_cluster_that_says_nothing_of_its_network_is_open() -> None:
    """The default of EKS is a public endpoint, for the whole internet."""
    assert list(EKS1.check(template())) == [
        Finding(
            logical_id="Cluster",
            value="0.0.0.0/0",
            location="Properties/ResourcesVpcConfig/PublicAccessCidrs",
        )
    ]


def test_a_cluster_without_properties_is_found_by_both_rules() -> None:
    """A resource may have no properties at all."""
    bare = {"Resources": {"Cluster": {"Type": "AWS::EKS::Cluster"}}}

    assert values(EKS1, bare) == ["0.0.0.0/0"]
    assert values(EKS2, bare) == list(LOG_TYPES)


@pytest.mark.parametrize(
    "network",
    [
        pytest.param({"EndpointPublicAccess": False}, id="private"),
        pytest.param(
            {"EndpointPublicAccess": False, "PublicAccessCidrs": ["0.0.0.0/0"]},
            id="private, with networks that count for nothing",
        ),
        pytest.param(
            {"EndpointPublicAccess": True, "PublicAccessCidrs": ["203.0.113.0/24"]},
            id="public for named networks",
        ),
    ],
)
def test_a_closed_endpoint_is_not_found(network: dict[str, object]) -> None:
    """A private endpoint, or one for named networks, is right."""
    assert values(EKS1, template(ResourcesVpcConfig=network)) == []


@pytest.mark.parametrize(
    ("properties", "missing"),
    [
        pytest.param({}, LOG_TYPES, id="nothing is said"),
        pytest.param({"Logging": {}}, LOG_TYPES, id="logging is empty"),
        pytest.param({"Logging": {"ClusterLogging": {}}}, LOG_TYPES, id="no type is named"),
        pytest.param({"Logging": logging()}, LOG_TYPES, id="the list of types is empty"),
        pytest.param(
            {"Logging": logging("api", "scheduler")},
            ("audit", "authenticator", "controllerManager"),
            id="some are kept",
        ),
        pytest.param({"Logging": logging(*LOG_TYPES)}, (), id="all are kept"),
        pytest.param({"Logging": logging(*reversed(LOG_TYPES))}, (), id="in another order"),
    ],
)
def test_each_missing_log_is_a_finding_of_its_own(
    properties: dict[str, object], missing: tuple[str, ...]
) -> None:
    """To accept the absence of one log is not to accept the absence of another."""
    assert list(EKS2.check(template(**properties))) == [
        Finding(
            logical_id="Cluster",
            value=name,
            location="Properties/Logging/ClusterLogging/EnabledTypes",
        )
        for name in missing
    ]


def test_every_cluster_is_judged() -> None:
    """A second cluster doesn't hide behind the first."""
    private = {"EndpointPublicAccess": False}
    two = {
        "Resources": {
            "Closed": {
                "Type": "AWS::EKS::Cluster",
                "Properties": {"ResourcesVpcConfig": private, "Logging": logging(*LOG_TYPES)},
            },
            "Open": {"Type": "AWS::EKS::Cluster", "Properties": {"Logging": logging("api")}},
        }
    }

    assert [finding.logical_id for finding in EKS1.check(two)] == ["Open"]
    assert {finding.logical_id for finding in EKS2.check(two)} == {"Open"}
