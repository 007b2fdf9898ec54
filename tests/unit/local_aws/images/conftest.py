"""Programs that only pretend, in front of the machine's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.local_aws.images.images_support import Programs


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Return a folder of programs that are found before the machine's own."""
    programs = Programs(tmp_path)
    monkeypatch.setenv("PATH", f"{programs.folder}{os.pathsep}{os.environ['PATH']}")
    return programs


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """Return a folder to build, with a Dockerfile."""
    folder = tmp_path / "context"
    folder.mkdir()
    base = "public.ecr.aws/docker/library/python:3.13-slim-bookworm"
    (folder / "Dockerfile").write_text(f"FROM {base} AS base\nFROM base\n")
    return folder
