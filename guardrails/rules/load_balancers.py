"""Load balancers that the AWS Load Balancer Controller makes of Services and Ingresses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

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


def _misunderstood(rule_id: str, environment: Environment) -> Iterator[Finding]:
    charts = environment.resources(CHART)
    # A chart that a deploy fills in may have another default, too.
    unset = not any("defaultSSLPolicy" in str(each.properties.get("Values")) for each in charts)
    for item in filter(lambda each: reads(each.content), environment.kubernetes_objects()):
        region = environment.stacks[item.resource.stack].region
        old = rule_id == "EXPOSE24"
        every = (
            old_policies(item.annotations, unset=unset) if old else problems(item.content, region)
        )
        for name, wrong in dict.fromkeys(every):
            yield found(item, name, f"{name}: {wrong}", field=f"metadata.annotations[{name}]")


for _id in ("EXPOSE23", "EXPOSE24"):
    rule(_id)(partial(_misunderstood, _id))
