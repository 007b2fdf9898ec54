"""Security groups and the rules that stand beside them as resources of their own."""

from __future__ import annotations

from typing import Any

from local_aws.emulator import network
from local_aws.emulator.ec2.engine import Hooks, require
from local_aws.emulator.internals import EC2, PROVISIONERS, Function, patch
from local_aws.emulator.registry import Request
from local_aws.emulator.replies import Record, deny
from local_aws.emulator.schemas import Properties
from local_aws.emulator.stacks import physical_name

Rule = dict[str, Any]

STORES = {"SecurityGroupIngress": "IpPermissions", "SecurityGroupEgress": "IpPermissionsEgress"}

OWN_RESOURCES: set[str] = set()
"""The ids of the rules that are resources of their own."""


def _create_group(request: Request) -> str:
    """Make a group under a name that CloudFormation makes up where the template has none."""
    properties, vpc_id = request.properties, request.properties["VpcId"]
    name = properties.get("GroupName") or physical_name(request, longest=255)
    taken = [(one["GroupName"], one["VpcId"]) for one in EC2.security_groups.values()]
    words = f"The security group '{name}' already exists for VPC '{vpc_id}'"
    deny((name, vpc_id) in taken, "InvalidGroup.Duplicate", words)
    rules = {store: _declared(kind, properties) for kind, store in STORES.items()}
    for each in rules.values():
        _require_groups(each)
    group_id = network.new_group(name, vpc_id, properties["GroupDescription"])
    EC2.security_groups[group_id].update(rules)
    PROVISIONERS.ec2_apply_tags(group_id, properties, {})
    return group_id


def _update_group(group_id: str, request: Request) -> None:
    """Swap the template's rules and tags; what was added from elsewhere stays."""
    new, old = request.properties, request.previous
    for kind, store in STORES.items():
        _require_groups(_declared(kind, new))
        rules = EC2.security_groups[group_id][store]
        PROVISIONERS.ec2_sg_reconcile(rules, _declared(kind, old), _declared(kind, new))
    PROVISIONERS.ec2_apply_tags(group_id, new, old)


def _read_group(record: Record, properties: Properties) -> Properties:
    """Return the rules in the template's words."""
    rules = {
        kind: _as_in_template(record[store], properties.get(kind)) for kind, store in STORES.items()
    }
    return {"GroupDescription": record["Description"], **rules}


def _hooks(store: str) -> Hooks:
    """Return how a rule beside its group lives; `store` is the list of the group's record."""

    def find(rule_id: str, properties: Properties) -> Rule | None:
        rules = EC2.security_groups.get(properties["GroupId"], {}).get(store, [])
        return next((one for one in rules if one.get("SecurityGroupRuleId") == rule_id), None)

    def create(request: Request) -> str:
        rules = EC2.security_groups[request.properties["GroupId"]][store]
        (rule,) = _rules([request.properties])
        _require_groups([rule])
        known = any(EC2.rules_match(rule, other) for other in rules)
        deny(known, "InvalidPermission.Duplicate", "the specified rule already exists")
        rule_id = network.new_id("sgr")
        OWN_RESOURCES.add(rule_id)
        rules.append({**rule, "SecurityGroupRuleId": rule_id})
        return rule_id

    def change(record: Rule, properties: Properties) -> None:
        """Change the description, the only property that doesn't replace."""
        record.update(_rules([properties])[0])

    def delete(record: Rule, properties: Properties) -> None:
        OWN_RESOURCES.discard(record["SecurityGroupRuleId"])
        EC2.security_groups[properties["GroupId"]][store].remove(record)

    return Hooks(find=find, create=create, complete=change, delete=delete)


@patch("services.ec2", "_strip_descriptions")
def _strip_descriptions(original: Function, rule: Rule) -> Rule:
    """Let a rule that names a group be revoked by that group alone.

    MiniStack compares the pair's description and owner, too, so such a rule was never found.
    """
    bare: Rule = original(rule)
    pairs = [{"GroupId": pair.get("GroupId")} for pair in bare.get("UserIdGroupPairs", [])]
    return {**bare, "UserIdGroupPairs": pairs}


def _require_groups(rules: list[Rule]) -> None:
    for rule in rules:
        for pair in rule["UserIdGroupPairs"]:
            if pair.get("GroupId"):
                require("security_groups", "security group", pair["GroupId"])


def _rules(properties: object) -> list[Rule]:
    rules: list[Rule] = PROVISIONERS.ec2_sg_permissions(properties)
    return rules


def _declared(kind: str, properties: Properties) -> list[Rule]:
    """Return the template's rules; a group without any for egress lets everything out."""
    egress = kind == "SecurityGroupEgress"
    read = PROVISIONERS.ec2_sg_egress_permissions if egress else PROVISIONERS.ec2_sg_permissions
    rules: list[Rule] = read(properties.get(kind))
    return rules


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
    "AWS::EC2::SecurityGroup": Hooks(create=_create_group, update=_update_group, read=_read_group),
    "AWS::EC2::SecurityGroupIngress": _hooks("IpPermissions"),
    "AWS::EC2::SecurityGroupEgress": _hooks("IpPermissionsEgress"),
}
