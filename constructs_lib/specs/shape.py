"""Turn the errors of pydantic into problems, one `Problem` each."""

from __future__ import annotations

import ast
import difflib
import inspect
import itertools
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, cast, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from constructs_lib.specs.base import NOTHING, Key, Problem, written

WHERE_NONE_IS_AN_ANSWER = {
    *("is_instance_of", "string_type", "int_type", "tuple_type", "bool_type", "literal_error"),
    *("greater_than_equal", "less_than_equal"),
}
WORDS = {"yes": "True", "true": "True", "on": "True", "no": "False", "false": "False"}
WORDS |= {"off": "False"}
SPECIFIC = ("write ", "use parentheses: ", "move it to ")
"""How a fix begins that gives the very value to write."""


def shape_problems(
    model: type[BaseModel], errors: Sequence[ErrorDetails], values: Mapping[str, Any]
) -> list[Problem]:
    """Return what is wrong with the values of fields, as one problem for all members of a union."""
    found: dict[str, list[Problem]] = {}
    unknown = [error["loc"][0] for error in errors if error["type"] == "extra_forbidden"]
    misspelt = {_meant(model, str(field)) for field in unknown}
    for error in errors:
        # One mistake, told where the author can see it.
        if error["type"] == "missing" and error["loc"][0] in misspelt:
            continue
        # pydantic doesn't count the items that are wrong themselves.
        if error["type"] == "too_short" and error["input"]:
            continue
        field, *steps = error["loc"]
        places = list(_places(steps, values.get(str(field))))
        where = {**error, "loc": (field, *places)}
        of_union = len(places) < len(steps)
        key = f"{field} {places}" if of_union else f"{len(found)}"
        found.setdefault(key, []).append(_problem(model, cast("ErrorDetails", where)))
    return [_merged(several) for several in found.values()]


def _places(steps: Sequence[int | str], value: object) -> Iterator[int | str]:
    """Yield the steps that lead to a value; pydantic names the members of a union between them."""
    for step in steps:
        if isinstance(value, Mapping) and (step in value or step == "[key]"):
            value = value.get(step)
        elif isinstance(value, list | tuple) and isinstance(step, int):
            value = value[step]
        elif step != "[key]":
            continue
        yield step


def _merged(several: Sequence[Problem]) -> Problem:
    """Merge the problems of a union's members into one, with the most specific fix."""
    first, *others = several
    if not others:
        return first
    allowed = list(dict.fromkeys(problem.allowed for problem in several))
    fixes = (problem.fix for problem in several)
    pointed = [fix for fix in fixes if fix.startswith(SPECIFIC) and "…" not in fix]
    return replace(
        first,
        allowed=f"{', '.join(allowed[:-1])} or {allowed[-1]}",
        fix=pointed[0] if pointed else "use one of them",
    )


def _problem(model: type[BaseModel], error: ErrorDetails) -> Problem:
    """Return what is wrong with one value of a field."""
    field, *steps = error["loc"]
    field, got = str(field), error["input"]
    at = field + "".join(f"[{step!r}]" for step in steps)
    if steps and steps[-1] == "[key]":
        # pydantic adds "[key]" where a key is wrong and not its value.
        at, got = field + "".join(f"[{step!r}]" for step in steps[:-2]), Key(got)
    allowed, fix = _advice(model, error, field, at)
    if (
        not steps
        and error["type"] in WHERE_NONE_IS_AN_ANSWER
        and type(None) in get_args(model.model_fields[field].annotation)
    ):
        allowed = f"{allowed}, or None"
        if got is False or (isinstance(got, str) and got.lower() in {"", "none", "null"}):
            fix = f"write {field}=None"
    return Problem(
        at=at, got=NOTHING if error["type"] == "missing" else got, allowed=allowed, fix=fix
    )


def description(model: type[BaseModel], field: str) -> str:
    """Return the description of a field, or the text under it; "" where there is none.

    Pydantic can read them all when it makes a class, which takes a third of the time that the imports
    of the specifications take; an error about one field is rare.
    """
    if told := model.model_fields[field].description:
        return told
    of_bases = map(_texts, model.__mro__)
    return next((texts[field] for texts in of_bases if field in texts), "")


@cache
def _texts(model: type) -> Mapping[str, str]:
    """Return the texts under a class's own fields."""
    if not vars(model).get("__annotations__"):
        return {}
    try:
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    except (OSError, SyntaxError, TypeError):
        return {}
    return {
        statement.target.id: inspect.cleandoc(text.value.value)
        for statement, text in itertools.pairwise(getattr(tree, "body", []))
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _advice(model: type[BaseModel], error: ErrorDetails, field: str, at: str) -> tuple[str, str]:
    """Return what may stand there, and what to do."""
    context: Mapping[str, Any] = error.get("ctx", {})
    allowed = error["msg"].removeprefix("Input should be ")
    match error["type"]:
        case "extra_forbidden":
            meant = _meant(model, field)
            fix = f"did you mean {meant!r}?" if meant else f"remove {field!r}"
            return f"one of the fields {', '.join(model.model_fields)}", fix
        case "missing":
            about = _first_sentence(description(model, field))
            kind = model.model_fields[field].annotation
            value = f"{kind.__name__}(…)" if isinstance(kind, type(BaseModel)) else "…"
            return f"a value: {about[:1].lower()}{about[1:]}", f"add {field}={value}"
        case "refused":
            return context["allowed"], context["fix"]
        case "is_instance_of":
            where = _taking(model, type(error["input"]))
            fix = f"replace it with {context['class']}(…)"
            fix += f", and move this one to {where}" if where else ""
            return f"{context['class']}(…)", f"move it to {where}" if where and at != field else fix
        case "greater_than_equal":
            return allowed, f"set {field} to {context['ge']} or more"
        case "less_than_equal":
            return allowed, f"set {field} to {context['le']} or less"
        case "too_short":
            return "at least one", f"write {field}=(…,)"
        case _:
            return allowed, _instead(error["type"], allowed, error["input"], at)


def _taking(model: type[BaseModel], kind: type) -> str | None:
    """Return the field of a specification that takes another one, such as one in the wrong place."""

    def parts(annotation: object) -> Iterator[object]:
        yield annotation
        for each in get_args(annotation):
            yield from parts(each)

    fields = model.model_fields.items() if issubclass(kind, BaseModel) else ()
    return next((name for name, field in fields if kind in [*parts(field.annotation)]), None)


def _meant(model: type[BaseModel], field: str) -> str | None:
    """Return the field that an unknown one means."""
    known = list(model.model_fields)
    near = difflib.get_close_matches(field, known, n=1)
    return near[0] if near and field.removeprefix("not_") not in known else None


def _instead(kind: str, allowed: str, value: object, at: str) -> str:
    """Return what to write instead of a value of another type."""
    match kind, value:
        case "string_type", int() | float():
            return f"write {str(value)!r}, in quotes"
        case "tuple_type", str():
            return f"write ({value!r},), with the trailing comma"
        case "tuple_type", list() | set() | frozenset():
            comma = "," * (len(value) == 1)
            return f"use parentheses: ({', '.join(map(written, value))}{comma})"
        case "tuple_type", _:
            return f"use parentheses, with a comma after a single item: {at}=(…,)"
        case (("int_type" | "int_parsing"), str()) if value.strip().lstrip("-").isdecimal():
            return f"write {int(value)}, without quotes"
        case "bool_type", str() if value.lower() in WORDS:
            return f"write {WORDS[value.lower()]}, without quotes"
        case "literal_error", str():
            choices = [word for word in allowed.split("'") if word.strip(" ,") not in {"", "or"}]
            near = difflib.get_close_matches(
                value.lower(), map(str.lower, choices), n=1, cutoff=0.5
            )
            meant = next((each for each in choices if near and each.lower() == near[0]), None)
            return f"did you mean {meant!r}?" if meant else "use one of them"
        case _:
            return "use one of them" if kind == "literal_error" else f"set {at} to {allowed}"


def _first_sentence(text: str) -> str:
    return text.strip().split(". ")[0].split(".\n")[0].rstrip(".").replace("\n", " ")


def settings(spec: object, **wanted: int) -> str:
    """Return what to set of these fields, such as `set max_size=9 and desired_size=9`."""
    changed = [f"{name}={value}" for name, value in wanted.items() if getattr(spec, name) != value]
    return f"set {' and '.join(changed)}"
