"""What all nodes have in common of which somebody says how many there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from capacity.instance_labels import INSTANCE_TYPE

if TYPE_CHECKING:
    from capacity.instance_types import InstanceType


class SizedNodes:
    """Nodes that don't start because pods wait for them."""

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
