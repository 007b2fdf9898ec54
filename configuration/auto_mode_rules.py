"""Rules over EKS Auto Mode and what it replaces or leaves alone in an environment."""

from __future__ import annotations

from collections.abc import Iterator

from configuration.fields import EnvironmentFields
from constructs_lib.specs.base import Problem, rule
from constructs_lib.specs.cluster import VpcCniSpec


class AutoModeRules(EnvironmentFields):
    """What must fit EKS Auto Mode."""

    @rule
    def one_controller_makes_load_balancers(self) -> Iterator[Problem]:
        """Both take every Service of type LoadBalancer (EKS user guide, "Use Service Annotations")."""
        if self.auto_mode is not None and self.add_ons.load_balancer_controller is not None:
            yield Problem(
                at="add_ons.load_balancer_controller",
                got=self.add_ons.load_balancer_controller,
                allowed="None with auto_mode, which makes load balancers itself",
                fix="set load_balancer_controller=None",
            )

    @rule
    def auto_mode_has_its_own_network(self) -> Iterator[Problem]:
        """EKS user guide, "Learn about VPC Networking and Load Balancing in EKS Auto Mode"."""
        default = VpcCniSpec().__dict__
        changed = sorted(
            name for name, value in self.vpc_cni.__dict__.items() if value != default[name]
        )
        if self.only_auto_mode and changed:
            yield Problem(
                at=f"vpc_cni.{changed[0]}",
                got=getattr(self.vpc_cni, changed[0]),
                allowed="no settings of the VPC CNI where all nodes are those of auto_mode: it has no "
                "security groups for pods, no custom networking, and always prefixes",
                fix="remove vpc_cni, or add a node group for the pods that need it",
            )

    @rule
    def auto_mode_knows_no_proxy(self) -> Iterator[Problem]:
        """EKS's own NodeClass has none, and this project hands none to the others."""
        if self.auto_mode is not None and self.http_proxy is not None:
            yield Problem(
                at="http_proxy",
                got=self.http_proxy,
                allowed="None with auto_mode: its nodes would not be told of the proxy",
                fix="remove http_proxy, or use node_groups instead of auto_mode",
            )

    @rule
    def one_controller_makes_nodes(self) -> Iterator[Problem]:
        """Both bring the definition of NodePools, and Helm takes over none that it didn't install."""
        if self.auto_mode is not None and self.karpenter is not None:
            yield Problem(
                at="karpenter",
                got=self.karpenter,
                allowed="None with auto_mode: EKS has defined NodePools before the chart karpenter-crd would",
                fix="remove karpenter or auto_mode",
            )
