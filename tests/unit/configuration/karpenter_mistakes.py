"""The mistakes of Karpenter: part of the table."""

from __future__ import annotations

from constructs_lib.specs.karpenter import KarpenterSpec
from tests.unit.configuration.mistakes import DEV, Mistake, with_changes

ECR = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
DIGEST = f"sha256:{'0a' * 32}"
GOOD = with_changes(DEV, {"karpenter": KarpenterSpec(), "workloads": ()})
CLOSED = with_changes(
    GOOD,
    {
        "network.nat_gateways": "none",
        "network.interface_endpoints": ("sqs",),
        "add_ons.load_balancer_controller": None,
        "karpenter": KarpenterSpec(
            isolated_vpc=True,
            chart_repository=f"oci://{ECR}/karpenter",
            image_repository=f"{ECR}/karpenter/controller",
            image_digest=DIGEST,
        ),
    },
)
AT = "karpenter"


# fmt: off
KARPENTER = [
    Mistake("no version of Karpenter", {f"{AT}.controller_version": "v1.14.1"}, "a version of the charts", "copy one from the releases", good=GOOD),
    Mistake("a Karpenter of another time", {f"{AT}.controller_version": "1.4.0"}, "1.5.0 or newer", "remove it: the project uses 1.14.1", good=GOOD),
    Mistake("a Karpenter older than Kubernetes", {"cluster.kubernetes_version": "1.36", f"{AT}.controller_version": "1.12.0"}, "1.13.0 or newer with Kubernetes 1.36", "remove it: the project uses 1.14.1", good=GOOD),
    Mistake("a Kubernetes newer than Karpenter", {"cluster.kubernetes_version": "1.37"}, "1.33, 1.34, 1.35, 1.36 with Karpenter", "set kubernetes_version='1.36', or karpenter=None", good=GOOD),
    Mistake("a chart where its folder belongs", {f"{AT}.chart_repository": "https://charts.karpenter.sh"}, "an oci:// address", "write it like oci://public.ecr.aws/karpenter", good=GOOD),
    Mistake("no digest", {f"{AT}.image_digest": "latest"}, "a digest such as sha256:", "copy the one that the registry shows", good=GOOD),
    Mistake("no Karpenter at all", {f"{AT}.replicas": 0}, "greater than or equal to 1", "set replicas to 1 or more", good=GOOD),
    Mistake("a crowd of Karpenters", {f"{AT}.replicas": 11}, "less than or equal to 10", "set replicas to 10 or less", good=GOOD),
    Mistake("more Karpenters than hosts", {f"{AT}.replicas": 3}, "at most 2: each pod needs a host", "raise min_size to 3", good=GOOD),
    Mistake("a gate twice", {f"{AT}.feature_gates": ("nodeRepair", "nodeRepair")}, "each at most once", "remove the duplicate nodeRepair", good=GOOD),
    Mistake("prices where there is no way to them", {f"{AT}.isolated_vpc": False}, "True when network.nat_gateways='none'", "set isolated_vpc=True", good=CLOSED),
    Mistake("a queue without a way to it", {"network.interface_endpoints": ()}, "'sqs' among them", "add 'sqs'", good=CLOSED),
    Mistake("charts from where nobody gets", {f"{AT}.chart_repository": "oci://public.ecr.aws/karpenter"}, "a mirror in ECR", "set chart_repository='oci://ACCOUNT", good=CLOSED),
    Mistake("an image from where nobody gets", {f"{AT}.image_repository": None}, "a mirror in ECR", "set image_repository='ACCOUNT", good=CLOSED),
]
# fmt: on
