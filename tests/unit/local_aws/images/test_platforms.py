from __future__ import annotations

import platform
from pathlib import Path

import pytest

from local_aws.images import platforms


@pytest.mark.parametrize(
    ("machine", "system", "emulators", "wanted", "built"),
    [
        ("x86_64", "Linux", [], None, "linux/amd64"),
        ("x86_64", "Linux", [], "linux/amd64", "linux/amd64"),
        ("x86_64", "Linux", [], "linux/arm64", "linux/amd64"),
        ("x86_64", "Linux", ["qemu-aarch64"], "linux/arm64", "linux/arm64"),
        ("x86_64", "Linux", ["qemu-arm"], "linux/arm64", "linux/amd64"),
        ("aarch64", "Linux", [], "linux/amd64", "linux/arm64"),
        ("aarch64", "Linux", ["qemu-x86_64"], "linux/amd64", "linux/amd64"),
        ("arm64", "Darwin", [], "linux/amd64", "linux/amd64"),
    ],
)
def test_other_platform_needs_an_emulator(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    machine: str,
    system: str,
    emulators: list[str],
    wanted: str | None,
    built: str,
) -> None:
    """What the machine can't run is built for the machine itself."""
    for name in emulators:
        (tmp_path / name).touch()
    monkeypatch.setattr(platforms, "BINFMT", tmp_path)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(platform, "system", lambda: system)
    assert platforms.buildable(wanted) == built
