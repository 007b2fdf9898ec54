from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.specs.kubernetes_objects import by_resource_id, object_name


def item(kind: str, name: object = "web", version: str = "v1", namespace: object = None) -> Any:  # noqa: ANN401
    """Return an object."""
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


KNATIVE = item("Service", version="serving.knative.dev/v1")


def test_an_id_is_kind_and_name_unless_two_groups_have_the_kind() -> None:
    """A custom kind that comes along later doesn't rename what is deployed."""
    service = item("Service")
    assert list(by_resource_id([KNATIVE])) == ["Service-web"]
    assert by_resource_id([KNATIVE, service]) == {
        "Service-web": service,
        "Service.serving.knative.dev-web": KNATIVE,
    }


@pytest.mark.parametrize(
    ("obj", "name"),
    [
        (item("Service", namespace="shop"), "Service shop/web"),
        (item("Deployment", version="apps/v1", namespace="a"), "Deployment a/web"),
        (KNATIVE, "Service.serving.knative.dev web"),
        (item("Service", namespace=["a"]), "Service web"),
        (item("Service", name=["a"]), None),
        (item("Service", name=""), None),
        ({"kind": "Service", "metadata": 1}, None),
    ],
)
def test_a_name_tells_an_object_from_every_other(obj: Any, name: str | None) -> None:  # noqa: ANN401
    """Of its cluster; one without a name has none."""
    assert object_name(obj) == name
