"""cfn-lint finds nothing in any template."""

from __future__ import annotations

import pytest

from tests.support import Assembly, stack_paths, template_files

IGNORED = [
    "W3010",  # zones are named in the environments, on purpose; acknowledged beside each subnet
    "W3005",  # the CDK writes each edge out, also where a reference implies it
]


@pytest.mark.parametrize("stack", stack_paths())
def test_template_is_clean(stack: str, assembly: Assembly) -> None:
    """Types, properties, values and references are what CloudFormation knows."""
    from cfnlint.api import lint  # noqa: PLC0415  # one process of several needs half a second for it
    from cfnlint.config import ManualArgs  # noqa: PLC0415

    matches = lint(
        template_files(assembly)[stack].read_text(encoding="utf-8"),
        config=ManualArgs(regions=["eu-west-1"], ignore_checks=IGNORED),
    )
    assert [str(match) for match in matches] == []
