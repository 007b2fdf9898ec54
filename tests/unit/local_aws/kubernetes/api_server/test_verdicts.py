"""The stand-in refuses what a real API server refuses, and takes what it takes."""

from __future__ import annotations

import json
from typing import Any

import jsonpatch
import pytest

from local_aws.kubernetes.api_server.cluster import Cluster, Write
from local_aws.kubernetes.api_server.errors import ApiError
from tests.support import ROOT

VERDICTS = json.loads((ROOT / "tests/unit/kube/verdicts.json").read_text(encoding="utf-8"))
# A kind that isn't served has no path to write it to.
CASES = [case for case in VERDICTS["cases"] if case["status"] != 404]


@pytest.fixture(scope="module")
def strict() -> Cluster:
    """Return a cluster with the namespace that the real one had, which asks for `restricted`."""
    made = Cluster("1.36")
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    namespace = {"metadata": {"name": "sample", "labels": labels}}
    made.create(made.registry.by_kind("v1", "Namespace"), "", namespace, Write())
    account = {"metadata": {"name": "web"}}
    made.create(made.registry.by_kind("v1", "ServiceAccount"), "sample", account, Write())
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_verdict_is_the_real_one(strict: Cluster, case: dict[str, Any]) -> None:
    obj = jsonpatch.apply_patch(VERDICTS["bases"][case["base"]], case["patch"])
    resource = strict.registry.by_kind(obj["apiVersion"], obj["kind"])
    status = 201
    try:
        namespace = "sample" if resource.namespaced else ""
        strict.create(resource, namespace, obj, Write(dry_run=True))
    except ApiError as refusal:
        status = refusal.code
    assert status == case["status"]
