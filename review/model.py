"""A review as plain values, and what it knows and says as data: the JSON files of this folder.

Sources of consequences.json: EKS and VPC user guides; losses are in guardrails/step/stateful.json.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from assembly.environment import Environment
from kube.values import table

if TYPE_CHECKING:
    from review.tables import Table


class Risk(enum.IntEnum):
    """What a change can cost its reader, the worst last. A verdict is the worst risk of all."""

    NOTHING = 0
    SAFE = 1
    COSTS = 2
    NOT_JUDGED = 3
    INTERRUPTS = 4
    WEAKENS = 5
    EXPOSES = 6
    REPLACES = 7
    TAKES_DOWN = 8
    REMOVES = 9
    LOSES_DATA = 10
    LOCKS_OUT = 11
    REFUSED = 12
    """AWS, CloudFormation or the API server refuses it; stacks before that are deployed."""
    UNKNOWN = 13
    """A part of the review is missing, by a fault of its own, or a rehearsal contradicts it."""

    @property
    def words(self) -> str:
        """Return the verdict as people read it."""
        named = {Risk.NOTHING: "nothing to deploy", Risk.REFUSED: "cannot be deployed"}
        return named.get(self, self.name.lower().replace("_", " "))


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What a change must carry before it may be merged, with a reason.

    For a loss, `key` is the construct path of the resource and stands in the environment's
    accepted_replacements. For locking out, such as `Prod locks out`, and for a stack that is deleted,
    its path, it is a `trailer` of a commit. `given` is the reason, `what` the resource in words.
    """

    key: str
    given: str | None = None
    trailer: bool = False
    what: str = ""


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One thing to know, with what follows from it as `details`; on an `aside` nobody decides.

    `lasts` is a name of moments.json, from which `when` it is felt. `about` is a subject that it changes
    and whose section isn't its own.
    Text may hold `code` in backquotes and **bold**, and no other markup.
    """

    text: str
    risk: Risk = Risk.SAFE
    details: tuple[str, ...] = ()
    consents: tuple[Consent, ...] = ()
    aside: bool = False
    lasts: str = "from"
    when: str = ""
    about: str = ""


def read(name: str) -> Mapping[str, Any]:
    """Return a JSON file of this folder by its path without the ending."""
    found: Mapping[str, Any] = table(__file__, f"{name}.json")
    return found


_CONSEQUENCES = read("consequences")
DATA: Collection[str] = _CONSEQUENCES["data"]
"""Types that hold data, or the key to it."""
HARMLESS: Collection[str] = _CONSEQUENCES["harmless"]
"""CloudFormation makes the new one first, and nobody notices when the old one goes."""
REMOVED: Mapping[str, str] = _CONSEQUENCES["removed"]
"""What a removal stops. That an access entry goes is told with who loses which access."""
WEAKENED: Mapping[str, str] = _CONSEQUENCES["weakened"]
"""What fewer resources of a type protect less from."""
UNUSED: Collection[str] = _CONSEQUENCES["unused"]
"""Types whose removal is told elsewhere, or stops nothing: something else of the change does."""
WITH_OTHERS: Collection[str] = _CONSEQUENCES["with_others"]
"""Types that come with something else, of which other sentences tell."""
TOLD: Mapping[str, Collection[str]] = _CONSEQUENCES["told_elsewhere"]
"""Properties whose changes other sections put into words."""
ASIDES: Collection[str] = _CONSEQUENCES["asides"]
COMINGS_TOLD: Collection[str] = _CONSEQUENCES["comings_told_elsewhere"]
DETAILS: Mapping[str, str] = read("details")
SENTENCES: Mapping[str, tuple[Risk, str, str]] = {
    name: (Risk[risk], text, *(lasts or ["from"]))
    for name, (risk, text, *lasts) in read("sentences").items()
}
"""The sentences of a review, each with its usual risk, and how long it lasts if it ends."""


def capital(sentence: str) -> str:
    """Return a sentence that begins with a capital letter, where its first word may have one."""
    return sentence if sentence.startswith("vCPUs") else sentence[:1].upper() + sentence[1:]


def say(
    name: str,
    /,
    *,
    risk: Risk | None = None,
    lasts: str = "",
    details: Iterable[str] = (),
    consents: Iterable[Consent] = (),
    **values: object,
) -> Sentence:
    """Return a sentence of sentences.json with its values; `risk` is for one that depends on them.

    It and its details begin with a capital letter, whatever their values do.
    """
    usual, text, usually = SENTENCES[name]
    return Sentence(
        text=capital(text.format(**values)),
        risk=usual if risk is None else risk,
        aside=name in ASIDES,
        lasts=lasts or usually,
        details=tuple(map(capital, details)),
        consents=tuple(consents),
    )


@dataclass(frozen=True, kw_only=True)
class ObjectDiff:
    """How the YAML of a Kubernetes object changes.

    `lines` are those of a unified diff without its head.
    """

    kind: str
    name: str
    namespace: str
    change: Literal["added", "removed", "changed"]
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """All about one subject, the riskiest sentence first."""

    name: str
    title: str
    sentences: tuple[Sentence, ...] = ()
    tables: tuple[Table, ...] = ()
    diffs: tuple[ObjectDiff, ...] = ()

    @property
    def risk(self) -> Risk:
        """Return the worst risk of the section."""
        return max((sentence.risk for sentence in self.sentences), default=Risk.NOTHING)


class RawDiff(NamedTuple):
    """What `cdk diff` says of a stack, such as `Prod/Cluster`."""

    stack: str
    text: str


@dataclass(frozen=True, kw_only=True)
class EnvironmentReview:
    """What changes in one environment. `before` or `after` is None for one that comes or goes.

    `unchanged` are the subjects that were compared and are the same, `gone` the stacks that the code no longer has.
    """

    name: str
    before: Environment | None
    after: Environment | None
    sections: tuple[Section, ...] = ()
    raw: tuple[RawDiff, ...] = ()
    unchanged: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def sentences(self) -> Iterator[Sentence]:
        """Yield every sentence, in the order of the sections."""
        for section in self.sections:
            yield from section.sentences

    @property
    def refused(self) -> tuple[Sentence, ...]:
        """Return why it can't be deployed, if it can't: then nothing else is worth a decision."""
        return tuple(each for each in self.sentences if each.risk is Risk.REFUSED)

    @property
    def missing_consents(self) -> tuple[Consent, ...]:
        """Return what it needs consent for and doesn't carry it."""
        return tuple(x for each in self.sentences for x in each.consents if x.given is None)

    @property
    def risk(self) -> Risk:
        """Return the worst risk of the environment."""
        return max((section.risk for section in self.sections), default=Risk.NOTHING)

    @property
    def verdict(self) -> tuple[Risk, ...]:
        """Return the worst risk, and those below it that nobody may overlook."""
        loud = {each.risk for each in self.sentences if each.risk > Risk.INTERRUPTS}
        return tuple(sorted(loud, reverse=True)) if loud and not self.refused else (self.risk,)


@dataclass(frozen=True, kw_only=True)
class Review:
    """What changes between two assemblies.

    `notes` say what the comparison couldn't see. An environment of risk NOTHING is as it was.
    """

    base: str
    head: str
    environments: tuple[EnvironmentReview, ...]
    notes: tuple[str, ...] = ()

    @property
    def risk(self) -> Risk:
        """Return the worst risk of all environments."""
        return max((each.risk for each in self.environments), default=Risk.NOTHING)

    @property
    def changed(self) -> tuple[EnvironmentReview, ...]:
        """Return the environments in which something changes, the riskiest first."""
        found = [each for each in self.environments if each.risk is not Risk.NOTHING]
        return tuple(sorted(found, key=lambda each: (-each.risk, each.name)))

    @property
    def missing_consents(self) -> tuple[Consent, ...]:
        """Return what the change needs consent for and doesn't carry it."""
        return tuple(consent for each in self.environments for consent in each.missing_consents)
