"""What is wrong with a file of an environment: where, what Python reports, and the fix."""

from __future__ import annotations

import ast
import difflib
import importlib.util
import json
import re
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from configuration.python_errors import advice_on_code, advice_on_values, line_of
from constructs_lib.specs.base import Problem
from constructs_lib.specs.own_code import said


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

    def repaired(self, waves: Iterable[Iterable[object]]) -> str:
        """Return the statement that lists every module once, as far as possible in its wave.

        The list is the order of delivery. A new module takes the place of a name without a file, so that
        what came later, such as production, stays later; without such a name it comes last.
        """
        left = dict.fromkeys(self.modules)
        listed = [[str(name) for name in wave] for wave in waves]
        unlisted = [name for name in left if not any(name in wave for wave in listed)]
        missing = dict.fromkeys(name for wave in listed for name in wave if name not in left)
        meant = {name: [*_meant(name, unlisted)] for name in missing}
        new = [name for name in unlisted if [name] not in meant.values()]
        renamed = [name for name in missing if not meant[name]]
        for name, following in zip_longest(renamed, renamed[1:]):
            meant[name] = new[:1] if following else new
            new = new[len(meant[name]) :]
        guessed = [name for name in renamed for _ in meant[name]] + new
        placed = [[each for name in wave for each in meant.get(name, [name])] for wave in listed]
        added = [[name] for name in new]
        kept = [
            [json.dumps(name) for name in wave if name in left and not left.pop(name)]
            for wave in (*placed, *added)
        ]
        written = _tuple([_tuple(wave) for wave in kept if wave], single=False)
        return f"ENVIRONMENTS = {written}" + (", in your order of delivery" * (len(guessed) > 1))

    def _waves(self) -> list[list[str]]:
        """Return the waves of a list that can't be imported, as far as they can be read."""
        try:
            tree = ast.parse((self.path / "__init__.py").read_bytes())
        except (OSError, SyntaxError, ValueError):
            return []
        for statement in tree.body:
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id="ENVIRONMENTS")], value=value)
                    | ast.AnnAssign(target=ast.Name(id="ENVIRONMENTS"), value=value)
                ) if isinstance(value, ast.Tuple | ast.List):
                    return [[*_names(wave)] for wave in value.elts]
        return []

    def explained(self, error: BaseException, name: str) -> FileProblem:
        """Return why a module can't be imported: the line of this folder that Python stopped at."""
        places = [
            (each.filename, each.lineno) for each in traceback.extract_tb(error.__traceback__)
        ]
        start: tuple[str, int | None] = str(self.path / f"{name}.py"), None
        project = self.path.parent
        if isinstance(error, SyntaxError):
            files = (*self.path.glob("*.py"), *(project / "workloads").rglob("*.py"))
            named = [(error.filename, error.lineno)] if error.filename else [*_nul_bytes(files)]
            start, places = next(iter(named), start), named[:1] or places
        # That of the syntax would repeat the place.
        got = said(error, error.msg if isinstance(error, SyntaxError) else None)
        ours = [each for each in places if Path(each[0]).parent == self.path]
        theirs = [each for each in places if Path(each[0]).is_relative_to(project / "workloads")]
        file, line = ours[-1] if ours else start
        text = line_of(file, line)
        more = ""
        if theirs:
            place = f"{Path(theirs[-1][0]).relative_to(project)} line {theirs[-1][1]}"
            if not ours or text.startswith(("import ", "from ")):
                allowed, fix = advice_on_code(error, line_of(*theirs[-1]))
                return FileProblem(at=place, got=got, allowed=allowed, fix=fix)
            more = f" ({place})"
        known = self.file(Path(file).stem) if Path(file).parent == self.path else file
        allowed, fix = advice_on_values(error, text)
        if name == "__init__":
            fix = f"write {self.repaired(self._waves())}"
        return FileProblem(
            at=f"{known} line {line}" if line else known,
            got=f"{got}{more}",
            allowed=allowed,
            fix=fix,
        )


def _nul_bytes(files: Iterable[Path]) -> Iterator[tuple[str, int | None]]:
    """Yield the places of NUL bytes: the error that Python raises for one names no file."""
    for file in filter(Path.is_file, files):
        before, found, _ = file.read_bytes().partition(b"\0")
        if found:
            yield str(file), before.count(b"\n") + 1


def _meant(name: str, unlisted: Iterable[str]) -> Sequence[str]:
    """Return the module which a wrong name means, if any."""
    name = name.lower()
    named = [each for each in re.split(r"\W", name) if each in unlisted]
    return named[:1] or difflib.get_close_matches(name, unlisted, n=1)


def _names(wave: ast.expr) -> Iterator[str]:
    """Yield the names of a wave, those that only lack their quotes too."""
    for node in wave.elts if isinstance(wave, ast.Tuple | ast.List) else [wave]:
        match node:
            case ast.Constant(value=str(name)) | ast.Name(id=name):
                yield name


def _tuple(items: Iterable[str], *, single: bool = True) -> str:
    """Return a tuple as Python writes it, or a single item alone."""
    found = [*items]
    if len(found) == 1:
        return found[0] if single else f"({found[0]},)"
    return f"({', '.join(found)})"
