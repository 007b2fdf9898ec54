"""A node group as templates have it, whoever manages it."""

from __future__ import annotations

from assembly.resource import Resource
from kube.values import Json


class NodeGroup(Resource):
    """A group that EKS manages; `SelfManagedGroup` says what differs."""

    @property
    def told(self) -> str | None:
        """Return the user data of nodes that nobody tells anything else; None where EKS does."""
        return None

    @property
    def mixed(self) -> bool:
        """Tell whether it may have instances of Spot and of On-Demand at a time."""
        return False

    def on_demand(self, nodes: int) -> int | None:  # noqa: ARG002  # all or none of them
        """Return how many of so many instances of a mix are On-Demand, None where a template doesn't say it."""
        return None

    def is_free(self, template: Json) -> bool:
        """Tell whether its launch template may give nodes other labels and numbers than its properties."""
        return "LaunchTemplate" in self.properties and (not template or "UserData" in template)

    def told_pods(self, most: int) -> int | None:  # noqa: ARG002  # EKS says how many
        """Return how many pods a kubelet is told to take, at `most` where that isn't known; None where EKS says it."""
        return None
