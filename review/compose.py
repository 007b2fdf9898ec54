"""From two sets of environments to a review."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from review import (
    access_changes,
    acknowledgements,
    capacity,
    cost,
    exposure,
    iam_changes,
    kubernetes,
    other,
    replacements,
    versions,
)
from review.changes import changes
from review.environment import Environment
from review.model import (
    EnvironmentReview,
    ObjectDiff,
    RawDiff,
    Review,
    Section,
    SectionName,
    Sentence,
    Table,
)
from review.prices import prices

RawDiffs = Callable[[Environment, Environment], tuple[RawDiff, ...]]

TITLES: Mapping[SectionName, str] = {
    "replacements": "Replaced, removed, interrupted",
    "access": "Access to the cluster",
    "exposure": "Exposure",
    "capacity": "Capacity",
    "kubernetes": "Kubernetes objects",
    "versions": "Versions and support",
    "acknowledgements": "Acknowledged findings",
    "cost": "Cost",
    "other": "Everything else",
}


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What a review depends on besides the two assemblies.

    `raw` asks the CDK for its own comparison of two environments.
    """

    today: date
    consents: Mapping[str, str]
    raw: RawDiffs


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
        sentence = Sentence(
            text=f"Environment {name} is no longer in the code. Its stacks stay deployed, with all "
            "that is in them, until somebody destroys them."
        )
        sections = _sections({"other": [sentence]})
        return EnvironmentReview(name=name, before=before, after=None, sections=sections)
    old = before or Environment(name=name, templates={})
    gone = {stack: each for stack, each in old.templates.items() if stack not in after.templates}
    # A stack that the code no longer has stays deployed: nothing of it is removed.
    deployed = replace(after, templates={**after.templates, **gone})
    found = _sentences(old, deployed, circumstances)
    found["other"] = [*other.stacks(old, after), *found["other"]]
    tables: dict[SectionName, Table | None] = {
        "access": access_changes.table(old, deployed),
        "capacity": capacity.table(before, after),
        "versions": versions.table(before, deployed),
        "cost": cost.table(before, deployed, prices(), circumstances.today),
    }
    return EnvironmentReview(
        name=name,
        before=before,
        after=after,
        sections=_sections(found, tables=tables, diffs=kubernetes.diffs(old, deployed)),
        raw=circumstances.raw(old, after),
    )


def _same(before: Environment, after: Environment) -> bool:
    """Tell whether nothing differs of what is known of both sides."""
    return before.templates == after.templates and all(
        old is None or new is None or old == new
        for old, new in (
            (before.acknowledgements, after.acknowledgements),
            (before.inputs, after.inputs),
        )
    )


def _sentences(
    before: Environment, after: Environment, circumstances: Circumstances
) -> dict[SectionName, list[Sentence]]:
    consents, today = circumstances.consents, circumstances.today
    changed = changes(before, after)
    found: dict[SectionName, Iterable[Sentence]] = {
        "replacements": replacements.sentences(before, after, changed),
        "access": access_changes.sentences(before, after, consents),
        "exposure": [
            *exposure.sentences(before, after, consents),
            *iam_changes.sentences(before, after),
        ],
        "capacity": capacity.sentences(before, after),
        "kubernetes": kubernetes.sentences(before, after),
        "versions": versions.sentences(before, after, today),
        "acknowledgements": acknowledgements.sentences(before, after),
        "cost": cost.sentences(before, after, prices(), today),
        "other": other.sentences(before, after, changed),
    }
    return {name: list(sentences) for name, sentences in found.items()}


def _sections(
    sentences: Mapping[SectionName, list[Sentence]],
    *,
    tables: Mapping[SectionName, Table | None] | None = None,
    diffs: tuple[ObjectDiff, ...] = (),
) -> tuple[Section, ...]:
    """Return the sections that have something to say, their sentences by risk."""
    sections = []
    for name, title in TITLES.items():
        table = (tables or {}).get(name)
        section = Section(
            name=name,
            title=title,
            sentences=tuple(sorted(sentences.get(name, ()), key=lambda each: -each.risk)),
            tables=() if table is None else (table,),
            diffs=diffs if name == "kubernetes" else (),
        )
        if section.sentences or section.tables or section.diffs:
            sections.append(section)
    return tuple(sections)
