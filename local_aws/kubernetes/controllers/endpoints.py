"""EndpointSlices: which pods stand behind a Service."""

from __future__ import annotations

import hashlib

from kube import selectors
from kube.scheduling import ZONE
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import ENDPOINT_SLICES, NODES, PODS, SERVICES
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.ownership import owner_reference, owns
from local_aws.kubernetes.objects import Json, look_up

_MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
_MANAGER = "endpointslice-controller.k8s.io"
_SERVICE_NAME = "kubernetes.io/service-name"


class Endpoints:
    """Keeps one EndpointSlice per Service with a selector."""

    def __init__(self, context: Context) -> None:
        self._api = context.api

    def reconcile(self) -> bool:
        """Bring every slice to its Service's pods."""
        services = [one for one in self._api.list(SERVICES) if one["spec"].get("selector")]
        slices = self._api.list(ENDPOINT_SLICES, label_selector=f"{_MANAGED_BY}={_MANAGER}")
        pods = self._api.list(PODS)
        zones = {
            objects.name(node): objects.labels(node).get(ZONE) for node in self._api.list(NODES)
        }
        changed = False
        for service in services:
            if objects.is_terminating(service):
                continue
            wanted = _slice(service, pods, zones)
            present = next((one for one in slices if owns(service, one)), None)
            if present is None:
                self._api.create(ENDPOINT_SLICES, wanted)
                changed = True
            elif any(present.get(key) != wanted[key] for key in ("endpoints", "ports")):
                self._api.replace(ENDPOINT_SLICES, {**wanted, "metadata": present["metadata"]})
                changed = True
        return changed


def _slice(service: Json, pods: list[Json], zones: dict[str, str | None]) -> Json:
    name, namespace = objects.name(service), objects.namespace(service)
    selector = {"matchLabels": service["spec"]["selector"]}
    backends = sorted(
        (
            pod
            for pod in pods
            if objects.namespace(pod) == namespace
            and selectors.matches(selector, objects.labels(pod))
            and look_up(pod, "status", "podIP")
        ),
        key=objects.name,
    )
    suffix = hashlib.sha256(objects.uid(service).encode()).hexdigest()[:5]
    return {
        "apiVersion": ENDPOINT_SLICES.api_version,
        "kind": ENDPOINT_SLICES.kind,
        "metadata": {
            "name": f"{name}-{suffix}",
            "namespace": namespace,
            "labels": {**objects.labels(service), _SERVICE_NAME: name, _MANAGED_BY: _MANAGER},
            "ownerReferences": [owner_reference(service)],
        },
        "addressType": "IPv4",
        "endpoints": [_endpoint(pod, zones) for pod in backends],
        "ports": [_port(port, backends) for port in service["spec"].get("ports") or ()],
    }


def _endpoint(pod: Json, zones: dict[str, str | None]) -> Json:
    terminating = objects.is_terminating(pod)
    ready = objects.is_true(pod, "Ready")
    zone = zones.get(pod["spec"]["nodeName"])
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {
            "ready": ready and not terminating,
            "serving": ready,
            "terminating": terminating,
        },
        "nodeName": pod["spec"]["nodeName"],
        **({"zone": zone} if zone else {}),
        "targetRef": {
            "kind": "Pod",
            "namespace": objects.namespace(pod),
            "name": objects.name(pod),
            "uid": objects.uid(pod),
        },
    }


def _port(port: Json, backends: list[Json]) -> Json:
    return {
        "name": port.get("name") or "",
        "port": target_port(port, backends),
        "protocol": port["protocol"],
    }


def target_port(port: Json, backends: list[Json]) -> int:
    """Return the number of a Service's target port; a name is looked up in the pods."""
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    for pod in backends:
        for container in pod["spec"]["containers"]:
            for one in container.get("ports") or ():
                if one.get("name") == target:
                    return int(one["containerPort"])
    return int(port["port"])
