from __future__ import annotations

import os
from pathlib import Path

import pytest

from local_aws import reins
from local_aws.service import was_killed
from local_aws.state import ServiceRecord, StateFolder, lock

RECORD = ServiceRecord(
    pid=1, aws_port=3, account="111122223333", region="eu-west-1", kubernetes="stand-in"
)


def test_a_record_is_running_only_while_its_lock_is_held(tmp_path: Path) -> None:
    """A killed service leaves its record, and the operating system frees its lock."""
    folder = StateFolder(tmp_path)
    assert folder.running() is None
    descriptor = lock(folder.service_lock)
    assert descriptor is not None
    folder.write_record(RECORD)
    assert folder.running() == RECORD
    assert lock(folder.service_lock) is None
    os.close(descriptor)
    assert folder.running() is None
    assert folder.read_record() == RECORD


def test_a_service_ends_when_its_holder_did_not_finish(tmp_path: Path) -> None:
    """One that is done, or refuses to begin, takes the operation away; else the next run tells."""
    folder = StateFolder(tmp_path / "dev")
    with reins.held(folder, "deploy") as killed:
        assert killed == ""
        assert not was_killed(folder)
    assert not was_killed(folder)
    with pytest.raises(reins.ServiceError), reins.held(folder, "deploy"):
        raise reins.ServiceError
    assert not was_killed(folder)
    with pytest.raises(KeyboardInterrupt), reins.held(folder, "destroy"):
        raise KeyboardInterrupt
    assert was_killed(folder)
    with reins.held(folder, "deploy") as killed:
        assert killed == "destroy"


def test_stopping_nothing_forgets_what_was_killed(tmp_path: Path) -> None:
    """The next deploy then starts as the first one."""
    folder = StateFolder(tmp_path)
    folder.write_record(RECORD)
    folder.operation_file.write_text("deploy", encoding="utf-8")
    assert not reins.stop(folder)
    assert (folder.read_record(), folder.operation_file.exists()) == (None, False)
