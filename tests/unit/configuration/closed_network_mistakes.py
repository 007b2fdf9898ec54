"""The mistakes of a network without NAT: part of the table."""

from __future__ import annotations

from constructs_lib.specs.additional_add_on import AddOnSpec
from examples.machines import ENVIRONMENT as MACHINES
from tests.unit.configuration.karpenter_mistakes import CLOSED, PROXY
from tests.unit.configuration.mistakes import DEV, PODINFO, Mistake, with_changes

CONTROLLER = "add_ons.load_balancer_controller"
REPOSITORY = "workloads[0].repository"
OTHER_REGION = "111122223333.dkr.ecr.us-east-1.amazonaws.com/eks/x"
OTHER_PARTITION = "111122223333.dkr.ecr.eu-west-1.amazonaws.com.cn/eks/x"
LOOKALIKES = (
    OTHER_REGION,
    OTHER_PARTITION,
    "registry.dkr.ecr.eu-west-1.amazonaws.com/eks/x",
    "111122223333.dkr.ecr.example.com/eks/x",
    "example.com/111122223333.dkr.ecr.eu-west-1.amazonaws.com/eks/x",
)
CHARTS = (
    PODINFO.repository,
    "oci://ghcr.io/stefanprodan/charts/podinfo",
    "https://charts.s3.us-east-1.amazonaws.com/podinfo",
    "https://charts.xs3.eu-west-1.amazonaws.com/podinfo",
    *(f"oci://{each}" for each in LOOKALIKES),
)
MIRROR = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/eks/x"
IN_CHINA = "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/eks/x"
MIRRORED = with_changes(
    DEV,
    {
        "network.nat_gateways": "none",
        f"{CONTROLLER}.chart_repository": f"oci://{MIRROR}",
        f"{CONTROLLER}.image_repository": MIRROR,
    },
)
HELM = with_changes(CLOSED, {"workloads": (PODINFO,), REPOSITORY: f"oci://{MIRROR}"})
HELM = with_changes(HELM, {"workloads[0].chart": None})
PLACE = "ACCOUNT.dkr.ecr.eu-west-1.amazonaws.com/NAME'"

ENDPOINTS = {
    "amazon-cloudwatch-observability": "monitoring",
    "aws-efs-csi-driver": "elasticfilesystem",
    "aws-fsx-csi-driver": "fsx",
    "aws-network-flow-monitoring-agent": "networkflowmonitorreports",
}
BEHIND_PROXY = with_changes(MIRRORED, {"http_proxy": PROXY})

# fmt: off
PLUG_INS = (
    ("nvidia", MACHINES.node_groups[1], "ami_type", "set ami_type='BOTTLEROCKET_x86_64_NVIDIA', or add NAT"),
    ("neuron", MACHINES.node_groups[2], "ami_type", "add NAT gateways or http_proxy"),
    ("efa", MACHINES.node_groups[3], "efa", "set efa=False, or add NAT gateways"),
)
CLOSED_NETWORK = [
    *(Mistake(f"the controller's chart from {each}", {f"{CONTROLLER}.chart_repository": f"oci://{each}"}, "nor ECR in another region", f"set chart_repository='oci://{PLACE}", good=MIRRORED) for each in LOOKALIKES),
    *(Mistake(f"the controller's image from {each}", {f"{CONTROLLER}.image_repository": each}, "nor ECR in another region", f"set image_repository='{PLACE}", good=MIRRORED) for each in LOOKALIKES),
    *(Mistake(f"Karpenter's charts from {each}", {"karpenter.chart_repository": f"oci://{each}"}, "nor ECR in another region", f"set chart_repository='oci://{PLACE.replace('NAME', 'FOLDER')}, below which each chart has its name", good=CLOSED) for each in LOOKALIKES),
    *(Mistake(f"Karpenter's image from {each}", {"karpenter.image_repository": each}, "nor ECR in another region", f"set image_repository='{PLACE}", good=CLOSED) for each in LOOKALIKES),
    *(Mistake(f"a workload's chart from {each}", {"workloads[0].chart": None if each.startswith("oci:") else "podinfo", REPOSITORY: each}, "a mirror in ECR, because", f"set repository='oci://{PLACE}", good=HELM) for each in CHARTS),
    *(Mistake(f"a plug-in for {name} from outside", {"node_groups": (MIRRORED.node_groups[0], group)}, f"the device plug-in {name}: its image is in a public", fix, f"node_groups[1].{field}", getattr(group, field), good=MIRRORED) for name, group, field, fix in PLUG_INS),
    *(Mistake(f"{name} without its endpoint{where}", {"add_ons.additional": (AddOnSpec(name=name),)}, f"'{endpoint}' among them when there is no NAT: {name} calls it", f"add '{endpoint}'", "network.interface_endpoints", (), good=good) for name, endpoint in ENDPOINTS.items() for where, good in (("", MIRRORED), (" behind a proxy", BEHIND_PROXY))),
]
# fmt: on
