"""Makes and removes in AWS what a Service asks for, with the controller's own credentials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local_aws.load_balancers.model import (
    CLUSTER_TAG,
    RESOURCE_TAG,
    STACK_TAG,
    LoadBalancer,
    Port,
    choose_subnets,
    tag_list,
)
from local_aws.load_balancers.security_groups import SecurityGroups


@dataclass(frozen=True, kw_only=True)
class Target:
    """An address behind a port of a load balancer."""

    listener: int
    address: str
    port: int


class Aws:
    """The calls that the controller makes. A refusal is botocore's `ClientError`."""

    def __init__(self, ec2: Any, elb: Any, *, cluster_name: str, vpc_id: str) -> None:  # noqa: ANN401  # boto3 clients
        """Work with clients that carry the credentials of the controller's role."""
        self._ec2 = ec2
        self._elb = elb
        self._cluster_name = cluster_name
        self._vpc_id = vpc_id
        self._groups = SecurityGroups(ec2, cluster_name=cluster_name, vpc_id=vpc_id)

    def ensure(self, wanted: LoadBalancer, targets: Sequence[Target]) -> tuple[str, bool]:
        """Bring AWS to what is wanted; return the load balancer's name in DNS and whether it is new.

        Raises `ModelError` if no subnet serves.
        """
        found = self._find(wanted.name)
        new = found is None
        # Before anything is made: a Service that can't have its load balancer leaves nothing.
        subnets = self._subnets(wanted) if new else []
        groups = [self._groups.front(wanted), self._groups.backend()]
        self._groups.allow_clients(wanted, groups[0])
        if found is None:
            found = self._create(wanted, subnets, groups)
        arn = found["LoadBalancerArn"]
        self._drop_other_ports(wanted, arn)
        for port in wanted.ports:
            self._ensure_port(
                wanted, arn, port, [t for t in targets if t.listener == port.listener]
            )
        self._groups.allow_backend(groups[1], {target.port for target in targets})
        return str(found["DNSName"]), new

    def delete(self, stack: str, *, keep: Iterable[str] = ()) -> None:
        """Delete what carries a Service's tag, but for the load balancers to keep.

        What all of them shared goes with the cluster's last one. It can be repeated.
        """
        kept = set(keep)
        gone = [
            balancer for balancer in self._tagged(stack) if balancer["LoadBalancerName"] not in kept
        ]
        for balancer in gone:
            arn = balancer["LoadBalancerArn"]
            groups = self._elb.describe_target_groups(LoadBalancerArn=arn)["TargetGroups"]
            self._elb.delete_load_balancer(LoadBalancerArn=arn)
            for group in groups:
                self._elb.delete_target_group(TargetGroupArn=group["TargetGroupArn"])
        self._groups.delete_front(stack, keep=kept)
        if not self._of_cluster():
            self._groups.delete_backend()

    def _find(self, name: str) -> Mapping[str, Any] | None:
        try:
            balancers = self._elb.describe_load_balancers(Names=[name])["LoadBalancers"]
        except ClientError as error:
            if error.response["Error"]["Code"] in {
                "LoadBalancerNotFound",
                "LoadBalancerNotFoundException",
            }:
                return None
            raise
        return next(iter(balancers), None)

    def _subnets(self, wanted: LoadBalancer) -> list[str]:
        in_vpc = [{"Name": "vpc-id", "Values": [self._vpc_id]}]
        return choose_subnets(
            self._ec2.describe_subnets(Filters=in_vpc)["Subnets"],
            scheme=wanted.scheme,
            cluster_name=self._cluster_name,
        )

    def _create(
        self, wanted: LoadBalancer, subnets: Sequence[str], groups: Sequence[str]
    ) -> Mapping[str, Any]:
        balancer: Mapping[str, Any] = self._elb.create_load_balancer(
            Name=wanted.name,
            Type="network",
            Scheme=wanted.scheme,
            Subnets=list(subnets),
            SecurityGroups=list(groups),
            Tags=tag_list({**wanted.tags, RESOURCE_TAG: "LoadBalancer"}),
        )["LoadBalancers"][0]
        if wanted.attributes:
            self._elb.modify_load_balancer_attributes(
                LoadBalancerArn=balancer["LoadBalancerArn"],
                Attributes=tag_list(wanted.attributes),
            )
        return balancer

    def _drop_other_ports(self, wanted: LoadBalancer, arn: str) -> None:
        names = {wanted.target_group_name(port) for port in wanted.ports}
        groups = {
            group["TargetGroupArn"]: group["TargetGroupName"]
            for group in self._elb.describe_target_groups(LoadBalancerArn=arn)["TargetGroups"]
        }
        for listener in self._elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
            group = listener["DefaultActions"][0]["TargetGroupArn"]
            if groups.get(group) not in names:
                self._elb.delete_listener(ListenerArn=listener["ListenerArn"])
                self._elb.delete_target_group(TargetGroupArn=group)

    def _ensure_port(
        self, wanted: LoadBalancer, arn: str, port: Port, targets: Sequence[Target]
    ) -> None:
        name = wanted.target_group_name(port)
        groups = self._elb.describe_target_groups(LoadBalancerArn=arn)["TargetGroups"]
        group = next((one for one in groups if one["TargetGroupName"] == name), None)
        if group is None:
            group = self._create_target_group(wanted, port, name, targets)
            self._elb.create_listener(
                LoadBalancerArn=arn,
                Protocol=port.protocol,
                Port=port.listener,
                DefaultActions=[{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}],
                Tags=tag_list(wanted.tags),
            )
        self._register(group["TargetGroupArn"], targets)

    def _create_target_group(
        self, wanted: LoadBalancer, port: Port, name: str, targets: Sequence[Target]
    ) -> Mapping[str, Any]:
        check = wanted.health_check
        options: dict[str, Any] = {
            "HealthCheckProtocol": check.get("protocol", "tcp").upper(),
            "HealthCheckPort": check.get("port", "traffic-port"),
        }
        if "path" in check:
            options["HealthCheckPath"] = check["path"]
        for annotation, name_in_api in (
            ("interval", "HealthCheckIntervalSeconds"),
            ("timeout", "HealthCheckTimeoutSeconds"),
            ("healthy-threshold", "HealthyThresholdCount"),
            ("unhealthy-threshold", "UnhealthyThresholdCount"),
        ):
            if annotation in check:
                options[name_in_api] = int(check[annotation])
        group: Mapping[str, Any] = self._elb.create_target_group(
            Name=name,
            Protocol=port.protocol,
            # For IP targets the group's own port says nothing; each target has its own.
            Port=next((target.port for target in targets), 1),
            VpcId=self._vpc_id,
            TargetType=wanted.target_type,
            Tags=tag_list({**wanted.tags, RESOURCE_TAG: f"TargetGroup/{port.listener}"}),
            **options,
        )["TargetGroups"][0]
        if wanted.target_group_attributes:
            self._elb.modify_target_group_attributes(
                TargetGroupArn=group["TargetGroupArn"],
                Attributes=tag_list(wanted.target_group_attributes),
            )
        return group

    def _register(self, arn: str, targets: Sequence[Target]) -> None:
        health = self._elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        present = {(entry["Target"]["Id"], entry["Target"]["Port"]) for entry in health}
        wanted = {(target.address, target.port) for target in targets}
        for call, pairs in (
            (self._elb.register_targets, wanted - present),
            (self._elb.deregister_targets, present - wanted),
        ):
            if pairs:
                call(
                    TargetGroupArn=arn,
                    Targets=[{"Id": address, "Port": port} for address, port in sorted(pairs)],
                )

    def _tagged(self, stack: str) -> Sequence[Mapping[str, Any]]:
        return [
            balancer
            for balancer, tags in self._with_tags()
            if tags.get(STACK_TAG) == stack and tags.get(CLUSTER_TAG) == self._cluster_name
        ]

    def _of_cluster(self) -> bool:
        return any(tags.get(CLUSTER_TAG) == self._cluster_name for _, tags in self._with_tags())

    def _with_tags(self) -> Iterable[tuple[Mapping[str, Any], Mapping[str, str]]]:
        balancers = self._elb.describe_load_balancers()["LoadBalancers"]
        arns = [balancer["LoadBalancerArn"] for balancer in balancers]
        if not arns:
            return
        answers = self._elb.describe_tags(ResourceArns=arns)["TagDescriptions"]
        by_arn = {
            answer["ResourceArn"]: {tag["Key"]: tag["Value"] for tag in answer["Tags"]}
            for answer in answers
        }
        for balancer in balancers:
            yield balancer, by_arn[balancer["LoadBalancerArn"]]
