"""What a scalar of YAML means: how a plain one is recognized, and its value."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from constructs_lib.specs.plain_values import LARGEST

TRUE = ("true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON")
FALSE = ("false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF")
NULL = ("", "~", "null", "Null", "NULL")

_INT = r"[-+]?(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|0|[1-9][0-9_]*)"
_FLOAT = r"[-+]?(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?"
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF|nan|NaN|NAN)")

PLAIN: Sequence[tuple[str, str, str | tuple[str, ...]]] = (
    ("null", "|".join(NULL), ("~", "n", "N", "")),
    ("bool", "|".join((*TRUE, *FALSE)), "yYnNtTfFoO"),
    ("int", _INT, "-+0123456789"),
    ("float", f"{_FLOAT}|{_NO_NUMBER.pattern}", "-+.0123456789"),
    ("merge", "<<", "<"),
)
"""The tag of a plain scalar, its pattern, and how it can begin."""


def _int(text: str) -> int:
    plain = text.replace("_", "").lower()
    sign, digits = ("-", plain[1:]) if plain[:1] == "-" else ("", plain.lstrip("+"))
    # 0644 is octal, as in YAML 1.1.
    is_old_octal = re.fullmatch(r"0[0-7]+", digits)
    return int(f"{sign}{'0o' if is_old_octal else ''}{digits}", 0)


def _float(text: str) -> float | int | str:
    value = float(text.replace("_", ""))
    if _NO_NUMBER.fullmatch(text):
        raise ValueError
    if value in (float("inf"), float("-inf")):
        return text
    return int(value) if value.is_integer() and abs(value) <= LARGEST else value


def _str(text: str) -> str:
    # JSON writes a character beyond U+FFFF as two escapes; half of one is no character.
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


def _bool(text: str) -> bool:
    if text not in (*TRUE, *FALSE):
        raise ValueError
    return text in TRUE


SCALARS: Mapping[str, Callable[[str], Any]] = {
    "str": _str,
    "merge": str,
    "null": lambda _: None,
    "bool": _bool,
    "int": _int,
    "float": _float,
    "binary": lambda text: base64.b64decode("".join(text.split()), validate=True).decode(),
}
