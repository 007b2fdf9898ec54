"""Stacks that come, and those that an app no longer has, with the command that deletes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assembly.stack import Stack
from review.labels import listed
from review.model import Sentence, say
from review.sides import Sides

PLATFORM = ("/Network", "/Cluster")
UNPROTECT = "update-termination-protection --no-enable-termination-protection"


def stacks(sides: Sides) -> Iterator[Sentence]:
    """Yield the stacks that come, and those that the code no longer has."""
    if sides.left:
        name = sides.after.name
        yield say("environment moved", name=name, left=listed(sides.left), command=destroy(name))
    for path, stack in sides.after.stacks.items():
        if path not in sides.before.stacks:
            yield say("stack new", name=stack.name)
        if path in sides.gone:
            # A snapshot doesn't contain the region of its stack; the environment's other stacks do.
            command = delete(path, [stack, *sides.after.stacks.values()])
            yield say("stack left", name=stack.name, command=command)


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
