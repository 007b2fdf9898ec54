"""The twin in JavaScript does the same work as the app: a ratio to anything less would mean nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from assembly.snapshots import mask
from benchmarks.twin_app import TWIN, installed, synthesize_twin
from tests.support import ROOT, flight_mode, stack_paths

PINNED = re.compile(r"^([a-z0-9.-]+)==([^ ;]+)", re.MULTILINE)


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the assembly of the twin's dev and prod, without validation."""
    if not installed():
        pytest.skip("the twin is not installed: make benchmarks/twin/node_modules/.installed")
    outdir = tmp_path_factory.mktemp("twin") / "cdk.out"
    environment = {**flight_mode(), "CDK_VALIDATION": "false"}
    done = synthesize_twin(outdir, 2, environment=environment)
    assert done.returncode == 0, done.stderr
    return outdir


@pytest.mark.parametrize("stack", stack_paths())
def test_its_templates_are_ours(stack: str, twin: Path) -> None:
    """Logical ids, properties, order and outputs: everything but the hashes of assets."""
    stage, name = stack.split("/")
    (file,) = (twin / f"assembly-{stage}").glob(f"{stage}{name}*.template.json")
    snapshot = ROOT / "tests" / "reference" / "snapshots" / f"{stack}.json"

    assert mask(json.loads(file.read_text(encoding="utf-8"))) == json.loads(
        snapshot.read_text(encoding="utf-8")
    )


def test_it_uses_the_same_versions() -> None:
    """Else a ratio would compare two releases of the CDK."""
    pins = dict(PINNED.findall((ROOT / "requirements.txt").read_text(encoding="utf-8")))
    wanted = json.loads((TWIN / "package.json").read_text(encoding="utf-8"))["dependencies"]
    locked = json.loads((TWIN / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    ours = {name: pins[_on_pypi(name)] for name in wanted if _on_pypi(name) in pins}

    assert set(wanted) - set(ours) == {"yaml"}
    assert {name: wanted[name] for name in ours} == ours
    assert {name: locked[f"node_modules/{name}"]["version"] for name in ours} == ours


def _on_pypi(name: str) -> str:
    return name.removeprefix("@").replace("/", "-")
