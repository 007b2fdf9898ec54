"""Specifications of Karpenter: the controller, the classes of its nodes, and their pools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from capacity.cni import Cni
from capacity.instance_types import InstanceType
from capacity.pods import cap, group_limit, network_pods
from constructs_lib.specs.add_ons import version_tuple
from constructs_lib.specs.base import Problem, Spec, readable, refused, repeated, rule
from constructs_lib.specs.compute_protocol import ComputeSpec
from constructs_lib.specs.ec2_ids import PolicyArn
from constructs_lib.specs.node_pools import KarpenterNodePoolSpec, PinnedNodePoolSpec
from constructs_lib.specs.permissions import PermissionsSpec
from constructs_lib.specs.tags import TagKey, TagValue, check_tags
from constructs_lib.specs.types import DnsLabel, ImageRepository, distinct, shaped

KARPENTER = "1.14.1"
"""Of the charts karpenter and karpenter-crd, which share the controller's version."""
OLDEST_KARPENTER: Mapping[str, str] = {
    "1.33": "1.5.0",
    "1.34": "1.6.0",
    "1.35": "1.9.0",
    "1.36": "1.13.0",
}
"""The oldest controller for each Kubernetes version (karpenter.sh, v1.14, "Compatibility Matrix")."""
SINCE: Mapping[str, str] = {
    "replicas": "1.8.1",
    "Gte": "1.9.0",
    "Lte": "1.9.0",
    "Balanced": "1.14.0",
    "nodeOverlay": "1.7.0",
    "capacityBuffer": "1.14.0",
}
"""The controller that brought what its oldest one lacks (karpenter-provider-aws, the CRD
karpenter.sh_nodepools.yaml and the chart's values.yaml at each tag)."""
NAME = "karpenter"
"""Of the release, its service account and, in the label app.kubernetes.io/name, its pods."""
RESOURCES = {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}
"""Of one controller, as its chart takes them (karpenter.sh, v1.14, "Getting Started with Karpenter")."""


def _controller_version(value: str) -> str:
    oldest = min(OLDEST_KARPENTER.values(), key=version_tuple)
    if version_tuple(value) < version_tuple(oldest):
        raise refused(f"{oldest} or newer", f"remove it: the project uses {KARPENTER}")
    return value


ControllerVersion = Annotated[
    str,
    shaped(
        r"\d+\.\d+\.\d+",
        "a version of the charts such as 1.14.1 (without a leading v)",
        "copy one from the releases of aws/karpenter-provider-aws",
    ),
    AfterValidator(_controller_version),
]
ChartFolder = Annotated[
    str,
    shaped(
        r"oci://[A-Za-z0-9.-]+(:\d{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*",
        "an oci:// address that has the charts karpenter and karpenter-crd below it",
        "write it like oci://public.ecr.aws/karpenter, without the name of a chart",
    ),
]
ImageDigest = Annotated[
    str,
    shaped(
        r"sha256:[0-9a-f]{64}",
        "a digest such as sha256:, followed by 64 hexadecimal digits",
        "copy the one that the registry shows for the tag",
    ),
]
AmiAlias = Annotated[
    str,
    shaped(
        r"al2023@v\d{8}|bottlerocket@v\d+\.\d+\.\d+",
        "al2023@v20261015 or bottlerocket@v1.50.0, with a release: @latest would replace all nodes with "
        "each new one, untried",
        "copy a release from those of awslabs/amazon-eks-ami or bottlerocket-os/bottlerocket",
    ),
]
FeatureGate = Literal["nodeRepair", "nodeOverlay", "spotToSpotConsolidation", "capacityBuffer"]


class Ec2NodeClassSpec(Spec):
    """An EC2NodeClass: what all nodes of some NodePools have. A change replaces them, as budgets allow."""

    name: DnsLabel
    """The name, by which NodePools refer to it."""
    ami: AmiAlias
    """The image: its system and a release. A NodePool's instance types say which architecture and drivers."""
    disk_size_gib: Annotated[int, Field(ge=20, le=16384)] = 40
    """Size of the encrypted gp3 volume for images, logs and emptyDirs, in GiB."""
    max_pods: Annotated[int, Field(ge=3, le=250)] | None = None
    """The most pods per node, including those on the host network. None lets Karpenter derive it from the
    interfaces of each type, except where EKS counts otherwise, with prefixes or above its cap: then it is
    the number of the lowest type of the pools. `make plan` shows it."""
    tags: Annotated[Mapping[TagKey, TagValue], AfterValidator(check_tags)] = {}
    """Tags of instances, volumes and interfaces, beside those of the environment."""

    @property
    def system(self) -> str:
        """Return its system as in AMI types: AL2023 or BOTTLEROCKET."""
        return self.ami.partition("@")[0].upper()


class KarpenterSpec(ComputeSpec):
    """Karpenter: nodes that come when pods need them, and go when they don't."""

    node_classes: Annotated[tuple[Ec2NodeClassSpec, ...], Field(min_length=1)]
    """What nodes have: image, disk, pods."""
    node_pools: Annotated[tuple[KarpenterNodePoolSpec, ...], Field(min_length=1)]
    """Which nodes may start, and how many."""
    controller_version: ControllerVersion = KARPENTER
    """The version of the controller and of both of its charts."""
    chart_repository: ChartFolder = "oci://public.ecr.aws/karpenter"
    """Where the charts karpenter and karpenter-crd come from, without their names. A network without
    NAT needs a mirror in ECR."""
    image_repository: ImageRepository | None = None
    """Where the controller's image comes from; None uses the chart's default on public.ecr.aws. A
    network without NAT needs a mirror in ECR."""
    image_digest: ImageDigest | None = None
    """The digest of the image; None uses the one in the chart, which a mirror keeps if it copies every
    architecture."""
    replicas: Annotated[int, Field(ge=1, le=10)] = 2
    """How many controller pods run, each on a host of its own; one is the leader."""
    isolated_vpc: bool = False
    """Whether AWS is reached through VPC endpoints only: Karpenter then asks neither for prices nor
    for instance profiles, whose services have none."""
    feature_gates: Annotated[tuple[FeatureGate, ...], distinct(4, "there are no more")] = ()
    """Features to turn on that Karpenter has off by default."""
    permissions: PermissionsSpec = PermissionsSpec()
    """What the nodes may do in AWS beside what EKS asks for. Pods get permissions of their own."""
    permissions_boundary: PolicyArn | None = None
    """The permissions boundary of the nodes' role."""

    oci_charts: ClassVar[bool] = True
    endpoints: ClassVar[Mapping[str, str]] = {"sqs": "Karpenter"}
    max_load_balancers: ClassVar[int] = 0
    """It makes no load balancers."""

    @property
    def controllers(self) -> Mapping[str, tuple[int, Mapping[str, object]]]:
        """Return its pods: how many, and the values of their chart."""
        return {NAME: (self.replicas, {"controller": {"resources": RESOURCES}})}

    @property
    def pools(self) -> tuple[KarpenterNodePoolSpec, ...]:
        """Return every NodePool."""
        return self.node_pools

    @property
    def gates(self) -> tuple[str, ...]:
        """Return all feature gates to turn on: a pool with replicas needs one."""
        fixed = any(pool.replicas is not None for pool in self.node_pools)
        return (*self.feature_gates, *(["staticCapacity"] if fixed else []))

    def max_pods(self, cni: Cni, name: str) -> int | None:
        """Return how many pods a node of a class takes, None where Karpenter counts as EKS does."""
        pinned = next((each.max_pods for each in self.node_classes if each.name == name), None)
        kinds = self.kinds(name)
        if pinned is not None or not kinds:
            return pinned
        if not cni.prefix_delegation and all(
            network_pods(cni, kind) <= cap(kind) for kind in kinds
        ):
            return None
        return group_limit(cni, kinds).pods

    def kinds(self, name: str) -> list[InstanceType]:
        """Return the instance types of the pools of a class."""
        return [kind for pool in self.node_pools if pool.node_class == name for kind in pool.kinds]

    def compute(self, cni: Cni) -> tuple[PinnedNodePoolSpec, ...]:
        """Return what makes nodes: the pools, with the pods of a node."""
        return tuple(
            PinnedNodePoolSpec.model_construct(
                **dict(pool), pinned=self.max_pods(cni, pool.node_class)
            )
            for pool in self.node_pools
        )

    @rule
    def names_are_distinct(self) -> Iterator[Problem]:
        """Both are objects of the cluster, each with a name of its own."""
        for field in ("node_classes", "node_pools"):
            for index, name in repeated(getattr(self, field), "name"):
                yield Problem(
                    at=f"{field}[{index}].name",
                    got=name,
                    allowed=f"a name that is unique in {field}",
                    fix="rename one of them",
                )

    @rule
    def the_controller_knows_the_fields(self) -> Iterator[Problem]:
        """The API refuses what its CRD lacks, or drops it; a chart ignores a gate."""
        for at, got, what in self._new():
            if version_tuple(self.controller_version) < version_tuple(SINCE.get(what, "0.0.0")):
                yield Problem(
                    at=at,
                    got=got,
                    allowed=f"no {what} with Karpenter {self.controller_version}: {SINCE[what]} brought it",
                    fix=f"set controller_version={SINCE[what]!r} or newer, or remove {what}",
                )

    def _new(self) -> Iterator[tuple[str, object, str]]:
        for index, gate in enumerate(self.feature_gates):
            yield f"feature_gates[{index}]", gate, gate
        for index, pool in enumerate(self.node_pools):
            at, policy = f"node_pools[{index}]", pool.disruption.consolidation_policy
            if pool.replicas is not None:
                yield f"{at}.replicas", pool.replicas, "replicas"
            yield f"{at}.disruption.consolidation_policy", policy, str(policy)
            for number, each in enumerate(pool.requirements):
                yield f"{at}.requirements[{number}].operator", each.operator, each.operator

    @rule
    def pools_have_a_class(self) -> Iterator[Problem]:
        """A pool without one starts nothing."""
        names = list(dict(readable(self.node_classes, "name")).values())
        for index, name in readable(self.node_pools, "node_class"):
            if name not in names:
                yield Problem(
                    at=f"node_pools[{index}].node_class",
                    got=name,
                    allowed=f"the name of one of node_classes: {', '.join(names)}",
                    fix=f"set node_class={names[0]!r}" if names else "add an Ec2NodeClassSpec",
                )
