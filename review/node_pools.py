"""The nodes that EKS Auto Mode and Karpenter make when pods need them: which pods they take, and where they are.

Sources: Karpenter documentation, "NodePools", "Scheduling"; EKS user guide, "Enable or Disable Built-in
NodePools"; https://github.com/aws/containers-roadmap/issues/2793.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import CHART, CLUSTER
from assembly.kubernetes_object import once
from assembly.nodes import ANY, GROUP, not_understood
from assembly.resource import Resource
from capacity.instance_labels import ARCHITECTURE, INSTANCE_TYPE, facts, known_values, meets
from capacity.instance_types import every_type
from guardrails.rules.homes import wanted
from kube.node_pools import BUILT_IN
from kube.scheduling import takes
from kube.values import Json, Unknown, dicts, flag, items, known, look_up, mapping, text
from review import moved_networks
from review.labels import label, listed, words
from review.model import DETAILS, Risk, Sentence, say
from review.sides import Sides

AUTO_MODE, KARPENTER = "eks.amazonaws.com", "karpenter.k8s.aws"
"""The groups of NodeClasses, which are the domains of the labels of instance types, too."""
UNITS: Mapping[str, str] = {"cpu": "vCPUs", "memory": "of memory"}
"""What the limits of a pool count, in words."""
OF_NODES = re.compile(r"(.+\.)?(kubernetes\.io|k8s\.io|karpenter\.sh|k8s\.aws|amazonaws\.com)/.+")
"""Labels that nodes get from somebody; all others a pool must name, or no node of it has them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pool:
    """A NodePool, in the object or the cluster that has it."""

    name: str
    cluster: object
    resource: Resource
    spec: Json

    @property
    def fixed(self) -> bool:
        """Tell whether it has a fixed size: then it replaces nodes wherever their pods may go."""
        return self.replicas != ""

    @property
    def replicas(self) -> str:
        """Return how many nodes one of a fixed size has, empty of another one."""
        return text(self.spec, "replicas")

    @property
    def by_eks(self) -> bool:
        """Tell whether EKS Auto Mode makes its nodes."""
        return text(self.spec, "template", "spec", "nodeClassRef", "group") == AUTO_MODE

    @property
    def built_in(self) -> bool:
        """Tell whether it is one of EKS's own, which have no limits."""
        return self.resource.kind == CLUSTER

    @property
    def requirements(self) -> Sequence[Json]:
        """Return what its nodes must be."""
        return dicts(self.spec, "template", "spec", "requirements")

    @property
    def grace(self) -> str:
        """Return after how long pods of a node that goes are killed, empty for never."""
        own = look_up(self.spec, "template", "spec", "terminationGracePeriod")
        return (text(own) or "24h" * self.by_eks) if known(own) else "unknown"

    @property
    def limits(self) -> Iterator[str]:
        """Yield how large it gets at most, in words."""
        for key, value in mapping(self.spec, "limits").items():
            unit = UNITS.get(key, key)
            yield f"{words(text(value))} {unit if text(value) != '1' else unit.removesuffix('s')}"

    def lets_in(self, spec: Json) -> bool:
        """Tell whether it makes nodes for pods, or may."""
        asks = {*wanted(spec)}
        given = {key: Unknown(key) for key in asks - {GROUP} if OF_NODES.fullmatch(key)}
        taints = {"taints": dicts(self.spec, "template", "spec", "taints")}
        # Most kinds differ in nothing that pods ask for.
        kinds = {
            frozenset((x, each[x]) for x in {*asks, ANY} & each.keys()) for each in self._labels
        }
        return any(
            takes({"metadata": {"labels": {**given, **dict(each)}}, "spec": taints}, {"spec": spec})
            for each in kinds
        )

    @property
    def architectures(self) -> frozenset[str]:
        """Return which its nodes may have."""
        missing = Unknown(ARCHITECTURE)
        return frozenset(x.get(ARCHITECTURE, missing) for x in self._labels)

    @property
    def types(self) -> frozenset[str]:
        """Return which instance types they may have, none where that isn't known."""
        every = {each.get(INSTANCE_TYPE, "") for each in self._labels if ANY not in each}
        return frozenset(every if self.requirements else ())

    @property
    def markets(self) -> frozenset[str]:
        """Return whether they may be Spot or On-Demand: both, where it doesn't say that."""
        said = [x for x in self.requirements if text(x, "key") == "karpenter.sh/capacity-type"]
        asked = {text(y) for x in said if text(x, "operator") == "In" for y in items(x, "values")}
        return frozenset(asked or {"spot", "on-demand"})

    @functools.cached_property
    def _labels(self) -> Sequence[Json]:
        """Return the labels of each kind of its nodes, as far as they are known."""
        domain = AUTO_MODE if self.by_eks else KARPENTER
        given = mapping(self.spec, "template", "metadata", "labels")
        own = {"karpenter.sh/nodepool": self.name, **{key: text(x) for key, x in given.items()}}
        own |= {"kubernetes.io/os": "linux"} if self.by_eks else {}
        for each in self.requirements:
            key, values = text(each, "key"), items(each, "values")
            one = text(each, "operator") == "In" and len(values) == 1
            own[key] = text(values[0]) if one else Unknown(key)
        if not self._is_known(domain):
            return [{**own, ANY: ""}]
        kinds = (facts(kind, domain) for kind in every_type())
        return [{**own, **x} for x in kinds if all(_allows(x, y) for y in self.requirements)]

    def _is_known(self, domain: str) -> bool:
        """Tell whether capacity/ has all instance types that the requirements name."""
        named = [(text(x, "key"), y) for x in self.requirements for y in items(x, "values")]
        kinds = ((known_values(key, domain), value) for key, value in named)
        whole = known(look_up(self.spec, "template"))
        return whole and all(not one or value in one for one, value in kinds)


def _allows(labels: Mapping[str, str], requirement: Json) -> bool:
    key, operator = (text(requirement, name) for name in ("key", "operator"))
    return meets(labels, key, operator, list(map(text, items(requirement, "values"))))


Home = Resource | Pool
"""A node group or a NodePool, whose nodes take pods."""


def named(home: Home) -> str:
    """Return a node group or a NodePool in words."""
    return f"NodePool `{home.name}`" if isinstance(home, Pool) else label(home)


@indexed
def pools(environment: Environment) -> Sequence[Pool]:
    """Return EKS's own NodePools, and those of the templates."""
    return [*_built_in(environment), *_of_objects(environment)]


def _of_objects(environment: Environment) -> Iterator[Pool]:
    for each in once(environment.kubernetes_objects("NodePool")).values():
        yield Pool(
            name=words(each.name),
            cluster=each.resource.cluster_key,
            resource=each.resource,
            spec=each.spec,
        )


def _built_in(environment: Environment) -> Iterator[Pool]:
    for cluster in with_auto_mode(environment):
        for name in map(words, items(cluster.properties, "ComputeConfig", "NodePools")):
            # Of another one nobody knows what it takes.
            spec = {"template": BUILT_IN.get(name, Unknown(name))}
            key = cluster.cluster_key
            yield Pool(name=name, cluster=key, resource=cluster, spec=spec)


def planned(environment: Environment) -> Mapping[str, int]:
    """Return with how many vCPUs a plan counts each pool of EKS's own, none of which has a limit."""
    names = {each.name for each in pools(environment) if each.built_in}
    groups = environment.inputs.groups if environment.inputs else ()
    return {x.name: x.vcpu_limit for x in groups if x.name in names and x.vcpu_limit}


def with_auto_mode(environment: Environment) -> Iterator[Resource]:
    """Yield the clusters for which EKS makes nodes."""
    for each in environment.resources(CLUSTER):
        if flag(each.properties, "ComputeConfig", "Enabled"):
            yield each


def without_pools(environment: Environment) -> Iterator[Resource]:
    """Yield the clusters with Auto Mode whose pools are somebody else's."""
    have = {each.cluster for each in pools(environment) if each.by_eks}
    found = with_auto_mode(environment)
    yield from (each for each in found if each.cluster_key not in have)


def has_unknown_nodes(environment: Environment) -> bool:
    """Tell whether nodes may come from what the templates don't have, or say only at deploy time."""
    clusters = environment.resources(CLUSTER)
    compute = [flag(each.properties, "ComputeConfig", "Enabled") for each in clusters]
    charts = (text(each.properties, "Chart") for each in environment.resources(CHART))
    brought = any("karpenter" in chart for chart in charts) or any(compute)
    return (
        None in compute
        or bool(not_understood(environment) or environment.kubernetes_objects("Provisioner"))
        or (brought and not pools(environment))
    )


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield that nodes of EKS's own pools may be elsewhere where a cluster gets other subnets."""
    for one, other, _ in sides.clusters():
        names = [named(x) for x in pools(sides.after) if x.resource == other]
        if one is None or other is None or not names:
            continue
        of = [
            [*side.targets(look_up(x.properties, "ResourcesVpcConfig", "SubnetIds"))]
            for side, x in zip(sides.both, (one, other), strict=True)
        ]
        was, now = (sorted(map(_placed, subnets)) for subnets in of)
        if was != now:
            details = DETAILS["nodes in subnets"].format(was=listed(was), now=listed(now))
            counted = DETAILS["counts private"] if sides.after.inputs else ""
            each = moved_networks.addresses(of[0])
            more = DETAILS["class of its own"].format(each=each, counted=counted)
            told, name = [details, more], label(other)
            there = any(x.resource == one for x in pools(sides.before))
            yield say(
                "pools elsewhere",
                pools=listed(names),
                cluster=name,
                details=told,
                no_longer="no longer" if there else "not",
                risk=Risk.INTERRUPTS if there else None,
            )


def _placed(subnet: Resource) -> str:
    cidr = text(subnet.properties, "CidrBlock")
    return f"{label(subnet)}{f' (`{words(cidr)}`)' if cidr else ''}"
