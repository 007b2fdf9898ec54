"""The environments of this project. One module of values each; this list names them."""

from __future__ import annotations

from constructs_lib.specs.base import checked
from environments.model import EnvironmentConfig


def load() -> tuple[EnvironmentConfig, ...]:
    """Return every environment, checked; raises `ConfigurationError` with all problems of all."""
    from environments import dev, prod  # noqa: PLC0415  # values are read only when asked for

    environments = (dev.ENVIRONMENT, prod.ENVIRONMENT)
    checked(**{config.__dict__.get("name", "environment"): config for config in environments})
    return environments
