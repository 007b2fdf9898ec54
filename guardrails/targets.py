"""The resource that a value in a template points to, also across stacks."""

from __future__ import annotations

from collections.abc import Mapping

from guardrails.environment import Environment, Resource
from guardrails.intrinsics import text

CLUSTER = "AWS::EKS::Cluster"


def target(environment: Environment, stack: str, value: object) -> Resource | None:
    """Return the resource behind a Ref, Fn::GetAtt or Fn::ImportValue, if it can be found."""
    if not isinstance(value, Mapping):
        return None
    if "Fn::ImportValue" in value:
        return _exported(environment, text(value["Fn::ImportValue"]))
    named = value.get("Ref") or value.get("Fn::GetAtt")
    logical_id = named.split(".")[0] if isinstance(named, str) else named[0] if named else ""
    body = environment.stacks[stack].template.get("Resources", {}).get(logical_id)
    return body and Resource(stack=stack, logical_id=logical_id, kind=body["Type"], body=body)


def cluster_of(environment: Environment, resource: Resource) -> Resource | None:
    """Return the cluster that a resource names by its ClusterName.

    A name that can't be followed is that of the only cluster, if there is only one.
    """
    name = resource.properties.get("ClusterName")
    clusters = list(environment.resources(CLUSTER))
    found = target(environment, resource.stack, name)
    if found is None and len(clusters) == 1:
        return clusters[0]
    return found if found in clusters else None


def _exported(environment: Environment, name: str) -> Resource | None:
    for path, stack in environment.stacks.items():
        for output in stack.template.get("Outputs", {}).values():
            if "Export" in output and text(output["Export"]["Name"]) == name:
                return target(environment, path, output["Value"])
    return None
