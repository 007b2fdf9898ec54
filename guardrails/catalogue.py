"""Every rule: what catalogue.yaml says about it, and its check."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from guardrails import acknowledgements, rules, step
from guardrails.rule import CHECKS, Check, Rule

for _package in (rules, step):
    for _module in pkgutil.iter_modules(_package.__path__, f"{_package.__name__}."):
        importlib.import_module(_module.name)

_FAMILIES: list[Mapping[str, Any]] = yaml.load(
    Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"),
    Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader),  # noqa: S506  # safe, and ten times as fast
)


def _rules(checks: Mapping[str, Check]) -> Iterator[Rule]:
    for family in _FAMILIES:
        for said in family["rules"]:
            if said["id"] in checks:
                yield Rule(family=family["family"], check=checks[said["id"]], **said)


ABOUT_RESOURCES = tuple(_rules(CHECKS))
RULES: tuple[Rule, ...] = (
    *ABOUT_RESOURCES,
    *_rules(acknowledgements.checks(ABOUT_RESOURCES)),
)
STEP: tuple[Rule, ...] = tuple(
    each for each in RULES if each.check.__module__.startswith(f"{step.__name__}.")
)
"""Those that need a base to compare with."""
