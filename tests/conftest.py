"""One synthesis of every environment, shared by all tests and all test processes."""

from __future__ import annotations

import pytest

from tests.support import Assembly, made_once, run_app


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Assembly:
    """Return what app.py synthesizes, with cdk-nag, the guardrails and the flags of cdk.json."""
    return Assembly(made_once(tmp_path_factory.getbasetemp() / "assembly", worker_id, run_app))
