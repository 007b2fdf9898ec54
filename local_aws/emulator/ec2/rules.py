"""Security groups and the rules that stand beside them as resources of their own."""

from __future__ import annotations

from typing import Any

from local_aws.emulator import network
from local_aws.emulator.internals import (
    EC2,
    PROVISIONERS,
    Function,
    account,
    region,
    replace,
)
from local_aws.emulator.network import Record
from local_aws.emulator.registry import Request, Resource, ResourceType
from local_aws.emulator.replies import HandlerError, call
from local_aws.emulator.schemas import Properties

Rule = dict[str, Any]

OWN_RESOURCES: set[str] = set()
"""The ids of the rules that are resources of their own."""


class SecurityGroup(ResourceType):
    """AWS::EC2::SecurityGroup."""

    name = "AWS::EC2::SecurityGroup"
    readable = frozenset(
        {
            *("GroupName", "GroupDescription", "VpcId", "Tags"),
            *("SecurityGroupIngress", "SecurityGroupEgress"),
        }
    )

    def create(self, request: Request) -> Resource:
        """Make a group with the rules of the template."""
        properties = request.properties
        vpc_id = properties.get("VpcId", "")
        if vpc_id not in EC2.vpcs:
            raise HandlerError(f"The vpc ID '{vpc_id}' does not exist", service="Ec2", status=404)
        name = request.physical_name("GroupName", longest=255)
        if any(one["GroupName"] == name and one["VpcId"] == vpc_id for one in _groups()):
            raise HandlerError(
                f"The security group '{name}' already exists for VPC '{vpc_id}'",
                service="Ec2",
                status=409,
            )
        rules = _ingress(properties), _egress(properties)
        _require_groups([*rules[0], *rules[1]])
        group_id = EC2.new_sg_id()
        EC2.security_groups[group_id] = {
            "GroupId": group_id,
            "GroupName": name,
            "Description": properties["GroupDescription"],
            "VpcId": vpc_id,
            "OwnerId": account(),
            "IpPermissions": rules[0],
            "IpPermissionsEgress": rules[1],
        }
        network.apply_tags(group_id, properties, {})
        return self._resource(EC2.security_groups[group_id])

    def update(self, physical_id: str, request: Request) -> Resource:
        """Swap the template's rules and tags; what was added from elsewhere stays."""
        group = _group(physical_id)
        new, old = request.properties, request.previous
        _require_groups([*_ingress(new), *_egress(new)])
        for store, rules in (("IpPermissions", _ingress), ("IpPermissionsEgress", _egress)):
            PROVISIONERS.ec2_sg_reconcile(group[store], rules(old), rules(new))
        network.apply_tags(physical_id, new, old)
        return self._resource(group)

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002
        """Remove the group, unless something still uses it."""
        if physical_id in EC2.security_groups:
            call("Ec2", EC2.delete_security_group, {"GroupId": [physical_id]})
            EC2.tags.pop(physical_id, None)

    def read(self, physical_id: str, properties: Properties) -> Properties | None:
        """Return the group, its rules and tags."""
        group = EC2.security_groups.get(physical_id)
        if group is None:
            return None
        return {
            "GroupName": group["GroupName"],
            "GroupDescription": group["Description"],
            "VpcId": group["VpcId"],
            "Tags": network.tags(physical_id),
            "SecurityGroupIngress": _as_in_template(
                group["IpPermissions"], properties.get("SecurityGroupIngress")
            ),
            "SecurityGroupEgress": _as_in_template(
                group["IpPermissionsEgress"], properties.get("SecurityGroupEgress")
            ),
        }

    @staticmethod
    def _resource(group: Record) -> Resource:
        arn = f"arn:aws:ec2:{region()}:{account()}:security-group/{group['GroupId']}"
        return Resource(
            physical_id=group["GroupId"],
            attributes={
                "GroupId": group["GroupId"],
                "Id": group["GroupId"],
                "VpcId": group["VpcId"],
                "Arn": arn,
            },
        )


class SecurityGroupRule(ResourceType):
    """A rule beside its group; `store` is the list of the group's record that holds it."""

    store: str

    def create(self, request: Request) -> Resource:
        """Add a rule that the group doesn't have."""
        group = _group(str(request.properties.get("GroupId")))
        (rule,) = _rules([request.properties])
        _require_groups([rule])
        if any(EC2.rules_match(rule, other) for other in group[self.store]):
            raise HandlerError("the specified rule already exists", service="Ec2", status=409)
        rule["SecurityGroupRuleId"] = network.new_id("sgr")
        OWN_RESOURCES.add(rule["SecurityGroupRuleId"])
        group[self.store].append(rule)
        return self._resource(rule["SecurityGroupRuleId"])

    def update(self, physical_id: str, request: Request) -> Resource:
        """Change the description, the only property that doesn't replace."""
        group = _group(str(request.properties.get("GroupId")))
        (rule,) = _rules([request.properties])
        rule["SecurityGroupRuleId"] = physical_id
        group[self.store] = [
            rule if _is(other, physical_id) else other for other in group[self.store]
        ]
        return self._resource(physical_id)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Remove the rule; a group that is gone took it along."""
        OWN_RESOURCES.discard(physical_id)
        group = EC2.security_groups.get(properties.get("GroupId"))
        if group is not None:
            group[self.store] = [one for one in group[self.store] if not _is(one, physical_id)]

    def read(self, physical_id: str, properties: Properties) -> Properties | None:
        """Tell whether the rule is still there."""
        group = EC2.security_groups.get(properties.get("GroupId"), {})
        return {} if any(_is(one, physical_id) for one in group.get(self.store, ())) else None

    @staticmethod
    def _resource(rule_id: str) -> Resource:
        return Resource(physical_id=rule_id, attributes={"Id": rule_id})


class IngressRule(SecurityGroupRule):
    """AWS::EC2::SecurityGroupIngress."""

    name = "AWS::EC2::SecurityGroupIngress"
    store = "IpPermissions"


class EgressRule(SecurityGroupRule):
    """AWS::EC2::SecurityGroupEgress."""

    name = "AWS::EC2::SecurityGroupEgress"
    store = "IpPermissionsEgress"


def install() -> None:
    """Let a rule that names a group be revoked by that group alone."""
    # MiniStack compares the pair's description and owner, too, so such a rule was never found.
    replace("_strip_descriptions", _without_pairs_details, "services.ec2")


def _without_pairs_details(original: Function) -> Function:
    def strip(rule: Rule) -> Rule:
        bare: Rule = original(rule)
        pairs = [{"GroupId": pair.get("GroupId")} for pair in bare.get("UserIdGroupPairs", [])]
        return {**bare, "UserIdGroupPairs": pairs}

    return strip


def _groups() -> list[Record]:
    return list(EC2.security_groups.values())


def _group(group_id: str) -> Record:
    group: Record | None = EC2.security_groups.get(group_id)
    if group is None:
        raise _no_group(group_id)
    return group


def _no_group(group_id: str) -> HandlerError:
    return HandlerError(
        f"The security group '{group_id}' does not exist", service="Ec2", status=404
    )


def _require_groups(rules: list[Rule]) -> None:
    for rule in rules:
        for pair in rule["UserIdGroupPairs"]:
            if pair.get("GroupId") and pair["GroupId"] not in EC2.security_groups:
                raise _no_group(pair["GroupId"])


def _rules(properties: object) -> list[Rule]:
    rules: list[Rule] = PROVISIONERS.ec2_sg_permissions(properties)
    return rules


def _ingress(properties: Properties) -> list[Rule]:
    return _rules(properties.get("SecurityGroupIngress"))


def _egress(properties: Properties) -> list[Rule]:
    """Return the template's rules; a group without any lets everything out."""
    rules: list[Rule] = PROVISIONERS.ec2_sg_egress_permissions(
        properties.get("SecurityGroupEgress")
    )
    return rules


def _is(rule: Rule, rule_id: str) -> bool:
    return bool(rule.get("SecurityGroupRuleId") == rule_id)


def _as_in_template(rules: list[Rule], declared: list[Rule] | None) -> list[Rule] | None:
    """Return a group's rules in the template's words: the declared ones as they stand there.

    Rules that are resources of their own belong to those resources.
    """
    if declared is None:
        return None
    words = [(spelled, *_rules([spelled])) for spelled in declared]
    return [
        next((spelled for spelled, known in words if EC2.rules_match(known, rule)), rule)
        for rule in rules
        if rule.get("SecurityGroupRuleId") not in OWN_RESOURCES
    ]
