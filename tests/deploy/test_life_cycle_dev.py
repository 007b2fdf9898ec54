"""The life of dev, which may be destroyed as it is."""

from __future__ import annotations

from typing import Any, ClassVar

from configuration.model import EnvironmentConfig
from tests.deploy.life_cycle import LifeCycle


class TestDev(LifeCycle):
    """Everything goes but the key, which waits, the log of one function, and what EKS writes late."""

    environment: ClassVar[str] = "dev"

    def documented_remainders(self, config: EnvironmentConfig) -> dict[str, Any]:
        """Return what stays, by the documentation."""
        return {
            "keys": {f"Kubernetes Secrets of {config.cluster.name}": "PendingDeletion"},
            "log groups": [
                "log group of the control plane",
                "log group of the function that closes the default security group",
            ],
        }
