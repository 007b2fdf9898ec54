"""An environment against the one that was accepted last: what `make check` refuses.

The rules of a plain synth see one set of templates. These see two, and what the environment consents
to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assembly.environment import Environment
from guardrails.catalogue import STEP
from guardrails.run import findings
from guardrails.step.replacement import LOSS, consents, unused


def problems(environment: Environment, accepted: Mapping[str, str]) -> Iterator[str]:
    """Yield what stands against the step from the base, each with what follows and how to fix it.

    `accepted` are the environment's accepted_replacements.
    """
    for rule, finding in findings(environment, STEP):
        if rule.severity == "error" and not (rule.id == LOSS and consents(accepted, finding)):
            reason = f"{rule.reason} {finding.detail}".rstrip()
            yield (
                f"{rule.id}[{finding.value}] at {finding.resource.path}\n  {reason}\n"
                f"  fix: {finding.fix or rule.fix}"
            )
    for name in unused(accepted, environment):
        yield (
            f"accepted_replacements[{name!r}]: no change needs this consent any more, and it would "
            "cover the next one.\n  fix: remove it"
        )
