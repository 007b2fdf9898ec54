"""What the controllers ask AWS, answered from plain values that a test changes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

SUBNETS = {
    "subnet-a": {"CidrBlock": "10.10.0.0/20", "AvailabilityZone": "eu-west-1a"},
    "subnet-b": {"CidrBlock": "10.10.16.0/20", "AvailabilityZone": "eu-west-1b"},
}


def node_group(**values: object) -> dict[str, Any]:
    """Return a node group as EKS describes it."""
    return {
        "nodegroupName": "general",
        "status": "ACTIVE",
        "scalingConfig": {"minSize": 0, "desiredSize": 2, "maxSize": 4},
        "labels": {"team": "platform"},
        "taints": [],
        "instanceTypes": ["m7g.large"],
        "capacityType": "ON_DEMAND",
        "subnets": list(SUBNETS),
        "version": "1.36",
        **values,
    }


def fargate_profile(**values: object) -> dict[str, Any]:
    """Return a Fargate profile as EKS describes it."""
    return {
        "fargateProfileName": "serverless",
        "status": "ACTIVE",
        "createdAt": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "subnets": list(SUBNETS),
        "selectors": [{"namespace": "serverless*", "labels": {"tier": "api"}}],
        **values,
    }


@dataclass
class FakeAws:
    """The clients of eks and ec2 in one object."""

    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)

    def client(self, service: str) -> SimpleNamespace:
        """Return the client of a service."""
        assert service in ("ec2", "eks")
        profiles = self.profiles
        return SimpleNamespace(
            list_nodegroups=lambda **_: {"nodegroups": list(self.groups)},
            describe_nodegroup=lambda **by: {"nodegroup": self.groups[by["nodegroupName"]]},
            list_fargate_profiles=lambda **_: {"fargateProfileNames": list(profiles)},
            describe_fargate_profile=lambda **by: {
                "fargateProfile": profiles[by["fargateProfileName"]]
            },
            describe_cluster=lambda **_: {"cluster": {"version": "1.36"}},
            describe_subnets=lambda **by: {"Subnets": [SUBNETS[one] for one in by["SubnetIds"]]},
        )
