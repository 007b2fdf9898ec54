from __future__ import annotations

from local_aws.kubernetes.api_server import fields
from local_aws.kubernetes.schemas import Schemas

SCHEMAS = Schemas("1.36")
SERVICE = SCHEMAS.of("v1", "Service")
OBJECT = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "uid": "1", "labels": {"app": "web"}, "finalizers": ["a/b"]},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "name": "http"}]},
}
PORT = ("k", '{"port":80,"protocol":"TCP"}')
PATHS = {
    (("f", "metadata"), ("f", "labels"), ("f", "app")),
    (("f", "metadata"), ("f", "finalizers"), ("v", '"a/b"')),
    (("f", "spec"), ("f", "selector")),
    (("f", "spec"), ("f", "ports"), PORT),
    (("f", "spec"), ("f", "ports"), PORT, ("f", "port")),
    (("f", "spec"), ("f", "ports"), PORT, ("f", "name")),
}


def test_fields_of_an_object() -> None:
    """What the system owns is left out; lists and maps count as the schema says."""
    assert set(fields.field_values(OBJECT, SERVICE, SCHEMAS)) == PATHS


def test_fields_are_written_as_kubernetes_does_and_read_back() -> None:
    written = fields.encode(PATHS)
    assert written["f:spec"] == {
        "f:selector": {},
        "f:ports": {
            'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}, "f:name": {}},
        },
    }
    assert fields.decode(written) == PATHS


def test_removal_takes_an_empty_parent_along() -> None:
    obj = {"spec": {"selector": {"app": "web"}, "ports": [{"port": 80}, {"port": 81}]}}
    fields.remove(obj, (("f", "spec"), ("f", "ports"), PORT), SERVICE, SCHEMAS)
    assert obj == {"spec": {"selector": {"app": "web"}, "ports": [{"port": 81}]}}
    other = ("k", '{"port":81,"protocol":"TCP"}')
    fields.remove(obj, (("f", "spec"), ("f", "ports"), other), SERVICE, SCHEMAS)
    fields.remove(obj, (("f", "spec"), ("f", "ports"), other), SERVICE, SCHEMAS)
    assert obj == {"spec": {"selector": {"app": "web"}}}


def test_path_reads_as_in_messages() -> None:
    path = (("f", "spec"), ("f", "ports"), PORT, ("f", "name"))
    assert fields.words(path) == '.spec.ports[port=80,protocol="TCP"].name'
    assert fields.words((("f", "metadata"), ("f", "finalizers"), ("v", '"a/b"'))) == (
        '.metadata.finalizers[="a/b"]'
    )
