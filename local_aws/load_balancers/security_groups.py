"""The security groups of load balancers: one for clients, one for the way to the pods."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from kube.values import dicts
from local_aws.load_balancers import model
from local_aws.load_balancers.model import LoadBalancer, ModelError

SHARED_RULE = "elbv2.k8s.aws/targetGroupBinding=shared"
"""The controller's description of the rules that it adds to the nodes' security group."""
Group = Mapping[str, Any]
Rule = tuple[str, int, str]
"""Protocol and port, and who may come: a CIDR block, or a security group."""


class SecurityGroups:
    """Those that the controller makes, and the nodes' group, to which it adds rules."""

    def __init__(self, ec2: Any, *, cluster_name: str, vpc_id: str) -> None:  # noqa: ANN401  # a boto3 client
        self._ec2, self._cluster_name, self._vpc_id = ec2, cluster_name, vpc_id
        self._backend_name = model.short_name(f"traffic/{cluster_name}", cluster_name)

    def front(self, wanted: LoadBalancer) -> str:
        """Return the group that clients meet, made if it is missing, open to who may come."""
        words = "[k8s] Managed SecurityGroup for LoadBalancer"
        group = self._group(wanted.name, wanted.tags, words)
        listeners = [(port.protocol.lower(), port.listener) for port in wanted.ports]
        rules = {(*listener, cidr) for listener in listeners for cidr in wanted.source_ranges}
        self._change(group, add=rules - _rules(group), drop=_rules(group) - rules)
        return str(group["GroupId"])

    def backend(self) -> str:
        """Return the group that all load balancers share on their way to the pods."""
        words = "[k8s] Shared Backend SecurityGroup for LoadBalancer"
        tags = {model.CLUSTER_TAG: self._cluster_name}
        return str(self._group(self._backend_name, tags, words)["GroupId"])

    def allow_backend(self, backend: str, ports: Iterable[int]) -> None:
        """Let the shared group reach the pods' ports on the nodes' group."""
        nodes = self._nodes_group()
        self._change(nodes, add={("tcp", port, backend) for port in ports} - _rules(nodes))

    def delete_backend(self) -> None:
        """Delete the shared group, and the rules that name it."""
        for group in self._find({"group-name": self._backend_name}):
            nodes = self._nodes_group()
            self._change(nodes, drop={one for one in _rules(nodes) if group["GroupId"] in one})
            self._ec2.delete_security_group(GroupId=group["GroupId"])

    def delete_front(self, stack: str, *, keep: Collection[str]) -> None:
        """Delete the groups that clients of a Service's load balancers met, but for those to keep."""
        for group in self._find({f"tag:{model.STACK_TAG}": stack}):
            if group["GroupName"] not in keep:
                self._ec2.delete_security_group(GroupId=group["GroupId"])

    def _group(self, name: str, tags: Mapping[str, str], description: str) -> Group:
        if found := self._find(
            {"group-name": name, f"tag:{model.CLUSTER_TAG}": self._cluster_name}
        ):
            return found[0]
        group: Group = self._ec2.create_security_group(
            GroupName=name,
            Description=description,
            VpcId=self._vpc_id,
            TagSpecifications=[{"ResourceType": "security-group", "Tags": model.tag_list(tags)}],
        )
        return group

    def _find(self, wanted: Mapping[str, str]) -> Sequence[Group]:
        pairs = {"vpc-id": self._vpc_id, **wanted}.items()
        filters = [{"Name": key, "Values": [value]} for key, value in pairs]
        return [*self._ec2.describe_security_groups(Filters=filters)["SecurityGroups"]]

    def _nodes_group(self) -> Group:
        """Return the security group of nodes and Fargate pods, which EKS tags with the cluster."""
        tag = f"kubernetes.io/cluster/{self._cluster_name}"
        groups = self._find({"tag-key": tag})
        if len(groups) != 1:
            raise ModelError(f"expected one securityGroup tagged with {tag}, got {len(groups)}")
        return groups[0]

    def _change(self, group: Group, *, add: Iterable[Rule] = (), drop: Iterable[Rule] = ()) -> None:
        for call, rules in (
            (self._ec2.authorize_security_group_ingress, add),
            (self._ec2.revoke_security_group_ingress, drop),
        ):
            if permissions := [_permission(*rule) for rule in sorted(rules)]:
                call(GroupId=group["GroupId"], IpPermissions=permissions)


def _rules(group: Group) -> set[Rule]:
    return {
        (rule["IpProtocol"], rule.get("FromPort", 0), source.get("CidrIp") or source["GroupId"])
        for rule in group.get("IpPermissions", ())
        for source in (*dicts(rule, "IpRanges"), *dicts(rule, "UserIdGroupPairs"))
    }


def _permission(protocol: str, port: int, source: str) -> dict[str, Any]:
    if source.startswith("sg-"):
        who = {"UserIdGroupPairs": [{"GroupId": source, "Description": SHARED_RULE}]}
    else:
        who = {"IpRanges": [{"CidrIp": source}]}
    return {"IpProtocol": protocol, "FromPort": port, "ToPort": port, **who}
