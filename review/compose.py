"""From two sets of environments to a review."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from assembly.environment import Environment
from assembly.scope import OTHER, Assumed
from assembly.worlds import worlds
from review import (
    access_changes,
    acknowledgements,
    capacity,
    cost,
    exposure,
    iam_changes,
    kubernetes,
    protection,
    remaining_resources,
    removals,
    replacements,
    versions,
)
from review.changes import Change, changes
from review.labels import braced, listed
from review.model import (
    EnvironmentReview,
    ObjectDiff,
    RawDiff,
    Review,
    Risk,
    Section,
    SectionName,
    Sentence,
    Table,
)
from review.prices import prices

RawDiffs = Callable[[Environment, Environment], tuple[RawDiff, ...]]
Made = TypeVar("Made")


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What a review depends on besides the two assemblies.

    `raw` asks the CDK for its own comparison of two environments.
    """

    today: date
    consents: Mapping[str, str]
    raw: RawDiffs


@dataclass(frozen=True, kw_only=True)
class Sides:
    """An environment before and after, as conditions turn out if they are as `assumed`.

    A stack that the code no longer has stays deployed: it is part of `after`, and one of `gone`.
    """

    before: Environment
    after: Environment
    gone: Sequence[str]
    given: Circumstances

    @functools.cached_property
    def changes(self) -> Sequence[Change]:
        """Return what a deploy does to each resource."""
        return changes(self.before, self.after)


def _no_table(_: Sides) -> Table | None:
    return None


def _no_diffs(_: Sides) -> tuple[ObjectDiff, ...]:
    return ()


@dataclass(frozen=True, kw_only=True)
class _Subject:
    """What one section is made of."""

    title: str
    sentences: Callable[[Sides], Iterable[Sentence]]
    table: Callable[[Sides], Table | None] = _no_table
    diffs: Callable[[Sides], tuple[ObjectDiff, ...]] = _no_diffs


SUBJECTS: Mapping[SectionName, _Subject] = {
    "replacements": _Subject(
        title="Replaced, removed, interrupted",
        sentences=lambda sides: (
            *replacements.sentences(sides.changes, sides.after.accepted),
            *removals.sentences(sides.before, sides.after, sides.changes),
        ),
    ),
    "protection": _Subject(
        title="Protection against loss",
        sentences=lambda sides: protection.sentences(sides.before, sides.after),
    ),
    "access": _Subject(
        title="Access to the cluster",
        sentences=lambda sides: access_changes.sentences(
            sides.before, sides.after, sides.given.consents
        ),
        table=lambda sides: access_changes.table(sides.before, sides.after),
    ),
    "exposure": _Subject(
        title="Exposure",
        sentences=lambda sides: (
            *exposure.sentences(sides.before, sides.after, sides.given.consents),
            *iam_changes.sentences(sides.before, sides.after),
        ),
    ),
    "capacity": _Subject(
        title="Capacity",
        sentences=lambda sides: capacity.sentences(sides.before, sides.after),
        table=lambda sides: capacity.table(sides.before, sides.after),
    ),
    "kubernetes": _Subject(
        title="Kubernetes objects",
        sentences=lambda sides: kubernetes.sentences(sides.before, sides.after),
        diffs=lambda sides: kubernetes.diffs(sides.before, sides.after),
    ),
    "versions": _Subject(
        title="Versions and support",
        sentences=lambda sides: versions.sentences(sides.before, sides.after, sides.given.today),
        table=lambda sides: versions.table(sides.before, sides.after),
    ),
    "acknowledgements": _Subject(
        title="Acknowledged findings",
        sentences=lambda sides: acknowledgements.sentences(sides.before, sides.after),
    ),
    "cost": _Subject(
        title="Cost",
        sentences=lambda sides: cost.sentences(
            sides.before, sides.after, prices(), sides.given.today
        ),
        table=lambda sides: cost.table(sides.before, sides.after, prices(), sides.given.today),
    ),
    "other": _Subject(
        title="Everything else",
        sentences=lambda sides: (
            *remaining_resources.stacks(sides.before, sides.after, sides.gone),
            *remaining_resources.sentences(sides.before, sides.after, sides.changes),
        ),
    ),
}
"""The sections of an environment, in the order that they are shown in."""


def compare(
    base: Mapping[str, Environment],
    head: Mapping[str, Environment],
    circumstances: Circumstances,
    *,
    names: tuple[str, str],
    notes: tuple[str, ...] = (),
) -> Review:
    """Compare environments by their names; `names` say what the two sides are."""
    return Review(
        base=names[0],
        head=names[1],
        environments=tuple(
            _environment(name, base.get(name), head.get(name), circumstances)
            for name in dict.fromkeys([*head, *base])
        ),
        notes=notes,
    )


def _environment(
    name: str,
    before: Environment | None,
    after: Environment | None,
    circumstances: Circumstances,
) -> EnvironmentReview:
    if before is not None and after is not None and _same(before, after):
        return EnvironmentReview(name=name, before=before, after=after)
    if after is None:
        text = (
            f"Environment {name} is no longer in the code. Its stacks stay deployed, with all that "
            "is in them, until somebody destroys them."
        )
        subject = SUBJECTS["other"]
        section = Section(name="other", title=subject.title, sentences=(Sentence(text=text),))
        return EnvironmentReview(name=name, before=before, after=None, sections=(section,))
    old = before or Environment(name=name, stacks={})
    gone = {path: stack for path, stack in old.stacks.items() if path not in after.stacks}
    deployed = replace(after, stacks={**after.stacks, **gone}) if gone else after
    ways = [
        Sides(before=one, after=other, gone=[*gone], given=circumstances)
        for one, other in _pairs(old, deployed)
    ]
    sections = [_section(name, subject, ways) for name, subject in SUBJECTS.items()]
    raw = _attempted(lambda: circumstances.raw(old, after))
    if isinstance(raw, Sentence):
        raw = (RawDiff(stack=name, text=raw.text),)
    return EnvironmentReview(
        name=name,
        before=before,
        after=after,
        sections=tuple(each for each in sections if each.sentences or each.tables or each.diffs),
        raw=raw,
    )


def _same(before: Environment, after: Environment) -> bool:
    """Tell whether nothing differs of what is known of both sides."""
    protected, noted, inputs = (
        [read(side) for side in (before, after)]
        for read in (
            lambda side: [each.termination_protection for each in side.stacks.values()],
            acknowledgements.acknowledgements_of,
            lambda side: side.inputs,
        )
    )
    return before.templates == after.templates and all(
        old is None or new is None or old == new for old, new in (protected, noted, inputs)
    )


def _pairs(before: Environment, after: Environment) -> Iterator[tuple[Environment, Environment]]:
    """Yield both sides for every way in which conditions of theirs may turn out."""
    found: list[Assumed] = []
    for world in (*worlds(after), *worlds(before)):
        if world.assumed not in found:
            found.append(world.assumed)
            same = not world.assumed
            yield (
                before if same else replace(before, assumed=world.assumed),
                after if same else replace(after, assumed=world.assumed),
            )


def _section(name: SectionName, subject: _Subject, ways: Sequence[Sides]) -> Section:
    """Return a section, its sentences by risk; what can't be made is a sentence of its own."""
    said: dict[Sentence, list[Assumed]] = {}
    tables: list[Table] = []
    diffs: dict[ObjectDiff, None] = {}
    for sides in ways:
        made = _attempted(functools.partial(_made, subject, sides))
        sentences, table, differing = ([made], None, ()) if isinstance(made, Sentence) else made
        for sentence in sentences:
            said.setdefault(sentence, []).append(sides.after.assumed)
        tables += () if table is None else (table,)
        diffs |= dict.fromkeys(differing)
    everywhere = [sides.after.assumed for sides in ways]
    told = (_under(sentence, where, everywhere) for sentence, where in said.items())
    return Section(
        name=name,
        title=subject.title,
        sentences=tuple(sorted(told, key=lambda each: -each.risk)),
        tables=tuple(tables[:1]),
        diffs=tuple(diffs),
    )


def _made(
    subject: _Subject, sides: Sides
) -> tuple[list[Sentence], Table | None, tuple[ObjectDiff, ...]]:
    return [*subject.sentences(sides)], subject.table(sides), subject.diffs(sides)


def _under(sentence: Sentence, where: Sequence[Assumed], ways: Sequence[Assumed]) -> Sentence:
    """Return a sentence with the condition under which it is true, if there is one."""
    if len(where) == len(ways):
        return sentence
    common = [pair for pair in where[0].items() if all(pair in each.items() for each in where)]
    values = [
        f"`{braced(variable.partition(' ')[2] or variable)}` is "
        f"{'anything else' if value == OTHER else f'`{value}`'}"
        for variable, value in common
    ]
    condition = f"If {listed(values)}." if values else "Only for some values of parameters."
    return replace(sentence, details=(*sentence.details, condition))


def _attempted(make: Callable[[], Made]) -> Made | Sentence:
    """Return what is made, or a sentence that says why it can't be."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001  # whatever it is, all other sections are shown
        return Sentence(
            text=f"This section could not be made: {type(error).__name__}: {error}. It is a fault "
            "of the review.",
            risk=Risk.UNKNOWN,
        )
