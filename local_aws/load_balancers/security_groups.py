"""The security groups of load balancers: one for clients, one for the way to the pods."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from local_aws.load_balancers.model import (
    CLUSTER_TAG,
    RESOURCE_TAG,
    STACK_TAG,
    LoadBalancer,
    ModelError,
    short_name,
    tag_list,
)

BACKEND_TAG = "elbv2.k8s.aws/resource"
SHARED_RULE = "elbv2.k8s.aws/targetGroupBinding=shared"
"""The controller's description of the rules that it adds to the nodes' security group."""


class SecurityGroups:
    """Those that the controller makes, and the nodes' group, to which it adds rules."""

    def __init__(self, ec2: Any, *, cluster_name: str, vpc_id: str) -> None:  # noqa: ANN401  # a boto3 client
        """Work in one VPC."""
        self._ec2 = ec2
        self._cluster_name = cluster_name
        self._vpc_id = vpc_id

    def front(self, wanted: LoadBalancer) -> str:
        """Return the group that clients meet, made if it is missing."""
        tags = {**wanted.tags, RESOURCE_TAG: "ManagedLBSecurityGroup"}
        return self._group(wanted.name, tags, "[k8s] Managed SecurityGroup for LoadBalancer")

    def backend(self) -> str:
        """Return the group that all load balancers share on their way to the pods."""
        tags = {CLUSTER_TAG: self._cluster_name, BACKEND_TAG: "backend-sg"}
        description = "[k8s] Shared Backend SecurityGroup for LoadBalancer"
        return self._group(self._backend_name(), tags, description)

    def _backend_name(self) -> str:
        return short_name(f"traffic/{self._cluster_name}", self._cluster_name)

    def _group(self, name: str, tags: Mapping[str, str], description: str) -> str:
        existing = self._groups(f"tag:{CLUSTER_TAG}", self._cluster_name, name=name)
        if existing:
            return existing[0]
        return str(
            self._ec2.create_security_group(
                GroupName=name,
                Description=description,
                VpcId=self._vpc_id,
                TagSpecifications=[{"ResourceType": "security-group", "Tags": tag_list(tags)}],
            )["GroupId"]
        )

    def _groups(self, tag: str, value: str, *, name: str) -> list[str]:
        return [one["GroupId"] for one in self._tagged(tag, value) if one["GroupName"] == name]

    def _tagged(self, tag: str, value: str) -> Sequence[Mapping[str, Any]]:
        in_vpc = {"Name": "vpc-id", "Values": [self._vpc_id]}
        with_tag = {"Name": tag, "Values": [value]}
        answer = self._ec2.describe_security_groups(Filters=[in_vpc, with_tag])
        groups: Sequence[Mapping[str, Any]] = answer["SecurityGroups"]
        return groups

    def allow_clients(self, wanted: LoadBalancer, group_id: str) -> None:
        """Let in the source ranges of a Service, on its ports, and nobody else."""
        rules = {
            (port.protocol.lower(), port.listener, cidr)
            for port in wanted.ports
            for cidr in wanted.source_ranges
        }
        present = {
            (rule["IpProtocol"], rule["FromPort"], block["CidrIp"])
            for rule in self._rules(group_id)
            for block in rule.get("IpRanges", [])
        }
        for call, difference in (
            (self._ec2.authorize_security_group_ingress, rules - present),
            (self._ec2.revoke_security_group_ingress, present - rules),
        ):
            if difference:
                permissions = [
                    _permission(protocol, port, IpRanges=[{"CidrIp": cidr}])
                    for protocol, port, cidr in sorted(difference)
                ]
                call(GroupId=group_id, IpPermissions=permissions)

    def allow_backend(self, backend: str, ports: Iterable[int]) -> None:
        """Let the shared group reach the pods' ports on the nodes' group."""
        nodes = self._nodes_group()
        present = {
            rule.get("FromPort")
            for rule in self._rules(nodes)
            for pair in rule.get("UserIdGroupPairs", [])
            if pair["GroupId"] == backend
        }
        missing = sorted(set(ports) - present)
        if missing:
            pair = {"GroupId": backend, "Description": SHARED_RULE}
            self._ec2.authorize_security_group_ingress(
                GroupId=nodes,
                IpPermissions=[
                    _permission("tcp", port, UserIdGroupPairs=[pair]) for port in missing
                ],
            )

    def delete_backend(self) -> None:
        """Delete the shared group, and the rules that name it."""
        tag = f"tag:{BACKEND_TAG}"
        for group_id in self._groups(tag, "backend-sg", name=self._backend_name()):
            nodes = self._nodes_group()
            pair = {"GroupId": group_id}
            rules = [
                _permission(rule["IpProtocol"], rule["FromPort"], UserIdGroupPairs=[pair])
                for rule in self._rules(nodes)
                if any(one["GroupId"] == group_id for one in rule.get("UserIdGroupPairs", []))
            ]
            if rules:
                self._ec2.revoke_security_group_ingress(GroupId=nodes, IpPermissions=rules)
            self._ec2.delete_security_group(GroupId=group_id)

    def _nodes_group(self) -> str:
        """Return the security group of nodes and Fargate pods, which EKS tags with the cluster."""
        owned = {"Name": "tag-key", "Values": [f"kubernetes.io/cluster/{self._cluster_name}"]}
        in_vpc = {"Name": "vpc-id", "Values": [self._vpc_id]}
        groups = self._ec2.describe_security_groups(Filters=[in_vpc, owned])["SecurityGroups"]
        if len(groups) != 1:
            raise ModelError(
                f"expected exactly one securityGroup tagged with "
                f"kubernetes.io/cluster/{self._cluster_name}, got {len(groups)}"
            )
        return str(groups[0]["GroupId"])

    def _rules(self, group_id: str) -> Sequence[Mapping[str, Any]]:
        groups = self._ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
        rules: Sequence[Mapping[str, Any]] = groups[0]["IpPermissions"]
        return rules

    def delete_front(self, stack: str, *, keep: Collection[str]) -> None:
        """Delete the groups that clients of a Service's load balancers met, but for those to keep."""
        for group in self._tagged(f"tag:{STACK_TAG}", stack):
            if group["GroupName"] not in keep:
                self._ec2.delete_security_group(GroupId=group["GroupId"])


def _permission(protocol: str, port: int, **sources: list[dict[str, str]]) -> dict[str, Any]:
    return {"IpProtocol": protocol, "FromPort": port, "ToPort": port, **sources}
