"""One synthesis of every environment, shared by all tests and all test processes."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from tests.support import Assembly, run_app


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Assembly:
    """Return what app.py synthesizes, with cdk-nag, the guardrails and the flags of cdk.json."""
    own = tmp_path_factory.getbasetemp()
    shared: Path = own if worker_id == "master" else own.parent
    outdir = shared / "assembly"
    with FileLock(shared / "assembly.lock"):
        if not outdir.exists():
            result = run_app(outdir)
            assert result.returncode == 0, result.stdout + result.stderr
    return Assembly(outdir)
