"""What a folder of YAML and a Helm chart share."""

from __future__ import annotations

from pathlib import Path

import pytest

from constructs_lib.specs import namespaced_workloads
from constructs_lib.specs.namespaced_workloads import in_repository


def test_a_link_to_itself_leads_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told at its field, like any path outside."""
    monkeypatch.setattr(namespaced_workloads, "ROOT", tmp_path)
    (tmp_path / "loop").symlink_to("loop")

    assert in_repository("loop") is None
    assert in_repository("loop/web.yaml") is None
