from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local_aws.images.ledger import Build, ledger_in
from tests.unit.local_aws.images.images_support import build


def test_build_is_found_by_each_of_its_names(tmp_path: Path) -> None:
    """The CDK CLI builds under one name and pushes under another."""
    ledger = ledger_in(tmp_path)
    ledger.add(build("cdkasset-1"))
    assert ledger.name("cdkasset-1", also="repository:1")
    for name in ("cdkasset-1", "repository:1"):
        found = ledger.find(name)
        assert found
        assert found.name == "cdkasset-1"
        assert found.manifest == build("cdkasset-1").manifest
    assert ledger.find("repository:2") is None


def test_name_moves_to_another_image(tmp_path: Path) -> None:
    """As with docker: a name belongs to the image that got it last."""
    ledger = ledger_in(tmp_path)
    for name in ("one", "two"):
        ledger.add(build(name))
        ledger.name(name, also="latest")
    found = ledger.find("latest")
    assert found
    assert found.name == "two"
    assert not ledger.name("three", also="latest")


def test_newer_build_replaces_the_older(tmp_path: Path) -> None:
    """What was not built yesterday may be built today."""
    ledger = ledger_in(tmp_path)
    ledger.add(build(builder="none"))
    ledger.add(build(builder="docker"))
    assert [item.builder for item in ledger.builds()] == ["docker"]


def test_file_has_what_a_report_shows(tmp_path: Path) -> None:
    """Its readers need not know how a manifest is read."""
    ledger_in(tmp_path).add(build("cdkasset-abc"))
    (record,) = json.loads((tmp_path / "images.json").read_text())
    assert record["tag"] == "abc"
    assert record["platform"] == "linux/amd64"
    assert record["built"] == "Built with buildah for linux/amd64 in 2.5 s: 0 MB."
    assert record["digest"].startswith("sha256:")
    assert record["size"] == 2


def test_processes_can_write_side_by_side(tmp_path: Path) -> None:
    """No build gets lost when several end at the same time."""
    names = [f"cdkasset-{number}" for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: ledger_in(tmp_path).add(build(name)), names))
    assert sorted(item.name for item in ledger_in(tmp_path).builds()) == sorted(names)


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        (build(builder="none", reason="No builder."), "Not built; the repository is only told"),
        (build(reason="On a stand-in."), "in 2.5 s: 0 MB. On a stand-in."),
    ],
)
def test_sentence_says_what_is_missing(item: Build, sentence: str) -> None:
    """An image that is less than it should be does not pass for a whole one."""
    assert sentence in item.sentence()
    assert item.sentence().endswith(item.reason)
