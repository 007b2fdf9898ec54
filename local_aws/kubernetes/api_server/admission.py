"""What admission refuses or adds on creation: namespaces, cluster addresses, service accounts."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from kube.problems import invalid
from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server import errors
from local_aws.kubernetes.api_server.garbage import NAMESPACES
from local_aws.kubernetes.api_server.resources import Resource
from local_aws.kubernetes.api_server.store import Store
from local_aws.kubernetes.objects import Json

SERVICE_NETWORK = ipaddress.IPv4Network("172.20.0.0/16")

_SERVICES = ("", "services")
_NODE_PORTS = range(30000, 32768)
_NAMESPACE_RESOURCE = Resource(
    group="", version="v1", plural="namespaces", kind="Namespace", namespaced=False
)
# Namespaces that a real server refuses to delete.
_IMMORTAL = ("default", "kube-system", "kube-public")


def check_namespace(store: Store, resource: Resource, obj: Json) -> None:
    """Refuse an object in a namespace that is missing or going away."""
    if not resource.namespaced:
        return
    name = objects.namespace(obj)
    namespace = store.get(NAMESPACES, "", name)
    if namespace is None:
        raise errors.not_found(_NAMESPACE_RESOURCE, name)
    if objects.is_terminating(namespace):
        why = f"unable to create new content in namespace {name} because it is being terminated"
        refusal = errors.forbidden(resource, objects.name(obj), why)
        cause = {
            "reason": "NamespaceTerminating",
            "message": f"namespace {name} is being terminated",
            "field": "metadata.namespace",
        }
        refusal.details = {"name": objects.name(obj), "kind": resource.plural, "causes": [cause]}
        raise refusal


def check_deletion(resource: Resource, obj: Json) -> None:
    """Refuse the deletion of what the cluster can't do without."""
    if resource.key == NAMESPACES and objects.name(obj) in _IMMORTAL:
        raise errors.forbidden(resource, objects.name(obj), "this namespace may not be deleted")


def admit(store: Store, resource: Resource, obj: Json) -> None:
    """Add what the server allocates, and refuse what it finds missing."""
    if resource.key == _SERVICES:
        _allocate(store, resource, obj)
    elif resource.key == ("", "pods"):
        _check_service_account(store, resource, obj)


def keep_allocations(resource: Resource, old: Json, new: Json) -> None:
    """Leave a Service its addresses and node ports where an update says nothing of them."""
    if resource.key != _SERVICES or new["spec"]["type"] == "ExternalName":
        return
    for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if new["spec"].get(field) in (None, "", []) and field in old["spec"]:
            new["spec"][field] = old["spec"][field]
    if new["spec"]["type"] == "ClusterIP":
        return
    taken = {port["port"]: port.get("nodePort") for port in old["spec"].get("ports") or ()}
    for port in new["spec"].get("ports") or ():
        if not port.get("nodePort") and taken.get(port["port"]):
            port["nodePort"] = taken[port["port"]]


def _check_service_account(store: Store, resource: Resource, pod: Json) -> None:
    account = pod["spec"]["serviceAccountName"]
    namespace = objects.namespace(pod)
    if store.get(("", "serviceaccounts"), namespace, account) is None:
        why = f'error looking up service account {namespace}/{account}: serviceaccount "{account}" not found'
        raise errors.forbidden(resource, objects.name(pod), why)


def _allocate(store: Store, resource: Resource, service: Json) -> None:
    spec = service["spec"]
    if spec["type"] == "ExternalName":
        return
    others = [
        one["spec"]
        for one in store.select(_SERVICES)
        if (objects.namespace(one), objects.name(one))
        != (objects.namespace(service), objects.name(service))
    ]
    taken = {one.get("clusterIP") for one in others}
    address = spec.get("clusterIP")
    if not address:
        # The first ten are left to those who choose: kubernetes has .1, the DNS .10.
        hosts = (str(host) for number, host in enumerate(SERVICE_NETWORK.hosts()) if number >= 10)  # noqa: PLR2004
        address = next(host for host in hosts if host not in taken)
    elif why := _why_not(address, taken):
        message = f"failed to allocate IP {address}: {why}"
        problem = invalid("spec.clusterIPs", [address], message)
        raise errors.invalid(resource, objects.name(service), [problem])
    spec["clusterIP"] = address
    spec["clusterIPs"] = [address]
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    wants_ports = spec["type"] == "NodePort" or (
        spec["type"] == "LoadBalancer" and spec["allocateLoadBalancerNodePorts"]
    )
    if wants_ports:
        used = {port.get("nodePort") for one in others for port in one.get("ports") or ()}
        free = (port for port in _NODE_PORTS if port not in used)
        for port in spec.get("ports") or ():
            port["nodePort"] = port.get("nodePort") or next(free)


def _why_not(address: str, taken: Collection[object]) -> str:
    if address == "None":
        return ""
    if ipaddress.ip_address(address) not in SERVICE_NETWORK:
        return (
            f"the provided IP ({address}) is not in the valid range."
            f" The range of valid IPs is {SERVICE_NETWORK}"
        )
    return "provided IP is already allocated" if address in taken else ""
