from __future__ import annotations

from typing import Any

import pytest

from guardrails.vpc_cni_schema import problems

SUBNETS = {"eu-west-1a": {"id": "subnet-1", "securityGroups": ["sg-1"]}}
ENI_CONFIG = {"create": True, "region": "eu-west-1", "subnets": SUBNETS}


@pytest.mark.parametrize(
    "configuration",
    [
        {},
        {"enableNetworkPolicy": "false", "env": {"WARM_IP_TARGET": "0"}},
        {"env": {"ADDITIONAL_ENI_TAGS": "{}", "POD_SECURITY_GROUP_ENFORCING_MODE": "strict"}},
        {"env": {"WARM_IP_TARGET": "${2}"}},
        {"eniConfig": ENI_CONFIG},
        {"eniConfig": {**ENI_CONFIG, "subnets": {"eu-west-1a": {"id": "subnet-1"}}}},
        {"init": {"env": {"DISABLE_TCP_EARLY_DEMUX": "true"}}},
        {"nodeAgent": {"enablePolicyEventLogs": "true", "metricsBindAddr": "8162"}},
        {"resources": {"requests": {"cpu": "50m"}}, "tolerations": [], "affinity": {}},
        {"livenessProbeTimeoutSeconds": 10},
    ],
)
def test_a_configuration_of_the_documentation_is_valid(configuration: dict[str, Any]) -> None:
    """What CloudFormation fills in is not judged."""
    assert list(problems(configuration)) == []


@pytest.mark.parametrize(
    ("configuration", "at", "allowed"),
    [
        ([], "the configuration", "an object"),
        ("${0}", "the configuration", "an object"),
        ({"enableNetworkPolicy": True}, "enableNetworkPolicy", 'the string "true" or "false"'),
        ({"enableNetworkPolicies": "true"}, "enableNetworkPolicies", "enableNetworkPolicy"),
        ({"env": []}, "env", "an object"),
        ({"env": {"WARM_IP_TARGET": 4}}, "env.WARM_IP_TARGET", "a number as a string"),
        ({"env": {"WARM_IP_TARGET": "four"}}, "env.WARM_IP_TARGET", "a number as a string"),
        ({"env": {"CLUSTER_NAME": 4}}, "env.CLUSTER_NAME", "a string"),
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
