"""What a specification is to pydantic: how it is checked, when that is prepared, and how it is shown."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

_BUILT: ContextVar[type | None] = ContextVar("_BUILT", default=None)
"""The class whose validator is being built."""


class Model(BaseModel):
    """A frozen, strict model whose repr leaves out the fields that have their default."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        validate_default=True,
        # With the first one that is made: a program makes few of the hundred kinds.
        defer_build=True,
    )

    @classmethod
    def model_rebuild(cls, **options: Any) -> bool | None:  # noqa: ANN401  # pydantic's own
        """Build the validator of this class, and of no other."""
        before = _BUILT.set(cls)
        try:
            return super().model_rebuild(**options)
        finally:
            _BUILT.reset(before)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[BaseModel], handler: GetCoreSchemaHandler, /
    ) -> CoreSchema:
        """Inside another specification, take one that was made as one: a dict is not converted."""
        inside = cls is not _BUILT.get()
        return core_schema.is_instance_schema(cls) if inside else handler(source)

    def __repr__(self) -> str:
        """Return the call that makes it."""
        fields = type(self).model_fields
        told = (
            f"{name}={value!r}"
            for name, value in self.__dict__.items()
            if name not in fields or fields[name].is_required() or value != fields[name].default
        )
        return f"{type(self).__name__}({', '.join(told)})"
