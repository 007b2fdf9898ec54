from __future__ import annotations

import httpx
import pytest

from local_aws.kubernetes.client import ApiStatusError
from local_aws.kubernetes.controllers.loop import Loop


class Scripted:
    """A reconciler that does what its script says, one entry a round."""

    def __init__(self, *script: bool | Exception) -> None:
        self._script = list(script)

    def reconcile(self) -> bool:
        """Do what the script says next."""
        entry = self._script.pop(0)
        if isinstance(entry, Exception):
            raise entry
        return entry


def test_round_runs_all_and_tells_of_changes() -> None:
    loop = Loop([Scripted(*script) for script in ([False, True, False], [True, False, False])])
    assert [loop.round() for _ in range(3)] == [True, True, False]


def test_trouble_is_logged_once_and_others_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    away = httpx.ConnectError("refused")
    script: list[bool | Exception] = [away, away, False, False]
    loop = Loop([Scripted(*script), Scripted(*[True] * 4)])
    assert [loop.round() for _ in range(4)] == [True] * 4
    out, err = capsys.readouterr()
    assert err == "Scripted: ConnectError: refused; trying again\n"
    assert out == "Scripted: all is well again\n"


def test_bug_is_logged_with_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert Loop([Scripted(KeyError("spec"))]).round() is False
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(("reason", "again"), [("Conflict", True), ("Forbidden", False)])
def test_late_write_is_tried_again_at_once(reason: str, *, again: bool) -> None:
    error = ApiStatusError(code=409, reason=reason, message="late")
    assert Loop([Scripted(error)]).round() is again
