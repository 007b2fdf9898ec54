"""What a resource depends on stays while the resource can't be deleted, as in CloudFormation.

MiniStack goes on and deletes it all: the role of a protected cluster would be gone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from contextvars import ContextVar

from local_aws.emulator.internals import STACKS, Function, Internals, replace
from local_aws.emulator.network import Record
from local_aws.emulator.schemas import Properties

CLOUDFORMATION = Internals("services.cloudformation")

KEPT: ContextVar[Record | None] = ContextVar("kept", default=None)
"""What a deletion that is running has taken out of its stack, to leave it alone."""


def install() -> None:
    """Take it out of the stack while the rest is deleted, and put it back."""
    services = "services.cloudformation"
    replace("_delete_stack_async", _putting_back, f"{services}.stacks", f"{services}.handlers")
    replace("_delete_resource", _taking_out, f"{services}.stacks")


def _putting_back(original: Callable[..., Awaitable[None]]) -> Function:
    async def delete_stack_async(
        stack_name: str,
        stack_id: str,
        retain: Collection[str] = (),
        force: bool = False,  # noqa: FBT001, FBT002  # MiniStack's signature
    ) -> None:
        kept: Record = {}
        # A forced deletion retains on its own.
        token = KEPT.set(None if force else kept)
        try:
            await original(stack_name, stack_id, retain, force)
        finally:
            KEPT.reset(token)
        if kept:
            CLOUDFORMATION.stacks[stack_name]["_resources"].update(kept)

    return delete_stack_async


def _taking_out(original: Function) -> Function:
    def delete_resource(
        resource_type: str,
        physical_id: str,
        properties: Properties,
        stack_name: str,
        logical_id: str,
    ) -> None:
        try:
            original(resource_type, physical_id, properties, stack_name, logical_id)
        except Exception:
            kept = KEPT.get()
            if kept is not None:
                stack = CLOUDFORMATION.stacks[stack_name]
                kept.update(_dependencies(stack, logical_id))
            raise

    return delete_resource


def _dependencies(stack: Record, logical_id: str) -> Record:
    resources: Record = stack["_resources"]
    templates = stack.get("_template", {}).get("Resources", {})
    needed = STACKS.with_dependencies([logical_id], templates, set(resources))
    return {name: resources.pop(name) for name in needed - {logical_id} if name in resources}
