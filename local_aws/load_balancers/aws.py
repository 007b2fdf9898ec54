"""Makes and removes in AWS what a Service asks for, with the controller's own credentials."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from local_aws.load_balancers import model
from local_aws.load_balancers.model import LoadBalancer, Port
from local_aws.load_balancers.security_groups import SecurityGroups

Targets = Mapping[int, set[tuple[str, int]]]
"""The addresses and ports of pods behind each listener."""
Found = Mapping[str, Any]


class Aws:
    """The calls that the controller makes. A refusal is botocore's `ClientError`."""

    def __init__(self, ec2: Any, elb: Any, *, cluster_name: str, vpc_id: str) -> None:  # noqa: ANN401  # boto3 clients
        self._ec2, self._elb = ec2, elb
        self._cluster_name, self._vpc_id = cluster_name, vpc_id
        self._groups = SecurityGroups(ec2, cluster_name=cluster_name, vpc_id=vpc_id)

    def ensure(self, wanted: LoadBalancer, targets: Targets) -> str:
        """Bring AWS to what is wanted; return the load balancer's name in DNS.

        Raises `ModelError` if no subnet serves.
        """
        of_service = self._tagged({model.STACK_TAG: wanted.tags[model.STACK_TAG]})
        found = next((one for one in of_service if one["LoadBalancerName"] == wanted.name), None)
        # Before anything is made: a Service that can't have its load balancer leaves nothing.
        subnets = [] if found else self._subnets(wanted)
        groups = [self._groups.front(wanted), self._groups.backend()]
        found = found or self._create(wanted, subnets, groups)
        arn = found["LoadBalancerArn"]
        ports_by_group = {wanted.target_group_name(port): port for port in wanted.ports}
        target_groups = self._target_groups(arn)
        present = {one["TargetGroupName"]: one["TargetGroupArn"] for one in target_groups}
        self._close(arn, {present[name] for name in present.keys() - ports_by_group.keys()})
        for name, port in ports_by_group.items():
            group = present.get(name) or self._open(wanted, arn, port)
            self._register(group, targets.get(port.listener, set()))
        ports = {port for pairs in targets.values() for _, port in pairs}
        self._groups.allow_backend(groups[1], ports)
        return str(found["DNSName"])

    def delete(self, stack: str, *, keep: Collection[str] = ()) -> None:
        """Delete what carries a Service's tag, but for the load balancers to keep.

        What all of them shared goes with the cluster's last one. It can be repeated.
        """
        for balancer in self._tagged({model.STACK_TAG: stack}):
            if balancer["LoadBalancerName"] not in keep:
                arn = balancer["LoadBalancerArn"]
                groups = self._target_groups(arn)
                self._elb.delete_load_balancer(LoadBalancerArn=arn)
                for group in groups:
                    self._elb.delete_target_group(TargetGroupArn=group["TargetGroupArn"])
        self._groups.delete_front(stack, keep=keep)
        if not self._tagged({}):
            self._groups.delete_backend()

    def _tagged(self, wanted: Mapping[str, str]) -> list[Found]:
        """Return the cluster's load balancers that carry tags."""
        balancers = self._elb.describe_load_balancers()["LoadBalancers"]
        arns = [balancer["LoadBalancerArn"] for balancer in balancers]
        answers = self._elb.describe_tags(ResourceArns=arns)["TagDescriptions"] if arns else ()
        pairs = {model.CLUSTER_TAG: self._cluster_name, **wanted}.items()
        tagged = {
            answer["ResourceArn"] for answer in answers if model.tags_of(answer).items() >= pairs
        }
        return [balancer for balancer in balancers if balancer["LoadBalancerArn"] in tagged]

    def _target_groups(self, arn: str) -> Sequence[Found]:
        return [*self._elb.describe_target_groups(LoadBalancerArn=arn)["TargetGroups"]]

    def _subnets(self, wanted: LoadBalancer) -> list[str]:
        in_vpc = [{"Name": "vpc-id", "Values": [self._vpc_id]}]
        subnets = self._ec2.describe_subnets(Filters=in_vpc)["Subnets"]
        return model.choose_subnets(subnets, scheme=wanted.scheme, cluster_name=self._cluster_name)

    def _create(self, wanted: LoadBalancer, subnets: list[str], groups: list[str]) -> Found:
        balancer: Found = self._elb.create_load_balancer(
            Name=wanted.name,
            Type="network",
            Scheme=wanted.scheme,
            Subnets=subnets,
            SecurityGroups=groups,
            Tags=model.tag_list(wanted.tags),
        )["LoadBalancers"][0]
        if wanted.attributes:
            self._elb.modify_load_balancer_attributes(
                LoadBalancerArn=balancer["LoadBalancerArn"],
                Attributes=model.tag_list(wanted.attributes),
            )
        return balancer

    def _close(self, arn: str, groups: Collection[str]) -> None:
        """Delete target groups of a load balancer and their listeners."""
        for listener in self._elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
            group = listener["DefaultActions"][0]["TargetGroupArn"]
            if group in groups:
                self._elb.delete_listener(ListenerArn=listener["ListenerArn"])
                self._elb.delete_target_group(TargetGroupArn=group)

    def _open(self, wanted: LoadBalancer, arn: str, port: Port) -> str:
        """Make a target group and its listener."""
        group = self._elb.create_target_group(
            Name=wanted.target_group_name(port),
            Protocol=port.protocol,
            # It says nothing for IP targets: each has its own.
            Port=1,
            VpcId=self._vpc_id,
            TargetType=wanted.target_type,
            Tags=model.tag_list(wanted.tags),
        )["TargetGroups"][0]["TargetGroupArn"]
        if wanted.target_group_attributes:
            self._elb.modify_target_group_attributes(
                TargetGroupArn=group, Attributes=model.tag_list(wanted.target_group_attributes)
            )
        self._elb.create_listener(
            LoadBalancerArn=arn,
            Protocol=port.protocol,
            Port=port.listener,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
            Tags=model.tag_list(wanted.tags),
        )
        return str(group)

    def _register(self, group: str, wanted: set[tuple[str, int]]) -> None:
        health = self._elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        present = {(entry["Target"]["Id"], entry["Target"]["Port"]) for entry in health}
        for call, pairs in (
            (self._elb.register_targets, wanted - present),
            (self._elb.deregister_targets, present - wanted),
        ):
            if pairs:
                targets = [{"Id": address, "Port": port} for address, port in sorted(pairs)]
                call(TargetGroupArn=group, Targets=targets)
