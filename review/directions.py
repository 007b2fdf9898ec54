"""What properties without a row of their own do: what their names say (directions.csv), else nobody judges them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from assembly.index import grouped as gathered
from kube.values import known
from review.differences import TAGS, Difference, differences
from review.labels import grouped, has_or_have, listed
from review.meanings import meaning_of
from review.model import SENTENCES, Sentence, say
from review.sides import Change
from review.worse import is_worse, texts

ON = ("enabled", "enable", "on", "active")
OFF = ("disabled", "disable", "off", "none", "inactive", "suspended", "paused")
SWITCH = {**dict.fromkeys(ON, "true"), **dict.fromkeys(OFF, "false")}
"""What else switches are written with."""
NEGATED = re.compile(r"(^|\.)(Disable(?!Api|ExecuteApi)|Skip)\w*$")
"""Names of switches that turn off what they name; an API that is disabled is a protection."""
UNJUDGED = "not judged"
_FILE = Path(__file__).with_suffix(".csv")
DIRECTIONS = [
    (x["path"], x["worse"], x["less"])
    for x in csv.DictReader(_FILE.read_text("utf-8").splitlines())
]
"""The end of a dotted path, which values of it are worse, and what there is then (names of the CloudFormation
template reference)."""


def judgements(change: Change, names: Iterable[str]) -> Mapping[str, str]:
    """Return what there is less of by properties, or that nobody judges what is quiet; nothing of harmless ones."""
    without = {""} if change.kind == "in place" else {"", UNJUDGED}
    return {name: of for name in names if (of := _judged(change, name)) not in without}


def sentences(found: Mapping[Change, Mapping[str, str]]) -> Iterator[Sentence]:
    """Yield them, one for all that differ alike."""
    every = ((x, gathered((of, x.told(name)) for name, of in y.items())) for x, y in found.items())
    alike = gathered(((of, listed(z)), x.resource) for x, y in every for of, z in y.items())
    for (of, values), some in alike.items():
        name, have = of if of in SENTENCES else "less", has_or_have(len(some))
        yield say(name, resources=grouped(some), have=have, what=of, values=values)


def _judged(change: Change, name: str) -> str:
    found = [_less(x) for x in differences(*change.values(name), name) if not TAGS.search(x.path)]
    worse = [x for x in found if x not in {"", UNJUDGED}]
    unjudged = UNJUDGED in found and not meaning_of(change.resource.kind, name)
    return next(iter(worse), UNJUDGED if unjudged else "")


def _less(each: Difference) -> str:
    judged, lists = False, isinstance(each.old or each.new, list)
    old, new = ([x] if x is not None else [] for x in (each.old, each.new))
    was, now = ([SWITCH.get(x.lower(), x) for x in texts(side)] for side in (old, new))
    if NEGATED.search(each.path) and {*was, *now} <= {"true", "false"}:
        was, now = (["false" if "true" in side else "true"] for side in (was, now))
        old, new = [*was], [*now]
    gone, come = (
        [x for x in some if x not in others] if lists and known([old, new]) else []
        for some, others in ((was, now), (now, was))
    )
    for path, how, less in DIRECTIONS:
        if re.search(rf"(^|\.)({path})$", each.path):
            if how == "never":
                return ""
            if is_worse(how, (old, new), (was, now), gone, (1, 1)):
                return less
            better = is_worse(how, (new, old), (now, was), come, (1, 1))
            judged |= better or {*was, *now} <= {"true", "false"}
    return "" if judged else UNJUDGED
