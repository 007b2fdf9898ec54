"""The environments of this project. One module of values each; this list names them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from constructs_lib.specs.base import Problem, checked, readable
from environments.model import EnvironmentConfig


def load() -> tuple[EnvironmentConfig, ...]:
    """Return every environment, checked; raises `ConfigurationError` with all problems of all."""
    from environments import dev, prod  # noqa: PLC0415  # values are read only when asked for

    # By module, so that a path in a message begins with the file's name.
    environments = {"dev": dev.ENVIRONMENT, "prod": prod.ENVIRONMENT}
    checked(*_same_names(environments), **environments)
    return tuple(environments.values())


def _same_names(environments: Mapping[str, EnvironmentConfig]) -> Iterator[Problem]:
    """Two environments of one name would be one stage."""
    modules = list(environments)
    seen: set[str] = set()
    for index, name in readable(environments.values(), "name"):
        if name in seen:
            yield Problem(
                at=f"{modules[index]}.name",
                got=name,
                allowed="a name that no other environment has",
                mend="rename one of them",
            )
        seen.add(name)
