"""Environments that differ from dev and prod as far as they can, synthesized once for all tests.

The tests read the templates that `tests.synthesized` writes, so that they need no jsii of their own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from configuration.model import EnvironmentConfig
from constructs_lib.specs.access import (
    AccessEntrySpec,
    AccessPolicySpec,
    AccessRoleSpec,
    AccessSpec,
    KubernetesGroupSpec,
)
from constructs_lib.specs.add_ons import AddOnsSpec, LoadBalancerControllerSpec
from constructs_lib.specs.additional_add_on import AddOnSpec
from constructs_lib.specs.auto_mode import AutoModeNodePoolSpec, AutoModeSpec, NodeClassSpec
from constructs_lib.specs.base import checked
from constructs_lib.specs.cluster import ClusterSpec, VpcCniSpec
from constructs_lib.specs.compute import (
    FargateProfileSpec,
    FargateSelectorSpec,
    NodeGroupSpec,
    SelfManagedNodeGroupSpec,
    TaintSpec,
)
from constructs_lib.specs.existing_network import ExistingNetworkSpec
from constructs_lib.specs.helm_release import HelmRelease
from constructs_lib.specs.http_proxy import HttpProxySpec
from constructs_lib.specs.karpenter import Ec2NodeClassSpec, KarpenterSpec
from constructs_lib.specs.manifests import Manifests
from constructs_lib.specs.namespaced_workloads import ImageSpec
from constructs_lib.specs.namespaces import NamespaceSpec
from constructs_lib.specs.network import FlowLogsSpec, NetworkSpec
from constructs_lib.specs.node_pool_parts import LimitsSpec, RequirementSpec
from constructs_lib.specs.node_pools import KarpenterNodePoolSpec
from constructs_lib.specs.permissions import PermissionsSpec, StatementSpec
from constructs_lib.specs.workloads import Workload
from tests.support import Assembly
from workloads.sample_service import SampleService

if TYPE_CHECKING:
    from constructs import Construct

    from constructs_lib.platform import Platform

ECR = "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
CI = "arn:aws:iam::111122223333:role/ci/Deployer"
OPERATOR = "arn:aws:iam::111122223333:role/Operator"
KEY = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-4e5f-6789-0a1b-2c3d4e5f6789"
DEVELOPERS = "arn:aws:iam::111122223333:role/Developers"
AUDITOR = "arn:aws:iam::111122223333:user/auditor"
CERTIFICATE = (
    "arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d-0000-4444-8888-0123456789ab"
)
NODES = "arn:aws:iam::111122223333:role/SelfManagedNodes"

ENTRIES = (
    AccessEntrySpec(
        principal_arn=DEVELOPERS,
        policies=(AccessPolicySpec(policy="AmazonEKSEditPolicy", namespaces=("team-a", "team-*")),),
        kubernetes_groups=(
            KubernetesGroupSpec(
                name="team:developers", cluster_role="edit", namespaces=("team-a", "team-b")
            ),
        ),
    ),
    AccessEntrySpec(
        principal_arn=AUDITOR,
        kubernetes_groups=(
            KubernetesGroupSpec(name="platform:viewers", cluster_role="view"),
            KubernetesGroupSpec(
                name="team:developers", cluster_role="edit", namespaces=("kube-public", "team-b")
            ),
        ),
    ),
    AccessEntrySpec(principal_arn=NODES, type="EC2_LINUX"),
)
ADMINISTRATOR = AccessRoleSpec(
    name="Administrator",
    policies=(AccessPolicySpec(policy="AmazonEKSClusterAdminPolicy"),),
    trusted_principal_arns=(CI, OPERATOR),
    max_session_hours=4,
)
SUPPORT = AccessRoleSpec(
    name="Support",
    policies=(AccessPolicySpec(policy="AmazonEKSViewPolicy"),),
    kubernetes_groups=(KubernetesGroupSpec(name="platform:viewers", cluster_role="view"),),
    require_mfa=True,
)

CLOSED = EnvironmentConfig(
    name="closed",
    region="eu-central-1",
    production=False,
    termination_protection=False,
    removal_policy="destroy",
    tags={"environment": "closed", "owner": "platform"},
    network=NetworkSpec(
        cidr="10.30.0.0/16",
        zones=("eu-central-1c", "eu-central-1a", "eu-central-1b"),
        pod_cidr="100.64.0.0/16",
        nat_gateways="none",
        interface_endpoints=("kms", "sts"),
        trusted_accounts=("444455556666",),
        flow_logs=FlowLogsSpec(destination="s3", retention_days=14),
    ),
    http_proxy=HttpProxySpec(
        url="http://proxy.example.com:3128",
        ca_certificates=("tests/unit/configuration/certificates/authorities.pem",),
    ),
    cluster=ClusterSpec(
        name="groundwork-closed",
        kubernetes_version="1.35",
        endpoint_private_access_cidrs=("10.99.0.0/16", "192.168.8.0/24"),
        log_retention_days=14,
        service_ipv4_cidr="172.20.0.0/16",
        deletion_protection=False,
        support_type="EXTENDED",
        zonal_shift=False,
    ),
    vpc_cni=VpcCniSpec(
        warm_ip_target=4,
        minimum_ip_target=8,
        pod_security_groups=True,
        pod_security_group_enforcing_mode="strict",
        custom_networking=True,
        network_policy=False,
        external_snat=True,
    ),
    node_groups=(
        # The first group has taints: the sample service's web front must pass it by.
        NodeGroupSpec(
            name="Special",
            instance_types=("m6i.large", "m5.large"),
            ami_type="BOTTLEROCKET_x86_64",
            capacity_type="SPOT",
            one_family_because="Batches of this kind were only measured on m6i.",
            min_size=0,
            desired_size=1,
            max_size=3,
            labels={"workload": "batch"},
            taints=(
                TaintSpec(key="workload", value="batch", effect="NO_SCHEDULE"),
                TaintSpec(key="spot", effect="PREFER_NO_SCHEDULE"),
            ),
            zones=("eu-central-1c", "eu-central-1a"),
            disk_size_gib=100,
            max_unavailable=2,
            node_repair=False,
            release_version="1.35.3-20260512",
        ),
        NodeGroupSpec(
            name="General",
            instance_types=("m7g.large",),
            ami_type="AL2023_ARM_64_STANDARD",
            min_size=2,
            desired_size=3,
            max_size=6,
            max_unavailable_percentage=50,
        ),
    ),
    fargate_profiles=(
        FargateProfileSpec(
            name="SampleApi",
            selectors=(
                FargateSelectorSpec(
                    namespace="sample", labels={"app.kubernetes.io/component": "api"}
                ),
            ),
        ),
        FargateProfileSpec(
            name="Batch",
            selectors=(
                FargateSelectorSpec(namespace="team-a"),
                FargateSelectorSpec(namespace="team-b", labels={"size": "small"}),
            ),
            zones=("eu-central-1c", "eu-central-1a"),
        ),
    ),
    fargate_log_retention_days=60,
    access=AccessSpec(roles=(ADMINISTRATOR, SUPPORT), entries=ENTRIES),
    namespaces=(
        NamespaceSpec(name="team-a"),
        NamespaceSpec(name="team-b", pod_security="baseline"),
    ),
    add_ons=AddOnsSpec(
        coredns_compute_type="fargate",
        versions={"coredns": "v1.14.2-eksbuild.5", "metrics-server": None},
        load_balancer_controller=LoadBalancerControllerSpec(
            chart_version="3.4.0",
            chart_repository=f"oci://{ECR}/charts/aws-load-balancer-controller",
            image_repository=f"{ECR}/eks/aws-load-balancer-controller",
            replicas=3,
        ),
    ),
    workloads=(
        SampleService(
            web_replicas=4,
            api_replicas=3,
            load_balancer_source_ranges=("10.0.0.0/8", "192.168.0.0/16"),
        ),
    ),
)

SERVERLESS = EnvironmentConfig(
    name="fargate-only",
    region="eu-west-1",
    production=False,
    termination_protection=True,
    removal_policy="retain",
    network=NetworkSpec(
        cidr="10.40.0.0/20",
        zones=("eu-west-1a", "eu-west-1b"),
        nat_gateways="single",
        public_prefix_length=26,
    ),
    cluster=ClusterSpec(
        name="groundwork-serverless",
        kubernetes_version="1.36",
        endpoint_public_access=True,
        endpoint_public_access_cidrs=("203.0.113.0/24", "198.51.100.0/24"),
    ),
    fargate_profiles=(
        FargateProfileSpec(name="Apps", selectors=(FargateSelectorSpec(namespace="app-*"),)),
    ),
    add_ons=AddOnsSpec(coredns_compute_type="fargate", ebs_csi_driver=False),
)

BUCKET = PermissionsSpec(
    managed_policies=("CloudWatchAgentServerPolicy",),
    statements=(
        StatementSpec(actions=("s3:ListBucket",), resources=("arn:aws:s3:::data",)),
        StatementSpec(
            actions=("s3:GetObject",),
            resources=("arn:aws:s3:::data/*",),
            conditions={"Bool": {"aws:SecureTransport": "true"}},
            wildcards_because="Every object of the bucket may be read.",
        ),
    ),
)
ADDITIONAL = (
    AddOnSpec(name="adot"),
    AddOnSpec(name="cert-manager", namespace="certificates"),
    AddOnSpec(
        name="aws-efs-csi-driver", version="v2.1.10-eksbuild.1", configuration={"a": {"b": 1}}
    ),
    AddOnSpec(name="aws-mountpoint-s3-csi-driver", service_accounts={"s3-csi-driver-sa": BUCKET}),
    AddOnSpec(name="kubecost_kubecost"),
)


class Queue(Workload):
    """A workload with code of its own."""

    retention_days: int = 4
    """How many days a job waits at most."""

    def build(self, scope: Construct, platform: Platform) -> None:
        """Make the queue, and tell where the platform is."""
        from aws_cdk import CfnOutput, Duration  # noqa: PLC0415  # see main
        from aws_cdk import aws_sqs as sqs  # noqa: PLC0415

        dead = sqs.Queue(scope, "DeadJobs", enforce_ssl=True)
        sqs.Queue(
            scope,
            "Jobs",
            enforce_ssl=True,
            retention_period=Duration.days(self.retention_days),
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=3),
        )
        seen = (
            *(platform.cluster.cluster_name, platform.cluster_name, platform.vpc.vpc_id),
            *(subnet.subnet_id for subnet in platform.private_subnets.values()),
            *platform.namespaces,
        )
        CfnOutput(scope, "Platform", value=" ".join(seen))


EXISTING = EnvironmentConfig(
    name="existing",
    region="eu-central-1",
    account="111122223333",
    production=False,
    termination_protection=False,
    removal_policy="retain",
    network=ExistingNetworkSpec(
        vpc_id="vpc-0123456789abcdef0",
        cidr="10.50.0.0/16",
        private_subnets={"eu-central-1b": "subnet-0000000b", "eu-central-1a": "subnet-0000000a"},
        control_plane_subnets={
            "eu-central-1a": "subnet-000000ca",
            "eu-central-1b": "subnet-000000cb",
        },
        pod_cidr="100.64.0.0/16",
        pod_subnets={"eu-central-1a": "subnet-000000da", "eu-central-1b": "subnet-000000db"},
        # Nearly full, for one zone.
        free_addresses={"subnet-000000da": 480, "subnet-000000db": 4_000},
    ),
    cluster=ClusterSpec(name="groundwork-existing", kubernetes_version="1.35"),
    vpc_cni=VpcCniSpec(custom_networking=True),
    fargate_profiles=(
        FargateProfileSpec(name="Samples", selectors=(FargateSelectorSpec(namespace="sample*"),)),
    ),
    node_groups=(
        NodeGroupSpec(
            name="General",
            instance_types=("m6i.large",),
            ami_type="AL2023_x86_64_STANDARD",
            min_size=2,
            desired_size=2,
            max_size=4,
            max_pods=17,
        ),
        NodeGroupSpec(
            name="Dense",
            instance_types=("m6i.xlarge",),
            ami_type="BOTTLEROCKET_x86_64",
            min_size=0,
            desired_size=0,
            max_size=2,
            max_pods=44,
            permissions=BUCKET,
        ),
    ),
    # The same people as in the closed environment, in another order.
    access=AccessSpec(roles=(SUPPORT, ADMINISTRATOR), entries=ENTRIES[:0:-1]),
    namespaces=(NamespaceSpec(name="team-b"),),
    add_ons=AddOnsSpec(
        metrics_server=False,
        ebs_csi_driver=False,
        load_balancer_controller=LoadBalancerControllerSpec(integrations=("waf", "cognito")),
        additional=ADDITIONAL,
    ),
    workloads=(
        SampleService(load_balancer_source_ranges=("10.50.0.0/16",), certificate_arn=CERTIFICATE),
        Queue(name="Jobs", retention_days=3),
        Manifests(
            name="Shop",
            after=("Jobs",),
            namespace="shop",
            path="examples/shop",
            values={"replicas": 3, "bucket": "data"},
            images={"image": ImageSpec(path="workloads/sample_service/web")},
            service_accounts={"web": BUCKET, "plain": PermissionsSpec()},
            quota={"pods": 20, "requests.cpu": "4"},
            default_deny=True,
        ),
        HelmRelease(
            name="Podinfo",
            namespace="sample-podinfo",
            pod_security="baseline",
            chart="podinfo",
            version="6.9.0",
            repository="https://stefanprodan.github.io/podinfo",
            images={"front": ImageSpec(path="workloads/sample_service/web")},
            values={
                "image": {"repository": "${front}"},
                "ui": {"message": "costs ${5}", "logo": None},
            },
            service_accounts={"podinfo": BUCKET, "plain": PermissionsSpec()},
            service_account_identity="IRSA",
            max_pods=2,
        ),
        HelmRelease(
            name="TeamChart",
            namespace="team-b",
            version="1.0.0",
            repository="oci://registry.test/charts/team",
            max_pods=1,
        ),
    ),
)

BARE = EnvironmentConfig(
    name="bare",
    region="eu-central-1",
    production=False,
    termination_protection=False,
    removal_policy="destroy",
    network=ExistingNetworkSpec(
        vpc_id="vpc-0123456789abcdef0",
        cidr="10.50.0.0/16",
        private_subnets={"eu-central-1a": "subnet-0000000a", "eu-central-1b": "subnet-0000000b"},
    ),
    cluster=ClusterSpec(
        name="groundwork-bare",
        kubernetes_version="1.35",
        endpoint_public_access=True,
        endpoint_public_access_cidrs=("0.0.0.0/0",),
        endpoint_open_because="A test wants to see that the guardrails look at this template.",
        enabled_log_types=("audit", "authenticator"),
    ),
    node_groups=(
        EXISTING.node_groups[0].model_copy(update={"max_pods": None, "node_repair": False}),
    ),
    add_ons=AddOnsSpec(
        load_balancer_controller=None,
        metrics_server=False,
        ebs_csi_driver=False,
        node_monitoring_agent=False,
    ),
)

MIXED = EnvironmentConfig(
    name="mixed",
    region="eu-central-1",
    production=False,
    termination_protection=False,
    removal_policy="destroy",
    network=BARE.network,
    http_proxy=HttpProxySpec(url="http://proxy.example.com:3128"),
    cluster=ClusterSpec(name="groundwork-mixed", kubernetes_version="1.35"),
    node_groups=(
        *BARE.node_groups,
        NodeGroupSpec(
            name="Train",
            instance_types=("p5.48xlarge",),
            ami_type="AL2023_x86_64_NVIDIA",
            capacity_type="CAPACITY_BLOCK",
            capacity_reservation_id="cr-0123456789abcdef0",
            zones=("eu-central-1b",),
            min_size=0,
            desired_size=0,
            max_size=2,
            node_repair=False,
        ),
        SelfManagedNodeGroupSpec(
            name="Own",
            instance_types=("g6.8xlarge",),
            ami_type="AL2023_x86_64_NVIDIA",
            min_size=0,
            desired_size=1,
            max_size=2,
            max_batch_size=2,
            max_pods=110,
            zones=("eu-central-1b",),
            efa=True,
            labels={"team": "ml", "example.com/gpu": "l4", f"{'x' * 90}.example.com/z": "1"},
            taints=(
                TaintSpec(key="gpu", value="l4", effect="NO_SCHEDULE"),
                TaintSpec(key="gpu", value="l4", effect="NO_EXECUTE"),
                TaintSpec(key="slow", effect="PREFER_NO_SCHEDULE"),
            ),
            service_ipv4_cidr="172.20.0.0/16",
            permissions=BUCKET,
        ),
    ),
    add_ons=BARE.add_ons,
)

SPARSE = EnvironmentConfig(
    name="sparse",
    region="eu-central-1",
    production=False,
    termination_protection=False,
    removal_policy="destroy",
    tags={"environment": "sparse", "owner": "platform"},
    network=EXISTING.network,
    http_proxy=HttpProxySpec(url="http://proxy.example.com:3128"),
    cluster=ClusterSpec(name="groundwork-sparse", kubernetes_version="1.35"),
    vpc_cni=VpcCniSpec(custom_networking=True, prefix_delegation=True),
    # Karpenter itself, and what the platform is made of, run on Fargate.
    karpenter=KarpenterSpec(
        node_classes=(
            Ec2NodeClassSpec(
                name="plain", ami="al2023@v20261015", disk_size_gib=80, tags={"owner": "batch"}
            ),
            Ec2NodeClassSpec(name="pinned", ami="bottlerocket@v1.50.0", max_pods=50),
        ),
        node_pools=(
            KarpenterNodePoolSpec(
                name="general",
                node_class="plain",
                requirements=(
                    RequirementSpec(
                        key="node.kubernetes.io/instance-type", values=("m7g.large", "m7g.4xlarge")
                    ),
                ),
                limits=LimitsSpec(cpu=16),
                termination_grace_period="5m",
            ),
            KarpenterNodePoolSpec(
                name="steady",
                node_class="pinned",
                requirements=(
                    RequirementSpec(key="node.kubernetes.io/instance-type", values=("m7i.xlarge",)),
                ),
                limits=LimitsSpec(nodes=3),
                replicas=2,
                termination_grace_period="10m",
            ),
        ),
        controller_version="1.13.0",
        chart_repository=f"oci://{ECR}/karpenter",
        image_repository=f"{ECR}/karpenter/controller",
        image_digest=f"sha256:{'0a' * 32}",
        isolated_vpc=True,
        feature_gates=("nodeRepair",),
        permissions=BUCKET,
    ),
    add_ons=AddOnsSpec(
        coredns_compute_type="fargate", ebs_csi_driver=False, load_balancer_controller=None
    ),
    fargate_profiles=(
        FargateProfileSpec(name="Apps", selectors=(FargateSelectorSpec(namespace="app-*"),)),
    ),
)

APART = EnvironmentConfig(
    name="apart",
    region="eu-central-1",
    production=False,
    termination_protection=False,
    removal_policy="destroy",
    network=EXISTING.network.model_copy(
        update={
            "public_subnets": {
                "eu-central-1a": "subnet-000000ea",
                "eu-central-1b": "subnet-000000eb",
            }
        }
    ),
    http_proxy=HttpProxySpec(url="http://proxy.example.com:3128"),
    cluster=ClusterSpec(name="groundwork-apart", kubernetes_version="1.35"),
    # EKS's own class knows neither the proxy nor the subnets for pods.
    auto_mode=AutoModeSpec(
        built_in_node_pools=(),
        node_classes=(
            NodeClassSpec(name="apart", pod_subnets=True, ephemeral_storage_kms_key=KEY),
        ),
        node_pools=(
            AutoModeNodePoolSpec(
                name="apart",
                node_class="apart",
                requirements=(
                    RequirementSpec(key="eks.amazonaws.com/instance-family", values=("m7g",)),
                ),
                limits=LimitsSpec(cpu=16),
                termination_grace_period="10m",
            ),
        ),
        ingress_scheme="internet-facing",
    ),
    add_ons=AddOnsSpec(ebs_csi_driver=False, load_balancer_controller=None),
)

TODAY = dt.date(2026, 11, 25)
"""The date of the build, which the guardrails judge by."""

VARIANTS = (CLOSED, SERVERLESS, EXISTING, BARE, MIXED, SPARSE, APART)

ABC = ("eu-central-1a", "eu-central-1b", "eu-central-1c")
NETWORK = NetworkSpec(cidr="10.60.0.0/16", zones=ABC, pod_cidr="100.64.0.0/16")
ASKED = ("ecr.api", "elasticfilesystem", "networkflowmonitorreports", "xray")
NETWORKS = {
    "PerZone": NETWORK,
    "Single": NETWORK.model_copy(update={"nat_gateways": "single"}),
    "Two": NETWORK.model_copy(update={"nat_gateways": 2}),
    "Reordered": NETWORK.model_copy(update={"zones": tuple(reversed(ABC))}),
    "Fewer": NETWORK.model_copy(update={"zones": (ABC[0], ABC[2])}),
    "More": NETWORK.model_copy(update={"zones": (*ABC, "eu-central-1d")}),
    "Asked": NETWORK.model_copy(update={"interface_endpoints": ASKED, "pod_cidr": None}),
    "Protected": NETWORK,
}
"""One network in several shapes."""


@dataclass(frozen=True)
class Variants:
    """The synthesized variants, as stacks such as `Closed/Network`, and the networks."""

    platforms: Assembly
    networks: Assembly


def variants_in(outdir: Path) -> Variants:
    """Return the variants that were synthesized into a folder."""
    return Variants(Assembly(outdir / "platforms"), Assembly(outdir / "networks"))


def main(outdir: Path) -> None:
    """Synthesize the platforms under cdk-nag and the guardrails, and the networks without."""
    import aws_cdk as cdk  # noqa: PLC0415  # the tests read the variants without the CDK
    from cdk_nag import AwsSolutionsChecks  # noqa: PLC0415

    from guardrails.plugin import Guardrails  # noqa: PLC0415
    from stacks.network_stack import NetworkStack  # noqa: PLC0415
    from stacks.platform import PlatformStage  # noqa: PLC0415

    checked(**{config.name: config for config in VARIANTS}, **NETWORKS)
    networks = cdk.App(outdir=str(outdir / "networks"))
    for name, spec in NETWORKS.items():
        NetworkStack(
            networks,
            name,
            env=cdk.Environment(region="eu-central-1"),
            termination_protection=False,
            spec=spec,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            protected_logs=name == "Protected",
        )
    networks.synth()

    platforms = cdk.App(outdir=str(outdir / "platforms"))
    cdk.Validations.of(platforms).add_plugins(
        AwsSolutionsChecks(platforms), Guardrails(today=TODAY)
    )
    for config in VARIANTS:
        PlatformStage(platforms, config)
    try:
        platforms.synth()
    except RuntimeError as error:
        # The templates are written by then. The report says what is wrong, and one test reads it.
        if "ValidationFailed" not in str(error):
            raise
