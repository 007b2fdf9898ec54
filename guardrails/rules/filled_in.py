"""Patterns of roles.yaml, such as the ARN that a call is about, with what a resource says filled in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assembly.arns import HOLE, OWN, place_of, rendered
from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import ADD_ON, CHART, KEY, NODE_GROUP
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside, objects_beside, role_of, template_of
from assembly.references import Reference
from assembly.resource import Resource
from assembly.user_data import user_data
from guardrails.rules.pod_networking import cni_of
from guardrails.rules.presence import reached
from guardrails.rules.workloads import namespace_of, told
from kube.values import Json, items, look_up, mapping, text, unsure

FIELD, LOG_GROUP_NAME = re.compile(r"\{([\w.]+)\}"), re.compile(r"log_group_name\s+(\S+)")
OTHER_NAME = re.compile(r"InstanceIdNodeName\W+true|hostname-override")
ANY_ROLE = "arn:{partition}:iam::{account}:role/{any}"


def filled(environment: Environment, resource: Resource, pattern: str, of: object = None) -> str:
    """Return a pattern of the table with its names filled in, empty if one names nothing here.

    What a part `of` the resource says comes first.
    """
    cluster, properties = resource.cluster, {**resource.properties, **mapping(of)}
    if resource.kind == ADD_ON:
        properties["Namespace"] = namespace_of(resource)
    if resource.kind == CHART:
        properties = {**properties, "Values": told(resource)}
    own = properties.get("FunctionName") or properties.get("FargateProfileName")
    name = rendered(environment, own or OWN.format("/".join((*resource.node, ""))))
    named = Reference("", node=cluster.node) if cluster else properties.get("ClusterName", HOLE)
    logs = look_up(properties, "LoggingConfig", "LogGroup") or f"/aws/lambda/{name}"
    names = {**place_of(resource), "name": name, "cluster": named, "any": HOLE}
    names |= {"function_logs": logs, "fargate_logs": _fargate_logs(environment)}
    asked = FIELD.findall(pattern)
    if "pod_interface" in asked:
        cni = cni_of(environment, resource)
        names["pod_interface"] = "eni-0" if cni and cni.is_on("ENABLE_POD_ENI") else None
    if "class_role" in asked:
        specs = [each.spec for each in objects_beside(environment, resource, "EC2NodeClass")]
        made = [each.get("role") for each in specs if "instanceProfile" not in each]
        names["class_role"] = next(filter(None, made), None)
    if "named_by_dns" in asked:
        names["named_by_dns"] = _are_named_by_dns(environment, resource) or None
    found = {
        each: names[each] if each in names else look_up(properties, *each.split("."))
        for each in asked
    }
    nothing = any(each in (None, "") and not unsure(each) for each in found.values())
    written = FIELD.sub(lambda match: rendered(environment, found[match[1]]), pattern)
    return "" if nothing else written


def _are_named_by_dns(environment: Environment, resource: Resource) -> bool:
    """Tell whether user data surely gives the nodes of a cluster no other names."""
    made = [template_of(environment, x) for x in beside(environment, resource, NODE_GROUP)]
    held = [x for x in made if x and look_up(x.properties, "LaunchTemplateData", "UserData")]
    classes = objects_beside(environment, resource, "EC2NodeClass")
    said = [*map(user_data, held), *(text(each.spec, "userData") for each in classes)]
    return not any(each is None or OTHER_NAME.search(each) for each in said)


def role_of_class(environment: Environment, item: KubernetesObject) -> Resource | None:
    """Return the role of the nodes of a class of Karpenter or Auto Mode, if it was made here."""
    profile = environment.target(item.spec.get("instanceProfile"))
    named = items(profile.properties, "Roles") if profile else [item.spec.get("role")]
    return role_of(environment, next(iter(named), None))


def node_roles(environment: Environment, resource: Resource) -> Sequence[str]:
    """Return the roles of the nodes of Karpenter's classes beside a resource, any role without one."""
    mine = objects_beside(environment, resource, "EC2NodeClass")
    roles = filter(None, (role_of_class(environment, each) for each in mine))
    arns = [Reference("", node=each.node, attribute="Arn") for each in roles]
    written = dict.fromkeys(rendered(environment, each) for each in arns)
    return [*written] or [ANY_ROLE.format_map({**place_of(resource), "any": HOLE})]


def keys(environment: Environment, resource: Resource, row: Json) -> Sequence[str]:
    """Return the keys of the templates that objects beside a resource name, as a row of the table says."""
    mine = objects_beside(environment, resource, row["of"])
    only = mapping(row, "only").items()
    users = [each.content for each in mine if all(each.content.get(x) == y for x, y in only)]
    found = environment.targets([each for one in users for _, each in reached(one, row["at"])])
    arns = [Reference("", node=each.node, attribute="Arn") for each in found if each.kind == KEY]
    return [*dict.fromkeys(rendered(environment, each) for each in arns)]


@indexed
def _fargate_logs(environment: Environment) -> str | None:
    """Return the log group to which Fargate writes the logs of pods, by its ConfigMap."""
    for item in environment.kubernetes_objects("ConfigMap"):
        if (item.namespace, item.name) == ("aws-observability", "aws-logging"):
            said = rendered(environment, look_up(item.content, "data", "output.conf"))
            if match := LOG_GROUP_NAME.search(said):
                return match[1]
    return None
