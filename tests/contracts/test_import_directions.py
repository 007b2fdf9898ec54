"""Imports point one way: app → stacks → constructs_lib → aws_cdk."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT

OURS = (
    "app",
    "capacity",
    "constructs_lib",
    "environments",
    "guardrails",
    "kube",
    "local_aws",
    "review",
    "stacks",
    "tests",
    "tools",
)
ALLOWED = {
    "capacity": {"capacity"},
    "constructs_lib/specs": {"constructs_lib.specs", "capacity"},
    "constructs_lib": {"constructs_lib", "aws_cdk"},
    "environments": {"environments", "constructs_lib.specs", "capacity"},
    "guardrails": {"guardrails", "aws_cdk", "capacity", "constructs_lib.specs"},
    "guardrails/kubernetes_objects": {"guardrails"},
    "kube": {"kube"},
    "kube/validity": {"kube"},
    "local_aws": {"local_aws", "environments", "constructs_lib.specs.base", "tools"},
    "local_aws/emulator": {"local_aws", "capacity"},
    "local_aws/emulator/ec2": {"local_aws"},
    "local_aws/emulator/eks": {"local_aws", "capacity"},
    "local_aws/images": {"local_aws"},
    "local_aws/kubernetes": {"local_aws", "kube"},
    "local_aws/kubernetes/api_server": {"local_aws", "kube"},
    "local_aws/kubernetes/controllers": {"local_aws", "capacity", "kube"},
    "local_aws/load_balancers": {"local_aws"},
    # It tells in words what the guardrails find between two sets of templates.
    "review": {"review", "capacity", "tools", "guardrails"},
    "stacks": {
        *("stacks", "constructs_lib", "aws_cdk"),
        *("environments.model", "environments.capacity_checks"),
        "environments.capacity_plan",
    },
}
"""What the modules of a folder may import of ours, and whether of the CDK; the longest path counts."""


def imported(file: Path) -> Iterator[str]:
    """Yield the full name of everything that a module imports."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules() -> list[Path]:
    """Return every module of the folders that have a direction."""
    return [file for folder in ALLOWED for file in sorted((ROOT / folder).glob("*.py"))]


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(ROOT)))
def test_a_module_imports_only_what_lies_below_it(file: Path) -> None:
    """A module knows nothing of those that use it."""
    allowed = ALLOWED[str(file.parent.relative_to(ROOT))]
    wrong = [
        name
        for name in imported(file)
        if name.split(".")[0] in (*OURS, "aws_cdk")
        and not any(f"{name}.".startswith(f"{place}.") for place in allowed)
    ]
    assert not wrong, f"{file.relative_to(ROOT)} may not import {', '.join(wrong)}"


@pytest.mark.parametrize("folder", ["constructs_lib", "constructs_lib/specs", "stacks", "capacity"])
def test_nothing_below_the_environments_reads_the_process_environment(folder: str) -> None:
    """What a template says is decided in an environment file, and nowhere else."""
    for file in (ROOT / folder).glob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert "os.environ" not in text, file
        assert "getenv" not in text, file
        assert "try_get_context" not in text, file
