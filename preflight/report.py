"""The rows of a preflight for people and for programs, and the policy that it needs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import zip_longest
from typing import Any

from capacity import text_table
from kube.values import table
from preflight.row import Result, Row
from preflight.target import Target

WIDTH = 72
ACTIONS: Sequence[str] = table(__file__, "actions.json")
"""The IAM actions of a preflight, except for the roles that it assumes."""


def worst(rows: Sequence[Row]) -> Result:
    """Return the worst result."""
    results = {row.result for row in rows}
    return "fails" if "fails" in results else "warns" if "warns" in results else "passes"


def lines(target: Target, rows: Sequence[Row]) -> Iterator[str]:
    """Yield a table of all rows, then what to do about those that don't pass."""
    cells = [("result", "check", "found")]
    for row in rows:
        parts = textwrap.wrap(row.found, WIDTH, break_on_hyphens=False)
        checks = textwrap.wrap(
            row.check, WIDTH // 2, break_long_words=False, break_on_hyphens=False
        )
        cells += zip_longest((row.result,), checks, parts, fillvalue="")
    yield from text_table.lines(cells)
    for row in rows:
        if row.run:
            yield ""
            yield f"{row.check} {row.result}:"
            yield f"  {row.run}"
    results = [row.result for row in rows]
    counts = [f"{results.count(each)} {each}" for each in ("fails", "warns", "passes")]
    failed = "fails" in results
    outcome = "Fix what fails before you deploy" if failed else "Nothing is known to block a deploy"
    yield ""
    yield f"{target.name}: {', '.join(counts)}. {outcome}."


def as_json(target: Target, rows: Sequence[Row]) -> dict[str, Any]:
    """Return the same as JSON."""
    return {
        "environment": target.name,
        "account": target.account,
        "region": target.region,
        "result": worst(rows),
        "rows": [asdict(row) for row in rows],
    }


def policy(target: Target) -> dict[str, Any]:
    """Return the IAM policy that a preflight needs: reads, and the CDK's roles as a deploy assumes them."""
    roles = [
        role.replace("${AWS::AccountId}", "*").replace("${AWS::Partition}", "*")
        for role in target.deployment.assumed_roles
    ]
    statements = [
        {"Sid": "Read", "Effect": "Allow", "Action": list(ACTIONS), "Resource": "*"},
        {"Sid": "DeployRoles", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": roles},
    ]
    return {"Version": "2012-10-17", "Statement": statements[: 2 if roles else 1]}
