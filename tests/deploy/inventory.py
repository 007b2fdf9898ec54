"""Everything that an emulated account holds, as plain data to compare."""

from __future__ import annotations

from typing import Any

from tests.deploy.emulated import Emulated

VOLATILE = frozenset(
    {"modifiedAt", "ModifiedAt", "LastModified", "LastUpdatedTimestamp", "RevisionId"}
)
"""What an update and its way back may leave different: when it was."""

KINDS = (
    *("configmaps", "services", "serviceaccounts", "deployments"),
    *("poddisruptionbudgets", "networkpolicies", "storageclasses", "clusterroles"),
    *("clusterrolebindings", "rolebindings", "namespaces"),
)


def inventory(account: Emulated) -> dict[str, Any]:
    """Return AWS's and Kubernetes' view of the account, without times and revisions."""
    return {
        **{f"aws {name}": found for name, found in _aws(account).items()},
        **{f"kubernetes {kind}": _objects(account, kind) for kind in KINDS},
    }


def stacks(account: Emulated) -> dict[str, dict[str, str]]:
    """Return the physical id of every resource of every stack."""
    cloudformation = account.client("cloudformation")
    return {
        stack["StackName"]: {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for resource in cloudformation.describe_stack_resources(StackName=stack["StackName"])[
                "StackResources"
            ]
        }
        for stack in cloudformation.describe_stacks()["Stacks"]
    }


def _aws(account: Emulated) -> dict[str, Any]:
    ec2, elb, iam = (account.client(name) for name in ("ec2", "elbv2", "iam"))
    found: dict[str, Any] = {
        "stacks": stacks(account),
        "cluster": cluster(account.client("eks"), account.config.cluster.name),
        "roles": {
            role["RoleName"]: {
                "trust": role["AssumeRolePolicyDocument"],
                "inline": {
                    name: iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)[
                        "PolicyDocument"
                    ]
                    for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
                },
                "attached": iam.list_attached_role_policies(RoleName=role["RoleName"])[
                    "AttachedPolicies"
                ],
            }
            for role in iam.list_roles()["Roles"]
        },
        "load balancers": elb.describe_load_balancers()["LoadBalancers"],
        "target groups": elb.describe_target_groups()["TargetGroups"],
    }
    for call, key in (
        ("describe_vpcs", "Vpcs"),
        ("describe_subnets", "Subnets"),
        ("describe_route_tables", "RouteTables"),
        ("describe_security_groups", "SecurityGroups"),
        ("describe_nat_gateways", "NatGateways"),
        ("describe_vpc_endpoints", "VpcEndpoints"),
        ("describe_launch_templates", "LaunchTemplates"),
        ("describe_flow_logs", "FlowLogs"),
    ):
        found[key] = getattr(ec2, call)()[key]
    return {name: _still(value) for name, value in found.items()}


def cluster(eks: Any, name: str) -> dict[str, Any]:  # noqa: ANN401  # boto3 makes its classes at run time
    """Return all that EKS says of a cluster but its times; nothing of one that isn't there."""
    if name not in eks.list_clusters()["clusters"]:
        return {}
    entries = eks.list_access_entries(clusterName=name)["accessEntries"]
    found = {
        "cluster": eks.describe_cluster(name=name)["cluster"],
        "node groups": [
            eks.describe_nodegroup(clusterName=name, nodegroupName=group)["nodegroup"]
            for group in eks.list_nodegroups(clusterName=name)["nodegroups"]
        ],
        "Fargate profiles": [
            eks.describe_fargate_profile(clusterName=name, fargateProfileName=profile)[
                "fargateProfile"
            ]
            for profile in eks.list_fargate_profiles(clusterName=name)["fargateProfileNames"]
        ],
        "add-ons": [
            eks.describe_addon(clusterName=name, addonName=add_on)["addon"]
            for add_on in eks.list_addons(clusterName=name)["addons"]
        ],
        "access entries": {
            arn: [
                eks.describe_access_entry(clusterName=name, principalArn=arn)["accessEntry"],
                eks.list_associated_access_policies(clusterName=name, principalArn=arn)[
                    "associatedAccessPolicies"
                ],
            ]
            for arn in entries
        },
        "associations": eks.list_pod_identity_associations(clusterName=name)["associations"],
    }
    return {key: _still(value) for key, value in found.items()}


def _objects(account: Emulated, kind: str) -> dict[str, Any]:
    return {
        f"{item['metadata'].get('namespace', '')}/{item['metadata']['name']}": {
            key: value for key, value in item.items() if key not in {"metadata", "status"}
        }
        for item in account.objects(kind)
    }


def _still(value: Any) -> Any:  # noqa: ANN401  # any answer of an API
    """Return an answer without what differs from one look to the next."""
    if isinstance(value, dict):
        return {key: _still(item) for key, item in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return [_still(item) for item in value]
    return value
