"""What an environment says about its add-ons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from constructs_lib.specs.base import Spec, refused
from constructs_lib.specs.kubernetes_versions import LOAD_BALANCER_CONTROLLER_CHART, RELEASES
from constructs_lib.specs.types import ChartRepository

ADD_ON_NAMES = tuple(
    dict.fromkeys(name for release in RELEASES.values() for name in release.add_ons)
)


def _add_on_versions(value: Mapping[str, str | None]) -> Mapping[str, str | None]:
    unknown = [name for name in value if name not in ADD_ON_NAMES]
    if unknown:
        raise refused(f"versions of {', '.join(ADD_ON_NAMES)}", f"remove {', '.join(unknown)}")
    return value


class LoadBalancerControllerSpec(Spec):
    """The AWS Load Balancer Controller, installed by its Helm chart."""

    chart_version: str = LOAD_BALANCER_CONTROLLER_CHART
    """The chart's version."""
    chart_repository: ChartRepository = "https://aws.github.io/eks-charts"
    """Where the chart comes from: a Helm repository, or oci:// with the chart's full name. A
    network without NAT needs a mirror in ECR."""
    image_repository: str | None = None
    """Where the image comes from; None takes the chart's default on public.ecr.aws. A network
    without NAT needs a mirror in ECR."""
    replicas: Annotated[int, Field(ge=1)] = 2
    """How many controllers run; one leads."""
    max_load_balancers: Annotated[int, Field(ge=0)] = 1
    """For how many load balancers the plan keeps 8 addresses each, in every public and in every
    private subnet. Nothing enforces it."""


class AddOnsSpec(Spec):
    """The add-ons beside the VPC CNI, kube-proxy, CoreDNS and the Pod Identity agent."""

    versions: Annotated[Mapping[str, str | None], AfterValidator(_add_on_versions)] = {}
    """Versions that differ from the project's pins; None takes EKS's default at deploy."""
    coredns_compute_type: Literal["ec2", "fargate"] = "ec2"
    """Where CoreDNS runs. A cluster without node groups needs 'fargate'; there its first pods start
    before logging is set up, so restart it once to see its logs."""
    ebs_csi_driver: bool = True
    """Whether volumes can be made, with an encrypted gp3 StorageClass as the default."""
    metrics_server: bool = True
    """Whether `kubectl top` and the HorizontalPodAutoscaler have numbers to work with."""
    load_balancer_controller: LoadBalancerControllerSpec | None = LoadBalancerControllerSpec()
    """What makes load balancers for Services and Ingresses; None leaves it out."""

    def version_of(self, add_on: str, kubernetes_version: str) -> str | None:
        """Return the version of an add-on to install; None is EKS's default at deploy."""
        return {**RELEASES[kubernetes_version].add_ons, **self.versions}[add_on]
