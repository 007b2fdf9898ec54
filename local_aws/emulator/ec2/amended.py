"""Resource types that MiniStack has, with what is missing or too lenient there."""

from __future__ import annotations

from typing import Any

from local_aws.emulator.internals import PROVISIONERS
from local_aws.emulator.registry import Request, Resource, ResourceType
from local_aws.emulator.schemas import Properties


class AmendedType(ResourceType):
    """A type of MiniStack's, checked before and completed after its own handlers."""

    def __init__(self) -> None:
        """Remember MiniStack's handlers, which ours will take the place of."""
        self._handlers: dict[str, Any] = dict(PROVISIONERS.RESOURCE_HANDLERS[self.name])

    def check(self, request: Request) -> None:
        """Raise `HandlerError` if AWS refuses to create this."""

    def created(self, physical_id: str) -> None:
        """Complete a new record."""

    def updated(self, physical_id: str, request: Request) -> None:
        """Complete a changed record."""

    def attributes(self, physical_id: str) -> Properties:  # noqa: ARG002  # for subclasses
        """Return attributes for `Fn::GetAtt` that MiniStack leaves out."""
        return {}

    def create(self, request: Request) -> Resource:
        """Check, then create as MiniStack does."""
        self.check(request)
        physical_id, attributes = self._handlers["create"](
            request.logical_id, request.properties, request.stack
        )
        self.created(physical_id)
        return self._resource(physical_id, attributes)

    def update(self, physical_id: str, request: Request) -> Resource:
        """Update as MiniStack does; a type whose every change replaces has nothing to do."""
        attributes: Properties = {}
        if "update" in self._handlers:
            arguments = [physical_id, request.previous, request.properties, request.stack]
            if self._handlers.get("update_with_logical_id"):
                arguments.append(request.logical_id)
            _, attributes = self._handlers["update"](*arguments)
        self.updated(physical_id, request)
        return self._resource(physical_id, attributes)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Delete as MiniStack does."""
        self._handlers["delete"](physical_id, properties)

    def _resource(self, physical_id: str, attributes: Properties) -> Resource:
        return Resource(
            physical_id=physical_id, attributes={**self.attributes(physical_id), **attributes}
        )
