"""A review as a comment of a pull request.

A long one is fitted into its limit by folding the least important away, never by cutting.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path

from jinja2 import Environment as Jinja
from jinja2 import FileSystemLoader

from review.consents import asked
from review.labels import counted
from review.model import EnvironmentReview, Review, Risk, Sentence, capital
from review.pictures.gallery import network_diagram
from review.pictures.painting import TEMPLATES
from review.refusals import in_order

LIMIT = 65_000
"""GitHub takes comments of 65,536 characters; the rest is for what the workflow adds."""
ELSEWHERE = "See `review.html`."
ABOVE = 25
"""As many lines of an environment stand above the folds."""
FIRST_SENTENCES = 25
"""As many sentences of an environment stay where a comment is far too long."""
MOST_OBJECTS = 200
"""As many objects of an environment are named."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A part of a comment. `levels` are its texts, each shorter than the one before.

    A block of a higher `rank` gives way first. A shorter text says what it leaves out, and where
    that is.
    """

    levels: tuple[str, ...]
    rank: int = 0
    folded: bool = False


def markdown(review: Review, *, limit: int = LIMIT) -> str:
    """Return the review; the first line is the verdict, and a change of nothing is one line."""
    return "\n".join(fitted(_blocks(review), limit))


def plain(review: Review) -> str:
    """Return what the comment says above its folds, for a terminal."""
    blocks = (block.levels[0] for block in _blocks(review) if not block.folded)
    parts = re.sub(r"\n{3,}", "\n\n", "\n".join(blocks)).split("`")
    # In code both may stand for themselves.
    parts[::2] = [html.unescape(part.replace("**", "")) for part in parts[::2]]
    return "`".join(parts)


def _blocks(review: Review) -> list[Block]:
    if review.risk is Risk.NOTHING:
        said = f"Verdict: **nothing to deploy**. {_written('as_before', review)}\n"
        return [Block(levels=(said,))]
    head = _written("head", review)
    blocks = [Block(levels=(head, f"{head.splitlines()[0]}\n"), rank=-1)]
    for environment in review.changed:
        blocks += _environment(environment, ABOVE - len(head.splitlines()))
    sides = f"Compares `{review.base}` with `{review.head}`."
    blocks += [Block(levels=(f"_{_inert(note)}_\n",)) for note in (*review.notes, sides)]
    return blocks


def _environment(environment: EnvironmentReview, room: int) -> Iterator[Block]:
    yield Block(levels=(f"## {environment.name}\n",))
    asks = _written("consents", environment) if environment.missing_consents else ""
    same = ", ".join(environment.unchanged)
    room -= 4 + len(asks.splitlines()) + (2 if same else 0)
    first, *rest = _sentences(environment, room)
    yield first
    if same:
        yield Block(levels=(f"Unchanged: {same}.\n",))
    if asks:
        yield Block(levels=(asks, "See `review.html` for the missing consents.\n"), rank=-1)
    yield from rest
    diffs = [diff for section in environment.sections for diff in section.diffs]
    for diff in diffs[:MOST_OBJECTS]:
        name = f"{diff.namespace}/{diff.name}" if diff.namespace else diff.name
        yield _lines(f"{diff.kind} {name}, {diff.change}", diff.lines, "diff", rank=2)
    if len(diffs) > MOST_OBJECTS:
        more = f"{len(diffs) - MOST_OBJECTS} more objects change. See `review.html`.\n"
        yield Block(levels=(more,))
    diagram = environment.after and network_diagram(environment.before, environment.after)
    if diagram:
        title = f"Network of {environment.name} after the change"
        text = _fenced(diagram.rstrip(), "mermaid")
        yield _folded(title, text, f"{title}: {ELSEWHERE}\n", rank=2)
    tables = [each for section in environment.sections for each in section.tables if each.changed]
    if tables:
        short = f"The tables are too long here. {ELSEWHERE}\n"
        yield _folded("Numbers before and after", _written("numbers", tables), short, rank=1)
    for raw in environment.raw:
        yield _lines(f"cdk diff of {raw.stack}", raw.text.split("\n"), "", rank=3)


def _sentences(environment: EnvironmentReview, room: int) -> Iterator[Block]:
    """Yield what a reader decides on, above the folds, and the rest.

    Where the deploy is refused, that is all. Else the quiet sentences are folded where there is no
    room, but those that begin in bold and the cost, then the details of costs, then those of
    what interrupts, then those of what takes nothing down, then all.
    """
    ordered = sorted(environment.sentences, key=lambda sentence: -sentence.risk)
    least = Risk.REFUSED if environment.refused else Risk.NOTHING
    told = [each for each in ordered if not each.aside] or ordered
    all_of = [each for each in told if each.risk >= least]
    money = {x for part in environment.sections if part.name == "cost" for x in part.sentences}
    loud = [x for x in all_of if x.risk > Risk.SAFE or x.text.startswith("**") or x in money]
    brief = [replace(x, details=()) if x.risk is Risk.COSTS or x in money else x for x in loud]
    short = [replace(x, details=()) if x.risk <= Risk.INTERRUPTS else x for x in loud]
    grave = [replace(x, details=()) if x.risk < Risk.TAKES_DOWN else x for x in loud]
    shown = next((each for each in (loud, brief, short, grave) if _length(each) <= room), loud)
    for each in all_of:
        if each not in loud and _length([*shown, each]) <= room:
            shown = [*shown, each]
    shown = shown or all_of
    whole = _length(shown) <= room
    left = len(shown) - FIRST_SENTENCES
    few = _written("told", shown[:FIRST_SENTENCES], details=False, left=left)
    plain = _written("told", shown, details=False)
    count = f"{len(ordered)} sentences. {ELSEWHERE}\n"
    levels = (*([_written("told", shown)] if whole else []), plain, few, count)
    yield Block(levels=levels, rank=0)
    rest = [each for each in ordered if each not in shown] if whole else ordered
    if rest:
        above = {each.text for each in shown}
        again = sum(each.text in above for each in rest)
        more = [f"{len(rest) - again} more, without impact"] if len(rest) > again else []
        more += [f"details of {counted(again, 'line')} above"] if again else []
        title = capital(", and ".join(more)) if whole else "With all details"
        how = "deployed in that order" if in_order(ordered) else "it could be deployed"
        title = f"What it would do if {how}" if environment.refused else title
        yield _folded(title, _written("told", rest), f"{title}: {ELSEWHERE}\n", rank=1)


def _length(sentences: Sequence[Sentence]) -> int:
    return len(_written("told", sentences).splitlines())


def fitted(blocks: Sequence[Block], limit: int) -> list[str]:
    """Return the longest texts that fit together; raises `ValueError` where even the shortest don't.

    The highest rank is folded first, and within it the longest text.
    """
    left = [(block.rank, list(block.levels)) for block in blocks]
    while (length := sum(len(texts[0]) + 1 for _, texts in left)) > limit:
        foldable = [(rank, len(texts[0]), texts) for rank, texts in left if len(texts) > 1]
        if not foldable:
            raise ValueError(
                f"the comment has {length:,} characters and can't be shortened further; GitHub allows "
                f"{limit:,}: read review.html"
            )
        _, _, folded = max(foldable, key=itemgetter(0, 1))
        del folded[0]
    return [texts[0] for _, texts in left]


def _lines(title: str, lines: Sequence[str], language: str, *, rank: int) -> Block:
    short = f"{title}: {len(lines)} lines. {ELSEWHERE}\n"
    return _folded(title, _fenced("\n".join(lines), language), short, rank=rank)


def _folded(title: str, text: str, short: str, *, rank: int) -> Block:
    return Block(levels=(_written("folded", title, text), short), rank=rank, folded=True)


def _fenced(text: str, language: str) -> str:
    """Return text in a fence that is longer than any in the text."""
    longest = max((len(ticks) for ticks in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}\n"


def _inert(text: str) -> str:
    """Return text whose code and bold stay, while tags do nothing and nobody is notified."""
    parts = text.split("`")
    parts[::2] = [html.escape(part, quote=False).replace("@", "&#64;") for part in parts[::2]]
    return "`".join(parts)


def _cell(text: str) -> str:
    return _inert(text).replace("|", "&#124;")


def _written(macro: str, *values: object, **options: object) -> str:
    """Return what a macro of markdown.jinja writes."""
    return str(getattr(_jinja().get_template("markdown.jinja").module, macro)(*values, **options))


@functools.cache
def _jinja() -> Jinja:
    jinja = TEMPLATES.overlay(loader=FileSystemLoader(Path(__file__).parent))
    jinja.filters = {**jinja.filters, "inert": _inert, "cell": _cell, "escaped": html.escape}
    jinja.globals = {**jinja.globals, "asked": asked, "loudest_plain": Risk.INTERRUPTS}
    return jinja
