"""Print the catalogue of the guardrails, or the rules that match words; `--markdown` for a page.

`python -m commands.rules [--markdown] [KUBE13 | access | probe …]`
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from commands import start
from guardrails.catalogue import RULES
from guardrails.rule import Rule
from guardrails.texts import as_markdown, as_text


def main(arguments: Sequence[str]) -> int:
    """Print the rules."""
    words = [each.lower() for each in arguments if not each.startswith("--")]
    rules = [rule for rule in RULES if not words or any(_is_named(rule, word) for word in words)]
    if not rules:
        ids = ", ".join(dict.fromkeys(rule.id.rstrip("0123456789") for rule in RULES))
        told = f"No rule matches {' or '.join(words)}. Their ids begin with {ids}."
        print(told, file=sys.stderr)
        return 1
    print((as_markdown if "--markdown" in arguments else as_text)(rules), end="")
    if "--markdown" not in arguments:
        print(
            f"\n{len(rules)} of {len(RULES)} rules. `make rules ARGS=KUBE13` or ARGS=probe filters them."
        )
    return 0


def _is_named(rule: Rule, word: str) -> bool:
    """Tell whether a word is a rule's id, the beginning of several, or in its text."""
    if any(each.id.lower() == word for each in RULES):
        return rule.id.lower() == word
    return word in f"{rule.id} {rule.family} {rule.reason} {rule.fix}".lower()


if __name__ == "__main__":
    start(lambda: main(sys.argv[1:]))
