"""What all nodes have in common of which somebody says how many there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from capacity.instance_labels import INSTANCE_TYPE

if TYPE_CHECKING:
    from capacity.instance_types import InstanceType


class SizedNodes:
    """Nodes that don't start because pods wait for them."""

    if TYPE_CHECKING:

        @property
        def node_labels(self) -> Mapping[str, str]:
            """Return the labels that all of them have."""

    @property
    def label_keys(self) -> frozenset[str]:
        """Return the labels that some of them may have: those that all have."""
        return frozenset(self.node_labels)

    @property
    def when_needed(self) -> bool:
        """No node starts because pods wait."""
        return False

    @property
    def enforced_limits(self) -> None:
        """Their sizes are their limits."""
        return

    @property
    def weight(self) -> None:
        """None is tried before another."""
        return

    def labels_of(self, kind: InstanceType) -> Mapping[str, str]:
        """Nothing but the type is told by it."""
        return {INSTANCE_TYPE: kind.name}
