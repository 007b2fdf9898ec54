"""The table of mistakes has a row for everything that an environment can be told."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, get_origin

import pytest
from pydantic import TypeAdapter, ValidationError

from constructs_lib.specs import base, types
from constructs_lib.specs.base import Problem, Spec
from tests.unit.configuration.auto_mode_mistakes import AUTO_MODE
from tests.unit.configuration.closed_network_mistakes import CLOSED_NETWORK
from tests.unit.configuration.karpenter_mistakes import KARPENTER
from tests.unit.configuration.machine_mistakes import MACHINES
from tests.unit.configuration.mistakes import MISTAKES
from tests.unit.configuration.node_pool_mistakes import NODE_POOLS
from tests.unit.configuration.silent_mistakes import SILENT
from tests.unit.configuration.spec_classes import RULE_MODULES, SPEC_MODULES, specs
from tests.unit.configuration.workload_mistakes import LATE

Place = tuple[str, int]
MODULES = (*SPEC_MODULES, *RULE_MODULES, base, types)


@dataclass
class Record:
    """What happened while all mistakes were made."""

    rules: set[base.Rule] = field(default_factory=set)
    """The rules that reported a problem."""
    places: set[Place] = field(default_factory=set)
    """File and line of the calls that made a problem."""
    problems: list[Problem] = field(default_factory=list)
    """The problems themselves."""

    def rule(self, check: base.Rule) -> base.Rule:
        """Return the same rule, which notes itself when it reports something."""

        def recorded(spec: Spec) -> Iterator[Problem]:
            for problem in check(spec):
                self.rules.add(check)
                yield problem

        return recorded

    def maker(self, make: Callable[..., object]) -> Callable[..., object]:
        """Return the same function, which notes from where it is called."""

        def recorded(*values: object, **fields: object) -> object:
            caller = sys._getframe(1)
            self.places.add((caller.f_code.co_filename, caller.f_lineno))
            return make(*values, **fields)

        return recorded


@pytest.fixture(scope="module")
def record() -> Record:
    """Make every mistake of the table once."""
    record = Record()
    rules_of = base._rules
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base, "_rules", lambda spec: [record.rule(each) for each in rules_of(spec)])
        for module in MODULES:
            for name in {"Problem", "refused"} & set(vars(module)):
                patch.setattr(module, name, record.maker(vars(module)[name]))
        for mistake in (
            *(
                *MISTAKES,
                *SILENT,
                *LATE,
                *MACHINES,
                *NODE_POOLS,
                *KARPENTER,
                *AUTO_MODE,
                *CLOSED_NETWORK,
            ),
        ):
            record.problems += mistake.problems()
    return record


def test_every_rule_has_its_mistake(record: Record) -> None:
    """No rule of any specification is without a row in the table."""
    rules = {each for spec in specs() for each in base._rules(spec)}

    assert len(rules) > 30
    assert {rule.__qualname__ for rule in rules - record.rules} == set()


def test_every_branch_of_every_rule_and_validator_has_its_mistake(record: Record) -> None:
    """No place in the code that makes a problem is without a row in the table."""
    places = {place for module in MODULES for place in places_in(module)}

    assert len(places) > 60
    assert {f"{path}:{line}" for path, line in places - record.places} == set()


def places_in(module: ModuleType) -> set[Place]:
    """Return where the code of a module makes a problem."""
    path = str(module.__file__)
    return {
        (path, node.lineno)
        for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("Problem", "refused")
    }


def test_every_type_of_text_has_its_mistake(record: Record) -> None:
    """No type of `specs/types.py` is without a row in the table."""
    told = {problem.allowed for problem in record.problems}
    annotated = {name: item for name, item in vars(types).items() if get_origin(item) is Annotated}

    assert len(annotated) > 10
    assert [name for name, item in annotated.items() if allowed_by(item) not in told] == []


def allowed_by(annotated: Any) -> str:  # noqa: ANN401
    """Return what a type says about a value that no type takes."""
    for wrong in ("", -1):
        try:
            TypeAdapter(annotated).validate_python(wrong, strict=True)
        except ValidationError as error:
            if error.errors()[0]["type"] == "refused":
                return str(error.errors()[0]["ctx"]["allowed"])
    pytest.fail("the type takes everything")


def test_every_limit_of_a_number_has_its_mistake(record: Record) -> None:
    """No lower or upper bound of a field is without a row in the table."""
    told = {
        (re.sub(r"\['.*'\]$", "", problem.at).rpartition(".")[2], problem.allowed.split(" ", 1)[0])
        for problem in record.problems
    }
    bounds = {
        (name, word)
        for spec in specs()
        for name, field in spec.model_fields.items()
        for word, mark in (("greater", "Ge("), ("less", "Le("))
        if mark in repr(field)
    }

    assert len(bounds) > 10
    assert bounds - told == set()
