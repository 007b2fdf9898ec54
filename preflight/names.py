"""What already exists in the account: the stacks, and names that something else uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assembly import kinds
from preflight.account import Account
from preflight.row import Row, judged
from preflight.target import Target

FINE = (
    *("", "REVIEW_IN_PROGRESS", "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"),
    *("IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"),
)
DELETE, GO_ON = "delete-stack", "continue-update-rollback"
STUCK = {"ROLLBACK_FAILED": DELETE, "DELETE_FAILED": DELETE, "UPDATE_ROLLBACK_FAILED": GO_ON}
"""Statuses from which no deploy can continue, and the command that fixes them."""
FAILED = ("ROLLBACK_COMPLETE", "CREATE_FAILED", "UPDATE_FAILED")
"""Statuses that the next deploy resolves, unless it must delete a protected stack."""
ADVICE = {
    "cluster": "rename cluster.name, or aws eks delete-cluster --name {} --region {}",
    "log group": "export what you need, then "
    "aws logs delete-log-group --log-group-name {} --region {}",
    "role": "delete the role {}, or rename yours",
}
GONE = {"DELETE_COMPLETE", "DELETE_SKIPPED"}


def stacks(account: Account, target: Target) -> Iterator[Row]:
    """Check whether the next deploy can continue from the status of each stack."""
    for name in sorted(target.deployment.stacks):
        answer = account.ask("cloudformation", "describe_stacks", {"StackName": name})
        stack = (answer.get("Stacks") or [{}])[0]
        status, protected = stack.get("StackStatus", ""), stack.get("EnableTerminationProtection")
        place = f"--stack-name {name} --region {target.region}"
        stuck = STUCK.get(status) or (DELETE if status == FAILED[0] and protected else "")
        run = f"aws cloudformation {stuck} {place}" if stuck else "wait until this operation ends"
        if stuck == DELETE and protected:
            off = "update-termination-protection --no-enable-termination-protection"
            run = f"aws cloudformation {off} {place} && {run}"
        told = f"{status}: the last deploy failed" if status in FAILED else status
        yield judged(
            f"stack {name}",
            told or "doesn't exist yet",
            fails=stuck,
            warns=status not in FINE,
            run="" if status in FAILED and not stuck else run,
        )


def clusters(account: Account, target: Target) -> Iterator[Row]:
    """Check for clusters that already have the name."""
    taken = set(account.ask("eks", "list_clusters")["clusters"])
    yield from _free(account, target, "cluster", {name: name in taken for name in target.clusters})


def log_groups(account: Account, target: Target) -> Iterator[Row]:
    """Check for log groups that an earlier cluster or function left behind."""
    taken = {}
    for name in target.names(kinds.LOG_GROUP, "LogGroupName"):
        answer = account.ask("logs", "describe_log_groups", {"logGroupNamePrefix": name})
        taken[name] = name in {group["logGroupName"] for group in answer["logGroups"]}
    yield from _free(account, target, "log group", taken)


def roles(account: Account, target: Target) -> Iterator[Row]:
    """Check for roles that already have one of the fixed names."""
    names = target.names(kinds.ROLE, "RoleName")
    taken = {name: bool(account.ask("iam", "get_role", {"RoleName": name})) for name in names}
    yield from _free(account, target, "role", taken)


def _free(account: Account, target: Target, kind: str, taken: Mapping[str, bool]) -> Iterator[Row]:
    for name, there in taken.items():
        own = there and name in _own(account, target)
        found = "belongs to this environment" if own else "is taken by something else"
        found = found if there else "is free"
        run = ADVICE[kind].format(name, target.region)
        yield judged(f"{kind} name", f"{name} {found}", fails=there and not own, run=run)


def _own(account: Account, target: Target) -> set[str]:
    """Return the physical names of the resources that the stacks have now."""
    return {
        each.get("PhysicalResourceId", "")
        for name in target.deployment.stacks
        for each in account.ask("cloudformation", "list_stack_resources", {"StackName": name}).get(
            "StackResourceSummaries", ()
        )
        if each.get("ResourceStatus") not in GONE
    }
