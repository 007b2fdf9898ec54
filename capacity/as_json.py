"""A plan as plain values, for programs."""

from __future__ import annotations

from typing import Any

from capacity.growth import Growth
from capacity.plan import Plan
from capacity.subnet_plan import SubnetPlan


def as_json(plan: Plan, growth: Growth) -> dict[str, Any]:
    """Return a plan and how far it can grow, every number under a name that stays."""
    return {
        "fits": plan.fits,
        "pods": plan.pods,
        "fargate_pods": plan.fargate_pods,
        "platform_pods": plan.platform_pods,
        "pods_left": plan.pods_left,
        "pods_left_by_place": {kind or "nodes": count for kind, count in plan.left.items()},
        "workloads": {each.name: each.pods for each in plan.workloads},
        "subnets": [_subnet(each) for each in plan.subnets],
        "node_groups": [
            {
                "name": group.name,
                "instance_types": list(group.instance_types),
                "desired": group.desired,
                "maximum": group.maximum,
                "surge": group.surge,
                "pods_per_node": group.limit.pods,
                "limit": group.limit.reason,
                "branch_interfaces": group.branch_interfaces,
                "pods": group.pods,
            }
            for group in plan.groups
        ],
        "network_address_usage": {
            "steady": plan.usage.steady,
            "worst": plan.usage.worst,
            "default_quota": plan.usage.default_quota,
            "highest_quota": plan.usage.highest_quota,
        },
        "quotas": [
            {
                "name": need.quota.name,
                "service_code": need.quota.service,
                "quota_code": need.quota.code,
                "steady": need.steady,
                "update": need.update,
                "most": need.most,
                "default": need.quota.default,
                "new_account": need.quota.lowest,
            }
            for need in plan.needs
        ],
        "growth": {
            "unit": growth.unit,
            "desired": growth.desired,
            "maximum": growth.maximum,
            "first": growth.first.name,
            "second_cluster": growth.second_cluster.name,
            "limits": [vars(limit) for limit in growth.limits],
        },
    }


def _subnet(plan: SubnetPlan) -> dict[str, Any]:
    return {
        "name": plan.subnet.name,
        "zone": plan.subnet.zone,
        "tiers": sorted(plan.subnet.tiers),
        "prefix_length": plan.subnet.prefix_length,
        "addresses": plan.subnet.usable,
        "steady": plan.steady,
        "worst": plan.worst,
        "free": plan.free,
        "used_percent": plan.used_percent,
        "runs_out_first": plan.binds,
        "blocks": None if plan.blocks is None else vars(plan.blocks),
        "items": [
            {
                "what": item.what,
                "count": item.count,
                "steady": item.steady.total,
                "worst": item.worst.total,
            }
            for item in plan.items
        ],
    }
