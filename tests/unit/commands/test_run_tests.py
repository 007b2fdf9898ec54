"""`make test` leaves out the tests of the project as long as nothing but environments/ changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands.run_tests import CHOICES, main

LEFT_OUT = ["--ignore", "tests/unit/test_a.py"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project, and a pytest that only notes what it is asked for."""
    for name in CHOICES:
        monkeypatch.delenv(name, raising=False)
    files = {
        "tests/unit/test_a.py": "",
        "tests/contracts/test_import_directions.py": "",
        "tests/test_own.py": "",
        "environments/dev.py": "nodes = 1",
        "stacks/network.py": "",
        "bench.out/code": "0",
        "bench.out/fake.py": (
            "import json, pathlib, sys\n"
            "here = pathlib.Path(__file__).parent\n"
            "(here / 'asked.json').write_text(json.dumps(sys.argv[1:]))\n"
            "sys.exit(int((here / 'code').read_text()))\n"
        ),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "bench.out"))
    return tmp_path


def asked(project: Path, *words: str) -> list[str]:
    """Run the tests, and return what pytest is asked for."""
    main(words, root=project, pytest=("fake",))
    found: list[str] = json.loads((project / "bench.out/asked.json").read_text(encoding="utf-8"))
    return found


def test_a_changed_environment_needs_no_test_of_the_project(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a team adds runs, and the test that reads its files."""
    assert asked(project, "-q", "--") == ["-q"]
    assert "All tests run" in capsys.readouterr().out
    (project / "environments/dev.py").write_text("nodes = 2", encoding="utf-8")

    assert asked(project, "-q", "--") == ["-q", *LEFT_OUT]
    assert "those of the environments run" in capsys.readouterr().out
    # Again, and for as long as nothing else changes.
    assert asked(project, "-q", "--") == ["-q", *LEFT_OUT]


@pytest.mark.parametrize("file", ["stacks/network.py", "tests/unit/test_a.py", "stacks/new.py"])
def test_any_other_change_needs_all(file: str, project: Path) -> None:
    """Its own files, and tests of its own."""
    asked(project, "--")
    (project / file).write_text("# more", encoding="utf-8")

    assert asked(project, "--") == []


def test_tests_that_fail_are_not_remembered(project: Path) -> None:
    """Nor is one of them forgotten that failed once."""
    (project / "bench.out/code").write_text("1", encoding="utf-8")
    assert main(["--"], root=project, pytest=("fake",)) == 1

    assert asked(project, "--") == []


def test_a_choice_of_tests_is_no_run_of_all(project: Path) -> None:
    """`ARGS='-k network'` neither remembers nor leaves out."""
    assert asked(project, "-q", "--", "-k", "network") == ["-q", "-k", "network"]
    assert asked(project, "-q", "--") == ["-q"]
    assert asked(project, "-q", "--", "-k", "network") == ["-q", "-k", "network"]


def test_options_in_a_variable_are_a_choice_too(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`PYTEST_ADDOPTS='-k network'` remembers nothing."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k network")
    asked(project, "-q", "--")
    monkeypatch.delenv("PYTEST_ADDOPTS")

    assert asked(project, "-q", "--") == ["-q"]


@pytest.mark.parametrize("name", CHOICES)
def test_all_run_where_all_are_wanted(
    name: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In CI, too, where a folder may be kept from run to run."""
    asked(project, "--")
    monkeypatch.setenv(name, "1")

    assert asked(project, "--") == []


def test_what_changes_while_tests_run_is_not_tested(project: Path) -> None:
    """Nobody knows which of both passed."""
    saves = "pathlib.Path('stacks/network.py').write_text('# saved')\n"
    program = project / "bench.out/fake.py"
    text = program.read_text(encoding="utf-8")
    program.write_text(text.replace("sys.exit", f"{saves}sys.exit"), encoding="utf-8")
    asked(project, "--")
    program.write_text(text, encoding="utf-8")

    assert asked(project, "--") == []
