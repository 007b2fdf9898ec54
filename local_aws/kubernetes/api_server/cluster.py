"""The API server's heart: what creating, updating and deleting an object means."""

from __future__ import annotations

import copy
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from kube import immutability, validity
from kube.problems import Problem, required
from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server import (
    admission,
    custom_kinds,
    decoding,
    defaults,
    errors,
    field_managers,
    garbage,
    identity,
    pod_security,
)
from local_aws.kubernetes.api_server.field_managers import Manager
from local_aws.kubernetes.api_server.resources import Registry, Resource
from local_aws.kubernetes.api_server.store import Store
from local_aws.kubernetes.objects import Json
from local_aws.kubernetes.schemas import Schemas

_NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_KEPT = (
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
)
_CRDS = ("apiextensions.k8s.io", "customresourcedefinitions")


@dataclass(kw_only=True)
class Write:
    """How a client wants something written. `warnings` collects what it is to be told."""

    manager: str = "unknown"
    operation: str = "Update"
    dry_run: bool = False
    field_validation: str = "Warn"
    force: bool = False
    warnings: list[str] = field(default_factory=list)


class Cluster:
    """The state of one cluster, and the rules by which it changes."""

    def __init__(self, kubernetes_version: str, *, certificate_authority: str) -> None:
        self.kubernetes_version = kubernetes_version
        self.certificate_authority = certificate_authority
        self.registry = Registry()
        self.schemas = Schemas(kubernetes_version)
        self.store = Store()

    def find(self, resource: Resource, namespace: str, name: str) -> Json:
        """Return an object as its resource's version has it; refuses one that isn't there."""
        obj = self.store.get(resource.key, namespace, name)
        if obj is None:
            raise errors.not_found(resource, name)
        return as_version(obj, resource)

    def create(self, resource: Resource, namespace: str, obj: Json, write: Write) -> Json:
        """Create an object; returns it as stored."""
        obj = copy.deepcopy(obj)
        identity.identify(resource, namespace, obj)
        metadata = obj["metadata"]
        if metadata.get("resourceVersion"):
            raise errors.bad_request("resourceVersion should not be set on objects to be created")
        for key in ("resourceVersion", "selfLink", *_KEPT):
            metadata.pop(key, None)
        if not metadata.get("name") and metadata.get("generateName"):
            suffix = "".join(secrets.choice(_NAME_LETTERS) for _ in range(5))
            metadata["name"] = metadata["generateName"] + suffix
        if not metadata.get("name"):
            problem = required("metadata.name", "name or generateName is required")
            raise errors.invalid(resource, "", [problem])
        admission.check_namespace(self.store, resource, obj)
        self.decode(resource, obj, write)
        if "status" in resource.subresources:
            obj.pop("status", None)
        defaults.apply(resource, obj)
        if self.store.get(resource.key, namespace, metadata["name"]) is not None:
            raise errors.already_exists(resource, metadata["name"])
        self._validate(resource, obj)
        admission.admit(self.store, resource, obj)
        self._check_pod_security(resource, obj, write)
        metadata["uid"] = str(uuid.uuid4())
        metadata["creationTimestamp"] = objects.timestamp()
        if "spec" in obj and "status" in resource.subresources:
            metadata["generation"] = 1
        self._track(resource, {}, obj, write, subresource="")
        return self._store(resource, obj, write)

    def update(
        self,
        resource: Resource,
        old: Json,
        new: Json,
        write: Write,
        *,
        subresource: str = "",
    ) -> Json:
        """Replace an object, or its status alone; returns it as stored."""
        new = copy.deepcopy(new)
        identity.identify(resource, objects.namespace(old), new)
        identity.check_update(resource, old, new)
        self.decode(resource, new, write)
        new = _separated(resource, old, new, subresource=subresource)
        defaults.apply(resource, new)
        admission.keep_allocations(resource, old, new)
        for key in _KEPT:
            new["metadata"].pop(key, None)
            if key in old["metadata"]:
                new["metadata"][key] = old["metadata"][key]
        if not subresource:
            self._validate(resource, new)
            _refuse(resource, new, immutability.problems(old, new))
            if old.get("spec") != new.get("spec"):
                admission.admit(self.store, resource, new)
                self._check_pod_security(resource, new, write)
                if "generation" in old["metadata"]:
                    new["metadata"]["generation"] = old["metadata"]["generation"] + 1
        self._track(resource, old, new, write, subresource=subresource)
        if _content(old) == _content(new):
            return old
        return self._store(resource, new, write)

    def delete(
        self, resource: Resource, obj: Json, *, propagation: str, dry_run: bool = False
    ) -> Json:
        """Delete an object; returns its last state."""
        admission.check_deletion(resource, obj)
        if dry_run:
            return obj
        if resource.key == _CRDS:
            self._delete_custom_objects(obj)
        last = garbage.start_deletion(
            self.store, resource.key, obj, propagation=propagation or _own_propagation(obj)
        )
        self._settle()
        return last

    def decode(self, resource: Resource, obj: Json, write: Write) -> None:
        """Drop or refuse unknown fields, as the client wants; refuse wrong types."""
        schema = resource.schema_of(self.schemas)
        if resource.schema is None and "spec" in (schema.get("properties") or {}):
            # Go decodes a missing struct as an empty one.
            obj["spec"] = obj.get("spec") or {}
        decoded = decoding.decode(obj, schema, self.schemas)
        words = f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}'
        if decoded.mistyped:
            raise errors.bad_request(f"{words}: {decoded.mistyped[0]}")
        unknown = [f'unknown field "{path}"' for path in decoded.unknown]
        if unknown and write.field_validation == "Strict":
            raise errors.bad_request(f"{words}: strict decoding error: {', '.join(unknown)}")
        if write.field_validation == "Warn":
            write.warnings.extend(unknown)
        if resource.schema is not None:
            _refuse(resource, obj, decoded.problems)

    def _validate(self, resource: Resource, obj: Json) -> None:
        _refuse(resource, obj, validity.problems(obj, self.kubernetes_version))

    def _check_pod_security(self, resource: Resource, obj: Json, write: Write) -> None:
        version = self.kubernetes_version
        pod_security.check(self.store, resource, obj, write.warnings, kubernetes_version=version)

    def _track(
        self, resource: Resource, old: Json, new: Json, write: Write, *, subresource: str
    ) -> None:
        if write.operation == "Apply":
            return
        field_managers.track(
            old,
            new,
            manager=Manager(name=write.manager, operation="Update", subresource=subresource),
            schema=resource.schema_of(self.schemas),
            schemas=self.schemas,
        )

    def _store(self, resource: Resource, obj: Json, write: Write) -> Json:
        if write.dry_run:
            return obj
        stored = self.store.put(resource.key, obj)
        if resource.key == _CRDS:
            stored = self._establish(stored)
        elif resource.key == garbage.NAMESPACES:
            self._furnish(stored)
        self._settle()
        return stored

    def _furnish(self, namespace: Json) -> None:
        """Give a namespace what controllers put into each: an account and the cluster's CA."""
        name = objects.name(namespace)
        contents: dict[str, Json] = {
            "serviceaccounts": {"metadata": {"name": "default"}},
            "configmaps": {
                "metadata": {"name": "kube-root-ca.crt"},
                "data": {"ca.crt": self.certificate_authority},
            },
        }
        if objects.is_terminating(namespace):
            return
        for plural, obj in contents.items():
            resource = self.registry.get("", plural)
            if self.store.get(resource.key, name, objects.name(obj)) is None:
                self.create(resource, name, obj, Write(manager="kube-controller-manager"))

    def _establish(self, definition: Json) -> Json:
        """Serve a custom kind, unless its definition is going away."""
        if objects.is_terminating(definition):
            return definition
        self.registry.add_custom(definition)
        if objects.is_true(definition, "Established"):
            return definition
        status = custom_kinds.established(definition)
        return self.store.put(_CRDS, {**copy.deepcopy(definition), "status": status})

    def _delete_custom_objects(self, definition: Json) -> None:
        key = definition["spec"]["group"], definition["spec"]["names"]["plural"]
        for obj in self.store.select(key):
            garbage.start_deletion(self.store, key, obj, propagation="Background")
        if not self.store.select(key):
            self.registry.remove_custom(definition)

    def _settle(self) -> None:
        garbage.collect(self.store)


def _refuse(resource: Resource, obj: Json, problems: Sequence[Problem]) -> None:
    if problems:
        raise errors.invalid(resource, objects.name(obj), problems)


def as_version(obj: Json, resource: Resource) -> Json:
    """Return an object under the apiVersion of a resource; the kind's versions share a shape."""
    if obj.get("apiVersion") == resource.api_version:
        return obj
    return {**obj, "apiVersion": resource.api_version}


def _separated(resource: Resource, old: Json, new: Json, *, subresource: str) -> Json:
    """Take from a write what its path may change: the status, or everything else."""
    if "status" not in resource.subresources:
        return new
    if subresource == "status":
        merged = {key: value for key, value in old.items() if key != "status"}
        merged["metadata"] = copy.deepcopy(old["metadata"])
        if "managedFields" in new["metadata"]:
            merged["metadata"]["managedFields"] = new["metadata"]["managedFields"]
        return merged | ({"status": new["status"]} if "status" in new else {})
    merged = {key: value for key, value in new.items() if key != "status"}
    return merged | ({"status": old["status"]} if "status" in old else {})


def _content(obj: Json) -> Json:
    """Return what makes two states of an object differ: not who wrote a field, or when."""
    metadata = obj["metadata"]
    managers = [
        {key: value for key, value in entry.items() if key != "time"}
        for entry in metadata.get("managedFields") or ()
    ]
    ignored = {"resourceVersion": "", "managedFields": managers}
    return {**obj, "metadata": {**metadata, **ignored}}


def _own_propagation(obj: Json) -> str:
    finalizers = obj["metadata"].get("finalizers") or ()
    if garbage.ORPHAN in finalizers:
        return "Orphan"
    return "Foreground" if garbage.FOREGROUND in finalizers else "Background"
