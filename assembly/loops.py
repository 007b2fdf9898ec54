"""Fn::ForEach written out: what a loop stands for, item by item.

AWS::LanguageExtensions does the same before CloudFormation reads a template ("Fn::ForEach" in the
intrinsic function reference).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kube.values import Json, look_up

LOOP = "Fn::ForEach::"
MOST = 1000
"""As many items are written out; CloudFormation takes no template of more resources."""


def written(value: object, parameters: Json) -> Any:  # noqa: ANN401  # JSON may hold anything
    """Return a value with every loop in it written out, over a list or the default of a parameter.

    A loop over what isn't known is written out once, its variable left as `${Name}`.
    """
    if isinstance(value, list):
        return [written(inner, parameters) for inner in value]
    if not isinstance(value, Mapping):
        return value
    found: dict[str, Any] = {}
    for key, inner in value.items():
        if isinstance(key, str) and key.startswith(LOOP):
            found |= _turns(inner, parameters)
        else:
            found[key] = written(inner, parameters)
    return found


def _turns(loop: object, parameters: Json) -> dict[str, Any]:
    found: dict[str, Any] = {}
    match loop:
        case [str() as name, collection, Mapping() as body]:
            default = look_up(parameters, str(look_up(collection, "Ref")), "Default")
            values = (
                [each.strip() for each in default.split(",")]
                if isinstance(default, str)
                else collection
            )
            for item in values[:MOST] if isinstance(values, list) else [f"${{{name}}}"]:
                # An inner loop may go over the variable of this one.
                found |= written(_with(body, name, str(item)), parameters)
    return found


def _with(value: object, name: str, item: str) -> Any:  # noqa: ANN401  # JSON may hold anything
    if value == {"Ref": name}:
        return item
    if isinstance(value, str):
        for variable in (f"${{{name}}}", f"&{{{name}}}"):
            value = value.replace(variable, item)
        return value
    if isinstance(value, list):
        return [_with(inner, name, item) for inner in value]
    if isinstance(value, Mapping):
        return {_with(key, name, item): _with(inner, name, item) for key, inner in value.items()}
    return value
