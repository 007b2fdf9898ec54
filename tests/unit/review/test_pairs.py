"""Any two environments: the review is never below what a deploy does, and the way back undoes it."""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from assembly.cloud_assembly import assembly_at
from assembly.environment import Environment
from guardrails.step.changes import changes
from guardrails.step.replacement import losses
from review.access import grants_of
from review.cost import lines
from review.model import Review, Risk
from review.prices import prices, total
from tests.support import spread
from tests.unit.guardrails.peers import by_hand
from tests.unit.review.heads import HEADS
from tests.unit.review.templates import TODAY, reviewed, texts

STAYS = "sample-service-gone"
"""A stack that the code no longer has stays deployed, so no way back undoes it."""
UNPRICED = "gpu-group"
"""Its nodes have no price, so that there is a bound instead of two sums."""
MOVED = "region-changed"
"""Nothing of what was there before is touched."""
LEFT_OUT = {STAYS, UNPRICED, MOVED}
NAMES = [x for x, each in HEADS.items() if each.name == "prod" and x not in LEFT_OUT]
PAIRS = random.Random(15).sample([*itertools.permutations(NAMES, 2)], 24)  # noqa: S311  # a sample
NO_LONGER = re.compile(r"\*\*can't join the cluster any more\*\* (\(.*?\)): .*")
AMOUNT = r"\$[\d,]+(?: to \$[\d,]+)?"
COST = re.compile(rf"Estimated cost: ({AMOUNT}) → \*\*({AMOUNT})\*\*")


@pytest.fixture(scope="module")
def changed(heads: Path) -> Mapping[str, Environment]:
    """Return prod after each change."""
    found = {name: assembly_at(heads / name).environments()["Prod"] for name in NAMES}
    assert len(found) > 20
    return found


def floor(before: Environment, after: Environment) -> Risk:
    """Return the least that the verdict must be, by what the step engine computes."""
    found = changes(before, after)
    effects = {change.effect for change in found}
    if effects & {"refused", "replaced with a fixed name"}:
        return Risk.REFUSED
    if any(change.lost for change in found):
        return Risk.LOSES_DATA
    if [*losses(found)]:
        return Risk.REPLACES
    return Risk.INTERRUPTS if "interrupted" in effects else Risk.SAFE if found else Risk.NOTHING


def access(review: Review, ends: str) -> set[str]:
    """Return what is said of access to the cluster, by the words after who it is about."""
    parts = (section for each in review.environments for section in each.sections)
    said = [
        NO_LONGER.sub(
            r"may no longer join the cluster \1.",
            each.text.replace(
                "**loses all access** to the cluster. Until now it could", "may no longer"
            ),
        )
        for part in parts
        if part.name == "access"
        for each in part.sentences
    ]
    return {text.replace(ends, "may") for text in said if ends in text and "instead" not in text}


def arrows(review: Review) -> Iterator[tuple[str, str]]:
    """Yield the values before and after that sentences name."""
    for each in review.environments[0].sentences:
        for text in (each.text, *each.details):
            yield from re.findall(r"(?<!\w)`([^`]+)` → `([^`]+)`", text)


@pytest.mark.parametrize(("base", "head"), spread(PAIRS, 4))
def test_a_pair_and_the_way_back(base: str, head: str, changed: Mapping[str, Environment]) -> None:
    """No verdict below the deploy's, no value that no template has, and gains that turn to losses."""
    one, other = changed[base], changed[head]
    there, back = reviewed(one, other), reviewed(other, one)

    for review, sides in ((there, (one, other)), (back, (other, one))):
        assert floor(*sides) <= review.risk < Risk.UNKNOWN, texts(review)
        written = [json.dumps(dict(side.templates)) for side in sides]
        for values in arrows(review):
            for value, template in zip(values, written, strict=True):
                assert value in template, value
    assert access(there, "may now") == access(back, "may no longer")
    assert access(there, "may no longer") == access(back, "may now")
    costs = [COST.findall(" ".join(texts(each))) for each in (there, back)]
    assert [pair[::-1] for pair in costs[0]] == costs[1]
    was, now = (str(total(lines(side, prices(), TODAY))) for side in (one, other))
    assert costs[0] == ([(was, now)] if was != now else [])
    same = " ".join(there.environments[0].unchanged)
    assert f"cost ({now} a month)" not in same or was == now
    assert "access" not in same or grants_of(one) == grants_of(other)
    assert "fit (" not in same or not re.search("[Pp]ods (don't )?fit", " ".join(texts(there)))


def test_the_pairs_have_something_to_compare(changed: Mapping[str, Environment]) -> None:
    """What finds nothing in a sentence that was reworded proves nothing."""
    found = [reviewed(changed[base], changed[head]) for base, head in PAIRS]
    assert any(COST.search(" ".join(texts(each))) for each in found)
    assert any([*arrows(each)] for each in found)
    for ends in ("may now", "may no longer"):
        assert any(access(each, ends) for each in found)


@pytest.mark.parametrize("number", spread(range(7), 3))
def test_every_peer_against_every_other(number: int, others: Mapping[str, Environment]) -> None:
    """Whatever two assemblies are compared, each part of the review can be made."""
    built = [*others.values(), by_hand()]
    assert len(built) == 7
    for other in built:
        review = reviewed(built[number], replace(other, name=built[number].name))
        assert review.risk is not Risk.UNKNOWN, [x for x in texts(review) if "bug" in x]
