"""A refresh of the data from saved files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from capacity.instance_types import DATA
from capacity.refresh import read, write
from commands.refresh_instance_limits import main
from tests.unit.capacity.limit_sources import CNI, described


def test_a_refresh_from_saved_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A new type is added, a changed one changes, all others stay."""
    data, cni, saved = tmp_path / "data.csv", tmp_path / "limits.go", tmp_path / "types.json"
    write(data, read(DATA))
    cni.write_text(CNI, encoding="utf-8")
    kinds = [
        described("x99.large", interfaces=3, addresses=10, vcpus=2, gib=8),
        described("m5.metal", interfaces=15, addresses=50, vcpus=192, gib=384),
    ]
    saved.write_text(json.dumps({"InstanceTypes": kinds}), encoding="utf-8")

    assert main(["--data", str(data), "--cni", str(cni), "--described", str(saved)]) == 0

    after, before = read(data), read(DATA)
    assert capsys.readouterr().out == "1392 types: 1 new, 1 changed.\n"
    assert after.pop("x99.large")["vcpus"] == "2"
    assert after["m5.metal"]["vcpus"] == "192"
    assert {name for name in before if after[name] != before[name]} == {"m5.metal"}


def test_a_type_without_interfaces_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A source that names a type which no other knows can't make a row."""
    data, pods = tmp_path / "data.csv", tmp_path / "pods.txt"
    write(data, read(DATA))
    pods.write_text("x99.large 29\n", encoding="utf-8")

    assert main(["--data", str(data), "--max-pods", str(pods)]) == 0

    assert "x99.large" not in read(data)
    assert (
        "Left out, because no source lists their network interfaces: x99.large."
        in capsys.readouterr().out
    )
