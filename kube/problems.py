"""What is wrong with a field of a Kubernetes object, in the words of the API server."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

REASONS = {
    "FieldValueInvalid": "Invalid value",
    "FieldValueTypeInvalid": "Invalid value",
    "FieldValueRequired": "Required value",
    "FieldValueNotSupported": "Unsupported value",
    "FieldValueDuplicate": "Duplicate value",
    "FieldValueForbidden": "Forbidden",
    "FieldValueNotFound": "Not found",
    "FieldValueTooLong": "Too long",
}
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
        parts = [REASONS.get(self.reason, self.reason)]
        if self.reason not in _WITHOUT_VALUE:
            parts.append(_as_json(self.value))
        if self.detail:
            parts.append(self.detail)
        return ": ".join(parts)

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


def invalid(field: str, value: object, detail: str) -> Problem:
    """Return a problem of a value that the field doesn't take."""
    return Problem(field=field, value=value, detail=detail)


def wrong_type(field: str, value: object, detail: str) -> Problem:
    """Return a problem of a value of another JSON type."""
    return Problem(field=field, value=value, detail=detail, reason="FieldValueTypeInvalid")


def required(field: str, detail: str = "") -> Problem:
    """Return a problem of a field that isn't there or is empty."""
    return Problem(field=field, detail=detail, reason="FieldValueRequired")


def not_supported(field: str, value: object, supported: Iterable[str]) -> Problem:
    """Return a problem of a word that isn't one of the supported ones."""
    words = ", ".join(_as_json(word) for word in supported)
    reason = "FieldValueNotSupported"
    return Problem(field=field, value=value, detail=f"supported values: {words}", reason=reason)


def duplicate(field: str, value: object) -> Problem:
    """Return a problem of a value that stands there twice."""
    return Problem(field=field, value=value, reason="FieldValueDuplicate")


def forbidden(field: str, detail: str, value: object = None) -> Problem:
    """Return a problem of a field that may not be set here."""
    return Problem(field=field, value=value, detail=detail, reason="FieldValueForbidden")


def not_found(field: str, value: object) -> Problem:
    """Return a problem of a reference to something that isn't there."""
    return Problem(field=field, value=value, reason="FieldValueNotFound")


def too_long(field: str, limit: int) -> Problem:
    """Return a problem of a value that has more bytes than the field takes."""
    detail = f"may not be more than {limit} bytes"
    return Problem(field=field, detail=detail, reason="FieldValueTooLong")


def _as_json(value: object) -> str:
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    except (TypeError, ValueError):
        return str(value)
