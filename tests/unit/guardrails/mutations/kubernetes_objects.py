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


def dropped(kind: str, name: str) -> Edit:
    """Return a change that makes one object of the sample service another one, of no meaning."""
    return edit(kind, name, f'"kind":"{kind}"', '"kind":"ConfigMap"')


def breach(
    rule: str, name: str, change: Edit, *, value: str, mend: str, environment: str = "Prod"
) -> Mutation:
    """Return a row."""
    return Mutation(
        rule=rule, name=name, environment=environment, change=change, value=value, fix=mend
    )


WEB = ("Deployment", "web")
API = ("Deployment", "api")
MEMORY = '"requests":{"cpu":"100m","memory":"128Mi"}'
PROBES = '"livenessProbe":{"httpGet":{"path":"/healthz","port":"http"}'
MATCH_LABELS = '"selector":{"matchLabels":{"app.kubernetes.io/name":"sample-web"}}'
NLB = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"

SELECTORS = (
    breach(
        "KUBE1",
        "a selector that its own pods don't match",
        edit(*API, '"selector":{"matchLabels":{', '"selector":{"matchLabels":{"tier":"back",'),
        value="Deployment/api selector",
        fix="every label of spec.selector",
    ),
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
        fix="the name of a container's port",
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
        edit(*WEB, '"topologySpreadConstraints"', '"hostAliases"'),
        value="Deployment/web spread",
        fix="topologySpreadConstraints",
    ),
    breach(
        "KUBE6",
        "no disruption budget",
        dropped("PodDisruptionBudget", "web"),
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
        fix="one budget for each workload",
    ),
)

CONTAINERS = (
    breach(
        "KUBE8",
        "no liveness probe",
        edit(*WEB, PROBES, PROBES.replace("livenessProbe", "stdin")),
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
            "KUBE11",
            f"a container that is not fenced in: {what}",
            edit(*WEB, old, new),
            value=f"Deployment/web web {what}",
            fix="Set runAsNonRoot: true",
        )
        for what, old, new in (
            ("runAsNonRoot", '"runAsNonRoot":true', '"runAsNonRoot":false'),
            ("runAsNonRoot", '"runAsUser":10001', '"runAsUser":0'),
            ("seccompProfile", '"type":"RuntimeDefault"', '"type":"Unconfined"'),
            (
                "allowPrivilegeEscalation",
                '"allowPrivilegeEscalation":false',
                '"allowPrivilegeEscalation":true',
            ),
            ("capabilities", '"drop":["ALL"]', '"drop":["NET_RAW"]'),
            ("capabilities", '"drop":["ALL"]', '"drop":["ALL"],"add":["SYS_ADMIN"]'),
        )
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

FARGATE = (
    *(
        breach(
            "KUBE13",
            f"what Fargate refuses: {what}",
            edit(*API, old, new),
            value=f"Deployment/api {what}",
            fix="so that the pods run on nodes",
        )
        for what, old, new in (
            ("hostNetwork", '"enableServiceLinks":false', '"hostNetwork":true'),
            ("api privileged", '"drop":["ALL"]', '"drop":["ALL"]},"privileged":true,"x":{"y":[]'),
            ("api hostPort", '"containerPort":8080', '"containerPort":8080,"hostPort":8080'),
            (
                "root hostPath",
                '"enableServiceLinks":false',
                '"volumes":[{"name":"root","hostPath":{"path":"/"}}]',
            ),
            ("api nvidia.com/gpu", '"limits":{', '"limits":{"nvidia.com/gpu":"1",'),
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
                '"selector":{"app.kubernetes.io/name":"sample-web"}',
                '"selector":{"app.kubernetes.io/name":"sample-api"}',
            ),
        ),
        value="Service/web instance",
        fix=NLB,
    ),
)

REFUSED = (
    *(
        breach(
            "KUBE15",
            f"an amount that nobody can read: {amount}",
            edit(*WEB, MEMORY, MEMORY.replace("128Mi", amount)),
            value=f"Deployment/web web memory {amount}",
            fix="a number with m, k, M, G, Ki, Mi or Gi",
        )
        for amount in ("128Megs", "-1", "128MiB", "1 Gi", "256Mi")
    ),
    breach(
        "KUBE16",
        "a port's name that is too long",
        edit(*WEB, '"ports":[', '"ports":[{"name":"a-name-of-sixteen","containerPort":8081},'),
        value="Deployment/web web a-name-of-sixteen",
        fix="a short name of its own",
    ),
    breach(
        "KUBE16",
        "a name for two ports",
        edit(*WEB, '"ports":[', '"ports":[{"name":"http","containerPort":8081},'),
        value="Deployment/web web http twice",
        fix="a short name of its own",
    ),
    breach(
        "KUBE16",
        "two ports, one without a name",
        edit("Service", "web", '"ports":[', '"ports":[{"port":443},'),
        value="Service/web 443 without a name",
        fix="a short name of its own",
    ),
    breach(
        "KUBE16",
        "one port twice",
        edit("Service", "web", '"ports":[', '"ports":[{"port":80,"name":"again"},'),
        value="Service/web 80/TCP twice",
        fix="a short name of its own",
    ),
    breach(
        "KUBE16",
        "a port that doesn't exist",
        edit("Service", "web", '"port":80,', '"port":70000,'),
        value="Service/web port 70000",
        fix="a number from 1 to 65535",
    ),
    breach(
        "KUBE17",
        "a name with an underscore",
        edit("ServiceAccount", "api", '"name":"api"', '"name":"the_api"'),
        value="ServiceAccount/the_api name",
        fix="a-z, 0-9 and hyphens",
    ),
    breach(
        "KUBE17",
        "a Service's name that begins with a digit",
        edit("Service", "api", '"name":"api"', '"name":"2nd-api"'),
        value="Service/2nd-api name",
        fix="a-z, 0-9 and hyphens",
    ),
    breach(
        "KUBE17",
        "a label with a blank",
        edit(
            "Service",
            "api",
            '"app.kubernetes.io/part-of":"sample"',
            '"app.kubernetes.io/part-of":"the sample"',
        ),
        value="Service/api label app.kubernetes.io/part-of: the sample",
        fix="a label's value",
    ),
    breach(
        "KUBE17",
        "a label that YAML reads as a boolean",
        edit(
            *API,
            '"app.kubernetes.io/part-of":"sample"}},"spec":{"replicas"',
            '"public":true}},"spec":{"replicas"',
        ),
        value="Deployment/api label public: True",
        fix="needs quotation marks",
    ),
    breach(
        "KUBE18",
        "a word in lower case",
        edit("Service", "api", '"protocol":"TCP"', '"protocol":"tcp"'),
        value="Service/api protocol tcp",
        fix="one of the words",
    ),
    breach(
        "KUBE18",
        "a Service of no type",
        edit("Service", "web", '"type":"LoadBalancer"', '"type":"Loadbalancer"'),
        value="Service/web type Loadbalancer",
        fix="one of the words",
    ),
    breach(
        "KUBE19",
        "a roll-out that stands still",
        edit(*WEB, '"maxSurge":1', '"maxSurge":0'),
        value="Deployment/web rollingUpdate",
        fix="maxSurge or maxUnavailable above zero",
    ),
    breach(
        "KUBE19",
        "a mount without its volume",
        edit(*WEB, '"ports":[', '"volumeMounts":[{"name":"data","mountPath":"/data"}],"ports":['),
        value="Deployment/web volumeMount data",
        fix="Add the volume",
    ),
    breach(
        "KUBE19",
        "a server that never restarts",
        edit(*WEB, '"enableServiceLinks":false', '"restartPolicy":"Never"'),
        value="Deployment/web restartPolicy Never",
        fix="remove restartPolicy",
    ),
    breach(
        "KUBE19",
        "a budget with two limits",
        edit(
            "PodDisruptionBudget",
            "web",
            '"maxUnavailable":1',
            '"maxUnavailable":1,"minAvailable":1',
        ),
        value="PodDisruptionBudget/web minAvailable and maxUnavailable",
        fix="keep one",
    ),
)

MUTATIONS = (*SELECTORS, *AVAILABILITY, *CONTAINERS, *FARGATE, *REFUSED)
