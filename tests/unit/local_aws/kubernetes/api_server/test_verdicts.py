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
    made = Cluster("1.36", certificate_authority="")
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    namespace = {"metadata": {"name": "sample", "labels": labels}}
    made.create(made.registry.get("", "namespaces"), "", namespace, Write())
    account = {"metadata": {"name": "web"}}
    made.create(made.registry.get("", "serviceaccounts"), "sample", account, Write())
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_verdict_is_the_real_one(strict: Cluster, case: dict[str, Any]) -> None:
    obj = jsonpatch.apply_patch(VERDICTS["bases"][case["base"]], case["patch"])
    resource = strict.registry.by_kind(obj["apiVersion"], obj["kind"])
    assert resource is not None
    status = 201
    try:
        write = Write(dry_run=True, field_validation="Strict")
        strict.create(resource, "sample" if resource.namespaced else "", obj, write)
    except ApiError as refusal:
        status = refusal.code
    assert status == case["status"]
