"""What the page of a review shows of an environment: what differs is open, the rest is folded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from review.model import EnvironmentReview, Risk, Section, Sentence, Table
from review.pictures.gallery import Picture


@dataclass(frozen=True, kw_only=True)
class Said:
    """A sentence, and the subject that it belongs to."""

    subject: str
    sentence: Sentence


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An environment and its pictures."""

    review: EnvironmentReview
    pictures: tuple[Picture, ...]

    @property
    def counts(self) -> tuple[tuple[Risk, int], ...]:
        """Return how many sentences are of each risk, the worst first."""
        found = Counter(sentence.risk for sentence in self.review.sentences)
        return tuple(sorted(found.items(), reverse=True))

    @property
    def said(self) -> tuple[Said, ...]:
        """Return every sentence, the riskiest first, whatever section it is of."""
        found = (
            Said(subject=section.title, sentence=sentence)
            for section in self.review.sections
            for sentence in section.sentences
        )
        return tuple(sorted(found, key=lambda each: -each.sentence.risk))

    @property
    def differing_pictures(self) -> tuple[Picture, ...]:
        """Return the pictures that a change shows in."""
        return tuple(each for each in self.pictures if each.changed)

    @property
    def same_pictures(self) -> tuple[Picture, ...]:
        """Return the pictures that stay as they are."""
        return tuple(each for each in self.pictures if not each.changed)

    @property
    def subjects(self) -> tuple[Section, ...]:
        """Return the sections that have something to look at, with the tables that differ."""
        found = (
            replace(section, tables=tuple(each for each in section.tables if each.changed))
            for section in self.review.sections
        )
        return tuple(each for each in found if each.tables or each.diffs)

    @property
    def same_tables(self) -> tuple[Table, ...]:
        """Return the tables in which nothing differs."""
        return tuple(
            table
            for section in self.review.sections
            for table in section.tables
            if not table.changed
        )
