from __future__ import annotations

from decimal import Decimal

import pytest

from guardrails.kubernetes_objects.quantities import RULES, quantity
from tests.unit.guardrails.kubernetes_objects.objects import environment, item, values, workload


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("500m", "0.5"),
        ("1", "1"),
        (2, "2"),
        ("1.5", "1.5"),
        (".5", "0.5"),
        ("128Mi", "134217728"),
        ("1Gi", "1073741824"),
        ("1k", "1000"),
        ("1e3", "1000"),
        ("1E", "1000000000000000000"),
        ("-1", "-1"),
        ("128Megs", None),
        ("128MiB", None),
        ("1K", None),
        ("1 Gi", None),
        ("", None),
        ("lots", None),
    ],
)
def test_a_quantity_is_read_as_the_api_server_reads_it(written: object, amount: str | None) -> None:
    """Kubernetes documentation, "Quantity"."""
    assert quantity(written) == (None if amount is None else Decimal(amount))


def test_amounts_are_checked_wherever_they_stand() -> None:
    """Containers, claims and quotas."""
    storage = {"resources": {"requests": {"storage": "10GiB"}}}
    found = environment(
        workload(container={"resources": {"limits": {"memory": "1GB"}}}),
        workload("StatefulSet", volumeClaimTemplates=[{"spec": storage}]),
        item("PersistentVolumeClaim", "data", spec=storage),
        item("ResourceQuota", "all", spec={"hard": {"cpu": "many"}}),
    )
    assert values(RULES, "KUBE15", found) == [
        "Deployment/web main memory 1GB",
        "StatefulSet/web storage 10GiB",
        "PersistentVolumeClaim/data storage 10GiB",
        "ResourceQuota/all cpu many",
    ]


@pytest.mark.parametrize(
    ("request_", "limit", "refused"),
    [("1", "500m", True), ("1", "1000m", False), ("1", "value", False)],
)
def test_a_request_is_at_most_its_limit(request_: str, limit: str, *, refused: bool) -> None:
    """In whatever units; what is filled in at deploy is not judged."""
    resources = {"requests": {"cpu": request_}, "limits": {"cpu": limit}}
    found = values(RULES, "KUBE15", environment(workload(container={"resources": resources})))
    assert found == (["Deployment/web main cpu 1"] if refused else [])
