from __future__ import annotations

from pathlib import Path

import pytest

from local_aws.__main__ import main
from local_aws.commands import choose_kubernetes
from local_aws.reins import ServiceError


def test_the_real_api_server_is_taken_where_it_is_at_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless another one is asked for; where it is missing, the message says what to set."""
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    assert choose_kubernetes("auto") == "stand-in"
    with pytest.raises(ServiceError, match="KUBERNETES=envtest needs KUBEBUILDER_ASSETS"):
        choose_kubernetes("envtest")
    (tmp_path / "kube-apiserver").touch()
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    assert choose_kubernetes("auto") == "envtest"
    assert choose_kubernetes("stand-in") == "stand-in"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["deploy", "staging"], 1, "No environment is named 'staging'. Available: dev, prod.\n"),
        *(([name, "dev"], 1, "") for name in ("diff", "drift", "destroy", "status")),
        (["stop"], 0, "Nothing is running.\n"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_without_an_account_a_person_learns_how_to_get_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    """And which environments there are."""
    assert main(["--root", str(tmp_path), *words]) == code
    printed = "".join(capsys.readouterr())
    assert printed == (
        said or "Nothing is running for dev. Deploy first: make deploy-local ENV=dev\n"
    )
