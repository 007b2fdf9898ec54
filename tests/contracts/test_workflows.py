"""What runs on GitHub is checked here: schema, security and the shell in it."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
BIN = Path(sys.executable).parent


def ran(*command: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program of the virtual environment."""
    return subprocess.run(  # noqa: S603  # pinned tools
        [BIN / command[0], *command[1:]],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@functools.cache
def read(file: Path) -> Any:  # noqa: ANN401  # YAML may hold anything
    """Return a workflow."""
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def jobs() -> Iterator[tuple[str, Any]]:
    """Yield every job of every workflow with a name for people."""
    for file in WORKFLOWS:
        for name, job in read(file)["jobs"].items():
            if "uses" not in job:
                yield f"{file.name} {name}", job


def scripts() -> list[tuple[str, str]]:
    """Return every script of a step, as bash runs it there, with a name for people."""
    return [
        (f"{name} {index}", f"#!/bin/bash\nset -e\n{step['run']}\n")
        for name, job in jobs()
        for index, step in enumerate(job["steps"])
        if "run" in step
    ]


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.dependabot", [ROOT / ".github" / "dependabot.yml"]),
    ],
)
def test_files_are_valid(schema: str, files: list[Path]) -> None:
    """GitHub would refuse a wrong key, and say so only once it is merged."""
    result = ran("check-jsonschema", "--builtin-schema", schema, *files)

    assert result.returncode == 0, result.stdout + result.stderr


def test_nothing_can_be_taken_over() -> None:
    """No script takes what a stranger wrote; no action is unpinned; no job may more than it needs."""
    result = ran("zizmor", "--offline", "--no-progress", "--persona", "pedantic", ".github")

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("script", [pytest.param(each, id=name) for name, each in scripts()])
def test_shell_is_sound(script: str) -> None:
    """A forgotten quote or an unset variable in a step."""
    result = ran("shellcheck", "-", stdin=script)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("job", [pytest.param(each, id=name) for name, each in jobs()])
def test_a_job_that_hangs_ends(job: dict[str, Any]) -> None:
    """GitHub's own limit is six hours; a deploy may replace the nodes of a large group."""
    assert 0 < job["timeout-minutes"] <= (120 if "environment" in job else 30)


FAKE_GH = '''#!{python}
"""Enough of `gh api` for one pull request, whose comments are a file."""
import json, pathlib, subprocess, sys

comments = pathlib.Path("comments.json")
found = json.loads(comments.read_text())
arguments = sys.argv[2:]
if "--jq" in arguments:
    asked = arguments[arguments.index("--jq") + 1]
    done = subprocess.run(["jq", "-r", asked], input=json.dumps(found), text=True, check=True)
    sys.exit(done.returncode)
method = arguments[arguments.index("--method") + 1]
body = pathlib.Path(arguments[arguments.index("-F") + 1].removeprefix("body=@")).read_text()
address = next(each for each in arguments if each.startswith("repos/"))
if method == "POST":
    found.append({{"id": len(found) + 1, "user": {{"login": "github-actions[bot]"}}, "body": body}})
else:
    next(each for each in found if address.endswith(f"/{{each['id']}}"))["body"] = body
comments.write_text(json.dumps(found))
'''


def script_of(job: str, word: str, workflow: str = "review") -> str:
    """Return the script of a job that has a word in it."""
    found = yaml.safe_load((ROOT / f".github/workflows/{workflow}.yml").read_text())["jobs"][job]
    script: str = next(step["run"] for step in found["steps"] if word in step.get("run", ""))
    return script


def run_there(script: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a script of a step in a folder, as GitHub runs it."""
    return subprocess.run(  # noqa: S603  # a step of ours
        ["bash", "-e", "-c", script],  # noqa: S607  # the bash of the machine
        cwd=folder,
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("code", "writes", "fails"), [(0, True, 0), (1, True, 0), (3, True, 0), (2, False, 2)]
)
def test_a_review_that_is_written_is_shown(
    code: int, *, writes: bool, fails: int, tmp_path: Path
) -> None:
    """Whatever it says; the job fails only where there is nothing to read."""
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    write = "mkdir review.out && echo Verdict > review.out/review.md" if writes else "true"
    python.write_text(f"#!/bin/bash\n{write}\nexit {code}\n", encoding="utf-8")
    python.chmod(0o755)
    files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}

    done = run_there(script_of("review", "commands.review"), tmp_path, BASE="b", HEAD="h", **files)

    assert done.returncode == fails
    assert (tmp_path / "GITHUB_OUTPUT").read_text(encoding="utf-8") == f"code={code}\n"
    assert (tmp_path / "GITHUB_STEP_SUMMARY").exists() is writes


@pytest.mark.parametrize(
    ("code", "exits", "says"),
    [("0", 0, ""), ("1", 1, "needs consent"), ("3", 3, "not be made"), ("", 3, "not be made")],
)
def test_the_check_tells_missing_consent_from_a_failure(
    code: str, exits: int, says: str, tmp_path: Path
) -> None:
    """Without a review there is no code, and the check is red all the same."""
    done = run_there(script_of("consent", "CODE"), tmp_path, CODE=code)

    assert done.returncode == exits
    assert says in done.stdout


@pytest.mark.skipif(shutil.which("jq") is None, reason="there is no jq: apt-get install jq")
def test_one_comment_is_updated_in_place(tmp_path: Path) -> None:
    """A second push changes the comment of the first; what others say stays as it is."""
    script = script_of("comment", "comment.md")
    gh = tmp_path / "gh"
    gh.write_text(FAKE_GH.format(python=sys.executable), encoding="utf-8")
    gh.chmod(0o755)
    comments = tmp_path / "comments.json"
    other = {
        "id": 1,
        "user": {"login": "somebody"},
        "body": "Quoted: <!-- review of eks-groundwork -->",
    }
    comments.write_text(json.dumps([other]), encoding="utf-8")

    for verdict in ("replaces", "safe"):
        (tmp_path / "review.md").write_text(f"Verdict: **{verdict}**\n", encoding="utf-8")
        done = run_there(
            script,
            tmp_path,
            PATH=f"{tmp_path}:{os.environ['PATH']}",
            REPOSITORY="team/platform",
            NUMBER="7",
            PAGE="https://github.com/team/platform/actions/runs/1/artifacts/2",
            RUN="https://github.com/team/platform/actions/runs/1",
        )
        assert done.returncode == 0, done.stderr

    found = json.loads(comments.read_text(encoding="utf-8"))
    assert found[0] == other
    assert [each["body"].splitlines()[0] for each in found[1:]] == ["Verdict: **safe**"]
    assert "(https://github.com/team/platform/actions/runs/1/artifacts/2)" in found[1]["body"]
    assert "https://github.com/team/platform/actions/runs/1#artifacts" in found[1]["body"]


FAKE_ISSUES = '''#!{python}
"""Enough of `gh issue`, whose issues are a file."""
import json, pathlib, subprocess, sys

issues = pathlib.Path("issues.json")
found = json.loads(issues.read_text())
command, options = sys.argv[2], sys.argv[3:]
if command == "list":
    there = [each for each in found if each["state"] == "open"]
    jq = ["jq", "-r", options[options.index("--jq") + 1]]
    sys.exit(subprocess.run(jq, input=json.dumps(there), text=True, check=True).returncode)
if command == "create":
    found.append({{"number": len(found) + 1, "state": "open", "title": options[1]}})
issue = found[-1] if command == "create" else found[int(options[0]) - 1]
if "--body-file" in options:
    issue["body"] = pathlib.Path(options[options.index("--body-file") + 1]).read_text()
if command == "close":
    issue["state"] = "closed"
issues.write_text(json.dumps(found))
'''


@pytest.mark.skipif(shutil.which("jq") is None, reason="there is no jq: apt-get install jq")
def test_drift_has_one_issue_which_closes_itself(tmp_path: Path) -> None:
    """The same drift twice is one issue; another environment's stays open."""
    gh, issues, reports = tmp_path / "gh", tmp_path / "issues.json", tmp_path / "reports"
    gh.write_text(FAKE_ISSUES.format(python=sys.executable), encoding="utf-8")
    gh.chmod(0o755)
    other = {"number": 1, "state": "open", "title": "Drift in prod-eu"}
    issues.write_text(json.dumps([other]), encoding="utf-8")
    reports.mkdir()
    seen = []
    for report in ("first", "second", "", ""):
        (reports / "prod.txt").write_text(report, encoding="utf-8")
        path = f"{tmp_path}:{os.environ['PATH']}"
        done = run_there(script_of("issues", "gh", "drift"), tmp_path, PATH=path, RUN="https://run")
        assert done.returncode == 0, done.stderr
        found = json.loads(issues.read_text(encoding="utf-8"))
        seen.append([(each["title"], each["state"]) for each in found[1:]])
    assert found[0] == other
    assert "second" in found[1]["body"]
    assert seen == [[("Drift in prod", "open")]] * 2 + [[("Drift in prod", "closed")]] * 2


@pytest.mark.parametrize(
    ("code", "text", "exits", "report"),
    [
        (0, "Number of resources with drift: 0", 0, ""),
        (1, "Number of resources with drift: 12 (1 unchecked)", 0, "with drift: 12"),
        (1, "AccessDenied: not authorized", 1, "AccessDenied"),
    ],
)
def test_an_error_is_no_drift(
    code: int, text: str, exits: int, report: str, tmp_path: Path
) -> None:
    """The CLI ends both with 1; after an error the job fails and uploads nothing."""
    cdk = tmp_path / ".venv/bin/cdk"
    cdk.parent.mkdir(parents=True)
    cdk.write_text(f"#!/bin/bash\necho '{text}'\nexit {code}\n", encoding="utf-8")
    cdk.chmod(0o755)
    env = {"STAGE": "Dev", "ENVIRONMENT": "dev", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    done = run_there(script_of("drift", "cdk drift", "drift"), tmp_path, **env)
    assert done.returncode == exits, done.stderr
    assert report in (tmp_path / "report/dev.txt").read_text(encoding="utf-8")
    assert bool(report) is bool((tmp_path / "report/dev.txt").stat().st_size)


@pytest.mark.skipif(shutil.which("jq") is None, reason="there is no jq: apt-get install jq")
@pytest.mark.parametrize("status", ["success", "failure"])
def test_a_deploy_ends_with_its_outputs(status: str, tmp_path: Path) -> None:
    """And after a failure with what to do next."""
    outputs = {"Dev-SampleService": {"SampleServiceUrl": "http://example"}}
    (tmp_path / "outputs.json").write_text(json.dumps(outputs), encoding="utf-8")
    summary = tmp_path / "summary"
    script = script_of("deploy", "GITHUB_STEP_SUMMARY", "deploy-environment")
    env = {"ENVIRONMENT": "dev", "STATUS": status, "GITHUB_STEP_SUMMARY": str(summary)}
    done = run_there(script, tmp_path, **env)
    assert done.returncode == 0, done.stderr
    text = summary.read_text(encoding="utf-8")
    assert "| Dev-SampleService | SampleServiceUrl | `http://example` |" in text
    assert ("run the failed jobs again" in text) is (status == "failure")
