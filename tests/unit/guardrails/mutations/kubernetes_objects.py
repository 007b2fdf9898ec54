"""What the Kubernetes objects of the real environments must not become."""

from __future__ import annotations

from collections.abc import Callable

from assembly.environment import Environment
from tests.unit.guardrails.environments import manifest_change
from tests.unit.guardrails.mutations import Mutation, in_template

Edit = Callable[[Environment], Environment]


def edit(kind: str, name: str, old: str, new: str) -> Edit:
    """Return a change of the text of one object of the sample service."""
    return in_template("SampleService", manifest_change(kind, name, old, new))


def both(first: Edit, second: Edit) -> Edit:
    """Return one change after another."""
    return lambda environment: second(first(environment))


def breach(
    rule: str, name: str, change: Edit, *, value: str, fix: str, environment: str = "Prod"
) -> Mutation:
    """Return a row."""
    return Mutation(
        rule=rule, name=name, environment=environment, change=change, value=value, fix=fix
    )


WEB = ("Deployment", "web")
API = ("Deployment", "api")
SERVICE = ("Service", "web")
MEMORY = '"requests":{"cpu":"100m","memory":"128Mi"}'
PROBES = '"livenessProbe":{"httpGet":{"path":"/healthz","port":"http"}'
MATCH_LABELS = '"selector":{"matchLabels":{"app.kubernetes.io/name":"sample-web"}}'
NLB = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"

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
        edit(
            "PodDisruptionBudget",
            "web",
            MATCH_LABELS,
            MATCH_LABELS.replace("sample-web", "sample-front"),
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

CONTAINERS = (
    breach(
        "KUBE8",
        "no liveness probe",
        edit(*WEB, PROBES, PROBES.replace("livenessProbe", "startupProbe")),
        value="Deployment/web web livenessProbe",
        fix="Add readinessProbe and livenessProbe",
    ),
    breach(
        "KUBE9",
        "no request for CPU",
        edit(
            *WEB,
            '"resources":{"requests":{"cpu":"100m","memory":"128Mi"},"limits":{"cpu":"500m",',
            '"resources":{"requests":{"memory":"128Mi"},"limits":{',
        ),
        value="Deployment/web web cpu",
        fix="Set resources.requests.cpu",
    ),
    breach(
        "KUBE10",
        "no earlier revision",
        edit(*WEB, '"revisionHistoryLimit":10', '"revisionHistoryLimit":0'),
        value="Deployment/web revisionHistoryLimit 0",
        fix="Remove revisionHistoryLimit",
    ),
    *(
        breach(
            "KUBE12",
            f"an image that moves: {image}",
            edit(*WEB, '"name":"web","image":"', f'"name":"web","image":"{image}","workingDir":"'),
            value=f"Deployment/web web {image}",
            fix="Pin the image by digest",
        )
        for image in ("nginx", "nginx:latest", "public.ecr.aws/nginx/nginx:1.29")
    ),
)

NAMESPACE_FREE = edit(
    "Namespace",
    "sample",
    '"pod-security.kubernetes.io/enforce":"restricted"',
    '"pod-security.kubernetes.io/enforce":"privileged"',
)
DOORS = (
    ("securityContext.runAsUser", '"runAsUser":10001', '"runAsUser":0'),
    ("securityContext.seccompProfile.type", '"type":"RuntimeDefault"', '"type":"Unconfined"'),
    ("containers[0].securityContext.capabilities.drop", '"drop":["ALL"]', '"drop":["NET_RAW"]'),
    (
        "containers[0].securityContext.capabilities.add[0]",
        '"drop":["ALL"]',
        '"drop":["ALL"],"add":["SYS_ADMIN"]',
    ),
    (
        "containers[0].securityContext.allowPrivilegeEscalation",
        '"allowPrivilegeEscalation":false',
        '"allowPrivilegeEscalation":true',
    ),
    ("hostNetwork", '"enableServiceLinks":false', '"hostNetwork":true'),
)
REMOVED = (
    "securityContext.runAsUser",
    "containers[0].securityContext.capabilities.add[0]",
    "hostNetwork",
)
POD_SECURITY = tuple(
    row
    for what, old, new in DOORS
    for row in (
        breach(
            "KUBE11",
            f"a container that is not fenced in: {what}",
            both(NAMESPACE_FREE, edit(*WEB, old, new)),
            value=f"Deployment/web {what}",
            fix=f"Remove {what}." if what in REMOVED else "Set runAsNonRoot: true",
            environment="Dev",
        ),
        breach(
            "KUBE21",
            f"pods that their namespace refuses: {what}",
            edit(*WEB, old, new),
            value=f"Deployment/web {what}",
            fix="pod_security of the workload",
        ),
    )
)

CLAIM = '{"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}'
FARGATE = (
    *(
        breach(
            "KUBE13",
            f"what Fargate can't run: {what}",
            edit(*API, old, new),
            value=f"Deployment/api {what}",
            fix="so that the pods run on nodes",
        )
        for what, old, new in (
            (
                "nodeSelector[kubernetes.io/arch]",
                '"enableServiceLinks":false',
                '"nodeSelector":{"kubernetes.io/arch":"arm64"}',
            ),
            (
                "containers[0].resources.limits[nvidia.com/gpu]",
                '"limits":{',
                '"limits":{"nvidia.com/gpu":"1",',
            ),
            (
                "volumes[0]",
                '"enableServiceLinks":false',
                f'"volumes":[{{"name":"data","ephemeral":{{"volumeClaimTemplate":{CLAIM}}}}}]',
            ),
        )
    ),
    breach(
        "KUBE14",
        "a load balancer whose targets are nodes, before pods without one",
        both(
            edit("Service", "web", f'"{NLB}":"ip"', f'"{NLB}":"instance"'),
            edit(
                "Service",
                "web",
                '"allocateLoadBalancerNodePorts":false,"loadBalancerSourceRanges":["10.20.0.0/16"],'
                '"selector":{"app.kubernetes.io/name":"sample-web"}',
                '"loadBalancerSourceRanges":["10.20.0.0/16"],'
                '"selector":{"app.kubernetes.io/name":"sample-api"}',
            ),
        ),
        value="Service/web instance",
        fix=NLB,
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
                (SERVICE, '{"port":443}', "spec.ports[0].name"),
                (SERVICE, '{"port":70000,"name":"https"}', "spec.ports[0].port 70000"),
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

MUTATIONS = (*REFERENCES, *AVAILABILITY, *CONTAINERS, *POD_SECURITY, *FARGATE, *REFUSED, *PLACEMENT)
