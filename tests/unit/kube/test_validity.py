from __future__ import annotations

import base64
import functools
import operator
import time
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kube.validity import problems
from kube.values import Unknown
from tests.support import examples
from tests.unit.kube.objects import CLAIM, VERDICTS, base, changed

C = "spec/template/spec/containers/0"
P = "spec/template/spec"
AT_C = "spec.template.spec.containers[0]"
AT_P = "spec.template.spec"
ROLLING = "spec/strategy/rollingUpdate"
TERM = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {}}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
NODE_TERMS = f"{P}/affinity/nodeAffinity/{REQUIRED}/nodeSelectorTerms"
AT_NODE_TERMS = f"{AT_P}.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms"
SECRET = {"type": "kubernetes.io/dockercfg", "metadata": {"name": "a"}}
CONFIG = {"metadata": {"name": "a"}}
TWICE = [{"name": "a", "port": 1, "nodePort": 30000}, {"name": "b", "port": 2, "nodePort": 30000}]
A_MEGABYTE = "x" * (1 << 20)
REFUSED = ("ClusterRoleBinding", "PodSecurityPolicy", "Role")
"""Bases that the server refuses as they are."""


def volume(**source: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a source's fields
    return [{"name": "v", **source}]


def expression(operator: str, *values: str) -> dict[str, Any]:
    return {"key": "a", "operator": operator, "values": list(values)}


WRONG: list[tuple[str, str, object, str]] = [
    # Names and metadata.
    ("ConfigMap", "metadata/name", ..., "metadata.name"),
    ("ConfigMap", "metadata/name", "a_b", "metadata.name"),
    ("ConfigMap", "status", {}, "status"),
    ("Service", "metadata/name", "a.b", "metadata.name"),
    ("Role", "metadata/name", "a/b", "metadata.name"),
    ("CronJob", "metadata/name", "x" * 53, "metadata.name"),
    ("ConfigMap", "metadata/namespace", "A", "metadata.namespace"),
    ("ConfigMap", "metadata/labels", {"-a": "b"}, "metadata.labels"),
    ("ConfigMap", "metadata/labels", {"A.b/a": "b"}, "metadata.labels"),
    ("ConfigMap", "metadata/labels", {"a": True}, "metadata.labels[a]"),
    ("ConfigMap", "metadata/annotations", {"a": 1}, "metadata.annotations[a]"),
    ("ConfigMap", "metadata/annotations", {"a": A_MEGABYTE}, "metadata.annotations"),
    ("ConfigMap", "metadata/finalizers", ["mine"], "metadata.finalizers[0]"),
    ("ConfigMap", "metadata/ownerReferences", [{"kind": "a"}], "metadata.ownerReferences[0].uid"),
    # Shapes.
    ("Deployment", "spec/replica", 1, "spec.replica"),
    ("Deployment", "spec/replicas", "2", "spec.replicas"),
    ("Deployment", "spec/replicas", 1.5, "spec.replicas"),
    ("Deployment", "spec/replicas", 1 << 31, "spec.replicas"),
    ("Deployment", "spec/paused", "true", "spec.paused"),
    ("Deployment", "spec/template", [], "spec.template"),
    ("Deployment", f"{C}/args", "x", f"{AT_C}.args"),
    ("Deployment", f"{C}/args", [1], f"{AT_C}.args[0]"),
    ("Deployment", "spec", ..., "spec.selector"),
    ("ConfigMap", "data", {"a": 1}, "data[a]"),
    ("Secret", "data", {"a": "not base64!"}, "data[a]"),
    ("ConfigMap", "metadata/creationTimestamp", "today", "metadata.creationTimestamp"),
    # Containers.
    ("Deployment", f"{C}/name", ..., f"{AT_C}.name"),
    ("Deployment", f"{C}/image", " a", f"{AT_C}.image"),
    ("Deployment", f"{C}/imagePullPolicy", "IfPresent", f"{AT_C}.imagePullPolicy"),
    ("Deployment", f"{C}/terminationMessagePolicy", "x", f"{AT_C}.terminationMessagePolicy"),
    ("Deployment", f"{C}/env/0/name", "A=B", f"{AT_C}.env[0].name"),
    ("Deployment", f"{C}/env/0/name", "", f"{AT_C}.env[0].name"),
    ("Deployment", f"{C}/env/1/value", "x", f"{AT_C}.env[1].valueFrom"),
    ("Deployment", f"{C}/env/1/valueFrom", {}, f"{AT_C}.env[1].valueFrom"),
    (
        "Deployment",
        f"{C}/env/1/valueFrom/fieldRef/fieldPath",
        "metadata.labels",
        f"{AT_C}.env[1].valueFrom.fieldRef.fieldPath",
    ),
    (
        "Deployment",
        f"{C}/env/1/valueFrom",
        {"secretKeyRef": {"name": "a"}},
        f"{AT_C}.env[1].valueFrom.secretKeyRef.key",
    ),
    ("Deployment", f"{C}/envFrom", [{}], f"{AT_C}.envFrom[0]"),
    (
        "Deployment",
        f"{C}/envFrom",
        [{"prefix": "=", "secretRef": {"name": "a"}}],
        f"{AT_C}.envFrom[0].prefix",
    ),
    ("Deployment", f"{C}/envFrom", [{"configMapRef": {}}], f"{AT_C}.envFrom[0].configMapRef.name"),
    ("Deployment", f"{C}/ports/1", {"name": "http", "containerPort": 1}, f"{AT_C}.ports[1].name"),
    ("Deployment", f"{C}/ports/0/name", "a--b", f"{AT_C}.ports[0].name"),
    ("Deployment", f"{C}/ports/0/name", "1234", f"{AT_C}.ports[0].name"),
    ("Deployment", f"{C}/ports/0/protocol", "tcp", f"{AT_C}.ports[0].protocol"),
    ("Deployment", f"{C}/ports/0/hostPort", 70000, f"{AT_C}.ports[0].hostPort"),
    ("Deployment", f"{C}/ports/0/containerPort", ..., f"{AT_C}.ports[0].containerPort"),
    (
        "Deployment",
        f"{C}/readinessProbe/timeoutSeconds",
        -1,
        f"{AT_C}.readinessProbe.timeoutSeconds",
    ),
    ("Deployment", f"{C}/readinessProbe/httpGet", ..., f"{AT_C}.readinessProbe"),
    (
        "Deployment",
        f"{C}/readinessProbe/httpGet/scheme",
        "http",
        f"{AT_C}.readinessProbe.httpGet.scheme",
    ),
    (
        "Deployment",
        f"{C}/readinessProbe/httpGet/port",
        "a_b",
        f"{AT_C}.readinessProbe.httpGet.port",
    ),
    (
        "Deployment",
        f"{C}/readinessProbe/httpGet/httpHeaders",
        [{"name": "a b", "value": "c"}],
        f"{AT_C}.readinessProbe.httpGet.httpHeaders[0].name",
    ),
    (
        "Deployment",
        f"{C}/readinessProbe/terminationGracePeriodSeconds",
        5,
        f"{AT_C}.readinessProbe.terminationGracePeriodSeconds",
    ),
    (
        "Deployment",
        f"{C}/livenessProbe/successThreshold",
        2,
        f"{AT_C}.livenessProbe.successThreshold",
    ),
    (
        "Deployment",
        f"{C}/livenessProbe/terminationGracePeriodSeconds",
        0,
        f"{AT_C}.livenessProbe.terminationGracePeriodSeconds",
    ),
    ("Deployment", f"{C}/livenessProbe", {"grpc": {"port": 0}}, f"{AT_C}.livenessProbe.grpc.port"),
    ("Deployment", f"{C}/livenessProbe", {"exec": {}}, f"{AT_C}.livenessProbe.exec.command"),
    ("Deployment", f"{C}/lifecycle/preStop", {}, f"{AT_C}.lifecycle.preStop"),
    (
        "Deployment",
        f"{C}/lifecycle/preStop/exec",
        {"command": ["a"]},
        f"{AT_C}.lifecycle.preStop.sleep",
    ),
    ("Deployment", f"{C}/lifecycle/preStop/sleep/seconds", -1, f"{AT_C}.lifecycle.preStop.sleep"),
    (
        "Deployment",
        f"{C}/volumeMounts",
        [{"name": "x", "mountPath": "/a"}],
        f"{AT_C}.volumeMounts[0].name",
    ),
    (
        "Deployment",
        f"{C}/volumeDevices",
        [{"name": "x", "devicePath": "/a"}],
        f"{AT_C}.volumeDevices[0].name",
    ),
    (
        "Deployment",
        f"{C}/volumeMounts",
        [{"name": "x", "mountPath": "/a", "subPath": "../b"}],
        f"{AT_C}.volumeMounts[0].subPath",
    ),
    (
        "Deployment",
        f"{C}/volumeMounts",
        [{"name": "x", "mountPath": "/a", "subPath": "b", "subPathExpr": "b"}],
        f"{AT_C}.volumeMounts[0].subPathExpr",
    ),
    (
        "Deployment",
        f"{C}/volumeMounts",
        [{"name": "x", "mountPath": "/a", "mountPropagation": "Bidirectional"}],
        f"{AT_C}.volumeMounts[0].mountPropagation",
    ),
    (
        "Deployment",
        f"{C}/volumeMounts",
        [{"name": "x", "mountPath": "/a", "recursiveReadOnly": "Enabled"}],
        f"{AT_C}.volumeMounts[0].recursiveReadOnly",
    ),
    ("Deployment", f"{C}/securityContext/runAsUser", -1, f"{AT_C}.securityContext.runAsUser"),
    (
        "Deployment",
        f"{C}/securityContext/runAsGroup",
        1 << 31,
        f"{AT_C}.securityContext.runAsGroup",
    ),
    (
        "Deployment",
        f"{C}/securityContext/capabilities/add",
        ["CAP_SYS_ADMIN"],
        f"{AT_C}.securityContext",
    ),
    (
        "Deployment",
        f"{C}/securityContext/seccompProfile",
        {"type": "Localhost"},
        f"{AT_C}.securityContext.seccompProfile.localhostProfile",
    ),
    (
        "Deployment",
        f"{C}/securityContext/appArmorProfile",
        {"type": "RuntimeDefault", "localhostProfile": "x"},
        f"{AT_C}.securityContext.appArmorProfile.localhostProfile",
    ),
    ("Deployment", f"{C}/restartPolicy", "Sometimes", f"{AT_C}.restartPolicy"),
    # Resources.
    ("Deployment", f"{C}/resources/requests/nvidia.com~1gpu", "1", f"{AT_C}.resources.limits"),
    (
        "Deployment",
        f"{C}/resources/limits",
        {"hugepages-2Mi": "2Mi", "cpu": "-1"},
        f"{AT_C}.resources.limits[cpu]",
    ),
    ("Deployment", f"{C}/resources/limits/memory", "1Mm", f"{AT_C}.resources.limits[memory]"),
    ("Deployment", f"{C}/resources/claims", [{"name": "gpu"}], f"{AT_C}.resources.claims[0].name"),
    # Pods.
    ("Deployment", f"{P}/activeDeadlineSeconds", 10, f"{AT_P}.activeDeadlineSeconds"),
    ("Job", f"{P}/activeDeadlineSeconds", 0, f"{AT_P}.activeDeadlineSeconds"),
    ("Deployment", f"{P}/hostname", "a.b", f"{AT_P}.hostname"),
    ("Deployment", f"{P}/serviceAccountName", "A", f"{AT_P}.serviceAccountName"),
    ("Deployment", f"{P}/priorityClassName", "A", f"{AT_P}.priorityClassName"),
    ("Deployment", f"{P}/nodeSelector", {"a/b/c": "d"}, f"{AT_P}.nodeSelector"),
    (
        "Deployment",
        f"{P}/hostAliases",
        [{"ip": "10.0.0.1", "hostnames": ["A"]}],
        f"{AT_P}.hostAliases[0].hostnames[0]",
    ),
    ("Deployment", f"{P}/dnsConfig", {"nameservers": ["a"]}, f"{AT_P}.dnsConfig.nameservers[0]"),
    (
        "Deployment",
        f"{P}/dnsConfig",
        {"nameservers": ["1.1.1.1"] * 4},
        f"{AT_P}.dnsConfig.nameservers",
    ),
    ("Deployment", f"{P}/dnsConfig", {"searches": ["a b"]}, f"{AT_P}.dnsConfig.searches[0]"),
    ("Deployment", f"{P}/dnsConfig", {"searches": ["a" * 99] * 30}, f"{AT_P}.dnsConfig.searches"),
    (
        "Deployment",
        f"{P}/dnsConfig",
        {"options": [{"value": "a"}]},
        f"{AT_P}.dnsConfig.options[0].name",
    ),
    ("Deployment", f"{P}/securityContext/fsGroup", -1, f"{AT_P}.securityContext.fsGroup"),
    (
        "Deployment",
        f"{P}/securityContext/supplementalGroups",
        [-1],
        f"{AT_P}.securityContext.supplementalGroups[0]",
    ),
    (
        "Deployment",
        f"{P}/securityContext/fsGroupChangePolicy",
        "x",
        f"{AT_P}.securityContext.fsGroupChangePolicy",
    ),
    (
        "Deployment",
        f"{P}/securityContext/sysctls",
        [{"name": "A", "value": "1"}],
        f"{AT_P}.securityContext.sysctls[0].name",
    ),
    (
        "Deployment",
        f"{P}/securityContext/sysctls",
        [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}],
        f"{AT_P}.securityContext.sysctls[1].name",
    ),
    ("Deployment", f"{P}/os", {"name": "Linux"}, f"{AT_P}.os.name"),
    ("Deployment", f"{P}/preemptionPolicy", "Always", f"{AT_P}.preemptionPolicy"),
    (
        "Deployment",
        f"{P}/readinessGates",
        [{"conditionType": "a b"}],
        f"{AT_P}.readinessGates[0].conditionType",
    ),
    (
        "Deployment",
        f"{P}/schedulingGates",
        [{"name": "a"}, {"name": "a"}],
        f"{AT_P}.schedulingGates[1].name",
    ),
    ("Deployment", f"{P}/resourceClaims", [{"name": "a"}], f"{AT_P}.resourceClaims[0]"),
    (
        "Deployment",
        f"{P}/ephemeralContainers",
        [{"name": "a", "image": "b"}],
        f"{AT_P}.ephemeralContainers",
    ),
    (
        "Pod",
        "spec/topologySpreadConstraints/0/maxSkew",
        0,
        "spec.topologySpreadConstraints[0].maxSkew",
    ),
    (
        "Pod",
        "spec/topologySpreadConstraints/0/minDomains",
        0,
        "spec.topologySpreadConstraints[0].minDomains",
    ),
    (
        "Pod",
        "spec/topologySpreadConstraints/1/minDomains",
        1,
        "spec.topologySpreadConstraints[1].minDomains",
    ),
    (
        "Pod",
        "spec/topologySpreadConstraints/0/labelSelector",
        ...,
        "spec.topologySpreadConstraints[0].matchLabelKeys",
    ),
    (
        "Pod",
        "spec/topologySpreadConstraints/1/topologyKey",
        "",
        "spec.topologySpreadConstraints[1].topologyKey",
    ),
    (
        "Pod",
        "spec/topologySpreadConstraints/2",
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
        },
        "spec.topologySpreadConstraints[2]",
    ),
    # Volumes.
    ("Pod", "spec/volumes", [{"emptyDir": {}}], "spec.volumes[0].name"),
    ("Pod", "spec/volumes", volume(hostPath={"path": "/a/../b"}), "spec.volumes[0].hostPath.path"),
    (
        "Pod",
        "spec/volumes",
        volume(hostPath={"path": "/a", "type": "dir"}),
        "spec.volumes[0].hostPath.type",
    ),
    (
        "Pod",
        "spec/volumes",
        volume(emptyDir={"sizeLimit": "-1"}),
        "spec.volumes[0].emptyDir.sizeLimit",
    ),
    ("Pod", "spec/volumes", volume(secret={}), "spec.volumes[0].secret.secretName"),
    ("Pod", "spec/volumes", volume(configMap={}), "spec.volumes[0].configMap.name"),
    (
        "Pod",
        "spec/volumes",
        volume(configMap={"name": "a", "items": [{"key": "a", "path": "/b"}]}),
        "spec.volumes[0].configMap.items[0].path",
    ),
    (
        "Pod",
        "spec/volumes",
        volume(configMap={"name": "a", "items": [{"key": "a", "path": "b", "mode": 512}]}),
        "spec.volumes[0].configMap.items[0].mode",
    ),
    ("Pod", "spec/volumes", volume(nfs={"server": "a", "path": "b"}), "spec.volumes[0].nfs.path"),
    (
        "Pod",
        "spec/volumes",
        volume(persistentVolumeClaim={}),
        "spec.volumes[0].persistentVolumeClaim.claimName",
    ),
    ("Pod", "spec/volumes", volume(csi={}), "spec.volumes[0].csi.driver"),
    ("Pod", "spec/volumes", volume(ephemeral={}), "spec.volumes[0].ephemeral.volumeClaimTemplate"),
    (
        "Pod",
        "spec/volumes",
        volume(ephemeral={"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"]}}}),
        "spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources.requests[storage]",
    ),
    (
        "Pod",
        "spec/volumes",
        volume(
            projected={"sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 60}}]}
        ),
        "spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds",
    ),
    (
        "Pod",
        "spec/volumes",
        volume(projected={"sources": [{"secret": {"name": "a"}, "configMap": {"name": "b"}}]}),
        "spec.volumes[0].projected.sources[0].configMap",
    ),
    (
        "Pod",
        "spec/volumes",
        volume(downwardAPI={"items": [{"path": "a", "fieldRef": {"fieldPath": "spec.nodeName"}}]}),
        "spec.volumes[0].downwardAPI.items[0].fieldRef.fieldPath",
    ),
    (
        "Pod",
        "spec/volumes",
        volume(
            downwardAPI={"items": [{"path": "a", "resourceFieldRef": {"resource": "limits.cpu"}}]}
        ),
        "spec.volumes[0].downwardAPI.items[0].resourceFieldRef.containerName",
    ),
    # Placement.
    ("Pod", "spec/tolerations", [{"key": "a b", "operator": "Exists"}], "spec.tolerations[0].key"),
    (
        "Pod",
        "spec/tolerations",
        [{"key": "a", "operator": "exists"}],
        "spec.tolerations[0].operator",
    ),
    ("Pod", "spec/tolerations", [{"key": "a", "value": "b c"}], "spec.tolerations[0].operator"),
    (
        "Pod",
        "spec/tolerations",
        [{"operator": "Exists", "effect": "NoSchedule", "tolerationSeconds": 5}],
        "spec.tolerations[0].effect",
    ),
    ("Deployment", NODE_TERMS, [], AT_NODE_TERMS),
    (
        "Deployment",
        NODE_TERMS,
        [{"matchExpressions": [expression("In")]}],
        f"{AT_NODE_TERMS}[0].matchExpressions[0].values",
    ),
    (
        "Deployment",
        NODE_TERMS,
        [{"matchExpressions": [expression("Exists", "b")]}],
        f"{AT_NODE_TERMS}[0].matchExpressions[0].values",
    ),
    (
        "Deployment",
        NODE_TERMS,
        [{"matchExpressions": [expression("Gt", "1", "2")]}],
        f"{AT_NODE_TERMS}[0].matchExpressions[0].values",
    ),
    (
        "Deployment",
        NODE_TERMS,
        [{"matchFields": [expression("In", "b")]}],
        f"{AT_NODE_TERMS}[0].matchFields[0].key",
    ),
    (
        "Deployment",
        f"{P}/affinity/nodeAffinity/{PREFERRED}",
        [{"weight": 101, "preference": {}}],
        f"{AT_P}.affinity.nodeAffinity.{PREFERRED}[0].weight",
    ),
    (
        "Deployment",
        f"{P}/affinity/podAntiAffinity/{REQUIRED}",
        [{"labelSelector": {}, "topologyKey": ""}],
        f"{AT_P}.affinity.podAntiAffinity.{REQUIRED}[0].topologyKey",
    ),
    (
        "Deployment",
        f"{P}/affinity/podAffinity/{PREFERRED}",
        [{"weight": 0, "podAffinityTerm": TERM}],
        f"{AT_P}.affinity.podAffinity.{PREFERRED}[0].weight",
    ),
    (
        "Deployment",
        f"{P}/affinity/podAffinity/{REQUIRED}",
        [{**TERM, "matchLabelKeys": ["a"], "mismatchLabelKeys": ["a"]}],
        f"{AT_P}.affinity.podAffinity.{REQUIRED}[0].matchLabelKeys[0]",
    ),
    (
        "Deployment",
        "spec/selector/matchExpressions",
        [expression("In")],
        "spec.selector.matchExpressions[0].values",
    ),
    (
        "Deployment",
        "spec/selector/matchExpressions",
        [{"key": "a"}],
        "spec.selector.matchExpressions[0].operator",
    ),
    # Workloads.
    ("Deployment", "spec/selector", {}, "spec.selector"),
    ("Deployment", "spec/selector", ..., "spec.selector"),
    ("Deployment", "spec/revisionHistoryLimit", -1, "spec.revisionHistoryLimit"),
    ("Deployment", "spec/minReadySeconds", 600, "spec.progressDeadlineSeconds"),
    (
        "Deployment",
        f"{ROLLING}/maxUnavailable",
        "101%",
        "spec.strategy.rollingUpdate.maxUnavailable",
    ),
    ("Deployment", f"{ROLLING}/maxSurge", -1, "spec.strategy.rollingUpdate.maxSurge"),
    ("Deployment", "spec/strategy/type", "Recreate", "spec.strategy.rollingUpdate"),
    ("StatefulSet", "spec/podManagementPolicy", "parallel", "spec.podManagementPolicy"),
    (
        "StatefulSet",
        "spec/updateStrategy",
        {"type": "OnDelete", "rollingUpdate": {}},
        "spec.updateStrategy.rollingUpdate",
    ),
    (
        "StatefulSet",
        "spec/updateStrategy",
        {"rollingUpdate": {"partition": -1}},
        "spec.updateStrategy.rollingUpdate.partition",
    ),
    (
        "StatefulSet",
        "spec/persistentVolumeClaimRetentionPolicy",
        {"whenDeleted": "Keep"},
        "spec.persistentVolumeClaimRetentionPolicy.whenDeleted",
    ),
    ("StatefulSet", "spec/ordinals", {"start": -1}, "spec.ordinals.start"),
    (
        "StatefulSet",
        "spec/volumeClaimTemplates/0/spec/accessModes",
        ["RWO"],
        "spec.volumeClaimTemplates[0].spec.accessModes[0]",
    ),
    (
        "DaemonSet",
        "spec/updateStrategy",
        {"rollingUpdate": {"maxSurge": 1}},
        "spec.updateStrategy.rollingUpdate.maxSurge",
    ),
    (
        "DaemonSet",
        "spec/updateStrategy",
        {"rollingUpdate": {"maxUnavailable": 0}},
        "spec.updateStrategy.rollingUpdate.maxUnavailable",
    ),
    ("DaemonSet", "spec/updateStrategy", {"type": "Recreate"}, "spec.updateStrategy.type"),
    ("ReplicationController", "spec/selector", {"app": "api"}, "spec.template.metadata.labels"),
    # Jobs.
    ("Job", "spec/backoffLimit", -1, "spec.backoffLimit"),
    ("Job", "spec/parallelism", -1, "spec.parallelism"),
    ("Job", "spec", {"completionMode": "Indexed", "parallelism": 2}, "spec.completions"),
    ("Job", "spec/completionMode", "indexed", "spec.completionMode"),
    ("Job", "spec/backoffLimitPerIndex", 1, "spec.backoffLimitPerIndex"),
    ("Job", "spec/selector", {"matchLabels": {"a": "b"}}, "spec.selector"),
    (
        "Job",
        "spec/podFailurePolicy",
        {"rules": [{"action": "Ignore"}]},
        "spec.podFailurePolicy.rules[0]",
    ),
    ("Job", "spec/ttlSecondsAfterFinished", -1, "spec.ttlSecondsAfterFinished"),
    ("CronJob", "spec/schedule", "60 * * * *", "spec.schedule"),
    ("CronJob", "spec/schedule", "* * * * 7", "spec.schedule"),
    ("CronJob", "spec/schedule", "* * 0 * *", "spec.schedule"),
    ("CronJob", "spec/schedule", "5-1 * * * *", "spec.schedule"),
    ("CronJob", "spec/schedule", "*/0 * * * *", "spec.schedule"),
    ("CronJob", "spec/schedule", "* * * jan-foo *", "spec.schedule"),
    ("CronJob", "spec/schedule", "@often", "spec.schedule"),
    ("CronJob", "spec/schedule", "TZ=UTC * * * * *", "spec.schedule"),
    ("CronJob", "spec/schedule", "", "spec.schedule"),
    ("CronJob", "spec/timeZone", "Europe/Dublinn", "spec.timeZone"),
    ("CronJob", "spec/timeZone", "Local", "spec.timeZone"),
    ("CronJob", "spec/concurrencyPolicy", "forbid", "spec.concurrencyPolicy"),
    ("CronJob", "spec/startingDeadlineSeconds", -1, "spec.startingDeadlineSeconds"),
    ("CronJob", "spec/successfulJobsHistoryLimit", -1, "spec.successfulJobsHistoryLimit"),
    ("CronJob", "spec/jobTemplate", ..., "spec.jobTemplate"),
    # Services and networks.
    ("Service", "spec/type", "ExternalName", "spec.externalName"),
    ("Service", "spec/ports/1", {"port": 81}, "spec.ports[1].name"),
    ("Service", "spec/ports/0/name", "A", "spec.ports[0].name"),
    ("Service", "spec/ports/0/protocol", "http", "spec.ports[0].protocol"),
    ("Service", "spec/ports/0/nodePort", 80, "spec.ports[0].nodePort"),
    ("Service", "spec/ports/0/appProtocol", "a b", "spec.ports[0].appProtocol"),
    ("Service", "spec/clusterIP", "None", "spec.clusterIP"),
    ("Service", "spec/clusterIP", "x", "spec.clusterIP"),
    ("Service", "spec", {"clusterIP": "None", "clusterIPs": ["x"]}, "spec.clusterIPs[0]"),
    ("PriorityClass", "preemptionPolicy", "", "preemptionPolicy"),
    ("IngressClass", "spec/parameters/apiGroup", "A_", "spec.parameters.apiGroup"),
    ("Service", "spec/externalIPs", ["127.0.0.1"], "spec.externalIPs[0]"),
    ("Service", "spec/externalIPs", ["x"], "spec.externalIPs[0]"),
    ("Service", "spec/sessionAffinity", "Client", "spec.sessionAffinity"),
    ("Service", "spec/externalTrafficPolicy", "local", "spec.externalTrafficPolicy"),
    ("Service", "spec/internalTrafficPolicy", "local", "spec.internalTrafficPolicy"),
    ("Service", "spec/trafficDistribution", "Close", "spec.trafficDistribution"),
    ("Service", "spec/healthCheckNodePort", 30000, "spec.healthCheckNodePort"),
    ("Service", "spec/ipFamilies", ["IPv4", "IPv4"], "spec.ipFamilies[1]"),
    ("Service", "spec/ipFamilies", ["ipv4"], "spec.ipFamilies[0]"),
    ("Service", "spec/loadBalancerClass", "a b", "spec.loadBalancerClass"),
    ("Ingress", "spec/rules/0/host", "*.*.com", "spec.rules[0].host"),
    ("Ingress", "spec/rules/0/host", "A.com", "spec.rules[0].host"),
    ("Ingress", "spec/rules/0/http/paths", [], "spec.rules[0].http.paths"),
    (
        "Ingress",
        "spec/rules/0/http/paths/0/pathType",
        "prefix",
        "spec.rules[0].http.paths[0].pathType",
    ),
    ("Ingress", "spec/rules/0/http/paths/0/pathType", ..., "spec.rules[0].http.paths[0].pathType"),
    ("Ingress", "spec/rules/0/http/paths/0/backend", {}, "spec.rules[0].http.paths[0].backend"),
    (
        "Ingress",
        "spec/rules/0/http/paths/0/backend/service/port",
        {},
        "spec.rules[0].http.paths[0].backend.service.port",
    ),
    (
        "Ingress",
        "spec/rules/0/http/paths/0/backend/service/port/name",
        "http",
        "spec.rules[0].http.paths[0].backend.service.port.number",
    ),
    (
        "Ingress",
        "spec/rules/0/http/paths/0/backend/service/name",
        "a_b",
        "spec.rules[0].http.paths[0].backend.service.name",
    ),
    ("Ingress", "spec/tls", [{"hosts": ["A"]}], "spec.tls[0].hosts[0]"),
    ("Ingress", "spec/tls", [{"secretName": "A"}], "spec.tls[0].secretName"),
    (
        "Ingress",
        "metadata/annotations",
        {"kubernetes.io/ingress.class": "nginx"},
        "metadata.annotations[kubernetes.io/ingress.class]",
    ),
    (
        "NetworkPolicy",
        "spec/ingress/0/from",
        [{"ipBlock": {"cidr": "10.0.0.0"}}],
        "spec.ingress[0].from[0].ipBlock.cidr",
    ),
    (
        "NetworkPolicy",
        "spec/ingress/0/from",
        [{"ipBlock": {"cidr": "10.0.0.0/16", "except": ["10.1.0.0/24"]}}],
        "spec.ingress[0].from[0].ipBlock.except[0]",
    ),
    (
        "NetworkPolicy",
        "spec/ingress/0/ports",
        [{"port": "http", "endPort": 90}],
        "spec.ingress[0].ports[0].endPort",
    ),
    (
        "NetworkPolicy",
        "spec/ingress/0/ports",
        [{"endPort": 90}],
        "spec.ingress[0].ports[0].endPort",
    ),
    (
        "NetworkPolicy",
        "spec/podSelector",
        {"matchLabels": {"a": "b c"}},
        "spec.podSelector.matchLabels",
    ),
    ("EndpointSlice", "endpoints/0/addresses", ["fe80::1"], "endpoints[0].addresses[0]"),
    ("EndpointSlice", "addressType", "ipv4", "addressType"),
    # Autoscaling and disruption.
    ("HorizontalPodAutoscaler", "spec/minReplicas", 0, "spec.minReplicas"),
    ("HorizontalPodAutoscaler", "spec/maxReplicas", 0, "spec.maxReplicas"),
    ("HorizontalPodAutoscaler", "spec/maxReplicas", ..., "spec.maxReplicas"),
    ("HorizontalPodAutoscaler", "spec/metrics/0/resource", ..., "spec.metrics[0].resource"),
    (
        "HorizontalPodAutoscaler",
        "spec/metrics/0/resource/target/type",
        "utilization",
        "spec.metrics[0].resource.target.type",
    ),
    (
        "HorizontalPodAutoscaler",
        "spec/metrics/0/resource/target/averageUtilization",
        ...,
        "spec.metrics[0].resource.target",
    ),
    (
        "HorizontalPodAutoscaler",
        "spec/metrics/0/resource/target/averageValue",
        "0",
        "spec.metrics[0].resource.target.averageValue",
    ),
    (
        "HorizontalPodAutoscaler",
        "spec/behavior",
        {"scaleDown": {"stabilizationWindowSeconds": 3601}},
        "spec.behavior.scaleDown.stabilizationWindowSeconds",
    ),
    (
        "HorizontalPodAutoscaler",
        "spec/behavior",
        {"scaleUp": {"policies": []}},
        "spec.behavior.scaleUp.policies",
    ),
    (
        "HorizontalPodAutoscaler",
        "spec/behavior",
        {"scaleUp": {"policies": [{"type": "Pods", "value": 0, "periodSeconds": 60}]}},
        "spec.behavior.scaleUp.policies[0].value",
    ),
    (
        "HorizontalPodAutoscaler",
        "spec/behavior",
        {"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 1801}]}},
        "spec.behavior.scaleUp.policies[0].periodSeconds",
    ),
    ("PodDisruptionBudget", "spec/minAvailable", -1, "spec.minAvailable"),
    ("PodDisruptionBudget", "spec/minAvailable", "half", "spec.minAvailable"),
    (
        "PodDisruptionBudget",
        "spec/unhealthyPodEvictionPolicy",
        "x",
        "spec.unhealthyPodEvictionPolicy",
    ),
    # Roles.
    ("ClusterRole", "rules/0/verbs", [], "rules[0].verbs"),
    ("ClusterRole", "rules/0/resources", ..., "rules[0].resources"),
    ("RoleBinding", "roleRef/name", "", "roleRef.name"),
    ("RoleBinding", "roleRef", ..., "roleRef"),
    ("RoleBinding", "subjects/0/name", "", "subjects[0].name"),
    ("RoleBinding", "subjects/1/name", "a_b", "subjects[1].name"),
    ("ClusterRoleBinding", "roleRef/kind", "Role", "roleRef.kind"),
    # Configuration and storage.
    ("ConfigMap", "data", {"a/b": "x"}, "data[a/b]"),
    ("ConfigMap", "data", {"..a": "x"}, "data[..a]"),
    ("ConfigMap", "data", {"a": f"{A_MEGABYTE}x"}, "data"),
    ("ConfigMap", "immutable", "yes", "immutable"),
    ("Secret", "type", "kubernetes.io/basic-auth", "data[username]"),
    ("Secret", "type", "kubernetes.io/ssh-auth", "data[ssh-privatekey]"),
    ("Secret", "type", "kubernetes.io/dockerconfigjson", "data[.dockerconfigjson]"),
    (
        "Secret",
        "type",
        "kubernetes.io/service-account-token",
        "metadata.annotations[kubernetes.io/service-account.name]",
    ),
    ("PersistentVolumeClaim", "spec/accessModes", [], "spec.accessModes"),
    (
        "PersistentVolumeClaim",
        "spec/accessModes",
        ["ReadWriteOncePod", "ReadWriteOnce"],
        "spec.accessModes",
    ),
    ("PersistentVolumeClaim", "spec/volumeMode", "block", "spec.volumeMode"),
    ("PersistentVolumeClaim", "spec/storageClassName", "A", "spec.storageClassName"),
    ("PersistentVolume", "spec/csi", ..., "spec"),
    ("PersistentVolume", "spec/capacity", ..., "spec.capacity"),
    (
        "PersistentVolume",
        "spec/persistentVolumeReclaimPolicy",
        "keep",
        "spec.persistentVolumeReclaimPolicy",
    ),
    ("StorageClass", "provisioner", ..., "provisioner"),
    ("StorageClass", "allowVolumeExpansion", "true", "allowVolumeExpansion"),
    ("ResourceQuota", "spec/hard", {"cpus": "1"}, "spec.hard[cpus]"),
    ("ResourceQuota", "spec/hard", {"pods": "1.5"}, "spec.hard[pods]"),
    ("ResourceQuota", "spec/hard", {"requests.cpu": "-1"}, "spec.hard[requests.cpu]"),
    ("ResourceQuota", "spec/scopes", ["Best"], "spec.scopes[0]"),
    ("ResourceQuota", "spec/scopes", ["Terminating", "NotTerminating"], "spec.scopes"),
    ("LimitRange", "spec/limits/0/type", "container", "spec.limits[0].type"),
    ("LimitRange", "spec/limits/0/min", {"cpu": "2"}, "spec.limits[0].min[cpu]"),
    (
        "LimitRange",
        "spec/limits/0/defaultRequest",
        {"cpu": "600m"},
        "spec.limits[0].defaultRequest[cpu]",
    ),
    (
        "LimitRange",
        "spec/limits/0/maxLimitRequestRatio",
        {"cpu": "0.5"},
        "spec.limits[0].maxLimitRequestRatio[cpu]",
    ),
    ("LimitRange", "spec/limits/0/type", "Pod", "spec.limits[0].default"),
    ("LimitRange", "spec/limits/1", {"type": "PersistentVolumeClaim"}, "spec.limits[1].limits"),
    (
        "Namespace",
        "metadata/labels",
        {"pod-security.kubernetes.io/warn": "strict"},
        "metadata.labels[pod-security.kubernetes.io/warn]",
    ),
    ("PriorityClass", "metadata/name", "system-mine", "metadata.name"),
    ("ConfigMap", "metadata", {"generateName": "a_"}, "metadata.generateName"),
    ("ConfigMap", "binaryData", {"a": "eA==", "b": "?"}, "binaryData[b]"),
    ("Secret", "", SECRET | {"data": {".dockercfg": "W10="}}, "data[.dockercfg]"),
    ("Secret", "", SECRET | {"stringData": {".dockercfg": "{"}}, "data[.dockercfg]"),
    ("ConfigMap", "", CONFIG | {"data": {"a": "x"}, "binaryData": {"a": "eA=="}}, "binaryData[a]"),
    (
        "PersistentVolumeClaim",
        "spec/dataSource",
        {"kind": "VolumeSnapshot", "name": "a"},
        "spec.dataSource",
    ),
    ("PersistentVolume", "spec", {"local": {"path": "/a"}}, "spec.nodeAffinity"),
    (
        "ResourceQuota",
        "spec/scopeSelector",
        {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In"}]},
        "spec.scopeSelector.matchExpressions[0].values",
    ),
    (
        "ResourceQuota",
        "spec/scopeSelector",
        {"matchExpressions": [{"scopeName": "BestEffort", "operator": "In", "values": ["a"]}]},
        "spec.scopeSelector.matchExpressions[0].operator",
    ),
    ("ResourceQuota", "spec/scopes", ["BestEffort"], "spec.scopes"),
    ("ClusterRole", "aggregationRule", {}, "aggregationRule.clusterRoleSelectors"),
    ("Pod", "spec", {"schedulingGates": [{"name": "a"}], "nodeName": "b"}, "spec.nodeName"),
    ("Pod", "spec", {"hostUsers": False, "hostPID": True}, "spec.hostPID"),
    ("Pod", "spec", {"shareProcessNamespace": True, "hostPID": True}, "spec.shareProcessNamespace"),
    ("Pod", "spec/ephemeralContainers", [{"name": "a", "image": "b"}], "spec.ephemeralContainers"),
    ("Pod", "spec/resources", {"limits": {"storage": "1"}}, "spec.resources.limits[storage]"),
    (
        "Pod",
        "spec",
        {"hostNetwork": True, "securityContext": {"sysctls": [{"name": "net.a", "value": "1"}]}},
        "spec.securityContext.sysctls[0].name",
    ),
    (
        "Pod",
        "spec/containers/0/resizePolicy",
        [{"resourceName": "disk", "restartPolicy": "NotRequired"}],
        "spec.containers[0].resizePolicy[0].resourceName",
    ),
    (
        "Pod",
        "spec/tolerations",
        [{"key": "a", "operator": "Lt", "value": "x"}],
        "spec.tolerations[0].value",
    ),
    (
        "Deployment",
        NODE_TERMS,
        [{"matchExpressions": [expression("In", "b c")]}],
        f"{AT_NODE_TERMS}[0].matchExpressions[0].values[0]",
    ),
    (
        "Deployment",
        NODE_TERMS,
        [{"matchFields": [{**expression("Exists", "a", "b"), "key": "metadata.name"}]}],
        f"{AT_NODE_TERMS}[0].matchFields[0].operator",
    ),
    (
        "Service",
        "spec",
        {"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv4", "IPv6"]},
        "spec.ipFamilyPolicy",
    ),
    ("Service", "spec", {"type": "ExternalName", "externalName": "a_b"}, "spec.externalName"),
    ("Service", "spec", {"type": "NodePort", "ports": TWICE}, "spec.ports[1].nodePort"),
    # Custom kinds and webhooks.
    ("CustomResourceDefinition", "metadata/name", "widget.example.com", "metadata.name"),
    ("CustomResourceDefinition", "spec/group", "example", "spec.group"),
    ("CustomResourceDefinition", "spec/versions/0/storage", False, "spec.versions"),
    ("CustomResourceDefinition", "spec/versions/0/schema", ..., "spec.versions[0].schema"),
    ("CustomResourceDefinition", "spec/scope", "cluster", "spec.scope"),
    ("ValidatingWebhookConfiguration", "webhooks/0/name", "w", "webhooks[0].name"),
    ("ValidatingWebhookConfiguration", "webhooks/0/sideEffects", "Some", "webhooks[0].sideEffects"),
    (
        "ValidatingWebhookConfiguration",
        "webhooks/0/timeoutSeconds",
        31,
        "webhooks[0].timeoutSeconds",
    ),
    ("ValidatingWebhookConfiguration", "webhooks/0/clientConfig", {}, "webhooks[0].clientConfig"),
]

RIGHT: list[tuple[str, str, object]] = [
    *[(kind, "metadata/labels", {}) for kind in VERDICTS["bases"] if kind not in REFUSED],
    *[("CustomResourceDefinition", "spec/scope", "Cluster"), ("EndpointSlice", "ports", [])],
    ("ValidatingWebhookConfiguration", "webhooks/0/timeoutSeconds", 30),
    ("PersistentVolume", "spec/volumeMode", "Block"),
    ("ConfigMap", "metadata/annotations", {"Example.COM/A_b": "é\n"}),
    ("ConfigMap", "metadata/finalizers", ["example.com/mine", "foregroundDeletion"]),
    ("ConfigMap", "metadata/creationTimestamp", None),
    ("Deployment", "status", {}),
    ("Deployment", "spec/replicas", 2.0),
    ("Deployment", "spec/strategy", {"type": "Recreate"}),
    ("Deployment", ROLLING, {"maxSurge": "0%"}),
    ("Deployment", f"{C}/env/0/value", ""),
    ("Deployment", f"{C}/env/1/valueFrom/fieldRef/fieldPath", "metadata.annotations['a.b/c']"),
    ("Deployment", f"{C}/readinessProbe/httpGet/port", 8080),
    ("Deployment", f"{C}/readinessProbe/successThreshold", 2),
    ("Deployment", f"{C}/resources", {"limits": {"nvidia.com/gpu": 1, "cpu": "1"}}),
    ("Deployment", f"{C}/resources", {"limits": {"hugepages-2Mi": "4Mi", "memory": "1Gi"}}),
    ("Deployment", f"{P}/initContainers", [{"name": "s", "image": "s", "restartPolicy": "Always"}]),
    (
        "Deployment",
        f"{P}/dnsConfig",
        {"searches": ["svc.local.", "_x.y"], "options": [{"name": "a"}]},
    ),
    ("Deployment", f"{P}/hostNetwork", True),
    ("Deployment", NODE_TERMS, [{"matchExpressions": [expression("Gt", "4")]}]),
    ("Pod", "spec/volumes", volume(projected={"sources": [{"configMap": {"name": "a"}}]})),
    ("Pod", "spec/volumes", volume(ephemeral={"volumeClaimTemplate": {"spec": CLAIM["spec"]}})),
    ("Job", "spec/selector", {"matchLabels": {"batch.kubernetes.io/controller-uid": "1"}}),
    ("DaemonSet", "spec/updateStrategy", {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}),
    ("CronJob", "spec/schedule", "*/5,10-20 0 1 JAN ?"),
    ("CronJob", "spec/schedule", "@every 1h30m"),
    ("CronJob", "spec/timeZone", "US/Pacific"),
    (
        "Service",
        "spec/ports",
        [{"port": 53, "name": "a"}, {"port": 53, "name": "b", "protocol": "UDP"}],
    ),
    ("Service", "spec/loadBalancerSourceRanges", [" 10.0.0.0/24 "]),
    (
        "NetworkPolicy",
        "spec/ingress",
        [{"from": [{"ipBlock": {"cidr": "::/0", "except": ["fd00::/8"]}}]}],
    ),
    ("NetworkPolicy", "spec/ingress", [{}]),
    ("Ingress", "spec/rules/0/host", "*.example.com"),
    ("PodDisruptionBudget", "spec", {"maxUnavailable": 0}),
    ("RoleBinding", "roleRef/apiGroup", ...),
    ("Secret", "type", "example.com/mine"),
    (
        "ResourceQuota",
        "spec/hard",
        {"count/widgets.example.com": "2", "requests.nvidia.com/gpu": 4},
    ),
]


def test_what_is_wrong_is_named() -> None:
    """The path that a person looks up is among the problems' fields."""
    for kind, path, value, field in WRONG:
        found = [problem.field for problem in problems(changed(kind, path, value), "1.36")]
        assert field in found, f"{kind} {path}"


def test_what_is_right_has_no_problem() -> None:
    for kind, path, value in RIGHT:
        found = [str(problem) for problem in problems(changed(kind, path, value), "1.36")]
        assert found == [], f"{kind} {path}"


@pytest.mark.parametrize(
    ("kind", "path", "value", "taken_since"),
    [
        ("Service", "metadata/name", "1web", "1.36"),
        ("Deployment", f"{C}/env/0/name", "A B", "1.32"),
        ("Deployment", f"{C}/lifecycle/preStop/sleep/seconds", 0, "1.33"),
        ("Deployment", f"{C}/restartPolicy", "Always", "1.35"),
        ("Pod", "spec/tolerations", [{"key": "a", "operator": "Gt", "value": "1"}], "1.35"),
        ("Service", "spec/trafficDistribution", "PreferSameZone", "1.34"),
        ("Pod", "spec/hostnameOverride", "a", "1.34"),
    ],
)
def test_versions_differ(kind: str, path: str, value: object, taken_since: str) -> None:
    """A field or word is refused by the version before the one that brought it."""
    before = f"1.{int(taken_since.split('.')[1]) - 1}"
    assert problems(changed(kind, path, value), taken_since) == []
    assert problems(changed(kind, path, value), before)


def test_a_kind_that_the_version_has_not_is_refused_with_where_it_is() -> None:
    obj = {"apiVersion": "extensions/v1beta1", "kind": "Ingress", "metadata": {"name": "a"}}
    [problem] = problems(obj, "1.36")
    assert problem.field == "apiVersion"
    assert "1.36 has it in networking.k8s.io/v1" in problem.message


@pytest.mark.parametrize(("size", "refused"), [(1 << 20, []), ((1 << 20) + 1, ["data"])])
def test_the_size_of_a_secret_is_that_of_what_is_encoded(size: int, refused: list[str]) -> None:
    """Whatever fills up its base64."""
    data = {"a": base64.b64encode(b"x" * size).decode()}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": data}
    assert [each.field for each in problems(secret, "1.35")] == refused


def test_a_custom_kind_may_hold_anything_but_a_wrong_name() -> None:
    """Fields of a custom kind mean what its own definition says, whatever their names."""
    obj = {"apiVersion": "example.com/v1", "kind": "Widget", "spec": {"restartPolicy": "never"}}
    assert problems({**obj, "metadata": {"name": "a"}}, "1.36") == []
    assert [each.field for each in problems({**obj, "metadata": {"name": "A"}}, "1.36")] == [
        "metadata.name"
    ]


def test_the_items_of_a_list_are_checked_where_they_stand() -> None:
    wrong = changed("Service", "spec/type", "x")
    inner = {"apiVersion": "v1", "kind": "List", "items": [base("ConfigMap"), wrong]}
    outer = {"apiVersion": "v1", "kind": "List", "items": [inner]}
    assert "items[0].items[1].spec.type" in [each.field for each in problems(outer, "1.36")]
    assert problems({"apiVersion": "v1", "kind": "List", "items": []}, "1.36") == []


def test_a_field_of_another_case_is_named() -> None:
    [problem] = problems(changed("Deployment", f"{C}/imagepullpolicy", "Always"), "1.36")
    assert 'did you mean "imagePullPolicy"?' in problem.message


def places(value: object, *at: str | int) -> list[tuple[str | int, ...]]:
    inner: Any = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    return [at, *(place for key, item in inner for place in places(item, *at, key))]


def at(value: Any, place: tuple[str | int, ...]) -> object:  # noqa: ANN401 - JSON holds anything
    return functools.reduce(operator.getitem, place, value)


PLACES = [(kind, place) for kind in VERDICTS["bases"] for place in places(base(kind)) if place]
HOLE = Unknown("${Token}")
ODD = [
    None,
    [],
    "",
    1,
    {},
    -1.5,
    True,
    10**30,
    float("nan"),
    [None],
    {"a": None},
    {1: 2},
    "../x",
    ...,
]


def replaced(kind: str, place: tuple[str | int, ...], value: object) -> Any:  # noqa: ANN401
    return changed(kind, "/".join(str(step).replace("/", "~1") for step in place), value)


@settings(max_examples=examples(150), deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from(ODD), st.sampled_from(["1.31", "1.36", "x"]))
def test_nothing_raises(
    place: tuple[str, tuple[str | int, ...]], odd: object, version: str
) -> None:
    for problem in problems(replaced(*place, odd), version):
        assert str(problem)


@settings(max_examples=examples(150), deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from([HOLE, {HOLE: "x"}, [HOLE]]))
def test_what_only_the_deploy_knows_is_right(
    place: tuple[str, tuple[str | int, ...]], unknown: object
) -> None:
    """An unknown text may turn out to be what the field wants, even a number or a mapping."""
    kind, steps = place
    assume(unknown != [HOLE] or isinstance(at(base(kind), steps), list))
    found = {str(each) for each in problems(replaced(kind, steps, unknown), "1.36")}
    assert found <= {str(each) for each in problems(base(kind), "1.36")}


@pytest.mark.parametrize(
    "obj", [None, "x", 1, [], {}, {"kind": "Pod"}, {"apiVersion": [], "kind": {}}]
)
def test_what_is_no_object_is_refused(obj: Any) -> None:  # noqa: ANN401 - whatever YAML may hold
    assert problems(obj, "1.36")


def test_two_thousand_objects_take_seconds() -> None:
    objects = {"kind": "List", "items": [base("Deployment")] * examples(2000)}
    before = time.process_time()
    assert problems(objects, "1.36") == []
    assert time.process_time() - before < 12 * examples(2000) / 2000
