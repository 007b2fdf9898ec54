"""Whether what runs on Fargate can run there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardrails.environment import CHART, Environment, KubernetesObject
from guardrails.intrinsics import parsed_json
from guardrails.kubernetes_objects.pods import (
    FAMILY,
    Json,
    Pods,
    dicts,
    found,
    mapping,
    namespace,
    pods,
)
from guardrails.kubernetes_objects.selectors import served
from guardrails.rule import Finding, Rule

NLB_TARGETS = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"
ALB_TARGETS = "alb.ingress.kubernetes.io/target-type"
EBS = ("ebs.csi.aws.com", "kubernetes.io/aws-ebs")
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
DEVICES = re.compile(r"(nvidia\.com|amd\.com|gpu\.intel\.com)/.*|aws\.amazon\.com/neuron.*")


def runs_on_fargate(environment: Environment, template: Pods) -> bool:
    """Tell whether a Fargate profile in the templates selects pods; * and ? are wildcards there."""
    return any(
        _fits(selector.get("Namespace"), namespace(template.owner))
        and all(
            _fits(label.get("Value"), template.labels.get(str(label.get("Key"))))
            for label in dicts(selector.get("Labels"))
        )
        for profile in environment.resources("AWS::EKS::FargateProfile")
        for selector in dicts(profile.properties.get("Selectors"))
    )


def _fits(pattern: object, text: object) -> bool:
    if not isinstance(pattern, str) or not isinstance(text, str):
        return False
    return bool(re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text))


def _refused(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        if runs_on_fargate(environment, template):
            for what in (*_of_pod(template), *_volumes(environment, template)):
                yield found(template.owner, what)


def _of_pod(template: Pods) -> Iterator[str]:
    if template.owner.kind == "DaemonSet":
        yield "DaemonSet"
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if template.spec.get(field):
            yield field
    for container in template.all_containers:
        if mapping(container.get("securityContext")).get("privileged"):
            yield f"{container.get('name')} privileged"
        if any(port.get("hostPort") for port in dicts(container.get("ports"))):
            yield f"{container.get('name')} hostPort"
        resources = mapping(container.get("resources"))
        asked = {**mapping(resources.get("requests")), **mapping(resources.get("limits"))}
        yield from (f"{container.get('name')} {name}" for name in asked if DEVICES.fullmatch(name))


def _volumes(environment: Environment, template: Pods) -> Iterator[str]:
    claims = {
        claim.name: claim
        for claim in environment.kubernetes_objects("PersistentVolumeClaim")
        if namespace(claim) == namespace(template.owner)
    }
    for volume in dicts(template.spec.get("volumes")):
        if "hostPath" in volume:
            yield f"{volume.get('name')} hostPath"
        claim = claims.get(mapping(volume.get("persistentVolumeClaim")).get("claimName", ""))
        if "awsElasticBlockStore" in volume or (claim and _is_ebs(environment, claim.spec)):
            yield f"{volume.get('name')} EBS"
    for wanted in dicts(template.owner.spec.get("volumeClaimTemplates")):
        if _is_ebs(environment, mapping(wanted.get("spec"))):
            yield f"{mapping(wanted.get('metadata')).get('name')} EBS"


def _is_ebs(environment: Environment, claim: Json) -> bool:
    """Tell whether a claim is for a class of EBS volumes in the templates, by name or by default."""
    wanted = claim.get("storageClassName")
    return any(
        item.content.get("provisioner") in EBS
        and (item.name == wanted if wanted else _is_default(item))
        for item in environment.kubernetes_objects("StorageClass")
    )


def _is_default(storage_class: KubernetesObject) -> bool:
    return _annotation(storage_class, DEFAULT_CLASS) == "true"


def _annotation(item: KubernetesObject, name: str) -> object:
    return mapping(mapping(item.content.get("metadata")).get("annotations")).get(name)


def _node_targets(environment: Environment) -> Iterator[Finding]:
    services = {
        (namespace(service), service.name): service
        for service in environment.kubernetes_objects("Service")
    }
    for item, names, explicit in _targeting(environment):
        if explicit == "ip" or (explicit is None and _ip_by_default(environment)):
            continue
        for name in names:
            service = services.get((namespace(item), name))
            if service is not None and any(
                runs_on_fargate(environment, template) for template in served(environment, service)
            ):
                yield found(item, str(explicit or "no target type"))


def _targeting(environment: Environment) -> Iterator[tuple[KubernetesObject, list[str], object]]:
    """Yield what makes targets, the names of its Services, and the target type that it asks for."""
    for service in environment.kubernetes_objects("Service"):
        if service.spec.get("type") == "LoadBalancer":
            yield service, [service.name], _annotation(service, NLB_TARGETS)
    for ingress in environment.kubernetes_objects("Ingress"):
        yield ingress, list(_backends(ingress)), _annotation(ingress, ALB_TARGETS)
    for binding in environment.kubernetes_objects("TargetGroupBinding"):
        name = mapping(binding.spec.get("serviceRef")).get("name")
        yield binding, [str(name)], binding.spec.get("targetType")


def _backends(ingress: KubernetesObject) -> Iterator[str]:
    paths = [
        path
        for item in dicts(ingress.spec.get("rules"))
        for path in dicts(mapping(item.get("http")).get("paths"))
    ]
    backends = [mapping(ingress.spec.get("defaultBackend"))]
    backends += [mapping(path.get("backend")) for path in paths]
    yield from (str(mapping(backend.get("service")).get("name")) for backend in backends)


def _ip_by_default(environment: Environment) -> bool:
    """Tell whether the controller's chart in the templates makes IP targets unless told otherwise."""
    return any(
        mapping(parsed_json(chart.properties.get("Values", "{}"))).get("defaultTargetType") == "ip"
        for chart in environment.resources(CHART)
    )


RULES = (
    Rule(
        id="KUBE13",
        family=FAMILY,
        reason="A Fargate profile selects these pods, and Fargate runs no DaemonSet, privileged "
        "container, host port, host network, host path, EBS volume or GPU: they stay Pending.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/fargate.html",
        mend="Remove it, or change labels or namespace so that the pods run on nodes.",
        check=_refused,
    ),
    Rule(
        id="KUBE14",
        family=FAMILY,
        reason="A target of type instance is a port on a node; pods on Fargate have no node that a "
        "load balancer could register.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html",
        mend=f"Set the annotation {NLB_TARGETS} of the Service, {ALB_TARGETS} of the Ingress, or "
        "targetType of the TargetGroupBinding to ip.",
        check=_node_targets,
    ),
)
