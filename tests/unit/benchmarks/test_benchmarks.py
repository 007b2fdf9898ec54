"""What `make bench` says about figures whose answers are known."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import regression
from benchmarks.checkout import environments, names
from benchmarks.phases import BYTES, CALLBACKS, MESSAGES, PHASES, WAITED
from benchmarks.process import Cost, FailedError, clean_environment, cost_of, middle
from benchmarks.ratios import GOALS, NAGGED, ratios, regressions, values
from benchmarks.tables import BEGIN, END, tables, within
from configuration.loading import load

BURN = "import time; begun = time.process_time()\nwhile time.process_time() - begun < {}: pass"


def cost(wall: float, *, python: float = 100, node: float = 400) -> dict[str, Any]:
    return {"wall": wall, "cpu": wall, "python": python, "node": node}


def phases(seconds: float, messages: int) -> dict[str, float]:
    """Return phases that all take as long, with messages of a quarter of a millisecond."""
    sizes = {CALLBACKS: 2, BYTES: 1_234_500}
    return {**dict.fromkeys(PHASES, seconds), MESSAGES: messages, WAITED: messages / 4_000, **sizes}


def figures(**changed: Any) -> dict[str, Any]:  # noqa: ANN401  # any figure
    """Return figures in which ours takes twice the twin's time, and 0.5 s for each environment more."""
    return {
        "date": "2026-01-31",
        "machine": {
            "processors": 2,
            "processor": "Example",
            "system": "Linux x86_64",
            "python": "3.14.0",
            "load": 0.1,
        },
        "runs": 5,
        "synth": {
            "1": {"ours": cost(5), NAGGED: cost(2)},
            "2": {"ours": cost(6), NAGGED: cost(3), "twin": cost(2)},
            "50": {"ours": cost(30, python=148, node=1_360), NAGGED: cost(15)},
        },
        "phases": {"2": phases(0.5, 2_000), "50": phases(48.5, 98_000)},
        "cold": {"ours": cost(9)},
        "commands": {
            "make synth, nothing changed": cost(8),
            "the CLI alone": cost(1.5),
            "make review of a kept base": cost(14),
            "app.py of its head": cost(6),
            "the comparison of a review": cost(7.5),
            "make plan of 50": cost(2.5),
        },
        **changed,
    }


def test_the_cost_of_a_process_has_its_children() -> None:
    """Python waits for jsii's Node, whose time would otherwise be nobody's."""
    program = (
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN.format(0.4)!r}])"
    )
    command = [sys.executable, "-c", program]

    found = cost_of(command, cwd=Path.cwd(), environment=clean_environment())

    assert 0.4 <= found.cpu < 5
    assert found.wall >= 0.4


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc")
def test_the_memory_of_a_process_is_its_peak() -> None:
    """What was freed before the end counts as well."""
    program = "import time; kept = bytearray(150_000_000); del kept; time.sleep(0.5)"
    command = [sys.executable, "-c", program]

    found = cost_of(command, cwd=Path.cwd(), environment=clean_environment())

    assert 150 < found.python < 250
    assert found.node == 0


def test_node_has_the_same_options_whoever_starts_it() -> None:
    """Ours gets them from Python, and the twin and the CLI are started without it."""
    told = "import os; print(os.environ['NODE_OPTIONS'])"
    without = {k: v for k, v in clean_environment().items() if k != "NODE_OPTIONS"}
    done = subprocess.run(  # noqa: S603  # Python itself
        [sys.executable, "-c", told], env=without, capture_output=True, text=True, check=True
    )

    assert clean_environment()["NODE_OPTIONS"] == done.stdout.strip()


def test_what_fails_has_no_cost() -> None:
    """A program that stops early is quick."""
    command = [sys.executable, "-c", "raise SystemExit('no such stack')"]
    with pytest.raises(FailedError, match="no such stack"):
        cost_of(command, cwd=Path.cwd(), environment=clean_environment())


def test_the_middle_is_that_of_each_value() -> None:
    """One slow run changes nothing."""
    runs = [Cost(wall=wall, cpu=1, python=2, node=3) for wall in (1, 9, 2)]
    assert middle(runs) == Cost(wall=2, cpu=1, python=2, node=3)


def test_copies_of_environments_have_names_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are valid together, as a team's are."""
    (tmp_path / "environments").mkdir()
    environments(tmp_path, 5)
    package = tmp_path / "environments"
    package.rename(tmp_path / "benchmarked")
    monkeypatch.syspath_prepend(tmp_path)

    configs = load(package="benchmarked")

    assert [each.name for each in configs] == names(5) == ["dev", "prod", "dev2", "prod2", "dev3"]
    assert configs[2].cluster.name == "groundwork-dev2"
    assert configs[3].production


def test_ratios_are_ours_by_the_twin() -> None:
    """Of dev and prod, and of what each environment adds beyond them."""
    found = ratios(figures())

    assert found["dev and prod, wall time"] == 2
    assert found["dev and prod without cdk-nag in the twin, wall time"] == 3
    assert found["each further environment, wall time"] == 2
    assert found["each further environment to our first, wall time"] == pytest.approx(0.1)


def test_values_have_the_units_of_their_goals() -> None:
    """Seconds beyond what the CLI and the synth take, MB of both processes."""
    found = values(figures())

    assert found["memory of each further environment"] == pytest.approx(21)
    assert found["make synth beyond the CLI"] == 6.5
    assert found["a review beyond the synth of its head"] == 8
    commands = {**figures()["commands"], "make test": cost(61), "make test again": cost(9)}
    assert {each["value"] for each in GOALS} <= set(values(figures(commands=commands)))


@pytest.mark.parametrize(("now", "told"), [(1.15, 0), (1.16, 1), (0.5, 0)])
def test_more_than_15_percent_is_a_regression(now: float, told: int) -> None:
    """Against the middle of earlier runs, of which one was slow and one knew another ratio."""
    earlier = [{"synth": 1.0}, {"synth": 3.0}, {"synth": 1.0}, {"other": 0.1}]
    assert len(regressions({"synth": now, "new": 9.0}, earlier)) == told


def test_a_regression_fails_the_workflow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without earlier figures there is nothing to compare with."""
    files = []
    for name, value in (("now", 1.5), ("earlier", 1.2)):
        files.append(str(tmp_path / f"{name}.json"))
        Path(files[-1]).write_text(json.dumps({"ratios": {"synth": value}}), encoding="utf-8")

    assert regression.main(files) == 1
    assert "synth: 1.50, and 1.20 before: 25% more" in capsys.readouterr().out
    assert regression.main(files[:1]) == 0
    assert regression.main(files[::-1]) == 0


def test_a_goal_that_is_missed_has_its_reason() -> None:
    """With what was measured; and one that is met has none."""
    written = tables(figures(), [["Ours", "14", "22", "31", "cluster 11.5"]])

    assert "| Dev and prod within 1.25 times the twin with cdk-nag | 2.00 times | no. " in written
    assert "Of the 3.0 s more than the twin's, 1.0 s are the start of Python" in written
    assert "0.5 s the guardrails. 1.0 s are the CDK behind jsii" in written
    assert "Only the imports, 1.0 s, are the first one's alone." in written
    assert "Of the 0.25 s more than the twin's, 1.00 s are the guardrails" in written
    assert "2,000 messages to Node of 250 µs" in written
    assert "It takes 1.00 s for its constructs" in written
    assert "and the page, takes 7.5 s of CPU time." in written
    assert "| `make plan` of fifty environments under 3 s | 2.50 s | yes |" in written
    assert "| `make test` at most 60 s on 2 processors | not measured |" in written
    assert "| 50 | 30.0 s |" in written
    kept = {**figures()["commands"], "make synth, nothing changed": cost(1), "make test": cost(50)}
    less = tables(figures(commands=kept), [["Ours", "14", "22", "31", "cluster 11.5"]])
    assert "at most 1 s more than the CLI alone | 0.50 s less | yes |" in less
    assert "| Goal | Measured | Met |\n| --- | ---: | --- |" in less


def test_the_phases_add_up_to_the_whole() -> None:
    """What is left is the end, after the last of them; and each cold run of the twin is like its others."""
    written = tables(figures(), [["Ours", "14", "22", "31", "cluster 11.5"]])

    assert "| end of Python and Node | 2.00 s |" in written
    assert "| messages to Node for the tree | 2,000 | 98,000 |" in written
    assert "| kB of both | 1,234 |" in written
    assert (
        "| 2, cold | 9.0 s | 9.0 s | 100 MB | 400 MB | 3.0 s | 3.0 s | 400 MB | 3.00 |" in written
    )


def test_only_what_stands_between_the_markers_is_written() -> None:
    """The words around the tables are a person's."""
    document = f"Before\n{BEGIN}\nold\n{END}\nafter\n"
    assert within(document, "new") == f"Before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"


def test_the_phases_are_timed_where_the_app_has_them() -> None:
    """benchmarks/phases.py wraps what app.py calls by name."""
    source = (Path(__file__).parents[3] / "app.py").read_text(encoding="utf-8")
    called = {
        ast.unparse(node.func) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)
    }
    assert {"load", "synthesize", "app.synth", "Guardrails"} <= called
