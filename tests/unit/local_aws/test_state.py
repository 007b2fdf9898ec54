from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

from local_aws.state import ServiceRecord, StateFolder

RECORD = ServiceRecord(
    pid=1,
    control_port=2,
    control_key="00",
    aws_port=3,
    account="111122223333",
    region="eu-west-1",
    kubernetes="stand-in",
)


def test_a_record_is_running_only_while_its_lock_is_held(tmp_path: Path) -> None:
    """A killed service leaves its record, and the operating system frees its lock."""
    folder = StateFolder(tmp_path / "dev")
    assert folder.running() is None
    lock = folder.lock()
    assert lock is not None
    folder.write_record(RECORD)
    assert folder.running() == RECORD
    assert folder.lock() is None
    os.close(lock)
    assert folder.running() is None
    assert folder.read_record() == RECORD


def test_a_record_is_for_its_owner_only(tmp_path: Path) -> None:
    """It holds the key to the service."""
    folder = StateFolder(tmp_path)
    folder.write_record(RECORD)
    folder.write_record(replace(RECORD, operation="deploy"))
    assert stat.S_IMODE(folder.record_file.stat().st_mode) == 0o600
    assert folder.read_record() == replace(RECORD, operation="deploy")


def test_the_address_is_a_number() -> None:
    """No resolver or hosts file can lead the CLI to another machine."""
    assert RECORD.aws_endpoint == "http://127.0.0.1:3"
