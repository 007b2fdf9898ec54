"""A release arrives by a merge: what a team owns and what we own never meet in one file."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from commands.update import main
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
        ),"""
SAMPLE = (r"SampleService\(.*?\n        \),", r"    fargate_profiles=\(.*?\n    \),\n")
"""What an environment has of the sample service: it, and the Fargate profile of its API."""
DESCRIPTION = ("eks-groundwork: VPC, subnets", "eks-groundwork: the VPC, subnets")
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
    """Change documents, a construct, and a pin of the sample service; add a file to it."""
    (project / "workloads/sample_service/more.py").touch()
    change(project / "CHANGELOG.md", "## [Unreleased]\n", "## [Unreleased]\n\n- Something.\n")
    change(project / "README.md", "", "\nMore to read.\n")
    change(project / "constructs_lib/network.py", "", "\n# A line more.\n")
    change(
        project / "workloads/sample_service/web/requirements.txt", "", "# Pins of another day.\n"
    )


def second_release(project: Path) -> None:
    """Move pins, and add a target and a document."""
    change(project / "requirements.txt", "", "# Pins of another day.\n")
    change(project / "Makefile", "", "\n.PHONY: more\nmore: ## Do more\n\t@true\n")
    (project / "docs/more.md").write_text("# More\n", encoding="utf-8")


def third_release(project: Path) -> None:
    """Change every template of a network, and all snapshots that the project ships; a value, too."""
    change(project / "stacks/network_stack.py", *DESCRIPTION)
    for folder in ("tests/reference", "environments"):
        for snapshot in (project / folder / "snapshots").glob("*/Network.json"):
            change(snapshot, *DESCRIPTION)
    change(project / "environments/prod.py", "retention_days=365", "retention_days=400")


def fourth_release(project: Path) -> None:
    """Add a field, use it in the reference environments, and change an example."""
    change(project / "configuration/fields.py", "    workloads: tuple[", FIELD)
    change(project / "tests/reference/dev.py", 'name="dev",', 'name="dev",\n    owner="us",')
    change(project / "examples/smallest.py", 'name="smallest",', 'name="smallest",  # short')


def own_edits(project: Path) -> None:
    """Do what teams do: other values, one environment less, one more, a workload of their own."""
    own = project / "environments"
    source = (own / "dev.py").read_text(encoding="utf-8")
    for pattern, text in zip(SAMPLE, (SHOP, ""), strict=True):
        source, count = re.subn(pattern, text, source, flags=re.DOTALL)
        assert count == 1, pattern
    imports = (
        "from constructs_lib.specs.manifests import Manifests\n"
        "from constructs_lib.specs.permissions import PermissionsSpec\n"
    )
    source = source.replace("from workloads.sample_service import SampleService\n", imports)
    (own / "__init__.py").write_text('ENVIRONMENTS = ("dev", "staging")\n', encoding="utf-8")
    (own / "dev.py").write_text(edited(source, ELSEWHERE), encoding="utf-8")
    (own / "staging.py").write_text(edited(source, THIRD), encoding="utf-8")
    (own / "prod.py").unlink()
    shutil.rmtree(project / "workloads/sample_service")
    (project / "workloads/shop").mkdir()
    manifests = (project / "examples/shop/web.yaml").read_text(encoding="utf-8")
    (project / "workloads/shop/web.yaml").write_text(manifests, encoding="utf-8")


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="it merges what git has")
def test_releases_merge_without_a_conflict(tmp_path: Path) -> None:
    """Nothing of the team's changes by a merge; `make snapshots` shows what the releases do to it."""
    upstream, project = tmp_path / "upstream", tmp_path / "project"
    for source, target in ((ROOT, upstream), (upstream, project)):
        run(tmp_path, "git", "clone", "--quiet", str(source), str(target))
    accept = (sys.executable, "-m", "commands.write_snapshots")
    releases = (first_release, second_release, third_release, fourth_release)
    own_edits(project)
    assert "written environments/snapshots/Dev/Shop.json" in run(project, *accept)
    commit(project, "Our platform")

    for release in releases:
        release(upstream)
        commit(upstream, release.__name__)
        run(project, "git", "fetch", "--quiet", "origin")
        run(project, sys.executable, "-m", "commands.update", "origin/HEAD")
        commit(project, "Merge a release")

    own = ("environments", "workloads")
    run(project, "git", "diff", "--exit-code", f"HEAD~{len(releases)}", "--", *own)
    assert (project / "docs/more.md").exists()
    assert run(project, *accept).splitlines() == [
        f"written environments/snapshots/{name}/Network.json" for name in ("Dev", "Staging")
    ]
    tests = run(project, sys.executable, "-m", "pytest", "-n0", "-p", "no:cacheprovider")
    assert "workloads/sample_service was removed" in tests


def test_what_only_a_person_can_merge_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing is merged while something isn't committed, or when the release is not known."""
    upstream, project = tmp_path / "upstream", tmp_path / "project"
    for folder in (upstream / "environments", upstream / "workloads"):
        folder.mkdir(parents=True)
        (folder / "one.py").touch()
    (upstream / "app.py").write_text("1\n", encoding="utf-8")
    run(upstream, "git", "init", "--quiet")
    commit(upstream, "First")
    run(tmp_path, "git", "clone", "--quiet", str(upstream), str(project))
    assert main(["nowhere"], root=project) == 1
    assert main(["HEAD"], root=project) == 0
    for folder, text in ((upstream, "2\n"), (project, "3\n")):
        (folder / "app.py").write_text(text, encoding="utf-8")
    assert main(["HEAD"], root=project) == 1
    for folder in (upstream, project):
        commit(folder, "Second")
    run(project, "git", "fetch", "--quiet", "origin")
    assert main(["origin/HEAD"], root=project) == 1
    said = capsys.readouterr().err
    for words in ("nowhere", "uncommitted", "Both you and origin/HEAD changed:\n  app.py\n"):
        assert words in said
