"""Whether the tables name definitions and fields that Kubernetes has."""

from __future__ import annotations

from collections.abc import Iterator

from kube.validity import _CHECKS, short_name
from kube.validity.rows import steps
from kube.validity.tables import ENUMS, TABLES
from local_aws.kubernetes.api_server.merging import Schemas

SCHEMAS = Schemas("1.36")
DEFINITIONS = {short_name(name): schema for name, schema in SCHEMAS.definitions.items()}


def named() -> Iterator[tuple[str, str]]:
    """Yield each definition and path of fields that a table names."""
    for definition, fields in [*TABLES["fields"].items(), *TABLES["words"].items()]:
        yield from ((definition, field) for field in fields)
    for definition, fields in ENUMS["words"].items():
        yield from ((definition, field.removesuffix(".items")) for field in fields)
    for definition, rows in TABLES["rows"].items():
        yield from ((definition, path) for row in rows for path in (*row[1], *row[2:3], *row[4:]))
    for definition, rows in TABLES["cases"].items():
        yield from ((definition, path) for row in rows for path in (*row[0], row[1], *row[3:]))
    for definition, unions in TABLES["unions"].items():
        for union in unions:
            at = [union["at"]] if "at" in union else []
            yield from ((definition, ".".join([*at, field])) for field in union["of"])
    for definition, rows in TABLES["unique"].items():
        yield from ((definition, row[0]) for row in rows)
    yield from (tuple(place.rsplit(".", 1)) for place in (*TABLES["filled_in"], *ENUMS["since"]))
    yield from ((definition, "") for definition in _CHECKS)


def has(definition: str, path: str | None) -> bool:
    if path is None or path.startswith("@"):
        return path in (None, "@minor", "@is_custom", "@root.kind", "@root.addressType")
    schema = DEFINITIONS.get(definition)
    for step in steps(path):
        for field in step.removesuffix(".*").split(".") if step.endswith(".*") else [step]:
            schema = SCHEMAS.field(schema, field) if schema is not None else None
        if step.endswith(".*") and schema is not None:
            schema = SCHEMAS.items(schema)
    return schema is not None


def test_every_definition_and_field_of_the_tables_is_there() -> None:
    """A row of a misspelt definition would judge nothing."""
    assert [place for place in named() if not has(*place)] == []
