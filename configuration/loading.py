"""The environments of the list: each file read, checked by its rules, and compared with the others."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout, suppress

from configuration.capacity_checks import overflows
from configuration.files import read
from configuration.model import EnvironmentConfig
from constructs_lib.specs.base import Problem, UncheckedError, checked, readable, repeated

PACKAGE = "environments"
"""The folder of the environments, and of their list."""


def load(
    *, package: str | None = None, may_overflow: bool = False
) -> tuple[EnvironmentConfig, ...]:
    """Return every environment, checked; raises `ConfigurationError` with all problems of all.

    `package` is the folder with the list, environments unless said otherwise. `may_overflow` leaves
    out whether the addresses suffice, for a look at the numbers.
    """
    # By module, so that a path in a message begins with the file's name.
    # What their code prints must not be taken for the output of a command.
    with redirect_stdout(sys.stderr):
        environments, broken = read(package or PACKAGE)
        across: list[Problem] = [*broken, *_collisions(environments)]
        if not may_overflow:
            across.extend(_overflows(environments))
        checked(*across, **environments)
    return tuple(environments.values())


def _overflows(environments: Mapping[str, EnvironmentConfig]) -> Iterator[Problem]:
    """Every subnet holds what an environment can put into it."""
    for module, config in environments.items():
        for problem in overflows(config):
            yield problem.under(module)


def _collisions(environments: Mapping[str, EnvironmentConfig]) -> Iterator[Problem]:
    """Two environments of one name would be one stage; a cluster's name is taken only once."""
    modules = list(environments)
    names = dict(readable(environments.values(), "name"))
    for index, name in repeated(environments.values(), "name"):
        first = next(each for each, other in names.items() if other == name)
        yield Problem(
            at=f"{modules[index]}.name",
            got=name,
            allowed=f"a name that no other environment has; {modules[first]} has it too",
            fix="rename one of them",
        )
    yield from _stages(environments)
    taken: dict[tuple[str | None, ...], str] = {}
    for module, config in environments.items():
        with suppress(UncheckedError):
            identity = (config.account, config.region, config.cluster.name)
            owner = taken.setdefault(identity, module)
            if owner != module:
                yield Problem(
                    at=f"{module}.cluster.name",
                    got=config.cluster.name,
                    allowed="a name that no other cluster in the account and region has; "
                    f"{owner}.cluster has it too",
                    fix="rename one of them before its first deploy",
                )


def _stages(environments: Mapping[str, EnvironmentConfig]) -> Iterator[Problem]:
    """A stage names the stacks and a folder; some disks don't tell capitals from small letters."""
    stages: dict[str, str] = {}
    for module, config in environments.items():
        with suppress(UncheckedError):
            first = stages.setdefault(config.stage_id.lower(), config.name)
            if first != config.name:
                yield Problem(
                    at=f"{module}.name",
                    got=config.name,
                    allowed=f"a name that differs from {first!r} by more than hyphens: the stacks of "
                    f"both would be named {config.stage_id}-…",
                    fix="rename one of them",
                )
