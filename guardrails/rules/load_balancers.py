"""Load balancers that the AWS Load Balancer Controller makes of Services and Ingresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assembly.environment import Environment
from assembly.kinds import CHART
from assembly.kubernetes_object import KubernetesObject
from guardrails.rule import Finding, found, rule
from kube.load_balancer_annotations import Problem, old_policies, problems, reads
from kube.load_balancers import SCHEME, SERVICE, internet_facing
from kube.values import flag


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
