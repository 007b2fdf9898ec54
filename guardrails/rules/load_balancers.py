"""Load balancers that the AWS Load Balancer Controller makes of Services and Ingresses."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kinds import CHART
from guardrails.rule import Finding, found, rule
from kube.load_balancer_annotations import old_policies, problems, reads
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
    for item in filter(lambda each: reads(each.content), environment.kubernetes_objects()):
        region = environment.stacks[item.resource.stack].region
        for name, wrong in dict.fromkeys(problems(item.content, region)):
            yield found(item, name, f"{name}: {wrong}", field=f"metadata.annotations[{name}]")


@rule("EXPOSE24")
def _old_tls(environment: Environment) -> Iterator[Finding]:
    charts = environment.resources(CHART)
    # A chart that a deploy fills in may have another default, too.
    open_default = any("defaultSSLPolicy" in str(each.properties.get("Values")) for each in charts)
    for item in filter(lambda each: reads(each.content), environment.kubernetes_objects()):
        for name, wrong in old_policies(item.annotations, unset=not open_default):
            yield found(item, name, f"{name}: {wrong}", field=f"metadata.annotations[{name}]")
