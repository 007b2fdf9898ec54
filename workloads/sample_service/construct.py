"""The sample service: a web front on nodes that calls an API on Fargate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from constructs_lib.acknowledgements import acknowledge
from constructs_lib.manifests import apply
from constructs_lib.specs.manifest_files import load_manifests
from workloads.sample_service import API_NAMESPACE, SampleService

SOURCE = Path(__file__).parent
PLATFORMS = {
    "amd64": ecr_assets.Platform.LINUX_AMD64,
    "arm64": ecr_assets.Platform.LINUX_ARM64,
}
API_ARCHITECTURE = "amd64"
"""Fargate on EKS runs no other."""


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
    ) -> None:
        """Deploy the service; `web_architecture` is that of the nodes, amd64 or arm64."""
        super().__init__(scope, construct_id)
        self._cluster = cluster
        manifests = SOURCE / "manifests"
        self._namespace = self._apply("", load_manifests(manifests / "namespace.yaml"))["Namespace"]
        default_deny = self._apply("", load_manifests(manifests / "network-policy.yaml"))
        api = self._apply(
            "Api",
            load_manifests(
                manifests / "api",
                api_image=self._image("api", API_ARCHITECTURE),
                api_replicas=spec.api_replicas,
            ),
        )
        web = self._apply(
            "Web",
            load_manifests(
                manifests / "web",
                web_image=self._image("web", web_architecture),
                web_replicas=spec.web_replicas,
                architecture=web_architecture,
                load_balancer_scheme=spec.load_balancer_scheme,
                load_balancer_source_ranges=list(spec.load_balancer_source_ranges),
            ),
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
            value=f"http://{address.value}",
        ).override_logical_id("SampleServiceUrl")

    def _image(self, component: str, architecture: str) -> str:
        return ecr_assets.DockerImageAsset(
            self,
            f"{component.capitalize()}Image",
            directory=str(SOURCE / component),
            platform=PLATFORMS[architecture],
        ).image_uri

    def _apply(
        self, component: str, objects: list[dict[str, Any]]
    ) -> dict[str, eks.KubernetesManifest]:
        manifests: dict[str, eks.KubernetesManifest] = {}
        for item in objects:
            kind = item["kind"]
            manifests[kind] = apply(
                self, f"{component}{kind}", cluster=self._cluster, objects=[item]
            )
            if kind != "Namespace":
                manifests[kind].node.add_dependency(self._namespace)
        return manifests
