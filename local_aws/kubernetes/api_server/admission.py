"""What the server adds to an object or refuses for what else there is."""

from __future__ import annotations

import ipaddress

from kube.pod_security import LABEL, violations
from kube.pods import pod_template
from kube.scheduling import tolerating
from kube.values import look_up
from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server import errors
from local_aws.kubernetes.api_server.kinds import Resource
from local_aws.kubernetes.api_server.store import Store
from local_aws.kubernetes.objects import Json

SERVICE_NETWORK = ipaddress.IPv4Network("172.20.0.0/16")
NAMESPACES, _SERVICES, _PODS = ("", "namespaces"), ("", "services"), ("", "pods")
_ADDRESSES = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")
_NAMESPACE = Resource(api_version="v1", plural="namespaces", kind="Namespace", namespaced=False)


def check_namespace(store: Store, resource: Resource, obj: Json) -> None:
    """Refuse an object in a namespace that is missing or going away."""
    if not resource.namespaced:
        return
    name = objects.namespace(obj)
    namespace = store.get(NAMESPACES, "", name)
    if namespace is None:
        raise errors.refusal("NotFound", _NAMESPACE, name)
    if objects.is_terminating(namespace):
        why = f"unable to create new content in namespace {name} because it is being terminated"
        raise errors.refusal("Forbidden", resource, objects.name(obj), why)


def admit(store: Store, resource: Resource, obj: Json, version: str) -> None:
    """Add what the server allocates, refuse what it finds missing and pods the namespace forbids."""
    if resource.key == _SERVICES and obj["spec"]["type"] != "ExternalName":
        _allocate(store, obj)
    if resource.key != _PODS:
        return
    _check_service_account(store, resource, obj)
    obj["spec"] = tolerating(obj["spec"])
    asked = objects.labels(store.get(NAMESPACES, "", objects.namespace(obj)) or {})
    level = asked.get(f"{LABEL}enforce", "privileged")
    of = asked.get(f"{LABEL}enforce-version", "latest")
    template = pod_template(obj)
    found = violations(template, level, version if of == "latest" else of) if template else ()
    if found:
        words = ", ".join(one.words for one in found)
        why = f'violates PodSecurity "{level}:{of}": {words}'
        raise errors.refusal("Forbidden", resource, objects.name(obj), why)


def keep_addresses(resource: Resource, old: Json, new: Json) -> None:
    """Leave a Service its addresses where an update says nothing of them."""
    if resource.key == _SERVICES and new["spec"]["type"] != "ExternalName":
        kept = {field: old["spec"][field] for field in _ADDRESSES if field in old["spec"]}
        new["spec"].update((field, of) for field, of in kept.items() if not new["spec"].get(field))


def _check_service_account(store: Store, resource: Resource, pod: Json) -> None:
    account, namespace = pod["spec"]["serviceAccountName"], objects.namespace(pod)
    if store.get(("", "serviceaccounts"), namespace, account) is None:
        missing = f'serviceaccount "{account}" not found'
        why = f"error looking up service account {namespace}/{account}: {missing}"
        raise errors.refusal("Forbidden", resource, objects.name(pod), why)


def _allocate(store: Store, service: Json) -> None:
    spec = service["spec"]
    address = spec.get("clusterIP")
    if not address:
        taken = {look_up(one, "spec", "clusterIP") for one in store.select(_SERVICES)}
        # The first ten are left to those who choose: kubernetes has .1, the DNS .10.
        hosts = (str(SERVICE_NETWORK[number]) for number in range(11, 1 << 16))
        address = next(host for host in hosts if host not in taken)
    single = {"ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"}
    service["spec"] = {**single, **spec, "clusterIP": address, "clusterIPs": [address]}
