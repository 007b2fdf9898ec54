from __future__ import annotations

from typing import Any

import pytest

from assembly.kinds import ADD_ON
from guardrails.rules.pod_networking import VpcCni, problems, read_configuration
from kube.values import Unknown
from tests.unit.guardrails.environments import of_resources

SUBNETS = {"eu-west-1a": {"id": "subnet-1", "securityGroups": ["sg-1"]}}
ENI_CONFIG = {"create": True, "region": "eu-west-1", "subnets": SUBNETS}


def read(value: object) -> VpcCni:
    """Return what an add-on is told."""
    properties = {} if value is None else {"ConfigurationValues": value}
    add_on = {"Type": ADD_ON, "Properties": properties}
    (found,) = of_resources(AddOn=add_on).resources(ADD_ON)
    return read_configuration(found)


@pytest.mark.parametrize(
    ("value", "configuration"),
    [
        pytest.param(None, {}, id="nothing"),
        pytest.param('{"env":{"A":"1"}}', {"env": {"A": "1"}}, id="JSON"),
        pytest.param("env:\n  A: '1'\n", {"env": {"A": "1"}}, id="YAML"),
        pytest.param({"Fn::Sub": '{"env":{"A":"${B}"}}'}, {"env": {"A": "${B}"}}, id="Fn::Sub"),
        pytest.param({"Ref": "Configuration"}, "${Configuration}", id="a parameter"),
        pytest.param({"Fn::Sub": '{"env":${Env}'}, '{"env":${Env}', id="a part of the syntax"),
    ],
)
def test_the_configuration_is_json_or_yaml(value: object, configuration: object) -> None:
    """EKS takes both; what can't be read before a deploy is one unknown value."""
    assert read(value).configuration == configuration


def test_what_is_neither_is_an_error() -> None:
    """EKS would refuse it."""
    with pytest.raises(ValueError, match="expected"):
        read('{"env":')


def test_a_value_inside_leads_to_its_resource() -> None:
    """The subnets of custom networking are imported from another stack."""
    parts = ['{"eniConfig":{"subnets":{"a":{"id":"', {"Ref": "A"}, '"},"b":{"id":"subnet-1"}}}}']
    assert read({"Fn::Join": ["", parts]}).pod_subnets == {"a": "${A}", "b": "subnet-1"}


def test_a_switch_is_on_by_the_word_true() -> None:
    """Anything else is off."""
    told = read('{"env":{"A":"true","B":"false","C":"yes"}}')
    assert [told.is_on(name) for name in "ABCD"] == [True, False, False, False]


@pytest.mark.parametrize(
    "configuration",
    [
        {},
        {"enableNetworkPolicy": "false", "env": {"WARM_IP_TARGET": "0"}},
        {"env": {"ADDITIONAL_ENI_TAGS": "{}", "POD_SECURITY_GROUP_ENFORCING_MODE": "strict"}},
        {"eniConfig": ENI_CONFIG},
        {"eniConfig": {**ENI_CONFIG, "subnets": {"eu-west-1a": {"id": "subnet-1"}}}},
        {"init": {"env": {"DISABLE_TCP_EARLY_DEMUX": "true"}}},
        {"nodeAgent": {"enablePolicyEventLogs": "true", "metricsBindAddr": "8162"}},
        {"resources": {"requests": {"cpu": "50m"}}, "tolerations": [], "affinity": {}},
        {"livenessProbeTimeoutSeconds": 10},
        Unknown("${Configuration}"),
        {"env": {"WARM_IP_TARGET": Unknown("${Target}")}, "tolerations": Unknown("${Some}")},
        {"env": {Unknown("${Name}"): "1"}},
        {"eniConfig": {**ENI_CONFIG, "subnets": Unknown("${Subnets}")}},
    ],
)
def test_a_configuration_of_the_documentation_is_valid(configuration: object) -> None:
    """What CloudFormation fills in is not judged."""
    assert list(problems(configuration)) == []


@pytest.mark.parametrize(
    ("configuration", "at", "allowed"),
    [
        ([], "the configuration", "an object"),
        ("env", "the configuration", "an object"),
        ({"enableNetworkPolicy": True}, "enableNetworkPolicy", 'the string "true" or "false"'),
        ({"enableNetworkPolicies": "true"}, "enableNetworkPolicies", "enableNetworkPolicy"),
        ({"env": []}, "env", "an object"),
        ({"env": {"WARM_IP_TARGET": 4}}, "env.WARM_IP_TARGET", "a number as a string"),
        ({"env": {"WARM_IP_TARGET": "four"}}, "env.WARM_IP_TARGET", "a number as a string"),
        ({"env": {"CLUSTER_NAME": 4}}, "env.CLUSTER_NAME", "a string"),
        ({"env": {"CLUSTER_NAME": [{}]}}, "env.CLUSTER_NAME", "a string"),
        (
            {"env": {"NETWORK_POLICY_ENFORCING_MODE": "hard"}},
            "env.NETWORK_POLICY_ENFORCING_MODE",
            "one of the strings strict, standard",
        ),
        (
            {"init": {"env": {"ENABLE_POD_ENI": "true"}}},
            "init.env.ENABLE_POD_ENI",
            "one of the keys",
        ),
        ({"livenessProbeTimeoutSeconds": "10"}, "livenessProbeTimeoutSeconds", "a number"),
        ({"livenessProbeTimeoutSeconds": True}, "livenessProbeTimeoutSeconds", "a number"),
        ({"eniConfig": {**ENI_CONFIG, "create": "true"}}, "eniConfig.create", "true or false"),
        ({"eniConfig": {"create": True, "subnets": SUBNETS}}, "eniConfig.region", "requires it"),
        ({"eniConfig": {**ENI_CONFIG, "subnets": {}}}, "eniConfig.subnets", "for each zone"),
        (
            {"eniConfig": {**ENI_CONFIG, "subnets": {"a": {"securityGroups": []}}}},
            "eniConfig.subnets.a.id",
            "requires it",
        ),
        (
            {"eniConfig": {**ENI_CONFIG, "subnets": {"a": {"id": "s", "securityGroups": "sg"}}}},
            "eniConfig.subnets.a.securityGroups",
            "a list of strings",
        ),
    ],
)
def test_what_eks_refuses_is_found(configuration: Any, at: str, allowed: str) -> None:  # noqa: ANN401
    """The schema is closed: no other key, and strings where strings are due."""
    found = list(problems(configuration))
    assert [path for path, _ in found] == [at]
    assert allowed in found[0][1]
