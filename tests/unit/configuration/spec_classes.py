"""Every specification class, for tests that must miss none."""

from __future__ import annotations

from configuration import (
    access_rules,
    auto_mode_rules,
    closed_network_rules,
    data_plane_rules,
    distinct,
    karpenter_rules,
    machine_rules,
    model,
    network_rules,
    node_pool_rules,
    platform_rules,
    production_rules,
    workload_rules,
)
from constructs_lib.specs import (
    access,
    add_ons,
    additional_add_on,
    auto_mode,
    between_workloads,
    cluster,
    compute,
    existing_network,
    fargate,
    helm_release,
    http_proxy,
    image_architectures,
    karpenter,
    machine_features,
    machines,
    managed_limits,
    manifests,
    namespaced_workloads,
    namespaces,
    network,
    network_limits,
    node_classes,
    node_pool_fields,
    node_pool_parts,
    node_pool_starts,
    node_pool_times,
    node_pools,
    nodes,
    permissions,
    workloads,
)
from constructs_lib.specs.base import Spec
from workloads import sample_service

SPEC_MODULES = (
    *(
        access,
        add_ons,
        additional_add_on,
        auto_mode,
        cluster,
        compute,
        fargate,
        karpenter,
        machine_features,
        machines,
        managed_limits,
        nodes,
        namespaces,
        network,
        permissions,
    ),
    *(
        existing_network,
        http_proxy,
        network_limits,
        node_classes,
        node_pool_fields,
        node_pool_parts,
        node_pool_starts,
        node_pool_times,
        node_pools,
        workloads,
        between_workloads,
        image_architectures,
        manifests,
        namespaced_workloads,
        helm_release,
        sample_service,
        model,
    ),
)
"""Where the specifications of an environment are."""
RULE_MODULES = (
    access_rules,
    auto_mode_rules,
    closed_network_rules,
    data_plane_rules,
    distinct,
    karpenter_rules,
    machine_rules,
    network_rules,
    node_pool_rules,
    platform_rules,
    production_rules,
    workload_rules,
)
"""Where the rules over a whole environment are."""


def specs() -> list[type[Spec]]:
    """Return every specification class."""
    return [
        item
        for module in SPEC_MODULES
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Spec) and item.__module__ == module.__name__
    ]
