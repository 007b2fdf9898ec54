"""Whether the account's quotas hold what the plan needs, beside what others have taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from capacity.needs import Need, vcpu_need
from preflight.account import Account
from preflight.row import Row, judged
from preflight.target import Target


def quota(account: Account, target: Target, *, need: Need) -> Iterator[Row]:
    """Compare one quota with its need: more than steady is missing, or an update or growth."""
    each = need.quota
    value, known = _value(account, need)
    others = _others(account, target, each.need)
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


def _others(account: Account, target: Target, need: str) -> int | None:
    """Return how much of what a need counts isn't the environment's; nothing tells Fargate's vCPUs."""
    match need.partition(" "):
        case ["on-demand" | "spot", *_]:
            return _vcpus(account, target, need)
        case ["elastic", *_]:
            answer = account.ask("ec2", "describe_addresses")["Addresses"]
        case ["nat", *_]:
            return _nat_gateways(account, target)
        case ["vpcs", *_]:
            answer = account.ask("ec2", "describe_vpcs")["Vpcs"]
        case ["interfaces", *_]:
            answer = account.ask("ec2", "describe_network_interfaces")["NetworkInterfaces"]
        case ["network" | "application" as kind, *_]:
            found = account.ask("elbv2", "describe_load_balancers")["LoadBalancers"]
            answer = [each for each in found if each.get("Type") == kind]
        case ["clusters", *_]:
            return len({*account.ask("eks", "list_clusters")["clusters"]} - {*target.clusters})
        case ["fargate", *_]:
            return None
        case _:  # a cluster has the node groups of its own stack only
            return 0
    return len(_foreign(account, target, answer))


def _foreign(
    account: Account, target: Target, found: list[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Return what neither belongs to the environment nor is in its VPC."""
    vpcs = account.ask("ec2", "describe_vpcs")["Vpcs"]
    own = {vpc["VpcId"] for vpc in vpcs if target.owns(vpc)}
    return [each for each in found if each.get("VpcId") not in own and not target.owns(each)]


def _vcpus(account: Account, target: Target, need: str) -> int:
    """Return the vCPUs of running instances that count against a need."""
    running = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    answer = account.ask("ec2", "describe_instances", {"Filters": running})["Reservations"]
    total = 0
    for each in (each for group in answer for each in group["Instances"]):
        spot, cpu = each.get("InstanceLifecycle") == "spot", each.get("CpuOptions", {})
        if need == vcpu_need(each["InstanceType"], spot=spot) and not target.owns(each):
            total += cpu.get("CoreCount", 0) * cpu.get("ThreadsPerCore", 1)
    return total


def _nat_gateways(account: Account, target: Target) -> int:
    """Return how many others' are in the fullest zone of those that the environment uses."""
    states = [{"Name": "state", "Values": ["pending", "available"]}]
    answer = account.ask("ec2", "describe_nat_gateways", {"Filters": states})["NatGateways"]
    subnets = account.ask("ec2", "describe_subnets")["Subnets"]
    zones = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in subnets}
    taken = Counter(
        zones.get(each.get("SubnetId", "")) for each in _foreign(account, target, answer)
    )
    return max((taken[zone] for zone in target.inputs.nat_zones), default=0) if target.inputs else 0
