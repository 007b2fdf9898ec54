"""Rules over the platform's own pods: each has room and gets its permissions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from capacity.instance_types import instance_type
from capacity.plan import platform_pods
from capacity.pods import group_limit
from configuration.add_on_rules import is_astray
from configuration.capacity_plan import controllers, daemons, hosts, inputs_of, platform_on_nodes
from configuration.declared_pods import platform_pods_of
from configuration.fields import EnvironmentFields
from configuration.fleets import SIZES, Fleet, Loss
from constructs_lib.specs.add_ons import ADD_ON_NAMES, SWITCHES
from constructs_lib.specs.base import Problem, readable, rule
from constructs_lib.specs.cni import cni_of
from constructs_lib.specs.own_code import pod_objects_of
from constructs_lib.specs.regions import has_fargate
from kube.placement import place
from kube.values import text

NAME = "app.kubernetes.io/name"
WITH_POD_IDENTITY = {
    "aws-load-balancer-controller": {NAME: "aws-load-balancer-controller"},
    "ebs-csi-controller": {NAME: "aws-ebs-csi-driver", "app": "ebs-csi-controller"},
}
"""The pods of kube-system that get their permissions through Pod Identity, with their labels, beside the
controllers of compute: those of the chart, and of aws-ebs-csi-driver's charts/aws-ebs-csi-driver/templates/controller.yaml."""
LACKING = {"cpu": "cpu", "memory": "memory", "pods": "places"}


class PlatformRules(EnvironmentFields):
    """What the platform needs from the data plane."""

    @rule
    def the_platform_has_nodes_that_take_it(self) -> Iterator[Problem]:
        """Each of these pods tolerates the taints of some nodes."""
        # Rules of their own know what those of compute tolerate, and what add-ons select.
        astray = {x.name for x in self.add_ons.additional if is_astray(self, x.name)}
        told = astray | controllers(self).keys()
        every = (each.name for each in platform_on_nodes(self) if each.name not in told)
        names = [each for each in every if not any(hosts(self, x, each) for x in self.nodes)]
        linux = [at for at, each in enumerate(self.node_groups) if not each.is_windows]
        if names and len(self.nodes) == len(self.node_groups) and not linux:
            yield Problem(
                at="node_groups",
                got=[each.ami_type for each in self.node_groups],
                allowed=f"at least one node group of Linux: {', '.join(names)} run on no other",
                fix="add a node group with another ami_type, such as NodeGroupSpec(…, "
                "ami_type='AL2023_x86_64_STANDARD')",
            )
        elif names:
            verb = "don't" if len(names) > 1 else "doesn't"
            tainted = self.nodes[linux[0] if linux else len(self.node_groups)]
            yield Problem(
                at=f"node_groups[{linux[0]}].taints"
                if linux
                else next(name for name, x in self.makers.items() if x.hosts_platform),
                got=[f"{taint.key}:{taint.effect}" for taint in tainted.node_taints],
                allowed=f"at least one node group without these taints: {', '.join(names)} {verb} "
                "tolerate them, so a deploy would wait for these pods until it times out",
                fix="add a node group without taints for the platform's own pods"
                if linux
                else "add BuiltInNodePoolSpec(name='general-purpose') to built_in_node_pools",
            )

    @rule
    def nodes_have_places_beside_the_daemons(self) -> Iterator[Problem]:
        """A node that its own daemons fill runs nothing else."""
        if any(self.network.problems()):
            return
        cni, everywhere = cni_of(self.vpc_cni), daemons(self)
        for index, group in enumerate(self.node_groups):
            names = [*everywhere, *(f"the {each} device plug-in" for each in group.device_plugins)]
            limit = group_limit(cni, list(map(instance_type, group.instance_types)))
            places = limit.pods if group.max_pods is None else min(limit.pods, group.max_pods)
            if not group.is_windows and limit.addressed and places <= len(names):
                pinned = group.max_pods is not None
                yield Problem(
                    at=f"node_groups[{index}].{'max_pods' if pinned else 'instance_types'}",
                    got=group.max_pods if pinned else group.instance_types,
                    allowed=f"more than {len(names)} pods per node: {', '.join(names)} run on each",
                    fix=f"set max_pods={limit.pods}, or remove it"
                    if pinned and limit.pods > len(names)
                    else "use instance types with more addresses, or set vpc_cni.prefix_delegation=True (Nitro types only)",
                )

    @rule
    def the_platform_fits_on_its_nodes(self) -> Iterator[Problem]:
        """The desired nodes have places for the daemons and the platform's other pods."""
        if all(group.is_windows for group in self.node_groups) or self.is_uncounted:
            return
        if any(self.nodes_have_places_beside_the_daemons()) or not self._all_have_addresses():
            return
        inputs = replace(inputs_of(self), platform=tuple(platform_on_nodes(self)))
        # A NodePool makes nodes when it sees the pods.
        first = [group.desired for group in inputs.groups[: len(self.node_groups)]]
        first += [group.maximum for group in inputs.groups[len(first) :]]
        places = sum(
            count * group.limit(inputs.cni).pods
            for count, group in zip(first, inputs.groups, strict=True)
            if not group.windows
        )
        needed = platform_pods(inputs, first)
        pods = [f"{each.pods} x {each.name}" for each in inputs.platform]
        if places < needed:
            yield Problem(
                at="node_groups",
                got=f"room for {places} pods on the desired nodes",
                allowed=f"room for {needed} pods: {len(inputs.daemons)} DaemonSets on each node "
                f"({', '.join(inputs.daemons)}) and {', '.join(pods)}",
                fix="raise desired_size, or use instance types with more addresses",
            )

    @rule
    def the_platform_has_cpu_and_memory(self) -> Iterator[Problem]:
        """The desired nodes have what the platform's own pods ask for, as the scheduler counts it."""
        earlier = self.nodes_have_places_beside_the_daemons, self.the_platform_fits_on_its_nodes
        unclear = self.is_uncounted or any(each.when_needed for each in self.nodes)
        if unclear or any(any(each()) for each in earlier) or not self._all_have_addresses():
            return
        several = [*platform_pods_of(self)]
        fleets = [Fleet(self, group, several) for group in self.nodes]
        nodes = [node for each in fleets for node in each.nodes(Loss(), SIZES[0])[0]]
        # karpenter_has_hosts tells where there are more of them than hosts.
        single = [replace(x, count=min(x.count, len(nodes))) for x in several]
        waiting = [each for each in place(nodes, single) if LACKING.keys() & {*each.on}]
        if waiting:
            listing = ", ".join(f"{each.count} of {each.of} {each.pods.name}" for each in waiting)
            ons = {on for each in waiting for on in each.on}
            lacking = [words for name, words in LACKING.items() if name in ons]
            yield Problem(
                at="node_groups",
                got=f"desired nodes without the {' and '.join(lacking)} for {listing}",
                allowed="nodes with room for the platform's own pods beside what the kubelet keeps",
                fix="use larger instance types, or raise desired_size",
            )

    def _all_have_addresses(self) -> bool:
        """Tell whether all nodes have some for pods; nodes_have_addresses_for_pods tells which don't."""
        kinds = (list(map(instance_type, group.instance_types)) for group in self.node_groups)
        return all(group_limit(cni_of(self.vpc_cni), each).addressed for each in kinds)

    @rule
    def the_workloads_fit(self) -> Iterator[Problem]:
        """All nodes and Fargate together have places for what the environment asks for."""
        if not self.workloads or self.is_uncounted:
            return
        inputs = inputs_of(self)
        places = sum(group.maximum * group.limit(inputs.cni).pods for group in inputs.groups)
        places += sum(profile.pods for profile in inputs.fargate)
        left = places - platform_pods(inputs, [group.maximum for group in inputs.groups])
        asked = sum(each.pods for each in inputs.workloads)
        if asked > left:
            parts = ", ".join(f"{each.pods:,} for {each.name}" for each in inputs.workloads)
            declared = (x for each in self.workloads for x in pod_objects_of(each, self) or ())
            jobs = any(text(each, "kind") == "CronJob" for each in declared)
            yield Problem(
                at="workloads",
                got=f"{asked:,} pods ({parts})",
                allowed=f"at most {max(left, 0):,}, which is what nodes and Fargate have left",
                fix="raise max_size of a node group or max_pods of a Fargate profile"
                + ", or let fewer Jobs overlap: concurrencyPolicy, activeDeadlineSeconds" * jobs,
            )

    @rule
    def fargate_leaves_the_platform_its_permissions(self) -> Iterator[Problem]:
        """No Pod Identity agent runs on Fargate; without nodes the controller uses IRSA."""
        if not self.node_groups:
            return
        own = {name: {NAME: name} for name in controllers(self)}
        installed = {each.name for each in platform_on_nodes(self)}
        pods = [
            (name, "kube-system", labels)
            for name, labels in (*WITH_POD_IDENTITY.items(), *own.items())
            if name in installed
        ]
        # An add-on's own namespace and labels are known of few; those that take all pods take them.
        pods += [
            (each.name, each.namespace, {})
            for each in self.add_ons.additional
            if each.permissions and each.namespace
        ]
        for index, profile in enumerate(self.fargate_profiles):
            taken = [name for name, where, labels in pods if profile.selects(where, labels)]
            if taken:
                yield Problem(
                    at=f"fargate_profiles[{index}].selectors",
                    got=[f"{each.namespace} {dict(each.labels)}" for each in profile.selectors],
                    allowed=f"selectors that don't match the pods of {', '.join(taken)}: these "
                    "use EKS Pod Identity, which Fargate doesn't support",
                    fix="select another namespace, or add labels that these pods don't have",
                )

    @rule
    def fargate_is_in_the_region(self) -> Iterator[Problem]:
        """Pods and CoreDNS."""
        if has_fargate(self.region):
            return
        allowed = f"none in {self.region}: EKS has no Fargate in AWS GovCloud (US)"
        if self.fargate_profiles:
            yield Problem(
                at="fargate_profiles",
                got=[each.name for each in self.fargate_profiles],
                allowed=allowed,
                fix="remove them, and run their pods on nodes",
            )
        if self.add_ons.coredns_compute_type == "fargate":
            yield Problem(
                at="add_ons.coredns_compute_type",
                got="fargate",
                allowed=f"'ec2' in {self.region}: EKS has no Fargate in AWS GovCloud (US)",
                fix="set coredns_compute_type='ec2', and add a node group if there is none",
            )

    @rule
    def add_ons_with_permissions_have_nodes(self) -> Iterator[Problem]:
        """Their permissions come through Pod Identity, whose agent needs nodes."""
        if self.nodes:
            return
        for index, add_on in enumerate(self.add_ons.additional):
            if add_on.permissions:
                yield Problem(
                    at=f"add_ons.additional[{index}].name",
                    got=add_on.name,
                    allowed="add-ons that need no AWS permissions when the cluster has no node "
                    "groups: the Pod Identity agent doesn't run on Fargate",
                    fix="add a node group, or remove the add-on",
                )

    @rule
    def the_platform_installs_its_add_ons(self) -> Iterator[Problem]:
        """EKS has one add-on of each name, and Auto Mode has most built in (EKS user guide)."""
        needed = ("metrics-server", *(("coredns",) if self.needs_coredns else ()))
        for index, name in readable(self.add_ons.additional, "name"):
            if name not in ADD_ON_NAMES:
                continue
            allowed = "an add-on that the platform doesn't install itself"
            fix = "remove it; add_ons.versions changes its version"
            if self.own_network and name not in needed:
                allowed = f"an add-on that Auto Mode doesn't replace: it has {name} built in"
                fix = "remove it"
            elif name in SWITCHES:
                fix = f"set {SWITCHES[name]}=True instead"
            yield Problem(
                at=f"add_ons.additional[{index}].name", got=name, allowed=allowed, fix=fix
            )
