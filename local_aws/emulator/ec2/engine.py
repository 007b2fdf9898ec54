"""One engine for the resource types of a network: a row of `types.json` and a few hooks each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_aws.emulator.internals import EC2, PROVISIONERS
from local_aws.emulator.registry import ROWS, Request
from local_aws.emulator.replies import HandlerError, Record, ec2, element, refused
from local_aws.emulator.schemas import Properties


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """What is special about a type; what is None, the engine does by the type's row.

    `check` refuses to create, `complete` adds to a new or changed record what MiniStack leaves out,
    the others take the place of the engine's own ways.
    """

    check: Callable[[Properties], None] | None = None
    complete: Callable[[Record, Properties], None] | None = None
    find: Callable[[str, Properties], Record | None] | None = None
    create: Callable[[Request], str] | None = None
    update: Callable[[str, Request], None] | None = None
    delete: Callable[[Record, Properties], object] | None = None
    read: Callable[[Record, Properties], Properties] | None = None


class Ec2Type:
    """A type whose records are in one of EC2's stores.

    Its row names the `store`, the `key` of a record, the records that it `needs`, the actions that
    create and delete; where an action is missing, MiniStack's own handler serves.
    """

    def __init__(self, name: str, hooks: Hooks) -> None:
        """Remember MiniStack's handlers, which ours will take the place of."""
        self.name, self.row = name, ROWS[name]
        self._hooks = hooks
        self._handlers: dict[str, Any] = dict(PROVISIONERS.RESOURCE_HANDLERS.get(name, {}))

    def find(self, physical_id: str, properties: Properties) -> Record | None:
        """Return the record in the store."""
        look = self._hooks.find or (lambda name, _: getattr(EC2, self.row["store"]).get(name))
        return look(physical_id, properties)

    def create(self, request: Request) -> str:
        """Check, create by the API or as MiniStack does, complete."""
        properties = request.properties
        for name, (store, kind) in self.row.get("needs", {}).items():
            if name in properties:
                require(store, kind, properties[name])
        if self._hooks.check is not None:
            self._hooks.check(properties)
        physical_id = (self._hooks.create or self._create)(request)
        try:
            self._complete(physical_id, request)
        except HandlerError:
            self.delete(physical_id, properties)
            raise
        return physical_id

    def _create(self, request: Request) -> str:
        if "create" in self.row:
            action, answer = self.row["create"]
            # `__1` makes a list.
            names = {key: key.removesuffix("__1") for key in self.row["parameters"]}
            given = {k: request.properties[n] for k, n in names.items() if n in request.properties}
            return element(ec2(action, **given), answer)
        create = self._handlers["create"]
        return str(create(request.logical_id, request.properties, request.stack)[0])

    def update(self, physical_id: str, request: Request) -> None:
        """Update as MiniStack does, and complete; otherwise only tags change in place."""
        if self._hooks.update is not None:
            self._hooks.update(physical_id, request)
        elif "update" in self._handlers:
            arguments = [physical_id, request.previous, request.properties, request.stack]
            if self._handlers.get("update_with_logical_id"):
                arguments.append(request.logical_id)
            self._handlers["update"](*arguments)
        self._complete(physical_id, request)

    def _complete(self, physical_id: str, request: Request) -> None:
        record = self.find(physical_id, request.properties)
        if record is None:
            raise refused("NotFound", f"'{physical_id}' does not exist", status=404)
        if "key" in self.row and not self._handlers:
            key = record[self.row["key"]]
            PROVISIONERS.ec2_apply_tags(key, request.properties, request.previous)
        if self._hooks.complete is not None:
            self._hooks.complete(record, request.properties)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Delete by the API, which refuses what is in use, or as MiniStack does."""
        record = self.find(physical_id, properties)
        if record is None:
            return
        if self._hooks.delete is not None:
            self._hooks.delete(record, properties)
        elif "delete" in self.row:
            action, parameter = self.row["delete"]
            ec2(action, **{parameter: record[self.row["key"]]})
            EC2.tags.pop(physical_id, None)
        else:
            self._handlers["delete"](physical_id, properties)

    def read(self, record: Record, properties: Properties) -> Properties:
        """Return the record with its tags."""
        special = self._hooks.read(record, properties) if self._hooks.read else {}
        tags = EC2.tags.get(str(record.get(self.row.get("key", "")))) or []
        return {**self.row.get("defaults", {}), **record, "Tags": tags, **special}


def require(store: str, kind: str, resource_id: object) -> None:
    """Refuse what names a resource that isn't there."""
    if resource_id not in getattr(EC2, store):
        raise refused("NotFound", f"The {kind} '{resource_id}' does not exist", status=404)
