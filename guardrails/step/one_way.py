"""What AWS refuses to change in place, and what a change leaves behind in the cluster.

one_way.json has the properties that stay as they were made, each with its default, or once they are set,
those that only go forward, each with its steps, by type and for all (*), sizes and versions that never get
smaller, what a new major version needs, the indexes of which one comes or goes in an update, and the kinds
that kubectl prunes (kubernetes/kubectl, pkg/util/prune).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from assembly.environment import Environment
from assembly.references import Reference, references
from assembly.resource import Resource
from guardrails.rule import Finding, breach, found, rule
from guardrails.step.change import GONE, kept_objects, values_at
from guardrails.step.lost_objects import gone_things, is_unread, lost_namespaces, prunes
from guardrails.step.replacement import changes_of, kept
from kube.immutability import problems
from kube.values import dicts, flag, items, known, mapping, table, text

_TABLE: Mapping[str, Any] = table(__file__)
MADE = "was made otherwise"
INDEX = ("IndexName", "KeySchema", "Projection")


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
                yield breach(now, path, value, f"{now.path} ({now.kind}) {MADE}.")
        for path, value, says in () if now.node in gone else _backward(was, now):
            yield breach(now, path, f"{path}: {value}", f"{now.path} ({now.kind}) {says}.")


def _backward(was: Resource, now: Resource) -> Iterator[tuple[str, str, str]]:
    """Yield the path, the values and why, of what a resource that stays can't become."""
    sides = [mapping(each.properties) for each in (was, now)]
    for path, says in _TABLE["forward"].get(now.kind, {}).items():
        old, new = (text(next(iter(values_at(each, path)), None)) for each in sides)
        pairs = [*zip(*(map(int, re.findall(r"\d+", x)) for x in (old, new)), strict=False)]
        one, other = ([x[side] for x in pairs] for side in (0, 1))
        # A version of another engine is no earlier one.
        alike = known([old, new]) and re.findall(r"^\D*", old) == re.findall(r"^\D*", new)
        if alike and one > other:
            yield path, f"{old} to {new}", says
        allows = _TABLE["major"].get(f"{now.kind} {path}", "")
        # Of MySQL and MariaDB two numbers are the major version.
        length = 2 if text(sides[1], "Engine").startswith(("mysql", "mariadb")) else 1
        higher = len(one) >= length and one[:length] < other[:length]
        if allows and alike and higher and flag(sides[1], allows) is False:
            yield path, f"{old} to {new}", f"takes a new major version only with `{allows}`"
    path, says = _TABLE["indexes"].get(now.kind, ("", ""))
    parts = [{str([x.get(y) for y in INDEX]) for x in dicts(each, path)} for each in sides]
    if known([each.get(path) for each in sides]) and len(parts[0] ^ parts[1]) > 1:
        yield path, "more than one", says


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
