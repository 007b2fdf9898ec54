"""Specifications of add-ons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from constructs_lib.specs.additional_add_on import AddOnSpec, AddOnVersion
from constructs_lib.specs.base import Problem, Spec, readable, refused, repeated, rule
from constructs_lib.specs.kubernetes_versions import (
    LOAD_BALANCER_CONTROLLER_CHART,
    OLDEST_LOAD_BALANCER_CONTROLLER_CHART,
    RELEASES,
)
from constructs_lib.specs.types import ChartRepository, ImageRepository, distinct, shaped

ADD_ON_NAMES = (
    *("vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent"),
    *("aws-ebs-csi-driver", "metrics-server", "eks-node-monitoring-agent"),
)
"""The add-ons of the platform itself."""
SWITCHES: Mapping[str, str] = {
    "aws-ebs-csi-driver": "ebs_csi_driver",
    "metrics-server": "metrics_server",
    "eks-node-monitoring-agent": "node_monitoring_agent",
}
"""Those that an environment can leave out, with the field."""
EBS_CSI_DRIVER, OLDEST_EBS_CSI_DRIVER = "aws-ebs-csi-driver", "1.58.0"
"""The first one with the tag that its policy asks for (aws-ebs-csi-driver, CHANGELOG.md, #2899)."""


def _add_on_versions(value: Mapping[str, str | None]) -> Mapping[str, str | None]:
    unknown = [name for name in value if name not in ADD_ON_NAMES]
    if unknown:
        raise refused(
            f"the platform's add-ons: {', '.join(ADD_ON_NAMES)}",
            f"remove {', '.join(unknown)}; for other add-ons, set version in their AddOnSpec",
        )
    return value


def version_tuple(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, for comparison."""
    return tuple(map(int, version.split(".")))


def _controller_version(value: str) -> str:
    oldest = OLDEST_LOAD_BALANCER_CONTROLLER_CHART
    if version_tuple(value) < version_tuple(oldest):
        raise refused(
            f"{oldest} or newer: the project's IAM policy for the controller fits these charts",
            f"remove it: the project uses {LOAD_BALANCER_CONTROLLER_CHART}",
        )
    return value


ControllerVersion = Annotated[
    str,
    shaped(
        r"\d+\.\d+\.\d+",
        "a chart version as its repository lists it, such as 3.5.0 (without a leading v)",
        "copy one that `helm search repo eks/aws-load-balancer-controller --versions` lists",
    ),
    AfterValidator(_controller_version),
]


MOST_LOAD_BALANCERS = 1_000
"""Ten times the default quotas of a region, 50 Application and 50 Network Load Balancers, which AWS raises on
request (capacity/service_quotas.json)."""


CONTROLLER_RESOURCES: Mapping[str, Mapping[str, str]] = {
    "requests": {"cpu": "100m", "memory": "128Mi"},
    "limits": {"memory": "256Mi"},
}
"""Of one pod of the AWS Load Balancer Controller, as its chart takes them."""


class LoadBalancerControllerSpec(Spec):
    """The AWS Load Balancer Controller, installed by its Helm chart."""

    chart_version: ControllerVersion = LOAD_BALANCER_CONTROLLER_CHART
    """The chart's version."""
    chart_repository: ChartRepository = "https://aws.github.io/eks-charts"
    """Where the chart comes from: a Helm repository, or oci:// with the chart's full name. A
    network without NAT needs a mirror in ECR."""
    image_repository: ImageRepository | None = None
    """Where the image comes from; None uses the chart's default on public.ecr.aws. A network
    without NAT needs a mirror in ECR."""
    replicas: Annotated[int, Field(ge=1, le=100)] = 2
    """How many controller pods run; one is the leader."""
    integrations: Annotated[
        tuple[Literal["waf", "shield", "cognito"], ...], distinct(3, "there are no more")
    ] = ()
    """What else it may attach to load balancers: web ACLs of AWS WAF, Shield Advanced, sign-in
    through Cognito. Without one here it has no permission for it, and ignores or fails the annotation."""
    max_load_balancers: Annotated[int, Field(ge=0, le=MOST_LOAD_BALANCERS)] = 1
    """How many load balancers to plan for, each with 8 addresses in every public and every
    private subnet. Nothing enforces it."""


class AddOnsSpec(Spec):
    """The add-ons: those of the platform, and any other that EKS offers."""

    versions: Annotated[Mapping[str, AddOnVersion | None], AfterValidator(_add_on_versions)] = {}
    """Versions of the platform's add-ons that differ from the project's pins; None uses EKS's
    default at deploy."""
    coredns_compute_type: Literal["ec2", "fargate"] = "ec2"
    """Where CoreDNS runs. A cluster without node groups needs 'fargate'. The first pods start there
    before logging is set up, so restart CoreDNS once to see its logs."""
    ebs_csi_driver: bool = True
    """Whether to install it, with an encrypted gp3 StorageClass as the default."""
    metrics_server: bool = True
    """Whether to install it; `kubectl top` and the HorizontalPodAutoscaler need it."""
    node_monitoring_agent: bool = True
    """Whether nodes report trouble of their kernel, network, disks and runtime, which node repair
    acts on."""
    load_balancer_controller: LoadBalancerControllerSpec | None = LoadBalancerControllerSpec()
    """Creates load balancers for Services and Ingresses; None doesn't install it."""
    additional: tuple[AddOnSpec, ...] = ()
    """Further EKS add-ons, by name."""

    def version_of(self, add_on: str, kubernetes_version: str) -> str | None:
        """Return the version of an add-on to install; None is EKS's default at deploy."""
        return {**RELEASES[kubernetes_version].add_ons, **self.versions}.get(add_on)

    @rule
    def an_add_on_is_installed_once(self) -> Iterator[Problem]:
        """EKS has one add-on of each name in a cluster."""
        for index, name in repeated(self.additional, "name"):
            yield Problem(
                at=f"additional[{index}].name",
                got=name,
                allowed="a name that is unique in additional",
                fix="merge them into one AddOnSpec",
            )

    @rule
    def the_driver_tags_its_volumes(self) -> Iterator[Problem]:
        """It may make only what has the tag of the cluster (AmazonEBSCSIDriverEKSClusterScopedPolicy)."""
        pinned = self.versions.get(EBS_CSI_DRIVER) if self.ebs_csi_driver else None
        if pinned is None:
            return
        if version_tuple(pinned[1:].partition("-")[0]) < version_tuple(OLDEST_EBS_CSI_DRIVER):
            yield Problem(
                at=f"versions[{EBS_CSI_DRIVER!r}]",
                got=pinned,
                allowed=f"v{OLDEST_EBS_CSI_DRIVER} or newer: an older one doesn't tag volumes with the name of "
                "the cluster, and is refused all of them",
                fix="remove it; the project pins a version for each Kubernetes version",
            )

    @rule
    def what_an_add_on_needs_is_there(self) -> Iterator[Problem]:
        """Some add-ons do not start without another one."""
        names = dict(readable(self.additional, "name")).values()
        for index, name in readable(self.additional, "name"):
            for needed in self.additional[index].after:
                if needed not in names:
                    yield Problem(
                        at=f"additional[{index}].name",
                        got=name,
                        allowed=f"{name} together with {needed}, which it needs to start",
                        fix=f"add AddOnSpec(name={needed!r}) to additional",
                    )
