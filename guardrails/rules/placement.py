"""Whether some node of the cluster takes the pods that are to run on nodes."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kinds import CHART, CLUSTER, NODE_GROUP
from assembly.links import beside
from assembly.resource import Resource
from guardrails.rule import Finding, found, rule
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import SERVERS, Pods, pods
from kube.fargate import may_select
from kube.pods import replicas
from kube.scheduling import takes
from kube.values import Json, Unknown, dicts, flag, look_up, mapping, text

ARCHITECTURES = {"ARM_64": "arm64", "x86_64": "amd64"}
"""The label kubernetes.io/arch of a node, by what its AMI type contains."""
EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute"}
ANY = Unknown("a label that something else sets")


@rule("KUBE22")
def _homeless(environment: Environment) -> Iterator[Finding]:
    if _has_other_nodes(environment):
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


def _has_other_nodes(environment: Environment) -> bool:
    """Tell whether nodes may come from elsewhere: Auto Mode, Karpenter, groups of one's own."""
    automatic = (
        flag(each.properties, "ComputeConfig", "Enabled") for each in environment.resources(CLUSTER)
    )
    charts = (text(each.properties, "Chart") for each in environment.resources(CHART))
    return (
        any(each is not False for each in automatic)
        or any("karpenter" in chart for chart in charts)
        or bool([*environment.kubernetes_objects("NodePool")])
        or bool([*environment.resources("AWS::AutoScaling::AutoScalingGroup")])
    )


def _takes(group: Resource, template: Pods) -> bool:
    return takes(_node(group.properties), {"spec": template.spec})


def _node(properties: Json) -> Json:
    """Return a node of a group; an autoscaler or a person may give it any other label."""
    ami_type = text(properties, "AmiType")
    architecture = next((each for part, each in ARCHITECTURES.items() if part in ami_type), ANY)
    labels = {
        **mapping(properties, "Labels"),
        "kubernetes.io/arch": architecture,
        "kubernetes.io/os": "windows" if "WINDOWS" in ami_type else "linux",
    }
    taints = [
        {
            "key": look_up(each, "Key"),
            "value": look_up(each, "Value"),
            "effect": EFFECTS.get(text(each, "Effect")),
        }
        for each in dicts(properties, "Taints")
    ]
    return {"metadata": {"labels": {**labels, ANY: ""}}, "spec": {"taints": taints}}
