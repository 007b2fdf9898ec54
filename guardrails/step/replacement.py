"""Whether a change would replace or delete what loses something by it.

Without a base to compare with, as in a plain synth, these rules find nothing. Who means a replacement
names it in the environment's accepted_replacements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from guardrails.step.change import GONE, Change, Node
from guardrails.step.changes import changes
from guardrails.environment import CHART, Environment, Resource
from guardrails.rule import Finding, Rule
from guardrails.step.stateful import STATEFUL_TYPES

FAMILY = "Replacement"
LOSS = "REPLACE1"
"""The id of the rule whose findings an environment may consent to; the others are impossible."""
HOW_TO_CONSENT = (
    "Put the old value or construct id back. If it is meant, follow docs/stateful-resources.md and add "
    'to the environment accepted_replacements={{"{path}": "why, and what was done before"}}.'
)


def changes_of(environment: Environment) -> list[Change]:
    """Return what becomes of each resource since the templates that were accepted last."""
    if environment.base is None:
        return []
    before, after = (
        {path: stack.template for path, stack in item.stacks.items()}
        for item in (environment.base, environment)
    )
    return changes(before, after)


def consents(accepted: Mapping[str, str], finding: Finding) -> bool:
    """Tell whether an environment accepts a loss, by construct path or by logical id."""
    resource = finding.resource
    return resource.path in accepted or resource.logical_id in accepted


def unused(accepted: Mapping[str, str], environment: Environment) -> list[str]:
    """Return the consents that no change needs any more, as soon as there are changes.

    A consent has done its work when it is merged, and would cover the next replacement as well.
    """
    found = changes_of(environment)
    needed = {
        name
        for change in found
        if change.effect in GONE
        for name in (change.path, change.logical_id)
    }
    return sorted(accepted.keys() - needed) if found else []


def losses(changes: Sequence[Change]) -> Iterator[Change]:
    """Yield the losses of stateful resources, each with all that follows as one.

    A VPC takes its subnets with it; who consents to the one consents to the other.
    """
    by_node = {change.node: change for change in changes}
    for change in changes:
        if change.effect in ("deleted", "replaced") and change.kind in STATEFUL_TYPES:
            causes = (by_node[node].kind for node in _causes(change, by_node))
            if not any(kind in STATEFUL_TYPES for kind in causes):
                yield change


def _causes(change: Change, by_node: Mapping[Node, Change]) -> set[Node]:
    """Return all whose own change is the reason, directly or over others."""
    found: set[Node] = set()
    queue = list(change.leaders)
    while queue:
        node = queue.pop()
        if node not in found:
            found.add(node)
            queue += by_node[node].leaders
    return found


def _lost(environment: Environment) -> Iterator[Finding]:
    for change in losses(changes_of(environment)):
        yield _finding(
            environment,
            change,
            detail=f"{change.path} ({change.kind}) is {change.effect}{_by(change)}. What follows: "
            f"{STATEFUL_TYPES[change.kind]}.",
            mend=HOW_TO_CONSENT.format(path=change.path),
        )


def _impossible(environment: Environment) -> Iterator[Finding]:
    for change in changes_of(environment):
        if change.effect in ("replaced with a fixed name", "refused"):
            yield _finding(
                environment, change, detail=f"{change.path} ({change.kind}){_by(change)}."
            )


def _moved(environment: Environment) -> Iterator[Finding]:
    if environment.base is None:
        return
    before = dict(_applied(environment.base))
    old, new = set(environment.base.all_resources), set(environment.all_resources)
    for thing, resource in _applied(environment):
        holder = before.get(thing, resource)
        # Between two manifests that both stay, kubectl takes it over.
        if holder != resource and not (resource in old and holder in new):
            yield Finding(
                resource=resource,
                value=thing,
                location="Properties",
                detail=f"{holder.path} ({holder.logical_id}) has it so far.",
            )


def _applied(environment: Environment) -> Iterator[tuple[str, Resource]]:
    """Yield what the kubectl handler makes in the cluster, with the resource that asks for it."""
    for item in environment.kubernetes_objects():
        group = str(item.content.get("apiVersion", "")).rpartition("/")[0]
        kind = f"{item.kind}.{group}".rstrip(".")
        yield " ".join((kind, f"{item.namespace}/{item.name}".lstrip("/"))), item.resource
    for chart in environment.resources(CHART):
        name = f"{chart.properties.get('Namespace')}/{chart.properties.get('Release')}"
        yield f"chart {name}", chart


def _by(change: Change) -> str:
    properties = f" by {', '.join(change.properties)}" if change.properties else ""
    return f"{properties}: {change.because}"


def _finding(environment: Environment, change: Change, *, detail: str, mend: str = "") -> Finding:
    source = environment.base if change.effect == "deleted" else environment
    stack = source.stacks[change.stack] if source else environment.stacks[change.stack]
    body = stack.template["Resources"][change.logical_id]
    return Finding(
        resource=Resource(
            stack=change.stack, logical_id=change.logical_id, kind=change.kind, body=body
        ),
        value=": ".join((change.effect, *change.properties[:1])),
        location="/".join(("Properties", *change.properties[:1])),
        detail=detail,
        mend=mend,
    )


RULES = (
    Rule(
        id=LOSS,
        family=FAMILY,
        reason="A deploy would delete or replace a resource that loses something by it.",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
        "using-cfn-updating-stacks-update-behaviors.html",
        mend="Put the old value or construct id back, or consent in accepted_replacements.",
        check=_lost,
    ),
    Rule(
        id="REPLACE2",
        family=FAMILY,
        reason="CloudFormation can't make this change: it creates the new resource before it deletes "
        "the old one, and AWS refuses a second one of the same name; and no resource changes its "
        "type.",
        source="https://github.com/aws/aws-cdk/issues/26931",
        mend="Give the new resource another name or none, or put the old value or construct id back. "
        "For a cluster build a second one: docs/stateful-resources.md.",
        check=_impossible,
    ),
    Rule(
        id="REPLACE3",
        family=FAMILY,
        reason="A Kubernetes object or a chart moves to another resource of the templates. The new "
        "one fails, because the object exists; or it takes over, and the deletion of the old one then "
        "deletes the object from the cluster.",
        source="https://github.com/aws/aws-cdk/issues/33406",
        mend="Put the construct id back; or remove the object in one deploy and add it in the next.",
        check=_moved,
    ),
)
