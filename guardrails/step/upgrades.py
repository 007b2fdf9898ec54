"""Whether the step from the accepted templates to these is one that EKS takes.

Without a base to compare with, as in a plain synth, these rules find nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kinds import CLUSTER
from assembly.resource import Resource
from guardrails.rule import Finding, rule
from guardrails.support_calendar import minor_of


@rule("VERSION7")
def leaps(environment: Environment) -> Iterator[Finding]:
    """Yield the clusters that go up by several minors."""
    fix = "Set cluster.kubernetes_version to 1.{}, deploy, then go on (docs/upgrade.md)."
    for cluster, before, after in _steps(environment):
        if after > before + 1:
            yield _finding(cluster, before, after, fix.format(before + 1))


@rule("VERSION8")
def falls(environment: Environment) -> Iterator[Finding]:
    """Yield the clusters that go down by several minors."""
    fix = "Keep 1.{}; a rollback within seven days goes to 1.{} and no further (docs/upgrade.md)."
    for cluster, before, after in _steps(environment):
        if after < before - 1:
            yield _finding(cluster, before, after, fix.format(before, before - 1))


@rule("VERSION9")
def rollbacks(environment: Environment) -> Iterator[Finding]:
    """Yield the clusters that go down by one minor."""
    for cluster, before, after in _steps(environment):
        if after == before - 1:
            yield _finding(cluster, before, after)


def _steps(environment: Environment) -> Iterator[tuple[Resource, int, int]]:
    """Yield each cluster with the minors between which it moves."""
    if environment.base is None:
        return
    for cluster in environment.resources(CLUSTER):
        earlier = environment.base.by_node.get(cluster.node)
        before = minor_of(earlier.properties.get("Version")) if earlier else None
        after = minor_of(cluster.properties.get("Version"))
        if before is not None and after is not None:
            yield cluster, before, after


def _finding(cluster: Resource, before: int, after: int, fix: str = "") -> Finding:
    value = f"1.{before} to 1.{after}"
    return Finding(resource=cluster, value=value, location="Properties/Version", fix=fix)
