"""How a message shows a specification: what it was told, not what it would be anyway."""

from __future__ import annotations

from pydantic import BaseModel


class Shown(BaseModel):
    """A model whose repr leaves out the fields that have their default."""

    def __repr__(self) -> str:
        """Return the call that makes it."""
        fields = type(self).model_fields
        told = (
            f"{name}={value!r}"
            for name, value in self.__dict__.items()
            if name not in fields or fields[name].is_required() or value != fields[name].default
        )
        return f"{type(self).__name__}({', '.join(told)})"
