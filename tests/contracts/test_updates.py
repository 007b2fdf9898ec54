"""A release arrives by a merge: what a team owns and what we own never meet in one file."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assembly import snapshots
from assembly.cloud_assembly import assembly_at
from commands import update, write_snapshots
from tests.contracts.test_edits import ELSEWHERE, THIRD, edited
from tests.support import ROOT, flight_mode

AUTHOR = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Somebody"), ("EMAIL", "somebody@example.com"))
}
SHOP = f"""    workloads=(
        Manifests(
            name="Shop",
            namespace="shop",
            path="workloads/shop",
            default_deny=True,
            values={{"replicas": 2, "bucket": "pictures", "image": "registry.test/shop@sha256:{64 * "0"}"}},
            service_accounts={{
                "web": PermissionsSpec(managed_policies=("AmazonS3ReadOnlyAccess",))
            }},
        ),
    ),
)
"""
IMPORTS = """from constructs_lib.specs.manifests import Manifests
from constructs_lib.specs.permissions import PermissionsSpec
"""
DESCRIPTION = ("eks-groundwork: VPC, subnets", "eks-groundwork: the VPC, subnets")
FIELD = '''    owner: str = "nobody"
    """Who answers for the environment."""
    workloads: tuple['''


def run(folder: Path, *command: str, exit_code: int = 0) -> str:
    """Run a program in a repository. The last tests alone ask for the CDK's own validation."""
    result = subprocess.run(  # noqa: S603  # git, and our own programs
        command,
        cwd=folder,
        env={
            **flight_mode(),
            **AUTHOR,
            "PYTHONPATH": str(folder),
            "CDK_VALIDATION": "false",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == exit_code, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def change(file: Path, old: str, new: str) -> None:
    """Replace a text that a file has; an empty one stands for its end."""
    text = file.read_text(encoding="utf-8")
    assert old in text, old
    file.write_text(text.replace(old, new, 1) if old else text + new, encoding="utf-8")


def commit(folder: Path, subject: str) -> None:
    """Commit everything."""
    run(folder, "git", "add", "--all")
    run(folder, "git", "commit", "--quiet", "--no-verify", "--message", subject)


def first_release(project: Path) -> None:
    """Change documents and a construct."""
    change(project / "CHANGELOG.md", "## [Unreleased]\n", "## [Unreleased]\n\n- Something.\n")
    change(project / "README.md", "", "\nMore to read.\n")
    change(project / "constructs_lib/network.py", "", "\n# A line more.\n")


def second_release(project: Path) -> None:
    """Move pins, and add a target and a document."""
    change(project / "requirements.txt", "", "# Pins of another day.\n")
    change(project / "Makefile", "", "\n.PHONY: more\nmore: ## Do more\n\t@true\n")
    (project / "docs/more.md").write_text("# More\n", encoding="utf-8")


def third_release(project: Path) -> None:
    """Change every network, the dev that is shipped, its snapshots, and a pin of the sample service."""
    change(project / "stacks/network_stack.py", *DESCRIPTION)
    for snapshot in project.glob("*/**/snapshots/*/Network.json"):
        change(snapshot, *DESCRIPTION)
    change(project / "environments/dev.py", "max_size=4", "max_size=5")
    (project / "environments/snapshots/Prod/More.json").write_text("{}", encoding="utf-8")
    change(
        project / "workloads/sample_service/web/requirements.txt", "", "# Pins of another day.\n"
    )
    (project / "workloads/sample_service/more.py").touch()


def fourth_release(project: Path) -> None:
    """Add a field, use it in the reference environments, and change an example."""
    change(project / "configuration/fields.py", "    workloads: tuple[", FIELD)
    change(project / "tests/reference/dev.py", 'name="dev",', 'name="dev",\n    owner="us",')
    change(project / "examples/smallest.py", 'name="smallest",', 'name="smallest",  # short')


RELEASES = (first_release, second_release, third_release, fourth_release)


def as_shipped(project: Path) -> None:
    """Have the dev and prod of a release: a team that runs this test has others."""
    own = project / "environments"
    shutil.rmtree(own)
    shutil.copytree(project / "tests/reference", own, ignore=shutil.ignore_patterns("__main__.py"))


def own_edits(project: Path) -> None:
    """Do what teams do: other values, a name, an environment less, one more, a workload of their own."""
    own = project / "environments"
    source = (own / "dev.py").read_text(encoding="utf-8")
    head, _, rest = source.partition("    fargate_profiles=(")
    values = head + rest[rest.index("    add_ons=") : rest.index("    workloads=(")] + SHOP
    plain = re.sub("from workloads.*\n", IMPORTS, values)
    run(project, "git", "mv", "environments/dev.py", "environments/sandbox.py")
    sandbox = edited(plain, {**ELSEWHERE, 'name="dev"': 'name="sandbox"'})
    (own / "sandbox.py").write_text(sandbox, encoding="utf-8")
    (own / "staging.py").write_text(edited(plain, THIRD), encoding="utf-8")
    (own / "__init__.py").write_text('ENVIRONMENTS = ("sandbox", "staging")\n', encoding="utf-8")
    (own / "prod.py").unlink()
    shutil.rmtree(project / "workloads/sample_service")
    (project / "workloads/shop").mkdir()
    manifests = (project / "examples/shop/web.yaml").read_text(encoding="utf-8")
    (project / "workloads/shop/web.yaml").write_text(manifests, encoding="utf-8")


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="it merges what git has")
def test_an_update_keeps_what_a_team_owns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No conflict is left, nothing that was removed comes back, and the generic tests tell what is new."""
    upstream, project = tmp_path / "upstream", tmp_path / "project"
    accept = (sys.executable, "-m", "commands.write_snapshots")
    run(tmp_path, "git", "clone", "--quiet", str(ROOT), str(upstream))
    as_shipped(upstream)
    run(upstream, "git", "add", "--all")
    run(upstream, "git", "commit", "--quiet", "--allow-empty", "--message", "A release")
    run(tmp_path, "git", "clone", "--quiet", str(upstream), str(project))
    own_edits(project)
    assert "written environments/snapshots/Sandbox/Shop.json" in run(project, *accept)
    commit(project, "Our platform")

    for release in RELEASES:
        release(upstream)
        commit(upstream, release.__name__)
        run(project, "git", "fetch", "--quiet", "origin")
        told = run(project, sys.executable, "-m", "commands.update", "origin/HEAD")
        assert "What you own is as you had it." in told
        run(project, "git", "commit", "--quiet", "--no-verify", "--no-edit")

    own = ("environments", "workloads")
    run(project, "git", "diff", "--exit-code", f"HEAD~{len(RELEASES)}", "--", *own)
    made = tmp_path / "made"
    pytests = (sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider")
    tests = run(project, *pytests, f"--basetemp={made}", exit_code=1)
    assert "\nworkloads/sample_service was removed: the project's own tests need it" in tests
    assert re.findall("^FAILED .*::([^ ]+)", tests, re.MULTILINE) == [
        "test_the_snapshots_are_those_of_today"
    ]
    # What `make snapshots` writes, of the same assembly.
    monkeypatch.setattr(snapshots, "FOLDER", project / "environments/snapshots")
    monkeypatch.setattr(write_snapshots, "ROOT", project)
    assembly = assembly_at(made / "own")
    stale = [f"environments/snapshots/{name}/Network.json" for name in ("Sandbox", "Staging")]
    assert re.findall(r"^(environments/\S+) is not up to date", tests, re.MULTILINE) == stale
    assert len(write_snapshots.write(assembly)) == len(stale)
    assert write_snapshots.differences(assembly) == {}


def test_an_update_waits_for_a_clean_tree(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what is in the way, and what git asks about outside of what a team owns."""
    run(tmp_path, "git", "init", "--quiet", "--initial-branch", "main")
    (tmp_path / "requirements.txt").write_text("one\n", encoding="utf-8")
    commit(tmp_path, "One")
    run(tmp_path, "git", "branch", "release")
    change(tmp_path / "requirements.txt", "one", "mine")
    assert update.main(["release"], tmp_path) == 1
    assert "Commit or stash your changes first" in capsys.readouterr().err
    commit(tmp_path, "Mine")
    assert update.main(["nowhere"], tmp_path) == 1
    assert "git doesn't know nowhere: fetch it first." in capsys.readouterr().err
    assert update.main(["release"], tmp_path) == 0
    assert capsys.readouterr().out == "You have release already.\n"

    run(tmp_path, "git", "checkout", "--quiet", "release")
    change(tmp_path / "requirements.txt", "one", "theirs")
    commit(tmp_path, "Theirs")
    run(tmp_path, "git", "checkout", "--quiet", "main")
    assert update.main(["release"], tmp_path) == 1
    assert "  requirements.txt: take theirs, add your package, run" in capsys.readouterr().err
    run(tmp_path, "git", "checkout", "--quiet", "--ours", "requirements.txt")
    run(tmp_path, "git", "add", "requirements.txt")
    assert update.main(["release"], tmp_path) == 1
    assert "A merge is not finished" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("theirs", "mine", "told"),
    [
        ("run.log", "run.log", "run.log"),
        ("logs/run.txt", "logs", "logs"),
        ("run.log", "run.log/mine", "run.log"),
        ("other/run.log", "run.log", ""),
    ],
)
def test_an_update_overwrites_no_file_that_git_ignores(
    theirs: str, mine: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Git does, without a word."""
    run(tmp_path, "git", "init", "--quiet", "--initial-branch", "main")
    (tmp_path / ".gitignore").write_text("*.log\nlogs\n", encoding="utf-8")
    commit(tmp_path, "One")
    run(tmp_path, "git", "checkout", "--quiet", "-b", "release")
    (tmp_path / theirs).parent.mkdir(exist_ok=True)
    (tmp_path / theirs).write_text("theirs", encoding="utf-8")
    run(tmp_path, "git", "add", "--force", theirs)
    commit(tmp_path, "Two")
    run(tmp_path, "git", "checkout", "--quiet", "main")
    (tmp_path / mine).parent.mkdir(exist_ok=True)
    (tmp_path / mine).write_text("mine", encoding="utf-8")

    assert update.main(["release"], tmp_path) == bool(told)
    assert (f"track:\n  {told}\nMove or delete yours" in capsys.readouterr().err) == bool(told)
    assert (tmp_path / mine).read_text(encoding="utf-8") == "mine"


def test_an_update_that_renames_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a team owns stays where it is, and a file of the team in a folder of ours is asked about."""
    run(tmp_path, "git", "init", "--quiet", "--initial-branch", "main")
    for folder in ("rules", "workloads/sample", "environments"):
        (tmp_path / folder).mkdir(parents=True)
        for name in ("one", "two"):
            text = "".join(f"{folder} {name} {number}\n" for number in range(9))
            (tmp_path / folder / name).write_text(text, encoding="utf-8")
    commit(tmp_path, "One")
    run(tmp_path, "git", "checkout", "--quiet", "-b", "release")
    for old, new in (
        ("rules", "checks"),
        ("workloads/sample", "workloads/example"),
        ("environments", "places"),
    ):
        run(tmp_path, "git", "mv", old, new)
    commit(tmp_path, "Two")
    run(tmp_path, "git", "checkout", "--quiet", "main")
    for folder in ("rules", "workloads/sample", "environments"):
        (tmp_path / folder / "mine").write_text(f"mine in {folder}", encoding="utf-8")
    change(tmp_path / "workloads/sample/one", "one 4", "one of mine")
    commit(tmp_path, "Mine")

    assert update.main(["release"], tmp_path) == 1
    error = capsys.readouterr().err
    assert "\n  checks/mine: your rules/mine, whose folder the release renamed: keep it" in error
    assert error.count("mine, whose") == 1
    own = ("environments", "workloads/sample")
    run(tmp_path, "git", "diff", "--exit-code", "HEAD", "--", *own)
    run(tmp_path, "git", "diff", "--exit-code", "release", "--", "workloads/example", "places")
    run(tmp_path, "git", "add", "checks/mine")
    assert run(tmp_path, "git", "diff", "--name-only", "--diff-filter=U") == ""


def test_an_update_says_what_git_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a common commit, and with a file in the way that git doesn't know."""
    run(tmp_path, "git", "init", "--quiet", "--initial-branch", "main")
    (tmp_path / "one").touch()
    commit(tmp_path, "One")
    run(tmp_path, "git", "checkout", "--quiet", "-b", "release")
    (tmp_path / "two").touch()
    commit(tmp_path, "Two")
    run(tmp_path, "git", "checkout", "--quiet", "main")
    (tmp_path / "two").write_text("mine", encoding="utf-8")
    assert update.main(["release"], tmp_path) == 1
    assert "where you have some that git doesn't track:\n  two\nMove or delete" in (
        capsys.readouterr().err
    )
    run(tmp_path, "git", "checkout", "--quiet", "--orphan", "other")
    commit(tmp_path, "Other")
    assert update.main(["main"], tmp_path) == 1
    assert "main and HEAD have no common commit" in capsys.readouterr().err
