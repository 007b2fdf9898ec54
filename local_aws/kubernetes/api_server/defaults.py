"""What the API server fills in where an object says nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable

from local_aws.kubernetes.api_server import custom_kinds
from local_aws.kubernetes.api_server.resources import Resource
from local_aws.kubernetes.objects import Json, look_up


def apply(resource: Resource, obj: Json) -> None:
    """Fill an object's defaults in."""
    if resource.schema is not None:
        custom_kinds.fill_defaults(obj, resource.schema)
    elif fill := _BY_RESOURCE.get(resource.group_resource):
        fill(obj)


def _deployment(obj: Json) -> None:
    spec = obj["spec"]
    _fill(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600)
    strategy = spec.setdefault("strategy", {})
    _fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _fill(strategy, rollingUpdate={})
        _fill(strategy["rollingUpdate"], maxSurge="25%", maxUnavailable="25%")
    _template(spec)


def _replica_set(obj: Json) -> None:
    _fill(obj["spec"], replicas=1)
    _template(obj["spec"])


def _stateful_set(obj: Json) -> None:
    spec = obj["spec"]
    _fill(spec, replicas=1, revisionHistoryLimit=10, podManagementPolicy="OrderedReady")
    strategy = spec.setdefault("updateStrategy", {})
    _fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _fill(strategy, rollingUpdate={"partition": 0})
    _template(spec)


def _daemon_set(obj: Json) -> None:
    spec = obj["spec"]
    _fill(spec, revisionHistoryLimit=10)
    strategy = spec.setdefault("updateStrategy", {})
    _fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _fill(strategy, rollingUpdate={})
        _fill(strategy["rollingUpdate"], maxSurge=0, maxUnavailable=1)
    _template(spec)


def _job(obj: Json) -> None:
    spec = obj["spec"]
    _fill(spec, parallelism=1, completions=1, backoffLimit=6, completionMode="NonIndexed")
    _fill(spec, suspend=False)
    _template(spec)


def _cron_job(obj: Json) -> None:
    spec = obj["spec"]
    _fill(spec, concurrencyPolicy="Allow", suspend=False)
    _fill(spec, successfulJobsHistoryLimit=3, failedJobsHistoryLimit=1)


def _template(spec: Json) -> None:
    template = look_up(spec, "template")
    if isinstance(template, dict):
        template.setdefault("metadata", {})
        if isinstance(template.get("spec"), dict):
            _pod_spec(template["spec"])


def _pod(obj: Json) -> None:
    _pod_spec(obj["spec"])
    for container in obj["spec"].get("containers") or ():
        resources = container.setdefault("resources", {})
        for name, limit in (resources.get("limits") or {}).items():
            resources.setdefault("requests", {}).setdefault(name, limit)
    _fill(obj["spec"], enableServiceLinks=True, preemptionPolicy="PreemptLowerPriority", priority=0)
    _fill(obj["spec"], serviceAccountName="default")
    obj["spec"].setdefault("serviceAccount", obj["spec"]["serviceAccountName"])
    tolerations = obj["spec"].setdefault("tolerations", [])
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        if not any(one.get("key") in (key, None) for one in tolerations):
            tolerations.append(
                {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            )
    _fill(obj, status={})
    _fill(obj["status"], phase="Pending", qosClass=_quality(obj["spec"]))


def _quality(spec: Json) -> str:
    resources = [container.get("resources") or {} for container in spec.get("containers") or ()]
    if not any(one.get("requests") or one.get("limits") for one in resources):
        return "BestEffort"
    guaranteed = all(
        set(one.get("limits") or ()) >= {"cpu", "memory"} and one.get("requests") == one["limits"]
        for one in resources
    )
    return "Guaranteed" if guaranteed else "Burstable"


def _pod_spec(spec: Json) -> None:
    _fill(spec, restartPolicy="Always", dnsPolicy="ClusterFirst", schedulerName="default-scheduler")
    _fill(spec, terminationGracePeriodSeconds=30, securityContext={})
    if "serviceAccountName" in spec:
        _fill(spec, serviceAccount=spec["serviceAccountName"])
    for container in [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]:
        _container(container)
    for volume in spec.get("volumes") or ():
        for source in ("configMap", "secret", "projected", "downwardAPI"):
            if isinstance(volume.get(source), dict):
                _fill(volume[source], defaultMode=420)


def _container(container: Json) -> None:
    image = str(container.get("image", ""))
    tag = image.rpartition("/")[2].partition("@")
    latest = not tag[1] and tag[0].partition(":")[2] in ("", "latest")
    _fill(container, imagePullPolicy="Always" if latest else "IfNotPresent", resources={})
    _fill(container, terminationMessagePath="/dev/termination-log", terminationMessagePolicy="File")
    for port in container.get("ports") or ():
        _fill(port, protocol="TCP")
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if isinstance(container.get(probe), dict):
            _probe(container[probe])
    for variable in container.get("env") or ():
        if isinstance(reference := look_up(variable, "valueFrom", "fieldRef"), dict):
            _fill(reference, apiVersion="v1")


def _probe(probe: Json) -> None:
    _fill(probe, timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
    if isinstance(probe.get("httpGet"), dict):
        _fill(probe["httpGet"], path="/", scheme="HTTP")


def _service(obj: Json) -> None:
    spec = obj.setdefault("spec", {})
    _fill(spec, type="ClusterIP", sessionAffinity="None")
    for port in spec.get("ports") or ():
        _fill(port, protocol="TCP")
        if spec["type"] != "ExternalName" and "port" in port:
            _fill(port, targetPort=port["port"])
    if spec["type"] == "ExternalName":
        return
    _fill(spec, internalTrafficPolicy="Cluster")
    if spec["type"] in ("NodePort", "LoadBalancer"):
        _fill(spec, externalTrafficPolicy="Cluster")
    if spec["type"] == "LoadBalancer":
        _fill(spec, allocateLoadBalancerNodePorts=True)
    _fill(obj, status={"loadBalancer": {}})


def _secret(obj: Json) -> None:
    _fill(obj, type="Opaque")
    for key, text in (obj.pop("stringData", None) or {}).items():
        obj["data"] = {**(obj.get("data") or {}), key: base64.b64encode(text.encode()).decode()}


def _namespace(obj: Json) -> None:
    metadata = obj["metadata"]
    metadata["labels"] = {
        **(metadata.get("labels") or {}),
        "kubernetes.io/metadata.name": metadata.get("name", ""),
    }
    _fill(obj, spec={}, status={})
    _fill(obj["spec"], finalizers=["kubernetes"])
    _fill(obj["status"], phase="Active")


def _network_policy(obj: Json) -> None:
    spec = obj.setdefault("spec", {})
    _fill(spec, policyTypes=["Ingress", *(["Egress"] if spec.get("egress") else [])])
    for rule in [*(spec.get("ingress") or ()), *(spec.get("egress") or ())]:
        for port in (rule or {}).get("ports") or ():
            _fill(port, protocol="TCP")


def _binding(obj: Json) -> None:
    if isinstance(obj.get("roleRef"), dict):
        _fill(obj["roleRef"], apiGroup="rbac.authorization.k8s.io")
    for subject in obj.get("subjects") or ():
        is_account = subject.get("kind") == "ServiceAccount"
        _fill(subject, apiGroup="" if is_account else "rbac.authorization.k8s.io")
        if is_account and not subject["apiGroup"]:
            del subject["apiGroup"]


def _storage_class(obj: Json) -> None:
    _fill(obj, reclaimPolicy="Delete", volumeBindingMode="Immediate")


def _webhooks(obj: Json) -> None:
    for webhook in obj.get("webhooks") or ():
        _fill(webhook, failurePolicy="Fail", matchPolicy="Equivalent", timeoutSeconds=10)
        _fill(webhook, namespaceSelector={}, objectSelector={})
        for rule in webhook.get("rules") or ():
            _fill(rule, scope="*")
        if isinstance(service := look_up(webhook, "clientConfig", "service"), dict):
            _fill(service, port=443)


def _custom_resource_definition(obj: Json) -> None:
    names = obj["spec"].get("names") or {}
    if "kind" in names:
        _fill(names, singular=names["kind"].lower(), listKind=f"{names['kind']}List")
    _fill(obj["spec"], conversion={"strategy": "None"})


def _fill(target: Json, **values: object) -> None:
    for key, value in values.items():
        if target.get(key) is None:
            target[key] = value


_BY_RESOURCE: dict[str, Callable[[Json], None]] = {
    "deployments.apps": _deployment,
    "replicasets.apps": _replica_set,
    "statefulsets.apps": _stateful_set,
    "daemonsets.apps": _daemon_set,
    "jobs.batch": _job,
    "cronjobs.batch": _cron_job,
    "pods": _pod,
    "services": _service,
    "secrets": _secret,
    "namespaces": _namespace,
    "networkpolicies.networking.k8s.io": _network_policy,
    "rolebindings.rbac.authorization.k8s.io": _binding,
    "clusterrolebindings.rbac.authorization.k8s.io": _binding,
    "storageclasses.storage.k8s.io": _storage_class,
    "validatingwebhookconfigurations.admissionregistration.k8s.io": _webhooks,
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": _webhooks,
    "customresourcedefinitions.apiextensions.k8s.io": _custom_resource_definition,
}
