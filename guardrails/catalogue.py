"""Every rule, family by family."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from guardrails import acknowledgements, rules, step
from guardrails.rule import Family, Rule


def _families(package: ModuleType) -> Iterator[Family]:
    """Yield the families that the modules of a folder declare, or add rules to."""
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        values = vars(importlib.import_module(module.name)).values()
        yield from (value for value in values if isinstance(value, Family))


def _place(rule: Rule) -> tuple[str, str, int]:
    letters = rule.id.rstrip("0123456789")
    return rule.family, letters, int(rule.id.removeprefix(letters))


ABOUT_RESOURCES = tuple(
    sorted(
        (
            rule
            for family in dict.fromkeys((*_families(rules), *_families(step)))
            for rule in family.rules
        ),
        key=_place,
    )
)
RULES: tuple[Rule, ...] = (*ABOUT_RESOURCES, *acknowledgements.rules(ABOUT_RESOURCES))
