"""What is wrong with a file of an environment: where, what Python reports, and the fix."""

from __future__ import annotations

import ast
import difflib
import importlib
import importlib.util
import json
import linecache
import pkgutil
import re
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from configuration.model import EnvironmentConfig
from constructs_lib import specs
from constructs_lib.specs.base import Problem, Spec


class FileProblem(Problem):
    """A problem of a file. `at` is the file with the line, `got` a sentence."""

    def __str__(self) -> str:
        """Show the problem like that of a field."""
        _, _, rest = super().__str__().partition("\n")
        return f"  {self.at}: {self.got}\n{rest}"


@dataclass(frozen=True, kw_only=True)
class Folder:
    """The folder of a package of environments."""

    package: str

    @property
    def path(self) -> Path:
        """Return where it is."""
        found = importlib.util.find_spec(self.package)
        return Path(next(iter((found and found.submodule_search_locations) or [self.package])))

    @property
    def modules(self) -> list[str]:
        """Return its modules, without those that begin with an underscore."""
        return sorted(file.stem for file in self.path.glob("[!_]*.py"))

    def file(self, name: str) -> str:
        """Return a module's file as a person names it, such as environments/dev.py."""
        return f"{self.package.replace('.', '/')}/{name}.py"

    def place(self, name: str, variable: str) -> str:
        """Return a module's file, with the line that gives a variable its value."""
        file = self.path / f"{name}.py"
        tree = ast.parse(file.read_bytes() if file.exists() else b"")
        lines = [
            node.lineno
            for statement in tree.body
            for node in ast.walk(statement)
            if isinstance(node, ast.Name)
            and node.id == variable
            and isinstance(node.ctx, ast.Store)
        ]
        return f"{self.file(name)} line {lines[-1]}" if lines else self.file(name)

    def listed(self, names: Iterable[str]) -> str:
        """Return the statement that lists some modules."""
        quoted = [json.dumps(name) for name in names]
        return f"ENVIRONMENTS = ({', '.join(quoted)}{',' * (len(quoted) == 1)})"

    def explained(self, error: BaseException, name: str) -> FileProblem:
        """Return why a module can't be imported: the line of this folder that Python stopped at."""
        file, line = str(self.path / f"{name}.py"), None
        if isinstance(error, SyntaxError) and error.filename:
            file, line = error.filename, error.lineno
        else:
            for frame in traceback.extract_tb(error.__traceback__):
                if Path(frame.filename).parent == self.path:
                    file, line = frame.filename, frame.lineno
        known = self.file(Path(file).stem) if Path(file).parent == self.path else file
        more = _of_workloads(error, self.path.parent)
        text = linecache.getline(file, line or 0).strip()
        said = (
            error.msg if isinstance(error, SyntaxError) else str(error)
        ) or "it exits the program"
        allowed, fix = _advice(error, text)
        if name == "__init__":
            fix = f"write {self.listed(self.modules)}"
        return FileProblem(
            at=f"{known} line {line}" if line else known,
            got=f"{type(error).__name__}: {said.splitlines()[0]}{more}",
            allowed=allowed,
            fix=fix,
        )


def _of_workloads(error: BaseException, project: Path) -> str:
    """Return the line in workloads/ that raised an error; empty if there is none."""
    lines = [
        f" ({Path(frame.filename).relative_to(project)} line {frame.lineno})"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(project / "workloads")
    ]
    return lines[-1] if lines else ""


def _advice(error: BaseException, text: str) -> tuple[str, str]:
    """Return what may stand in a line, and what to write."""
    correct = f"correct {text}" if text else "correct the file"
    match error:
        case SyntaxError():
            return "valid Python", correct
        case ModuleNotFoundError(name=str(name)):
            known = sorted(set(_homes().values()))
            near = difflib.get_close_matches(name, known, n=1)
            fix = f"write {near[0]}" if near else f"remove {text}" if text else correct
            return f"an installed module, such as {', '.join(known)}", fix
        case ImportError() if found := re.match(r"cannot import name '(\w+)'", str(error)):
            return "a name that the module defines", _import_of(found[1]) or correct
        case NameError(name=str(name)):
            return "a name that is imported or defined above", _import_of(name) or correct
        case TypeError() if "positional argument" in str(error):
            return "fields as keyword arguments, such as cidr=…", f"name each field in {text}"
        case _:
            return "values only, nothing that can raise an error", correct


def _import_of(name: str) -> str | None:
    """Return the line that imports a class of ours, or the one with the nearest name."""
    homes = _homes()
    near = next(iter(difflib.get_close_matches(name, homes, n=1)), None)
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
