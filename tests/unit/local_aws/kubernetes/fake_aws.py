"""What the controllers ask AWS, answered from plain values that a test changes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

SUBNETS = {
    "subnet-a": ("10.10.0.0/20", "eu-west-1a"),
    "subnet-b": ("10.10.16.0/20", "eu-west-1b"),
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

    def client(self, service: str) -> FakeAws:
        """Return the client of a service."""
        assert service in ("ec2", "eks")
        return self

    def list_nodegroups(self, **_: str) -> dict[str, Any]:
        """Return the groups' names."""
        return {"nodegroups": list(self.groups)}

    def describe_nodegroup(self, *, nodegroupName: str, **_: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """Return a group."""
        return {"nodegroup": self.groups[nodegroupName]}

    def list_fargate_profiles(self, **_: str) -> dict[str, Any]:
        """Return the profiles' names."""
        return {"fargateProfileNames": list(self.profiles)}

    def describe_fargate_profile(self, *, fargateProfileName: str, **_: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """Return a profile."""
        return {"fargateProfile": self.profiles[fargateProfileName]}

    def describe_cluster(self, **_: str) -> dict[str, Any]:
        """Return the cluster."""
        return {"cluster": {"version": "1.36"}}

    def describe_subnets(self, *, SubnetIds: list[str]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """Return subnets."""
        return {
            "Subnets": [
                {"SubnetId": one, "CidrBlock": SUBNETS[one][0], "AvailabilityZone": SUBNETS[one][1]}
                for one in SubnetIds
            ]
        }
