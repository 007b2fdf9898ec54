"""When a sentence is true: from which step of a deploy on, for how long, and under which condition.

moments.json has how long it lasts, with sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from assembly.scope import OTHER, Assumed
from review.acknowledgements import is_told
from review.labels import braced, listed, stacks_named
from review.model import DETAILS, Risk, Section, Sentence, read
from review.remaining_resources import mentions
from review.rolled import ASKS
from review.sides import Sides

VERB = re.compile(r"[ *](?:is|are|has|have|keeps?|loses?|may|can|now|no)[ *]|:")
"""What the names of all that a sentence is about stand before."""
SAYS: Mapping[str, Sequence[str]] = read("moments")


def timed(sections: Sequence[Section], sides: Sides) -> Iterator[Section]:
    """Yield sections whose sentences say when, and which nobody decides on: what is told anyway."""
    loud = "\n".join(x.text for each in sections for x in each.sentences if x.risk > Risk.SAFE)
    names = [(x.resource.scope.stack.name, _pattern(mentions(x, sides))) for x in sides.changes]
    # With a new environment everything that is safe begins with its deploy.
    least = Risk.NOTHING if sides.before.stacks else Risk.COSTS
    for section in sections:
        said = [_timed(each, names) if each.risk > least else each for each in section.sentences]
        said = [replace(x, aside=x.aside or is_told(x, loud)) for x in said]
        yield replace(section, sentences=tuple(said))


def _timed(sentence: Sentence, known: Sequence[tuple[str, re.Pattern[str]]]) -> Sentence:
    if sentence.aside or sentence.risk >= Risk.REFUSED:
        return sentence
    # What it is about stands first, of several all before the verb, or only in the details.
    text = sentence.text.lower()
    first = sorted((x.start(), stack) for stack, names in known if (x := names.search(text)))
    head = VERB.split(text, maxsplit=1)[0]
    together = [stack for at, stack in first if at < len(head)]
    details = "\n".join(sentence.details).lower()
    found = [*dict.fromkeys(stack for stack, names in known if names.search(details))]
    of_text = [*dict.fromkeys(together or (stack for _, stack in first[:1]))]
    stacks = of_text or found or [*dict.fromkeys(stack for stack, _ in known)]
    sure = first or found or len(stacks) == 1
    what = stacks_named(stacks) if sure else "this change"
    words, _ = SAYS.get(sentence.lasts) or SAYS["during"]
    when = words.format(what=what, be="are" if sure and stacks[1:] else "is")
    return replace(sentence, when=f"{when}." if when else "")


def refused(sections: Sequence[Section], sides: Sides) -> Iterator[Section]:
    """Yield sections of a change that can't be deployed: without consents, and with what happens of it.

    The stacks before the one that fails are deployed by then.
    """
    known = [(x.resource.stack, _pattern(mentions(x, sides))) for x in sides.changes]
    refusals = [x for each in sections for x in each.sentences if x.risk is Risk.REFUSED]
    said = "\n".join(y for x in refusals for y in (x.text, *x.details))
    fail = {stack for stack, names in known if names.search(said.lower())}
    fail |= {x for x, each in sides.after.stacks.items() if f"stack `{each.name}`" in said}
    changed = {stack for stack, _ in known} - fail
    for section in sections:
        sentences = []
        # Nobody is asked before what fails.
        for each in (x for x in section.sentences if x.about != ASKS):
            found = [stack for stack, names in known if names.search(each.text.lower())]
            first = changed & sides.after.order.stacks_before(found[0]) if found else set()
            names = [stack.name for path, stack in sides.after.stacks.items() if path in first]
            when = DETAILS["before a refusal"].format(stacks=stacks_named(names)) if names else ""
            when = when if each.risk is Risk.REFUSED else ""
            sentences.append(replace(each, consents=(), when=when))
        yield replace(section, sentences=tuple(sentences))


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Return what finds one of some names: as a whole, so `VPC` isn't found in `vpc-cni`."""
    return re.compile("|".join(rf"(?<![\w-]){re.escape(x.lower())}(?![\w-])" for x in names if x))


def under(sentence: Sentence, where: Sequence[Assumed], ways: Sequence[Assumed]) -> Sentence:
    """Return a sentence with the condition under which it is true, if there is one."""
    if len(where) == len(ways):
        return sentence
    common = [pair for pair in where[0].items() if all(pair in each.items() for each in where)]
    unusual = [pair for pair in common if pair not in ways[0].items()]
    values = [
        f"{_named(variable)} is {'anything else' if value == OTHER else f'`{value}`'}"
        for variable, value in unusual or common
    ]
    varied = [
        _named(variable)
        for variable in where[0]
        if len({each.get(variable) for each in where}) < len({each.get(variable) for each in ways})
    ]
    condition = f"If {listed(values)}." if values else f"Depends on {listed(varied)}."
    return replace(sentence, details=(*sentence.details, condition))


def _named(variable: str) -> str:
    return f"`{braced(variable.partition(' ')[2] or variable)}`"
