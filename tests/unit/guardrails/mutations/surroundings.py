"""Objects that don't fit what surrounds them: scalers, volumes, quotas, load balancers, the cluster."""

from __future__ import annotations

from tests.unit.guardrails.environments import manifest_change
from tests.unit.guardrails.mutations import Mutation, in_template
from tests.unit.guardrails.mutations.kubernetes_objects import (
    SERVICE,
    WEB,
    Edit,
    both,
    breach,
    edit,
)
from tests.unit.guardrails.mutations.scheduling import REQUESTS, STORAGE, added

NAME = "app.kubernetes.io/name"
FREE = edit(*WEB, '"replicas":3,', "")
RESOURCE = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}},
}


def scaler(*, metric: object = RESOURCE) -> Edit:
    """Return a change that adds an autoscaler of web."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "minReplicas": 3, "maxReplicas": 6, "metrics": [metric]}
    return added("HorizontalPodAutoscaler", "web", version="autoscaling/v2", spec=spec)


def storage_class(old: str, new: str) -> Edit:
    """Return a change of the default class."""
    return in_template("Cluster", manifest_change("StorageClass", "gp3", old, new))


def quota(**hard: str) -> Edit:
    """Return a change that adds a ResourceQuota."""
    return added(
        "ResourceQuota", "quota", spec={"hard": {k.replace("_", "."): v for k, v in hard.items()}}
    )


def in_range(**edges: object) -> Edit:
    """Return a change that adds a LimitRange."""
    return added("LimitRange", "range", spec={"limits": [{"type": "Container", **edges}]})


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
            storage_class('"type":"gp3"', '"type":"io2"'),
            "StorageClass/gp3 parameters.type io2",
            "Set iops or iopsPerGB",
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
        # Web and api have three pods each, and an update adds one.
        (quota(pods="6"), "ResourceQuota/quota pods 6", "Raise the quota"),
        (
            quota(services_loadbalancers="0"),
            "ResourceQuota/quota services.loadbalancers 0",
            "Raise the quota",
        ),
        (quota(requests_memory="200Mi"), "ResourceQuota/quota requests.memory 200Mi", "Raise"),
        (
            both(
                quota(limits_cpu="100"),
                edit(*WEB, REQUESTS, REQUESTS.replace('"cpu":"500m",', "")),
            ),
            "Deployment/web web limits.cpu",
            "state requests and limits",
        ),
        (in_range(max={"memory": "64Mi"}), "Deployment/web web 0.1 GiB of memory", "the range"),
        (in_range(min={"cpu": "200m"}), "Deployment/web web 0.1 cpu", "the range"),
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
        (
            edit(*SERVICE, 'healthcheck-port":"traffic-port"', 'healthcheck-port":"9090"'),
            "Service/web healthcheck-port 9090",
            "traffic-port",
        ),
    )
)

MUTATIONS: tuple[Mutation, ...] = (*SCALING, *VOLUMES, *QUOTAS, *BALANCERS, ON_FARGATE)
