"""The Python of the documents runs, and the product takes it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aws_cdk as cdk
import pytest
from cdk_nag import AwsSolutionsChecks

from constructs_lib.specs.base import Spec, checked
from constructs_lib.specs.workloads import Workload
from guardrails.plugin import Guardrails
from tests.support import ROOT
from tests.unit.guardrails.environments import TODAY

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SNIPPETS = [
    pytest.param(block, id=f"{file.relative_to(ROOT)}-{number}")
    for file in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
    for number, block in enumerate(BLOCK.findall(Path(file).read_text(encoding="utf-8")), 1)
]


OWN = [snippet for snippet in SNIPPETS if "\nclass " in str(snippet.values[0])]
"""A team writes these into workloads/."""


@pytest.mark.parametrize("snippet", OWN)
def test_a_class_of_a_team_passes_the_lint(snippet: str) -> None:
    """`make check` has nothing to say about it, in a module of its own."""
    ruff = Path(sys.executable).with_name("ruff")
    result = subprocess.run(  # noqa: S603  # a pinned tool
        [ruff, "check", "--quiet", "--stdin-filename", "workloads/own.py", "-"],
        cwd=ROOT,
        input=snippet,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_snippet_is_taken(snippet: str) -> None:
    """It runs by itself, and every specification that it writes has no problem."""
    names: dict[str, Any] = {}
    specs: list[object] = []
    for statement in ast.parse(snippet).body:
        if not isinstance(statement, ast.Expr):
            exec(compile(ast.Module([statement], []), "<snippet>", "exec"), names)  # noqa: S102
            continue
        specs.append(eval(compile(ast.Expression(statement.value), "<snippet>", "eval"), names))  # noqa: S307
    for value in names.values():
        specs += [
            each for each in (value if isinstance(value, tuple) else [value]) if _is_spec(each)
        ]
    assert specs
    for spec in specs:
        assert isinstance(spec, Spec)
        checked(snippet=spec)


@pytest.mark.parametrize("snippet", OWN)
def test_a_class_of_a_team_builds(snippet: str) -> None:
    """Neither cdk-nag nor the guardrails find anything in its stack."""
    names: dict[str, Any] = {}
    exec(compile(snippet, "<snippet>", "exec"), names)  # noqa: S102
    app = cdk.App()
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app), Guardrails(today=TODAY))
    stack = cdk.Stack(app, "Own")
    platform: Any = SimpleNamespace(cluster_name="one")
    for workload in names.values():
        if isinstance(workload, Workload):
            workload.build(stack, platform)
    app.synth()
    assert stack.node.children


def _is_spec(value: object) -> bool:
    return isinstance(value, Spec)


def test_there_are_snippets() -> None:
    """The pattern finds what it is meant for."""
    assert SNIPPETS
