"""The environments of this project. One module of values each; this list names them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from constructs_lib.specs.base import Problem, UncheckedError, checked, repeated
from environments.capacity_checks import overflows
from environments.model import EnvironmentConfig


def load(*, may_overflow: bool = False) -> tuple[EnvironmentConfig, ...]:
    """Return every environment, checked; raises `ConfigurationError` with all problems of all.

    `may_overflow` leaves out whether the addresses suffice, for a look at the numbers.
    """
    from environments import dev, prod  # noqa: PLC0415  # values are read only when asked for

    # By module, so that a path in a message begins with the file's name.
    environments = {"dev": dev.ENVIRONMENT, "prod": prod.ENVIRONMENT}
    across = [*_collisions(environments)]
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
    for index, name in repeated(environments.values(), "name"):
        yield Problem(
            at=f"{modules[index]}.name",
            got=name,
            allowed="a name that no other environment has",
            mend="rename one of them",
        )
    taken: set[tuple[str | None, ...]] = set()
    for module, config in environments.items():
        with suppress(UncheckedError):
            identity = (config.account, config.region, config.cluster.name)
            if identity in taken:
                yield Problem(
                    at=f"{module}.cluster.name",
                    got=config.cluster.name,
                    allowed="a name that no other cluster of the account and region has",
                    mend="rename one of them before its first deploy",
                )
            taken.add(identity)
