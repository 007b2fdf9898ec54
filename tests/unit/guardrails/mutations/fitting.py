"""Objects whose fields don't fit each other."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.guardrails.environments import manifest_change
from tests.unit.guardrails.mutations import Mutation, found, in_resource, in_template
from tests.unit.guardrails.mutations.kubernetes_objects import (
    API,
    SERVICE,
    WEB,
    Edit,
    both,
    breach,
    edit,
)
from tests.unit.guardrails.mutations.scheduling import (
    ADD_ON,
    REQUESTS,
    STORAGE,
    added,
    group,
    inside,
    variable,
)

NAME = "app.kubernetes.io/name"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
SLEEP = '"preStop":{"sleep":{"seconds":120}}'
ROLLING = '"rollingUpdate":{"maxUnavailable":0,"maxSurge":1}'
SPREAD = '"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone"'
READY = '"readinessProbe":{"httpGet":{"path":"/readyz","port":"http"}'
FREE = edit(*WEB, '"replicas":3,', "")
RESOURCE = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}},
}


def affinity(kind: str, key: str, **labels: str) -> Edit:
    """Return a change that keeps web's pods apart or together."""
    term = {"topologyKey": key, "labelSelector": {"matchLabels": labels}}
    return inside(WEB, affinity={kind: {REQUIRED: [term]}})


def scaler(*, metric: object = RESOURCE) -> Edit:
    """Return a change that adds an autoscaler of web."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "minReplicas": 3, "maxReplicas": 6, "metrics": [metric]}
    return added("HorizontalPodAutoscaler", "web", version="autoscaling/v2", spec=spec)


def storage_class(old: str, new: str) -> Edit:
    """Return a change of the default class."""
    return in_template("Cluster", manifest_change("StorageClass", "gp3", old, new))


def limits(**row: object) -> Edit:
    """Return a change that adds a LimitRange."""
    return added("LimitRange", "limits", spec={"limits": [{"type": "Container", **row}]})


def quota(**hard: str) -> Edit:
    """Return a change that adds a ResourceQuota."""
    return added(
        "ResourceQuota", "quota", spec={"hard": {k.replace("_", "."): v for k, v in hard.items()}}
    )


def told(path: str, **values: object) -> Edit:
    """Return a change of an add-on's configuration."""
    return in_resource(
        "Cluster", ADD_ON, lambda own: own.update(ConfigurationValues=json.dumps(values)), path=path
    )


TOPOLOGY = tuple(
    breach("KUBE26", f"{value}", change, value=f"Deployment/web {value}", fix=fix)
    for change, value, fix in (
        (
            edit(*WEB, SPREAD, SPREAD.replace("/zone", "/zones")),
            "topologySpreadConstraints[0] topology.kubernetes.io/zones",
            "topology.kubernetes.io/zone",
        ),
        (
            edit(*WEB, SPREAD, f'"minDomains":4,{SPREAD}'),
            "topologySpreadConstraints[0] topology.kubernetes.io/zone 4",
            "ScheduleAnyway",
        ),
        (
            affinity("podAntiAffinity", "topology.kubernetes.io/zone", **{NAME: "sample-web"}),
            f"affinity.podAntiAffinity.{REQUIRED}[0] topology.kubernetes.io/zone 4",
            "preferredDuringScheduling",
        ),
        (
            both(
                edit(*WEB, '"replicas":3', '"replicas":12'),
                affinity("podAntiAffinity", "kubernetes.io/hostname", **{NAME: "sample-web"}),
            ),
            f"affinity.podAntiAffinity.{REQUIRED}[0] kubernetes.io/hostname 13",
            "ask for fewer",
        ),
        (
            affinity("podAffinity", "kubernetes.io/hostname", app="cache"),
            f"affinity.podAffinity.{REQUIRED}[0] labelSelector",
            "let it be a wish",
        ),
    )
)

PORTS = (
    *(
        breach(
            "KUBE3",
            f"a Service to a port that pods don't have: {new}",
            edit(*what, old, new),
            value=value,
            fix="the name or the number of a container port",
        )
        for what, old, new, value in (
            (SERVICE, '"targetPort":"http"', '"targetPort":9090', "Service/web 9090"),
            (SERVICE, '"targetPort":"http",', "", "Service/web 80"),
            (("Service", "api"), '"protocol":"TCP"', '"protocol":"UDP"', "Service/api http"),
        )
    ),
    *(
        breach(
            "KUBE27",
            f"a probe of another port: {port}",
            edit(*WEB, READY, READY.replace('"http"}', f"{port}}}")),
            value=f"Deployment/web web readinessProbe {port.strip(chr(34))}",
            fix="Name a port of the same container",
        )
        for port in ('"https"', "9090")
    ),
)

TIMES = (
    *(
        breach("KUBE28", name, change, value=f"Deployment/web {value}", fix=fix)
        for name, change, value, fix in (
            (
                "no time to end after the hook",
                edit(*WEB, 'PeriodSeconds":150', 'PeriodSeconds":120'),
                "terminationGracePeriodSeconds 120",
                "longer than preStop",
            ),
            (
                "a hook that is killed",
                both(
                    edit(*WEB, SLEEP, '"preStop":{"exec":{"command":["sleep","200"]}}'),
                    edit(*SERVICE, "seconds=120", "seconds=60"),
                ),
                "terminationGracePeriodSeconds 150",
                "longer than preStop",
            ),
            (
                "connections that outlive the pod",
                edit(*SERVICE, "timeout_seconds=120", "timeout_seconds=600"),
                "terminationGracePeriodSeconds 150",
                "deregistration delay",
            ),
            (
                "pods that end while the load balancer sends",
                edit(*WEB, SLEEP, '"preStop":{"sleep":{"seconds":2}}'),
                "containers[0].lifecycle.preStop",
                "at least 10 seconds",
            ),
            (
                "a liveness probe without patience",
                edit(
                    *WEB,
                    '"periodSeconds":10,"timeoutSeconds":2,"failureThreshold":3',
                    '"periodSeconds":2,"timeoutSeconds":2,"failureThreshold":1',
                ),
                "livenessProbe",
                "liveness probe fail later",
            ),
        )
    ),
)

STUCK = (
    *(
        breach("KUBE29", f"a field that stops pods: {value}", change, value=value, fix=fix)
        for change, value, fix in (
            (inside(WEB, nodeName="ip-10-0-0-1"), "Deployment/web nodeName ip-10-0-0-1", "Remove"),
            (
                inside(WEB, schedulingGates=[{"name": "example.com/wait"}]),
                "Deployment/web schedulingGates",
                "Remove",
            ),
            (inside(WEB, schedulerName="own"), "Deployment/web schedulerName own", "Remove"),
            (inside(WEB, dnsPolicy="Default"), "Deployment/web dnsPolicy Default", "Remove"),
            (
                edit(*WEB, '"resources":{', '"imagePullPolicy":"Never","resources":{'),
                "Deployment/web imagePullPolicy Never",
                "Remove",
            ),
            (
                variable(
                    valueFrom={
                        "resourceFieldRef": {"containerName": "wbe", "resource": "limits.cpu"}
                    }
                ),
                "Deployment/web env[0].valueFrom.resourceFieldRef.containerName wbe",
                "Remove",
            ),
        )
    ),
    breach(
        "KUBE29",
        "a paused rollout",
        edit(*WEB, '"minReadySeconds":10', '"paused":true,"minReadySeconds":10'),
        value="Deployment/web paused",
        fix="Remove the field",
    ),
    breach(
        "KUBE29",
        "an update that stops all",
        edit(*WEB, ROLLING, ROLLING.replace(":0", ':"100%"')),
        value="Deployment/web strategy.rollingUpdate.maxUnavailable 100%",
        fix="some of them always run",
    ),
    breach(
        "KUBE29",
        "all at once in production",
        edit(*WEB, f'"type":"RollingUpdate",{ROLLING}', '"type":"Recreate"'),
        value="Deployment/web strategy.type Recreate",
        fix="some of them always run",
    ),
    breach(
        "KUBE29",
        "no pods behind a Service",
        edit(*WEB, '"replicas":3', '"replicas":0'),
        value="Deployment/web replicas 0",
        fix="so that pods start",
    ),
    breach(
        "KUBE29",
        "one CoreDNS in production",
        told("AddOns/CoreDns", replicaCount=1),
        value="Deployment/coredns 1",
        fix="some of them always run",
    ),
)

SCALING = (
    breach(
        "KUBE30",
        "two that set the number of pods",
        scaler(),
        value="HorizontalPodAutoscaler/web scaleTargetRef",
        fix="Remove spec.replicas",
    ),
    breach(
        "KUBE30",
        "a metric that nothing serves",
        both(
            FREE,
            scaler(
                metric={
                    "type": "External",
                    "external": {
                        "metric": {"name": "queue"},
                        "target": {"type": "Value", "value": "1"},
                    },
                }
            ),
        ),
        value="HorizontalPodAutoscaler/web metrics[0].type External",
        fix="what serves the metrics",
    ),
)

VOLUMES = tuple(
    breach("KUBE31", f"a volume that can't be: {value}", change, value=value, fix=fix)
    for change, value, fix in (
        (
            added(
                "PersistentVolumeClaim",
                "data",
                spec={**STORAGE, "storageClassName": "gp3", "accessModes": ["ReadWriteMany"]},
            ),
            "PersistentVolumeClaim/data accessModes",
            "ReadWriteOnce",
        ),
        (
            storage_class("ebs.csi.aws.com", "ebs.csi.aws.co"),
            "StorageClass/gp3 provisioner ebs.csi.aws.co",
            "ebs.csi.aws.com with the",
        ),
        (
            storage_class("ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com"),
            "StorageClass/gp3 provisioner ebs.csi.eks.amazonaws.com",
            "aws-ebs-csi-driver add-on",
        ),
        (
            storage_class('"type":"gp3"', '"type":"gp33"'),
            "StorageClass/gp3 parameters.type gp33",
            "type gp3",
        ),
        (
            storage_class("WaitForFirstConsumer", "Immediate"),
            "StorageClass/gp3 volumeBindingMode Immediate",
            "WaitForFirstConsumer",
        ),
    )
)

QUOTAS = tuple(
    breach("KUBE32", f"a namespace that refuses: {value}", change, value=value, fix=fix)
    for change, value, fix in (
        (quota(pods="4"), "ResourceQuota/quota pods 4", "Raise the quota"),
        (quota(requests_memory="200Mi"), "ResourceQuota/quota requests.memory 200Mi", "Raise"),
        (
            quota(services_loadbalancers="0"),
            "ResourceQuota/quota services.loadbalancers 0",
            "Raise the quota",
        ),
        (limits(max={"memory": "200Mi"}), "Deployment/api api max memory", "within it"),
        (limits(min={"cpu": "200m"}), "Deployment/web web min cpu", "within it"),
        (
            limits(maxLimitRequestRatio={"cpu": "2"}),
            "Deployment/web web maxLimitRequestRatio cpu",
            "within it",
        ),
        (
            both(
                quota(limits_cpu="100"),
                edit(*WEB, REQUESTS, REQUESTS.replace('"cpu":"500m",', "")),
            ),
            "Deployment/web web limits.cpu",
            "state requests and limits",
        ),
    )
)

TARGETS = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"
BACK = {
    "type": "LoadBalancer",
    "loadBalancerClass": "service.k8s.aws/nlb",
    "selector": {NAME: "sample-api"},
    "ports": [{"port": 80, "targetPort": "http"}],
}
ON_FARGATE = breach(
    "KUBE14",
    "a load balancer whose targets are nodes, before pods without one",
    added("Service", "back", annotations={TARGETS: "instance"}, spec=BACK),
    value="Service/back instance",
    fix=TARGETS,
)
BALANCERS = tuple(
    breach("KUBE33", f"a load balancer that isn't: {value}", change, value=value, fix=fix)
    for change, value, fix in (
        (
            edit(*SERVICE, 'k8s.aws/nlb"', 'k8s.aws/nlbb"'),
            "Service/web spec.loadBalancerClass service.k8s.aws/nlbb",
            "service.k8s.aws/nlb",
        ),
        (
            edit(*SERVICE, '"loadBalancerClass":"service.k8s.aws/nlb",', ""),
            "Service/web spec.type LoadBalancer",
            "service.k8s.aws/nlb",
        ),
        (
            edit(*SERVICE, 'target-type":"ip"', 'target-type":"instance"'),
            "Service/web spec.allocateLoadBalancerNodePorts",
            "the target type to ip",
        ),
    )
)

AIMS = (
    breach(
        "KUBE34",
        "a Service for two applications",
        edit(
            "Service",
            "api",
            f'"selector":{{"{NAME}":"sample-api"}}',
            '"selector":{"app.kubernetes.io/part-of":"sample"}',
        ),
        value="Service/api several",
        fix="labels that only the pods have",
    ),
    breach(
        "KUBE34",
        "a Service for another application",
        edit(
            "Service",
            "api",
            f'"selector":{{"{NAME}":"sample-api"}}',
            f'"selector":{{"{NAME}":"sample-web"}}',
        ),
        value="Service/api others",
        fix="labels that only the pods have",
    ),
    breach(
        "KUBE34",
        "a NetworkPolicy for nothing",
        edit(
            "NetworkPolicy",
            "web",
            f'"podSelector":{{"matchLabels":{{"{NAME}":"sample-web"}}}},"policyTypes"',
            f'"podSelector":{{"matchLabels":{{"{NAME}":"web"}}}},"policyTypes"',
        ),
        value="NetworkPolicy/web nothing",
        fix="labels that only the pods have",
    ),
    breach(
        "KUBE34",
        "a Deployment whose selector takes pods of another one",
        edit(
            *API,
            f'"selector":{{"matchLabels":{{"{NAME}":"sample-api"}}}}',
            '"selector":{"matchLabels":{"app.kubernetes.io/part-of":"sample"}}',
        ),
        value="Deployment/api selector web",
        fix="labels that only the pods have",
    ),
)

NODES = (
    breach(
        "KUBE35",
        "one Spot type for all of production",
        group(CapacityType="SPOT"),
        value="InstanceTypes",
        fix="several instance types",
    ),
    breach(
        "KUBE35",
        "one zone for all of production",
        in_resource(
            "Cluster", "AWS::EKS::Nodegroup", lambda own: own.update(Subnets=own["Subnets"][:1])
        ),
        value="Subnets",
        fix="subnets in two zones",
    ),
)


def _copy(template: dict[str, Any]) -> dict[str, Any]:
    return {**template["Resources"]["Added"], "Metadata": {"aws:cdk:path": "More"}}


def without_dns(template: dict[str, Any]) -> None:
    """Take CoreDNS away."""
    logical_id, _ = found(template, "AddOns/CoreDns/Resource")
    del template["Resources"][logical_id]
    for body in template["Resources"].values():
        if logical_id in body.get("DependsOn", ()):
            body["DependsOn"].remove(logical_id)


WHOLE = (
    breach(
        "KUBE36",
        "no DNS",
        in_template("Cluster", without_dns),
        value="BootstrapSelfManagedAddons",
        fix="Install coredns as an add-on",
    ),
    breach(
        "KUBE37",
        "a ConfigMap that two manifests apply",
        both(
            added("ConfigMap", "words", data={}),
            in_template("Cluster", lambda made: made["Resources"].update(More=_copy(made))),
        ),
        value="ConfigMap/words twice",
        fix="another name",
    ),
)

MUTATIONS: tuple[Mutation, ...] = (
    *TOPOLOGY,
    *PORTS,
    *TIMES,
    *STUCK,
    *SCALING,
    *VOLUMES,
    *QUOTAS,
    *BALANCERS,
    *AIMS,
    *NODES,
    ON_FARGATE,
    *WHOLE,
)
