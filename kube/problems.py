"""Problems of a field of a Kubernetes object, with the messages of the API server."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from kube.values import table

REASONS: Mapping[str, str] = table(__file__)
"""Kubernetes' reasons, and what each puts in front of its message."""
_WITHOUT_VALUE = ("FieldValueRequired", "FieldValueForbidden", "FieldValueTooLong")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One wrong field: its path, what stands there, Kubernetes' reason, and what is allowed."""

    field: str
    value: object = None
    reason: str = "FieldValueInvalid"
    detail: str = ""

    @property
    def message(self) -> str:
        """Return the words of the API server, without the field's path."""
        value = () if self.reason in _WITHOUT_VALUE else (_as_json(self.value),)
        parts = (REASONS.get(self.reason, self.reason), *value, self.detail)
        return ": ".join(part for part in parts if part)

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


def invalid(field: str, value: object, detail: str, *, reason: str = "Invalid") -> Problem:
    """Return a problem of a value that the field doesn't take."""
    return Problem(field=field, value=value, detail=detail, reason=f"FieldValue{reason}")


wrong_type = partial(invalid, reason="TypeInvalid")
"""A problem of a value of another JSON type."""
duplicate = partial(invalid, detail="", reason="Duplicate")
"""A problem of a value that stands there twice."""


def required(field: str, detail: str = "") -> Problem:
    """Return a problem of a field that isn't there or is empty."""
    return invalid(field, None, detail, reason="Required")


def not_supported(field: str, value: object, supported: Iterable[str]) -> Problem:
    """Return a problem of a word that isn't one of the supported ones."""
    words = ", ".join(map(_as_json, supported))
    return invalid(field, value, f"supported values: {words}", reason="NotSupported")


def forbidden(field: str, detail: str, value: object = None) -> Problem:
    """Return a problem of a field that may not be set here."""
    return invalid(field, value, detail, reason="Forbidden")


def too_long(field: str, limit: int) -> Problem:
    """Return a problem of a value that has more bytes than the field takes."""
    return invalid(field, None, f"may not be more than {limit} bytes", reason="TooLong")


def _as_json(value: object) -> str:
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    except (TypeError, ValueError):
        return str(value)
