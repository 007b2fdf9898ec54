"""The base of every specification: every problem at once, each with its path.

Python builds the inner values of an environment file before the outer ones, so a model that raised at
once could only tell its own problems. A `Spec` therefore never raises. It keeps what is valid and remembers
what is not; `checked` walks the finished tree, runs the rules on all that can be read, and raises one
`ConfigurationError` with everything it found.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import PrivateAttr, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from constructs_lib.specs.model import Model

NOTHING = object()
LONGEST_VALUE, LONGEST_ADVICE = 200, 2_000
"""How much of a value a message shows, and of what it says about it, in characters."""


@dataclass(frozen=True)
class Key:
    """What was found is a key of a mapping, not its value."""

    key: object


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong in a specification.

    `at` is the path of the field below the specification that reports it, `got` the value found
    there, `allowed` what may stand there and `fix` what to do about it.
    """

    at: str
    got: object
    allowed: str
    fix: str

    def under(self, path: str) -> Problem:
        """Return the same problem, its path seen from an outer specification."""
        return replace(self, at=_join(path, self.at))

    def __str__(self) -> str:
        """Show the problem in three lines: where and what, what is allowed, how to fix it."""
        got = "is missing" if self.got is NOTHING else f"= {shortened(written(self.got))}"
        if isinstance(self.got, Key):
            got = f"has the key {shortened(written(self.got.key))}"
        allowed, fix = (shortened(each, LONGEST_ADVICE) for each in (self.allowed, self.fix))
        text = f"  {self.at} {got}\n    allowed: {allowed}\n    fix:     {fix}"
        return text.encode(errors="backslashreplace").decode()  # half a surrogate can't be printed


class ConfigurationError(Exception):
    """All that is wrong in the specifications that were checked."""

    def __init__(
        self, problems: list[Problem], *, outcome: str = "Nothing was synthesized."
    ) -> None:
        """Keep the problems; the message lists them all, after what became of the synth."""
        self.problems = problems
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        listing = "\n\n".join(str(problem) for problem in problems)
        super().__init__(f"The environments have {count}. {outcome}\n\n{listing}\n")


class UncheckedError(AttributeError):
    """A field was read that holds no valid value; `checked` has the reason."""


def refused(allowed: str, fix: str) -> PydanticCustomError:
    """Return the error that a field's validator raises: what is allowed and how to fix it."""
    return PydanticCustomError("refused", "{allowed}", {"allowed": allowed, "fix": fix})


Rule = Callable[[Any], Iterator[Problem]]


def rule(function: Rule) -> Rule:
    """Mark a method as a rule over several fields; it yields a `Problem` for each breach.

    A rule that reads a field without a valid value ends silently: that field has its own problem.
    """
    function.__groundwork_rule__ = True  # type: ignore[attr-defined]  # a mark on the function
    return function


def readable(specs: Iterable[Spec], field: str) -> Iterator[tuple[int, Any]]:
    """Yield the position and the field of each specification whose field holds a valid value.

    A rule over a list of specifications reads them so: one that is wrong hides no other.
    """
    for index, spec in enumerate(specs):
        if field in spec.__dict__:
            yield index, spec.__dict__[field]


def repeated(specs: Iterable[Spec], field: str) -> Iterator[tuple[int, Any]]:
    """Yield the position and the field of each specification that repeats an earlier one's."""
    seen: set[Any] = set()
    for index, value in readable(specs, field):
        if value in seen:
            yield index, value
        seen.add(value)


class Spec(Model):
    """A frozen, strict model that collects its problems instead of raising them.

    Unknown fields and wrong types are problems. Nothing is converted: a number in quotes is none.
    """

    _shape_problems: list[Problem] = PrivateAttr(default_factory=list)
    _rejected: dict[str, object] = PrivateAttr(default_factory=dict)

    # Hidden from the type checker, which would lose the typed constructors of the subclasses.
    if not TYPE_CHECKING:

        def __init__(self, /, **values: object) -> None:
            """Take the fields by keyword; see the class for what happens to a wrong one."""
            try:
                super().__init__(**values)
            except ValidationError as error:
                self._keep_what_is_valid(values, error.errors())

        def __getattr__(self, name: str) -> object:
            """Refuse to read a field that holds no valid value."""
            if name in type(self).model_fields:
                message = f"{type(self).__name__}.{name} holds no valid value; see checked()"
                raise UncheckedError(message)
            return super().__getattr__(name)

    def _keep_what_is_valid(self, values: Mapping[str, Any], errors: list[ErrorDetails]) -> None:
        # That module needs Problem.
        from constructs_lib.specs.shape import shape_problems  # noqa: PLC0415

        fields = type(self).model_fields
        wrong = {str(error["loc"][0]) for error in errors}
        kept = {
            name: values[name] if name in values else field.get_default(call_default_factory=True)
            for name, field in fields.items()
            if name not in wrong and (name in values or not field.is_required())
        }
        object.__setattr__(self, "__dict__", kept)
        object.__setattr__(self, "__pydantic_fields_set__", set(values) & set(kept))
        object.__setattr__(self, "__pydantic_extra__", None)
        private = {
            "_shape_problems": shape_problems(type(self), errors, values),
            "_rejected": {name: values[name] for name in wrong & set(fields) & set(values)},
        }
        object.__setattr__(self, "__pydantic_private__", private)

    def problems(self, path: str = "") -> Iterator[Problem]:
        """Yield every problem of this specification and of those inside it, in field order."""
        found = [*self._shape_problems, *_breaches(self)]
        # One wrong item of a tuple must not hide the problems of the others.
        for name, value in {**self.__dict__, **self._rejected}.items():
            found.extend(_problems_inside(value, name))
        fields = list(type(self).model_fields)
        for problem in sorted(found, key=lambda problem: _place(problem, fields)):
            yield problem.under(path)


def checked(*across: Problem, **specs: Spec) -> None:
    """Raise one `ConfigurationError` with every problem of the given specifications.

    The keywords are the names that the paths begin with; `across` are the problems that no single
    specification can see.
    """
    found = [problem for name, spec in specs.items() for problem in spec.problems(name)]
    found.extend(across)
    if found:
        raise ConfigurationError(found)


def _breaches(spec: Spec) -> Iterator[Problem]:
    from constructs_lib.specs.own_code import problems_from  # noqa: PLC0415  # needs Problem

    for check in _rules(type(spec)):
        with suppress(UncheckedError):
            call = functools.partial(check, spec)
            yield from problems_from(type(spec), check.__name__, call)


def _problems_inside(value: object, path: str, depth: int = 5) -> Iterator[Problem]:
    if isinstance(value, Spec):
        yield from value.problems(path)
    # No field nests specifications deeper, and a value can contain itself.
    elif isinstance(value, tuple | list | Mapping) and depth:
        for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _problems_inside(item, f"{path}[{key!r}]", depth - 1)


@functools.cache
def _rules(model: type[Spec]) -> list[Rule]:
    members = {
        name: getattr(member, "fget", None) or member  # a rule may be a property
        for base in reversed(model.__mro__)
        for name, member in vars(base).items()
        if not name.startswith("__")  # what isn't built yet would be
    }
    return [member for member in members.values() if getattr(member, "__groundwork_rule__", False)]


def _place(problem: Problem, fields: list[str]) -> tuple[int, int]:
    """Return where a problem stands among those of its specification: by field, then by item."""
    field, *steps = re.split(r"[.\[\]]", problem.at)
    place = fields.index(field) if field in fields else len(fields) if field else -1
    return place, int(steps[0]) if steps and steps[0].isdecimal() else 0


def _join(path: str, rest: str) -> str:
    dot = "." if path and rest and not rest.startswith("[") else ""
    return f"{path}{dot}{rest}"


def written(value: object, how: Callable[[object], str] = repr) -> str:
    """Return the repr of a value, or its type if that fails."""
    try:
        return how(value)
    except Exception:  # noqa: BLE001  # the value is somebody else's, and so is its __repr__
        return f"a {type(value).__name__}"


def shortened(text: str, longest: int = LONGEST_VALUE) -> str:
    """Return a value as a message shows it."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
