"""A release arrives by a merge: what a team owns and what we own never meet in one file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.test_edits import ELSEWHERE, THIRD, edited
from tests.support import ROOT, flight_mode

AUTHOR = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Somebody"), ("EMAIL", "somebody@example.com"))
}
SHOP = f"""Manifests(
            name="Shop",
            namespace="shop",
            path="workloads/shop",
            values={{"replicas": 2, "bucket": "pictures", "image": "registry.test/shop@sha256:{64 * "0"}"}},
            service_accounts={{
                "web": PermissionsSpec(managed_policies=("AmazonS3ReadOnlyAccess",))
            }},
        ),
        SampleService("""
FIELD = '''    owner: str = "nobody"
    """Who answers for the environment."""
    workloads: tuple['''


def run(folder: Path, *command: str) -> str:
    """Run a program in a repository; it must not fail."""
    result = subprocess.run(  # noqa: S603  # git, and our own programs
        command,
        cwd=folder,
        env={**flight_mode(), **AUTHOR, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
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
    """Add a field, use it in the reference environments, and change an example."""
    change(project / "configuration/fields.py", "    workloads: tuple[", FIELD)
    change(project / "tests/reference/dev.py", 'name="dev",', 'name="dev",\n    owner="us",')
    change(project / "examples/smallest.py", 'name="smallest",', 'name="smallest",  # short')


def own_edits(project: Path) -> None:
    """Do what teams do: other values, one environment less, one more, a workload of their own."""
    own = project / "environments"
    source = (project / "tests/reference/dev.py").read_text(encoding="utf-8")
    (own / "__init__.py").write_text('ENVIRONMENTS = ("dev", "staging")\n', encoding="utf-8")
    mine = edited(source, {**ELSEWHERE, "SampleService(\n": f"{SHOP}\n"})
    imports = (
        "from constructs_lib.specs.manifests import Manifests\n"
        "from constructs_lib.specs.permissions import PermissionsSpec\n"
    )
    (own / "dev.py").write_text(
        mine.replace("from workloads.", f"{imports}from workloads.", 1), encoding="utf-8"
    )
    (own / "staging.py").write_text(edited(source, THIRD), encoding="utf-8")
    (own / "prod.py").unlink()
    (project / "workloads/shop").mkdir()
    manifests = (project / "examples/shop/web.yaml").read_text(encoding="utf-8")
    (project / "workloads/shop/web.yaml").write_text(manifests, encoding="utf-8")


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="it merges what git has")
def test_three_releases_merge_without_a_conflict(tmp_path: Path) -> None:
    """The team's environments synthesize afterwards, under every rule, and nothing of them changed."""
    upstream, project = tmp_path / "upstream", tmp_path / "project"
    for source, target in ((ROOT, upstream), (upstream, project)):
        run(tmp_path, "git", "clone", "--quiet", str(source), str(target))
    own_edits(project)
    commit(project, "Our platform")

    for release in (first_release, second_release, third_release):
        release(upstream)
        commit(upstream, release.__name__)
        run(project, "git", "pull", "--quiet", "--no-rebase", "--no-edit", "origin", "HEAD")

    own = ("environments/*.py", "workloads/shop")
    run(project, "git", "diff", "--exit-code", "HEAD~3", "--", *own)
    written = run(project, sys.executable, "-m", "commands.write_snapshots")
    assert "environments/snapshots/Dev/Shop.json" in written
