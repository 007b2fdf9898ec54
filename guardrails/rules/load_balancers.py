"""Load balancers that the AWS Load Balancer Controller makes of Services and Ingresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kinds import CHART, CLUSTER
from assembly.kubernetes_object import KubernetesObject
from assembly.structured import structured
from guardrails.rule import Finding, found, rule
from guardrails.rules.ranges import wide
from kube.load_balancer_annotations import CLASSES, INGRESS, old_policies, problems, reads
from kube.load_balancers import SCHEME, SERVICE, internet_facing
from kube.values import flag, items, known, look_up, mapping, text, unsure

BY_GROUPS = {f"{SERVICE}-security-groups", f"{SERVICE}-security-group-prefix-lists"}
RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"


@rule("EXPOSE7")
def _open_load_balancers(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects("Service", "Ingress", "IngressClassParams"):
        # A deploy may make it an internal one, unless its scheme is written out.
        public = flag(item.annotations, f"{SERVICE}-internal") is False
        if internet_facing(item.content) and (item.annotations.get(SCHEME) or public):
            yield found(item)
        elif _is_classic(item) and _untouched(environment):
            detail = (
                "Without loadBalancerClass, Kubernetes' own controller serves the Service. It doesn't "
                f"know {SCHEME}, and makes an internet-facing Classic Load Balancer."
            )
            fix = "Set loadBalancerClass to service.k8s.aws/nlb."
            yield found(item, "loadBalancerClass", detail, fix=fix)


def _is_classic(item: KubernetesObject) -> bool:
    """Tell whether a Service gets what Kubernetes makes of it, though it speaks to AWS's controller."""
    wanted = item.kind == "Service" and item.spec.get("type") == "LoadBalancer"
    internal = flag(item.annotations, f"{SERVICE}-internal") is not False
    return (
        wanted
        and SCHEME in item.annotations
        and not internal
        and not reads(item.content)
        and (item.spec.get("loadBalancerClass") is None and known(item.annotations))
    )


def _untouched(environment: Environment) -> bool:
    """Tell whether the controller is there without the webhook that adds a class to new Services."""
    every = environment.resources(CHART)
    charts = [
        each for each in every if "load-balancer-controller" in text(each.properties, "Chart")
    ]
    off = '"enableServiceMutatorWebhook":false'
    return bool(charts) and all(off in str(each.properties.get("Values")) for each in charts)


@rule("EXPOSE23")
def _misunderstood(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects("Service", "Ingress"):
        if reads(item.content):
            region = environment.stacks[item.resource.stack].region
            for name, wrong in dict.fromkeys(problems(item.content, region)):
                field = f"metadata.annotations[{name}]"
                yield found(item, name, f"{name}: {wrong}", field=field)
        named = text(item.spec, "loadBalancerClass")
        ours = named.partition("/")[0] in {each.partition("/")[0] for each in CLASSES}
        served = named == CLASSES[0] or (named == CLASSES[1] and not _no_auto_mode(environment))
        if item.kind == "Service" and ours and not served:
            wrong = f"No controller of AWS serves the class {named} here."
            fix = f"Set loadBalancerClass to {CLASSES[0]}."
            yield found(item, named, wrong, fix=fix, field="spec.loadBalancerClass")


def _no_auto_mode(environment: Environment) -> bool:
    path = ("KubernetesNetworkConfig", "ElasticLoadBalancing", "Enabled")
    clusters = environment.resources(CLUSTER)
    return bool(clusters) and all(flag(each.properties, *path) is False for each in clusters)


@rule("EXPOSE26")
def _internal_for_everybody(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects("Service", "Ingress"):
        said = text(
            item.annotations, f"{INGRESS}inbound-cidrs" if item.kind == "Ingress" else RANGES
        )
        ranges = [*items(item.spec, "loadBalancerSourceRanges"), *re.split(r"[,\s]+", said)]
        if not internet_facing(item.content) and (found_in := wide(ranges)):
            yield found(item, found_in, f"It lets in {', '.join(filter(None, map(text, ranges)))}.")
        said_otherwise = any(ranges) or {*item.annotations} & BY_GROUPS
        served = item.kind == "Service" and reads(item.content) and known([*item.annotations])
        if served and not said_otherwise:
            yield found(item, "no source ranges", "It names none, so it lets everybody in.")


@rule("EXPOSE24")
def _old_tls(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects("Service", "Ingress"):
        for name, wrong in old_policies(item.annotations) if reads(item.content) else ():
            if "missing" not in wrong or not _has_default(environment):
                yield found(item, name, wrong, field=f"metadata.annotations[{name}]")


def _has_default(environment: Environment) -> bool:
    """Tell whether a chart gives the controller another default, or may do so."""
    for chart in environment.resources(CHART):
        try:
            values = structured(chart.properties.get("Values"))
        except ValueError:
            return True
        if unsure(values) or look_up(mapping(values), "defaultSSLPolicy") is not None:
            return True
    return False
