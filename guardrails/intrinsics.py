"""Reading values in which CloudFormation still has something to fill in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_IN_SUB = re.compile(r"\$\{([^!}][^}]*)\}")


def text(value: object) -> str:
    """Return a value as text, what CloudFormation fills in as `${Name}` or `${Name.Attribute}`."""
    return "".join(_pieces(value))


def references(value: object) -> Iterator[str]:
    """Yield the logical id behind every Ref, Fn::GetAtt and Fn::Sub inside a value."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "Ref":
                yield inner
            elif key == "Fn::GetAtt":
                yield inner.split(".")[0] if isinstance(inner, str) else inner[0]
            elif key == "Fn::Sub":
                yield from _sub_references(inner)
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def imports(value: object) -> Iterator[str]:
    """Yield the name of every export that a value imports."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "Fn::ImportValue":
                yield text(inner)
            else:
                yield from imports(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from imports(inner)


def json_text(value: object) -> str:
    """Return a value as JSON text, what CloudFormation fills in as a plain word or as 0.

    The CDK writes a token that is a number without quotation marks, and a word wouldn't be JSON.
    """
    written = ""
    inside_string = False
    for piece in _pieces(value):
        filled_in = piece.startswith("${") and not isinstance(value, str)
        written += ("value" if inside_string else "0") if filled_in else piece
        if not filled_in:
            quotes = len(re.findall(r'(?<!\\)(?:\\\\)*"', piece))
            inside_string ^= quotes % 2 == 1
    return written


def parsed_json(value: object) -> Any:  # noqa: ANN401  # JSON may hold anything
    """Return what a JSON text says, or None if it is no JSON, such as a parameter."""
    try:
        return json.loads(json_text(value))
    except json.JSONDecodeError:
        return None


def _pieces(value: object) -> Iterator[str]:
    if isinstance(value, list):
        yield ",".join(text(item) for item in value)
    elif not isinstance(value, Mapping):
        yield str(value)
    elif "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        for index, part in enumerate(parts):
            if index and separator:
                yield separator
            yield from _pieces(part)
    elif "Fn::Sub" in value:
        template = value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
        yield from (piece for piece in re.split(r"(\$\{[^!}][^}]*\})", template) if piece)
    elif "Ref" in value:
        yield f"${{{value['Ref']}}}"
    elif "Fn::GetAtt" in value:
        target = value["Fn::GetAtt"]
        yield f"${{{target if isinstance(target, str) else '.'.join(target)}}}"
    else:
        yield f"${{{next(iter(value), 'nothing')}}}"


def _sub_references(inner: str | list[Any]) -> Iterator[str]:
    template, variables = (inner, {}) if isinstance(inner, str) else inner
    for name in _IN_SUB.findall(template):
        if name not in variables:
            yield name.split(".")[0]
    yield from references(variables)
