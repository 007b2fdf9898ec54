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
