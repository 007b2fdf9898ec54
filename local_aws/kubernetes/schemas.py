"""The schemas that the API server merges and prunes by: of kinds, fields and items."""

from __future__ import annotations

from collections.abc import Mapping

from kube import schemas
from kube.schemas import OPEN, is_open
from kube.values import Json


class Schemas(schemas.Schemas):
    """Looks up the schema of a kind, of a field and of a list's items as well."""

    def of(self, api_version: str, kind: str) -> Json:
        """Return a kind's schema; an open one where none is known."""
        name = self.definition_name(api_version, kind)
        return self.definitions[name] if name else OPEN

    def field(self, schema: Json, name: str) -> Json | None:
        """Return the schema of an object's field; None if it may not have one of that name."""
        others = schema.get("additionalProperties")
        for found in ((schema.get("properties") or {}).get(name), others):
            if isinstance(found, Mapping):
                return self.resolve(found)
        return OPEN if others is True or is_open(schema) else None

    def items(self, schema: Json) -> Json:
        """Return the schema of a list's items."""
        return self.resolve(schema.get("items") or OPEN)
