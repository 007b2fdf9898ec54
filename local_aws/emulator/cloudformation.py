"""CloudFormation's engine: what it validates, replaces, and runs beside its event loop."""

from __future__ import annotations

from local_aws.emulator import schemas
from local_aws.emulator.internals import PROVISIONERS, Function, replace
from local_aws.emulator.schemas import Properties

STACKS = "services.cloudformation.stacks"
PROVISIONING = "services.cloudformation.provisioners"


def install() -> None:
    """Let the registry schemas decide."""
    # The engine calls it once for every resource that it creates or updates.
    replace("_with_stack_tags", _validated, PROVISIONING, STACKS)
    # MiniStack keeps the properties that replace by hand, for some types.
    replace("_property_recreation", _recreation, PROVISIONING, STACKS)
    replace("_replacing_change", _replacing, PROVISIONING, STACKS)
    # A cluster takes seconds to start, and whatever speaks to its API server must not hold up the
    # event loop, which that server needs to review a token.
    replace("_runs_on_worker_thread", _beside_the_loop, STACKS)


def _validated(original: Function) -> Function:
    def with_stack_tags(  # noqa: PLR0917  # MiniStack's signature
        resource_type: str,
        properties: Properties,
        tags: object,
        stack: str,
        stack_id: str,
        logical_id: str,
    ) -> object:
        """Look at the template's own properties, before the stack's tags are among them."""
        schemas.check(resource_type, logical_id, properties)
        return original(resource_type, properties, tags, stack, stack_id, logical_id)

    return with_stack_tags


def _recreation(original: Function) -> Function:
    def property_recreation(resource_type: str, name: str) -> str:
        """Tell a change set whether a changed property replaces the resource."""
        if not _schema_decides(resource_type):
            return str(original(resource_type, name))
        if (name,) in schemas.create_only(resource_type):
            return "Always"
        maybe = schemas.conditionally_create_only(resource_type)
        nested = {path[0] for path in schemas.create_only(resource_type) | maybe}
        return "Conditionally" if name in nested else "Never"

    return property_recreation


def _replacing(original: Function) -> Function:
    def replacing_change(resource_type: str, old: Properties, new: Properties) -> bool:
        if _schema_decides(resource_type):
            return schemas.replaces(resource_type, old, new)
        return bool(original(resource_type, old, new))

    return replacing_change


def _schema_decides(resource_type: str) -> bool:
    """Leave those types to MiniStack that it has measured itself."""
    return resource_type not in PROVISIONERS.REPLACING_PROPERTIES and bool(
        schemas.schema(resource_type)
    )


def _beside_the_loop(original: Function) -> Function:
    def runs_on_worker_thread(resource_type: str) -> bool:
        return resource_type.startswith("AWS::EKS::") or bool(original(resource_type))

    return runs_on_worker_thread
