"""Whether a change would replace or delete what loses something by it.

Without a base to compare with, as in a plain synth, these rules find nothing. Who means a replacement
names it in the environment's accepted_replacements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import CHART
from assembly.links import cluster_key
from assembly.order import closure
from assembly.resource import Resource
from assembly.worlds import worlds
from guardrails.rule import Finding, rule
from guardrails.step.change import GONE, STATEFUL_TYPES, Change
from guardrails.step.changes import changes
from kube.values import text

LOSS = "REPLACE1"
"""The id of the rule whose findings an environment may consent to; the others are impossible."""
HOW_TO_CONSENT = (
    "Put the old value or construct id back. If it is meant, follow docs/stateful-resources.md and add "
    'to the environment accepted_replacements={{"{path}": "why, and what was done before"}}.'
)


@indexed
def changes_of(environment: Environment) -> Sequence[Change]:
    """Return what becomes of each resource since the templates that were accepted last."""
    return [] if environment.base is None else changes(environment.base, environment)


def consents(accepted: Mapping[str, str], finding: Finding) -> bool:
    """Tell whether an environment accepts a loss, by construct path or by logical id."""
    resource = finding.resource
    return resource.path in accepted or resource.logical_id in accepted


def unused(accepted: Mapping[str, str], environment: Environment) -> list[str]:
    """Return the consents that no change needs any more, as soon as there are changes.

    A consent has done its work when it is merged, and would cover the next replacement as well.
    """
    found = [change for world in worlds(environment) for change in changes_of(world)]
    gone = [change for change in found if change.effect in GONE]
    needed = {name for change in gone for name in (change.path, change.resource.logical_id)}
    return sorted(accepted.keys() - needed) if found else []


def losses(changes: Sequence[Change]) -> Iterator[Change]:
    """Yield the losses of stateful resources, each with all that follows as one.

    A VPC takes its subnets with it; who consents to the one consents to the other.
    """
    leaders = {change.node: change.leaders for change in changes}
    stateful = {change.node for change in changes if change.kind in STATEFUL_TYPES}
    for change in changes:
        # All whose own change is the reason, directly or over others.
        causes = closure(change.node, leaders)
        is_lost = change.effect in ("deleted", "replaced") and change.node in stateful
        if is_lost and stateful.isdisjoint(causes):
            yield change


@rule(LOSS)
def lost(environment: Environment) -> Iterator[Finding]:
    """Yield what loses something by its change."""
    for change in losses(changes_of(environment)):
        effect = f"{change.path} ({change.kind}) is {change.effect}{_by(change)}"
        detail = f"{effect}. What follows: {STATEFUL_TYPES[change.kind]}."
        yield _finding(change, detail, HOW_TO_CONSENT.format(path=change.path))


@rule("REPLACE2")
def impossible(environment: Environment) -> Iterator[Finding]:
    """Yield what meets its own name, or changes its type."""
    for change in changes_of(environment):
        if change.effect in ("replaced with a fixed name", "refused"):
            yield _finding(change, f"{change.path} ({change.kind}){_by(change)}.")


@rule("REPLACE3")
def moved(environment: Environment) -> Iterator[Finding]:
    """Yield what another resource has so far that doesn't stay, or in one that is new."""
    if environment.base is None:
        return
    before = {key: holder for key, _, holder in _applied(environment.base)}
    old, new = environment.base.by_node, environment.by_node
    for key, thing, resource in _applied(environment):
        holder = before.get(key, resource)
        # Between two manifests that both stay, kubectl takes it over.
        if holder != resource and not (resource.node in old and holder.node in new):
            detail = f"{holder.path} ({holder.logical_id}) has it so far."
            yield Finding(resource=resource, value=thing, location="Properties", detail=detail)


def _applied(environment: Environment) -> Iterator[tuple[object, str, Resource]]:
    """Yield what the kubectl handler makes in a cluster, by the cluster and in words.

    The resource that asks for it comes with it.
    """
    for item in environment.kubernetes_objects():
        kind = f"{item.kind}.{item.group}".rstrip(".")
        thing = f"{kind} {f'{item.namespace}/{item.name}'.lstrip('/')}"
        yield (cluster_key(environment, item.resource), thing), thing, item.resource
    for chart in environment.resources(CHART):
        thing = f"chart {text(chart.properties, 'Namespace')}/{text(chart.properties, 'Release')}"
        yield (cluster_key(environment, chart), thing), thing, chart


def _by(change: Change) -> str:
    properties = f" by {', '.join(change.properties)}" if change.properties else ""
    return f"{properties}: {change.because}"


def _finding(change: Change, detail: str, fix: str = "") -> Finding:
    return Finding(
        resource=change.resource,
        value=": ".join((change.effect, *change.properties[:1])),
        location="/".join(("Properties", *change.properties[:1])),
        detail=detail,
        fix=fix,
    )
