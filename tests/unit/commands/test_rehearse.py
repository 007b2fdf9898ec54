"""How a rehearsal goes, whatever the account answers; tests/rehearsal has a real one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from assembly.cloud_assembly import Assembly, assembly_at
from commands.rehearse import Account, main, rehearse
from commands.stack_events import NOTHING, Events, Seen
from tests.support import reference
from tests.unit.commands.test_stack_events import events

STACKS = [f"Dev-{each}" for each in ("Network", "Cluster", "SampleService")]


def stacks(status: str, start: int = 0) -> Events:
    """Return one event of each stack of dev."""
    (found,) = events(*((each, status, "arn", "") for each in STACKS), start=start).values()
    return {each: [{**event, "StackName": each}] for each, event in zip(STACKS, found, strict=True)}


class Played(Account):
    """An account whose commands and events are given, in their order."""

    def __init__(self, fails: Mapping[str, str], *seen: Events | Seen | Exception) -> None:
        super().__init__(Path(), "stand-in", None, "dev")
        self.__dict__.update(fails=fails, next=[*seen], calls=[])

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Note a command; of two deploys the second is `deploy 2`."""
        calls: list[str] = self.__dict__["calls"]
        name = "deploy 2" if command == "deploy" and "deploy 1" in calls else command
        calls.append("deploy 1" if name == "deploy" else name)
        said: str = self.__dict__["fails"].get(calls[-1], "")
        return subprocess.CompletedProcess(arguments, bool(said), f"Deploying\n{said}\n", "")

    def seen(self) -> Seen:
        """Return what is next, or raise it; with events alone, no resources are listed."""
        found = self.__dict__["next"].pop(0)
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, Seen) else Seen(dict(found), {})


WHOLE = stacks("CREATE_COMPLETE")
BACK = stacks("UPDATE_ROLLBACK_COMPLETE", start=9)
DOWN = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
CALLS = ["deploy 1", "deploy 2", "stop"]


@pytest.mark.parametrize(
    ("account", "outcome", "why", "calls"),
    [
        (Played({}, WHOLE, WHOLE), "deployed", "", [*CALLS[:2], "destroy", "stop"]),
        # A report of the base looks for the cluster of the head; the stacks are there.
        (
            Played({"deploy 1": "no cluster"}, WHOLE, WHOLE),
            "deployed",
            "",
            [*CALLS[:2], "destroy", "stop"],
        ),
        (
            Played({"deploy 1": "❌  Dev-Network failed"}, {}),
            "not rehearsed",
            "the base was not deployed there: ❌  Dev-Network failed",
            ["deploy 1", "stop"],
        ),
        (
            Played({"deploy 2": "❌  no chart\n1 failed"}, WHOLE, WHOLE),
            "stopped",
            "❌  no chart",
            CALLS,
        ),
        (
            Played({"deploy 2": "cdk: not found"}, WHOLE, WHOLE),
            "not rehearsed",
            "cdk: not found",
            CALLS,
        ),
        (Played({"deploy 2": "no"}, WHOLE, {**WHOLE, **BACK}), "rolled back", "no", CALLS),
        (
            Played({}, WHOLE, DOWN),
            "not rehearsed",
            'the account failed: Could not connect to the endpoint URL: "http://127.0.0.1:1"',
            CALLS,
        ),
    ],
)
def test_how_a_rehearsal_ends(
    account: Played, *, outcome: str, why: str, calls: list[str], heads: Path
) -> None:
    """It says why it failed, destroys only what was deployed, and always stops the account."""
    found = rehearse(
        account, "Dev", assembly_at(heads / "base"), assembly_at(heads / "endpoint-closed")
    )

    assert (found["outcome"], found.get("why", "")) == (outcome, why)
    assert account.__dict__["calls"] == calls


def test_what_is_protected_is_not_destroyed(heads: Path) -> None:
    """Prod's stacks are; and a destroy that fails says why."""
    prod, dev = (assembly_at(heads / name) for name in ("maximum-nodes", "endpoint-closed"))

    account = Played({}, NOTHING)
    assert rehearse(account, "Prod", None, prod)["destroyed"] == "protected"
    assert account.__dict__["calls"] == ["deploy 1", "stop"]
    fails = {"destroy": "❌  in use"}
    assert rehearse(Played(fails, NOTHING), "Dev", None, dev)["destroyed"] == "❌  in use"


def test_what_an_update_deletes_is_told(heads: Path) -> None:
    """No event says so: the resources of before and after are compared."""
    there = {("Dev-Cluster", "Old"): "one", ("Dev-Cluster", "Kept"): "two"}
    left = {("Dev-Cluster", "Kept"): "two"}
    account = Played({}, Seen(WHOLE, there), Seen(WHOLE, left))

    base, head = (assembly_at(heads / name) for name in ("base", "endpoint-closed"))
    rows = rehearse(account, "Dev", base, head)["rows"]

    place = {"stack": "Dev/Cluster", "resource": "Old"}
    assert rows == [{**place, "did": "deleted", "why": "", "from": None, "to": None}]


@pytest.mark.parametrize(
    ("base", "head", "known", "found"),
    [
        ("base", "base", "dev prod", {}),
        ("base", "endpoint-closed", "dev prod", {"Dev": "dev after base"}),
        ("base", "endpoint-closed", "prod", {}),
        ("empty", "base", "dev prod", {"Dev": "dev after None", "Prod": "prod after None"}),
    ],
)
def test_what_differs_is_rehearsed(
    *,
    base: str,
    head: str,
    known: str,
    found: Mapping[str, str],
    heads: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An environment that is new, too; not one that this checkout doesn't have."""

    def ended(account: Account, _stage: str, base: Assembly | None, _head: Assembly) -> object:
        return {"outcome": f"{account.name} after {base and base.path.name}"}

    configs = [each for each in reference() if each.name in known.split()]
    monkeypatch.setattr("commands.rehearse.load", lambda **_: configs)
    monkeypatch.setattr("commands.rehearse.rehearse", ended)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/manifest.json").write_text("{}", encoding="utf-8")
    folder, file = (heads if base == "base" else tmp_path), tmp_path / "rehearsal.json"

    assert main([str(folder / base), str(heads / head), "--output", str(file)]) == 0
    told = json.loads(file.read_text(encoding="utf-8"))
    assert {stage: each["outcome"] for stage, each in told.items()} == found


def test_without_an_assembly_nothing_is_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says so."""
    assert main([str(tmp_path), str(tmp_path), "--output", str(tmp_path / "rehearsal.json")]) == 2
    assert "has no cloud assembly" in capsys.readouterr().err
