"""What `kubectl get` shows of each kind, column by column, as a real API server computes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_aws.kubernetes import objects
from local_aws.kubernetes.objects import Json, look_up

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_NONE = "<none>"


@dataclass(frozen=True)
class Column:
    """A column: its title and what it says of an object. Priority 1 is for `-o wide` only."""

    title: str
    value: Callable[[Json], Any]
    type: str = "string"
    format: str = ""
    priority: int = 0

    def definition(self) -> Json:
        """Return the column's definition in a Table."""
        return {
            "name": self.title,
            "type": self.type,
            "format": self.format,
            "description": self.title,
            "priority": self.priority,
        }


def age(time: str | None) -> str:
    """Return how long ago a time was, as kubectl writes it: 42s, 7m3s, 5h, 12d."""
    if not time:
        return "<unknown>"
    seconds = max(0, int(objects.seconds_since(time)))
    if seconds < 2 * _MINUTE:
        return f"{seconds}s"
    if seconds < 10 * _MINUTE:
        minutes, rest = divmod(seconds, _MINUTE)
        return f"{minutes}m{rest}s" if rest else f"{minutes}m"
    if seconds < 3 * _HOUR:
        return f"{seconds // _MINUTE}m"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR}h"
    return f"{seconds // _DAY}d"


def _wide(title: str, value: Callable[[Json], Any]) -> Column:
    return Column(title, value, priority=1)


def _at(*path: str, default: object = _NONE) -> Callable[[Json], Any]:
    def value(obj: Json) -> Any:  # noqa: ANN401 - JSON holds anything
        found = look_up(obj, *path)
        return default if found in (None, "") else found

    return value


def _map_text(labels: dict[str, str] | None) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or _NONE


def _selector_text(obj: Json) -> str:
    return _map_text(look_up(obj, "spec", "selector", "matchLabels"))


def _containers(obj: Json) -> list[Json]:
    template = look_up(obj, "spec", "template", "spec")
    return (template or {}).get("containers") or []


_CONTAINERS = (
    _wide("Containers", lambda obj: ",".join(one["name"] for one in _containers(obj))),
    _wide("Images", lambda obj: ",".join(one["image"] for one in _containers(obj))),
    _wide("Selector", _selector_text),
)


def _node_status(obj: Json) -> str:
    ready = objects.condition(obj, "Ready")
    word = "Unknown" if ready is None else "Ready" if ready["status"] == "True" else "NotReady"
    return word + (",SchedulingDisabled" if look_up(obj, "spec", "unschedulable") else "")


def _node_roles(obj: Json) -> str:
    prefix = "node-role.kubernetes.io/"
    roles = [key.removeprefix(prefix) for key in objects.labels(obj) if key.startswith(prefix)]
    return ",".join(sorted(roles)) or _NONE


def _address(kind: str) -> Callable[[Json], str]:
    def value(obj: Json) -> str:
        addresses = look_up(obj, "status", "addresses") or ()
        return next((one["address"] for one in addresses if one["type"] == kind), _NONE)

    return value


def _pod_ready(obj: Json) -> str:
    statuses = look_up(obj, "status", "containerStatuses") or []
    ready = sum(bool(one.get("ready")) for one in statuses)
    return f"{ready}/{len(look_up(obj, 'spec', 'containers') or ())}"


def _pod_status(obj: Json) -> str:
    if objects.is_terminating(obj):
        return "Terminating"
    status: Json = obj.get("status") or {}
    return str(status.get("reason") or status.get("phase") or "Unknown")


def _service_address(obj: Json) -> str:
    if obj["spec"]["type"] == "LoadBalancer":
        points = look_up(obj, "status", "loadBalancer", "ingress") or ()
        found = [one.get("hostname") or one.get("ip") for one in points]
        return ",".join(found) or "<pending>"
    if obj["spec"]["type"] == "ExternalName":
        return str(obj["spec"].get("externalName"))
    return ",".join(obj["spec"].get("externalIPs") or ()) or _NONE


def _service_ports(obj: Json) -> str:
    def text(port: Json) -> str:
        node = f":{port['nodePort']}" if port.get("nodePort") else ""
        return f"{port['port']}{node}/{port['protocol']}"

    return ",".join(text(port) for port in obj["spec"].get("ports") or ()) or _NONE


def _ready_of_wanted(obj: Json) -> str:
    return f"{look_up(obj, 'status', 'readyReplicas') or 0}/{look_up(obj, 'spec', 'replicas') or 0}"


def _count(*path: str) -> Callable[[Json], Any]:
    return _at(*path, default=0)


def _role(obj: Json) -> str:
    return f"{obj['roleRef']['kind']}/{obj['roleRef']['name']}"


def _slice_addresses(obj: Json) -> str:
    found = [address for one in obj.get("endpoints") or () for address in one["addresses"]]
    more = f" + {len(found) - 3} more..." if len(found) > 3 else ""  # noqa: PLR2004 - as kubectl
    return (",".join(found[:3]) + more) or "<unset>"


_INTEGER = "integer"

# Per resource: the columns between NAME and AGE, and those that `-o wide` adds behind.
COLUMNS: dict[str, tuple[tuple[Column, ...], tuple[Column, ...]]] = {
    "nodes": (
        (
            Column("Status", _node_status),
            Column("Roles", _node_roles),
        ),
        (
            # Behind the age, though not only for `-o wide`: so does a real server.
            Column("Version", _at("status", "nodeInfo", "kubeletVersion")),
            _wide("Internal-IP", _address("InternalIP")),
            _wide("External-IP", _address("ExternalIP")),
            _wide("OS-Image", _at("status", "nodeInfo", "osImage")),
            _wide("Kernel-Version", _at("status", "nodeInfo", "kernelVersion")),
            _wide("Container-Runtime", _at("status", "nodeInfo", "containerRuntimeVersion")),
        ),
    ),
    "pods": (
        (
            Column("Ready", _pod_ready),
            Column("Status", _pod_status),
            Column("Restarts", lambda _: 0, type=_INTEGER),
        ),
        (
            _wide("IP", _at("status", "podIP")),
            _wide("Node", _at("spec", "nodeName")),
            _wide("Nominated Node", _at("status", "nominatedNodeName")),
            _wide("Readiness Gates", lambda _: _NONE),
        ),
    ),
    "deployments.apps": (
        (
            Column("Ready", _ready_of_wanted),
            Column("Up-to-date", _count("status", "updatedReplicas"), type=_INTEGER),
            Column("Available", _count("status", "availableReplicas"), type=_INTEGER),
        ),
        _CONTAINERS,
    ),
    "replicasets.apps": (
        (
            Column("Desired", _count("spec", "replicas"), type=_INTEGER),
            Column("Current", _count("status", "replicas"), type=_INTEGER),
            Column("Ready", _count("status", "readyReplicas"), type=_INTEGER),
        ),
        _CONTAINERS,
    ),
    "statefulsets.apps": ((Column("Ready", _ready_of_wanted),), _CONTAINERS[:2]),
    "daemonsets.apps": (
        (
            Column("Desired", _count("status", "desiredNumberScheduled"), type=_INTEGER),
            Column("Current", _count("status", "currentNumberScheduled"), type=_INTEGER),
            Column("Ready", _count("status", "numberReady"), type=_INTEGER),
            Column("Up-to-date", _count("status", "updatedNumberScheduled"), type=_INTEGER),
            Column("Available", _count("status", "numberAvailable"), type=_INTEGER),
            Column(
                "Node Selector",
                lambda obj: _map_text(look_up(obj, "spec", "template", "spec", "nodeSelector")),
            ),
        ),
        _CONTAINERS,
    ),
    "services": (
        (
            Column("Type", _at("spec", "type")),
            Column("Cluster-IP", _at("spec", "clusterIP")),
            Column("External-IP", _service_address),
            Column("Port(s)", _service_ports),
        ),
        (_wide("Selector", lambda obj: _map_text(look_up(obj, "spec", "selector"))),),
    ),
    "namespaces": ((Column("Status", _at("status", "phase")),), ()),
    "configmaps": (
        (Column("Data", lambda obj: len(obj.get("data") or ()), type=_INTEGER),),
        (),
    ),
    "secrets": (
        (
            Column("Type", _at("type")),
            Column("Data", lambda obj: len(obj.get("data") or ()), type=_INTEGER),
        ),
        (),
    ),
    "poddisruptionbudgets.policy": (
        (
            Column("Min Available", _at("spec", "minAvailable", default="N/A")),
            Column("Max Unavailable", _at("spec", "maxUnavailable", default="N/A")),
            Column("Allowed Disruptions", _count("status", "disruptionsAllowed"), type=_INTEGER),
        ),
        (),
    ),
    "endpointslices.discovery.k8s.io": (
        (
            Column("AddressType", _at("addressType")),
            Column(
                "Ports",
                lambda obj: (
                    ",".join(str(one["port"]) for one in obj.get("ports") or ()) or "<unset>"
                ),
            ),
            Column("Endpoints", _slice_addresses),
        ),
        (),
    ),
    "networkpolicies.networking.k8s.io": (
        (
            Column(
                "Pod-Selector",
                lambda obj: _map_text(look_up(obj, "spec", "podSelector", "matchLabels")),
            ),
        ),
        (),
    ),
    "storageclasses.storage.k8s.io": (
        (
            Column("Provisioner", _at("provisioner")),
            Column("ReclaimPolicy", _at("reclaimPolicy")),
            Column("VolumeBindingMode", _at("volumeBindingMode")),
            Column(
                "AllowVolumeExpansion",
                lambda obj: str(bool(obj.get("allowVolumeExpansion"))).lower(),
            ),
        ),
        (),
    ),
    "rolebindings.rbac.authorization.k8s.io": ((Column("Role", _role),), ()),
    "clusterrolebindings.rbac.authorization.k8s.io": ((Column("Role", _role),), ()),
    "events": (
        (
            Column("Last Seen", lambda obj: age(obj.get("lastTimestamp"))),
            Column("Type", _at("type")),
            Column("Reason", _at("reason")),
            Column(
                "Object",
                lambda obj: (
                    f"{str(obj['involvedObject'].get('kind')).lower()}/"
                    f"{obj['involvedObject'].get('name')}"
                ),
            ),
            Column("Message", _at("message")),
        ),
        (),
    ),
}
