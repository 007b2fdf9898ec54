"""Words that are nearly right."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from kube.values import known


def nearest(word: str, words: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the one of some words that is most like a word, empty where none is or it isn't known."""
    return next(iter(get_close_matches(word, [*words], 1, cutoff)), "") if known(word) else ""
