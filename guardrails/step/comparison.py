"""An environment against the one that was accepted last: what `make check` refuses.

The rules of a plain synth see one set of templates. These see two, and what the environment consents
to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from guardrails import replacement, upgrades
from guardrails.environment import Environment
from guardrails.rule import Rule

RULES: tuple[Rule, ...] = (*upgrades.RULES, *replacement.RULES)
"""The rules that need a base."""


def problems(environment: Environment, accepted: Mapping[str, str]) -> Iterator[str]:
    """Yield what stands against the step from the base, each with what follows and how to mend it.

    `accepted` are the environment's accepted_replacements.
    """
    for rule in RULES:
        if rule.severity != "error":
            continue
        for finding in rule.check(environment):
            if rule.id == replacement.LOSS and replacement.consents(accepted, finding):
                continue
            yield "\n".join(
                (
                    f"{rule.id}[{finding.value}] at {finding.resource.path}",
                    f"  {rule.reason} {finding.detail}".rstrip(),
                    f"  mend: {finding.mend or rule.mend}",
                )
            )
    for name in replacement.unused(accepted, environment):
        yield (
            f"accepted_replacements[{name!r}]: no change needs this consent any more, and it would "
            "cover the next one.\n  mend: remove it"
        )
