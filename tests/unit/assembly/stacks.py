"""Environments of a few lines, for tests of the reader."""

from __future__ import annotations

from typing import Any

from assembly.environment import Environment
from assembly.stack import Stack
from kube.values import Json

REGION = "eu-west-1"


def environment(**stacks: Json | Stack) -> Environment:
    """Return an environment of a stack for each template, each at the path Test/NAME."""
    found = (
        each if isinstance(each, Stack) else Stack(path=f"Test/{name}", template=each)
        for name, each in stacks.items()
    )
    return Environment(name="Test", stacks={stack.path: stack for stack in found})


def stack(name: str, template: Json, **facts: Any) -> Stack:  # noqa: ANN401  # any of a Stack's
    """Return a stack of which the assembly knows more."""
    return Stack(path=f"Test/{name}", template=template, **facts)


def resource(kind: str = "A::B::C", /, **properties: object) -> dict[str, Any]:
    """Return a resource as a template has it."""
    return {"Type": kind, "Properties": properties}


def template(**resources: object) -> dict[str, Any]:
    """Return a template with these resources."""
    return {"Resources": resources}


def value_of(value: object, **sections: object) -> Any:  # noqa: ANN401  # JSON may hold anything
    """Return what a value resolves to in a stack in eu-west-1 with a resource Vpc."""
    body = {**template(Vpc=resource(), It=resource(Value=value)), **sections}
    found = environment(One=stack("One", body, region=REGION))
    return found.by_node["Test/One", "It"].properties.get("Value", "NOTHING")
