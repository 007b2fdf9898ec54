"""Changes that CloudFormation, EKS or the API server of a cluster refuses in the middle of a deploy.

Without a base to compare with, as in a plain synth, these rules find nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import CLUSTER
from assembly.kubernetes_object import KubernetesObject
from assembly.links import cluster_key
from assembly.order import named_in
from assembly.references import references
from guardrails.rule import Finding, rule
from guardrails.run import anywhere
from guardrails.step.change import GONE
from guardrails.step.replacement import changes_of
from guardrails.support_calendar import minor_of
from kube.immutability import problems


def importers(environment: Environment) -> Mapping[str, list[str]]:
    """Return the stacks that import each export, by its name."""
    return grouped(
        (name, path)
        for path, scope in environment.scopes.items()
        for name in sorted(named_in(scope.stack.section("Resources"), scope)[1])
        if name in environment.exports
    )


@rule("REPLACE4")
def given_up(environment: Environment) -> Iterator[Finding]:
    """Yield the exports that go or get another value.

    CloudFormation updates the exporting stack first, while the importing one is as it was.
    """
    base = environment.base
    if base is None:
        return
    gone = {change.node for change in changes_of(environment) if change.effect in GONE}
    for name, paths in importers(base).items():
        exporter = base.exports[name][0]
        was, now = base.exported(name, ""), environment.exported(name, "")
        before, after = ({each.node for each in references(value)} for value in (was, now))
        same = before == after and not before & gone if before else was == now
        if exporter in environment.stacks and not same:
            how = "no longer exports" if now is None else "exports another value under"
            yield Finding(
                resource=base.target(was) or anywhere(base, exporter),
                value=name,
                location="Outputs",
                detail=f"{exporter} {how} this name, which {' and '.join(paths)} imports so far.",
            )


@rule("REPLACE5")
def unchangeable(environment: Environment) -> Iterator[Finding]:
    """Yield the fields that may not change."""
    if environment.base is None:
        return
    base = environment.base
    before = {_place(base, item): item for item in base.kubernetes_objects()}
    for item in environment.kubernetes_objects():
        was = before.get(_place(environment, item))
        for problem in problems(was.content, item.content) if was else ():
            yield Finding(
                resource=item.resource,
                value=f"{item.kind}/{item.name} {problem.field}",
                location="Properties/Manifest",
                detail=f"{problem}.",
            )


def _place(environment: Environment, item: KubernetesObject) -> object:
    return cluster_key(environment, item.resource), item.key


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
