"""What a rehearsal on an emulated account did, and where it contradicts what the review says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kube.values import Json, dicts, number, text
from review import refusals
from review.labels import grouped, label, listed
from review.model import DETAILS, Risk, Sentence, capital, say
from review.sides import Sides
from review.tables import Table

LONGEST = 300
"""As many characters of a reason are shown."""
ENDS = {"rolled back": "was rolled back", "stopped": "stopped there"}


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield contradictions, why the rehearsal failed, or what it did."""
    outcome, why = text(sides.rehearsal, "outcome"), _quoted(text(sides.rehearsal, "why"))
    if not outcome:
        return
    rows = dicts(sides.rehearsal, "rows")
    refused = {each.text for each in refusals.sentences(sides) if each.risk is Risk.REFUSED}
    if outcome == "deployed":
        if refused:
            yield say("rehearsal of a refusal")
        else:
            yield from _contradictions(sides)
        did = Counter(text(row, "did") for row in _shown(sides))
        counts = listed(f"{count} {name}" for name, count in did.items()) or "none touched"
        destroyed = text(sides.rehearsal, "destroyed")
        end = [DETAILS[name] for name in [f"rehearsal {destroyed}"] if name in DETAILS]
        yield say("rehearsed", counts=counts, details=[*end, DETAILS["rehearsal"]])
        if not end:
            yield say("rehearsal not destroyed", why=_quoted(destroyed))
    elif outcome == "not rehearsed":
        yield say("not rehearsed", why=why, details=[DETAILS["rehearsal"]])
    elif outcome in ENDS:
        failed = [row for row in rows if text(row, "did") == "failed"]
        reasons = [f"{capital(_name(sides, row))}: {_quoted(text(row, 'why'))}" for row in failed]
        details = [*([] if refused else [DETAILS["rehearsal alone"]]), DETAILS["rehearsal"]]
        yield say(
            "rehearsal failed", end=ENDS[outcome], why="; ".join(reasons) or why, details=details
        )


def tables(sides: Sides) -> Iterator[Table]:
    """Yield the timeline of what the rehearsal did."""
    rows = [
        (
            f"{text(row, 'stack')} {_name(sides, row)}",
            *(_second(row, end) for end in ("from", "to")),
            " ".join(filter(None, [text(row, "did"), _quoted(text(row, "why"))])),
        )
        for row in _shown(sides)
    ]
    if rows:
        head = ("", "from second", "to second", "what happened")
        yield Table(
            title="Rehearsal on an emulated account", head=head, rows=tuple(rows), right=(1, 2)
        )


def _contradictions(sides: Sides) -> Iterator[Sentence]:
    """Yield what a deploy replaced or deleted, or left, against what the review says."""
    done = {_node(row): text(row, "did") for row in dicts(sides.rehearsal, "rows")}
    said = {each.resource.node: each for each in sides.changes if each.kind == "replaced"}
    gone = {x.resource.node: x.resource for x in sides.changes if x.kind == "removed"}
    # Not with a snapshot of it: the resource itself is deleted.
    stays = [x for x in gone if text(gone[x].attribute("DeletionPolicy")).startswith("Retain")]
    there = sides.before.by_node
    wrong = {
        "rehearsal replaced": [x for x in done if done[x] == "replaced" and x not in said],
        "rehearsal deleted": [
            x for x in done if done[x] == "deleted" and (x not in gone or x in stays)
        ],
        "rehearsal left behind": [
            x for x in done if done[x] == "left behind" and x in gone and x not in stays
        ],
        "rehearsal not deleted": [
            x for x in gone if x not in stays and done.get(x, "updated") == "updated"
        ],
        "rehearsal left": [
            node
            for node, each in said.items()
            if each.certain and done.get(node, "updated") == "updated"
        ],
    }
    for name, nodes in wrong.items():
        known = [there[node] for node in nodes if node in there]
        if known:
            yield say(name, names=capital(grouped(known)), be="was" if len(known) == 1 else "were")


def _shown(sides: Sides) -> list[Json]:
    """Return the rows of what the change touches: CloudFormation's emulator looks at all of a stack."""
    touched = {each.resource.node for each in sides.changes}
    rows = dicts(sides.rehearsal, "rows")
    return [row for row in rows if text(row, "did") != "updated" or _node(row) in touched]


def _second(row: Json, end: str) -> str:
    """Return a time; what went without an event has none."""
    found = number(row, end)
    return "-" if found is None else f"{found:.1f}"


def _node(row: Json) -> tuple[str, str]:
    return text(row, "stack"), text(row, "resource")


def _name(sides: Sides, row: Json) -> str:
    found = sides.after.by_node.get(_node(row)) or sides.before.by_node.get(_node(row))
    return label(found) if found else f"`{text(row, 'resource')}`"


def _quoted(why: str) -> str:
    """Return a reason as code: nothing that it quotes is markup."""
    flat = " ".join(why.replace("`", "'").split())
    return f"`{flat[:LONGEST]}`" if flat else ""
