"""Objects that the tests create."""

from __future__ import annotations

import copy
from typing import Any

from local_aws.kubernetes.objects import Json


def deployment(name: str = "web", **spec: Any) -> Json:  # noqa: ANN401 - a spec's fields are of all kinds
    """Return a Deployment of one container."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "web", "image": "registry.example/web:1"}]},
            },
            **spec,
        },
    }


def pod(name: str = "web", labels: dict[str, str] | None = None, **spec: Any) -> Json:  # noqa: ANN401 - as above
    """Return a Pod of one container."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": labels or {}},
        "spec": {"containers": [{"name": "web", "image": "registry.example/web:1"}], **spec},
    }


def service(name: str = "web", **spec: Any) -> Json:  # noqa: ANN401 - as above
    """Return a Service of one port."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80}], **spec},
    }


def config_map(name: str = "settings", **metadata: Any) -> Json:  # noqa: ANN401 - as above
    """Return a ConfigMap."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, **metadata},
        "data": {"a": "1"},
    }


def changed(obj: Json, path: str, value: object) -> Json:
    """Return a copy of an object with another value at a path such as spec.ports.0.name."""
    copied = copy.deepcopy(obj)
    *parents, last = path.split(".")
    place: Any = copied
    for part in parents:
        place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
    if isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return copied
