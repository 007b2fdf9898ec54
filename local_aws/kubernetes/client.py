"""A small Kubernetes client: objects as JSON, one call per verb."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from local_aws.kubernetes import objects
from local_aws.kubernetes.objects import Json

_SECONDS = 30.0
_NOT_FOUND = 404


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind with the path of its resource."""

    api_version: str
    plural: str
    kind: str
    namespaced: bool = True

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """Return the path of the kind's objects, or of one of them."""
        root = "apis" if "/" in self.api_version else "api"
        scope = f"namespaces/{namespace}" if self.namespaced and namespace else ""
        parts = ("", root, self.api_version, scope, self.plural, name, subresource)
        return "/".join(part for index, part in enumerate(parts) if part or index == 0)


NAMESPACES = Kind(api_version="v1", plural="namespaces", kind="Namespace", namespaced=False)
NODES = Kind(api_version="v1", plural="nodes", kind="Node", namespaced=False)
PODS = Kind(api_version="v1", plural="pods", kind="Pod")
CLAIMS = Kind(api_version="v1", plural="persistentvolumeclaims", kind="PersistentVolumeClaim")
SERVICES = Kind(api_version="v1", plural="services", kind="Service")
SECRETS = Kind(api_version="v1", plural="secrets", kind="Secret")
SERVICE_ACCOUNTS = Kind(api_version="v1", plural="serviceaccounts", kind="ServiceAccount")
CONFIG_MAPS = Kind(api_version="v1", plural="configmaps", kind="ConfigMap")
DEPLOYMENTS = Kind(api_version="apps/v1", plural="deployments", kind="Deployment")
REPLICA_SETS = Kind(api_version="apps/v1", plural="replicasets", kind="ReplicaSet")
STATEFUL_SETS = Kind(api_version="apps/v1", plural="statefulsets", kind="StatefulSet")
DAEMON_SETS = Kind(api_version="apps/v1", plural="daemonsets", kind="DaemonSet")
JOBS = Kind(api_version="batch/v1", plural="jobs", kind="Job")
_CLASSES = {"plural": "storageclasses", "kind": "StorageClass"}
STORAGE_CLASSES = Kind(api_version="storage.k8s.io/v1", namespaced=False, **_CLASSES)
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
"""How a server tells all its kinds at once."""


class ApiStatusError(Exception):
    """The API server refused. `reason` is Kubernetes' own, such as Conflict."""

    def __init__(self, *, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code, self.reason = code, reason


class Client(contextlib.AbstractContextManager["Client"]):
    """Talks to one API server. A context manager: it keeps connections open."""

    def __init__(self, server: str, *, certificate_authority: Path, token: str) -> None:
        self._http = httpx.Client(
            base_url=server,
            verify=ssl.create_default_context(cafile=str(certificate_authority)),
            headers={"Authorization": f"Bearer {token}", "User-Agent": "local-controllers/1"},
            timeout=_SECONDS,
            # Loopback only: no proxy of the environment has a part in it.
            trust_env=False,
        )

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def namespaced_kinds(self) -> Iterator[Kind]:
        """Return the kinds that can be listed and deleted in a namespace, as the server has them now."""
        for root in ("/api", "/apis"):
            for group in self._call("GET", root, headers={"Accept": DISCOVERY})["items"]:
                # The first is the preferred one.
                version, name = group["versions"][0], group["metadata"].get("name")
                api_version = f"{name}/{version['version']}" if name else version["version"]
                for one in version["resources"]:
                    if one["scope"] == "Namespaced" and {"list", "delete"} <= set(one["verbs"]):
                        kind = one["responseKind"]["kind"]
                        yield Kind(api_version=api_version, plural=one["resource"], kind=kind)

    def list(self, kind: Kind, namespace: str = "", *, label_selector: str = "") -> list[Json]:
        """Return objects of a kind, with apiVersion and kind, which a list's items leave out."""
        params = {"labelSelector": label_selector} if label_selector else {}
        found = self._call("GET", kind.path(namespace), params=params)
        head = {"apiVersion": kind.api_version, "kind": kind.kind}
        return [{**head, **item} for item in found["items"] or ()]

    def get(self, kind: Kind, namespace: str, name: str) -> Json | None:
        """Return an object, or None."""
        return self._found("GET", kind.path(namespace, name))

    def create(self, kind: Kind, obj: Json, *, name: str = "", subresource: str = "") -> Json:
        """Create an object, or send something to the subresource of the object of that name."""
        head = {"apiVersion": kind.api_version, "kind": kind.kind}
        path = kind.path(objects.namespace(obj), name, subresource)
        return self._call("POST", path, json={**head, **obj})

    def replace(self, kind: Kind, obj: Json, *, subresource: str = "") -> Json:
        """Replace an object, or its status; 409 if somebody else was faster."""
        path = kind.path(objects.namespace(obj), objects.name(obj), subresource)
        return self._call("PUT", path, json=obj)

    def patch(self, kind: Kind, obj: Json, patch: Json, *, subresource: str = "") -> Json:
        """Apply a JSON merge patch to an object, or to its status."""
        path = kind.path(objects.namespace(obj), objects.name(obj), subresource)
        headers = {"Content-Type": "application/merge-patch+json"}
        return self._call("PATCH", path, json=patch, headers=headers)

    def write_status(self, kind: Kind, obj: Json, **fields: object) -> bool:
        """Write fields of an object's status that say something new; returns whether any does."""
        before = obj.get("status") or {}
        # A server leaves out a count of zero, and an empty list.
        if all((before.get(key) or None) == (value or None) for key, value in fields.items()):
            return False
        self.patch(kind, obj, {"status": fields}, subresource="status")
        return True

    def delete(self, kind: Kind, obj: Json, *, now: bool = False) -> None:
        """Delete this very object, not another of its name; it may be gone already."""
        options: Json = {"preconditions": {"uid": objects.uid(obj)}}
        options |= {"propagationPolicy": "Background", **({"gracePeriodSeconds": 0} if now else {})}
        self._found("DELETE", kind.path(objects.namespace(obj), objects.name(obj)), json=options)

    def _found(self, method: str, path: str, **sent: Any) -> Json | None:  # noqa: ANN401 - as below
        try:
            return self._call(method, path, **sent)
        except ApiStatusError as error:
            if error.code == _NOT_FOUND:
                return None
            raise

    def _call(self, method: str, path: str, **sent: Any) -> Json:  # noqa: ANN401 - of all kinds
        response = self._http.request(method, path, **sent)
        try:
            answer: Json = response.json()
        except ValueError:
            # A health check's "ok", or a proxy's page: no Status object.
            answer = {"message": response.text[:200]}
        if response.is_error:
            words, reason = answer.get("message") or response.reason_phrase, answer.get("reason")
            raise ApiStatusError(code=response.status_code, reason=reason or "", message=words)
        return answer
