"""Pods that no node can run."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.guardrails.mutations import Mutation, in_resource, in_template, with_object
from tests.unit.guardrails.mutations.kubernetes_objects import WEB, Edit, both, breach, edit

GROUP = "AWS::EKS::Nodegroup"
ADD_ON = "AWS::EKS::Addon"
PROFILE = "AWS::EKS::FargateProfile"
STORAGE = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
REQUESTS = '"requests":{"cpu":"100m","memory":"128Mi"},"limits":{"cpu":"500m","memory":"128Mi"}'
ZONED = (
    '"DoNotSchedule","nodeTaintsPolicy":"Honor",'
    '"labelSelector":{"matchLabels":{"app.kubernetes.io/name":"sample-web"'
)
SMALL: dict[str, Any] = {
    "name": "main",
    "image": f"public.ecr.aws/docker/library/busybox@sha256:{'0' * 64}",
    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
}
ONCE: dict[str, Any] = {
    "restartPolicy": "Never",
    "securityContext": {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
    "containers": [SMALL],
}


def inside(what: tuple[str, str], **fields: object) -> Edit:
    """Return a change that gives pods more fields."""
    more = json.dumps(fields, separators=(",", ":"))[1:-1]
    last = '"enableServiceLinks":false'
    return edit(*what, last, f"{last},{more}")


def group(**properties: object) -> Edit:
    """Return a change of the node group."""
    return in_resource("Cluster", GROUP, lambda group: group.update(properties))


def selecting(label: str, value: str) -> Edit:
    """Return a change that makes web want nodes with one more label."""
    return edit(*WEB, '"nodeSelector":{', f'"nodeSelector":{{"{label}":"{value}",')


def cron(**fields: object) -> Edit:
    """Return a change that adds a CronJob."""
    template = {"metadata": {"labels": {"app": "nightly"}}, "spec": {**ONCE, **fields}}
    return with_object(
        {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": {"name": "nightly", "namespace": "sample"},
            "spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": template}}},
        }
    )


def added(
    kind: str,
    name: str,
    *,
    version: str = "v1",
    annotations: dict[str, str] | None = None,
    **fields: object,
) -> Edit:
    """Return a change that adds an object after every chart and add-on."""
    metadata: dict[str, object] = {"name": name, "namespace": "sample"}
    metadata |= {"annotations": annotations} if annotations else {}
    if kind in {"StorageClass", "ValidatingWebhookConfiguration"}:
        del metadata["namespace"]
    made = {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}

    def last(template: dict[str, Any]) -> None:
        before = {ADD_ON, "Custom::AWSCDK-EKS-HelmChart"}
        every = template["Resources"].items()
        names = [logical_id for logical_id, body in every if body["Type"] in before]
        # What is in the stack of the sample service comes after them anyway.
        template["Resources"].get("Added", {}).get("DependsOn", []).extend(names)

    return both(with_object(made), in_template("Cluster", last))


def ingress(service: str = "web", *, port: object = None, ingress_class: str = "alb") -> Edit:
    """Return a change that adds an Ingress."""
    backend = {"service": {"name": service, "port": port or {"number": 80}}}
    spec = {"ingressClassName": ingress_class, "defaultBackend": backend}
    return added("Ingress", "front", version="networking.k8s.io/v1", spec=spec)


def variable(**source: object) -> Edit:
    """Return a change that gives web one more environment variable."""
    more = json.dumps({"name": "MORE", **source}, separators=(",", ":"))
    return edit(*WEB, '"env":[', f'"env":[{more},')


TAINTED = group(Taints=[{"Key": "dedicated", "Value": "web", "Effect": "NO_SCHEDULE"}])
PLACES = (
    breach(
        "KUBE26",
        "a constraint that counts the pods of others",
        edit(*WEB, ZONED, ZONED.replace("sample-web", "web")),
        value="Deployment/web topologySpreadConstraints[0] labelSelector",
        fix="labels of the pod template",
    ),
    breach(
        "KUBE24",
        "huge pages, which no node sets aside",
        edit(*WEB, '"limits":{"cpu":"500m"', '"limits":{"hugepages-2Mi":"64Mi","cpu":"500m"'),
        value="Deployment/web room",
        fix="resources.requests",
    ),
    *(
        breach(
            "KUBE22",
            f"a label that no node has: {label}={value}",
            selecting(label, value),
            value="Deployment/web node",
            fix="or add a node group with that label",
        )
        for label, value in (
            ("workload", "web"),
            ("eks.amazonaws.com/nodegroup", "workers"),
            ("karpenter.sh/capacity-type", "spot"),
            ("eks.amazonaws.com/compute-type", "fargate"),
            ("topology.kubernetes.io/zone", "eu-west-1f"),
            ("topology.kubernetes.io/region", "eu-central-1"),
            ("node.kubernetes.io/instance-type", "c7g.xlarge"),
        )
    ),
    breach(
        "KUBE22",
        "the only nodes are tainted, and CoreDNS has nowhere to go",
        both(TAINTED, inside(WEB, tolerations=[{"operator": "Exists"}])),
        value="Deployment/coredns node",
        fix="tolerations",
    ),
    breach(
        "KUBE22",
        "an image for another processor than that of the nodes",
        both(
            group(AmiType="BOTTLEROCKET_x86_64", InstanceTypes=["m7i.xlarge"]),
            edit(*WEB, '"nodeSelector":{"kubernetes.io/arch":"arm64"},', ""),
        ),
        value="Deployment/web image arm64",
        fix="nodeSelector: {kubernetes.io/arch: arm64}",
    ),
    breach(
        "KUBE22",
        "no nodes, and a profile that doesn't take CoreDNS",
        in_resource(
            "Cluster", ADD_ON, lambda own: own.pop("ConfigurationValues"), path="AddOns/CoreDns"
        ),
        value="Deployment/coredns node",
        fix="Fargate profile",
        environment="FargateOnly",
    ),
    breach(
        "KUBE22",
        "a job for another processor",
        cron(nodeSelector={"kubernetes.io/arch": "amd64"}),
        value="CronJob/nightly node",
        fix="nodeSelector",
    ),
)

ROOM = (
    *(
        breach(
            "KUBE24",
            f"more than a node has: {more}",
            edit(*WEB, REQUESTS, more),
            value="Deployment/web room",
            fix="resources.requests",
        )
        for more in (
            '"requests":{"cpu":"100m","memory":"15Gi"},"limits":{"cpu":"1","memory":"15Gi"}',
            '"requests":{"cpu":"4","memory":"128Mi"},"limits":{"cpu":"4","memory":"128Mi"}',
            REQUESTS.replace('"cpu":"500m"', '"cpu":"500m","nvidia.com/gpu":"1"'),
            REQUESTS.replace('"cpu":"100m"', '"cpu":"100m","ephemeral-storage":"500Gi"'),
        )
    ),
    breach(
        "KUBE24",
        "more pods than all nodes hold",
        edit(*WEB, '"replicas":3', '"replicas":500'),
        value="Deployment/web all cpu",
        fix="raise max_size",
    ),
    breach(
        "KUBE24",
        "more pods than the nodes hold to which nothing adds one",
        edit(*WEB, '"replicas":3', '"replicas":150'),
        value="Deployment/web all cpu",
        fix="desired_size",
    ),
    breach(
        "KUBE24",
        "nodes that the daemons fill",
        group(InstanceTypes=["t4g.nano"]),
        value="t4g.nano room",
        fix="a larger instance type",
        environment="Dev",
    ),
    breach(
        "KUBE24",
        "no nodes",
        group(ScalingConfig={"MinSize": 0, "DesiredSize": 0, "MaxSize": 9}),
        value="0 nodes",
        fix="Set desired_size",
    ),
)

JOINING = tuple(
    breach(
        "NODES7",
        f"a label that is not for people: {label}",
        group(Labels={label: "yes", "example.com/team": "web"}),
        value=label,
        fix="a prefix of your own",
    )
    for label in ("node-role.kubernetes.io/web", "topology.k8s.io/rack", "eks.amazonaws.com/pool")
)


def _takes_platform(profile: dict[str, Any]) -> None:
    profile["Selectors"] = [*profile["Selectors"], {"Namespace": "kube-*"}]


FARGATE = (
    breach(
        "KUBE13",
        "Fargate takes what has Pod Identity",
        in_resource("Cluster", PROFILE, _takes_platform),
        value="Deployment/aws-load-balancer-controller Pod Identity",
        fix="eks.amazonaws.com/role-arn",
    ),
)

ON_WINDOWS = tuple(
    breach(
        rule,
        name,
        with_object(
            {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "metadata": {"name": "once"},
                "spec": {"template": {"spec": {**ONCE, **fields}}},
            }
        ),
        environment="Windows",
        value=value,
        fix=fix,
    )
    for rule, name, fields, value, fix in (
        (
            "KUBE22",
            "pods of Linux that tolerate every taint",
            {"tolerations": [{"operator": "Exists"}]},
            "Job/once os windows",
            "kubernetes.io/os: linux",
        ),
        (
            "KUBE19",
            "a user of Linux on Windows",
            {
                "os": {"name": "windows"},
                "nodeSelector": {"kubernetes.io/os": "windows"},
                "tolerations": [{"key": "os", "operator": "Exists"}],
            },
            "Job/once spec.template.spec.securityContext.runAsUser 1000",
            "Keep one",
        ),
    )
)

MUTATIONS: tuple[Mutation, ...] = (*PLACES, *ROOM, *JOINING, *FARGATE, *ON_WINDOWS)
