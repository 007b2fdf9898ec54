"""The files of the environments, read one by one: a broken one doesn't hide the problems of others."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator, Sequence
from types import ModuleType

from configuration.file_problems import FileProblem, Folder
from configuration.model import EnvironmentConfig
from constructs_lib.specs.base import shortened


def read(package: str) -> tuple[dict[str, EnvironmentConfig], list[FileProblem]]:
    """Return the environments that a package lists, by module, and what is wrong with its files."""
    folder = Folder(package=package)
    listing, problem = _module(folder, "__init__")
    if listing is None:
        return {}, [problem] if problem else []
    found = [name for wave in waves(listing) for name in wave]
    names = [name for name in found if isinstance(name, str)]
    if not names or len(names) < len(found):
        return {}, [_no_list(folder, listing)]
    problems = [*_wrong_names(folder, waves(listing), names)]
    environments: dict[str, EnvironmentConfig] = {}
    for name in dict.fromkeys(names):
        if name in folder.modules:
            module, problem = _module(folder, name)
            value = getattr(module, "ENVIRONMENT", None)
            if isinstance(value, EnvironmentConfig):
                environments[name] = value
            else:
                problems.append(problem or _no_environment(folder, name, module))
    # A file that another one imports is told once.
    return environments, list(dict.fromkeys(problems))


def waves(listing: ModuleType) -> list[tuple[object, ...]]:
    """Return the waves of a list, in the order of delivery; a single name is its own wave."""
    names = getattr(listing, "ENVIRONMENTS", None)
    if not isinstance(names, tuple | list):
        return []
    found = [tuple(wave) if isinstance(wave, tuple | list) else (wave,) for wave in names]
    # An empty wave would leave out the job of GitHub that the next one waits for.
    return [wave for wave in found if wave]


def _module(folder: Folder, name: str) -> tuple[ModuleType | None, FileProblem | None]:
    """Return a module, or why it can't be imported: a file may raise anything."""
    try:
        return importlib.import_module(f"{folder.package}.{name}".removesuffix(".__init__")), None
    except (Exception, SystemExit) as error:  # noqa: BLE001
        return None, folder.explained(error, name)


def _no_list(folder: Folder, listing: ModuleType) -> FileProblem:
    return FileProblem(
        at=folder.place("__init__", "ENVIRONMENTS"),
        got=_value(listing, "ENVIRONMENTS"),
        allowed="the module names of the environments, each in quotes",
        fix=f"write {folder.repaired(waves(listing))}",
    )


def _wrong_names(
    folder: Folder, listed: Sequence[tuple[object, ...]], names: Sequence[str]
) -> Iterator[FileProblem]:
    """A name without a file, a name that is there twice, and a file that nobody lists."""
    right = [name for name in dict.fromkeys(names) if name in folder.modules]
    for name in dict.fromkeys(names):
        if name not in right or names.count(name) > 1:
            what = "is listed twice" if name in right else f"has no file {folder.file(name)}"
            yield FileProblem(
                at=folder.place("__init__", "ENVIRONMENTS"),
                got=f"{name!r} {what}",
                allowed=f"each of {', '.join(folder.modules)}, exactly once",
                fix=f"write {folder.repaired(listed)}",
            )
    unlisted = [each for each in folder.modules if each not in names]
    if unlisted:
        several = len(unlisted) > 1
        yield FileProblem(
            at=", ".join(map(folder.file, unlisted)),
            got=f"{'are' if several else 'is'} not listed, so {'they' if several else 'it'} would not be "
            "synthesized",
            allowed=f"a module that is listed in ENVIRONMENTS in {folder.file('__init__')}",
            fix=f"write {folder.repaired(listed)} there; if a file is not an environment, "
            "start its name with an underscore",
        )


def _no_environment(folder: Folder, name: str, module: ModuleType | None) -> FileProblem:
    values = vars(module).items() if module else ()
    other = next((key for key, value in values if isinstance(value, EnvironmentConfig)), None)
    return FileProblem(
        at=folder.place(name, "ENVIRONMENT"),
        got=_value(module, "ENVIRONMENT"),
        allowed="ENVIRONMENT = EnvironmentConfig(…)",
        fix=f"rename {other} to ENVIRONMENT"
        if other
        else "write ENVIRONMENT = EnvironmentConfig(name=…, region=…, …)",
    )


def _value(module: ModuleType | None, name: str) -> str:
    if not hasattr(module, name):
        return f"{name} is missing"
    return f"{name} = {shortened(repr(getattr(module, name)))}"
