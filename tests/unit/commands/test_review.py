"""`python -m commands.review`: its output, its exit codes, and its time for a review of nothing."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from commands.review import FAILED, NOTHING_TO_COMPARE, SNAPSHOT_NOTE, main
from review.sections import SUBJECTS
from tests.support import ROOT, Assembly, flight_mode

LIMIT, TRIES = 2.0, 3


def seconds_of_children() -> float:
    """Return the time that a processor has spent on the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_a_review_of_nothing_is_fast(assembly: Assembly, tmp_path: Path) -> None:
    """Under two seconds of a processor with its page, Python's start included."""
    same = [str(assembly.path)] * 2
    spent: list[float] = []
    # What else the processor does can only make it slower.
    while len(spent) < TRIES and min(spent, default=LIMIT) >= LIMIT:
        started = seconds_of_children()
        result = subprocess.run(  # noqa: S603  # our own program
            [sys.executable, "-m", "commands.review", *same, "--output", str(tmp_path)],
            cwd=ROOT,
            env=flight_mode(),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        spent.append(seconds_of_children() - started)

    assert min(spent) < LIMIT
    assert result.stdout.startswith("Verdict: nothing to deploy. No change from")
    assert (tmp_path / "review.md").read_text(encoding="utf-8").count("\n") == 1
    assert result.stdout.splitlines()[1:] == [
        "",
        f"Review: {tmp_path}/review.md; with pictures: {tmp_path}/review.html",
    ]


def test_missing_consent_fails_where_asked_to(
    heads: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The files are written first, for whoever has to read them. The raw diff is the CDK's own."""
    arguments = [str(heads / "base"), str(heads / "instance-type"), "--output", str(tmp_path)]

    assert main([*arguments, "--fail"]) == 1
    told = capsys.readouterr().out
    monkeypatch.setattr("commands.review.raw_diffs", lambda _: lambda *_: ())
    assert main([arguments[0], str(heads / "instance-type-accepted"), "--fail"]) == 0
    assert main([arguments[0], str(heads / "cidr-changed"), "--fail"]) == 1

    assert told.startswith(
        "Verdict: replaces (Prod), safe (AutoMode, Dev, Karpenter, KarpenterOnFargate, Machines, SelfManaged, Spot, Windows)\n"
    )
    assert "- replaces: Node group `General` is replaced, because `InstanceTypes`" in told
    assert '/NodeGroup/Resource": "WHY",' in told
    assert "cdk diff of" not in told
    assert {each.name for each in tmp_path.iterdir()} == {"review.md", "review.html"}
    text = (tmp_path / "review.md").read_text(encoding="utf-8")
    assert "<summary>cdk diff of Prod/Cluster</summary>" in text
    assert "(requires replacement)" in text


def test_a_folder_without_an_assembly_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says what is missing."""
    assert main([str(tmp_path), str(tmp_path)]) == NOTHING_TO_COMPARE
    assert "has no cloud assembly" in capsys.readouterr().err


def test_a_broken_assembly_is_nothing_to_compare(
    heads: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence says which file, and what to run."""
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")

    assert main([str(tmp_path), str(heads / "base"), "--fail"]) == NOTHING_TO_COMPARE
    assert "manifest.json can't be read" in capsys.readouterr().err


def test_a_review_that_fails_is_a_failure(
    heads: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It must not look like missing consent, nor like a wrong argument."""
    monkeypatch.setattr("commands.review.compare", len)

    assert main([str(heads / "base")] * 2 + ["--fail"]) == FAILED
    assert "The review failed, so" in capsys.readouterr().err


def test_a_failed_section_is_a_failure_with_a_review(
    heads: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever consent is missing: nobody knows what else would have been asked for."""
    title, _ = SUBJECTS["exposure"]
    monkeypatch.setitem(SUBJECTS, "exposure", (title, (len,)))
    monkeypatch.setattr("commands.review.raw_diffs", lambda _: lambda *_: ())
    arguments = [str(heads / "base"), str(heads / "instance-type"), "--output", str(tmp_path)]

    assert main([*arguments, "--fail"]) == FAILED
    assert "could not be created" in (tmp_path / "review.md").read_text(encoding="utf-8")
    assert (tmp_path / "review.html").exists()


def test_unknown_commits_are_no_base(heads: Path) -> None:
    """Consents would be read from nowhere, silently."""
    base = str(heads / "base")
    assert main([base, base, "--commits", "no-such-branch..HEAD"]) == NOTHING_TO_COMPARE


def test_the_committed_snapshots_are_a_base(
    assembly: Assembly, capsys: pytest.CaptureFixture[str]
) -> None:
    """They equal what is synthesized, as another test makes sure, so nothing changes."""
    assert main(["snapshots", str(assembly.path)]) == 0
    assert capsys.readouterr().out == (
        "Verdict: **nothing to deploy**. No change from `snapshots`: Dev, Prod.\n"
    )


def test_snapshots_know_that_production_ends(
    heads: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their list of frozen ids says which environment was production."""
    assert main(["snapshots", str(heads / "weakened")]) == 0
    assert "Prod is **no longer a production environment**" in capsys.readouterr().out


def test_a_comparison_with_snapshots_says_what_it_cannot_see(
    heads: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reader would take silence for nothing."""
    assert main(["snapshots", str(heads / "maximum-nodes")]) == 0
    out = capsys.readouterr().out
    assert SNAPSHOT_NOTE in out
    assert "Node group `General`: maximum 9 → 12 nodes." in out
