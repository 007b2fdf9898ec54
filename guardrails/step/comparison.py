"""An environment against the one that was accepted last: what `make check` refuses.

The rules of a plain synth see one set of templates. These see two, and what the environment consents
to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from assembly.environment import Environment
from assembly.worlds import worlds
from guardrails.step.replacement import LOSS, REPLACEMENT, consents, unused
from guardrails.step.upgrades import UPGRADES

RULES = (*UPGRADES.rules, *REPLACEMENT.rules)
"""The rules that need a base."""


def problems(environment: Environment, accepted: Mapping[str, str]) -> Iterator[str]:
    """Yield what stands against the step from the base, each with what follows and how to fix it.

    `accepted` are the environment's accepted_replacements. What a deploy decides is the same before
    and after it.
    """
    found: dict[str, None] = {}
    for world in worlds(environment):
        base = world.base and replace(world.base, assumed=world.assumed)
        found |= dict.fromkeys(_refused(replace(world, base=base), accepted))
    yield from found
    for name in unused(accepted, environment):
        yield (
            f"accepted_replacements[{name!r}]: no change needs this consent any more, and it would "
            "cover the next one.\n  fix: remove it"
        )


def _refused(environment: Environment, accepted: Mapping[str, str]) -> Iterator[str]:
    for rule in RULES:
        for finding in rule.check(environment) if rule.severity == "error" else ():
            if rule.id == LOSS and consents(accepted, finding):
                continue
            yield "\n".join(
                (
                    f"{rule.id}[{finding.value}] at {finding.resource.path}",
                    f"  {rule.reason} {finding.detail}".rstrip(),
                    f"  fix: {finding.fix or rule.fix}",
                )
            )
