"""When a sentence comes true, and for how long: moments.json, with sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from review.labels import quoted
from review.model import Risk, Section, Sentence, read
from review.remaining_resources import mentions
from review.sides import Sides

SAYS: Mapping[str, Sequence[str]] = read("moments")


def timed(sections: Iterable[Section], sides: Sides) -> Iterator[Section]:
    """Yield sections whose sentences say when, those that people feel."""
    names = [
        (change.resource.scope.stack.name, _pattern(mentions(change, sides)))
        for change in sides.changes
    ]
    for section in sections:
        said = (_timed(each, names) for each in section.sentences)
        yield replace(section, sentences=tuple(said))


def _timed(sentence: Sentence, known: Sequence[tuple[str, re.Pattern[str]]]) -> Sentence:
    if not Risk.COSTS < sentence.risk < Risk.REFUSED:
        return sentence
    # What it is about stands first; of several together, only the details have the names.
    first = sorted(
        (x.start(), stack) for stack, names in known if (x := names.search(sentence.text.lower()))
    )
    details = "\n".join(sentence.details).lower()
    found = [*dict.fromkeys(stack for stack, names in known if names.search(details))]
    stacks = [first[0][1]] if first else found or [*dict.fromkeys(stack for stack, _ in known)]
    sure = first or found or len(stacks) == 1
    what = f"stack{'s' if stacks[1:] else ''} {quoted(stacks)}" if sure else "this change"
    words, _ = SAYS.get(sentence.lasts) or SAYS["during"]
    when = words.format(what=what, be="are" if sure and stacks[1:] else "is")
    return replace(sentence, when=f"When: {when}." if when else "")


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Return what finds one of some names: as a whole, so `VPC` isn't found in `vpc-cni`."""
    return re.compile("|".join(rf"(?<![\w-]){re.escape(x.lower())}(?![\w-])" for x in names if x))
