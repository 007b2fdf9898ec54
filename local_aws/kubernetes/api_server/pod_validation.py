"""What is wrong with a pod's spec, wherever it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from local_aws.kubernetes import quantities
from local_aws.kubernetes.api_server.errors import (
    Problem,
    duplicate,
    invalid_value,
    not_supported,
    required,
)
from local_aws.kubernetes.api_server.names import DNS_LABEL_WORDS, is_dns_label
from local_aws.kubernetes.objects import Json

_PORT_WORDS = "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
_PORT_NAME_LENGTH = 15
_SPREAD_WORDS = ("DoNotSchedule", "ScheduleAnyway")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def pod_spec_problems(spec: Json, path: str) -> Iterator[Problem]:
    """Return what is wrong with a pod's spec."""
    volumes = [volume.get("name") for volume in spec.get("volumes") or ()]
    yield from _name_problems(volumes, f"{path}.volumes")
    containers = spec.get("containers") or []
    if not containers:
        yield required(f"{path}.containers")
    names: list[str] = []
    for field in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(field) or ()):
            at = f"{path}.{field}[{index}]"
            yield from _container_problems(container, at, volumes)
            if container.get("name") in names:
                yield duplicate(f"{at}.name", container["name"])
            names.append(container.get("name"))
    if spec.get("restartPolicy") not in ("Always", "OnFailure", "Never"):
        supported = ("Always", "OnFailure", "Never")
        yield not_supported(f"{path}.restartPolicy", spec.get("restartPolicy"), supported)
    yield from _placement_problems(spec, path)


def _name_problems(names: list[str], path: str) -> Iterator[Problem]:
    for index, name in enumerate(names):
        if not is_dns_label(name):
            yield invalid_value(f"{path}[{index}].name", name, DNS_LABEL_WORDS)
        if name in names[:index]:
            yield duplicate(f"{path}[{index}].name", name)


def _container_problems(container: Json, path: str, volumes: list[str]) -> Iterator[Problem]:
    if not container.get("name"):
        yield required(f"{path}.name")
    elif not is_dns_label(container["name"]):
        yield invalid_value(f"{path}.name", container["name"], DNS_LABEL_WORDS)
    image = container.get("image") or ""
    if not image:
        yield required(f"{path}.image")
    elif image != image.strip():
        yield invalid_value(f"{path}.image", image, "must not have leading or trailing whitespace")
    yield from _port_problems(container.get("ports") or [], f"{path}.ports")
    yield from _resource_problems(container.get("resources") or {}, f"{path}.resources")
    paths: list[str] = []
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        at = f"{path}.volumeMounts[{index}]"
        if mount.get("name") not in volumes:
            message = f'Not found: "{mount.get("name")}"'
            yield Problem(field=f"{at}.name", message=message, reason="FieldValueNotFound")
        if mount.get("mountPath") in paths:
            yield invalid_value(f"{at}.mountPath", mount["mountPath"], "must be unique")
        paths.append(mount.get("mountPath"))


def _port_problems(ports: list[Json], path: str) -> Iterator[Problem]:
    names: list[str] = []
    for index, port in enumerate(ports):
        at = f"{path}[{index}]"
        yield from port_number_problems(port.get("containerPort"), f"{at}.containerPort")
        name = port.get("name")
        if name:
            yield from port_name_problems(name, f"{at}.name")
            if name in names:
                yield duplicate(f"{at}.name", name)
            names.append(name)


def port_number_problems(number: object, path: str) -> Iterator[Problem]:
    """Return what is wrong with a port's number."""
    if not isinstance(number, int) or not 1 <= number <= 65535:  # noqa: PLR2004 - the last port
        yield invalid_value(path, number, "must be between 1 and 65535, inclusive")


def port_name_problems(name: str, path: str) -> Iterator[Problem]:
    """Return what is wrong with a port's name."""
    if len(name) > _PORT_NAME_LENGTH:
        yield invalid_value(path, name, "must be no more than 15 characters")
    if not re.fullmatch(r"[-a-z0-9]+", name):
        yield invalid_value(path, name, _PORT_WORDS)
    elif not re.search(r"[a-z]", name):
        yield invalid_value(path, name, "must contain at least one letter (a-z)")
    elif name.startswith("-") or name.endswith("-") or "--" in name:
        message = "must not begin or end with a hyphen, nor contain consecutive hyphens"
        yield invalid_value(path, name, message)


def _resource_problems(resources: Json, path: str) -> Iterator[Problem]:
    limits = resources.get("limits") or {}
    for name, request in (resources.get("requests") or {}).items():
        if name in limits and quantities.parse(request) > quantities.parse(limits[name]):
            message = f"must be less than or equal to {name} limit of {limits[name]}"
            yield invalid_value(f"{path}.requests", request, message)
    for field in ("requests", "limits"):
        for name, quantity in (resources.get(field) or {}).items():
            if quantities.parse(quantity) < 0:
                message = "must be greater than or equal to 0"
                yield invalid_value(f"{path}.{field}[{name}]", quantity, message)


def _placement_problems(spec: Json, path: str) -> Iterator[Problem]:
    for index, spread in enumerate(spec.get("topologySpreadConstraints") or ()):
        at = f"{path}.topologySpreadConstraints[{index}]"
        if spread.get("maxSkew", 0) <= 0:
            yield invalid_value(f"{at}.maxSkew", spread.get("maxSkew"), "must be greater than zero")
        when = spread.get("whenUnsatisfiable")
        if when not in _SPREAD_WORDS:
            yield not_supported(f"{at}.whenUnsatisfiable", when, _SPREAD_WORDS)
    for index, toleration in enumerate(spec.get("tolerations") or ()):
        at = f"{path}.tolerations[{index}]"
        operator = toleration.get("operator") or "Equal"
        if operator not in ("Equal", "Exists", "Lt", "Gt"):
            yield not_supported(f"{at}.operator", operator, ("Equal", "Exists", "Gt", "Lt"))
        if operator == "Exists" and toleration.get("value"):
            message = "value must be empty when `operator` is 'Exists'"
            yield invalid_value(f"{at}.operator", toleration["value"], message)
        if not toleration.get("key") and operator != "Exists":
            message = (
                "operator must be Exists when `key` is empty, which means"
                ' "match all values and all keys"'
            )
            yield invalid_value(f"{at}.operator", operator, message)
        if toleration.get("effect") and toleration["effect"] not in _EFFECTS:
            yield not_supported(f"{at}.effect", toleration["effect"], _EFFECTS)
