"""Objects whose fields don't fit each other."""

from __future__ import annotations

import json

from tests.unit.guardrails.mutations import Mutation, in_resource
from tests.unit.guardrails.mutations.kubernetes_objects import (
    SERVICE,
    WEB,
    Edit,
    both,
    breach,
    edit,
)
from tests.unit.guardrails.mutations.scheduling import (
    ADD_ON,
    inside,
    variable,
)

NAME = "app.kubernetes.io/name"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
SLEEP = '"preStop":{"sleep":{"seconds":120}}'
ROLLING = '"rollingUpdate":{"maxUnavailable":0,"maxSurge":1}'
SPREAD = '"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone"'
STARTING = (
    '"startupProbe":{"httpGet":{"path":"/healthz","port":"http"},"periodSeconds":2,'
    '"timeoutSeconds":2,"failureThreshold":30}'
)
LATER = '"readinessProbe":'
READY = '"readinessProbe":{"httpGet":{"path":"/readyz","port":"http"}'


def affinity(kind: str, key: str, **labels: str) -> Edit:
    """Return a change that keeps web's pods apart or together."""
    term = {"topologyKey": key, "labelSelector": {"matchLabels": labels}}
    return inside(WEB, affinity={kind: {REQUIRED: [term]}})


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
            affinity("podAntiAffinity", "topology.kubernetes.io/zone", **{NAME: "sample-web"}),
            f"affinity.podAntiAffinity.{REQUIRED}[0] topology.kubernetes.io/zone 4",
            "preferredDuringScheduling",
        ),
        (
            affinity("podAntiAffinity", "kubernetes.io/hostname", **{NAME: "sample-web"}),
            f"affinity.podAntiAffinity.{REQUIRED}[0] kubernetes.io/hostname 4",
            "ask for fewer",
        ),
        (
            both(
                edit(*WEB, '"replicas":3', '"replicas":12'),
                affinity("podAntiAffinity", "kubernetes.io/hostname", **{NAME: "sample-web"}),
            ),
            f"affinity.podAntiAffinity.{REQUIRED}[0] kubernetes.io/hostname 13",
            "ask for fewer",
        ),
    )
)

PORTS = (
    breach(
        "KUBE3",
        "a Service to a port of another protocol",
        edit("Service", "api", '"protocol":"TCP"', '"protocol":"UDP"'),
        value="Service/api http",
        fix="the name or the number of a container port",
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
                "longer than the hook",
            ),
            (
                "a hook that is killed",
                both(
                    edit(*WEB, SLEEP, '"preStop":{"exec":{"command":["sleep","200"]}}'),
                    edit(*SERVICE, "seconds=120", "seconds=60"),
                ),
                "terminationGracePeriodSeconds 150",
                "longer than the hook",
            ),
            (
                "pods that end while the load balancer sends",
                edit(*WEB, f'"lifecycle":{{{SLEEP}}},', ""),
                "containers[0].lifecycle.preStop",
                "preStop hook sleep",
            ),
            (
                "a readiness probe that comes after the deadline of a rollout",
                edit(
                    *WEB, f"{STARTING},{LATER}{{", f'{STARTING},{LATER}{{"initialDelaySeconds":700,'
                ),
                "readinessProbe.initialDelaySeconds 700",
                "raise progressDeadlineSeconds",
            ),
            (
                "a liveness probe that doesn't wait for the readiness probe",
                edit(*WEB, f"{STARTING},{LATER}{{", f'{LATER}{{"initialDelaySeconds":90,'),
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
        value="Deployment/coredns count 1",
        fix="some of them always run",
    ),
)

MUTATIONS: tuple[Mutation, ...] = (*TOPOLOGY, *PORTS, *TIMES, *STUCK)
