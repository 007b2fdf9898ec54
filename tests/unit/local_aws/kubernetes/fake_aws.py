"""What the controllers ask AWS, answered from plain values that a test changes."""

from __future__ import annotations

from types import SimpleNamespace

from local_aws.kubernetes.objects import Json
from tests.unit.local_aws.kubernetes.manifests import manifest


class FakeAws:
    """The clients of eks, ec2 and autoscaling in one object."""

    def __init__(self) -> None:
        """Start with a node group and a Fargate profile."""
        self.cluster: Json = {"version": "1.36"}
        self.groups: dict[str, Json] = {"general": manifest("node_group")}
        self.scaling_groups: list[Json] = []
        self.profiles: dict[str, Json] = {"serverless": manifest("fargate_profile")}

    def client(self, service: str) -> SimpleNamespace:
        """Return the client of a service."""
        assert service in ("autoscaling", "ec2", "eks")
        profiles, subnets = self.profiles, manifest("subnets")
        return SimpleNamespace(
            list_nodegroups=lambda **_: {"nodegroups": list(self.groups)},
            describe_nodegroup=lambda **by: {"nodegroup": self.groups[by["nodegroupName"]]},
            describe_auto_scaling_groups=lambda: {"AutoScalingGroups": self.scaling_groups},
            list_fargate_profiles=lambda **_: {"fargateProfileNames": list(profiles)},
            describe_fargate_profile=lambda **by: {
                "fargateProfile": profiles[by["fargateProfileName"]]
            },
            describe_cluster=lambda **_: {"cluster": self.cluster},
            describe_subnets=lambda **by: {"Subnets": [subnets[one] for one in by["SubnetIds"]]},
        )
