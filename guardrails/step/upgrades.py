"""Whether the step from the accepted templates to these is one that EKS takes.

Without a base to compare with, as in a plain synth, these rules find nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.environment import Environment, Resource
from guardrails.rule import Finding, Rule
from guardrails.support_calendar import minor_of
from guardrails.targets import CLUSTER
from guardrails.versions import FAMILY


def _leaps(environment: Environment) -> Iterator[Finding]:
    for cluster, before, after in _steps(environment):
        if after > before + 1:
            yield Finding(
                resource=cluster,
                value=f"1.{before} to 1.{after}",
                location="Properties/Version",
                mend=f"Set cluster.kubernetes_version to 1.{before + 1}, deploy, then go on "
                "(docs/upgrade.md).",
            )


def _falls(environment: Environment) -> Iterator[Finding]:
    for cluster, before, after in _steps(environment):
        if after < before - 1:
            yield Finding(
                resource=cluster,
                value=f"1.{before} to 1.{after}",
                location="Properties/Version",
                mend=f"Keep 1.{before}; a rollback within seven days goes to 1.{before - 1} and no "
                "further (docs/upgrade.md).",
            )


def _rollbacks(environment: Environment) -> Iterator[Finding]:
    for cluster, before, after in _steps(environment):
        if after == before - 1:
            yield Finding(
                resource=cluster, value=f"1.{before} to 1.{after}", location="Properties/Version"
            )


def _steps(environment: Environment) -> Iterator[tuple[Resource, int, int]]:
    if environment.base is None:
        return
    earlier = {
        (cluster.stack, cluster.logical_id): minor_of(cluster.properties.get("Version"))
        for cluster in environment.base.resources(CLUSTER)
    }
    for cluster in environment.resources(CLUSTER):
        before = earlier.get((cluster.stack, cluster.logical_id))
        after = minor_of(cluster.properties.get("Version"))
        if before is not None and after is not None:
            yield cluster, before, after


RULES = (
    Rule(
        id="VERSION7",
        family=FAMILY,
        reason="EKS upgrades a control plane by one minor at a time and refuses a leap.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html",
        mend="Raise cluster.kubernetes_version by one minor.",
        check=_leaps,
    ),
    Rule(
        id="VERSION8",
        family=FAMILY,
        reason="EKS takes a control plane back by one minor at most.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/rollback-cluster.html",
        mend="Keep the version.",
        check=_falls,
    ),
    Rule(
        id="VERSION9",
        family=FAMILY,
        severity="warning",
        reason="EKS takes a control plane back only within seven days of its upgrade, and only after "
        "the nodes: they must never be ahead of it.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/rollback-cluster.html",
        mend="Roll nodes and control plane back as docs/upgrade.md says, then deploy this.",
        check=_rollbacks,
    ),
)
