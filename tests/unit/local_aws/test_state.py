from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from local_aws import leash, reins
from local_aws.cdk_cli import CdkCli
from local_aws.service import was_killed
from local_aws.state import SETTINGS, ServiceRecord, StateFolder, lock, setting

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
    folder.path.mkdir()
    folder.write_record(RECORD)
    service = lock(folder.service_lock)
    assert service is not None
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
        os.close(service)
    with reins.held(folder, "destroy") as killed:
        assert killed == "deploy"


def test_a_second_operation_says_that_it_waits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Until the first one is done."""
    folder = StateFolder(tmp_path)
    with reins.held(folder, "deploy"):
        second = threading.Thread(target=lambda: reins.held(folder, "destroy").__enter__())
        second.start()
        second.join(1)
        assert second.is_alive()
        assert capsys.readouterr().err.startswith("Waiting for the deploy or destroy")
    second.join(10)
    assert not second.is_alive()


def test_an_account_reads_what_the_last_command_was_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that runs since before; what is not said again holds no longer."""
    folder, name = StateFolder(tmp_path), "LOCAL_AWS_KNOWN_PRINCIPALS"
    for value in ("*", ""):
        monkeypatch.setenv(name, value)
        with reins.held(folder, "deploy"):
            monkeypatch.delenv(name)
        with monkeypatch.context() as service:
            service.setenv(SETTINGS, str(folder.settings))
            assert setting(name, "nobody") == (value or "nobody")


def test_the_cli_ends_with_its_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would try for minutes to reach one that isn't there."""
    folder, wrap = StateFolder(tmp_path), leash.wrap
    folder.run.mkdir()
    monkeypatch.setattr(leash, "wrap", lambda _: wrap(["sleep", "600"]))
    assert CdkCli(folder=folder, record=RECORD).run("deploy") == 1


def test_stopping_nothing_forgets_what_was_killed(tmp_path: Path) -> None:
    """The next deploy then starts as the first one."""
    folder = StateFolder(tmp_path)
    folder.write_record(RECORD)
    folder.operation_file.write_text("deploy", encoding="utf-8")
    assert not reins.stop(folder)
    assert (folder.read_record(), folder.operation_file.exists()) == (None, False)
