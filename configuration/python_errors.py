"""What to write where Python stops: in a file of values, and in a workload's own code."""

from __future__ import annotations

import difflib
import importlib
import linecache
import pkgutil
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from configuration.model import EnvironmentConfig
from constructs_lib import specs
from constructs_lib.specs.base import Spec, written

ROOT = Path(__file__).parents[1]
OWN = ("environments", "workloads")
NEAR = 0.8
"""Code may use any name, so only one that is this near to one of ours is a typo of it."""


def line_of(file: str, number: int | None) -> str:
    """Return a line of a file, without its indentation."""
    return linecache.getline(file, number or 0).strip().replace("\0", "\\0")


def advice_on_values(error: BaseException, text: str) -> tuple[str, str]:
    """Return what may stand in a line of an environment, and what to write."""
    correct = f"correct {text}" if text else "correct the file"
    match error:
        case SyntaxError():
            return "valid Python", correct
        case ModuleNotFoundError(name=str(name)):
            folder = name.partition(".")[0]
            beside = _modules(folder) if folder in OWN else []
            known = beside or sorted({*_homes().values(), *_modules("workloads")})
            # All modules of a folder have its name in common.
            names = {each.removeprefix(f"{folder}."): each for each in known}
            near = difflib.get_close_matches(name.removeprefix(f"{folder}."), names, n=1)
            gone = f"remove {text} and what uses it" if text else correct
            file = f"{name.replace('.', '/')}.py"
            gone = (
                f"write the module that it was renamed to, put {file} back, or {gone}"
                if beside
                else gone
            )
            fix = f"write {names[near[0]]}" if near else gone
            return f"an installed module, such as {', '.join(known)}", fix
        case ImportError() if found := _not_there(error):
            return "a name that the module defines", _import_of(found) or correct
        case NameError(name=str(name)):
            return "a name that is imported or defined above", _import_of(name) or correct
        case TypeError() if "positional argument" in written(error, str):
            return "fields as keyword arguments, such as cidr=…", f"name each field in {text}"
        case _:
            return "values only, nothing that can raise an error", correct


def advice_on_code(error: BaseException, text: str) -> tuple[str, str]:
    """Return what may stand in a line of a workload's code, and what to write."""
    correct = f"correct {text}" if text else "correct the file"
    match error:
        case SyntaxError():
            return "valid Python", correct
        case ModuleNotFoundError(name=str(name)):
            return "an installed module, or one of this project", _module(name, correct)
        case ImportError() if found := _not_there(error):
            names = dir(sys.modules.get(error.name or "", object))
            near = difflib.get_close_matches(found, names, n=1)
            meant = f"did you mean {near[0]}? {correct}" if near else correct
            return "a name that the module defines", _import_of(found, NEAR) or meant
        case NameError(name=str(name)):
            return (
                "a name that is imported or defined before its use",
                _import_of(name, NEAR) or f"import or define {name}, or {correct}",
            )
        case TypeError() if taken := re.search(
            r"(\S+\(\)) got an unexpected .*?'(\w+)'", written(error, str)
        ):
            return f"arguments that {taken[1]} takes", f"rename or remove {taken[2]} in {text}"
        case _:
            return "code that doesn't raise", correct


def _module(name: str, correct: str) -> str:
    """Return how a module gets there: its package is installed, or its name is corrected."""
    near = difflib.get_close_matches(name, set(_homes().values()), n=1, cutoff=NEAR)
    if near:
        return f"write {near[0]}"
    top = name.partition(".")[0]
    # Python imports a package before its module.
    if top in sys.modules:
        return correct
    return f"add the package of {top} to requirements.in and run `make lock`, or {correct}"


def _modules(folder: str) -> list[str]:
    """Return the modules of a folder of the environment's own."""
    return sorted(f"{folder}.{each.name}" for each in pkgutil.iter_modules([str(ROOT / folder)]))


def _not_there(error: ImportError) -> str:
    """Return the name that a module doesn't define."""
    found = re.match(r"cannot import name '(\w+)'", written(error, str))
    return found[1] if found else ""


def _import_of(name: str, cutoff: float = 0.6) -> str | None:
    """Return the line that imports a class of ours, or the one with the nearest name."""
    homes = _homes()
    near = next(iter(difflib.get_close_matches(name, homes, n=1, cutoff=cutoff)), None)
    if near is None:
        return None
    meant = "" if near == name else f"did you mean {near}? "
    return f"{meant}write `from {homes[near]} import {near}`"


def _homes() -> Mapping[str, str]:
    """Return the module of each class that an environment is made of."""
    names = [f"{specs.__name__}.{each.name}" for each in pkgutil.iter_modules(specs.__path__)]
    classes: list[type[Spec]] = [
        each
        for module in map(importlib.import_module, names)
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Spec) and each is not Spec
    ]
    classes.append(EnvironmentConfig)
    return {each.__name__: each.__module__ for each in classes}
