"""The sample service: safe to delete at any time."""

from __future__ import annotations

from aws_cdk import Environment, Stack
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from constructs_lib.sample_service import SampleService
from constructs_lib.specs.sample_service import SampleServiceSpec


class SampleServiceStack(Stack):
    """Two containers that talk to each other, behind a load balancer."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: Environment,
        cluster: eks.Cluster,
        spec: SampleServiceSpec,
        web_architecture: str,
    ) -> None:
        """Deploy the sample service of one environment."""
        super().__init__(
            scope,
            construct_id,
            env=env,
            description="eks-groundwork: sample service",
        )
        SampleService(
            self, "SampleService", cluster=cluster, spec=spec, web_architecture=web_architecture
        )
