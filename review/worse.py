"""Whether values protect less than others: what the words of protections.csv mean."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from assembly.index import grouped
from assembly.structured import structured
from guardrails.step.change import values_at
from kube.quantities import amount
from kube.values import Json, dicts, items, mapping, text
from review.differences import Difference, at, differences
from review.differences import differing as differing_paths
from review.labels import listed, words
from review.model import Sentence

REPLICAS = ("replicas", "replicaCount", "minReplicas")
"""What charts call the number of pods of a part."""
PRESERVE = "x-kubernetes-preserve-unknown-fields"
SETTINGS = ("ConfigurationValues", "Values")
"""Properties with JSON in a text."""
GONE = (
    "comes",
    "drops",
    "ends",
    "fewer",
    "freezes",
    "loosens",
    "loses",
    "narrows",
    "prunes",
    "quota",
    "scales",
    "wanes",
)
"""Worse as soon as something is gone; each word has its own idea of what that is."""
THERE = {"appears": (False, True), "goes": (True, False), "swaps": (True, True)}
"""Whether there is a value before and after."""


def is_worse(
    how: str,
    values: tuple[list[object], list[object]],
    texts: tuple[list[str], list[str]],
    gone: list[str],
    counts: tuple[int, int],
) -> bool:
    """Tell whether the texts of values after are worse than those before, as `how` means it.

    `counts` are the items that may have such a value.
    """
    (old, new), (was, now) = values, texts
    worse = False
    match how.split():
        case ["off"]:
            # What goes itself is no longer unprotected.
            worse = counts[1] - now.count("true") > counts[0] - was.count("true")
        case ["on"]:
            worse = "true" in now and "true" not in was
        case ["becomes" | "leaves" as way, word]:
            are = ([bool(re.fullmatch(word, x)) for x in side] for side in (was, now))
            one, other = are if way == "becomes" else reversed([*are])
            # Of several that are still as many, one more is enough.
            more = len(one) == len(other) and sum(other) > sum(one)
            worse = more or other == [True] != one
        case ["gone"]:
            worse = len([x for x in old if x != ""]) > len([x for x in new if x != ""])
        case ["changes" | "drifts"]:
            worse = was != now
        case ["less"]:
            worse = bool(gone) and len(now) < len(was)
        case ["appears" | "goes" | "swaps" as way]:
            worse = was != now and (bool(was), bool(now)) == THERE[way]
        case ["higher" | "lower" as moves]:
            worse = _moves([_number(each) for each in (*was[:1], *now[:1])], moves)
        case [word, *_] if word in GONE:
            worse = bool(gone)
        case _:
            raise ValueError(how)
    return worse


def differing(
    how: str, values: tuple[list[object], list[object]], texts: tuple[list[str], list[str]]
) -> list[str]:
    """Return what is gone; of what may only come, what is new, and of limits, those that are lower.

    Of requirements it is what not all met before, and of what is dropped that word.
    """
    was, now = texts
    if how == "narrows":
        old, new = (dicts({"": next(iter(side), None)}, "") for side in values)
        return [words(each) for each in new if not any(_is_within(x, each) for x in old)]
    if how == "loosens":
        old, new = map(budgets, values)
        return [_budget(x) for x in old if not any(_is_as_strict(y, x) for y in new)]
    if how == "freezes":
        frozen = [any(_is_as_strict(x, {"nodes": "0"}) for x in budgets(side)) for side in values]
        return ["0"] * (frozen == [False, True])
    if how.startswith("drops "):
        was = [each for each in was if each == how.split()[1]]
    if how == "comes":
        was, now = now, was
    if how == "scales":
        return [*_scaled(*(next(iter(side), None) for side in values))]
    if how in {"ends", "wanes"}:
        left = now.count("true")
        return ["true"] * (left < was.count("true") and (left > 0) is (how == "wanes"))
    if how == "prunes":
        return [*dict.fromkeys(x for each in zip(*values, strict=False) for x in _pruned(*each))]
    if how == "quota":
        return [*lowered(*(next(map(mapping, side), {}) for side in values))]
    return [each for each in was if each not in now]


def together(found: Iterable[tuple[str, Sentence]]) -> Iterator[Sentence]:
    """Yield sentences about the same things, those that say at their ends what follows from all as one."""
    ends = grouped(
        ((names, x.text.rpartition(": ")[2], x.risk, x.about, x.lasts), x) for names, x in found
    )
    for (names, end, *_), (first, *rest) in ends.items():
        heads = [x.text.removesuffix(f": {end}") for x in (first, *rest)]
        more = [x if x.startswith(names) else f"{x[:1].lower()}{x[1:]}" for x in heads[1:]]
        text = ", and ".join([heads[0], *more])
        details = dict.fromkeys(x for each in (first, *rest) for x in each.details)
        yield replace(first, text=f"{text}: {end}", details=tuple(details)) if rest else first


def leaves(old: object, new: object, path: str) -> list[Difference]:
    """Return how the field differs that a path of an object ends in, of each item of its list."""
    above, _, last = path.rpartition("/")
    field = above.partition("/*")[0].replace("/", ".")
    found = differences(at(old, field), at(new, field), field) if "/*" in above else ()
    return [x for x in found if x.path.endswith(f".{last}")]


def budgets(values: list[object]) -> Sequence[Json]:
    """Return the budgets of a NodePool, where it has none Karpenter's own."""
    return dicts({"": next(iter(values), None)}, "") or [{"nodes": "10%"}]


def held_back(values: list[object]) -> str:
    """Return how many nodes of a NodePool may be replaced at once, in words."""
    said = listed(f"`{_budget(each)}`" for each in budgets(values))
    return said if any(values) else f"{said}, Karpenter's default"


def _budget(budget: Json) -> str:
    return ", ".join(f"{name}: {words(value)}" for name, value in budget.items())


def _is_as_strict(budget: Json, other: Json) -> bool:
    """Tell whether a budget of a NodePool holds back as much as another one does, whenever that counts."""
    when = "schedule" not in budget or all(
        text(budget, x) == text(other, x) for x in ("schedule", "duration")
    )
    why = "reasons" not in budget or set() != {*items(other, "reasons")} <= {
        *items(budget, "reasons")
    }
    most, others = (_number(text(x, "nodes")) for x in (budget, other))
    if most and others and most[0] != others[0]:
        # A share is rounded up, so it is one node at least.
        return when and why and most[1] <= min(others[1], 0 if most[0] else 1)
    return when and why and (most == others or _moves([others, most], "lower"))


def lowered(was: Json, now: Json) -> Iterator[str]:
    """Yield the limits that are new or lower than before, with both values."""
    for name, value in now.items():
        before, after = amount(was.get(name)), amount(value)
        if name not in was or (before is not None and after is not None and after < before):
            yield f"{words(name)} {words(was.get(name, 'unlimited'))} → {words(value)}"


def _scaled(was: object, now: object) -> Iterator[str]:
    """Yield the numbers of pods of a chart's or an add-on's parts that are lower than before."""
    for steps in differing_paths(was, now):
        path = ".".join(steps)
        before, after = (amount(at(x, path)) for x in (was, now))
        # Those at the top have rows of their own.
        counted = steps[1:] and steps[-1] in REPLICAS
        if counted and before is not None and after is not None and after < before:
            yield f"{words(path)} {before} → {after}"


def _pruned(was: object, now: object) -> Iterator[str]:
    """Yield the fields that a schema no longer has, where the API server keeps none that it doesn't know."""
    for steps in differing_paths(was, now) if PRESERVE not in str(now) else ():
        if steps[-2:-1] == ("properties",) and at(now, ".".join(steps)) is None:
            yield ".".join(x for x in steps if x not in {"properties", "items"})


def count(side: object, path: str) -> int:
    """Return how many items of a list may have a value; what is in no list is one."""
    before, star, _ = path.rpartition("/*")
    return len(values_at(side, f"{before}{star}")) if star else 1


def opened(properties: Json) -> Json:
    """Return properties with the settings of a chart or an add-on, which are JSON in a text."""
    found = dict(properties)
    for name in SETTINGS:
        with suppress(ValueError):
            found[name] = structured(properties.get(name))
    return found


def texts(values: list[object]) -> list[str]:
    """Return values as texts, those of lists one by one."""
    flat = itertools.chain.from_iterable(x if isinstance(x, list) else [x] for x in values)
    return [
        str(x).lower() if isinstance(x, bool) else x if isinstance(x, str) else words(x)
        for x in flat
    ]


def _is_within(requirement: Json, other: Json) -> bool:
    """Tell whether what meets a requirement of a NodePool meets another one, too."""
    how, both = text(requirement, "operator"), (requirement, other)
    alike = all(text(requirement, x) == text(other, x) for x in ("key", "operator"))
    old, new = ({*map(text, items(each, "values"))} for each in both)
    return alike and (old <= new if how == "In" else new <= old if how == "NotIn" else old == new)


def _number(value: str) -> tuple[bool, float] | None:
    """Return a number or a quantity, and whether it is a percentage: the two can't be compared."""
    number = amount(value.removesuffix("%"))
    return None if number is None else (value.endswith("%"), float(number))


def _moves(numbers: list[tuple[bool, float] | None], how: str) -> bool:
    match numbers:
        case [(one, was), (other, now)] if one == other:
            return now < was if how == "lower" else now > was
    return False
