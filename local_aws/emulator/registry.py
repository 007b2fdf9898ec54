"""One way to teach CloudFormation a resource type: a row of `types.json`, and what is special about it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jmespath

from kube.values import table
from local_aws.emulator import schemas
from local_aws.emulator.internals import DRIFT, PROVISIONERS, Function
from local_aws.emulator.schemas import Properties

if TYPE_CHECKING:
    from local_aws.emulator.ec2.engine import Ec2Type
    from local_aws.emulator.eks.engine import EksType

ROWS: Mapping[str, dict[str, Any]] = table(__file__, "types.json")
"""By type: `readable`, the properties that drift detection compares; `attributes`, the path of each in a
record; the rest belongs to the service's own class."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What CloudFormation asks of a resource type: the resolved properties, tags of the stack among them."""

    stack: str
    logical_id: str
    properties: Properties
    previous: Properties = field(default_factory=dict)


def register(kind: Ec2Type | EksType) -> None:
    """Make CloudFormation use a resource type, for stacks as for drift detection."""

    def answer(physical_id: str, properties: Properties) -> tuple[str, Properties]:
        record, paths = kind.find(physical_id, properties), kind.row.get("attributes", {})
        found = {name: jmespath.search(path, record) for name, path in paths.items()}
        texts = {name: str(of) if isinstance(of, int) else of for name, of in found.items()}
        return physical_id, {name: value for name, value in texts.items() if value is not None}

    def create(logical_id: str, properties: Properties, stack: str) -> tuple[str, Properties]:
        request = Request(stack=stack, logical_id=logical_id, properties=properties)
        return answer(kind.create(request), properties)

    def update(
        physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> tuple[str, Properties]:
        request = Request(stack=stack, logical_id=logical_id, properties=new, previous=old)
        try:
            kind.update(physical_id, request)
        except Exception:
            # CloudFormation sends the resource that failed back too; MiniStack trusts that an
            # update that fails has changed nothing, which several API calls can't promise.
            back = Request(stack=stack, logical_id=logical_id, properties=old, previous=new)
            with suppress(Exception):
                kind.update(physical_id, back)
            raise
        return answer(physical_id, new)

    def read(physical_id: str, properties: Properties) -> Properties | None:
        record = kind.find(physical_id, properties)
        return None if record is None else kind.read(record, properties)

    PROVISIONERS.RESOURCE_HANDLERS[kind.name] = {
        "create": create,
        "update": update,
        "update_with_logical_id": True,
        "delete": kind.delete,
    }
    tags = schemas.tag_property(kind.name)
    if tags is not None:
        PROVISIONERS.STACK_TAG_PROPERTY[kind.name] = tags
    register_reader(kind.name, read, frozenset(kind.row.get("readable", ())))


def register_reader(name: str, read: Function, readable: frozenset[str]) -> None:
    """Make drift detection compare some properties of a type's resources."""

    def reader(physical_id: str, properties: Properties) -> Properties | None:
        found = read(physical_id, properties)
        if found is None:
            return None
        return {
            key: like(properties.get(key), value, whole=key in WHOLE)
            for key, value in found.items()
            if value is not None
        }

    # Only these have to be in what the reader returns, so anything else is not compared.
    DRIFT.DRIFT_READERS[name] = (reader, readable)


WHOLE = frozenset({"Labels", "PolicyDocument", "Tags"})
"""Maps whose keys are the user's, so that a key too many is a difference."""


def like(expected: object, actual: object, *, whole: bool = False) -> object:
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
                taken[key] = like(value, actual[spelled], whole=key in WHOLE)
        return taken
    if isinstance(expected, list) and isinstance(actual, list) and expected:
        # What is there keeps its order; an item too many is shown as the last one.
        return [
            like(expected[min(index, len(expected) - 1)], item) for index, item in enumerate(actual)
        ]
    return actual
