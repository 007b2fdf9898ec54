"""Whether the account's quotas hold what the plan needs, beside what others have taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from capacity.instance_types import UnknownInstanceTypeError, instance_type
from capacity.needs import Need, vcpu_need
from preflight.account import Account
from preflight.row import Row, judged
from preflight.target import Target


def quota(account: Account, target: Target, *, need: Need) -> Iterator[Row]:
    """Compare one quota with its need: more than steady is missing, or an update or growth."""
    each = need.quota
    value, known = _value(account, need)
    count = COUNTS.get(each.need.partition(" ")[0])
    others = count(account, target, each.need) if count else None
    taken, most = others or 0, max(need.update, need.most)
    words = [f"{need.steady:,}", f"{need.update:,} in an update", f"{need.most:,} at most"]
    del words[1 if need.steady == most else 3 :]
    found = f"{value:,}{'' if known else ' by default'}; needs {', '.join(words)}"
    found += "; what is taken is not known" if others is None else f"; others take {taken:,}"
    yield judged(
        each.name,
        found,
        fails=need.steady > value - taken,
        warns=most > value - taken,
        run=f"aws service-quotas request-service-quota-increase --service-code {each.service} "
        f"--quota-code {each.code} --desired-value {most + taken} --region {target.region}",
    )


def _value(account: Account, need: Need) -> tuple[int, bool]:
    """Return the quota that the account has, and whether AWS said so."""
    if need.quota.service == "lambda":
        # A new account has less than what Service Quotas tells.
        limit = account.ask("lambda", "get_account_settings")["AccountLimit"]
        return int(limit["UnreservedConcurrentExecutions"]), True
    asked = {"ServiceCode": need.quota.service}
    listed = account.ask("service-quotas", "list_service_quotas", asked)
    applied = {each["QuotaCode"]: each["Value"] for each in listed["Quotas"]}
    value = applied.get(need.quota.code)
    return (need.quota.default, False) if value is None else (int(value), True)


def _others(
    account: Account, target: Target, operation: str, asked: Mapping[str, object] | None = None
) -> list[Any]:
    """Return what EC2 lists, without what belongs to the environment already."""
    answer = account.ask("ec2", operation, asked)
    return [
        each
        for found in answer.values()
        if isinstance(found, list)
        for each in found
        if not target.owns(each)
    ]


def _vcpus(account: Account, target: Target, need: str) -> int:
    """Return the vCPUs of running instances that count against a need."""
    running = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    found = account.ask("ec2", "describe_instances", {"Filters": running})["Reservations"]
    return sum(
        _vcpus_of(each)
        for group in found
        for each in group["Instances"]
        if not target.owns(each)
        and need == vcpu_need(each["InstanceType"], spot=each.get("InstanceLifecycle") == "spot")
    )


def _vcpus_of(instance: Mapping[str, Any]) -> int:
    """Return the vCPUs of its type; of one that the data lacks, what it was started with."""
    try:
        return instance_type(instance["InstanceType"]).vcpus
    except UnknownInstanceTypeError:
        options = instance.get("CpuOptions", {})
        return int(options.get("CoreCount", 0)) * int(options.get("ThreadsPerCore", 1))


def _nat_gateways(account: Account, target: Target, _need: str) -> int:
    """Return how many others' are in the fullest zone of those that the environment uses."""
    states = [{"Name": "state", "Values": ["pending", "available"]}]
    subnets = account.ask("ec2", "describe_subnets")["Subnets"]
    zones = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in subnets}
    others = _others(account, target, "describe_nat_gateways", {"Filters": states})
    taken = Counter(zones.get(each.get("SubnetId", "")) for each in others)
    return max((taken[zone] for zone in target.inputs.nat_zones), default=0) if target.inputs else 0


def _elsewhere(account: Account, target: Target, found: list[Any]) -> int:
    """Return how many are in VPCs of others."""
    others = {vpc["VpcId"] for vpc in _others(account, target, "describe_vpcs")}
    return sum(each.get("VpcId") in others for each in found)


def _interfaces(account: Account, target: Target, _need: str) -> int:
    found = account.ask("ec2", "describe_network_interfaces")["NetworkInterfaces"]
    return _elsewhere(account, target, found)


def _load_balancers(account: Account, target: Target, need: str) -> int:
    found = account.ask("elbv2", "describe_load_balancers")["LoadBalancers"]
    alike = [each for each in found if need.startswith(each.get("Type", "?"))]
    return _elsewhere(account, target, alike)


def _clusters(account: Account, target: Target, _need: str) -> int:
    return len({*account.ask("eks", "list_clusters")["clusters"]} - {*target.clusters})


COUNTS: Mapping[str, Callable[[Account, Target, str], int | None]] = {
    "on-demand": _vcpus,
    "spot": _vcpus,
    "elastic": lambda account, target, _: len(_others(account, target, "describe_addresses")),
    "nat": _nat_gateways,
    "vpcs": lambda account, target, _: len(_others(account, target, "describe_vpcs")),
    "interfaces": _interfaces,
    "network": _load_balancers,
    "application": _load_balancers,
    "clusters": _clusters,
    # A cluster has the node groups of its own stack only.
    "node": lambda _account, _target, _need: 0,
    "functions": lambda _account, _target, _need: 0,
}
"""How many others have of what a need counts, by its first word. Nothing tells Fargate's vCPUs."""
