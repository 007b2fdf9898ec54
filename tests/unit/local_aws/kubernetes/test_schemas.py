from __future__ import annotations

from kube.schemas import OPEN, types
from local_aws.kubernetes.schemas import Schemas

SCHEMAS = Schemas("1.36")
SERVICE = SCHEMAS.of("v1", "Service")


def test_schemas_are_found_by_kind_field_and_item() -> None:
    spec = SCHEMAS.field(SERVICE, "spec") or {}
    ports = SCHEMAS.field(spec, "ports") or {}
    target = SCHEMAS.field(SCHEMAS.items(ports), "targetPort") or {}
    assert types(target) == {"integer", "string"}
    assert SCHEMAS.field(spec, "port") is None
    assert SCHEMAS.field(SCHEMAS.field(spec, "selector") or {}, "any") is not None
    assert SCHEMAS.of("example.com/v1", "Widget") is OPEN
    assert SCHEMAS.field(OPEN, "any") is OPEN
    assert types({"x-kubernetes-int-or-string": True}) == {"integer", "string"}
