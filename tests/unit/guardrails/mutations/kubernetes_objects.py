"""What the Kubernetes objects of the real environments must not become."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assembly.environment import Environment
from assembly.kinds import MANIFEST
from tests.unit.guardrails.environments import manifest_change
from tests.unit.guardrails.mutations import Mutation, in_resource, in_template

Edit = Callable[[Environment], Environment]


def edit(kind: str, name: str, old: str, new: str) -> Edit:
    """Return a change of the text of one object of the sample service."""
    return in_template("SampleService", manifest_change(kind, name, old, new))


def both(first: Edit, second: Edit) -> Edit:
    """Return one change after another."""
    return lambda environment: second(first(environment))


def breach(rule: str, name: str, change: Edit, **more: Any) -> Mutation:  # noqa: ANN401
    """Return a row about prod, if not about another environment."""
    return Mutation(rule=rule, name=name, change=change, **{"environment": "Prod", **more})


WEB = ("Deployment", "web")
API = ("Deployment", "api")
SERVICE = ("Service", "web")
MEMORY = '"requests":{"cpu":"100m","memory":"128Mi"}'
PROBES = '"livenessProbe":{"httpGet":{"path":"/healthz","port":"http"}'

REFERENCES = (
    breach(
        "KUBE2",
        "a Service that selects nothing",
        edit(
            "Service",
            "api",
            '"selector":{"app.kubernetes.io/name":"sample-api"}',
            '"selector":{"app":"api"}',
        ),
        value="Service/api selector",
        fix="labels that the pods have",
    ),
    breach(
        "KUBE3",
        "a Service that sends to a port without a name",
        edit("Service", "web", '"targetPort":"http"', '"targetPort":"https"'),
        value="Service/web https",
        fix="the name or the number of a container port",
    ),
    breach(
        "KUBE23",
        "pods whose account nobody creates",
        edit(*WEB, '"serviceAccountName":"web"', '"serviceAccountName":"wbe"'),
        value="Deployment/web ServiceAccount/wbe",
        fix="service_accounts={'wbe': PermissionsSpec()}",
    ),
)

AVAILABILITY = (
    breach(
        "KUBE4",
        "one replica, whose budget would still let it go",
        edit(*WEB, '"replicas":3', '"replicas":1'),
        value="Deployment/web 1 replica",
        fix="Set spec.replicas to 2 or more",
    ),
    breach(
        "KUBE5",
        "pods that nothing keeps apart",
        edit(
            *WEB,
            '"labelSelector":{"matchLabels":{"app.kubernetes.io/name":"sample-web"}}',
            '"labelSelector":{"matchLabels":{"app.kubernetes.io/name":"sample-api"}}',
        ),
        value="Deployment/web spread",
        fix="topologySpreadConstraints",
    ),
    breach(
        "KUBE6",
        "no disruption budget",
        in_resource(
            "SampleService",
            MANIFEST,
            lambda own: own.update(Manifest="[]"),
            path="WebPodDisruptionBudget",
        ),
        value="Deployment/web budget",
        fix="Add a PodDisruptionBudget",
    ),
    *(
        breach(
            "KUBE7",
            f"a budget that lets no pod go: {limit}",
            edit("PodDisruptionBudget", "web", '"maxUnavailable":1', limit),
            value=f"PodDisruptionBudget/web {limit.replace(chr(34), '').replace(':', ' ')}",
            fix="Set maxUnavailable: 1",
        )
        for limit in (
            '"maxUnavailable":0',
            '"maxUnavailable":"0%"',
            '"minAvailable":3',
            '"minAvailable":"67%"',
        )
    ),
    breach(
        "KUBE7",
        "two budgets for the same pods",
        edit(
            "PodDisruptionBudget",
            "api",
            '"selector":{"matchLabels":{"app.kubernetes.io/name":"sample-api"}}',
            '"selector":{"matchLabels":{"app.kubernetes.io/part-of":"sample"}}',
        ),
        value="PodDisruptionBudget/web second",
        fix="one PodDisruptionBudget per workload",
    ),
)

CONTAINER = "spec.template.spec.containers[0]"
AMOUNT = f"{CONTAINER}.resources.requests[memory]"
REFUSED = tuple(
    breach(
        rule,
        f"what the API server refuses: {value}",
        edit(*where, old, new),
        value=f"{where[0]}/{where[1]} {value}",
        fix=fix,
    )
    for rule, where, old, new, value, fix in (
        (
            "KUBE1",
            API,
            '"selector":{"matchLabels":{',
            '"selector":{"matchLabels":{"tier":"back",',
            "spec.template.metadata.labels",
            "every label of spec.selector",
        ),
        *(
            ("KUBE15", WEB, MEMORY, MEMORY.replace("128Mi", amount), value, "Write a number with m")
            for amount, value in (
                ("128Megs", f"{AMOUNT} 128Megs"),
                ("-1", f"{AMOUNT} -1"),
                ("256Mi", f"{CONTAINER}.resources.requests 256Mi"),
            )
        ),
        *(
            ("KUBE16", where, '"ports":[', f'"ports":[{port},', value, "a short, unique name")
            for where, port, value in (
                (
                    WEB,
                    '{"name":"http","containerPort":8081}',
                    f"{CONTAINER}.ports[1].name http",
                ),
                (SERVICE, '{"port":443,"targetPort":"http"}', "spec.ports[0].name"),
                (
                    SERVICE,
                    '{"port":70000,"targetPort":"http","name":"https"}',
                    "spec.ports[0].port 70000",
                ),
            )
        ),
        *(
            ("KUBE17", where, old, new, value, "a-z, 0-9 and hyphens")
            for where, old, new, value in (
                (
                    ("Service", "api"),
                    '"app.kubernetes.io/part-of":"sample"',
                    '"app.kubernetes.io/part-of":"the sample"',
                    "metadata.labels the sample",
                ),
                (
                    API,
                    '"app.kubernetes.io/part-of":"sample"}},"spec":{"replicas"',
                    '"public":true}},"spec":{"replicas"',
                    "metadata.labels[public] true",
                ),
            )
        ),
        (
            "KUBE18",
            ("Service", "api"),
            '"protocol":"TCP"',
            '"protocol":"tcp"',
            "spec.ports[0].protocol tcp",
            "one of the values",
        ),
        (
            "KUBE19",
            WEB,
            '"maxSurge":1',
            '"maxSurge":0',
            "spec.strategy.rollingUpdate.maxUnavailable 0",
            "maxSurge or maxUnavailable above zero",
        ),
        (
            "KUBE20",
            WEB,
            '"enableServiceLinks":false',
            '"serviceLinks":false',
            "spec.template.spec.serviceLinks false",
            "in the API reference for the cluster's version",
        ),
    )
)

PLACEMENT = (
    breach(
        "KUBE22",
        "pods for a processor that no node has",
        edit(*WEB, '"kubernetes.io/arch":"arm64"', '"kubernetes.io/arch":"amd64"'),
        value="Deployment/web node",
        fix="or add a node group with that label",
    ),
)

MUTATIONS = (*REFERENCES, *AVAILABILITY, *REFUSED, *PLACEMENT)
