"""The words that a field takes, by the name of its OpenAPI definition, per minor version."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_TABLE: Mapping[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))


@functools.cache
def of_definition(definition: str, minor: int) -> Mapping[str, tuple[str, Sequence[str]]]:
    """Return a definition's fields with words: `items` for a list's items or nothing, the words.

    A definition is named as in OpenAPI, without `io.k8s.api.`, such as `core.v1.PodSpec`.
    """
    found = {}
    for field, words in _TABLE["words"].get(definition, {}).items():
        name, _, place = field.partition(".")
        since = _TABLE["since"].get(f"{definition}.{name}", {})
        found[name] = (place, [word for word in words if since.get(word, 0) <= minor])
    return found
