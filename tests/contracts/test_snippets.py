"""The Python of the documents runs, and the product takes it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import aws_cdk as cdk
import pytest
from cdk_nag import AwsSolutionsChecks

from configuration.model import EnvironmentConfig
from configuration.remarks import remarks_of
from constructs_lib.specs.auto_mode import AutoModeSpec
from constructs_lib.specs.base import Spec, checked
from constructs_lib.specs.karpenter import KarpenterSpec
from constructs_lib.specs.workloads import Workload
from examples import auto_mode, karpenter
from guardrails.plugin import Guardrails
from stacks.platform import PlatformStage
from tests.support import ROOT, context, reference
from tests.unit.guardrails.environments import TODAY

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SNIPPETS = [
    pytest.param(block, id=f"{file.relative_to(ROOT)}-{number}")
    for file in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
    for number, block in enumerate(BLOCK.findall(Path(file).read_text(encoding="utf-8")), 1)
]
HOME = re.compile(r"# workloads/(\w+)\.py\n")
"""The first line of a snippet says in which module a team writes it."""


OWN = [snippet for snippet in SNIPPETS if "\nclass " in str(snippet.values[0])]
"""A team writes these into workloads/."""
LISTS = [
    each
    for each in SNIPPETS
    if re.search(r"^\w+ = (\(|Manifests)", str(each.values[0]), re.MULTILINE)
]
"""A team writes these into an environment's workloads."""
OF_POOLS = [
    each
    for each in SNIPPETS
    if re.search(r"^(AutoMode|Karpenter)Spec", str(each.values[0]), re.MULTILINE)
]
"""And these into its field for NodePools."""


@pytest.fixture(autouse=True)
def modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let snippets import the modules that others are."""
    for snippet in OWN:
        source = str(snippet.values[0])
        home = HOME.match(source)
        assert home, "say in the first line which module it is: # workloads/queue.py"
        module = ModuleType(f"workloads.{home[1]}")
        exec(compile(source, "<snippet>", "exec"), module.__dict__)  # noqa: S102
        monkeypatch.setitem(sys.modules, module.__name__, module)


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


@pytest.mark.parametrize("snippet", [each for each in SNIPPETS if each not in OWN])
def test_a_snippet_is_taken(snippet: str) -> None:
    """It runs by itself, and every specification that it writes has no problem."""
    specs = specs_of(snippet)
    assert specs
    for spec in specs:
        assert isinstance(spec, Spec)
        checked(snippet=spec)


@pytest.mark.parametrize("snippet", [*LISTS, *OF_POOLS])
def test_it_is_fit_to_be_copied(snippet: str, tmp_path: Path) -> None:
    """In an environment, neither cdk-nag nor the guardrails find anything, and nothing is warned of."""
    config = environment_with(specs_of(snippet))
    checked(environment=config)
    assert remarks_of(config) == {}
    app = cdk.App(outdir=str(tmp_path), context=context())
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app), Guardrails(today=TODAY))
    PlatformStage(app, config)
    app.synth()


def environment_with(specs: Sequence[object]) -> EnvironmentConfig:
    """Return an environment that has what a page writes."""
    for spec in specs:
        if isinstance(spec, KarpenterSpec):
            return karpenter.ENVIRONMENT.model_copy(update={"karpenter": spec})
        if isinstance(spec, AutoModeSpec):
            return auto_mode.ENVIRONMENT.model_copy(update={"auto_mode": spec})
    workloads = tuple(each for each in specs if isinstance(each, Workload))
    return reference()[0].model_copy(update={"fargate_profiles": (), "workloads": workloads})


def specs_of(snippet: str) -> list[object]:
    """Return what a snippet writes: its expressions, and its names that are specifications."""
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
    return specs


def _is_spec(value: object) -> bool:
    return isinstance(value, Spec)


def test_there_are_snippets() -> None:
    """The patterns find what they are meant for: each module of a team is in some environment."""
    assert SNIPPETS
    assert OF_POOLS
    listed = "".join(str(each.values[0]) for each in LISTS)
    homes = [HOME.match(str(each.values[0])) for each in OWN]
    assert homes
    assert all(home and f"from workloads.{home[1]} import" in listed for home in homes)
