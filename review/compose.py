"""From two sets of environments to a review."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from assembly.environment import Environment
from assembly.index import grouped as gathered
from assembly.worlds import worlds
from kube.values import Json, mapping
from review import moments, moved_stacks, remaining_resources
from review.labels import REFERENCE, spelled
from review.model import (
    EnvironmentReview,
    ObjectDiff,
    RawDiff,
    Review,
    Risk,
    Section,
    Sentence,
    say,
)
from review.prices import prices
from review.refusals import in_order
from review.same import in_account_of, in_region_of, place_left, same
from review.sections import SUBJECTS, Make, Part
from review.sides import Sides
from review.tables import Table
from review.unchanged import beside, unchanged

RawDiffs = Callable[[Environment, Environment], Iterable[RawDiff]]
"""Starts to ask for the differences of stacks, which are waited for when they are read."""
ALIKE = ("access", "acknowledgements", "capacity", "exposure", "permissions")
"""Sections that tell what may be the same in another region."""


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What a review depends on besides the two assemblies.

    `raw` asks the CDK for its own comparison of two environments. `rehearsals` are those of
    commands/rehearse.py, by environment. `others` are environments that only the base has.
    """

    today: date
    consents: Mapping[str, str]
    raw: RawDiffs
    rehearsals: Json = field(default_factory=dict)
    others: Sequence[Environment] = ()


def compare(
    base: Mapping[str, Environment],
    head: Mapping[str, Environment],
    circumstances: Circumstances,
    *,
    names: tuple[str, str],
    notes: tuple[str, ...] = (),
) -> Review:
    """Compare environments by their names; `names` say what the two sides are."""
    given = replace(circumstances, others=[base[name] for name in base.keys() - head.keys()])
    environments = tuple(
        _environment(name, base.get(name), head.get(name), given)
        for name in dict.fromkeys([*head, *base])
    )
    # Once, however many environments change in cost.
    if any(x.name == "cost" and x.sentences for each in environments for x in each.sections):
        notes = (*notes, say("prices", prices=prices()).text)
    return Review(base=names[0], head=names[1], environments=environments, notes=notes)


def _environment(
    name: str, before: Environment | None, after: Environment | None, given: Circumstances
) -> EnvironmentReview:
    review = EnvironmentReview(name=name, before=before, after=after)
    if after is None:
        stays = (moved_stacks.left(before, given.today),) if before else ()
        section = Section(name="other", title=SUBJECTS["other"][0], sentences=stays)
        return replace(review, sections=(section,))
    left = place_left(before, after) if before else ()
    elsewhere = before if left else None
    if before is not None and not left and same(before, after):
        return review
    if left:
        # A deploy makes all of it anew there, and touches nothing of what was before.
        before, review = None, replace(review, before=None)
    old, account = in_account_of(before or Environment(name=name, stacks={}), after)
    ways = [
        replace(x, left=left, elsewhere=elsewhere, others=given.others)
        for x in _ways(old, after, given)
    ]
    # In another region of its account, the same people and pods may do the same.
    there = in_region_of(elsewhere, after) if elsewhere else None
    alike = [*_ways(there, after, given)] if there else ways
    # What a deploy does by the defaults of its parameters.
    ways[0] = replace(ways[0], rehearsal=mapping(given.rehearsals, name))
    # What the code no longer has stays deployed, and in the pictures.
    review = replace(review, after=ways[0].after, gone=tuple(ways[0].gone))
    asked = _asked(name, lambda: given.raw(old, after))
    sections = [
        _section(name, title, makes, alike if name in ALIKE else ways)
        for name, (title, makes) in SUBJECTS.items()
    ]
    sections = [
        replace(x, sentences=tuple(beside(x.sentences, sections, alike))) if x.name == "cost" else x
        for x in sections
    ]
    told = [x for each in sections if each.name != "rehearsal" for x in each.sentences]
    said = [x for each in told for x in (each.text, *each.details)]
    rest = [*remaining_resources.unmentioned(ways[0], said)]
    rest += [say("account named", account=account)] * bool(account)
    rest = rest or [say("no effect")] * (old.templates != after.templates and not said)
    sections[-1] = replace(sections[-1], sentences=(*sections[-1].sentences, *rest))
    found = tuple(each for each in sections if each.sentences or each.tables or each.diffs)
    review = replace(review, sections=found, raw=tuple(_asked(name, lambda: tuple(asked))))
    done = moments.refused(found, ways[0]) if review.refused else found
    done = moments.timed(tuple(done), ways[0]) if in_order(review.refused) else done
    compared = unchanged(found, alike) if before or there else ()
    # Whatever the pods ask for, a node that is NotReady takes none.
    untold = (*["cost"] * (not before), *["fit"] * any(x.about == "fit" for x in told))
    rules = " (by the same rules)" * bool(there)  # and with other ARNs and addresses
    still = (x for x in compared if not x.startswith(untold))
    alike_still = tuple(x + rules * (not x.startswith(("cost", "fit", "limits"))) for x in still)
    return replace(review, sections=tuple(done), unchanged=alike_still)


def _asked(name: str, ask: Callable[[], Iterable[RawDiff]]) -> Iterable[RawDiff]:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001  # the review is worth more than what the CDK says
        return (RawDiff(stack=name, text=_fault("comparison", error).text),)


def _ways(before: Environment, after: Environment, given: Circumstances) -> Iterator[Sides]:
    """Yield both sides for every way in which conditions of theirs may turn out."""
    gone = {path: each for path, each in before.stacks.items() if path not in after.stacks}
    deployed = replace(after, stacks={**after.stacks, **gone}, base=before)
    usual = Sides(
        before=before, after=deployed, gone=[*gone], today=given.today, consents=given.consents
    )
    found = list[Mapping[str, str]]()
    for world in (*worlds(deployed), *worlds(before)):
        if world.assumed not in found:
            found.append(world.assumed)
            one, two = (replace(each, assumed=world.assumed) for each in usual.both)
            changed = replace(usual, before=one, after=replace(two, base=one))
            yield changed if world.assumed else usual


def _section(name: str, title: str, makes: Sequence[Make], ways: Sequence[Sides]) -> Section:
    """Return a section, its sentences by risk; what can't be made is a sentence of its own."""
    found = gathered(
        (part, sides.after.assumed)
        for sides, make in itertools.product(ways, makes)
        for part in _made(make, sides)
    )
    everywhere = [sides.after.assumed for sides in ways]
    said = [moments.under(x, found[x], everywhere) for x in found if isinstance(x, Sentence)]
    return Section(
        name=name,
        title=title,
        sentences=tuple(sorted(said, key=lambda each: -each.risk)),
        # The numbers are those of the default outcome of a deploy.
        tables=tuple(part for part in found if isinstance(part, Table))[:1],
        diffs=tuple(part for part in found if isinstance(part, ObjectDiff)),
    )


def _made(make: Make, sides: Sides) -> Sequence[Part]:
    try:
        return [_spelled(_asking(part, sides), sides) for part in make(sides)]
    except Exception as error:  # noqa: BLE001  # whatever it is, the rest is shown
        return [_fault("section", error)]


def _asking(part: Part, sides: Sides) -> Part:
    """Return a sentence with the consent that an outage needs, and a loss that names none itself."""
    if not isinstance(part, Sentence):
        return part
    if part.risk is not Risk.TAKES_DOWN and (part.risk is not Risk.LOSES_DATA or part.consents):
        return part
    return replace(part, consents=(*part.consents, sides.trailer(part.risk)))


def _spelled(part: Part, sides: Sides) -> Part:
    # Most name nothing by its logical id, and the labels of all resources take time.
    if not isinstance(part, Sentence) or not any(map(REFERENCE.search, (part.text, *part.details))):
        return part
    text, *details = (spelled(each, sides.names) for each in (part.text, *part.details))
    return replace(part, text=text, details=tuple(details))


def _fault(what: str, error: Exception) -> Sentence:
    said = f"{type(error).__name__}: {' '.join(str(error).split())}"
    fault = f"This {what} could not be created. This is a bug in the review, not a problem with the change: {said}"
    return Sentence(text=fault, risk=Risk.UNKNOWN)
