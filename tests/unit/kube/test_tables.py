"""Whether the tables name definitions and fields that Kubernetes has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import kube.enums
from kube.schemas import of_version
from kube.validity import _CHECKS
from kube.validity.tables import TABLES
from kube.validity.walk import short_name

SCHEMAS = of_version("1.36")
DEFINITIONS = {short_name(name): schema for name, schema in SCHEMAS.definitions.items()}
ENUMS = json.loads(Path(kube.enums.__file__).with_suffix(".json").read_text(encoding="utf-8"))


def named() -> Iterator[tuple[str, str]]:
    """Yield each definition and path of fields that a table names."""
    for definition, fields in [*TABLES["fields"].items(), *TABLES["words"].items()]:
        yield from ((definition, field) for field in fields)
    for definition, fields in ENUMS["words"].items():
        yield from ((definition, field.removesuffix(".items")) for field in fields)
    for definition, rows in TABLES["rows"].items():
        yield from ((definition, path) for _, when, field, _ in rows for path in (*when, field))
    for definition, unions in TABLES["unions"].items():
        for union in unions:
            at = [union["at"]] if "at" in union else []
            yield from ((definition, ".".join([*at, field])) for field in union["of"])
    for table in ("orders", "unique"):
        for definition, rows in TABLES[table].items():
            yield from ((definition, row[0]) for row in rows)
    yield from (tuple(place.rsplit(".", 1)) for place in (*TABLES["filled_in"], *ENUMS["since"]))
    yield from ((definition, "") for definition in _CHECKS)


def has(definition: str, path: str) -> bool:
    schema = DEFINITIONS.get(definition)
    for field in path.split(".") if path else ():
        schema = SCHEMAS.field(schema, field) if schema is not None else None
    return schema is not None


def test_every_definition_and_field_of_the_tables_is_there() -> None:
    """A row of a misspelt definition would judge nothing."""
    assert [place for place in named() if not has(*place)] == []
