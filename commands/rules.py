"""Print the catalogue of the guardrails; `--markdown` prints docs/guardrails.md.

`python -m commands.rules [--markdown]`
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from guardrails.catalogue import RULES
from guardrails.texts import as_markdown, as_text


def main(arguments: Sequence[str]) -> None:
    """Print every rule."""
    print((as_markdown if "--markdown" in arguments else as_text)(RULES), end="")


if __name__ == "__main__":
    main(sys.argv[1:])
