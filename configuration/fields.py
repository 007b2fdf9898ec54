"""The fields of an environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator

from constructs_lib.specs.access import AccessSpec
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.auto_mode import AutoModeSpec
from constructs_lib.specs.base import Spec, refused
from constructs_lib.specs.cluster import ClusterSpec, VpcCniSpec
from constructs_lib.specs.cni import cni_of
from constructs_lib.specs.compute import (
    FargateProfileSpec,
    NodeGroupSpec,
    SelfManagedNodeGroupSpec,
)
from constructs_lib.specs.compute_protocol import Compute, ComputeSpec
from constructs_lib.specs.http_proxy import HttpProxySpec
from constructs_lib.specs.karpenter import KarpenterSpec
from constructs_lib.specs.namespaces import NamespaceSpec
from constructs_lib.specs.network import Network, NetworkSpec
from constructs_lib.specs.node_pools import NodePoolSpec
from constructs_lib.specs.proxy_settings import ProxySettings, proxy_settings
from constructs_lib.specs.regions import Region
from constructs_lib.specs.tags import TagKey, TagValue, check_tags
from constructs_lib.specs.types import AccountId, DnsLabel, NonEmpty, Reason
from constructs_lib.specs.workloads import Workload

MAKERS = ("auto_mode", "karpenter")
"""The fields of what starts nodes when pods need them."""


def _environment_name(value: str) -> str:
    if not value[:1].isalpha():
        raise refused("a name that begins with a letter", "write it like dev or prod-eu")
    return value


class EnvironmentFields(Spec):
    """The fields of an environment. `EnvironmentConfig` adds the rules across them."""

    name: Annotated[DnsLabel, AfterValidator(_environment_name)]
    """The environment's name, such as dev or prod-eu. Stacks are named after it."""
    region: Region
    """The AWS region."""
    account: AccountId | None = None
    """The AWS account, 12 digits; None uses the account of the credentials at deploy."""
    production: bool
    """Whether this is a production environment, for which stricter rules apply."""
    termination_protection: bool
    """Whether CloudFormation refuses to delete the network and cluster stacks."""
    removal_policy: Literal["destroy", "retain"]
    """What happens to keys and logs when their stack is deleted: 'destroy' or 'retain'."""
    protected_logs: bool = False
    """Whether keys of the environment's own encrypt its log groups and flow logs, and a bucket of flow
    logs keeps for 30 days what somebody deletes."""
    tags: Annotated[Mapping[TagKey, TagValue], AfterValidator(check_tags)] = {}
    """Tags for every resource that supports them."""
    accepted_replacements: Mapping[NonEmpty, Reason] = {}
    """Stateful resources that the next deploy may replace or delete, by construct path or logical id,
    each with the reason. `make check` lists them; remove them after the deploy."""
    network: Network
    http_proxy: HttpProxySpec | None = None
    """The HTTP proxy that nodes and the kubectl handler use; None where they need none."""
    cluster: ClusterSpec
    """The control plane."""
    vpc_cni: VpcCniSpec = VpcCniSpec()
    """How pods get their addresses."""
    node_groups: tuple[NodeGroupSpec | SelfManagedNodeGroupSpec, ...] = ()
    """Node groups: those that EKS manages, and those that you manage."""
    fargate_profiles: tuple[FargateProfileSpec, ...] = ()
    """Fargate profiles."""
    karpenter: KarpenterSpec | None = None
    """Karpenter, which makes nodes when pods need them; None doesn't install it."""
    auto_mode: AutoModeSpec | None = None
    """EKS Auto Mode; None leaves it off."""
    fargate_log_retention_days: Literal[7, 14, 30, 60, 90, 180, 365] = 30
    """Days until a log record of a Fargate pod is deleted."""
    access: AccessSpec = AccessSpec()
    """Who has access to the cluster."""
    namespaces: tuple[NamespaceSpec, ...] = ()
    """Namespaces that the platform creates for teams."""
    add_ons: AddOnsSpec = AddOnsSpec()
    """Add-ons and their versions."""
    workloads: tuple[Workload, ...] = ()
    """What runs on the platform, each in a stack of its own."""

    @property
    def stage_id(self) -> str:
        """Return the name in PascalCase: the first part of every stack's path."""
        return "".join(part.capitalize() for part in self.name.split("-"))

    @property
    def data_plane(self) -> tuple[ComputeSpec, ...]:
        """Return everything that runs pods, as the environment lists it."""
        return (*self.node_groups, *self.fargate_profiles, *self.makers.values())

    @property
    def node_pools(self) -> tuple[NodePoolSpec, ...]:
        """Return every NodePool."""
        return tuple(pool for maker in self.makers.values() for pool in maker.pools)

    @property
    def makers(self) -> Mapping[str, AutoModeSpec | KarpenterSpec]:
        """Return what starts nodes when pods need them, by its field."""
        return {name: each for name in MAKERS if (each := getattr(self, name)) is not None}

    @property
    def compute(self) -> tuple[Compute, ...]:
        """Return everything that makes nodes."""
        cni, makers = cni_of(self.vpc_cni), self.makers.values()
        return (*self.node_groups, *(x for maker in makers for x in maker.compute(cni)))

    @property
    def nodes(self) -> tuple[Compute, ...]:
        """Return everything that makes nodes for the platform's own pods: none of it waits for Karpenter."""
        hosts = (maker.pools for maker in self.makers.values() if maker.hosts_platform)
        return (*self.node_groups, *(pool for pools in hosts for pool in pools))

    @property
    def is_uncounted(self) -> bool:
        """Tell whether its network or NodePools have problems: what they add up to isn't known then."""
        return any(any(part.problems()) for part in (self.network, *self.makers.values()))

    @property
    def own_network(self) -> bool:
        """Tell whether all nodes of the platform bring their own network."""
        hosts = [each.brings_network for each in self.data_plane if each.hosts_platform]
        return bool(hosts) and all(hosts)

    @property
    def needs_coredns(self) -> bool:
        """Tell whether there are pods that don't find DNS on their node, as those of Auto Mode do."""
        return not all(each.brings_network for each in self.data_plane)

    @property
    def proxy(self) -> ProxySettings | None:
        """Return what nodes and the kubectl handler are told about the proxy, if there is one."""
        if self.http_proxy is None:
            return None
        ours = self.network if isinstance(self.network, NetworkSpec) else None
        return proxy_settings(
            self.http_proxy,
            region=self.region,
            ranges=self.network.cidrs,
            service_range=self.cluster.service_ipv4_cidr,
            endpoints=() if ours is None else ("s3", *ours.all_interface_endpoints),
        )

    @property
    def pulls_oci_charts(self) -> bool:
        """Tell whether the kubectl handler pulls charts from registries, which it signs in to."""
        controller = self.add_ons.load_balancer_controller
        return (
            any(each.oci_charts for each in self.data_plane)
            or any(each.oci_charts for each in self.workloads)
            or (controller is not None and controller.chart_repository.startswith("oci://"))
        )
