"""Edges that the real templates can't do without."""

from __future__ import annotations

from typing import Any

from assembly.environment import Environment
from tests.unit.guardrails.environments import changed
from tests.unit.guardrails.mutations import (
    Mutation,
    found,
    in_template,
    without_edge,
)
from tests.unit.guardrails.mutations.object_order import applied

DEPEND = "node.add_dependency()"


def _route_in_the_cluster_stack(environment: Environment) -> Environment:
    """Move a subnet's default route to the stack of the cluster, where nothing waits for it."""
    moved: dict[str, Any] = {}
    prefix = f"{environment.name}-Network:"

    def take(template: dict[str, Any]) -> None:
        logical_id, body = found(template, "/PrivateA/DefaultRoute")
        moved.update(template["Resources"].pop(logical_id))
        for name in ("RouteTableId", "NatGatewayId"):
            template["Outputs"][f"Export{name}"] = {
                "Value": body["Properties"][name],
                "Export": {"Name": f"{prefix}{name}"},
            }

    def put(template: dict[str, Any]) -> None:
        for name in ("RouteTableId", "NatGatewayId"):
            moved["Properties"][name] = {"Fn::ImportValue": f"{prefix}{name}"}
        template["Resources"]["MovedRoute"] = moved

    return changed(changed(environment, "Network", take), "Cluster", put)


def _service_in_the_cluster_stack(environment: Environment) -> Environment:
    """Move the sample's Service and its namespace to the stack of the cluster, beside the controller."""
    moved: dict[str, Any] = {}

    def take(template: dict[str, Any]) -> None:
        for path in ("/SampleService/Namespace/", "/WebService/"):
            moved[path] = taken(template, path)

    def put(template: dict[str, Any]) -> None:
        _, sibling = found(template, "/DefaultStorageClass/")
        before, _ = found(template, "/KubectlReadyBarrier")
        for number, body in enumerate(moved.values()):
            for name in ("ClusterName", "ServiceToken"):
                body["Properties"][name] = sibling["Properties"][name]
            template["Resources"][f"Moved{number}"] = {**body, "DependsOn": [before]}
            before = f"Moved{number}"

    return changed(changed(environment, "SampleService", take), "Cluster", put)


def taken(template: dict[str, Any], path: str) -> dict[str, Any]:
    """Take the one resource of a path out of a template, with all edges to it."""
    logical_id, _ = found(template, path)
    body: dict[str, Any] = template["Resources"].pop(logical_id)
    for each in template["Resources"].values():
        each["DependsOn"] = [name for name in each.get("DependsOn", ()) if name != logical_id]
    return body


def _only_for_logs(template: dict[str, Any]) -> None:
    """Let a manifest wait for the handler's logs, and for nothing else."""
    names = [found(template, f"{path}/LogGroup/")[0] for path in ("/Handler", "/framework-onEvent")]
    found(template, "/Fargate/Logging/")[1]["DependsOn"] = names


def _without_kube_proxy(template: dict[str, Any]) -> None:
    taken(template, "/KubeProxy/")


MUTATIONS = (
    Mutation("ORDER1", "nodes don't wait for the CNI", "Dev", without_edge("Cluster", "/NodeGroup/Resource", "/VpcCni/AddOn/Resource"), "vpc-cni", DEPEND),
    Mutation("ORDER1", "Fargate profiles don't wait for kube-proxy", "Prod", without_edge("Cluster", "/Profiles/SampleApi/", "/KubeProxy/"), "kube-proxy", DEPEND),
    Mutation("ORDER2", "kube-proxy is missing", "Dev", in_template("Cluster", _without_kube_proxy), "kube-proxy", "bootstrap_self_managed_addons"),
    Mutation("ORDER3", "the CNI doesn't wait for the agent", "Dev", without_edge("Cluster", "/VpcCni/AddOn/Resource", "/PodIdentityAgent/Resource"), "vpc-cni", "eks-pod-identity-agent"),
    Mutation("ORDER4", "CoreDNS doesn't wait for nodes", "Dev", without_edge("Cluster", "/CoreDns/Resource", "/NodeGroup/Resource"), "DataPlaneNodeGroupsGeneralNodeGroup0545CD19", DEPEND),
    Mutation("ORDER5", "manifests don't wait for the handler's access entry", "Dev", without_edge("Cluster", "/KubectlReadyBarrier", "/ClusterAdminRoleAccess/"), "ControlPlaneClusterClusterAdminRoleAccessB4854E3B", "access entry"),
    Mutation("ORDER5", "a manifest doesn't wait for the barrier", "Dev", in_template("Cluster", _only_for_logs), "ControlPlaneClusterClusterAdminRoleAccessB4854E3B", "access entry"),
    Mutation("ORDER6", "nodes don't wait for the way to the NAT gateway", "Prod", _route_in_the_cluster_stack, "MovedRoute", DEPEND),
    Mutation("ORDER7", "Fargate profiles come at once", "Closed", without_edge("Cluster", "/Profiles/Batch/", "/Profiles/SampleApi/"), "DataPlaneFargateProfilesSampleApi65784971", DEPEND),
    Mutation("ORDER8", "a Service outlives the load balancer controller", "Prod", _service_in_the_cluster_stack, "Service/web", DEPEND),
    Mutation("ORDER9", "a volume outlives the EBS CSI driver", "Prod", applied([{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "default"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]), "PersistentVolumeClaim/data", DEPEND),
    Mutation("ORDER10", "the load balancer controller loses its policy first", "Dev", without_edge("Cluster", "/LoadBalancerController/Chart/", "/LoadBalancerController/Policy/"), "AddOnsLoadBalancerControllerPolicy29DBBA7B", DEPEND),
    Mutation("ORDER10", "the load balancer controller loses its association first", "Dev", without_edge("Cluster", "/LoadBalancerController/Chart/", "/PodIdentityAssociation"), "AddOnsLoadBalancerControllerPodIdentityAssociation5D9B3C58", DEPEND),
)  # fmt: skip
