"""The mistakes of Karpenter: part of the table."""

from __future__ import annotations

from constructs_lib.specs.compute import FargateSelectorSpec, TaintSpec
from constructs_lib.specs.http_proxy import HttpProxySpec
from constructs_lib.specs.karpenter import Ec2NodeClassSpec, KarpenterSpec
from constructs_lib.specs.node_pool_parts import LimitsSpec, RequirementSpec
from constructs_lib.specs.node_pools import KarpenterNodePoolSpec
from tests.unit.configuration.machine_mistakes import GPU
from tests.unit.configuration.mistakes import DEV, TAINT, Mistake, with_changes
from tests.unit.configuration.workload_mistakes import ARM, of_image

ECR = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
DIGEST = f"sha256:{'0a' * 32}"
NODES = Ec2NodeClassSpec(name="default", ami="al2023@v20261015", tags={"team": "platform"})
FAMILY = RequirementSpec(key="karpenter.k8s.aws/instance-family", values=("m7g",))
SIZES = RequirementSpec(key="karpenter.k8s.aws/instance-size", values=("large", "xlarge"))
POOL = KarpenterNodePoolSpec(
    name="general",
    node_class="default",
    requirements=(FAMILY, SIZES),
    limits=LimitsSpec(cpu=64),
    termination_grace_period="10m",
)
SPEC = KarpenterSpec(node_classes=(NODES,), node_pools=(POOL,))
GOOD = with_changes(DEV, {"karpenter": SPEC, "workloads": ()})
CLOSED = with_changes(
    GOOD,
    {
        "network.nat_gateways": "none",
        "network.interface_endpoints": ("sqs",),
        "add_ons.load_balancer_controller": None,
        "karpenter.isolated_vpc": True,
        "karpenter.chart_repository": f"oci://{ECR}/karpenter",
        "karpenter.image_repository": f"{ECR}/karpenter/controller",
        "karpenter.image_digest": DIGEST,
        "karpenter.feature_gates": ("nodeRepair",),
    },
)
AMD64 = POOL.model_copy(
    update={
        "requirements": (
            RequirementSpec(key="karpenter.k8s.aws/instance-family", values=("m7i",)),
            SIZES,
        )
    }
)
X86 = SPEC.model_copy(update={"node_pools": (AMD64,)})
AT = "karpenter"
CLASS, FIRST = f"{AT}.node_classes[0]", f"{AT}.node_pools[0]"
HERE = RequirementSpec(key="topology.kubernetes.io/zone", values=("us-east-1a",))
OLDEST = RequirementSpec(key="node.kubernetes.io/instance-type", values=("t2.nano",))
SMALL = RequirementSpec(key="node.kubernetes.io/instance-type", values=("t4g.nano",))
TINY = RequirementSpec(key="node.kubernetes.io/instance-type", values=("t4g.medium",))
OF_SMALL = POOL.model_copy(update={"name": "small", "requirements": (OLDEST,)})
OLD = with_changes(GOOD, {"cluster.kubernetes_version": "1.33"})
MORE = RequirementSpec(key="karpenter.k8s.aws/instance-cpu", operator="Gte", values=("4",))
SANDBOX = RequirementSpec(key="karpenter.k8s.aws/nitro-sandbox", operator="Exists")
PROXY = HttpProxySpec(url="http://proxy.example.com:3128")
IN_GOV = {"region": "us-gov-west-1", "network.zones": ("us-gov-west-1a", "us-gov-west-1b")}
ON_NOTHING = {
    "node_groups": (),
    "fargate_profiles": (),
    "add_ons.coredns_compute_type": "fargate",
    "add_ons.ebs_csi_driver": False,
}
CRITICAL = with_changes(
    GOOD,
    {
        "node_groups[0].taints": (TaintSpec(key="CriticalAddonsOnly", effect="NO_SCHEDULE"),),
        "add_ons.coredns_compute_type": "fargate",
        "add_ons.ebs_csi_driver": False,
        "add_ons.metrics_server": False,
        "add_ons.load_balancer_controller": None,
    },
)
OF_KARPENTER = FargateSelectorSpec(
    namespace="kube-system", labels={"app.kubernetes.io/name": "karpenter"}
)


# fmt: off
KARPENTER = [
    Mistake("no version of Karpenter", {f"{AT}.controller_version": "v1.14.1"}, "a version of the charts", "copy one from the releases", good=GOOD),
    Mistake("a Karpenter of another time", {f"{AT}.controller_version": "1.4.0"}, "1.5.0 or newer", "remove it: the project uses 1.14.1", good=GOOD),
    Mistake("a Karpenter older than Kubernetes", {"cluster.kubernetes_version": "1.36", f"{AT}.controller_version": "1.12.0"}, "1.13.0 or newer with Kubernetes 1.36", "remove it: the project uses 1.14.1", good=GOOD),
    Mistake("a Kubernetes newer than Karpenter", {"cluster.kubernetes_version": "1.37"}, "1.33, 1.34, 1.35, 1.36 with Karpenter", "set kubernetes_version='1.36', or karpenter=None", good=GOOD),
    Mistake("a chart where its folder belongs", {f"{AT}.chart_repository": "https://charts.karpenter.sh"}, "an oci:// address", "write it like oci://public.ecr.aws/karpenter", good=GOOD),
    Mistake("no class", {f"{AT}.node_classes": ()}, "at least one", "write node_classes=", good=GOOD),
    Mistake("no pool", {f"{AT}.node_pools": ()}, "at least one", "write node_pools=", good=GOOD),
    Mistake("a class twice", {f"{AT}.node_classes": (NODES, NODES)}, "unique in node_classes", "rename one of them", f"{AT}.node_classes[1].name", "default", good=GOOD),
    Mistake("a pool twice", {f"{AT}.node_pools": (POOL, POOL)}, "unique in node_pools", "rename one of them", f"{AT}.node_pools[1].name", "general", good=GOOD),
    Mistake("a pool of no class", {f"{FIRST}.node_class": "other"}, "one of node_classes: default", "set node_class='default'", good=GOOD),
    Mistake("whatever image is the newest", {f"{CLASS}.ami": "al2023@latest"}, "@latest would replace all nodes", "copy a release", good=GOOD),
    Mistake("a small disk of a class", {f"{CLASS}.disk_size_gib": 19}, "greater than or equal to 20", "set disk_size_gib to 20 or more", good=GOOD),
    Mistake("a large disk of a class", {f"{CLASS}.disk_size_gib": 16_385}, "less than or equal to 16384", "set disk_size_gib to 16384 or less", good=GOOD),
    Mistake("few pods of a class", {f"{CLASS}.max_pods": 2}, "greater than or equal to 3", "set max_pods to 3 or more", good=GOOD),
    Mistake("pods without addresses in a class", {f"{CLASS}.max_pods": 30}, "at most 29, which m7g.large of its pools takes", "set max_pods=29", good=GOOD),
    Mistake("a class for daemons only", {f"{CLASS}.max_pods": 5}, "more than 5: aws-node", "set max_pods=29, or None", good=GOOD),
    Mistake("a label of Karpenter's with a typing error", {f"{FIRST}.requirements": (FAMILY.model_copy(update={"key": "karpenter.k8s.aws/instance-famly"}),)}, "a label that Karpenter knows", "write karpenter.k8s.aws/instance-family", f"{FIRST}.requirements[0].key", "karpenter.k8s.aws/instance-famly", good=GOOD),
    Mistake("nodes for daemons only, beside others of their class", {"vpc_cni.prefix_delegation": True, f"{AT}.node_pools": (POOL, OF_SMALL)}, "types that run more than 5 pods", "allow larger types only", f"{AT}.node_pools[1].requirements", "t2.nano", good=GOOD),
    Mistake("many pods of a class", {f"{CLASS}.max_pods": 251}, "less than or equal to 250", "set max_pods to 250 or less", good=GOOD),
    Mistake("a class's tag that is the CDK's", {f"{CLASS}.tags": {"Name": "x"}}, "Name is set on each resource", "rename or remove 'Name'", good=GOOD),
    Mistake("a class's tag that is Karpenter's", {f"{CLASS}.tags": {"karpenter.k8s.aws/ec2nodeclass": "x"}}, "keys without prefixes", "remove 'karpenter.k8s.aws/ec2nodeclass'", good=GOOD),
    Mistake("a tag that is Karpenter's", {"tags": {**GOOD.tags, "karpenter.k8s.aws/ec2nodeclass": "x"}}, "keys without prefixes", "remove 'karpenter.k8s.aws/ec2nodeclass'", good=GOOD),
    Mistake("an operator newer than Karpenter", {f"{AT}.controller_version": "1.8.6", f"{FIRST}.requirements": (FAMILY, MORE)}, "no Gte with Karpenter 1.8.6: 1.9.0 brought it", "set controller_version='1.9.0' or newer", f"{FIRST}.requirements[1].operator", "Gte", good=OLD),
    Mistake("replicas newer than Karpenter", {f"{AT}.controller_version": "1.7.1", f"{FIRST}.limits": LimitsSpec(nodes=3), f"{FIRST}.replicas": 2}, "no replicas with Karpenter 1.7.1", "or remove replicas", f"{FIRST}.replicas", 2, good=OLD),
    Mistake("a policy newer than Karpenter", {f"{AT}.controller_version": "1.13.1", f"{FIRST}.disruption.consolidation_policy": "Balanced"}, "no Balanced with Karpenter 1.13.1", "1.14.0", f"{FIRST}.disruption.consolidation_policy", "Balanced", good=OLD),
    Mistake("a gate newer than Karpenter", {f"{AT}.controller_version": "1.13.1", f"{AT}.feature_gates": ("capacityBuffer",)}, "no capacityBuffer with Karpenter 1.13.1", "1.14.0", f"{AT}.feature_gates[0]", "capacityBuffer", good=OLD),
    Mistake("a label newer than Karpenter", {f"{FIRST}.requirements": (FAMILY, SANDBOX)}, "a label that Karpenter knows", "use another label", f"{FIRST}.requirements[1].key", SANDBOX.key, good=GOOD),
    Mistake("a pool that nothing ends", {f"{FIRST}.termination_grace_period": None}, "at most 10m outside production", "set termination_grace_period='10m'", good=GOOD),
    Mistake("a pool that ends too late", {f"{FIRST}.termination_grace_period": "10m1s"}, "at most 10m outside production", "set termination_grace_period='10m'", good=GOOD),
    Mistake("a pool elsewhere", {f"{FIRST}.requirements": (FAMILY, SIZES, HERE)}, "zones of the network: eu-west-1a", "use eu-west-1a instead, or remove the requirement", f"{FIRST}.requirements[2].values", ("us-east-1a",), good=GOOD),
    Mistake("nodes for daemons only", {f"{FIRST}.requirements": (SMALL,)}, "types that run more than 5 pods", "allow larger types only", got="t4g.nano", good=GOOD),
    Mistake("nodes without a trunk", {"vpc_cni.pod_security_groups": True, f"{FIRST}.requirements": (TINY,)}, "types with branch interfaces", "name other families", got="t4g.medium", also=("node_groups[0].instance_types",), good=GOOD),
    Mistake("a class that knows no proxy", {"http_proxy": PROXY, f"{CLASS}.ami": "al2023@v20251101"}, "20251120 or later", "use a later release", good=GOOD),
    of_image("an image for some of Karpenter's nodes", {AT: X86}, ARM, "the node group General (arm64), amd64 nodes of the NodePool general (amd64)", "add nodeSelector: {kubernetes.io/arch: arm64}"),
    Mistake("no digest", {f"{AT}.image_digest": "latest"}, "a digest such as sha256:", "copy the one that the registry shows", good=GOOD),
    Mistake("no Karpenter at all", {f"{AT}.replicas": 0}, "greater than or equal to 1", "set replicas to 1 or more", good=GOOD),
    Mistake("a crowd of Karpenters", {f"{AT}.replicas": 11}, "less than or equal to 10", "set replicas to 10 or less", good=GOOD),
    Mistake("more Karpenters than hosts", {f"{AT}.replicas": 3}, "at most 2: each pod needs a host", "raise min_size to 3", good=GOOD),
    Mistake("more Karpenters than hosts for critical pods", {f"{AT}.replicas": 3}, "at most 2: each pod needs a host", "raise min_size to 3", good=CRITICAL),
    Mistake("Karpenter on Fargate beside nodes", {"fargate_profiles[0].selectors": (OF_KARPENTER,)}, "selectors that don't match the pods of karpenter", "select another namespace", "fargate_profiles[0].selectors", ["kube-system {'app.kubernetes.io/name': 'karpenter'}"], good=GOOD),
    Mistake("a boundary of another partition for Karpenter's nodes", {f"{AT}.permissions_boundary": "arn:aws-us-gov:iam::111122223333:policy/Boundary"}, "begins with arn:aws:", "use arn:aws:iam::111122223333:policy/Boundary", good=GOOD),
    Mistake("hosts too small for Karpenter", {"node_groups[0].instance_types": ("c7g.medium",), "node_groups[0].capacity_type": "ON_DEMAND"}, "nodes with room for the platform's own pods", "use larger instance types", "node_groups", "desired nodes without the cpu and memory and places for 2 of 2 aws-load-balancer-controller, 2 of 2 karpenter", good=GOOD),
    Mistake("no group that lets Karpenter in", {"node_groups[0].taints": (TAINT,)}, "at most 0: each pod needs a host", "remove the taints of General, or add a node group without taints and with min_size=2", f"{AT}.replicas", 2, also=("node_groups[0].taints",), good=GOOD),
    Mistake("no group that could let Karpenter in", {"node_groups": (GPU,)}, "at most 0: each pod needs a host", "add a node group without taints and with min_size=2", f"{AT}.replicas", 2, also=("node_groups[0].taints",), good=GOOD),
    Mistake("no host of Karpenter in a region without Fargate", {**ON_NOTHING, **IN_GOV}, "None without node groups in us-gov-west-1", "add a NodeGroupSpec without taints and with min_size=2", AT, SPEC, also=("add_ons.coredns_compute_type",), good=GOOD),
    Mistake("DNS on nodes of Karpenter alone", {**ON_NOTHING, "add_ons.coredns_compute_type": "ec2"}, "'fargate' when the cluster has no node groups", "set coredns_compute_type='fargate', or add", "add_ons.coredns_compute_type", "ec2", good=GOOD),
    Mistake("a gate twice", {f"{AT}.feature_gates": ("nodeRepair", "nodeRepair")}, "each at most once", "remove the duplicate nodeRepair", good=GOOD),
    Mistake("prices where there is no way to them", {f"{AT}.isolated_vpc": False}, "True when network.nat_gateways='none'", "set isolated_vpc=True", good=CLOSED),
    Mistake("a queue without a way to it", {"network.interface_endpoints": ()}, "'sqs' among them", "add 'sqs'", good=CLOSED),
    Mistake("charts from where nobody gets", {f"{AT}.chart_repository": "oci://public.ecr.aws/karpenter"}, "a mirror in ECR", "set chart_repository='oci://ACCOUNT", good=CLOSED),
    Mistake("an image from where nobody gets", {f"{AT}.image_repository": None}, "a mirror in ECR", "set image_repository='ACCOUNT", good=CLOSED),
]
# fmt: on
