"""cfn-lint finds nothing in any template, nor in those of examples/."""

from __future__ import annotations

from pathlib import Path

import pytest

from configuration.loading import load
from tests.support import Assembly, stack_paths, template_files

IGNORED = [
    "W3010",  # zones are named in the environments, on purpose; acknowledged beside each subnet
    "W3005",  # the CDK writes each edge out, also where a reference implies it
]


def findings(template: Path) -> list[str]:
    """Return what cfn-lint says of a template."""
    from cfnlint.api import lint  # noqa: PLC0415  # one process of several needs half a second for it
    from cfnlint.config import ManualArgs  # noqa: PLC0415

    config = ManualArgs(regions=["eu-west-1"], ignore_checks=IGNORED)
    return [str(match) for match in lint(template.read_text(encoding="utf-8"), config=config)]


@pytest.mark.parametrize("stack", stack_paths())
def test_template_is_clean(stack: str, assembly: Assembly) -> None:
    """Types, properties, values and references are what CloudFormation knows."""
    assert findings(template_files(assembly)[stack]) == []


@pytest.mark.parametrize("name", [each.stage_id for each in load(package="examples")])
def test_example_is_clean(name: str, synthesized: Assembly) -> None:
    """All stacks of one: it is meant to be copied."""
    files = template_files(synthesized)
    own = [file for stack, file in files.items() if stack.startswith(f"{name}/")]
    assert own
    assert [each for file in own for each in findings(file)] == []
