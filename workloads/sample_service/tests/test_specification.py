"""What the sample service's specification says of its manifests."""

from __future__ import annotations

import yaml

from tests.support import ROOT
from workloads.sample_service import API_LABELS, API_NAMESPACE


def test_the_labels_of_the_api_are_those_of_its_pods() -> None:
    """A rule asks for a Fargate profile that selects these labels; pods without them stay pending."""
    file = ROOT / "workloads/sample_service/manifests/api/deployment.yaml"
    deployment = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert deployment["metadata"]["namespace"] == API_NAMESPACE
    assert deployment["spec"]["template"]["metadata"]["labels"] == API_LABELS
