from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from assembly.synthesis import run
from commands import synth, write

APP = """
import os, pathlib, sys
runs = pathlib.Path("../runs")
runs.write_text(runs.read_text() + "x")
out = pathlib.Path("cdk.out")
out.mkdir(exist_ok=True)
out.joinpath("manifest.json").write_text(pathlib.Path("one.py").read_text())
runs.with_name("asked").write_text(repr(sys.argv))
print("a warning", file=sys.stdout if "--ci" in sys.argv or "CI" in os.environ else sys.stderr)
sys.exit("bad" in sys.argv)
"""
CDK = (sys.executable, "app.py")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with an app that notes each of its runs."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    root = tmp_path / "project"
    (root / "folder").mkdir(parents=True)
    (root / "app.py").write_text(APP, encoding="utf-8")
    (root / "one.py").write_text("1", encoding="utf-8")
    (root / "folder/node_modules").mkdir()
    (root / "folder/node_modules/a.js").write_text("1", encoding="utf-8")
    (root / "current").symlink_to("v1")
    (tmp_path / "runs").touch()
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.com")
    for command in (("init", "--quiet"), ("commit", "--quiet", "--allow-empty", "-m", "One")):
        assert run(*git, *command, cwd=root).returncode == 0
    return root


def _relink(link: Path, target: str) -> None:
    link.unlink()
    link.symlink_to(target)


def runs(project: Path) -> int:
    """Return how often the app has run."""
    return len((project.parent / "runs").read_text(encoding="utf-8"))


def test_a_synth_of_nothing_new_is_none(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the last one warned of is said again."""
    assert synth.main(["**"], project, CDK) == 0
    capsys.readouterr()
    assert synth.main(["**"], project, CDK) == 0
    assert runs(project) == 1
    told = capsys.readouterr()
    assert "Nothing has changed since the last synth." in told.out
    assert told.err == "a warning\n"


def test_a_machine_without_git_synthesizes(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slim image has none."""
    monkeypatch.setenv("PATH", str(project))
    assert synth.main(["**"], project, CDK) == 0
    assert synth.main(["**"], project, CDK) == 0
    assert runs(project) == 1


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda root, _: (root / "one.py").write_text("2"), id="a file"),
        pytest.param(lambda root, _: (root / "folder/two.yaml").touch(), id="a file more"),
        pytest.param(lambda root, _: (root / "node_modules").mkdir(), id="nothing"),
        pytest.param(lambda root, _: (root / "one.py").rename(root / "two.py"), id="a name"),
        pytest.param(lambda root, _: (root / "cdk.out/manifest.json").write_text("3"), id="output"),
        pytest.param(lambda root, _: (root / "cdk.out/more").touch(), id="more output"),
        pytest.param(lambda root, _: (root.parent / ".cdk.json").write_text("{}"), id="settings"),
        pytest.param(lambda _, patch: patch.setenv("OWNER", "me"), id="a variable"),
        pytest.param(lambda _, patch: patch.setenv("BASE", "main"), id="the base"),
        pytest.param(lambda _, patch: patch.setenv("SHLVL", "9"), id="a shell"),
        pytest.param(lambda root, _: run("git", "tag", "v1", cwd=root), id="git"),
        pytest.param(
            lambda root, _: (root / "folder/node_modules/a.js").write_text("2"), id="deep"
        ),
        pytest.param(lambda root, _: _relink(root / "current", "v2"), id="a link to nothing"),
        pytest.param(lambda root, _: (root / "cdk.out/synth.json").write_text(""), id="no note"),
        pytest.param(lambda root, _: (root / "cdk.out/synth.json").write_text("[]"), id="a list"),
    ],
)
def test_what_a_synth_depends_on_brings_another(
    project: Path,
    change: Callable[[Path, pytest.MonkeyPatch], object],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """A file, a variable, a commit, or somebody else's hand in the output; not the shell it runs in."""
    synth.main(["**"], project, CDK)
    change(project, monkeypatch)
    synth.main(["**"], project, CDK)
    same = request.node.callspec.id in {"nothing", "a shell"}
    assert runs(project) == (1 if same else 2)


def test_another_command_is_another_synth(project: Path) -> None:
    """And one that failed is never kept."""
    synth.main(["**"], project, CDK)
    assert synth.main(["bad"], project, CDK) == 1
    assert synth.main(["bad"], project, CDK) == 1
    assert runs(project) == 3
    assert synth.main(["**"], project, CDK) == 0
    assert runs(project) == 4


def test_a_folder_behind_a_link_counts(project: Path) -> None:
    """Also one that leads back to where it is."""
    shared = project.parent / "shared"
    shared.mkdir()
    (project / "link").symlink_to(shared)
    (shared / "back").symlink_to(project)
    synth.main(["**"], project, CDK)
    (shared / "values.yaml").touch()
    synth.main(["**"], project, CDK)
    assert runs(project) == 2


def test_what_was_saved_meanwhile_is_not_taken_for_synthesized(project: Path) -> None:
    """Nor what it was before, when somebody undoes it."""
    during = 'pathlib.Path("one.py").write_text("during")'
    (project / "app.py").write_text(APP.replace("out.joinpath", f"{during}\nout.joinpath"), "utf-8")
    synth.main(["**"], project, CDK)
    (project / "one.py").write_text("1", encoding="utf-8")
    synth.main(["**"], project, CDK)
    assert runs(project) == 2


def test_what_a_review_was_warned_of_is_said_again(
    project: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --ci the CLI warns on standard output, which a review throws away."""
    synth.main(["--ci", "**"], project, CDK)
    assert capfd.readouterr() == ("a warning\n", "")
    synth.main(["**"], project, CDK)
    assert capfd.readouterr().err == "a warning\n"
    assert runs(project) == 1
    monkeypatch.setenv("CI", "true")
    synth.main(["**"], project, CDK)
    synth.main(["**"], project, CDK)
    told = capfd.readouterr()
    assert (told.out.count("a warning\n"), told.err, runs(project)) == (2, "", 2)


@pytest.mark.parametrize("where", [["-o", "../other"], ["--output=../other"]])
def test_an_output_elsewhere_is_not_kept(project: Path, where: list[str]) -> None:
    """Nobody looks at what is there. That the review asks with --ci is no difference."""
    synth.main(["**", *where], project, CDK)
    synth.main(["**", *where], project, CDK)
    assert runs(project) == 2
    synth.main(["**"], project, CDK)
    synth.main(["--ci", "**"], project, CDK)
    assert runs(project) == 3


@pytest.mark.parametrize(
    ("change", "only_changed"),
    [
        pytest.param({"environments/dev.py": "2"}, True, id="an environment"),
        pytest.param({"environments/prod.py": "2"}, False, id="one that another imports"),
        pytest.param({"environments/__init__.py": "2"}, False, id="the list"),
        pytest.param({"environments/_shared.py": "2"}, False, id="shared values"),
        pytest.param({"environments/new.py": "2"}, True, id="a new one"),
        pytest.param({"environments/dev/values.py": "2"}, False, id="a folder"),
        pytest.param({"environments/dev.py": "2", "one.py": "2"}, False, id="a file more"),
        pytest.param({"environments/dev.py": "2", "cdk.out/more": ""}, False, id="more output"),
        pytest.param({"own.py": "from environments import dev"}, False, id="an import"),
    ],
)
def test_only_a_change_of_environments_alone_lets_the_app_leave_some_out(
    project: Path, change: Mapping[str, str], *, only_changed: bool
) -> None:
    """Whatever else has changed, all are synthesized."""
    write(project, {"cdk.json": '{"app": "PATH=bin python app.py"}'})
    names = ("dev", "us", "prod", "__init__", "_shared")
    write(project / "environments", {f"{name}.py": "1" for name in names})
    write(project / "environments", {"eu.py": "from environments.prod import (\n  CIDR,\n)"})
    synth.main(["**"], project, CDK)
    for name, text in change.items():
        write((project / name).parent, {Path(name).name: text})

    synth.main(["**"], project, CDK)

    assert runs(project) == 2
    app = f"PATH=bin python -m commands.synth_app{' --only-changed' * only_changed}"
    assert (project.parent / "asked").read_text("utf-8") == repr(["app.py", "**", "--app", app])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param('{"app": "node app.js"}', ["**"], id="another app"),
        pytest.param('{"app": "python app.py"}', ["**", "--app=python app.py"], id="asked"),
        pytest.param('{"app": "python app.py"}', ["**", "-o", "../other"], id="elsewhere"),
    ],
)
def test_the_app_of_a_team_is_run_as_it_is(project: Path, settings: str, words: list[str]) -> None:
    """Nobody knows what it synthesizes."""
    write(project, {"cdk.json": settings})
    synth.main(words, project, CDK)
    assert (project.parent / "asked").read_text("utf-8") == repr(["app.py", *words])
