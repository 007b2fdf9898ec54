"""The way into MiniStack: its private names, and how we replace some of them.

MiniStack is pinned to one release, so its internals are known. `internals.json` lists every private
name that is read or replaced, by module; nothing else of this project touches one. A name that a new
release drops fails at once, and by name.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from ministack.core import responses

from kube.values import table

Function = Callable[..., Any]
"""A function of MiniStack's, which ships no types."""

NAMES: Mapping[str, list[str]] = table(__file__)
"""The private names by module below `ministack`, without their underscore."""

PATCHES: list[Callable[[], None]] = []
"""What `apply` does, in the order in which the modules were imported."""


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
        if name not in NAMES[self._name]:
            raise AttributeError(f"internals.json does not list {self._name}._{name}")
        return getattr(self.module, f"_{name}")


ALB = Internals("services.alb")
CLOUDFORMATION = Internals("services.cloudformation")
DRIFT = Internals("services.cloudformation.drift")
EC2 = Internals("services.ec2")
ECR = Internals("services.ecr")
EKS = Internals("services.eks")
ENGINE = Internals("services.cloudformation.engine")
HANDLERS = Internals("services.cloudformation.handlers")
IAM = Internals("services.iam")
KMS = Internals("services.kms")
LAMBDA = Internals("services.lambda_svc")
LOGS = Internals("services.cloudwatch_logs")
PROVISIONERS = Internals("services.cloudformation.provisioners")
STACKS = Internals("services.cloudformation.stacks")
TAGGING = Internals("services.tagging")


def account() -> str:
    """Return the account that the current request or stack belongs to."""
    return str(responses.get_account_id())


def region() -> str:
    """Return the region that the current request or stack belongs to."""
    return str(responses.get_region())


def patch(module: str, name: str) -> Callable[[Function], Function]:
    """Put the decorated function in the place of one of MiniStack's, which it gets as `original`."""

    def remember(function: Function) -> Function:
        PATCHES.append(lambda: _replace(module, name, function))
        return function

    return remember


def apply() -> None:
    """Replace all that is to be replaced; call it once, before MiniStack serves."""
    for install in PATCHES:
        install()


def _replace(module: str, name: str, function: Function) -> None:
    """Replace a function wherever `from x import name` has copied it."""
    if name.startswith("_") and name[1:] not in NAMES[module]:
        raise AttributeError(f"internals.json does not list {module}.{name}")
    original: Function = getattr(importlib.import_module(f"ministack.{module}"), name)

    @functools.wraps(original)
    def replacement(*arguments: object, **named: object) -> object:
        return function(original, *arguments, **named)

    for loaded, found in list(sys.modules.items()):
        if loaded.startswith("ministack.") and vars(found).get(name) is original:
            setattr(found, name, replacement)
