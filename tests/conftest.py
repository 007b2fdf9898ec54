"""What all tests share: one synthesis of the reference environments, and a browser."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assembly import snapshots
from configuration import loading
from tests.support import ROOT, Assembly, made_once, run_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUMS = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable"),
)
"""The first draws the same pages for less: it has no windows of its own."""
# Quiet: it must not ask anybody anything. The sandbox refuses to start as root.
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
)

SAMPLE = ROOT / "workloads" / "sample_service" / "__init__.py"
YOURS = ROOT / "tests" / "test_environments.py"


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the project's own tests where a team removed the workload that they deploy."""
    ours = collection_path.is_relative_to(ROOT / "tests") and not YOURS.is_relative_to(
        collection_path
    )
    return True if ours and not SAMPLE.exists() else None


def pytest_collection_finish() -> None:
    """Spare the garbage collector the thousands of tests, which stay until the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line why so few tests ran."""
    if not SAMPLE.exists():
        terminalreporter.write_line(
            f"{SAMPLE.parent.relative_to(ROOT)} was removed: the project's own tests need it and are "
            f"skipped; {YOURS.relative_to(ROOT)} checks yours."
        )


@pytest.fixture(autouse=True)
def reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the reference environments wherever the product reads those of the team."""
    monkeypatch.setattr(loading, "PACKAGE", "tests.reference")
    monkeypatch.setattr(snapshots, "FOLDER", ROOT / "tests/reference/snapshots")


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Assembly:
    """Return the reference environments as app.py synthesizes them, with cdk-nag, the guardrails and the flags of cdk.json."""
    return Assembly(made_once(tmp_path_factory.getbasetemp() / "assembly", worker_id, run_app))


@pytest.fixture(scope="session")
def synthesized(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Assembly:
    """Return all examples, synthesized under cdk-nag and the guardrails, as app.py does."""
    program = "import app; from configuration.loading import load; app.synthesize(load(package='examples'))"
    folder = tmp_path_factory.getbasetemp() / "examples"
    return Assembly(made_once(folder, worker_id, lambda out: run_app(out, "-c", program)))


@pytest.fixture(scope="session")
def several(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return the folder of variants, what others build, and prod under further packs of cdk-nag."""
    folder = tmp_path_factory.getbasetemp() / "several"
    program = ("-m", "tests.synthesized")
    return made_once(
        folder, worker_id, lambda out: run_app(out, *program, str(out), validate=False)
    )


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return the machine's browser, with a profile of its own."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # few tests need it

    program = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if program is None:
        pytest.skip(
            "there is no Chromium. On Debian and Ubuntu: apt-get install chromium-headless-shell"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()
