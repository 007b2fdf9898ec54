"""Objects that the tests create, out of manifests.yaml."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from local_aws.kubernetes.objects import Json

_ALL: Json = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))


def manifest(name: str, **values: object) -> Json:
    """Return a copy of an object of the file, with other values at its top."""
    return {**copy.deepcopy(_ALL[name]), **values}


def deployment(name: str = "web", **spec: object) -> Json:
    """Return a Deployment of one container."""
    made = manifest("deployment", metadata={"name": name})
    made["spec"] |= {**spec, "selector": {"matchLabels": {"app": name}}}
    return changed(made, "spec.template.metadata.labels.app", name)


def pod(name: str = "web", labels: Json | None = None, **spec: object) -> Json:
    """Return a Pod of one container."""
    made = manifest("pod")
    made["metadata"] |= {"name": name, "labels": labels or {}}
    return {**made, "spec": {**made["spec"], **spec}}


def service(name: str = "web", **spec: object) -> Json:
    """Return a Service of one port."""
    made = manifest("service", metadata={"name": name})
    return {**made, "spec": {**made["spec"], **spec}}


def config_map(name: str = "settings", **metadata: object) -> Json:
    """Return a ConfigMap."""
    return manifest("config_map", metadata={"name": name, **metadata})


def changed(obj: Json, path: str, value: object) -> Json:
    """Return a copy of an object with another value at a path such as spec.ports.0.name."""
    copied = copy.deepcopy(obj)
    *parents, last = path.split(".")
    place: Any = copied
    for part in parents:
        place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
    place[int(last) if isinstance(place, list) else last] = value
    return copied
