"""IAM entities that must exist: principals, service-linked roles, managed policies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assembly import kinds
from kube.values import dicts, several
from preflight.account import Account
from preflight.row import Row, judged
from preflight.target import Target

DELETED = re.compile("A(RO|ID)A[A-Z0-9]{12,}")
"""The id that replaces a deleted role or user in a trust policy (IAM user guide, "AWS JSON policy
elements: Principal")."""
SERVICE_LINKED = {
    "AmazonEKS": "eks.amazonaws.com",
    "AmazonEKSNodegroup": "eks-nodegroup.amazonaws.com",
    "AmazonEKSForFargate": "eks-fargate.amazonaws.com",
    "AutoScaling": "autoscaling.amazonaws.com",
    "EC2Spot": "spot.amazonaws.com",
    "ElasticLoadBalancing": "elasticloadbalancing.amazonaws.com",
}
"""The services of the AWSServiceRoleFor… roles."""
KARPENTER = (
    "; Karpenter is not, and gets no Spot Instances before AWSServiceRoleForEC2Spot is there"
)
"""karpenter-provider-aws, pkg/errors/errors.go, SpotSLRCreationFailed."""


def principals(account: Account, target: Target) -> Iterator[Row]:
    """Check that each principal with access exists, and that those that it trusts do."""
    for arn in target.principals:
        owner, _, resource = arn.partition(":iam::")[2].partition(":")
        kind, name = resource.partition("/")[0], resource.rpartition("/")[2]
        if owner != target.account or kind not in {"role", "user"}:
            yield Row(
                f"principal {name}", "warns", f"{arn} is in another account and was not checked"
            )
            continue
        key = kind.capitalize()
        answer = account.ask("iam", f"get_{kind}", {f"{key}Name": name}).get(key, {})
        actual = answer.get("Arn", "missing")
        lost = [
            each
            for statement in dicts(answer, "AssumeRolePolicyDocument", "Statement")
            for each in several(statement, "Principal", "AWS")
            if isinstance(each, str) and DELETED.fullmatch(each)
        ]
        yield judged(
            f"principal {name}",
            f"{arn} is {actual}"
            if actual != arn
            else f"trusts {', '.join(lost)}, which was deleted"
            if lost
            else "exists",
            fails=actual != arn,
            warns=lost,
            run=f"fix its trust policy: aws iam get-role --role-name {name}"
            if lost
            else "create it first, or change `access` in the environment",
        )


def service_linked_roles(account: Account, target: Target) -> Iterator[Row]:
    """Check the roles that AWS creates at first use, if the caller is allowed to create them."""
    groups = target.inputs.groups if target.inputs else ()
    nodes = bool(target.all_of(kinds.NODE_GROUP))
    needed = {
        "AmazonEKS": bool(target.all_of(kinds.CLUSTER)),
        "AmazonEKSNodegroup": nodes,
        "AmazonEKSForFargate": bool(target.all_of(kinds.PROFILE)),
        "AutoScaling": nodes or bool(target.all_of("AWS::AutoScaling::AutoScalingGroup")),
        "EC2Spot": any(group.spot for group in groups),
        "ElasticLoadBalancing": bool(target.inputs and target.inputs.load_balancers),
    }
    lacking = [
        name
        for name in (name for name, wanted in needed.items() if wanted)
        if not account.ask("iam", "get_role", {"RoleName": f"AWSServiceRoleFor{name}"})
    ]
    listing = ", ".join(f"AWSServiceRoleFor{name}" for name in lacking)
    karpenter = "EC2Spot" in lacking and "karpenter" in target.names(kinds.CHART, "Chart")
    yield judged(
        "service-linked roles",
        f"{listing}: AWS creates them at first use if CloudFormation's role is "
        "allowed iam:CreateServiceLinkedRole, for example by AdministratorAccess"
        + (KARPENTER if karpenter else "")
        if lacking
        else "all exist",
        warns=lacking,
        run="aws iam create-service-linked-role --aws-service-name NAME, once for each of: "
        + ", ".join(SERVICE_LINKED[name] for name in lacking),
    )


def managed_policies(account: Account, target: Target) -> Iterator[Row]:
    """Check that every managed policy of a role exists."""
    arns = target.managed_policies
    lost = [arn for arn in arns if not account.ask("iam", "get_policy", {"PolicyArn": arn})]
    found = f"not found: {', '.join(lost)}" if lost else f"all {len(arns)} exist"
    run = "create them first, or use others"
    yield judged("managed policies", found, fails=lost, run=run)
