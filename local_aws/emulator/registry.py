"""One way to teach CloudFormation a resource type."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar

from local_aws.emulator import schemas
from local_aws.emulator.internals import PROVISIONERS, Function, Internals
from local_aws.emulator.schemas import Properties

DRIFT = Internals("services.cloudformation.drift")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What CloudFormation asks of a resource type: the resolved properties, tags of the stack among them."""

    stack: str
    logical_id: str
    properties: Properties
    previous: Properties = field(default_factory=dict)

    def physical_name(self, given: str, *, longest: int) -> str:
        """Return the name that a property gives, or one that CloudFormation makes up."""
        named = self.properties.get(given) or PROVISIONERS.physical_name(
            self.stack, self.logical_id, max_len=longest
        )
        return str(named)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What `Ref` and `Fn::GetAtt` return of a resource."""

    physical_id: str
    attributes: Mapping[str, object]


class ResourceType(ABC):
    """A resource type: how its resources are made, read, changed and removed.

    A method raises `ValueError` with the reason of the stack event if the service refuses.
    """

    name: ClassVar[str]
    """Such as AWS::EC2::EIP."""

    readable: ClassVar[frozenset[str]] = frozenset()
    """The properties that `read` returns; drift detection compares these alone."""

    @abstractmethod
    def create(self, request: Request) -> Resource:
        """Make a resource."""

    @abstractmethod
    def update(self, physical_id: str, request: Request) -> Resource:
        """Change a resource in place; no create-only property differs."""

    @abstractmethod
    def delete(self, physical_id: str, properties: Properties) -> None:
        """Remove a resource. One that is gone already is no error."""

    @abstractmethod
    def read(self, physical_id: str, properties: Properties) -> Properties | None:
        """Return what is there now in the shape of `properties`, or nothing if it is gone."""


def register(resource_type: ResourceType) -> None:
    """Make CloudFormation use a resource type, for stacks as for drift detection."""

    def create(logical_id: str, properties: Properties, stack: str) -> tuple[str, object]:
        request = Request(stack=stack, logical_id=logical_id, properties=properties)
        return _answer(resource_type.create(request))

    def update(
        physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> tuple[str, object]:
        request = Request(stack=stack, logical_id=logical_id, properties=new, previous=old)
        try:
            return _answer(resource_type.update(physical_id, request))
        except Exception:
            # CloudFormation sends the resource that failed back too; MiniStack trusts that an
            # update that fails has changed nothing, which several API calls can't promise.
            back = Request(stack=stack, logical_id=logical_id, properties=old, previous=new)
            with suppress(Exception):
                resource_type.update(physical_id, back)
            raise

    handlers: dict[str, Any] = PROVISIONERS.RESOURCE_HANDLERS
    handlers[resource_type.name] = {
        "create": create,
        "update": update,
        "update_with_logical_id": True,
        "delete": resource_type.delete,
    }
    _apply_stack_tags(resource_type.name)
    register_reader(resource_type.name, resource_type.read, resource_type.readable)


def register_reader(name: str, read: Function, readable: frozenset[str]) -> None:
    """Make drift detection compare some properties of a type's resources."""

    def reader(physical_id: str, properties: Properties) -> Properties | None:
        found = read(physical_id, properties)
        if found is None:
            return None
        return {
            key: _like(properties.get(key), value, whole=key in WHOLE)
            for key, value in found.items()
            if value is not None
        }

    # Only these have to be in what the reader returns, so anything else is not compared.
    DRIFT.DRIFT_READERS[name] = (reader, readable)


def _apply_stack_tags(name: str) -> None:
    tags = schemas.tag_property(name)
    if tags is not None:
        PROVISIONERS.STACK_TAG_PROPERTY[name] = tags


def _answer(resource: Resource) -> tuple[str, object]:
    return resource.physical_id, dict(resource.attributes)


WHOLE = frozenset({"Labels", "PolicyDocument", "Tags"})
"""Maps whose keys are the user's, so that a key too many is a difference."""


def _like(expected: object, actual: object, *, whole: bool = False) -> object:
    """Return an API's record as the template would write it.

    CloudFormation compares only what a template sets: a key that it leaves out is dropped. A key
    is taken as the template spells it, or as a JSON API does, with a small first letter.
    """
    if isinstance(expected, dict) and isinstance(actual, dict):
        if whole:
            return actual
        taken = {}
        for key, value in expected.items():
            spelled = key if key in actual else key[:1].lower() + key[1:]
            if spelled in actual:
                taken[key] = _like(value, actual[spelled], whole=key in WHOLE)
        return taken
    if isinstance(expected, list) and isinstance(actual, list) and expected:
        # What is there keeps its order; an item too many is shown as the last one.
        return [
            _like(expected[min(index, len(expected) - 1)], item)
            for index, item in enumerate(actual)
        ]
    return actual
