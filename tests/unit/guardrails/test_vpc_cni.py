from __future__ import annotations

from typing import Any

import pytest

from guardrails.environment import Resource
from guardrails.vpc_cni import NotReadableError, VpcCni, read_configuration

SUBNET = {"Fn::ImportValue": "Network:PodsA"}


def read(value: object) -> VpcCni | None:
    """Return what an add-on is told."""
    properties = {} if value is None else {"ConfigurationValues": value}
    return read_configuration(
        Resource(
            stack="Stack",
            logical_id="AddOn",
            kind="AWS::EKS::Addon",
            body={"Properties": properties},
        )
    )


@pytest.mark.parametrize(
    ("value", "configuration"),
    [
        pytest.param(None, {}, id="nothing"),
        pytest.param('{"env":{"A":"1"}}', {"env": {"A": "1"}}, id="JSON"),
        pytest.param("env:\n  A: '1'\n", {"env": {"A": "1"}}, id="YAML"),
        pytest.param({"Fn::Sub": '{"env":{"A":"${B}"}}'}, {"env": {"A": "${B}"}}, id="Fn::Sub"),
    ],
)
def test_the_configuration_is_json_or_yaml(value: object, configuration: dict[str, Any]) -> None:
    """EKS takes both."""
    told = read(value)
    assert told is not None
    assert told.configuration == configuration


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"Ref": "Configuration"}, id="a parameter"),
        pytest.param(
            {"Fn::Join": ["", ['{"env":', {"Ref": "Env"}, "}"]]}, id="a part that is no text"
        ),
    ],
)
def test_what_cloudformation_fills_in_is_not_read(value: object) -> None:
    """Nobody can judge it before."""
    assert read(value) is None


def test_what_is_neither_is_an_error() -> None:
    """EKS would refuse it."""
    with pytest.raises(NotReadableError):
        read('{"env":')


def test_a_value_inside_leads_to_its_resource() -> None:
    """The subnets of custom networking are imported from another stack."""
    parts = ['{"eniConfig":{"subnets":{"a":{"id":"', SUBNET, '"},"b":{"id":"subnet-1"}}}}']
    told = read({"Fn::Join": ["", parts]})
    assert told is not None
    assert told.pod_subnets == {"a": SUBNET, "b": "subnet-1"}


def test_a_switch_is_on_by_the_word_true() -> None:
    """Anything else is off."""
    told = read('{"env":{"A":"true","B":"false","C":"yes"},"init":{"env":{"D":"true"}}}')
    assert told is not None
    assert [told.is_on(name) for name in "ABCD"] == [True, False, False, False]
    assert told.init_env("D") == "true"
