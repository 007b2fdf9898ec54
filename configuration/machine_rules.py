"""Rules over the machines of node groups that only an environment can see: zones, region, tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Network

from capacity.quotas import MOST_SPREAD
from configuration.fields import EnvironmentFields
from constructs_lib.specs.base import Problem, readable, rule
from constructs_lib.specs.regions import partition
from constructs_lib.specs.service_ranges import chosen_by_eks
from constructs_lib.specs.tags import MOST_TAGS, MOST_TAGS_OF_A_RESOURCE


class MachineRules(EnvironmentFields):
    """What machines must fit in an environment."""

    @rule
    def spread_groups_have_racks(self) -> Iterator[Problem]:
        """EC2 starts no eighth instance of a spread placement group in a zone."""
        for index, group in enumerate(self.node_groups):
            planned = group.planned(self.network.zones)
            if not planned.has_racks:
                more, racks = planned.added, MOST_SPREAD * len(planned.zones)
                update = f", with the {more} that an update starts first" if more else ""
                sizes = range(racks, group.fewest - 1, -1)
                most = next((x for x in sizes if replace(planned, maximum=x).has_racks), None)
                in_place = more and group.max_size <= racks
                instead = "set update_strategy='MINIMAL'" if in_place else "split the group"
                yield Problem(
                    at=f"node_groups[{index}].max_size",
                    got=group.max_size,
                    allowed=f"{MOST_SPREAD} nodes in each of {len(planned.zones)} zones with placement_group='spread'{update}",
                    fix=f"set max_size={most}, or {instead}" if most else instead,
                )

    @rule
    def tags_are_not_too_many(self) -> Iterator[Problem]:
        """A resource gets those of the environment beside its own."""
        for at, own in self._tagged():
            together = len({**self.tags, **own})
            if own and together > MOST_TAGS:
                yield Problem(
                    at=f"{at}.tags",
                    got=f"{together} tags with those of the environment",
                    allowed=f"at most {MOST_TAGS} together: AWS allows {MOST_TAGS_OF_A_RESOURCE}, and EKS and the CDK add their own",
                    fix=f"remove {together - MOST_TAGS} tags",
                )

    def _tagged(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        for index, tags in readable(self.node_groups, "tags"):
            yield f"node_groups[{index}]", tags
        for at, maker in self.makers.items():
            for index, tags in readable(maker.node_classes, "tags"):
                yield f"{at}.node_classes[{index}]", tags

    @rule
    def boundaries_are_of_the_partition(self) -> Iterator[Problem]:
        """IAM of one partition doesn't know the policies of another."""
        wanted = f"arn:{partition(self.region)}:"
        for at, arn in self._boundaries():
            if arn is not None and not arn.startswith(wanted):
                yield Problem(
                    at=f"{at}.permissions_boundary",
                    got=arn,
                    allowed=f"an ARN that begins with {wanted} (the partition of {self.region})",
                    fix=f"use {wanted}{arn.split(':', 2)[2]}, or another policy of that partition",
                )

    def _boundaries(self) -> Iterator[tuple[str, str | None]]:
        for index, arn in readable(self.node_groups, "permissions_boundary"):
            yield f"node_groups[{index}]", arn
        for at, maker in self.makers.items():
            for _, arn in readable((maker,), "permissions_boundary"):
                yield at, arn

    @rule
    def nodes_know_one_range_of_services(self) -> Iterator[Problem]:
        """A cluster has one, which EKS has chosen where the environment doesn't."""
        told = [
            (index, group.service_ipv4_cidr)
            for index, group in enumerate(self.node_groups)
            if group.service_ipv4_cidr is not None
        ]
        first, why = (
            self.cluster.service_ipv4_cidr,
            "as the cluster or the first of its groups says",
        )
        if first is None and told:
            first, *others = chosen_by_eks(self.network.cidrs)
            beside = f"which EKS has chosen beside {self.network.cidrs[0]}"
            first, why = (told[0][1], why) if others else (first, beside)
        for index, got in told:
            if str(got) != str(first):
                yield Problem(
                    at=f"node_groups[{index}].service_ipv4_cidr",
                    got=got,
                    allowed=f"{first}, {why}",
                    fix="copy the range from `aws eks describe-cluster --name "
                    f"{self.cluster.name} --query cluster.kubernetesNetworkConfig.serviceIpv4Cidr`",
                )

    @rule
    def services_leave_connected_networks_alone(self) -> Iterator[Problem]:
        """EKS API reference, KubernetesNetworkConfigRequest. For `cluster` beside the network there is a rule."""
        own = self.cluster.service_ipv4_cidr
        groups = readable(self.node_groups, "service_ipv4_cidr")
        chosen = chosen_by_eks(self.network.cidrs)
        told = [(f"node_groups[{index}]", got) for index, got in groups if got in chosen]
        for at, got in [("cluster", own)] if own else told:
            services, ours = IPv4Network(got), () if own else self.network.cidrs
            clients = self.cluster.endpoint_private_access_cidrs
            taken = [x for x in ours if IPv4Network(x).overlaps(services)]
            taken += [x for x in clients if IPv4Network(x).subnet_of(services)]
            if taken:
                yield Problem(
                    at=f"{at}.service_ipv4_cidr",
                    got=got,
                    allowed=f"a range without {', '.join(taken)}, which the VPC or a network connected to it has",
                    fix="copy the range from `aws eks describe-cluster`, or set that of a new cluster to a free one",
                )
