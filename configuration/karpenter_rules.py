"""Rules over Karpenter and what it needs of the rest of an environment."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from capacity.pods import group_limit, highest_pin, type_limit
from configuration.capacity_plan import daemons
from configuration.closed_network_rules import closed
from configuration.data_plane_rules import FIRST_BEHIND_A_PROXY
from configuration.fields import EnvironmentFields
from constructs_lib.specs.add_ons import version_tuple
from constructs_lib.specs.base import Problem, readable, rule
from constructs_lib.specs.cni import cni_of
from constructs_lib.specs.karpenter import KARPENTER, OLDEST_KARPENTER
from constructs_lib.specs.regions import has_fargate

TOLERATED = "CriticalAddonsOnly"
"""The taint that the chart's pods tolerate (charts/karpenter/values.yaml)."""
FAR = 4
"""So many times the pods are worth a look."""


class KarpenterRules(EnvironmentFields):
    """What must fit Karpenter."""

    @rule
    def karpenter_knows_the_kubernetes_version(self) -> Iterator[Problem]:
        """karpenter.sh, "Compatibility Matrix"."""
        if self.karpenter is None:
            return
        minor = self.cluster.kubernetes_version
        oldest = OLDEST_KARPENTER.get(minor)
        if oldest is None:
            yield Problem(
                at="cluster.kubernetes_version",
                got=minor,
                allowed=f"{', '.join(OLDEST_KARPENTER)} with Karpenter, whose matrix has no other yet",
                fix=f"set kubernetes_version={list(OLDEST_KARPENTER)[-1]!r}, or karpenter=None",
            )
        elif version_tuple(self.karpenter.controller_version) < version_tuple(oldest):
            yield Problem(
                at="karpenter.controller_version",
                got=self.karpenter.controller_version,
                allowed=f"{oldest} or newer with Kubernetes {minor}",
                fix=f"remove it: the project uses {KARPENTER}",
            )

    @rule
    def karpenter_has_hosts(self) -> Iterator[Problem]:
        """It doesn't run on nodes that it makes, and no two of its pods share a host."""
        if self.karpenter is None:
            return
        if not self.node_groups:
            if not has_fargate(self.region):
                yield Problem(
                    at="karpenter",
                    got=self.karpenter,
                    allowed=f"None without node groups in {self.region}, where no Fargate can host it",
                    fix=f"add a NodeGroupSpec without taints and with min_size={self.karpenter.replicas}",
                )
            return
        is_open = [
            all(
                taint.key == TOLERATED or taint.effect == "PREFER_NO_SCHEDULE"
                for taint in group.node_taints
            )
            for group in self.node_groups
        ]
        hosts = sum(
            size for index, size in readable(self.node_groups, "min_size") if is_open[index]
        )
        if hosts < self.karpenter.replicas:
            # Those of Windows and accelerators aren't the environment's to remove.
            own = (each.name for each in self.node_groups if each.taints == each.node_taints)
            removed = "".join(f"remove the taints of {name}, or " for name in islice(own, 1))
            yield Problem(
                at="karpenter.replicas",
                got=self.karpenter.replicas,
                allowed=f"at most {hosts}: each pod needs a host that Karpenter doesn't make, and the "
                "min_size of the node groups that let it in is no more",
                fix=f"raise min_size to {self.karpenter.replicas} in a node group without taints"
                if any(is_open)
                else f"{removed}add a node group without taints and with "
                f"min_size={self.karpenter.replicas}",
            )

    @rule
    def karpenter_asks_what_has_an_endpoint(self) -> Iterator[Problem]:
        """A network without NAT reaches no other service, nor does a proxy help its pods."""
        if self.karpenter is None or closed(self) is None or self.karpenter.isolated_vpc:
            return
        yield Problem(
            at="karpenter.isolated_vpc",
            got=False,
            allowed="True when network.nat_gateways='none': IAM and the price list have no endpoint",
            fix="set isolated_vpc=True",
        )

    @rule
    def pinned_pods_of_classes_have_addresses(self) -> Iterator[Problem]:
        """A node takes no more pods than its interfaces serve and EKS allows."""
        if self.karpenter is None:
            return
        cni, running = cni_of(self.vpc_cni), daemons(self)
        for index, pinned in readable(self.karpenter.node_classes, "max_pods"):
            name = self.karpenter.node_classes[index].name
            owners = {
                kind: pool.name
                for pool in self.karpenter.node_pools
                if pool.node_class == name and not any(pool.problems())
                for kind in pool.kinds
            }
            if pinned is None or not owners:
                continue
            highest = highest_pin(cni, list(owners))
            lowest = min(owners, key=lambda kind: highest_pin(cni, [kind]))
            at = f"karpenter.node_classes[{index}].max_pods"
            if pinned > highest:
                yield Problem(
                    at=at,
                    got=pinned,
                    allowed=f"at most {highest}, which {lowest.name} of its pools takes (NodePool "
                    f"{owners[lowest]})",
                    fix=f"set max_pods={highest}, or let {owners[lowest]} start larger types only",
                )
            elif pinned <= len(running) < highest:
                yield Problem(
                    at=at,
                    got=pinned,
                    allowed=f"more than {len(running)}: {', '.join(running)} run on every node",
                    fix=f"set max_pods={highest}, or None",
                )

    @rule
    def nodes_of_pools_have_room(self) -> Iterator[Problem]:
        """The daemons leave places for other pods, and security groups of pods need a trunk."""
        if self.karpenter is None:
            return
        cni, running = cni_of(self.vpc_cni), daemons(self)
        for index, pool in enumerate(self.karpenter.node_pools):
            if any(pool.problems()):
                continue
            at = f"karpenter.node_pools[{index}].requirements"
            # A number of the class isn't the fault of a type, nor is that of another pool's type.
            full = [
                kind.name for kind in pool.kinds if group_limit(cni, [kind]).pods <= len(running)
            ]
            unable = [kind.name for kind in pool.kinds if not kind.trunking]
            if full:
                yield Problem(
                    at=at,
                    got=_listed(full),
                    allowed=f"types that run more than {len(running)} pods: {', '.join(running)} run on "
                    "every node",
                    fix="allow larger types only",
                )
            elif unable and self.vpc_cni.pod_security_groups:
                yield Problem(
                    at=at,
                    got=_listed(unable),
                    allowed="types with branch interfaces when vpc_cni.pod_security_groups=True",
                    fix="name other families; m7g, m6i, c7g and r7g support them, t3 and t4g don't",
                )

    @rule
    def images_of_classes_take_the_proxy(self) -> Iterator[Problem]:
        """An older AL2023 release can't be told of it in time."""
        if self.karpenter is None or self.http_proxy is None:
            return
        for index, ami in readable(self.karpenter.node_classes, "ami"):
            if ami.startswith("al2023") and ami.partition("@v")[2] < FIRST_BEHIND_A_PROXY:
                yield Problem(
                    at=f"karpenter.node_classes[{index}].ami",
                    got=ami,
                    allowed=f"an AL2023 release of {FIRST_BEHIND_A_PROXY} or later when http_proxy is set",
                    fix="use a later release",
                )


def pods_of_a_small_type(config: EnvironmentFields) -> Iterator[tuple[str, str]]:
    """A small type in one pool takes pods from the large nodes of every pool of its class."""
    karpenter, cni = config.karpenter, cni_of(config.vpc_cni)
    if karpenter is None:
        return
    for each in karpenter.node_classes:
        pods = None if each.max_pods else karpenter.max_pods(cni, each.name)
        if pods is None:
            continue
        of = {kind.name: type_limit(cni, kind).pods for kind in karpenter.kinds(each.name)}
        least, most = min(of, key=of.__getitem__), max(of, key=of.__getitem__)
        if of[most] >= FAR * pods:
            text = (
                f"Every node of the EC2NodeClass {each.name} takes at most {pods} pods, because its pools "
                f"may start {least}; {most} alone could take {of[most]}. Leave out the small sizes, with a "
                "requirement for karpenter.k8s.aws/instance-size, or give them an EC2NodeClass of their own."
            )
            yield f"groundwork:pods-of-a-small-type:{each.name}", text


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""  # noqa: PLR2004  # of a sentence
    return f"{', '.join(names[:3])}{more}"
