"""NodePools: nodes that EKS Auto Mode or Karpenter starts when pods wait for them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import ClassVar

from capacity.inputs import Group
from capacity.instance_labels import (
    ARCHITECTURE,
    INSTANCE_TYPE,
    known_values,
)
from constructs_lib.specs.base import Problem, rule
from constructs_lib.specs.machine_features import DEVICES_OF
from constructs_lib.specs.node_pool_fields import RESTRICTED_ENDS
from constructs_lib.specs.node_pool_flavours import KARPENTER, Flavour
from constructs_lib.specs.node_pool_nodes import NodePoolNodes
from constructs_lib.specs.node_pool_starts import obstacles, too_few
from constructs_lib.specs.node_pool_types import (
    CAPACITY_TYPE,
    CAPACITY_TYPES,
    NAMING,
    known_as,
    planned_kinds,
    values_of,
)
from constructs_lib.specs.types import spelt


class NodePoolSpec(NodePoolNodes):
    """A NodePool. Its requirements say which instances it starts, its limits how many."""

    @rule
    def requirements_use_labels_of_the_flavour(self) -> Iterator[Problem]:
        """A label that the controller doesn't know is one that no node gets from it."""
        flavour = self.flavour
        known = {flavour.label(name) for name in flavour.labels}
        for index, requirement in enumerate(self.requirements):
            key = known_as(requirement.key)
            domain, _, name = key.rpartition("/")
            if domain in flavour.others and name in flavour.labels:
                fix = f"write {flavour.label(name)}"
            elif (
                domain in {*flavour.others, flavour.domain}
                or key.partition("/")[0].endswith(RESTRICTED_ENDS)
            ) and key not in {*known, CAPACITY_TYPE}:
                near = difflib.get_close_matches(name, flavour.labels, n=1)
                fix = f"write {flavour.label(near[0])}" if near else "use another label"
            elif key in flavour.refused:
                fix = "remove the requirement"
            else:
                continue
            yield Problem(
                at=f"requirements[{index}].key",
                got=requirement.key,
                allowed=f"a label that {flavour.name} knows, such as {flavour.label('instance-family')}",
                fix=fix,
            )

    @rule
    def instance_types_are_told(self) -> Iterator[Problem]:
        """Without them a pool may start any type, and no plan can count its pods."""
        naming = {INSTANCE_TYPE, *map(self.flavour.label, NAMING)}
        if any(self.requirements_use_labels_of_the_flavour()):
            return
        if not any(each.key in naming and each.operator == "In" for each in self.requirements):
            family = self.flavour.label("instance-family")
            yield Problem(
                at="requirements",
                got=[each.key for each in self.requirements],
                allowed="a requirement In that names the types: "
                f"{', '.join(sorted(naming))}; the plan can't count with every type of EC2",
                fix=f"add RequirementSpec(key={family!r}, values=('m7i', 'm7a'))",
            )

    @rule
    def values_are_known(self) -> Iterator[Problem]:
        """A family with a typing error starts nothing, and nothing tells so."""
        for index, requirement in enumerate(self.requirements):
            known = self._known_values(known_as(requirement.key))
            wrong = [each for each in requirement.values if each not in known]
            if known and wrong and requirement.operator in ("In", "NotIn"):
                meant = " and ".join(map(repr, spelt(wrong, known, cutoff=0.5).values()))
                fixes = [f"did you mean {meant}?"] if meant else []
                if requirement.key not in (ARCHITECTURE, CAPACITY_TYPE):
                    fixes.append("For a newer instance type, add a row; see capacity/README.md")
                yield Problem(
                    at=f"requirements[{index}].values",
                    got=requirement.values,
                    allowed=f"values of {requirement.key} that are known: those of "
                    f"capacity/instance_limits.csv; {', '.join(wrong)} is not there"
                    if requirement.key != CAPACITY_TYPE
                    else f"{', '.join(CAPACITY_TYPES)}",
                    fix=" ".join(fixes) or "use one of them",
                )

    @rule
    def values_are_of_types_that_start(self) -> Iterator[Problem]:
        """EKS Auto Mode starts the families of a list, and none of their smallest sizes."""
        for index, each in enumerate(self.requirements):
            if each.operator != "In" or any(self.values_are_known()):
                continue
            key = known_as(each.key)
            started = values_of(self.flavour, key)
            never = [value for value in each.values if value not in started]
            if never and known_values(key, self.flavour.domain):
                yield Problem(
                    at=f"requirements[{index}].values",
                    got=each.values,
                    allowed=f"values of instance types that {self.flavour.name} starts (EKS user guide, "
                    f"'supported instance reference'): none has {' or '.join(never)}",
                    fix=f"remove {', '.join(never)}. If EKS starts it now, add its family to "
                    "constructs_lib/specs/instance_families.json",
                )

    def _known_values(self, key: str) -> frozenset[str]:
        if key == CAPACITY_TYPE:
            return frozenset(CAPACITY_TYPES)
        return known_values(key, self.flavour.domain)

    @rule
    def requirements_can_be_met(self) -> Iterator[Problem]:
        """A pool that contradicts itself starts nothing, and nothing tells so."""
        if not any(any(each.problems()) for each in self.requirements) and not any(
            self.values_are_known()
        ):
            yield from obstacles(self)

    @rule
    def something_fits(self) -> Iterator[Problem]:
        """The requirements leave a type, and the limits one node of it."""
        parts = (self.limits, *self.requirements)
        earlier = (
            *(self.instance_types_are_told, self.values_are_known),
            *(self.values_are_of_types_that_start, self.requirements_can_be_met),
        )
        if any(any(each.problems()) for each in parts) or any(any(each()) for each in earlier):
            return
        if not self.kinds:
            yield Problem(
                at="requirements",
                got=[str(each) for each in self.requirements],
                allowed=f"requirements that some instance type of {self.flavour.name} meets together",
                fix="remove one of them",
            )
        elif not planned_kinds(self.kinds, self.limits)[1]:
            smallest = min(self.kinds, key=lambda kind: (kind.vcpus, kind.memory_mib))
            devices = ((x, DEVICES_OF[x].get(smallest.name)) for x in self.limits.devices)
            yield Problem(
                at="limits",
                got=self.limits.manifest(),
                allowed=f"room for one {smallest.name}: {smallest.vcpus} vCPUs, "
                f"{smallest.memory_mib // 1024} GiB"
                + "".join(f", {n} {x}" for x, n in devices if n),
                fix="raise the limits, or allow smaller types",
            )
        else:
            yield from too_few(self)

    @rule
    def fixed_pools_have_no_weight(self) -> Iterator[Problem]:
        """The API takes no weight of a pool with replicas, and no limits but nodes."""
        if self.replicas is None:
            return
        if self.weight is not None:
            yield Problem(
                at="weight", got=self.weight, allowed="None with replicas", fix="remove weight"
            )
        if self.limits.manifest().keys() - {"nodes"}:
            yield Problem(
                at="limits",
                got=self.limits.manifest(),
                allowed="limits.nodes alone with replicas",
                fix=f"write limits=LimitsSpec(nodes={self.replicas + 1})",
            )
        elif self.limits.nodes is not None and self.limits.nodes <= self.replicas:
            yield Problem(
                at="limits.nodes",
                got=self.limits.nodes,
                allowed=f"more than replicas ({self.replicas}): a node is replaced by one beside it "
                "(EKS user guide, 'Static Capacity Node Pools')",
                fix=f"set nodes={self.replicas + 1} or more",
            )


class KarpenterNodePoolSpec(NodePoolSpec):
    """A NodePool of a Karpenter that runs in the cluster."""

    flavour: ClassVar[Flavour] = KARPENTER


class PinnedNodePoolSpec(KarpenterNodePoolSpec):
    """One of a class that tells how many pods a node takes, for the plan; None leaves it to Karpenter."""

    pinned: int | None = None
    """The pods of a node."""

    def planned(self, zones: Iterable[str]) -> Group:
        """Return the pool for the plan."""
        return replace(super().planned(zones), pinned_pods=self.pinned)
