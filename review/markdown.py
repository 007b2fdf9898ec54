"""A review as a comment of a pull request."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from review.consents import asked
from review.folding import Block, fitted
from review.model import EnvironmentReview, ObjectDiff, RawDiff, Review, Risk, Sentence, Table
from review.pictures.gallery import network_diagram

LIMIT = 65_000
"""GitHub takes comments of 65,536 characters; the rest is for what the workflow adds."""

ELSEWHERE = "It is in `review.html`."
FIRST_SENTENCES = 25
"""As many sentences of an environment stay where a comment is far too long."""
MOST_OBJECTS = 200
"""As many objects of an environment are named."""


def markdown(review: Review, *, limit: int = LIMIT) -> str:
    """Return the review; the first line is the verdict, and a change of nothing is one line."""
    if review.risk is Risk.NOTHING:
        return f"Verdict: **nothing to deploy**. {_as_before(review)}\n"
    head = _head(review)
    verdict = f"{head.splitlines()[0]}\n\nWhich consents are missing is in `review.html`.\n"
    blocks = [Block(levels=(head, verdict), rank=-1)]
    for environment in review.changed:
        blocks += _environment(environment)
    blocks += [Block(levels=(f"_{_safe(note)}_\n",)) for note in review.notes]
    return "\n".join(fitted(blocks, limit))


def _as_before(review: Review) -> str:
    names = ", ".join(each.name for each in review.environments if each.risk is Risk.NOTHING)
    return f"As in `{review.base}`: {names}."


def _head(review: Review) -> str:
    by_risk: dict[Risk, list[str]] = {}
    for each in review.changed:
        by_risk.setdefault(each.risk, []).append(each.name)
    verdicts = [f"**{risk.words}** ({', '.join(names)})" for risk, names in by_risk.items()]
    lines = [f"Verdict: {', '.join(verdicts)}", ""]
    compared = f"`{review.base}` → `{review.head}`."
    unchanged = [each for each in review.environments if each.risk is Risk.NOTHING]
    lines.append(f"{compared} {_as_before(review)}" if unchanged else compared)
    return "\n".join([*lines, *_missing(review), ""])


def _missing(review: Review) -> Iterator[str]:
    """Yield how to give the consents that are missing."""
    missing = dict.fromkeys(review.missing_consents)
    if not missing:
        return
    needs = "consent" if len(missing) == 1 else f"{len(missing)} consents"
    yield from ("", f"**This change needs {needs}.**")
    for each in asked(missing):
        yield from (each.how, "```", *each.lines, "```")


def _environment(environment: EnvironmentReview) -> Iterator[Block]:
    heading = f"## {environment.name}: {environment.risk.words}\n"
    ordered = sorted(environment.sentences, key=lambda sentence: -sentence.risk)
    yield Block(levels=(heading,))
    yield Block(
        levels=(
            _list(ordered),
            _list(ordered, details=False),
            _list(ordered[:FIRST_SENTENCES], details=False, left=len(ordered) - FIRST_SENTENCES),
            f"{len(ordered)} sentences. {ELSEWHERE}\n",
        ),
        rank=0,
    )
    diffs = [diff for section in environment.sections for diff in section.diffs]
    yield from map(_object, diffs[:MOST_OBJECTS])
    if len(diffs) > MOST_OBJECTS:
        yield Block(
            levels=(
                f"{len(diffs) - MOST_OBJECTS} more objects change. {ELSEWHERE.replace('It is', 'They are')}\n",
            )
        )
    yield from _network(environment)
    tables = [
        table for section in environment.sections for table in section.tables if table.changed
    ]
    if tables:
        text = _folded("Numbers before and after", map(_table, tables))
        yield Block(levels=(text, f"The tables are too long here. {ELSEWHERE}\n"), rank=1)
    for raw in environment.raw:
        yield _raw(raw)


def _network(environment: EnvironmentReview) -> Iterator[Block]:
    """Yield the network as it will be, where it is another one."""
    if environment.after is None:
        return
    diagram = network_diagram(environment.before, environment.after)
    if diagram:
        title = f"Network of {environment.name} after the change"
        text = _folded(title, [_fenced(diagram.rstrip(), "mermaid")])
        yield Block(levels=(text, f"{title}: {ELSEWHERE}\n"), rank=2)


def _list(sentences: Sequence[Sentence], *, details: bool = True, left: int = 0) -> str:
    lines = []
    for sentence in sentences:
        risk = (
            f"**{sentence.risk.words}**" if sentence.risk > Risk.INTERRUPTS else sentence.risk.words
        )
        lines.append(f"- {risk}: {_safe(sentence.text)}")
        if details:
            lines += [f"  - {_safe(detail)}" for detail in sentence.details]
        elif sentence.details:
            lines.append(f"  - {len(sentence.details)} details: see `review.html`.")
        if sentence.consent is not None:
            given = sentence.consent.given
            said = "consent is missing" if given is None else f"consent: {_safe(given)}"
            lines.append(f"  - `{sentence.consent.key}`: {said}")
    if left > 0:
        lines.append(f"- {left} more, of the same or lower risk, are in `review.html`.")
    return "\n".join([*lines, ""])


def _object(diff: ObjectDiff) -> Block:
    name = f"{diff.namespace}/{diff.name}" if diff.namespace else diff.name
    title = f"{diff.kind} {name}, {diff.change}"
    text = _folded(title, [_fenced("\n".join(diff.lines), "diff")])
    return Block(levels=(text, f"{title}: {len(diff.lines)} lines. {ELSEWHERE}\n"), rank=2)


def _raw(raw: RawDiff) -> Block:
    title = f"cdk diff of {raw.stack}"
    lines = raw.text.count("\n") + 1
    text = _folded(title, [_fenced(raw.text, "")])
    return Block(levels=(text, f"{title}: {lines} lines. {ELSEWHERE}\n"), rank=3)


def _table(table: Table) -> str:
    def row(cells: Sequence[str]) -> str:
        return f"| {' | '.join(_safe(cell).replace('|', '&#124;') for cell in cells)} |"

    rule = ["---:" if index in table.right else "---" for index in range(len(table.head))]
    lines = [row(table.head), f"| {' | '.join(rule)} |", *map(row, table.rows)]
    return "\n".join([f"**{_safe(table.title)}**", "", *lines, ""])


def _folded(title: str, parts: Iterator[str] | Sequence[str]) -> str:
    return "\n".join(
        ["<details>", f"<summary>{html.escape(title)}</summary>", "", *parts, "</details>", ""]
    )


def _fenced(text: str, language: str) -> str:
    """Return text in a fence that is longer than any in the text."""
    longest = max((len(ticks) for ticks in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}\n"


def _safe(text: str) -> str:
    """Return text whose code and bold stay, while tags do nothing and nobody is notified."""
    parts = text.split("`")
    parts[::2] = [html.escape(part, quote=False).replace("@", "&#64;") for part in parts[::2]]
    return "`".join(parts)
