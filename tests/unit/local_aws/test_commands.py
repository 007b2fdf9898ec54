from __future__ import annotations

from pathlib import Path

import pytest

from local_aws import commands
from local_aws.__main__ import main
from local_aws.commands import choose_kubernetes
from local_aws.reins import ServiceError


@pytest.fixture
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a folder with a kube-apiserver."""
    (tmp_path / "kube-apiserver").touch()
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))


@pytest.fixture
def no_assets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no such folder."""
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)


@pytest.mark.usefixtures("assets")
def test_the_real_api_server_is_taken_where_it_is_at_hand() -> None:
    """Unless another one is asked for."""
    assert choose_kubernetes("auto") == "envtest"
    assert choose_kubernetes("stand-in") == "stand-in"


@pytest.mark.usefixtures("no_assets")
@pytest.mark.parametrize(("docker", "chosen"), [(True, "k3s"), (False, "stand-in")])
def test_docker_is_taken_where_it_is_at_hand(
    monkeypatch: pytest.MonkeyPatch, *, docker: bool, chosen: str
) -> None:
    """And the stand-in runs everywhere."""
    monkeypatch.setattr(commands, "_docker_is_at_hand", lambda: docker)
    assert choose_kubernetes("auto") == chosen


@pytest.mark.usefixtures("no_assets")
@pytest.mark.parametrize(
    ("wanted", "needs"), [("envtest", "KUBEBUILDER_ASSETS"), ("k3s", "a Docker daemon")]
)
def test_what_is_not_at_hand_is_said(
    monkeypatch: pytest.MonkeyPatch, wanted: str, needs: str
) -> None:
    """The message says what to install or to set."""
    monkeypatch.setattr(commands, "_docker_is_at_hand", lambda: False)
    with pytest.raises(ServiceError, match=f"KUBERNETES={wanted} needs {needs}"):
        choose_kubernetes(wanted)


def test_docker_without_its_python_package_is_not_at_hand() -> None:
    """MiniStack speaks to the daemon through it, and the lock file leaves it out."""
    assert not commands._docker_is_at_hand()


def test_an_environment_that_is_not_there_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the names of those that are."""
    assert main(["--root", str(tmp_path), "deploy", "staging"]) == 1
    assert capsys.readouterr().err == ("No environment is named 'staging'. There are: dev, prod.\n")


@pytest.mark.parametrize("command", ["diff", "drift", "destroy", "status"])
def test_without_an_account_there_is_nothing_to_look_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """The message says how to get one."""
    assert main(["--root", str(tmp_path), command, "dev"]) == 1
    assert "Deploy first: make deploy-local ENV=dev" in capsys.readouterr().err


def test_stopping_nothing_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says so."""
    assert main(["--root", str(tmp_path), "stop"]) == 0
    assert capsys.readouterr().out == "Nothing runs.\n"
