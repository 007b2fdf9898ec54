"""A workload of an environment: safe to delete, unless the workload says otherwise."""

from __future__ import annotations

from aws_cdk import Environment, Stack
from constructs import Construct

from constructs_lib.platform import Platform
from constructs_lib.specs.workloads import Workload


class WorkloadStack(Stack):
    """The stack that a workload builds its resources in."""

    def __init__(
        self, scope: Construct, *, env: Environment, workload: Workload, platform: Platform
    ) -> None:
        """Have the workload build itself."""
        super().__init__(scope, workload.name, env=env, description=workload.description)
        workload.build(self, platform)
