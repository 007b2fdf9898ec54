"""Realistic changes of dev, prod and some examples, all synthesized once and in one process.

A program: `python -m tests.unit.review.heads DIRECTORY` writes an assembly for each change, with
the changed environment only, and `base`, with all of them.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from configuration.model import EnvironmentConfig
from constructs_lib.specs.access import AccessEntrySpec, AccessPolicySpec, KubernetesGroupSpec
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.base import checked
from constructs_lib.specs.compute import (
    FargateSelectorSpec,
    NodeGroupSpec,
    SelfManagedNodeGroupSpec,
    TaintSpec,
)
from constructs_lib.specs.manifests import Manifests
from constructs_lib.specs.namespaces import NamespaceSpec
from constructs_lib.specs.network import FlowLogsSpec
from constructs_lib.specs.node_pool_parts import RequirementSpec
from examples import (
    auto_mode,
    karpenter,
    karpenter_on_fargate,
    machines,
    self_managed,
    spot,
    windows,
)
from tests.support import run_app, uncollected
from tests.unit.configuration.mistakes import DEV, PROD, with_changes

DEVELOPERS = AccessEntrySpec(
    principal_arn="arn:aws:iam::111122223333:role/Developers",
    policies=(AccessPolicySpec(policy="AmazonEKSEditPolicy", namespaces=("team-a",)),),
    kubernetes_groups=(KubernetesGroupSpec(name="platform:viewers", cluster_role="view"),),
)
BATCH = NodeGroupSpec(
    name="Batch",
    instance_types=("m7g.large",),
    ami_type="AL2023_ARM_64_STANDARD",
    min_size=0,
    desired_size=1,
    max_size=3,
)


GPU = NodeGroupSpec(
    name="Gpu",
    instance_types=("g6.xlarge",),
    ami_type="AL2023_x86_64_NVIDIA",
    min_size=0,
    desired_size=1,
    max_size=2,
)
SELF_MANAGED = SelfManagedNodeGroupSpec(
    name="Jobs",
    instance_types=("m7g.large",),
    ami_type="AL2023_ARM_64_STANDARD",
    release_version="1.35.6-20261015",
    service_ipv4_cidr="172.20.0.0/16",
    min_size=1,
    desired_size=1,
    max_size=3,
    taints=(TaintSpec(key="jobs", value="true", effect="NO_SCHEDULE"),),
)


def pinned(config: EnvironmentConfig, label: str, value: str) -> EnvironmentConfig:
    """Return an environment with a Deployment whose pods need nodes with a label."""
    values, path = {"label": label, "value": value}, "tests/unit/review/pinned"
    shop = Manifests(name="Shop", namespace="shop", path=path, values=values)
    return with_changes(config, {"workloads": (shop,)})


AUTO_MODE = pinned(auto_mode.ENVIRONMENT, "kubernetes.io/arch", "arm64")
KARPENTER = pinned(karpenter.ENVIRONMENT, "kubernetes.io/arch", "arm64")
WINDOWS = pinned(windows.ENVIRONMENT, "kubernetes.io/os", "windows")
EXAMPLES = (karpenter_on_fargate, machines, self_managed, spot)
BASES = (DEV, PROD, AUTO_MODE, KARPENTER, WINDOWS, *(each.ENVIRONMENT for each in EXAMPLES))


def families(domain: str, *names: str) -> RequirementSpec:
    """Return a requirement of a NodePool."""
    return RequirementSpec(key=f"{domain}/instance-family", values=names)


HEADS: Mapping[str, EnvironmentConfig] = {
    "maximum-nodes": with_changes(PROD, {"node_groups[0].max_size": 12}),
    "desired-nodes-down": with_changes(
        PROD, {"node_groups[0].min_size": 2, "node_groups[0].desired_size": 2}
    ),
    "instance-type": with_changes(PROD, {"node_groups[0].instance_types": ("m7g.2xlarge",)}),
    "instance-type-accepted": with_changes(
        PROD,
        {
            "node_groups[0].instance_types": ("m7g.2xlarge",),
            "accepted_replacements": {
                "Prod/Cluster/DataPlane/NodeGroups/General/NodeGroup/Resource": "The pods move on "
                "Tuesday at 6; their budgets were checked for it.",
            },
        },
    ),
    "disk-size": with_changes(PROD, {"node_groups[0].disk_size_gib": 120}),
    "new-node-group": with_changes(PROD, {"node_groups": (*PROD.node_groups, BATCH)}),
    "spot": with_changes(
        PROD,
        {
            "node_groups[0].capacity_type": "SPOT",
            "node_groups[0].instance_types": ("m7g.xlarge", "m6g.xlarge"),
        },
    ),
    "gpu-group": with_changes(PROD, {"node_groups": (*PROD.node_groups, GPU)}),
    "self-managed-group": with_changes(PROD, {"node_groups": (*PROD.node_groups, SELF_MANAGED)}),
    "version-up-by-one": with_changes(PROD, {"cluster.kubernetes_version": "1.36"}),
    "cidr-changed": with_changes(
        PROD,
        {
            "network.cidr": "10.21.0.0/16",
            "workloads[0].load_balancer_source_ranges": ("10.21.0.0/16",),
        },
    ),
    "zone-added": with_changes(
        DEV,
        {
            "network.zones": ("eu-west-1a", "eu-west-1b", "eu-west-1c"),
            "network.control_plane_zones": ("eu-west-1a", "eu-west-1b"),
        },
    ),
    "zone-added-to-the-cluster": with_changes(
        DEV, {"network.zones": ("eu-west-1a", "eu-west-1b", "eu-west-1c")}
    ),
    "zone-removed": with_changes(PROD, {"network.zones": ("eu-west-1a", "eu-west-1b")}),
    "flow-logs-moved": with_changes(
        PROD,
        {"network.flow_logs": FlowLogsSpec(destination="cloud-watch-logs", retention_days=365)},
    ),
    "region-changed": with_changes(
        PROD,
        {
            "region": "eu-central-1",
            "network.zones": ("eu-central-1a", "eu-central-1b", "eu-central-1c"),
        },
    ),
    "account-named": with_changes(DEV, {"account": "111122223333"}),
    "nat-single": with_changes(PROD, {"network.nat_gateways": "single"}),
    "endpoint-opened": with_changes(
        PROD,
        {
            "cluster.endpoint_public_access": True,
            "cluster.endpoint_public_access_cidrs": ("203.0.113.0/24",),
        },
    ),
    "endpoint-closed": with_changes(
        DEV,
        {
            "cluster.endpoint_public_access": False,
            "cluster.endpoint_public_access_cidrs": (),
            "cluster.endpoint_open_because": None,
        },
    ),
    "access-entry-added": with_changes(
        PROD,
        {"access.entries": (DEVELOPERS,), "namespaces": (NamespaceSpec(name="team-a"),)},
    ),
    "administrator-trusts-one": with_changes(
        PROD,
        {"access.roles[0].trusted_principal_arns": ("arn:aws:iam::111122223333:role/Operator",)},
    ),
    "fargate-selector": with_changes(
        PROD,
        {
            "fargate_profiles[0].selectors": (
                *PROD.fargate_profiles[0].selectors,
                FargateSelectorSpec(namespace="jobs"),
            )
        },
    ),
    "replicas": with_changes(PROD, {"workloads[0].web_replicas": 5}),
    "load-balancer-opened": with_changes(
        PROD,
        {
            "workloads[0].load_balancer_scheme": "internet-facing",
            "workloads[0].load_balancer_source_ranges": ("0.0.0.0/0",),
        },
    ),
    "sample-service-gone": with_changes(PROD, {"workloads": ()}),
    "warm-addresses": with_changes(PROD, {"vpc_cni.warm_prefix_target": 2}),
    "architecture-changed": with_changes(
        PROD,
        {
            "node_groups[0].instance_types": ("m7i.xlarge",),
            "node_groups[0].ami_type": "BOTTLEROCKET_x86_64",
        },
    ),
    "becomes-administrator": with_changes(
        PROD,
        {
            "tags": {"environment": "prod", "project": "eks-groundwork", "owner": "platform"},
            "access.entries": (
                AccessEntrySpec(
                    principal_arn=DEVELOPERS.principal_arn,
                    policies=(AccessPolicySpec(policy="AmazonEKSClusterAdminPolicy"),),
                ),
            ),
            "namespaces": (NamespaceSpec(name="team-a"),),
        },
    ),
    "retention-shortened": with_changes(
        PROD,
        {
            "node_groups[0].disk_size_gib": 120,
            "cluster.log_retention_days": 30,
            "network.flow_logs": FlowLogsSpec(destination="s3", retention_days=30),
        },
    ),
    "opened-to-partners": with_changes(
        PROD,
        {
            "workloads[0].load_balancer_scheme": "internet-facing",
            "workloads[0].load_balancer_source_ranges": ("203.0.113.0/24", "198.51.100.0/24"),
            "workloads[0].web_replicas": 2,
        },
    ),
    "weakened": with_changes(
        PROD,
        {
            "production": False,
            "termination_protection": False,
            "removal_policy": "destroy",
            "cluster.deletion_protection": False,
        },
    ),
    "one-zone": with_changes(PROD, {"node_groups[0].zones": ("eu-west-1a",)}),
    "group-renamed": with_changes(PROD, {"node_groups[0].name": "Workers"}),
    "dns-on-fargate": with_changes(PROD, {"add_ons.coredns_compute_type": "fargate"}),
    "mfa-dropped": with_changes(
        PROD,
        {
            "access.roles[0].require_mfa": False,
            "access.roles[0].trusted_principal_arns": ("arn:aws:iam::111122223333:role/Operator",),
        },
    ),
    "reads-less": with_changes(
        PROD,
        {
            "access.roles[1].policies": (
                AccessPolicySpec(policy="AmazonEKSViewPolicy", namespaces=("sample",)),
            )
        },
    ),
    "auto-mode-amd64": with_changes(
        AUTO_MODE,
        {
            "auto_mode.node_pools[0].requirements[0]": families("eks.amazonaws.com", "m7i", "c7i"),
            "auto_mode.node_pools[1].requirements[0]": families("eks.amazonaws.com", "m7i", "c7i"),
        },
    ),
    "auto-mode-own-pools": with_changes(AUTO_MODE, {"auto_mode.built_in_node_pools": ()}),
    "auto-mode-off": with_changes(
        AUTO_MODE,
        {
            "auto_mode": None,
            "add_ons": AddOnsSpec(),
            "node_groups": (
                with_changes(BATCH, {"name": "General", "min_size": 1, "desired_size": 2}),
            ),
        },
    ),
    "karpenter-amd64": with_changes(
        KARPENTER,
        {
            "node_groups[0].instance_types": ("m7i.large",),
            "node_groups[0].ami_type": "BOTTLEROCKET_x86_64",
            "karpenter.node_pools[0].requirements[0]": families("karpenter.k8s.aws", "m7i", "c7i"),
        },
    ),
    "karpenter-gone": with_changes(KARPENTER, {"karpenter": None}),
    "karpenter-image": with_changes(
        KARPENTER,
        {
            "karpenter.node_classes[0].ami": "bottlerocket@v1.51.0",
            "karpenter.node_pools[0].requirements[2].values": ("spot",),
        },
    ),
    "windows-more-nodes": with_changes(
        WINDOWS, {"node_groups[1].desired_size": 3, "node_groups[1].max_size": 6}
    ),
    "karpenter-on-fargate-less": with_changes(
        karpenter_on_fargate.ENVIRONMENT, {"karpenter.node_pools[0].limits.cpu": 16}
    ),
    "endpoints-gone": with_changes(PROD, {"network.interface_endpoints": ()}),
    "fargate-fewer-subnets": with_changes(
        PROD, {"fargate_profiles[0].zones": ("eu-west-1a", "eu-west-1b")}
    ),
    "update-at-once": with_changes(PROD, {"node_groups[0].max_unavailable_percentage": 100}),
    "spot-types": with_changes(
        spot.ENVIRONMENT, {"node_groups[1].instance_types": ("m7g.large", "c7g.large")}
    ),
    "warm-pool-gone": with_changes(machines.ENVIRONMENT, {"node_groups[0].warm_pool": None}),
    "self-managed-spot": with_changes(
        self_managed.ENVIRONMENT, {"node_groups[1].on_demand_base": 0}
    ),
    "self-managed-all-spot": with_changes(
        self_managed.ENVIRONMENT,
        {
            "node_groups[1].on_demand_base": 0,
            "node_groups[1].on_demand_percentage": 0,
        },
    ),
    "windows-gone": with_changes(WINDOWS, {"node_groups": WINDOWS.node_groups[:1]}),
}
"""Each changed environment by the name of its change. Some have the name of the other file's."""


def synthesize(outdir: Path) -> subprocess.CompletedProcess[str]:
    """Synthesize all of it in a process of its own, where the CDK's own validation is off."""
    return run_app(outdir, "-m", "tests.unit.review.heads", str(outdir), validate=False)


def main(outdir: Path) -> None:
    """Synthesize base and heads, without the rules: they have tests of their own."""
    import aws_cdk as cdk  # noqa: PLC0415  # the tests read the assemblies without the CDK

    from stacks.platform import PlatformStage  # noqa: PLC0415

    def synth(name: str, configs: Iterable[EnvironmentConfig]) -> None:
        # A review reads no assets, and the kubectl layers alone are 94 MB in each assembly.
        unstaged = {"aws:cdk:disable-asset-staging": True, "aws:cdk:enable-asset-metadata": False}
        app = cdk.App(outdir=str(outdir / name), post_cli_context=unstaged)
        for config in configs:
            PlatformStage(app, config)
        app.synth()

    checked(**{name.replace("-", "_"): config for name, config in HEADS.items()})
    synth("base", BASES)
    for name, config in HEADS.items():
        synth(name, (config,))


if __name__ == "__main__":
    uncollected()
    main(Path(sys.argv[1]))
