"""Patterns of roles.yaml, such as the ARN that a call is about, with what a resource says filled in."""

from __future__ import annotations

import re

from assembly.arns import HOLE, OWN, place_of, rendered
from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import CHART
from assembly.links import cluster_key, cluster_of, role_of
from assembly.references import Reference
from assembly.resource import Resource
from guardrails.rules.components import told
from kube.values import items, look_up, unsure

FIELD, LOG_GROUP_NAME = re.compile(r"\{([\w.]+)\}"), re.compile(r"log_group_name\s+(\S+)")
ANY_ROLE = "arn:{partition}:iam::{account}:role/{any}"


def filled(environment: Environment, resource: Resource, pattern: str) -> str:
    """Return a pattern of the table with its names filled in, empty if one names nothing here."""
    cluster, properties = cluster_of(environment, resource), resource.properties
    if resource.kind == CHART:
        properties = {**properties, "Values": told(resource)}
    own = properties.get("FunctionName") or properties.get("FargateProfileName")
    name = rendered(environment, own or OWN.format("/".join((*resource.node, ""))))
    named = Reference("", node=cluster.node) if cluster else properties.get("ClusterName", HOLE)
    logs = look_up(properties, "LoggingConfig", "LogGroup") or f"/aws/lambda/{name}"
    names = {**place_of(resource), "name": name, "cluster": named, "any": HOLE}
    names |= {"function_logs": logs, "fargate_logs": _fargate_logs(environment)}
    asked = FIELD.findall(pattern)
    if "node_role" in asked:
        names["node_role"] = _node_role(environment, resource)
    found = {
        each: names[each] if each in names else look_up(properties, *each.split("."))
        for each in asked
    }
    nothing = any(each in (None, "") and not unsure(each) for each in found.values())
    written = FIELD.sub(lambda match: rendered(environment, found[match[1]]), pattern)
    return "" if nothing else written


def _node_role(environment: Environment, resource: Resource) -> object:
    """Return the role of the nodes of a class of Karpenter beside a resource, any role without one."""
    for item in environment.kubernetes_objects("EC2NodeClass"):
        if cluster_key(environment, item.resource) == cluster_key(environment, resource):
            profile = environment.target(item.spec.get("instanceProfile"))
            named = items(profile.properties, "Roles") if profile else [item.spec.get("role")]
            if role := role_of(environment, next(iter(named), None)):
                return Reference("", node=role.node, attribute="Arn")
    return ANY_ROLE.format_map({**place_of(resource), "any": HOLE})


@indexed
def _fargate_logs(environment: Environment) -> str | None:
    """Return the log group to which Fargate writes the logs of pods, by its ConfigMap."""
    for item in environment.kubernetes_objects("ConfigMap"):
        if (item.namespace, item.name) == ("aws-observability", "aws-logging"):
            said = rendered(environment, look_up(item.content, "data", "output.conf"))
            if match := LOG_GROUP_NAME.search(said):
                return match[1]
    return None
