"""The figures as tables of docs/performance.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.phases import BYTES, CALLBACKS, MESSAGES, PHASES
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
    # The twin keeps nothing between two runs, so that each of them is cold.
    cold = {**figures["synth"]["2"], **figures["cold"]}
    for size, costs in {**figures["synth"], "2, cold": cold}.items():
        ours, twin = costs["ours"], costs[NAGGED]
        times = [f"{ours['wall']:.1f} s", f"{ours['cpu']:.1f} s"]
        memory = [f"{ours['python']:.0f} MB", f"{ours['node']:.0f} MB"]
        theirs = [f"{twin['wall']:.1f} s", f"{twin['cpu']:.1f} s", f"{twin['node']:.0f} MB"]
        yield [size, *times, *memory, *theirs, f"{ours['wall'] / twin['wall']:.2f}"]


def _phases(figures: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    for phase in PHASES:
        yield [phase, *(f"{each[phase]:.2f} s" for each in figures["phases"].values())]
    ends = (
        figures["synth"][size]["ours"]["wall"] - sum(each[phase] for phase in PHASES)
        for size, each in figures["phases"].items()
    )
    yield ["end of Python and Node", *(f"{each:.2f} s" for each in ends)]
    for name, unit, what in (
        (MESSAGES, 1, "messages to Node for the tree"),
        (CALLBACKS, 1, "callbacks from Node for the tree"),
        (BYTES, 1_000, "kB of both"),
    ):
        yield [what, *(f"{each[name] / unit:,.0f}" for each in figures["phases"].values())]


def _commands(figures: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    for name, cost in figures["commands"].items():
        yield [name, f"{cost['wall']:.1f} s", f"{cost['cpu']:.1f} s"]


def _goals(figures: Mapping[str, Any]) -> Iterable[Sequence[str]]:
    found, measured = values(figures), facts(figures)
    for goal in GOALS:
        value = found.get(goal["value"])
        if value is None:
            yield [goal["goal"], "not measured", "`make bench` without `--quick`"]
            continue
        met = value <= goal["most"]
        shown = f"{abs(value):.2f} {goal['unit']}{' less' if value < 0 else ''}"
        yield [goal["goal"], shown, "yes" if met else f"no. {goal['why'].format(**measured)}"]
