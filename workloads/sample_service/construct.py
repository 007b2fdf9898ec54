"""The sample service: a web front on nodes that calls an API on Fargate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from constructs_lib.acknowledgements import acknowledge
from constructs_lib.manifests import apply
from constructs_lib.specs.manifest_files import load_manifests
from workloads.sample_service import API_NAMESPACE, MANIFESTS, SampleService

SOURCE = Path(__file__).parent
PLATFORMS = {
    "amd64": ecr_assets.Platform.LINUX_AMD64,
    "arm64": ecr_assets.Platform.LINUX_ARM64,
}
TLS = "service.beta.kubernetes.io/aws-load-balancer-ssl"
API_ARCHITECTURE = "amd64"
"""Fargate on EKS runs no other."""


def tls(certificate_arn: str) -> dict[str, str]:
    """Return the annotations of a listener that ends TLS at the load balancer."""
    return {
        f"{TLS}-cert": certificate_arn,
        f"{TLS}-ports": "https",
        f"{TLS}-negotiation-policy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    }


class SampleServiceConstruct(Construct):
    """Two images, their manifests and the address of the load balancer.

    Each Kubernetes object is a resource of its own: a reviewer sees which one changes, and one
    that is dropped is deleted (the kubectl handler's prune forgets some kinds, aws-cdk#22085).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cluster: eks.Cluster,
        spec: SampleService,
        web_architecture: str,
        load_balancer_cidrs: Sequence[str],
    ) -> None:
        """Deploy the service; `web_architecture` is that of the nodes, amd64 or arm64.

        The load balancer has its addresses in `load_balancer_cidrs`.
        """
        super().__init__(scope, construct_id)
        self._cluster = cluster
        self._namespace = self._apply("", load_manifests(MANIFESTS / "namespace.yaml"))["Namespace"]
        default_deny = self._apply("", load_manifests(MANIFESTS / "network-policy.yaml"))
        api = self._apply(
            "Api",
            load_manifests(
                MANIFESTS / "api",
                api_image=self._image("api", API_ARCHITECTURE),
                api_replicas=spec.api_replicas,
            ),
        )
        secure = spec.certificate_arn is not None
        web = self._apply(
            "Web",
            load_manifests(
                MANIFESTS / "web",
                web_image=self._image("web", web_architecture),
                web_replicas=spec.web_replicas,
                architecture=web_architecture,
                load_balancer_scheme=spec.load_balancer_scheme,
                load_balancer_source_ranges=list(spec.load_balancer_source_ranges),
                load_balancer_blocks=[{"ipBlock": {"cidr": each}} for each in load_balancer_cidrs],
                listener_name="https" if secure else "http",
                listener_port=443 if secure else 80,
            ),
            annotations={"Service": tls(spec.certificate_arn)} if spec.certificate_arn else {},
        )
        if spec.load_balancer_scheme == "internet-facing":
            acknowledge(
                web["Service"],
                {
                    "Groundwork::EXPOSE7[Service/web]": "The environment asks for an "
                    "internet-facing load balancer; load_balancer_source_ranges says for whom.",
                },
            )
        for component in (api, web):
            deployment = component["Deployment"]
            # Policies stand before the pods that they guard.
            deployment.node.add_dependency(
                component["ServiceAccount"],
                component["NetworkPolicy"],
                *default_deny.values(),
            )
            component["PodDisruptionBudget"].node.add_dependency(deployment)
            # Backwards on deletion: the load balancer goes while pods still answer.
            component["Service"].node.add_dependency(deployment)
        address = eks.KubernetesObjectValue(
            self,
            "LoadBalancerAddress",
            cluster=cluster,  # type: ignore[arg-type]  # jsii: Cluster misses ICluster (aws-cdk#31454)
            object_type="service",
            object_name="web",
            object_namespace=API_NAMESPACE,
            json_path=".status.loadBalancer.ingress[0].hostname",
            timeout=Duration.minutes(10),
        )
        address.node.add_dependency(web["Service"])
        CfnOutput(
            self,
            "Url",
            description="The sample service, a few minutes after the first deploy",
            value=f"{'https' if secure else 'http'}://{address.value}",
        ).override_logical_id("SampleServiceUrl")

    def _image(self, component: str, architecture: str) -> str:
        return ecr_assets.DockerImageAsset(
            self,
            f"{component.capitalize()}Image",
            directory=str(SOURCE / component),
            platform=PLATFORMS[architecture],
        ).image_uri

    def _apply(
        self,
        component: str,
        objects: list[dict[str, Any]],
        annotations: Mapping[str, Mapping[str, str]] | None = None,
    ) -> dict[str, eks.KubernetesManifest]:
        manifests: dict[str, eks.KubernetesManifest] = {}
        for item in objects:
            kind = item["kind"]
            if added := (annotations or {}).get(kind):
                item["metadata"]["annotations"] = {**item["metadata"]["annotations"], **added}
            manifests[kind] = apply(
                self, f"{component}{kind}", cluster=self._cluster, objects=[item]
            )
            if kind != "Namespace":
                manifests[kind].node.add_dependency(self._namespace)
        return manifests
