"""The life of prod, which nobody destroys by one command."""

from __future__ import annotations

from typing import Any, ClassVar

from configuration.model import EnvironmentConfig
from tests.deploy.life_cycle import LifeCycle


class TestProd(LifeCycle):
    """What production keeps stays: its keys, its logs and its flow logs."""

    environment: ClassVar[str] = "prod"

    def documented_remainders(self, config: EnvironmentConfig) -> dict[str, Any]:
        """Return what stays, by the documentation."""
        return {
            "keys": {
                f"Kubernetes Secrets of {config.cluster.name}": "Enabled",
                "Logs of Prod-Network": "Enabled",
                "Logs of Prod-Cluster": "Enabled",
            },
            "log groups": [
                "log group of Fargate",
                "log group of the control plane",
                "log group of the function that closes the default security group",
                "log group of the function that makes it",
                "log group of the kubectl handler",
            ],
            "buckets": ["bucket of flow logs"],
        }
