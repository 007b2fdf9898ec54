"""Acknowledged findings, before and after."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.index import grouped as gathered
from review.labels import is_or_are, quoted
from review.model import Sentence, say
from review.sides import Sides

Acknowledgements = Mapping[tuple[str, str], str]
"""A reason by the path of the construct and the id of the finding."""
OBJECT = re.compile(r"^Guardrail finding `[^`]*\[(\w+)/([\w.-]+)[^`]*` is acknowledged")
JSON = re.compile(r"\{\"Fn::.*\}")
"""A function in the id of a finding, which nobody reads."""
NEWLY, AGAIN = "acknowledged", "acknowledged for a different reason"


def acknowledgements_of(environment: Environment) -> Acknowledgements | None:
    """Return what is acknowledged; None where it isn't known, as in committed snapshots."""
    if not any(stack.metadata for stack in environment.stacks.values()):
        return None
    return {
        (path, rule): reason
        for stack in environment.stacks.values()
        for path, rule, reason in sorted(stack.acknowledgements)
    }


def acknowledgements(sides: Sides) -> Iterator[Sentence]:
    """Yield the acknowledgements that come, go or get another reason; the same ones together."""
    old, new = map(acknowledgements_of, sides.both)
    if new is None or (old is None and sides.before.stacks):
        return
    old = old or {}
    # What is acknowledged elsewhere for the same reason is no news: something was renamed.
    before, after = ({(rule, reason) for (_, rule), reason in x.items()} for x in (old, new))
    added = gathered(
        ((rule, AGAIN if (path, rule) in old else NEWLY, reason), _place(path))
        for (path, rule), reason in new.items()
        if (rule, reason) not in before
    )
    earlier = gathered((rule, y) for (x, rule), y in old.items() if new.get((x, rule), y) != y)
    alike = gathered(((how, tuple(y)), (x, rule)) for (rule, how, x), y in added.items())
    for (how, where), found in alike.items():
        rules, reasons = [rule for _, rule in found], gathered(found)
        one = len(rules) == 1
        said = (
            f"Guardrail finding {_ids(rules)} is" if one else f"{len(rules)} guardrail findings are"
        )
        details = [f"{_ids(x)}: “{reason}”" for reason, x in reasons.items()]
        details = [] if one else details if len(reasons) > 1 else [f"{_ids(rules)}."]
        was = dict.fromkeys(x for rule in rules for x in earlier.get(rule, ()) if how == AGAIN)
        details += [f"Before: “{x}”" for x in was]
        name = "acknowledged" if len(reasons) == 1 else "acknowledged for reasons"
        yield say(
            name, findings=said, how=how, places=quoted(where), reason=found[0][0], details=details
        )
    removed = gathered(
        (rule, _place(path))
        for (path, rule), reason in old.items()
        if (path, rule) not in new and (rule, reason) not in after
    )
    gone = gathered((tuple(places), rule) for rule, places in removed.items())
    for where, rules in gone.items():
        are, places = is_or_are(rules), quoted(where)
        yield say("no longer acknowledged", rules=_ids(rules), are=are, places=places)


def is_told(sentence: Sentence, loud: str) -> bool:
    """Tell whether a loud sentence is about the object of a finding, such as `[Service/web]`."""
    kind, name = ((found := OBJECT.search(sentence.text)) and found.groups()) or ("", "")
    return bool(kind) and re.search(rf"{kind} `([^`]*/)?{re.escape(name)}`", loud) is not None


def _place(path: str) -> str:
    return path.partition("/")[2] or path


def _ids(rules: Sequence[str]) -> str:
    return quoted(JSON.sub("…", each) for each in rules)
