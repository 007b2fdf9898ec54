"""Stacks that come, and those that an app no longer has, with the command that deletes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from assembly.environment import Environment
from assembly.index import grouped as gathered
from assembly.kinds import CLUSTER, VPC
from assembly.stack import Stack
from guardrails.step.change import STATEFUL_TYPES
from guardrails.step.replacement import moved
from kube.values import known, text
from review.consents import TRAILER
from review.cost import price_of
from review.labels import label, listed
from review.load_balancers import asks_for_one
from review.meanings import OBJECTS
from review.model import DETAILS, Consent, Sentence, say
from review.same import place_left
from review.sides import Sides

SHOWN = 8
"""As many objects of a stack are named."""
WITH = {"Namespace": " with everything in it"}
PLATFORM = ("/Network", "/Cluster")
UNPROTECT = "update-termination-protection --no-enable-termination-protection"


def stacks(sides: Sides) -> Iterator[Sentence]:
    """Yield the stacks that come, and those that the code no longer has."""
    if sides.left:
        name, (old, new) = sides.after.name, map(listed, zip(*sides.left, strict=True))
        known = [vars(each) for each in sides.after.stacks.values()]
        parts = (next((x[y] for x in known if x[y]), y.upper()) for y in ("account", "region"))
        told = [
            DETAILS["bootstrap"].format(name=name, place="/".join(parts)),
            DETAILS["other names"],
            *[DETAILS["new VPC"]] * bool(sides.after.resources(VPC)),
        ]
        run = destroy(name)
        yield say("environment moved", name=name, left=old, now=new, command=run, details=told)
    for path, stack in sides.after.stacks.items():
        if path not in sides.before.stacks:
            yield say("stack new", name=stack.name)
        if consents := deleted(sides, path):
            yield say("stack deleted", name=stack.name, consents=consents)
        elif path in sides.gone:
            details = contents(sides, path)
            yield say("stack left", name=stack.name, command=command(sides, path), details=details)


def objects(sides: Sides) -> Iterator[Sentence]:
    """Yield what moves to another manifest or chart, one sentence for all that one stack has made."""
    moves = gathered(
        # What the rule calls `Deployment.apps team/web` is Deployment `team/web` in other sentences.
        (
            (thing.startswith("chart "), holder.stack),
            (re.sub(r"^(\w+)\S* (.*)", r"\1 `\2`", thing), holder.path, new.path),
        )
        for thing, holder, new in moved(sides.compared)
    )
    for (is_chart, stack), alike in moves.items():
        names, more = [thing for thing, *_ in alike], len(alike) - SHOWN // 2
        things = listed([*names[: SHOWN // 2], *([f"{more} more"] if more > 0 else [])])
        it, are = ("them", "are") if names[1:] else ("it", "is")
        details = [DETAILS["made by"].format(thing=x, old=y, new=z) for x, y, z in alike[:SHOWN]]
        holder = sides.before.stacks[stack].name
        if stack in sides.gone and deleted(sides, stack):
            continue
        if stack in sides.gone:
            way = DETAILS["stack in the way"].format(
                it=it, stack=holder, command=command(sides, stack)
            )
            details = [way, *when_done(sides, stack, first=False)]
        elif not is_chart:
            details.append(DETAILS["one by one"].format(it=it))
        name = f"REPLACE3 {'chart' if is_chart else 'object'}"
        yield say(name, things=things, are=are, it=it, stack=holder, details=details)


def standing(sides: Sides) -> Iterator[Sentence]:
    """Yield the clusters whose name another environment has, which the code no longer has."""
    names = {
        text(cluster.properties, "Name"): other.name
        for other in sides.others
        if not place_left(other, sides.after)
        for cluster in other.resources(CLUSTER)
    }
    for cluster in () if sides.before.stacks else sides.after.resources(CLUSTER):
        name = text(cluster.properties, "Name")
        # Each deploy makes a name of its own where the template has none.
        if name and known(name) and (other := names.get(name)):
            details = [DETAILS["destroy first"].format(command=destroy(other))]
            yield say("cluster stands", name=label(cluster), other=f"`{other}`", details=details)


def left(environment: Environment, today: date) -> Sentence:
    """Return that an environment which the code no longer has runs on, with what it costs."""
    name, paid = environment.name, f", for about {price_of(environment, today)} a month,"
    return say("environment left", name=name, command=destroy(name), paid=paid)


def deleted(sides: Sides, path: str) -> list[Consent]:
    """Return the trailer by which a stack is deleted, or deployed if the code still has it, if there is one."""
    given = sides.consents.get(path)
    return [Consent(key=path, given=given, trailer=True)] if given else []


def command(sides: Sides, path: str) -> str:
    """Return the command that deletes a stack that the code no longer has."""
    # A snapshot doesn't contain the region of its stack; the environment's other stacks do.
    return delete(path, [sides.after.stacks[path], *sides.after.stacks.values()])


def contents(sides: Sides, path: str) -> list[str]:
    """Return what goes with a stack as a detail, if anything does that somebody would miss."""
    held = [
        each
        for each in sides.before.resources()
        if each.stack == path and each.kind in STATEFUL_TYPES and not each.retained
    ]
    known = {kind: at for at, kind in enumerate(OBJECTS)}
    found = [x for x in sides.before.kubernetes_objects() if x.resource.stack == path]
    # What is missed most comes first, as in the list of what is lost with each kind.
    found.sort(key=lambda item: known.get(str(item.kind), len(known)))
    spaces = {x.name for x in found if x.kind == "Namespace"}
    balancers = [
        f"the load balancer of {label(x)} with its DNS name" for x in found if asks_for_one(x)
    ]
    found = [x for x in found if x.namespace not in spaces]
    objects = [f"{label(x)}{WITH.get(str(x.kind), '')}" for x in found]
    objects[:0] = balancers
    more = len(objects) - SHOWN
    named = [*map(label, held), *objects[:SHOWN], *([f"{more} more objects"] if more > 0 else [])]
    return [DETAILS["stack left with"].format(contents=listed(named))] if named else []


def delete(path: str, stacks: Iterable[Stack]) -> str:
    """Return the command that deletes a stack that is no longer in the app; the CDK can't.

    `stacks` are what is known of its environment. The platform's own are all protected or none is.
    """
    known = [*stacks]
    region = next((each.region for each in known if each.region), "")
    where = f"--stack-name {path.replace('/', '-')}{f' --region {region}' if region else ''}"
    alike = PLATFORM if path.endswith(PLATFORM) else (path,)
    protected = any(each.termination_protection and each.path.endswith(alike) for each in known)
    off = f"aws cloudformation {UNPROTECT} {where} && " if protected else ""
    return f"{off}aws cloudformation delete-stack {where}"


def destroy(environment: str) -> str:
    """Return the command that deletes an environment, in a checkout that still has it."""
    return f"make destroy ENV={environment}"


def when_done(sides: Sides, path: str, *, first: bool) -> Iterator[str]:
    """Yield what goes with a stack that must be deleted, and how a change says that it was, or is deployed."""
    left = path in sides.gone
    yield from contents(sides, path) if left else ()
    if left or first:
        done = "deleted" if left else "deployed"
        yield DETAILS["stack left then"].format(trailer=TRAILER, path=path, done=done)
