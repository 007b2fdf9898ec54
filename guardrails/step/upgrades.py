"""Whether the step from the accepted templates to these is one that EKS takes.

Without a base to compare with, as in a plain synth, these rules find nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from assembly.environment import Environment
from assembly.kinds import CLUSTER
from guardrails.rule import Finding, rule
from guardrails.support_calendar import minor_of


@rule("VERSION7")
def leaps(environment: Environment) -> Iterator[Finding]:
    """Yield the clusters that go up by several minors."""
    fix = "Set cluster.kubernetes_version to 1.{next}, deploy, then go on (docs/upgrade.md)."
    return _steps(environment, lambda minors: minors > 1, fix)


@rule("VERSION8")
def falls(environment: Environment) -> Iterator[Finding]:
    """Yield the clusters that go down by several minors."""
    fix = "Keep 1.{before}; a rollback within seven days goes to 1.{last} and no further (docs/upgrade.md)."
    return _steps(environment, lambda minors: minors < -1, fix)


@rule("VERSION9")
def rollbacks(environment: Environment) -> Iterator[Finding]:
    """Yield the clusters that go down by one minor."""
    return _steps(environment, lambda minors: minors == -1)


def _steps(
    environment: Environment, judged: Callable[[int], bool], fix: str = ""
) -> Iterator[Finding]:
    """Yield the clusters that move by a number of minors that is judged."""
    if environment.base is None:
        return
    for cluster in environment.resources(CLUSTER):
        earlier = environment.base.by_node.get(cluster.node)
        before = minor_of(earlier.properties.get("Version")) if earlier else None
        after = minor_of(cluster.properties.get("Version"))
        if before is not None and after is not None and judged(after - before):
            yield Finding(
                resource=cluster,
                value=f"1.{before} to 1.{after}",
                location="Properties/Version",
                fix=fix.format(before=before, next=before + 1, last=before - 1),
            )
