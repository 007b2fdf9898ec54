"""How full a subnet gets."""

from __future__ import annotations

from dataclasses import dataclass

from capacity.addresses import Item, blocks, blocks_taken, items
from capacity.cni import Use
from capacity.inputs import Inputs, Subnet


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """The /28 blocks of a subnet: those that exist, and those taken or spoiled in the worst case."""

    total: int
    worst: int


@dataclass(frozen=True, kw_only=True)
class SubnetPlan:
    """How full a subnet gets, in addresses. `blocks` is None where nothing takes prefixes."""

    subnet: Subnet
    items: tuple[Item, ...]
    blocks: Blocks | None

    @property
    def steady(self) -> int:
        """Return the addresses taken in the steady state."""
        return sum(item.steady.total for item in self.items)

    @property
    def worst(self) -> int:
        """Return the addresses taken in the worst case."""
        return sum(item.worst.total for item in self.items)

    @property
    def free(self) -> int | None:
        """Return the addresses left in the worst case, None where the size is unknown.

        Below 0 the subnet overflows. Where blocks run out first, theirs count.
        """
        usable = self.subnet.usable
        if usable is None:
            return None
        left = usable - self.worst
        if self.blocks is not None and self.blocks.worst > self.blocks.total:
            return min(left, self.blocks.total - self.blocks.worst)
        return left

    @property
    def used_percent(self) -> int | None:
        """Return how full the subnet is in the worst case: of addresses or blocks, the fuller.

        Rounded up, so that only what fits has at most 100.
        """
        usable = self.subnet.usable
        if usable is None:
            return None
        shares = [(self.worst, usable)]
        if self.blocks is not None:
            shares.append((self.blocks.worst, self.blocks.total))
        return max(percent(part, whole) for part, whole in shares)

    @property
    def fits(self) -> bool:
        """Tell whether the worst case fits; a subnet of unknown size is not judged."""
        return self.free is None or self.free >= 0

    @property
    def binds(self) -> str:
        """Return what runs out first: single addresses or /28 blocks in one piece."""
        usable = self.subnet.usable
        if self.blocks is None or usable is None:
            return "addresses"
        by_blocks = percent(self.blocks.worst, self.blocks.total)
        return "/28 blocks" if by_blocks > percent(self.worst, usable) else "addresses"


def plan_subnet(inputs: Inputs, subnet: Subnet) -> SubnetPlan:
    """Compute the plan of one subnet."""
    taking = items(inputs, subnet)
    worst = sum((item.worst for item in taking), Use())
    total = blocks(subnet)
    return SubnetPlan(
        subnet=subnet,
        items=taking,
        blocks=Blocks(total=total, worst=blocks_taken(worst))
        if worst.prefixes and total is not None
        else None,
    )


def percent(part: int, whole: int) -> int:
    """Return a share in percent, rounded up; of nothing, everything is too much."""
    if whole <= 0:
        return 0 if part <= 0 else 1000
    return -(-part * 100 // whole)
