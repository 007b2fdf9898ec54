"""The order of delivery: a name is a wave, names in parentheses of their own are one together."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import waves
from configuration import loading
from tests.support import ROOT

SOURCE = (ROOT / "tests/reference/dev.py").read_text(encoding="utf-8")
Outputs = dict[str, list[object]]


@pytest.fixture
def printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Return a function that lists environments and returns the exit code and what is printed."""

    def printed(package: str, listing: str, account: str, *names: str) -> tuple[int, str]:
        folder = tmp_path / package
        folder.mkdir()
        (folder / "__init__.py").write_text(f"ENVIRONMENTS = {listing}\n", encoding="utf-8")
        for name in names:
            text = SOURCE.replace('name="dev"', f'name="{name}"{account}', 1)
            text = text.replace("groundwork-dev", f"groundwork-{name}")
            (folder / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setattr(loading, "PACKAGE", package)
        code = waves.main([])
        out, error = capsys.readouterr()
        return code, out + error

    return printed


def test_waves_are_in_the_order_of_the_list(printed: Callable[..., tuple[int, str]]) -> None:
    """An empty one is none: GitHub would skip its job, and with it those that wait for it."""
    code, text = printed(
        "waves_in_order", '("a", (), ("b", "c"))', ', account="111122223333"', *("a", "b", "c")
    )
    assert code == 0
    outputs = {
        name: json.loads(value) for name, value in (x.split("=", 1) for x in text.split("\n") if x)
    }
    names = [[row["environment"] for row in wave] for wave in outputs["waves"]]
    assert names == [["a"], ["b", "c"], [], [], []]
    assert [row["environment"] for row in outputs["environments"]] == ["a", "b", "c"]
    assert outputs["environments"][0] == {
        "environment": "a",
        "stage": "A",
        "region": "eu-west-1",
        "deploy_role": "arn:aws:iam::111122223333:role/eks-groundwork-deploy",
        "drift_role": "arn:aws:iam::111122223333:role/eks-groundwork-drift",
    }


def test_all_that_is_in_the_way_is_told_at_once(printed: Callable[..., tuple[int, str]]) -> None:
    names = tuple("abcdef")
    code, text = printed("waves_too_many", str(names), "", *names)
    assert code == 2
    assert text.startswith("The environments have 7 problems. Nothing was deployed.")
    assert "a.account = None" in text
    assert "ENVIRONMENTS = '6 waves'" in text


def test_a_broken_file_is_told(printed: Callable[..., tuple[int, str]]) -> None:
    code, text = printed("waves_broken", '("a", ("missing",))', "", "a")
    assert code == 2
    assert "'missing' has no file" in text


def test_each_wave_has_a_job() -> None:
    workflow = (ROOT / ".github/workflows/deploy.yml").read_text(encoding="utf-8")
    assert workflow.count("uses: ./.github/workflows/deploy-environment.yml") == waves.MOST_WAVES
