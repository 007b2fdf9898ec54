"""The way into MiniStack: its private names, and how we replace some of them.

MiniStack is pinned to one release, so its internals are known. All that we read or replace goes
through this module; a name that a new release drops fails at once, and by name.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

Function = Callable[..., Any]
"""A function of MiniStack's, which ships no types."""

Wrapper = Callable[[Function], Function]
"""Makes the replacement of a function, given the one that it replaces."""

REPLACED: list[tuple[str, str]] = []
"""Module and name of all that was replaced."""


class Internals:
    """The private names of a MiniStack module, without their underscore.

    A name is looked up when it is used, so a replaced function is found, whoever asks.
    """

    def __init__(self, name: str) -> None:
        """Name the module below `ministack`; it is imported on first use."""
        self._name = name

    @functools.cached_property
    def module(self) -> ModuleType:
        """The module itself, for its public names."""
        return importlib.import_module(f"ministack.{self._name}")

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # MiniStack ships no types
        return getattr(self.module, f"_{name}")


ALB = Internals("services.alb")
EC2 = Internals("services.ec2")
ECR = Internals("services.ecr")
EKS = Internals("services.eks")
IAM = Internals("services.iam")
LAMBDA = Internals("services.lambda_svc")
PROVISIONERS = Internals("services.cloudformation.provisioners")
STACKS = Internals("services.cloudformation.stacks")


def account() -> str:
    """Return the account that the current request or stack belongs to."""
    return str(_responses().get_account_id())


def region() -> str:
    """Return the region that the current request or stack belongs to."""
    return str(_responses().get_region())


def replace(name: str, wrapper: Wrapper, *modules: str) -> None:
    """Replace a function in each of the modules that hold it under its own name.

    `from x import name` copies a name, so a function that is imported elsewhere is replaced there
    too. Raises `AttributeError` if a module has no such name.
    """
    first, *_ = found = [importlib.import_module(f"ministack.{module}") for module in modules]
    original: Function = getattr(first, name)
    replacement = functools.wraps(original)(wrapper(original))
    for module in found:
        if getattr(module, name) is not original:
            raise AttributeError(f"{module.__name__}.{name} is another function than expected")
        setattr(module, name, replacement)
        REPLACED.append((module.__name__, name))


def replace_action(service: str, action: str, wrapper: Wrapper) -> None:
    """Replace what serves an action of a query API, for the API and for CloudFormation's handlers."""
    actions: dict[str, Function] = Internals(f"services.{service}").ACTION_MAP
    name = actions[action].__name__
    replace(name, wrapper, f"services.{service}")
    actions[action] = getattr(importlib.import_module(f"ministack.services.{service}"), name)


def replace_value(name: str, value: object, module: str) -> None:
    """Replace anything else that a module holds."""
    found = importlib.import_module(f"ministack.{module}")
    getattr(found, name)
    setattr(found, name, value)
    REPLACED.append((found.__name__, name))


def _responses() -> ModuleType:
    return importlib.import_module("ministack.core.responses")
