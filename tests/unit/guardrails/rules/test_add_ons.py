from __future__ import annotations

import pytest

from tests.unit.guardrails.rules.test_versions import found, made, of

UNKNOWN = {"Fn::ImportValue": "x"}


@pytest.mark.parametrize(
    ("name", "configuration", "wrong"),
    [
        ("coredns", None, []),
        ("coredns", '{"replicaCount": 2}', []),
        ("coredns", "replicaCount: 2", []),
        ("coredns", '{"replicaCount": null}', []),
        ("coredns", '{"replicaCount": "2"}', ["replicaCount"]),
        ("coredns", '{"resources": []}', ["resources"]),
        ("coredns", '{"replicasCount": 2}', ["replicasCount"]),
        # A newer version may have more.
        ("coredns", '{"zzz": 2}', []),
        ("coredns", "[1]", ["no object"]),
        ("coredns", "{", ["unreadable"]),
        ("coredns", UNKNOWN, []),
        ("coredns", {"Fn::Sub": '{"resources": ${Amount}}'}, []),
        ("coredns", {"Fn::Sub": '{"resources": "${Amount}"}'}, []),
        ("another", '{"replicasCount": 2}', []),
        ("another", "{", ["unreadable"]),
        ("vpc-cni", "{", []),
    ],
    ids=str,
)
def test_an_add_on_is_configured_by_its_own_fields(
    name: str, configuration: object, wrong: list[str]
) -> None:
    """What a deploy fills in may be right, and vpc-cni has rules of its own."""
    add_on = made("AWS::EKS::Addon", AddonName=name, ConfigurationValues=configuration)
    assert [each.value for each in found("NODES6", of(AddOn=add_on))] == wrong
