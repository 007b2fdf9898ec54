"""The figures as tables of docs/performance.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.phases import PHASES
from benchmarks.ratios import GOALS, NAGGED, facts, ratios, values

BEGIN, END = "<!-- begin: make bench -->", "<!-- end: make bench -->"


def tables(figures: Mapping[str, Any], deploys: Sequence[Sequence[str]]) -> str:
    """Return all tables; `deploys` are the rows of the deploy times."""
    machine = figures["machine"]
    runs = figures["runs"]
    parts = [
        f"Measured {figures['date']} on {machine['processors']} of {machine['processor']}, "
        f"{machine['system']}, Python {machine['python']}; "
        + ("one run each" if runs == 1 else f"medians of {runs} runs")
        + f", whole processes. Load at the start: {machine['load']}.",
        "### Synth",
        _table(
            ("Environments", "Wall", "CPU", "Python", "Node", "Twin: wall", "CPU", "Node", "Ratio"),
            _synth(figures),
        ),
        "### Where the time of a synth goes",
        _table(("Phase", *(f"{size}" for size in figures["phases"])), _phases(figures)),
        "### Commands",
        _table(("Command", "Wall", "CPU"), _commands(figures)),
        "### Ratios to the twin",
        _table(
            ("Ratio", "Value"),
            ((name, f"{value:.2f}") for name, value in ratios(figures).items()),
        ),
        "### Goals",
        _table(("Goal", "Measured", "Met"), _goals(figures)),
        "### Deploy time, an estimate",
        _table(("What", "Minutes: least", "about", "most", "Critical path"), deploys),
    ]
    return "\n\n".join(parts)


def within(document: str, written: str) -> str:
    """Return a document with what stands between its markers replaced."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{written}\n\n{END}{after}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose columns of numbers are aligned to the right."""
    body = [*rows]
    columns = zip(*body, strict=True)
    marks = [
        "---:" if all(cell.lstrip("-")[:1].isdigit() for cell in each if cell) else "---"
        for each in columns
    ]
    lines = [header, marks, *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _synth(figures: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    for size, costs in figures["synth"].items():
        ours, twin = costs["ours"], costs[NAGGED]
        times = [f"{ours['wall']:.1f} s", f"{ours['cpu']:.1f} s"]
        memory = [f"{ours['python']:.0f} MB", f"{ours['node']:.0f} MB"]
        theirs = [f"{twin['wall']:.1f} s", f"{twin['cpu']:.1f} s", f"{twin['node']:.0f} MB"]
        yield [size, *times, *memory, *theirs, f"{ours['wall'] / twin['wall']:.2f}"]
    cold = figures["cold"]["ours"]
    yield [
        "2, cold",
        *(f"{cold[unit]:.1f} s" for unit in ("wall", "cpu")),
        *(f"{cold[unit]:.0f} MB" for unit in ("python", "node")),
        *[""] * 4,
    ]


def _phases(figures: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    for phase in PHASES:
        yield [phase, *(f"{each[phase]:.2f} s" for each in figures["phases"].values())]


def _commands(figures: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    for name, cost in figures["commands"].items():
        yield [name, f"{cost['wall']:.1f} s", f"{cost['cpu']:.1f} s"]


def _goals(figures: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    found, measured = values(figures), facts(figures)
    for goal in GOALS:
        value = found.get(goal["value"])
        if value is None:
            yield [goal["goal"], "not measured", "`make bench ARGS=--suite`"]
            continue
        met = value <= goal["most"]
        shown = f"{abs(value):.2f} {goal['unit']}{' less' if value < 0 else ''}"
        yield [goal["goal"], shown, "yes" if met else f"no. {goal['why'].format(**measured)}"]
