"""Tell whether the pods of an environment fit: `make plan`.

Needs neither CDK nor AWS.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

import environments
from capacity.growth import Growth
from capacity.plan import Plan, SubnetPlan
from constructs_lib.specs.base import ConfigurationError
from environments.capacity_plan import growth_of, plan_of
from environments.model import EnvironmentConfig
from tools.plan_text import growth_lines, plan_lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the plan of the environments named, of all without a name."""
    parser = argparse.ArgumentParser(prog="make plan", description=__doc__)
    parser.add_argument("names", nargs="*", help="such as dev; all without any")
    parser.add_argument("--json", action="store_true", help="the same for programs")
    parser.add_argument("--max", action="store_true", help="how far it can grow, and what breaks")
    options = parser.parse_args(arguments)
    try:
        configs = environments.load(may_overflow=True)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    known = [config.name for config in configs]
    unknown = [name for name in options.names if name not in known]
    if unknown:
        print(
            f"No environment {', '.join(unknown)}; there are {', '.join(known)}.", file=sys.stderr
        )
        return 1
    chosen = [config for config in configs if config.name in (options.names or known)]
    if options.json:
        print(json.dumps({config.name: as_json(config) for config in chosen}, indent=2))
        return 0
    lines = growth_lines if options.max else plan_lines
    print("\n\n".join("\n".join(lines(config.name, *figures(config))) for config in chosen))
    return 0


def figures(config: EnvironmentConfig) -> tuple[Plan, Growth]:
    """Return the plan of an environment and how far it can grow."""
    return plan_of(config), growth_of(config)


def as_json(config: EnvironmentConfig) -> dict[str, Any]:
    """Return both as plain values."""
    plan, growth = figures(config)
    return {
        "fits": plan.fits,
        "pods": plan.pods,
        "fargate_pods": plan.fargate_pods,
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


if __name__ == "__main__":
    sys.exit(main())
