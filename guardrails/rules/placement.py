"""Whether some node of the cluster takes the pods that are to run on nodes."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kinds import NODE_GROUP
from assembly.links import beside
from assembly.nodes import has_other_nodes, node_of
from assembly.resource import Resource
from guardrails.rule import Finding, found, rule
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import SERVERS, Pods, pods
from kube.fargate import may_select
from kube.pods import replicas
from kube.scheduling import takes


@rule("KUBE22")
def _homeless(environment: Environment) -> Iterator[Finding]:
    if has_other_nodes(environment):
        return
    for template in pods(environment, *SERVERS):
        # 0 is switched off.
        if replicas(template.owner.content) == 0:
            continue
        groups = [*beside(environment, template.owner.resource, NODE_GROUP)]
        on_fargate = runs_on_fargate(environment, template, may_select)
        if groups and not on_fargate and not any(_takes(group, template) for group in groups):
            count = "one node group" if len(groups) == 1 else f"{len(groups)} node groups"
            yield found(template.owner, "node", f"The cluster has {count}, and none fits.")


def _takes(group: Resource, template: Pods) -> bool:
    return takes(node_of(group, may_have_more=True), {"spec": template.spec})
