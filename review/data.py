"""What the review knows and says as data: the JSON files of this folder.

Sources of consequences.json: EKS user guide and VPC user guide. What is lost for good is in
guardrails/step/stateful.json.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from review.model import Consent, Risk, Sentence


def read(name: str) -> Mapping[str, Any]:
    """Return a JSON file of this folder by its name without the ending."""
    found: Mapping[str, Any] = json.loads(
        Path(__file__).with_name(f"{name}.json").read_text("utf-8")
    )
    return found


_CONSEQUENCES = read("consequences")
HARMLESS: Collection[str] = _CONSEQUENCES["harmless"]
"""CloudFormation makes the new one first, and nobody notices when the old one goes."""
REPLACED: Mapping[str, str] = _CONSEQUENCES["replaced"]
"""What a replacement stops."""
REMOVED: Mapping[str, str] = _CONSEQUENCES["removed"]
"""What a removal stops. That an access entry goes is told with who loses which access."""
TOLD: Mapping[str, Collection[str]] = _CONSEQUENCES["told_elsewhere"]
"""Properties whose changes other sections put into words; `*` stands for all of them."""

DETAILS: Mapping[str, str] = read("details")
"""What is added to sentences."""
SENTENCES: Mapping[str, tuple[Risk, str]] = {
    name: (Risk[risk], text) for name, (risk, text) in read("sentences").items()
}
"""The sentences of a review, each with the risk that it usually has."""


def say(
    name: str,
    /,
    *,
    risk: Risk | None = None,
    details: Iterable[str] = (),
    consent: Consent | None = None,
    **values: object,
) -> Sentence:
    """Return a sentence of sentences.json with its values; `risk` is for one that depends on them."""
    usual, text = SENTENCES[name]
    return Sentence(
        text=text.format(**values),
        risk=usual if risk is None else risk,
        details=tuple(details),
        consent=consent,
    )
