"""The mistakes of EKS Auto Mode: part of the table."""

from __future__ import annotations

from collections.abc import Mapping

from constructs_lib.specs.add_ons import ADD_ON_NAMES, LoadBalancerControllerSpec
from constructs_lib.specs.additional_add_on import AddOnSpec
from constructs_lib.specs.auto_mode import BuiltInNodePoolSpec
from constructs_lib.specs.cluster import VpcCniSpec
from constructs_lib.specs.compute import FargateProfileSpec
from constructs_lib.specs.http_proxy import HttpProxySpec
from constructs_lib.specs.node_pool_parts import RequirementSpec
from examples import auto_mode, karpenter
from tests.unit.configuration.machine_mistakes import WINDOWS
from tests.unit.configuration.mistakes import AS_CHANGED, EXISTING, SELECTOR, Mistake, with_changes

AUTO = with_changes(
    auto_mode.ENVIRONMENT,
    {"fargate_profiles": (FargateProfileSpec(name="Teams", selectors=(SELECTOR,)),)},
)
CONTROLLER = LoadBalancerControllerSpec()
PROXY = HttpProxySpec(url="http://proxy.example.com:3128")
LONG_PROXY = HttpProxySpec(url=f"http://{'.'.join(['a' * 60] * 4)}.test:3128")
MANY_DIRECT = HttpProxySpec(url=PROXY.url, no_proxy=tuple(f"h{n}.test" for n in range(48)))
KEY = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-4e5f-6789-0a1b-2c3d4e5f6789"
SYSTEM = BuiltInNodePoolSpec(name="system")
POOL, CLASS = "auto_mode.node_pools[0]", "auto_mode.node_classes[0]"
FAMILIES = auto_mode.FAMILIES
ELSEWHERE = RequirementSpec(key="topology.kubernetes.io/zone", values=("eu-west-1z",))
NOWHERE = RequirementSpec(
    key="topology.kubernetes.io/zone", operator="NotIn", values=auto_mode.ENVIRONMENT.network.zones
)
ABROAD = RequirementSpec(key="topology.kubernetes.io/region", values=("us-east-1",))
MANY = RequirementSpec(key="topology.kubernetes.io/zone", operator="Exists", min_values=4)
COREDNS, NO_FARGATE = AddOnSpec(name="coredns"), {"fargate_profiles": ()}
NO_BUILT_IN = {"auto_mode.built_in_node_pools": (), "add_ons.metrics_server": False}
ONLY_SYSTEM = {"auto_mode.node_pools": (), "auto_mode.built_in_node_pools": (SYSTEM,)}

PRIVATE = with_changes(EXISTING, {"public_subnets": {}})


def auto(  # noqa: PLR0917  # a row of a table
    name: str,
    change: Mapping[str, object],
    allowed: str,
    fix: str,
    at: str | None = None,
    got: object = AS_CHANGED,
) -> Mistake:
    """Return a mistake in an environment with Auto Mode."""
    return Mistake(name, change, allowed=allowed, fix=fix, at=at, good=AUTO, got=got)


def too(name: str, field: str, value: int, bound: str) -> Mistake:
    """Return a number of a NodeClass beyond its bounds."""
    word = "or more" if bound.startswith("greater") else "or less"
    return auto(name, {f"{CLASS}.{field}": value}, bound, f"{bound.rsplit(maxsplit=1)[-1]} {word}")


# fmt: off
AUTO_MODE = [
    auto("two makers of load balancers", {"add_ons.load_balancer_controller": CONTROLLER}, "None with auto_mode", "set load_balancer_controller=None"),
    auto("a driver without nodes of its own", {"add_ons.ebs_csi_driver": True}, "False when the cluster has no node groups", "set ebs_csi_driver=False"),
    auto("a driver that is built in", {"add_ons.ebs_csi_driver": True}, "; auto_mode has its driver built in", "set ebs_csi_driver=False"),
    *(
        auto(f"the add-on {name}, which is built in", {"add_ons.additional": (AddOnSpec(name=name),)}, f"Auto Mode doesn't replace: it has {name} built in", "remove it", "add_ons.additional[0].name", name)
        for name in ADD_ON_NAMES
        if name not in ("metrics-server", "coredns")
    ),
    auto("an add-on that isn't built in", {"add_ons.additional": (AddOnSpec(name="metrics-server"),)}, "the platform doesn't install itself", "set metrics_server=True instead", "add_ons.additional[0].name", "metrics-server"),
    auto("DNS beside that of Auto Mode", {**NO_FARGATE, "add_ons.additional": (COREDNS,)}, "it has coredns built in", "remove it", "add_ons.additional[0].name", "coredns"),
    auto("DNS that Fargate needs", {"add_ons.additional": (COREDNS,)}, "the platform doesn't install itself", "remove it; add_ons.versions changes its version", "add_ons.additional[0].name", "coredns"),
    auto("two makers of nodes", {"karpenter": karpenter.ENVIRONMENT.karpenter}, "None with auto_mode", "remove karpenter or auto_mode"),
    auto("load balancers for the internet without a place", {"auto_mode.ingress_scheme": "internet-facing", "network": PRIVATE}, "no public subnets", "set ingress_scheme='internal'", "auto_mode.ingress_scheme", "internet-facing"),
    auto("settings of a CNI that isn't there", {"vpc_cni": VpcCniSpec(pod_security_groups=True)}, "no settings of the VPC CNI", "remove vpc_cni", "vpc_cni.pod_security_groups", got=True),
    auto("a proxy that nodes don't know", {"http_proxy": PROXY}, "None with built-in pools of auto_mode", "set auto_mode.built_in_node_pools=()"),
    auto("a proxy that no pool knows", {"auto_mode.node_pools": (), "http_proxy": PROXY}, "None with built-in pools of auto_mode", "with a NodeClassSpec for new ones in its node_pools"),
    auto("a proxy with too long a name", {**NO_BUILT_IN, "http_proxy": LONG_PROXY}, "at most 255 characters with auto_mode", "use a shorter name", "http_proxy.url", LONG_PROXY.url),
    auto("more hosts without the proxy than nodes take", {**NO_BUILT_IN, "http_proxy": MANY_DIRECT}, "at most 50 with auto_mode", "list domains instead of hosts", "http_proxy.no_proxy", "61 entries with those of the network"),
    auto("no ARN of a key", {f"{CLASS}.ephemeral_storage_kms_key": "alias/mine"}, "the ARN of a KMS key", "copy KeyArn"),
    auto("a key of an account without a digit", {f"{CLASS}.ephemeral_storage_kms_key": KEY.replace("3333", "333")}, "the ARN of a KMS key", "write all 12 digits of the account: 11112222333 has 11"),
    auto("a key of another region", {f"{CLASS}.ephemeral_storage_kms_key": KEY}, "a key of eu-west-1", "use a key of eu-west-1"),
    auto("images for FIPS in Europe", {f"{CLASS}.fips": True}, "False in eu-west-1", "set fips=False"),
    auto("pods in subnets that aren't there", {f"{CLASS}.pod_subnets": True}, "False when the network has no pod subnets", "set network.pod_cidr"),
    auto("subnets for pods that no class uses", {"network.pod_cidr": "100.64.0.0/16"}, "True when the network has pod subnets", "or pod_subnets=True of a NodeClassSpec", "vpc_cni.custom_networking", got=False),
    auto("a pool in no zone", {f"{POOL}.requirements": (FAMILIES, ELSEWHERE)}, "zones of the network", "use eu-west-1a instead, or remove the requirement", f"{POOL}.requirements[1].values", ELSEWHERE.values),
    auto("a pool that leaves every zone out", {f"{POOL}.requirements": (FAMILIES, NOWHERE)}, "one of the zones of the network", "remove the requirement", f"{POOL}.requirements[1]", str(NOWHERE)),
    auto("a pool in another region", {f"{POOL}.requirements": (FAMILIES, ABROAD)}, "regions of the network: eu-west-1", "use eu-west-1 instead, or remove the requirement", f"{POOL}.requirements[1].values", ABROAD.values),
    auto("a pool of more zones than the network", {f"{POOL}.requirements": (FAMILIES, MANY)}, "at most 3: the zones of the pool are eu-west-1a", "set min_values=3", f"{POOL}.requirements[1].min_values", 4),
    auto("a pool in no zone, by an older name", {f"{POOL}.requirements": (FAMILIES, ELSEWHERE.model_copy(update={"key": "failure-domain.beta.kubernetes.io/zone"}))}, "zones of the network", "use eu-west-1a instead, or remove the requirement", f"{POOL}.requirements[1].values", ELSEWHERE.values),
    auto("a pool that stays for a day", {f"{POOL}.termination_grace_period": None}, "at most 10m outside production", "set termination_grace_period='10m'"),
    auto("a pool that stays for half an hour", {f"{POOL}.termination_grace_period": "30m1s"}, "at most 10m outside production", "'10m'"),
    auto("Auto Mode without a pool", {"auto_mode.node_pools": (), **NO_BUILT_IN}, "at least one pool", "and its class to node_classes; a new cluster can remove built_in_node_pools", "auto_mode.built_in_node_pools", ()),
    auto("a built-in pool twice", {"auto_mode.built_in_node_pools": (BuiltInNodePoolSpec(name="general-purpose"),) * 2}, "each built-in pool once", "remove the duplicate", "auto_mode.built_in_node_pools[1].name", "general-purpose"),
    auto("a built-in pool of one CPU", {"auto_mode.built_in_node_pools[0].max_cpu": 1}, "greater than or equal to 2", "or more"),
    auto("more CPUs than any cluster", {"auto_mode.built_in_node_pools[0].max_cpu": 1_000_001}, "less than or equal to 1000000", "or less"),
    auto("a pool like EKS's", {f"{POOL}.name": "general-purpose"}, "a name that no other pool has", "give the pool another name"),
    auto("two pools of a name", {"auto_mode.node_pools[1].name": "spot"}, "a name that no other pool has", "give the pool another name"),
    auto("two classes of a name", {"auto_mode.node_classes": (auto_mode.ENVIRONMENT.auto_mode.node_classes[0],) * 2}, "a name that no other class has", "remove the duplicate", "auto_mode.node_classes[1].name", "large-disk"),  # type: ignore[union-attr]
    auto("a class called default", {f"{CLASS}.name": "default"}, "any name but default", "write it like private"),
    auto("a class of nobody", {f"{POOL}.node_class": "fast"}, "one of node_classes: default, large-disk", "add NodeClassSpec(name='fast')"),
    auto("a class that EKS doesn't make", {**NO_BUILT_IN, f"{POOL}.node_class": "default"}, "default is there with a built-in pool only", "add NodeClassSpec(name='private')"),
    auto("fewer load balancers than none", {"auto_mode.max_load_balancers": -1}, "greater than or equal to 0", "or more"),
    auto("more load balancers than a region has", {"auto_mode.max_load_balancers": 1001}, "less than or equal to 1000", "or less"),
    auto("no place for the platform", ONLY_SYSTEM, "at least one node group without these taints: metrics-server doesn't tolerate them", "BuiltInNodePoolSpec(name='general-purpose')", "auto_mode", ["CriticalAddonsOnly:NO_SCHEDULE"]),
    auto("no place for the platform beside Windows", {**ONLY_SYSTEM, **NO_FARGATE, "node_groups": (WINDOWS,)}, "at least one node group without these taints: metrics-server doesn't tolerate them", "BuiltInNodePoolSpec(name='general-purpose')", "auto_mode", ["CriticalAddonsOnly:NO_SCHEDULE"]),
    auto("a small disk of many IOPS", {f"{CLASS}.ephemeral_storage_gib": 8, f"{CLASS}.ephemeral_storage_iops": 4_001}, "at most 4000 for 8 GiB", "ephemeral_storage_gib=9", f"{CLASS}.ephemeral_storage_iops", 4_001),
    auto("more throughput of a class than its IOPS allow", {f"{CLASS}.ephemeral_storage_iops": 3_000, f"{CLASS}.ephemeral_storage_throughput_mib": 751}, "at most 750 MiB/s with 3000 IOPS", "ephemeral_storage_iops=3004", f"{CLASS}.ephemeral_storage_throughput_mib", 751),
    too("no disk", "ephemeral_storage_gib", 0, "greater than or equal to 1"),
    too("too large a disk", "ephemeral_storage_gib", 59_001, "less than or equal to 59000"),
    too("a slow disk", "ephemeral_storage_iops", 2_999, "greater than or equal to 3000"),
    too("too fast a disk", "ephemeral_storage_iops", 16_001, "less than or equal to 16000"),
    too("a disk of little throughput", "ephemeral_storage_throughput_mib", 124, "greater than or equal to 125"),
    too("a disk of too much throughput", "ephemeral_storage_throughput_mib", 1_001, "less than or equal to 1000"),
]
# fmt: on
