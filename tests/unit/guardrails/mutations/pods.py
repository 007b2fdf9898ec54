"""What pods and their containers must not become."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.guardrails.mutations.kubernetes_objects import API, PROBES, WEB, both, breach, edit

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
    (
        "hostNetwork",
        '"enableServiceLinks":false',
        '"hostNetwork":true,"dnsPolicy":"ClusterFirstWithHostNet"',
    ),
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
        replace(
            breach(
                "KUBE11",
                f"a container that is not fenced in: {what}",
                both(NAMESPACE_FREE, edit(*WEB, old, new)),
                value=f"Deployment/web {what}",
                fix=f"Remove {what}." if what in REMOVED else "Set runAsNonRoot: true",
            ),
            # The namespace of production is free.
            also=("EXPOSE20",),
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
)

MUTATIONS = (*CONTAINERS, *POD_SECURITY, *FARGATE)
