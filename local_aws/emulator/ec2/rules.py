"""Security groups and the rules that stand beside them as resources of their own."""

from __future__ import annotations

from typing import Any

from local_aws.emulator import network
from local_aws.emulator.ec2.types import Ec2Type
from local_aws.emulator.internals import EC2, PROVISIONERS, Function, patch
from local_aws.emulator.registry import Request, ResourceType
from local_aws.emulator.replies import HandlerError, Record, refused
from local_aws.emulator.schemas import Properties
from local_aws.emulator.stacks import physical_name

Rule = dict[str, Any]

STORES = {"SecurityGroupIngress": "IpPermissions", "SecurityGroupEgress": "IpPermissionsEgress"}

OWN_RESOURCES: set[str] = set()
"""The ids of the rules that are resources of their own."""


class SecurityGroup(Ec2Type):
    """A group with the rules of its template."""

    def create(self, request: Request) -> str:
        """Make up a name, as CloudFormation does where the template has none."""
        name = request.properties.get("GroupName") or physical_name(request, longest=255)
        named = {**request.properties, "GroupName": name}
        return super().create(
            Request(stack=request.stack, logical_id=request.logical_id, properties=named)
        )

    def check(self, properties: Properties) -> None:
        """Refuse a name that is taken and rules that name nothing."""
        name, vpc_id = properties["GroupName"], properties["VpcId"]
        if any(
            (one["GroupName"], one["VpcId"]) == (name, vpc_id)
            for one in EC2.security_groups.values()
        ):
            words = f"The security group '{name}' already exists for VPC '{vpc_id}'"
            raise refused("InvalidGroup.Duplicate", words, status=409)
        for kind in STORES:
            _require_groups(_declared(kind, properties))

    def update(self, physical_id: str, request: Request) -> None:
        """Swap the template's rules and tags; what was added from elsewhere stays."""
        group = _group(physical_id)
        new, old = request.properties, request.previous
        for kind, store in STORES.items():
            _require_groups(_declared(kind, new))
            PROVISIONERS.ec2_sg_reconcile(group[store], _declared(kind, old), _declared(kind, new))
        network.apply_tags(physical_id, new, old)

    def read(self, record: Record, properties: Properties) -> Properties:
        """Return the group, its rules in the template's words, and its tags."""
        rules = {
            kind: _as_in_template(record[store], properties.get(kind))
            for kind, store in STORES.items()
        }
        described = {"GroupDescription": record["Description"]}
        return {**super().read(record, properties), **described, **rules}


class SecurityGroupRule(ResourceType):
    """A rule beside its group; `rules` of its row names the list of the group's record."""

    def find(self, physical_id: str, properties: Properties) -> Record | None:
        """Return the rule while its group has it."""
        rules = EC2.security_groups.get(properties.get("GroupId"), {}).get(self.row["rules"], [])
        return next((one for one in rules if _is(one, physical_id)), None)

    def create(self, request: Request) -> str:
        """Add a rule that the group doesn't have."""
        rules = _group(str(request.properties.get("GroupId")))[self.row["rules"]]
        (rule,) = _rules([request.properties])
        _require_groups([rule])
        if any(EC2.rules_match(rule, other) for other in rules):
            words = "the specified rule already exists"
            raise refused("InvalidPermission.Duplicate", words, status=409)
        rule["SecurityGroupRuleId"] = network.new_id("sgr")
        OWN_RESOURCES.add(rule["SecurityGroupRuleId"])
        rules.append(rule)
        return str(rule["SecurityGroupRuleId"])

    def update(self, physical_id: str, request: Request) -> None:
        """Change the description, the only property that doesn't replace."""
        found = self.find(physical_id, request.properties)
        if found is not None:
            (rule,) = _rules([request.properties])
            found.update(rule)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Remove the rule; a group that is gone took it along."""
        OWN_RESOURCES.discard(physical_id)
        found = self.find(physical_id, properties)
        if found is not None:
            EC2.security_groups[properties["GroupId"]][self.row["rules"]].remove(found)

    def read(self, record: Record, properties: Properties) -> Properties:  # noqa: ARG002
        """Only whether it is there."""
        return {}


@patch("services.ec2", "_strip_descriptions")
def _strip_descriptions(original: Function, rule: Rule) -> Rule:
    """Let a rule that names a group be revoked by that group alone.

    MiniStack compares the pair's description and owner, too, so such a rule was never found.
    """
    bare: Rule = original(rule)
    pairs = [{"GroupId": pair.get("GroupId")} for pair in bare.get("UserIdGroupPairs", [])]
    return {**bare, "UserIdGroupPairs": pairs}


def _group(group_id: str) -> Record:
    group: Record | None = EC2.security_groups.get(group_id)
    if group is None:
        raise _no_group(group_id)
    return group


def _no_group(group_id: str) -> HandlerError:
    words = f"The security group '{group_id}' does not exist"
    return refused("InvalidGroup.NotFound", words, status=404)


def _require_groups(rules: list[Rule]) -> None:
    for rule in rules:
        for pair in rule["UserIdGroupPairs"]:
            if pair.get("GroupId") and pair["GroupId"] not in EC2.security_groups:
                raise _no_group(pair["GroupId"])


def _rules(properties: object) -> list[Rule]:
    rules: list[Rule] = PROVISIONERS.ec2_sg_permissions(properties)
    return rules


def _declared(kind: str, properties: Properties) -> list[Rule]:
    """Return the template's rules; a group without any for egress lets everything out."""
    egress = kind == "SecurityGroupEgress"
    read = PROVISIONERS.ec2_sg_egress_permissions if egress else PROVISIONERS.ec2_sg_permissions
    rules: list[Rule] = read(properties.get(kind))
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


TYPES = {
    "AWS::EC2::SecurityGroup": SecurityGroup,
    "AWS::EC2::SecurityGroupIngress": SecurityGroupRule,
    "AWS::EC2::SecurityGroupEgress": SecurityGroupRule,
}
