"""Pod Security admission: the standards that a namespace's labels ask for."""

from __future__ import annotations

from kube.pod_security import LABEL, violations
from kube.pods import PodTemplate, pod_template
from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server import errors
from local_aws.kubernetes.api_server.garbage import NAMESPACES
from local_aws.kubernetes.api_server.resources import Resource
from local_aws.kubernetes.api_server.store import Store
from local_aws.kubernetes.objects import Json


def check(
    store: Store, resource: Resource, obj: Json, warnings: list[str], *, kubernetes_version: str
) -> None:
    """Refuse a pod that its namespace doesn't allow; warn of one, and of a template."""
    template = pod_template(obj) if resource.group in ("", "apps", "batch") else None
    namespace = store.get(NAMESPACES, "", objects.namespace(obj))
    if template is None or namespace is None:
        return
    asked = objects.labels(namespace)
    broken = _broken(template, asked, "enforce", kubernetes_version)
    if broken and resource.key == ("", "pods"):
        raise errors.forbidden(resource, objects.name(obj), f"violates PodSecurity {broken}")
    if broken := _broken(template, asked, "warn", kubernetes_version):
        warnings.append(f"would violate PodSecurity {broken}")


def _broken(template: PodTemplate, asked: dict[str, str], mode: str, newest: str) -> str:
    level = asked.get(f"{LABEL}{mode}", "privileged")
    version = asked.get(f"{LABEL}{mode}-version", "latest")
    found = violations(template, level, newest if version == "latest" else version)
    words = ", ".join(one.words for one in found)
    return f'"{level}:{version}": {words}' if words else ""
