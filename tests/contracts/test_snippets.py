"""The Python of the documents runs, and the product takes it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.specs.base import Spec, checked
from tests.support import ROOT

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SNIPPETS = [
    pytest.param(block, id=f"{file.relative_to(ROOT)}-{number}")
    for file in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
    for number, block in enumerate(BLOCK.findall(Path(file).read_text(encoding="utf-8")), 1)
]


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_snippet_is_taken(snippet: str) -> None:
    """It runs by itself, and every specification that it writes has no problem."""
    names: dict[str, Any] = {}
    specs: list[object] = []
    for statement in ast.parse(snippet).body:
        if not isinstance(statement, ast.Expr):
            exec(compile(ast.Module([statement], []), "snippet", "exec"), names)  # noqa: S102
            continue
        specs.append(eval(compile(ast.Expression(statement.value), "snippet", "eval"), names))  # noqa: S307
    for value in names.values():
        specs += [
            each for each in (value if isinstance(value, tuple) else [value]) if _is_spec(each)
        ]
    assert specs
    for spec in specs:
        assert isinstance(spec, Spec)
        checked(snippet=spec)


def _is_spec(value: object) -> bool:
    return isinstance(value, Spec)


def test_there_are_snippets() -> None:
    """The pattern finds what it is meant for."""
    assert SNIPPETS
