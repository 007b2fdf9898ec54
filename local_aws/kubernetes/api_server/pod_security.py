"""Pod Security admission: the baseline and restricted standards that a namespace's labels ask for.

https://kubernetes.io/docs/concepts/security/pod-security-standards/ lists the rules.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server import errors
from local_aws.kubernetes.api_server.garbage import NAMESPACES
from local_aws.kubernetes.api_server.resources import Resource
from local_aws.kubernetes.api_server.store import Store
from local_aws.kubernetes.objects import Json, look_up

_LABEL = "pod-security.kubernetes.io/"
_BASELINE_CAPABILITIES = {
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
    "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
}  # fmt: skip
_RESTRICTED_VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim",
    "projected", "secret",
}  # fmt: skip
_SECCOMP = ("RuntimeDefault", "Localhost")


def check(store: Store, resource: Resource, obj: Json, warnings: list[str]) -> None:
    """Refuse a pod that its namespace doesn't allow; warn of one, and of a template."""
    spec = _pod_spec(resource, obj)
    namespace = store.get(NAMESPACES, "", objects.namespace(obj))
    if spec is None or namespace is None:
        return
    labels = objects.labels(namespace)
    enforced = labels.get(f"{_LABEL}enforce", "privileged")
    if resource.key == ("", "pods") and (broken := "; ".join(violations(spec, enforced))):
        why = f'violates PodSecurity "{enforced}:latest": {broken.replace("; ", ", ")}'
        raise errors.forbidden(resource, objects.name(obj), why)
    warned = labels.get(f"{_LABEL}warn", "privileged")
    if broken := ", ".join(violations(spec, warned)):
        warnings.append(f'would violate PodSecurity "{warned}:latest": {broken}')


def _pod_spec(resource: Resource, obj: Json) -> Json | None:
    found = (
        look_up(obj, "spec")
        if resource.key == ("", "pods")
        else look_up(obj, "spec", "template", "spec")
    )
    return found if isinstance(found, dict) and found.get("containers") else None


def violations(spec: Json, level: str) -> list[str]:
    """Return which rules of a level a pod's spec breaks."""
    if level == "baseline":
        return list(_baseline(spec))
    if level == "restricted":
        return [*_baseline(spec), *_restricted(spec)]
    return []


def _containers(spec: Json) -> list[Json]:
    return [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]


def _named(found: list[str]) -> str:
    word = "container" if len(found) == 1 else "containers"
    names = ", ".join(f'"{name}"' for name in found)
    return f"{word} {names}"


def _security(container: Json, *path: str) -> object:
    return look_up(container, "securityContext", *path)


def _baseline(spec: Json) -> Iterator[str]:
    shared = [key for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key)]
    if shared:
        yield f"host namespaces ({', '.join(f'{key}=true' for key in shared)})"
    containers = _containers(spec)
    if found := [one["name"] for one in containers if _security(one, "privileged")]:
        yield f"privileged ({_named(found)} must not set securityContext.privileged=true)"
    added = {
        one["name"]: set(look_up(one, "securityContext", "capabilities", "add") or ())
        for one in containers
    }
    if found := [name for name, some in added.items() if some - _BASELINE_CAPABILITIES]:
        yield f"non-default capabilities ({_named(found)} must not add such capabilities)"
    if found := [v["name"] for v in spec.get("volumes") or () if "hostPath" in v]:
        yield f"hostPath volumes (volumes {', '.join(found)})"
    ports = [p for one in containers for p in one.get("ports") or () if p.get("hostPort")]
    if ports:
        yield f"hostPort ({', '.join(str(port['hostPort']) for port in ports)})"


def _restricted(spec: Json) -> Iterator[str]:
    containers = _containers(spec)
    key = "allowPrivilegeEscalation"
    if found := [one["name"] for one in containers if _security(one, key) is not False]:
        yield f"{key} != false ({_named(found)} must set securityContext.{key}=false)"
    if found := [
        one["name"]
        for one in containers
        if "ALL" not in (look_up(one, "securityContext", "capabilities", "drop") or ())
    ]:
        yield (
            f"unrestricted capabilities ({_named(found)} must set"
            ' securityContext.capabilities.drop=["ALL"])'
        )
    if found := [
        one["name"]
        for one in spec.get("volumes") or ()
        if not (set(one) - {"name"}) <= _RESTRICTED_VOLUMES
    ]:
        yield f"restricted volume types (volumes {', '.join(found)})"
    pod_non_root = look_up(spec, "securityContext", "runAsNonRoot")
    if found := [
        one["name"]
        for one in containers
        if (pod_non_root if (own := _security(one, "runAsNonRoot")) is None else own) is not True
    ]:
        yield (
            f"runAsNonRoot != true (pod or {_named(found)} must set"
            " securityContext.runAsNonRoot=true)"
        )
    users = [look_up(one, "securityContext", "runAsUser") for one in (spec, *containers)]
    if 0 in users:
        yield "runAsUser=0 (pod or containers must not set runAsUser=0)"
    pod_seccomp = look_up(spec, "securityContext", "seccompProfile", "type")
    if found := [
        one["name"]
        for one in containers
        if (_security(one, "seccompProfile", "type") or pod_seccomp) not in _SECCOMP
    ]:
        yield (
            f"seccompProfile (pod or {_named(found)} must set securityContext.seccompProfile"
            '.type to "RuntimeDefault" or "Localhost")'
        )
