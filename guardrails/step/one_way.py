"""What AWS refuses to change in place, and what a change leaves behind in the cluster.

one_way.json has the properties that stay as they were made, each with its default, or once they are set,
those that only go forward, each with its steps, by type and for all (*), and the kinds that kubectl prunes
(kubernetes/kubectl, pkg/util/prune).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assembly.environment import Environment
from assembly.references import Reference, references
from guardrails.rule import Finding, breach, found, rule
from guardrails.step.change import GONE, kept_objects, values_at
from guardrails.step.lost_objects import gone_things, is_unread, lost_namespaces, prunes
from guardrails.step.replacement import changes_of, kept
from kube.immutability import problems
from kube.values import items, known, table

_TABLE: Mapping[str, Any] = table(__file__)


@rule("REPLACE7")
def fixed(environment: Environment) -> Iterator[Finding]:
    """Yield what AWS doesn't change in place; the value of each begins with its path."""
    gone = {change.node for change in changes_of(environment) if change.effect in GONE}
    for was, now in kept(environment):
        own = _TABLE["refused"].get(now.kind, {})
        for path, said in {**own, **_TABLE["refused"]["*"]}.items():
            steps = items(said)
            default = None if steps or said == "once" else said
            old, new = (next(iter(values_at(it.properties, path)), default) for it in (was, now))
            if now.node in gone or not all(
                known(each) or isinstance(each, Reference) for each in (old, new)
            ):
                continue
            taken = [steps.index(each) for each in (old, new) if each in steps]
            if said == "once" and (old is None or new is None):
                continue
            back = not steps or taken != sorted(taken)
            leads_to_gone = not gone.isdisjoint(each.node for each in references(old))
            if (old != new and back) or leads_to_gone:
                value = f"{path}: {old} to {new}"
                yield breach(now, path, value, f"{now.path} ({now.kind}) was made otherwise.")


@rule("REPLACE5")
def _unchangeable(environment: Environment) -> Iterator[Finding]:
    for was, item in kept_objects(environment):
        for problem in problems(was.content, item.content):
            yield found(item, problem.field, f"{problem}.")


@rule("REPLACE9")
def _left(environment: Environment) -> Iterator[Finding]:
    for (cluster, thing), was in gone_things(environment):
        holder = environment.by_node.get(was.node)
        if holder is None or holder.type != was.type:
            continue
        kind, _, name = thing.partition(" ")
        # What is in a namespace goes with it.
        goes = (cluster, name.rpartition("/")[0]) in lost_namespaces(environment)
        pruned = kind.partition(".")[0] in _TABLE["pruned"] and prunes(was, holder)
        if not goes and not pruned and not is_unread(holder) and known(thing):
            detail = f"{holder.path} stays, and nothing removes {thing} from the cluster."
            yield breach(holder, "", thing, detail)
