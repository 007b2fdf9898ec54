from __future__ import annotations

from typing import Any

import pytest

from assembly.kinds import MANIFEST
from guardrails.catalogue import RULES
from tests.unit.guardrails.environments import of_resources

CHECK = next(rule.check for rule in RULES if rule.id == "EXPOSE21")


def values(**resources: dict[str, Any]) -> list[str]:
    """Return the names of what holds a secret."""
    return [finding.value for finding in CHECK(of_resources(**resources))]


def manifest(content: dict[str, Any]) -> dict[str, Any]:
    """Return what applies an object."""
    return {"Type": MANIFEST, "Properties": {"Manifest": [content]}}


def pods(name: str, value: object) -> dict[str, Any]:
    """Return a pod with a variable."""
    container = {"name": "a", "env": [{"name": name, "value": value}]}
    return {"kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [container]}}


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("DB_PASSWORD", "correct-horse", True),
        ("apiKey", "correct-horse", True),
        ("DB_PASSWORD_FILE", "/run/secrets/db", False),
        ("DB_PASSWORD", "/run/secrets/db", False),
        ("DB_PASSWORD", "$(OTHER)", False),
        ("DB_PASSWORD", {"Ref": "Password"}, False),
        ("DB_PASSWORD", "{{resolve:secretsmanager:db}}", False),
        ("TOKEN", "true", False),
        ("DB_PASSWORD_SECRET", "prod/db/password", False),
        ("TOKEN_URL", "https://example.com/token", False),
        ("URL", "https://example.com:8443/a@b", False),
        ("URL", "postgres://app:correct-horse@db/app", True),
        ("ANYTHING", "AKIAIOSFODNN7EXAMPLE", True),
        ("ANYTHING", "-----BEGIN CERTIFICATE-----", False),
        ("PASSWORD", None, False),
    ],
)
def test_a_secret_is_known_by_its_name_or_its_form(
    name: str, value: object, secret: object
) -> None:
    """Where it only says where the secret is, it is none."""
    assert bool(values(Pod=manifest(pods(name, value)))) == secret


def test_a_secret_of_kubernetes_has_no_value_in_a_template() -> None:
    """A certificate is no secret, and one that a deploy fills in isn't in the template."""
    data = {"tls.crt": "eA==", "tls.key": "eA==", "later": {"Ref": "Key"}, "empty": ""}
    secret = {"kind": "Secret", "metadata": {"name": "tls"}, "data": data}
    assert values(Secret=manifest(secret)) == ["Secret/tls"]


@pytest.mark.parametrize(
    ("key", "secret"),
    [("adminPassword", True), ("existingSecret", False), ("passwordKey", False), ("token", False)],
)
def test_values_of_a_chart_often_only_name_a_secret(key: str, secret: object) -> None:
    """So fewer names count there."""
    chart = {
        "Type": "Custom::AWSCDK-EKS-HelmChart",
        "Properties": {"Values": f'{{"{key}": "abcdefgh"}}'},
    }
    assert bool(values(Chart=chart)) == secret


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("export DB_PASSWORD=correct-horse", True),
        ("export DB_PASSWORD='correct horse'", True),
        ("agent --api-key correct-horse", True),
        ("curl --user app:correct-horse https://example.com", True),
        ('password = "correct-horse"', True),
        ('{"db_password": "correct-horse"}', True),
        ("  password: correct-h0rse", True),
        ("TOKEN=$(curl -X PUT http://169.254.169.254/latest/api/token)", False),
        ('export DB_PASSWORD="$(aws secretsmanager get-secret-value --secret-id db)"', False),
        ("agent --token-file=/run/token --password-stdin --secret /run/secret", False),
        ("curl -u $LOGIN https://example.com", False),
        ("password = os.environ['PASSWORD']", False),
        ("connect(password=password)", False),
        ("password: ${DB_PASSWORD}", False),
        ("  passwordSecretRef: db-0", False),
        ("password: which is required", False),
    ],
)
@pytest.mark.parametrize("filled_in", [True, False])
def test_a_script_is_read_also_around_what_a_deploy_fills_in(
    line: str, secret: object, filled_in: object
) -> None:
    """Where a script reads the secret somewhere else, it holds none."""
    parts = ["#!/bin/bash\n" + line + "\n", {"Ref": "Cluster"} if filled_in else "x"]
    data = {"UserData": {"Fn::Base64": {"Fn::Join": ["", parts]}}}
    template = {
        "Type": "AWS::EC2::LaunchTemplate",
        "Properties": {"LaunchTemplateData": data},
    }
    assert bool(values(Template=template, Cluster={"Type": "AWS::EKS::Cluster"})) == secret


@pytest.mark.parametrize(
    ("key", "secret"), [("example.com/db-password", True), ("example.com/auth-secret", False)]
)
def test_an_annotation_may_name_a_secret(key: str, secret: object) -> None:
    """Its value is a secret only by the names of few keys."""
    item = {"kind": "Pod", "metadata": {"name": "a", "annotations": {key: "correct-horse"}}}
    assert bool(values(Pod=manifest(item))) == secret
