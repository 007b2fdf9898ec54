"""Evaluate CloudFormation's functions as far as possible before a deploy."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from assembly.references import HOLE, Text, joined, parted, written_out
from kube.values import Unknown, known, mapping

if TYPE_CHECKING:
    from assembly.scope import Scope

NOTHING = object()
"""What AWS::NoValue stands for: its property is not there."""
IN_SUB = re.compile(r"\$\{(!?)([^{}]*)\}")
"""A variable of Fn::Sub; `${!Name}` is the text `${Name}`."""

Function = Callable[["Scope", Any, str], Any]


def function_of(value: object) -> tuple[str, Any] | None:
    """Return the name and the argument of a function call, None for any other value."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    name, argument = next(iter(value.items()))
    is_call = isinstance(name, str) and (name == "Ref" or name.startswith("Fn::"))
    return (name, argument) if is_call else None


def call(scope: Scope, name: str, argument: object, path: str) -> Any:  # noqa: ANN401  # JSON may hold anything
    """Return what a function makes; an unknown value where it, or its argument, isn't known."""
    try:
        found = FUNCTIONS[name](scope, argument, path) if name in FUNCTIONS else None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        # CloudFormation would refuse the argument; what else it holds is read all the same.
        found = None
    return unknown(scope, name, argument, path) if found is None else found


def unknown(scope: Scope, name: str, argument: object, path: str) -> Text:
    """Return the unknown result of a function, with whatever its argument refers to."""
    return Text(f"${{{name}}}", parts=(scope.resolved(argument, path),), path=path)


def variables(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield the plain pieces of an Fn::Sub text, each with the variable after it or None."""
    plain, *pieces = IN_SUB.split(text)
    for literal, variable, after in zip(*(pieces[n::3] for n in range(3)), strict=True):
        if literal:
            plain += f"${{{variable}}}{after}"
        else:
            yield plain, variable.strip()
            plain = after
    yield plain, None


def _get_att(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    if isinstance(argument, str):
        logical_id, _, attribute = argument.partition(".")
        return scope.attribute(logical_id, attribute, path)
    logical_id, *rest = argument
    logical_id = scope.resolved(logical_id, path)
    attribute = ".".join(written_out(scope.resolved(each, path)) for each in rest)
    return scope.attribute(logical_id, attribute, path)


def _sub(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    text, own = (argument, {}) if isinstance(argument, str) else argument
    parts: list[object] = []
    for plain, variable in variables(text):
        parts.append(plain)
        if variable is not None:
            call_of = {"Fn::GetAtt" if "." in variable else "Ref": variable}
            parts.append(scope.resolved(mapping(own).get(variable, call_of), path))
    return joined(parts, path)


def _join(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    separator, values = argument
    resolved = scope.resolved(values, path)
    if not isinstance(resolved, list):
        return None
    parts = [each for part in resolved for each in (separator, part)]
    return joined(parts[1:], path)


def _select(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    index, values = (scope.resolved(each, path) for each in argument)
    return values[int(index)] if isinstance(values, list) and int(index) >= 0 else None


def _split(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    separator, text = (scope.resolved(each, path) for each in argument)
    return parted(text, str(separator), path)


def _find_in_map(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    keys, options = argument[:3], argument[3:]
    found: Any = scope.stack.section("Mappings")
    for key in keys:
        name = scope.resolved(key, path)
        if not known(name):
            # A region is known here, though it is none of the values that people read.
            name = scope.decided(key)
        if not known(name):
            return None
        found = found.get(written_out(name)) if isinstance(found, dict) else None
    if found is None and options and isinstance(options[0], dict):
        found = options[0].get("DefaultValue")
    return None if found is None else scope.resolved(found, path)


def _if(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    if scope.environment.regardless:
        return None
    name, yes, no = argument
    return scope.resolved(yes if scope.holds(name) else no, path, keep_nothing=True)


def _of_resolved(make: Callable[[Any], Any]) -> Function:
    return lambda scope, argument, path: make(scope.resolved(argument, path))


def _json(value: object) -> str:
    """Return a value as JSON text, with holes where it isn't known."""
    holes: list[Unknown] = []

    def marked(inner: object) -> object:
        if isinstance(inner, Unknown):
            holes.append(inner)
            return f"\ue000{len(holes) - 1}\ue001"
        if isinstance(inner, dict):
            return {str(marked(key)): marked(each) for key, each in inner.items()}
        return [*map(marked, inner)] if isinstance(inner, list) else inner

    pieces = HOLE.split(json.dumps(marked(value), ensure_ascii=False))
    return joined((holes[int(each)] if n % 2 else each for n, each in enumerate(pieces)), "")


def _base64(text: object) -> str | None:
    if not isinstance(text, str) or isinstance(text, Unknown):
        return None
    return base64.b64encode(text.encode()).decode()


FUNCTIONS: Mapping[str, Function] = {
    "Ref": lambda scope, name, path: scope.named(name, path),
    "Fn::Base64": _of_resolved(_base64),
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": lambda scope, name, path: scope.imported(
        written_out(scope.resolved(name, path)), path
    ),
    "Fn::Join": _join,
    "Fn::Length": _of_resolved(lambda value: len(value) if isinstance(value, list) else None),
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::ToJsonString": _of_resolved(_json),
}
"""CloudFormation's "Intrinsic function reference"; every other function is unknown before a deploy."""
