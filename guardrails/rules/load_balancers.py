"""Load balancers that the AWS Load Balancer Controller makes of Services and Ingresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import CHART
from assembly.kubernetes_object import KubernetesObject
from guardrails.rule import Finding, found, rule
from guardrails.rules.presence import reached
from guardrails.rules.resource_facts import CONTROLLER, of_clusters
from guardrails.rules.selectors import makers
from kube.load_balancer_annotations import Problem, old_policies, problems, reads
from kube.load_balancers import SCHEME, SERVICE, class_of, internet_facing, name_of
from kube.values import Json, flag, items, text

ALB, AUTO_ALB = "ingress.k8s.aws/alb", "eks.amazonaws.com/alb"
"""The controllers of IngressClasses: of the AWS Load Balancer Controller, and of Auto Mode."""


@rule("EXPOSE7")
def _open_load_balancers(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects("Service", "Ingress", "IngressClassParams"):
        # A deploy may make it an internal one, unless its scheme is written out.
        public = flag(item.annotations, f"{SERVICE}-internal") is False
        if internet_facing(item.content) and (item.annotations.get(SCHEME) or public):
            yield found(item)


@rule("EXPOSE23")
def _misunderstood(environment: Environment) -> Iterator[Finding]:
    for item in _read(environment):
        region = environment.stacks[item.resource.stack].region
        yield from _told(item, problems(item.content, region))


@rule("EXPOSE24")
def _old_tls(environment: Environment) -> Iterator[Finding]:
    charts = environment.resources(CHART)
    # A chart that a deploy fills in may have another default, too.
    unset = not any("defaultSSLPolicy" in str(each.properties.get("Values")) for each in charts)
    for item in _read(environment):
        yield from _told(item, old_policies(item.annotations, unset=unset))


def _read(environment: Environment) -> Iterator[KubernetesObject]:
    return filter(lambda each: reads(each.content), environment.kubernetes_objects())


def _told(item: KubernetesObject, wrong: Iterable[Problem]) -> Iterator[Finding]:
    for name, what in dict.fromkeys(wrong):
        yield found(item, name, f"{name}: {what}", field=f"metadata.annotations[{name}]")


def of_class(environment: Environment, item: KubernetesObject) -> Json:
    """Return the controllers of IngressClasses that the cluster certainly doesn't have."""
    around = of_clusters(environment).get(item.resource.cluster_key, {})
    there = {ALB: CONTROLLER in items(around, "installed"), AUTO_ALB: around.get("balances")}
    return {"absent": [name for name, is_there in there.items() if is_there is False]}


def of_ingress(environment: Environment, item: KubernetesObject) -> Json:
    """Tell whether an Ingress has no class, and none is the default; and the paths that ALBs don't take."""
    defaults = [
        text(each.annotations, "ingressclass.kubernetes.io/is-default-class")
        for each in environment.kubernetes_objects("IngressClass")
    ]
    named = class_of(item.content)
    classes = environment.kubernetes_objects("IngressClass")
    ours = {"alb", *(x.name for x in classes if x.spec.get("controller") in (ALB, AUTO_ALB))}
    every = [x for _, x in reached(item.spec, "rules.*.http.paths.*") if named in ours]
    plain = [text(x, "path") for x in every if x.get("pathType") in ("Prefix", "Exact")]
    return {
        "classless": named is None and "true" not in defaults,
        "wildcards": [each for each in plain if re.search("[*?]", each)],
        **of_balancer(environment, item),
    }


@indexed
def _owners(environment: Environment) -> Mapping[object, list[KubernetesObject]]:
    """Return what makes load balancers, by the region and the names that these are to have."""
    every = ((x, by) for x, several in makers(environment).items() for by in several)
    named = ((x, name_of(by.content)) for x, by in every)
    return grouped(((x.resource.scope.stack.region, name), x) for x, name in named if name)


def of_balancer(environment: Environment, item: KubernetesObject) -> Json:
    """Return which other load balancer has the name of an object's own, and names that its group adds."""
    own, region = makers(environment)[item], item.resource.scope.stack.region
    names = [*dict.fromkeys(x for each in own if (x := name_of(each.content)))] or [""]
    first = _owners(environment).get((region, names[0]), own)[0]
    is_rival = item == own[0] and first not in own
    return {
        "balancer": names[0] or None,
        "rival": f"{first.kind} {first.name}" if is_rival else None,
        "names": names[1:] if item == own[0] else [],
    }
