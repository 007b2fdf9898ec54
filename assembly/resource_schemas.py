"""The registry's schemas of resource types, from the data of cfn-lint.

Only its files are read: to import cfn-lint takes a second.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

REGION = "us-east-1"
"""The schemas are the same everywhere but for regions that lack a type."""


@functools.cache
def schema_of(kind: str) -> Mapping[str, Any]:
    """Return the schema of a resource type, empty for one that the registry doesn't know."""
    if kind.startswith("Custom::"):
        kind = "AWS::CloudFormation::CustomResource"
    name = _names().get(kind)
    return _read(f"resources/{name}.json") if name else {}


@functools.cache
def _names() -> Mapping[str, str]:
    return _read(f"providers/{REGION}.json")


def _read(file: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_folder() / file).read_text(encoding="utf-8"))
    return found


@functools.cache
def _folder() -> Path:
    package = find_spec("cfnlint")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("cfn-lint isn't installed: run `make setup`")
    return Path(package.origin).parent / "data/schemas"
