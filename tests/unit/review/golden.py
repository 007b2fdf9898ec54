"""What a golden review is asked: its truth, written down before the text is made."""

from __future__ import annotations

from dataclasses import dataclass

from review.model import Risk


@dataclass(frozen=True, kw_only=True)
class Case:
    """A change: the verdict, patterns of which each must match a sentence, and the consents.

    `details` match what stands below them, `never` matches nothing, and `folded` only what stands below
    the folds. `count` is the number of sentences where that is the point.
    """

    name: str
    risk: Risk
    says: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    never: str = "NEVER"
    folded: tuple[str, ...] = ()
    consents: int = 0
    count: int | None = None
