"""The API server's heart: what creating, applying, updating and deleting an object means."""

from __future__ import annotations

import copy
import secrets
import uuid
from collections.abc import Collection, Sequence

from kube import immutability, validity
from kube.problems import Problem
from kube.validity import plain
from kube.values import look_up, mapping, table
from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server import admission, defaults, errors, merging
from local_aws.kubernetes.api_server.kinds import Registry, Resource
from local_aws.kubernetes.api_server.store import ResourceKey, Store
from local_aws.kubernetes.objects import Json

_BOOTSTRAP: list[Json] = table(__file__, "bootstrap.json")
_NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_KEPT = (
    "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation",
    "resourceVersion",
)  # fmt: skip
_DROPPED = ("managedFields", "selfLink", "namespace")
_DEFINITIONS = ("apiextensions.k8s.io", "customresourcedefinitions")


class Cluster:
    """The state of one cluster, and the rules by which it changes."""

    def __init__(self, kubernetes_version: str) -> None:
        """Make a cluster with what every new one holds."""
        self.kubernetes_version = kubernetes_version
        self.registry = Registry()
        self.schemas = merging.Schemas(kubernetes_version)
        self.store = Store()
        # By the object's uid and the manager.
        self._applied: dict[str, dict[str, Json]] = {}
        for obj in _BOOTSTRAP:
            resource = self.registry.by_kind(obj["apiVersion"], obj["kind"])
            self.create(resource, objects.namespace(obj), obj)

    def copy(self) -> Cluster:
        """Return a copy, whose changes nobody sees: a dry run's."""
        twin = copy.copy(self)
        twin.store, twin.registry = self.store.copy(), copy.deepcopy(self.registry)
        twin._applied = copy.deepcopy(self._applied)  # noqa: SLF001 - it is one of these
        return twin

    def find(self, resource: Resource, namespace: str, name: str) -> Json:
        """Return an object; refuse one that isn't there."""
        obj = self.store.get(resource.key, namespace, name)
        if obj is None:
            raise errors.refusal("NotFound", resource, name)
        return obj

    def create(self, resource: Resource, namespace: str, obj: Json) -> Json:
        """Create an object; returns it as stored."""
        obj = _identified(resource, namespace, obj)
        metadata = obj["metadata"]
        for key in _KEPT:
            metadata.pop(key, None)
        suffix = "".join(secrets.choice(_NAME_LETTERS) for _ in range(5))
        prefix = metadata.get("generateName")
        metadata.setdefault("name", f"{prefix}{suffix}" if prefix else "")
        admission.check_namespace(self.store, resource, obj)
        if "status" in resource.subresources:
            obj.pop("status", None)
        defaults.fill(obj)
        self._check(resource, obj)
        if self.store.get(resource.key, namespace, metadata["name"]) is not None:
            raise errors.refusal("AlreadyExists", resource, metadata["name"])
        admission.admit(self.store, resource, obj, self.kubernetes_version)
        metadata.update(uid=str(uuid.uuid4()), creationTimestamp=objects.timestamp())
        if "spec" in obj and "status" in resource.subresources:
            metadata["generation"] = 1
        if resource.key == _DEFINITIONS:
            obj["status"] = _established(obj)
        stored = self._store(resource, obj)
        if resource.key == admission.NAMESPACES:
            # The account that its pods have by default.
            accounts = self.registry.by_kind("v1", "ServiceAccount")
            self.create(accounts, metadata["name"], {"metadata": {"name": "default"}})
        return stored

    def update(self, resource: Resource, old: Json, new: Json, *, subresource: str = "") -> Json:
        """Replace an object, or what a subresource holds alone; returns it as stored."""
        new = _identified(resource, objects.namespace(old), new)
        _check_identity(resource, old, new)
        if subresource:
            part = "spec" if subresource == "finalize" else "status"
            new = {**old, "metadata": {**old["metadata"]}, part: new.get(part, {})}
        else:
            if "status" in resource.subresources:
                new = _with(new, old, ("status",))
            new["metadata"] = _with(new["metadata"], old["metadata"], _KEPT)
            defaults.fill(new)
            self._check(resource, new)
            admission.keep_addresses(resource, old, new)
            _refuse(resource, new, immutability.problems(old, new))
        if old.get("spec") != new.get("spec"):
            admission.admit(self.store, resource, new, self.kubernetes_version)
            if "generation" in old["metadata"]:
                new["metadata"]["generation"] += 1
        return old if old == new else self._store(resource, new)

    def apply(
        self,
        resource: Resource,
        namespace: str,
        config: Json,
        *,
        manager: str,
        subresource: str = "",
    ) -> Json:
        """Merge what a manager applies into an object, or create it; returns it as stored."""
        config = _identified(resource, namespace, config)
        old = self.store.get(resource.key, namespace, config["metadata"]["name"])
        if old is None:
            stored = self.create(resource, namespace, config)
        else:
            schema = self.schemas.of(resource.api_version, resource.kind)
            known = dict(self._applied.get(objects.uid(old), {}))
            configs = [config, known.pop(manager, {}), *known.values()]
            new = merging.apply(old, configs, schema, self.schemas)
            stored = self.update(resource, old, new, subresource=subresource)
        self._applied.setdefault(objects.uid(stored), {})[manager] = config
        return stored

    def delete(self, resource: Resource, obj: Json) -> Json:
        """Delete an object; returns its last state."""
        if resource.key == _DEFINITIONS:
            key = obj["spec"]["group"], obj["spec"]["names"]["plural"]
            for one in self.store.select(key):
                self._remove(key, one)
            self.registry.remove(obj)
        return self._remove(resource.key, obj)

    def _check(self, resource: Resource, obj: Json) -> None:
        problems = validity.problems(obj, self.kubernetes_version)
        words = f'{resource.kind} in version "{resource.api_version.rpartition("/")[2]}"'
        words += f" cannot be handled as a {resource.kind}: "
        if mistyped := [one for one in problems if one.reason == "FieldValueTypeInvalid"]:
            raise errors.bad_request(f"{words}{mistyped[0]}")
        if unknown := [one.detail for one in problems if one.detail.startswith("unknown field")]:
            raise errors.bad_request(f"{words}strict decoding error: {', '.join(unknown)}")
        _refuse(resource, obj, problems)

    def _store(self, resource: Resource, obj: Json) -> Json:
        stored = self.store.put(resource.key, obj)
        if resource.key == _DEFINITIONS:
            self.registry.add(stored)
        if objects.is_terminating(stored):
            self._remove(resource.key, stored)
        return stored

    def _remove(self, key: ResourceKey, obj: Json) -> Json:
        """Remove an object, or mark it as long as finalizers hold it; returns its last state."""
        is_namespace = key == admission.NAMESPACES
        held = is_namespace and look_up(obj, "spec", "finalizers")
        if not (held or obj["metadata"].get("finalizers")):
            return self.store.remove(key, obj)
        if objects.is_terminating(obj):
            return obj
        marks = {"deletionTimestamp": objects.timestamp(), "deletionGracePeriodSeconds": 0}
        marked = {**obj, "metadata": {**obj["metadata"], **marks}}
        if is_namespace:
            marked["status"] = {**(obj.get("status") or {}), "phase": "Terminating"}
        return self.store.put(key, marked)


def _identified(resource: Resource, namespace: str, obj: Json) -> Json:
    """Return a copy of an object with its kind and namespace; refuse those of another."""
    own = {"apiVersion": resource.api_version, "kind": resource.kind}
    place = {"namespace": namespace} if resource.namespaced else {}
    obj = {**own, **plain(obj)}
    metadata = mapping(obj, "metadata")
    for wanted, said in ((own, obj), (place, metadata)):
        for key, value in wanted.items():
            if said.get(key) not in (None, "", value):
                raise errors.bad_request(f"the {key} of the data, {said[key]}, is not {value}")
    obj["metadata"] = {key: of for key, of in metadata.items() if key not in _DROPPED} | place
    return obj


def _with(new: Json, old: Json, kept: Collection[str]) -> Json:
    """Return something with some of its fields as they were."""
    return {key: of for key, of in new.items() if key not in kept} | {
        key: of for key, of in old.items() if key in kept
    }


def _check_identity(resource: Resource, old: Json, new: Json) -> None:
    """Refuse an update of another object, or of a state that is no longer the newest."""
    there, said = old["metadata"], new["metadata"]
    said.setdefault("name", there["name"])
    for key in ("name", "uid", "resourceVersion"):
        if said.get(key) not in (None, "", there[key]):
            why = f"its {key} is {there[key]}, not {said[key]}"
            words = f"the object has been modified; please apply your changes to the latest: {why}"
            raise errors.refusal("Conflict", resource, there["name"], words)


def _refuse(resource: Resource, obj: Json, problems: Sequence[Problem]) -> None:
    if problems:
        raise errors.invalid(resource, objects.name(obj), problems)


def _established(definition: Json) -> Json:
    said = {"status": "True", "reason": "Accepted", "lastTransitionTime": objects.timestamp()}
    conditions = [{"type": kind, **said} for kind in ("NamesAccepted", "Established")]
    return {"conditions": conditions, "acceptedNames": definition["spec"]["names"]}
