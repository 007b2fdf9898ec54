"""Whether the account's quotas cover what the plan needs, on top of what others use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from capacity.needs import Need, vcpu_need
from preflight.account import Account
from preflight.row import Row, judged
from preflight.target import Target


def quota(account: Account, target: Target, *, need: Need) -> Iterator[Row]:
    """Compare a quota with its need; it fails for the desired nodes, and warns for an update or growth."""
    each = need.quota
    value, known = _value(account, need)
    others = _others(account, target, each.need)
    taken, most = others or 0, max(need.update, need.most)
    words = [f"{need.steady:,}", f"{need.update:,} in an update", f"{need.most:,} at most"]
    del words[1 if need.steady == most else 3 :]
    found = f"{value:,}{'' if known else ' by default'}; needs {', '.join(words)}"
    found += "; current usage is unknown" if others is None else f"; others use {taken:,}"
    yield judged(
        each.name,
        found,
        fails=need.steady > value - taken,
        warns=most > value - taken,
        run=f"aws service-quotas request-service-quota-increase --service-code {each.service} "
        f"--quota-code {each.code} --desired-value {most + taken} --region {target.region}",
    )


def _value(account: Account, need: Need) -> tuple[int, bool]:
    """Return the account's quota, and whether AWS reported it."""
    if need.quota.service == "lambda":
        # A new account has less than Service Quotas reports.
        limit = account.ask("lambda", "get_account_settings")["AccountLimit"]
        return int(limit["UnreservedConcurrentExecutions"]), True
    asked = {"ServiceCode": need.quota.service}
    listed = account.ask("service-quotas", "list_service_quotas", asked)
    applied = {each["QuotaCode"]: each["Value"] for each in listed["Quotas"]}
    value = applied.get(need.quota.code)
    return (need.quota.default, False) if value is None else (int(value), True)


def _others(account: Account, target: Target, need: str) -> int | None:
    """Return what others use of a quota; None for Fargate, whose usage AWS doesn't report."""
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
        case _:  # all node groups of a cluster are in its own stack
            return 0
    return len(_foreign(account, target, answer))


def _foreign(
    account: Account, target: Target, found: list[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Return what doesn't belong to the environment and isn't in its VPC."""
    vpcs = account.ask("ec2", "describe_vpcs")["Vpcs"]
    own = {vpc["VpcId"] for vpc in vpcs if target.owns(vpc)}
    return [each for each in found if each.get("VpcId") not in own and not target.owns(each)]


def _vcpus(account: Account, target: Target, need: str) -> int:
    """Return the vCPUs of other running instances that count against a quota."""
    running = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    answer = account.ask("ec2", "describe_instances", {"Filters": running})["Reservations"]
    total = 0
    for each in (each for group in answer for each in group["Instances"]):
        spot, cpu = each.get("InstanceLifecycle") == "spot", each.get("CpuOptions", {})
        if need == vcpu_need(each["InstanceType"], spot=spot) and not target.owns(each):
            total += cpu.get("CoreCount", 0) * cpu.get("ThreadsPerCore", 1)
    return total


def _nat_gateways(account: Account, target: Target) -> int:
    """Return the most NAT gateways of others in any zone that the environment uses."""
    states = [{"Name": "state", "Values": ["pending", "available"]}]
    answer = account.ask("ec2", "describe_nat_gateways", {"Filters": states})["NatGateways"]
    subnets = account.ask("ec2", "describe_subnets")["Subnets"]
    zones = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in subnets}
    taken = Counter(
        zones.get(each.get("SubnetId", "")) for each in _foreign(account, target, answer)
    )
    return max((taken[zone] for zone in target.inputs.nat_zones), default=0) if target.inputs else 0
