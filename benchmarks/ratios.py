"""What the figures say: ratios to the twin, what a further environment costs, and which goals are met."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.phases import MESSAGES, WAITED

GOALS: Sequence[Mapping[str, Any]] = json.loads(
    Path(__file__).with_name("goals.json").read_text(encoding="utf-8")
)
"""What is wanted of a value, in its unit, and why it is not reached where it isn't: with what `facts` measures."""
REGRESSION = 0.15
"""By as much a ratio may be above the earlier ones."""
NAGGED = "twin with cdk-nag"


def ratios(figures: Mapping[str, Any]) -> dict[str, float]:
    """Return what can be compared between machines: ours divided by the twin, wall and CPU."""
    synth = figures["synth"]
    found: dict[str, float] = {}
    for unit, name in (("wall", "wall time"), ("cpu", "CPU time")):
        pair = synth["2"]
        found[f"dev and prod, {name}"] = pair["ours"][unit] / pair[NAGGED][unit]
        found[f"dev and prod without cdk-nag in the twin, {name}"] = (
            pair["ours"][unit] / pair["twin"][unit]
        )
        ours, twin = (further(synth, each, unit) for each in ("ours", NAGGED))
        found[f"each further environment, {name}"] = ours / twin
        found[f"each further environment to our first, {name}"] = ours / synth["1"]["ours"][unit]
    return found


def further(synth: Mapping[str, Any], who: str, unit: str) -> float:
    """Return what each environment costs beyond dev and prod, in the unit of the figures."""
    sizes = sorted(int(size) for size in synth)
    most, pair = synth[str(sizes[-1])][who], synth["2"][who]
    return float(most[unit] - pair[unit]) / (sizes[-1] - 2)


def facts(figures: Mapping[str, Any]) -> dict[str, float]:
    """Return the seconds, messages and microseconds that the reasons in goals.json tell."""
    phases, commands, synth = figures["phases"], figures["commands"], figures["synth"]
    pair, most = phases["2"], phases[max(phases, key=int)]
    size = max(map(int, phases))
    more = {name: (most[name] - pair[name]) / (size - 2) for name in pair}
    ours, twin = synth["2"]["ours"]["wall"], synth["2"][NAGGED]["wall"]
    alone = {
        "own_pair": pair["start of Python"] + pair["imports of our own"],
        "checked_pair": pair["environments read and checked"],
        "python_tree": pair["construct tree"] - pair[WAITED],
        "guardrails": pair["guardrails"],
    }
    more_alone = {
        "more_checked": more["environments read and checked"],
        "more_python_tree": more["construct tree"] - more[WAITED],
        "more_guardrails": more["guardrails"],
    }
    more_gap = further(synth, "ours", "wall") - further(synth, NAGGED, "wall")
    return {
        **alone,
        **more_alone,
        "gap": ours - twin,
        "rest": ours - twin - sum(alone.values()),
        "more_gap": more_gap,
        "more_rest": more_gap - sum(more_alone.values()),
        "imports": pair["imports of our own"] + pair["imports of the CDK"],
        "messages": pair[MESSAGES],
        "microseconds": pair[WAITED] / pair[MESSAGES] * 1e6,
        "more_tree": more["construct tree"],
        "more_synth": more["synth, cdk-nag and validation"],
        "more_messages": more[MESSAGES],
        "own_imports": most["imports of our own"],
        "checked": most["environments read and checked"],
        "comparison": commands["the comparison of a review"]["cpu"],
        "suite": commands.get("make test", {}).get("cpu", 0.0),
        "again": commands.get("make test again", {}).get("wall", 0.0),
    }


def values(figures: Mapping[str, Any]) -> dict[str, float]:
    """Return every value that has a goal, by its name in goals.json."""
    commands, synth = figures["commands"], figures["synth"]
    found = {
        **ratios(figures),
        "memory of each further environment": sum(
            further(synth, "ours", unit) for unit in ("python", "node")
        ),
        "make plan of fifty": commands["make plan of 50"]["wall"],
        "make synth beyond the CLI": commands["make synth, nothing changed"]["wall"]
        - commands["the CLI alone"]["wall"],
        "a review beyond the synth of its head": commands["make review of a kept base"]["wall"]
        - commands["app.py of its head"]["wall"],
    }
    if "make test" in commands:
        found["make test"] = commands["make test"]["wall"]
    return found


def regressions(now: Mapping[str, float], earlier: Iterable[Mapping[str, float]]) -> list[str]:
    """Return a sentence for each ratio that is above the middle of the earlier ones by too much."""
    kept, found = [*earlier], []
    for name, value in now.items():
        before = [each[name] for each in kept if name in each]
        if before and value > median(before) * (1 + REGRESSION):
            found.append(
                f"{name}: {value:.2f}, and {median(before):.2f} before: "
                f"{value / median(before) - 1:.0%} more, {REGRESSION:.0%} is accepted"
            )
    return found
