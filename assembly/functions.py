"""What CloudFormation's functions make of their arguments, as far as it can be known before a deploy."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from assembly.references import Text, joined, written_out
from kube.values import Unknown, known

if TYPE_CHECKING:
    from assembly.scope import Scope

NOTHING = object()
"""What AWS::NoValue stands for: its property is not there."""
IN_SUB = re.compile(r"\$\{(!?)([^{}]*)\}")
"""A variable of Fn::Sub; `${!Name}` is the text `${Name}`."""

Function = Callable[["Scope", Any, str], Any]


def function_of(value: object) -> tuple[str, Any] | None:
    """Return the name and the argument of a function call, None for any other value."""
    if not isinstance(value, Mapping) or len(value) != 1:
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
    start = 0
    plain = ""
    for match in IN_SUB.finditer(text):
        plain += text[start : match.start()]
        start = match.end()
        if match[1]:
            plain += f"${{{match[2]}}}"
        else:
            yield plain, match[2].strip()
            plain = ""
    yield plain + text[start:], None


def _ref(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    return scope.named(argument, path)


def _get_att(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    if isinstance(argument, str):
        logical_id, _, attribute = argument.partition(".")
        return scope.attribute(logical_id, attribute, path)
    logical_id, *rest = argument
    attribute = ".".join(written_out(scope.resolved(each, path)) for each in rest)
    return scope.attribute(logical_id, attribute, path)


def _sub(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    text, own = (argument, {}) if isinstance(argument, str) else argument
    parts: list[object] = []
    for plain, variable in variables(text):
        parts.append(plain)
        if variable is not None:
            inner = {"Ref": variable}
            if variable in own:
                inner = own[variable]
            elif "." in variable:
                inner = {"Fn::GetAtt": variable}
            parts.append(scope.resolved(inner, path))
    return joined(parts, path)


def _join(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    separator, values = argument
    resolved = scope.resolved(values, path)
    if not isinstance(resolved, list):
        return None
    parts: list[object] = []
    for index, part in enumerate(resolved):
        parts += [separator, part] if index else [part]
    return joined(parts, path)


def _select(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    index, values = (scope.resolved(each, path) for each in argument)
    return values[int(index)] if isinstance(values, list) and int(index) >= 0 else None


def _split(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    separator, text = (scope.resolved(each, path) for each in argument)
    return text.split(separator) if isinstance(text, str) and known(text) else None


def _find_in_map(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    keys, options = argument[:3], argument[3:]
    found: Any = scope.mappings
    for key in keys:
        name = scope.resolved(key, path)
        if not known(name):
            # A region is known here, though it is none of the values that people read.
            name = scope.decided(key)
        found = found.get(written_out(name)) if isinstance(found, Mapping) else None
    if found is None and options and isinstance(options[0], Mapping):
        found = options[0].get("DefaultValue")
    return None if found is None else scope.resolved(found, path)


def _import(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    return scope.imported(written_out(scope.resolved(argument, path)), path)


def _if(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    if scope.regardless:
        return None
    name, yes, no = argument
    return scope.resolved(yes if scope.holds(name) else no, path, keep_nothing=True)


def _base64(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    text = scope.resolved(argument, path)
    if not isinstance(text, str) or isinstance(text, Unknown):
        return None
    return base64.b64encode(text.encode()).decode()


def _to_json_string(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    value = scope.resolved(argument, path)
    return json.dumps(value) if known(value) else None


def _length(scope: Scope, argument: Any, path: str) -> Any:  # noqa: ANN401
    value = scope.resolved(argument, path)
    return len(value) if isinstance(value, list) else None


FUNCTIONS: Mapping[str, Function] = {
    "Ref": _ref,
    "Fn::Base64": _base64,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import,
    "Fn::Join": _join,
    "Fn::Length": _length,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::ToJsonString": _to_json_string,
}
"""CloudFormation's "Intrinsic function reference"; every other function is unknown before a deploy."""
