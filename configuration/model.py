"""The typed value that an environment file holds: its fields, and the rules across them."""

from __future__ import annotations

from configuration.access_rules import AccessRules
from configuration.add_on_rules import AddOnRules
from configuration.auto_mode_rules import AutoModeRules
from configuration.closed_network_rules import ClosedNetworkRules
from configuration.data_plane_rules import DataPlaneRules
from configuration.karpenter_rules import KarpenterRules
from configuration.machine_rules import MachineRules
from configuration.network_rules import NetworkRules
from configuration.node_pool_rules import NodePoolRules
from configuration.platform_rules import PlatformRules
from configuration.production_rules import ProductionRules
from configuration.windows_rules import WindowsRules
from configuration.workload_rules import WorkloadRules


class EnvironmentConfig(
    AccessRules,
    WorkloadRules,
    ProductionRules,
    PlatformRules,
    AddOnRules,
    KarpenterRules,
    NodePoolRules,
    MachineRules,
    WindowsRules,
    AutoModeRules,
    DataPlaneRules,
    ClosedNetworkRules,
    NetworkRules,
):
    """Everything that one environment decides."""
