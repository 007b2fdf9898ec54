"""CloudFormation's engine: what it validates, replaces, names, keeps, and runs beside its event loop."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable
from contextvars import ContextVar

from local_aws.emulator import failures, iam, schemas
from local_aws.emulator.internals import (
    CLOUDFORMATION,
    DRIFT,
    EKS,
    HANDLERS,
    LOGS,
    PROVISIONERS,
    STACKS,
    Function,
    patch,
)
from local_aws.emulator.registry import Request
from local_aws.emulator.replies import Record
from local_aws.emulator.schemas import Properties

ENGINE = "services.cloudformation.provisioners"
STACK_OPERATIONS = "services.cloudformation.stacks"

NAMED = {
    "AWS::IAM::Role": "RoleName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SSM::Parameter": "Name",
}
"""Types that MiniStack makes again over what has the name already."""

KEPT: ContextVar[Record | None] = ContextVar("kept", default=None)
"""What a deletion that is running has taken out of its stack, to leave it alone."""


def physical_name(request: Request, *, longest: int) -> str:
    """Return a name that CloudFormation makes up."""
    return str(PROVISIONERS.physical_name(request.stack, request.logical_id, max_len=longest))


@patch(ENGINE, "_provision_resource")
def _provision_resource(
    original: Function, kind: str, logical_id: str, properties: Properties, stack: str
) -> object:
    """Make up new names for a new resource, and refuse a given name that is taken."""
    failures.check(kind, logical_id, late=False)
    iam.check_principals(kind, properties)
    # MiniStack derives a name from stack and logical id alone, and keeps the seed with the resource.
    if not PROVISIONERS.NAME_SEED.get():
        PROVISIONERS.NAME_SEED.set(secrets.token_hex(4))
    key = NAMED.get(kind, "")
    if kind == "AWS::Logs::LogGroup":
        request = Request(stack=stack, logical_id=logical_id, properties=properties)
        properties = {key: physical_name(request, longest=512), **properties}
    name = properties.get(key)
    if name and DRIFT.DRIFT_READERS[kind][0](name, properties) is not None:
        raise ValueError(
            f"Resource handler returned message: \"Resource of type '{kind}' with identifier "
            f'\'{{"/properties/{key}":"{name}"}}\' already exists." '
            "(HandlerErrorCode: AlreadyExists)"
        )
    made = original(kind, logical_id, properties, stack)
    half_made = CLOUDFORMATION.stacks[stack].setdefault("_half_made", [])
    half_made.append((kind, made[0], properties, stack, logical_id))
    failures.check(kind, logical_id, late=True)
    half_made.pop()
    return made


@patch("services.cloudformation.changesets", "_resolve_props_for_diff")
def _resolve_props_for_diff(original: Function, template: Record, *rest: object) -> Record:
    return {**original(template, *rest), "Outputs": template.get("Outputs")}


@patch(STACK_OPERATIONS, "_diff_resources")
def _diff_resources(original: Function, old: Record, new: Record, *rest: object) -> object:
    """Take new outputs alone for a change: an export comes before the stack that imports it."""
    same = old.get("Outputs") == new.get("Outputs")
    # No changes of resources, and yet, unlike a list of none, something to execute.
    return original(old, new, *rest) or ([] if same else iter(()))


@patch(STACK_OPERATIONS, "_resolve_stack_outputs")
def _resolve_stack_outputs(
    original: Function, outputs: Record, *rest: object
) -> tuple[list[Record], Record]:
    """Refuse to change or remove what another stack imports, and forget what is exported no more."""
    resolved, exported = original(outputs, *rest)
    *_, name, stack_id = rest
    for export, before in [*CLOUDFORMATION.exports.items()]:
        if before["StackId"] != stack_id or before == exported.get(export):
            continue
        for other, stack in CLOUDFORMATION.stacks.items():
            used = other != name and stack["StackStatus"] != "DELETE_COMPLETE"
            if used and export in HANDLERS.imported_export_names(stack, other):
                done = "updated" if export in exported else "deleted"
                raise ValueError(f"Export {export} cannot be {done} as it is in use by {other}")
        del CLOUDFORMATION.exports[export]
    return resolved, exported


def make_warm_pools() -> None:
    """Make warm pools by name only: no instance boots here, so none waits. One goes with its group's name."""
    PROVISIONERS.RESOURCE_HANDLERS["AWS::AutoScaling::WarmPool"] = {
        "create": lambda _, properties, __: (properties["AutoScalingGroupName"], {}),
        "update": lambda name, *_: (name, {}),
        "delete": lambda *_: None,
    }


def keep_name_of_log_groups() -> None:
    """Update a log group without a name under the one that was made up for it."""
    handlers = PROVISIONERS.RESOURCE_HANDLERS["AWS::Logs::LogGroup"]
    original = handlers["update"]

    def update(name: str, old: Properties, new: Properties, *rest: object) -> object:
        made_up = {} if "LogGroupName" in old else {"LogGroupName": name}
        return original(name, {**made_up, **old}, {**made_up, **new}, *rest)

    handlers["update"] = update


@patch(ENGINE, "_with_stack_tags")
def _with_stack_tags(original: Function, kind: str, properties: Properties, *rest: str) -> object:
    """Validate the template's own properties, before the stack's tags are among them.

    The engine calls this once for every resource that it creates or updates.
    """
    schemas.check(kind, rest[-1], properties)
    return original(kind, properties, *rest)


@patch(ENGINE, "_property_recreation")
def _property_recreation(original: Function, kind: str, name: str) -> str:
    """Tell a change set whether a changed property replaces the resource."""
    decide = schemas.recreation if _schema_decides(kind) else original
    return str(decide(kind, name))


@patch(ENGINE, "_replacing_change")
def _replacing_change(original: Function, kind: str, old: Properties, new: Properties) -> bool:
    """MiniStack keeps the properties that replace by hand, for some types."""
    decide = schemas.replaces if _schema_decides(kind) else original
    return bool(decide(kind, old, new))


def _schema_decides(kind: str) -> bool:
    """Leave those types to MiniStack that it has measured itself."""
    return kind not in PROVISIONERS.REPLACING_PROPERTIES and bool(schemas.schema(kind))


@patch(STACK_OPERATIONS, "_runs_on_worker_thread")
def _runs_on_worker_thread(original: Function, kind: str) -> bool:
    """Let a cluster start beside the event loop, which its API server needs to review a token."""
    return kind.startswith("AWS::EKS::") or bool(original(kind))


async def _delete_half_made(stack: str) -> None:
    """Begin an operation with what has no stable state (user guide, stack failure options)."""
    for half in CLOUDFORMATION.stacks.get(stack, {}).pop("_half_made", []):
        if half[0] == "AWS::EKS::Cluster":
            EKS.clusters[half[1]]["status"] = "FAILED"
        await STACKS.module.run_reentrant(PROVISIONERS.delete_resource, *half)


@patch(STACK_OPERATIONS, "_deploy_stack_async")
async def _deploy_stack_async(
    original: Function, name: str, stack_id: str, template: Record, *rest: object, **named: object
) -> None:
    """Go on from what a paused operation has made, and keep the template that it was made from."""
    await _delete_half_made(name)
    await original(name, stack_id, template, *rest, **named)
    stack = CLOUDFORMATION.stacks[name]
    if stack["StackStatus"] in {"CREATE_FAILED", "UPDATE_FAILED", "ROLLBACK_FAILED"}:
        known = {**stack.get("_template", {}).get("Resources", {}), **template["Resources"]}
        made = {key: found for key, found in known.items() if key in stack["_resources"]}
        if failed := stack.get("_failed_operation", {}).get("failed_logical_id"):
            # Neither the same template nor one without it is without a change.
            made[failed] = {**known[failed], "Metadata": {"failed": True}}
        stack.update(_template={**template, "Resources": made}, _resolved_params=rest[0])


@patch(STACK_OPERATIONS, "_delete_stack_async")
async def _delete_stack_async(
    original: Function, stack: str, *arguments: object, force: bool = False, **more: object
) -> None:
    await _delete_half_made(stack)
    resources = CLOUDFORMATION.stacks[stack]["_resources"].values()
    clusters = [one for one in resources if one["ResourceType"] == "AWS::EKS::Cluster"]
    operation = original(stack, *arguments, force=force, **more)
    # A forced deletion retains on its own.
    await (operation if force else _keeping_what_is_needed(stack, operation))
    for cluster in clusters:
        name = cluster["PhysicalResourceId"]
        if name not in EKS.clusters and "Logging" in cluster["Properties"]:
            # EKS delivers the last records when the stack is gone (terraform-aws-eks#920).
            LOGS.create_log_group({"logGroupName": f"/aws/eks/{name}/cluster"})


@patch(STACK_OPERATIONS, "_roll_back_operation")
async def _roll_back_operation(undo: Function, stack: str, *rest: Record, **more: object) -> None:
    await _delete_half_made(stack)
    undoing = undo(stack, *rest, **more)
    update = rest[2].get("is_update")
    await (undoing if update else _keeping_what_is_needed(stack, undoing))


async def _keeping_what_is_needed(stack: str, operation: Awaitable[None]) -> None:
    """Leave a resource that can't be deleted in its stack, and alone what it depends on."""
    kept: Record = {}
    token = KEPT.set(kept)
    try:
        await operation
    finally:
        KEPT.reset(token)
    CLOUDFORMATION.stacks[stack]["_resources"].update(kept)


@patch(ENGINE, "_delete_resource")
def _delete_resource(original: Function, *call: object) -> None:
    kept, (stack_name, logical_id) = KEPT.get(), (*call, "", "")[3:5]
    if kept and logical_id in kept:
        return
    try:
        original(*call)
    except Exception:
        if kept is not None:
            stack = CLOUDFORMATION.stacks[stack_name]
            resources: Record = stack["_resources"]
            templates = stack.get("_template", {}).get("Resources", {})
            needed = STACKS.with_dependencies([logical_id], templates, set(resources))
            kept.update({name: resources[name] for name in needed if name in resources})
            for name in needed - {logical_id}:
                resources.pop(name, None)
        raise
