from __future__ import annotations

from typing import Any

import pytest

from kube.webhooks import holds_up, home_of

PODS = {"operations": ["CREATE"], "apiGroups": [""], "resources": ["pods"]}
SPARED = {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["own"]}
LABELS = {"kubernetes.io/metadata.name": "own", "team": "shop"}


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ({}, True),
        ({"failurePolicy": "Fail"}, True),
        ({"failurePolicy": "Ignore"}, False),
        ({"namespaceSelector": {"matchExpressions": [SPARED]}}, False),
        ({"namespaceSelector": {"matchLabels": {"team": "shop"}}}, True),
        ({"namespaceSelector": {"matchLabels": {"team": "web"}}}, False),
        ({"objectSelector": {"matchLabels": {"app": "web"}}}, False),
        ({"matchConditions": [{"name": "own", "expression": "true"}]}, False),
        ({"rules": [{**PODS, "operations": ["UPDATE", "DELETE"]}]}, False),
        ({"rules": [{**PODS, "resources": ["pods/status"]}]}, False),
        ({"rules": [{**PODS, "apiGroups": ["apps"]}]}, False),
        ({"rules": [{**PODS, "resources": ["*"], "scope": "Cluster"}]}, False),
        ({"rules": [{**PODS, "resources": ["*/*"], "scope": "Namespaced"}]}, True),
        ({"rules": "x"}, False),
    ],
)
def test_a_webhook_holds_up_pods(changes: dict[str, Any], *, held: bool) -> None:
    """If it fails closed and nothing leaves the namespace out."""
    assert holds_up({"rules": [PODS], **changes}, LABELS) is held


@pytest.mark.parametrize(
    ("config", "home"),
    [({"service": {"namespace": "own"}}, "own"), ({"url": "https://policy.example.com"}, "")],
)
def test_one_outside_the_cluster_is_at_home_nowhere(config: dict[str, Any], home: str) -> None:
    """The cluster's pods don't keep it from running."""
    assert home_of({"clientConfig": config}) == home
