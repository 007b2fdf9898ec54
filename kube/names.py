"""What names, labels, keys and paths may look like, in Kubernetes' words.

`names.json` has the forms: each a list of patterns, with the words for what doesn't match.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

_FORMS: Mapping[str, Sequence[tuple[re.Pattern[str], str]]] = {
    form: [(re.compile(pattern, re.DOTALL), words) for pattern, words in rows]
    for form, rows in json.loads(Path(__file__).with_suffix(".json").read_text("utf-8")).items()
}
FORMS = frozenset(_FORMS)
"""The forms there are, such as dnsLabel, subdomain, qualified, labelValue or configKey."""


@functools.lru_cache(maxsize=4096)
def wrong(form: str, text: str) -> Sequence[str]:
    """Return what is wrong with a text of a form, nothing where all is well."""
    return [words for pattern, words in _FORMS[form] if not pattern.fullmatch(text)]
