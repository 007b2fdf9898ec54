"""The nodes that start because pods wait for them, up to the limits of their pool.

Whoever starts them packs pods no denser than this does: for those that wait, the pool's nodes of the one type with which
fewest do, then more of another type while limits are left. Who waits here would nearly always wait there as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from capacity.instance_types import InstanceType
from configuration.fields import EnvironmentFields
from configuration.fleets import Loss, nodes_of
from constructs_lib.specs import node_pool_types
from constructs_lib.specs.compute_protocol import Compute
from constructs_lib.specs.machine_features import DEVICES_OF
from constructs_lib.specs.node_pool_parts import LimitsSpec
from kube.placement import Node, Pods, Waiting, place

MIB_IN_GIB = 1024


@dataclass(frozen=True)
class Made:
    """So many nodes of one type."""

    kind: InstanceType
    nodes: tuple[Node, ...]

    def first(self, number: int) -> Made:
        """Return the first of them."""
        return replace(self, nodes=self.nodes[:number])


class Pool:
    """What starts nodes when pods wait, as many as its limits allow."""

    def __init__(
        self, config: EnvironmentFields, compute: Compute, several: Sequence[Pods]
    ) -> None:
        """Read a pool of an environment, for these pods."""
        self._config, self._compute, self._several = config, compute, several
        self.name = compute.name
        self.limits = compute.enforced_limits
        self.planned = compute.planned(config.network.zones)
        self.falls_back = False
        self._kinds: dict[InstanceType, dict[str, Node]] = {}

    @property
    def only_spot(self) -> bool:
        """Tell whether all of its nodes are of Spot."""
        return self.planned.spot and not self.planned.either

    def with_on_demand(self, loss: Loss) -> Pool:
        """Return the pool as one of On-Demand as well, where its Spot Instances are all that it has, and are lost."""
        if not (self.only_spot and loss.spot_of == self.name):
            return self
        changed = copy(self)
        changed.falls_back, changed.planned = True, replace(self.planned, either=True)
        return changed

    def grown(
        self, there: Sequence[Node], loss: Loss, *, endless: bool = False
    ) -> tuple[Made, ...]:
        """Return the nodes that it makes beside others, as if it had no limits where it is `endless`."""
        zones = [zone for zone in self.planned.zones if zone != loss.zone]
        if not zones or (self.only_spot and loss.spot_of == self.name):
            return ()
        made: list[Made] = []
        while waiting := [x for x in self._waiting(there, made) if not x.pods.on_each]:
            limits = None if endless or self.limits is None else self._left(self.limits, made)
            best = self._best(there, made, waiting, zones, limits)
            if best is None:
                break
            made.append(best)
        return tuple(made)

    def raised(self, made: Sequence[Made]) -> str:
        """Return what is enough for these nodes: limits, or On-Demand instances; empty where they are."""
        wishes = [f"on-demand beside spot in {self.name}"] if self.falls_back and made else []
        return " and ".join([*wishes, *self._raised(made)])

    def _raised(self, made: Sequence[Made]) -> Iterator[str]:
        limits = self.limits
        used = _used(made)
        if limits is None:
            return
        wanted = {
            "cpu": used.cpu,
            "memory_gib": -(-(used.memory_gib or 0) // 1),
            "nodes": used.nodes,
        }
        now = {name: getattr(limits, name) for name in wanted}
        more = [f"{x}={n}" for x, n in wanted.items() if now[x] is not None and now[x] < (n or 0)]
        devices = ((x, used.devices.get(x, 0)) for x, n in limits.devices.items())
        more += [f"devices['{x}']={n}" for x, n in devices if n > limits.devices[x]]
        if more:
            yield f"limits.{' and limits.'.join(more)} of {self.name}"

    def _waiting(self, there: Sequence[Node], made: Iterable[Made]) -> list[Waiting]:
        new = (node for each in made for node in each.nodes)
        return place([*there, *new], self._several)

    def _best(
        self,
        there: Sequence[Node],
        made: list[Made],
        waiting: Sequence[Waiting],
        zones: Sequence[str],
        limits: LimitsSpec | None,
    ) -> Made | None:
        """Return the nodes of the type with which fewest pods wait: of several, of that with the fewest vCPUs."""
        before = count_of(waiting)
        found: list[tuple[int, Made]] = []
        for kind in self._fitting(waiting, limits):
            number = before * len(zones)
            if limits is not None:
                number = min(number, node_pool_types.nodes_of(limits, kind))
            most = Made(kind, tuple(self._of(kind)[zones[x % len(zones)]] for x in range(number)))
            found.append(self._useful(there, made, most, len(zones)))
        least = min((left for left, _ in found), default=before)
        if least >= before:
            return None
        enough = (self._lessened(there, made, x, least) for left, x in found if left == least)
        return min(enough, key=lambda each: vcpus_of([each]))

    def _left_by(self, there: Sequence[Node], made: list[Made], more: Made) -> int:
        return count_of(self._waiting(there, [*made, more]))

    def _useful(
        self, there: Sequence[Node], made: list[Made], most: Made, first: int
    ) -> tuple[int, Made]:
        """Return how many pods wait with nodes of a type, and so many of them that more don't better it.

        Whom a node more in each zone, which are the `first`, doesn't help, many of them don't.
        """
        used = most.first(first)
        left = self._left_by(there, made, used)
        while left and len(used.nodes) < len(most.nodes):
            wider = most.first(2 * len(used.nodes))
            again = self._left_by(there, made, wider)
            if again == left:
                break
            left, used = again, wider
        return left, used

    def _lessened(self, there: Sequence[Node], made: list[Made], most: Made, wait: int) -> Made:
        """Return no more nodes of a type than leave so many pods waiting."""
        low, high = 1, len(most.nodes)
        while low < high:
            middle = (low + high) // 2
            helps = self._left_by(there, made, most.first(middle)) <= wait
            low, high = (low, middle) if helps else (middle + 1, high)
        return most.first(low)

    def _fitting(
        self, waiting: Sequence[Waiting], limits: LimitsSpec | None
    ) -> Iterator[InstanceType]:
        """Yield the smallest and the largest type of each shape that some of the pods can run on, the smallest first."""
        shapes: dict[object, list[InstanceType]] = {}
        for kind in sorted(self._compute.kinds, key=lambda each: (each.vcpus, each.memory_mib)):
            if limits is not None and not node_pool_types.nodes_of(limits, kind):
                continue
            node = next(iter(self._of(kind).values()))
            if any(_fits(each.pods, node) for each in waiting):
                devices = tuple(sorted(x for x, count in node.room.items() if "/" in x and count))
                shape = kind.memory_mib // kind.vcpus // MIB_IN_GIB, devices
                shapes.setdefault(shape, []).append(kind)
        ends = {x for each in shapes.values() for x in (each[0], each[-1])}
        yield from sorted(ends, key=lambda each: (each.vcpus, each.memory_mib, each.name))

    def _of(self, kind: InstanceType) -> dict[str, Node]:
        if kind not in self._kinds:
            planned = replace(self.planned, kinds=(kind,))
            self._kinds[kind] = nodes_of(self._config, self._compute, planned, self._several)
        return self._kinds[kind]

    def _left(self, limits: LimitsSpec, made: Sequence[Made]) -> LimitsSpec:
        used = _used(made)
        left = {
            x: n if n is None else n - (getattr(used, x) or 0) for x, n in limits if x != "devices"
        }
        devices = {x: n - used.devices.get(x, 0) for x, n in limits.devices.items()}
        return LimitsSpec.model_construct(**left, devices=devices)


def grown(
    pools: Sequence[Pool], there: Sequence[Node], loss: Loss, endless: Iterable[Pool] = ()
) -> dict[Pool, tuple[Made, ...]]:
    """Return what each pool makes, one after the other."""
    free, nodes = set(endless), [*there]
    made: dict[Pool, tuple[Made, ...]] = {}
    for pool in pools:
        made[pool] = pool.grown(nodes, loss, endless=pool in free)
        nodes += all_of({pool: made[pool]})
    return made


def all_of(made: Mapping[Pool, Sequence[Made]]) -> list[Node]:
    """Return the nodes of all pools."""
    return [node for several in made.values() for each in several for node in each.nodes]


def vcpus_of(several: Iterable[Made]) -> int:
    """Return the vCPUs of nodes."""
    return sum(each.kind.vcpus * len(each.nodes) for each in several)


def _used(made: Sequence[Made]) -> LimitsSpec:
    memory = Fraction(sum(x.kind.memory_mib * len(x.nodes) for x in made), MIB_IN_GIB)
    count = sum(len(each.nodes) for each in made)
    used: dict[str, Any] = {"cpu": vcpus_of(made), "memory_gib": memory, "nodes": count}
    used["devices"] = {
        name: sum(counts.get(each.kind.name, 0) * len(each.nodes) for each in made)
        for name, counts in DEVICES_OF.items()
    }
    return LimitsSpec.model_construct(**used)


def _fits(pods: Pods, node: Node) -> bool:
    return pods.may_run_on(node) and all(
        amount <= node.room.get(name, amount) for name, amount in pods.asked.items()
    )


def count_of(waiting: Iterable[Waiting]) -> int:
    """Return how many pods wait, those of DaemonSets aside: each node more brings one of them."""
    return sum(each.count for each in waiting if not each.pods.on_each)
