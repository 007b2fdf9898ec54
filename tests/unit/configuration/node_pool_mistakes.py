"""The mistakes of NodePools: part of the table."""

from __future__ import annotations

from collections.abc import Mapping

from constructs_lib.specs.auto_mode import AutoModeNodePoolSpec
from constructs_lib.specs.base import Key
from constructs_lib.specs.compute import TaintSpec
from constructs_lib.specs.node_pool_parts import (
    BudgetSpec,
    DisruptionSpec,
    LimitsSpec,
    RequirementSpec,
)
from constructs_lib.specs.node_pools import KarpenterNodePoolSpec
from tests.unit.configuration.mistakes import AS_CHANGED, Mistake

FAMILY = RequirementSpec(
    key="eks.amazonaws.com/instance-family", values=("m7g", "c7g"), min_values=2
)
BUDGET = BudgetSpec(nodes="1", schedule="0 9 * * mon-fri", duration="8h", reasons=("Drifted",))
POOL = AutoModeNodePoolSpec(
    name="batch",
    requirements=(FAMILY,),
    limits=LimitsSpec(cpu=64, memory_gib=256, nodes=20),
    labels={"example.com/team": "batch"},
    taints=(TaintSpec(key="example.com/batch", effect="NO_SCHEDULE"),),
    startup_taints=(TaintSpec(key="example.com/starting", effect="NO_EXECUTE"),),
    expire_after="168h",
    termination_grace_period="10m",
    disruption=DisruptionSpec(
        consolidation_policy="WhenEmpty", consolidate_after="5m", budgets=(BUDGET,)
    ),
    weight=10,
)
FIXED = AutoModeNodePoolSpec(
    name="fixed", requirements=(FAMILY,), limits=LimitsSpec(nodes=4), replicas=3
)
KARPENTER_FAMILY = RequirementSpec(key="karpenter.k8s.aws/instance-family", values=("m7g",))
KARPENTER_POOL = KarpenterNodePoolSpec(
    name="batch", node_class="default", requirements=(KARPENTER_FAMILY,), limits=LimitsSpec(cpu=64)
)
CPU = RequirementSpec(key="eks.amazonaws.com/instance-cpu", operator="Gt", values=("4",))
THERE_AND_NOT = (
    RequirementSpec(key="example.com/gpu", operator="Exists"),
    RequirementSpec(key="example.com/gpu", operator="DoesNotExist"),
)
NO_RANGE = (
    RequirementSpec(key="eks.amazonaws.com/instance-gpu-memory", operator="Gt", values=("8",)),
    RequirementSpec(key="eks.amazonaws.com/instance-gpu-memory", operator="Lt", values=("9",)),
)
DURATION = "hours, minutes and seconds"


EIGHT_GPUS = RequirementSpec(key="node.kubernetes.io/instance-type", values=("p5.48xlarge",))


def pool(  # noqa: PLR0917  # a row of a table
    name: str,
    change: Mapping[str, object],
    allowed: str,
    fix: str,
    at: str | None = None,
    got: object = AS_CHANGED,
) -> Mistake:
    """Return a mistake in a NodePool of Auto Mode."""
    return Mistake(name, change, allowed=allowed, fix=fix, at=at, good=POOL, got=got)


def together(name: str, requirement: RequirementSpec, allowed: str, fix: str) -> Mistake:
    """Return a requirement that no node of a pool can meet."""
    change = {"requirements": (FAMILY, requirement)}
    return pool(name, change, allowed, fix, "requirements[1]", str(requirement))


def needs(name: str, key: str, fix: str, **fields: object) -> Mistake:
    """Return a mistake in the key of a requirement."""
    wrong = RequirementSpec(key=key, **{"operator": "Exists", **fields})  # type: ignore[arg-type]
    change = {"requirements": (FAMILY, wrong)}
    allowed = "a label that EKS Auto Mode knows, such as eks.amazonaws.com/instance-family"
    return pool(name, change, allowed, fix, "requirements[1].key", key)


# fmt: off
NODE_POOLS = [
    pool("a name of a pool that is none", {"name": "Batch_1"}, "a DNS label", "write it like"),
    pool("labels that the kubelet sets", {"labels": {"kubernetes.io/os": "linux"}}, "labels outside kubernetes.io", "make 'kubernetes.io/os' a requirement"),
    pool("more requirements than 100", {"requirements": (FAMILY,) * 101}, "at most 100 requirements", "merge"),
    pool("more budgets than 50", {"disruption.budgets": (BUDGET,) * 51}, "at most 50 budgets", "merge"),
    pool("a weight of nothing", {"weight": 0}, "greater than or equal to 1", "set weight to 1 or more"),
    pool("too much weight", {"weight": 101}, "less than or equal to 100", "set weight to 100 or less"),
    pool("fewer nodes than none", {"replicas": -1, "weight": None}, "greater than or equal to 0", "or more", "replicas", -1),
    pool("a limit of no CPU", {"limits.cpu": 0}, "greater than or equal to 1", "set cpu to 1 or more"),
    pool("a limit of no memory", {"limits.memory_gib": 0}, "greater than or equal to 1", "or more"),
    pool("a limit of no nodes", {"limits.nodes": 0}, "greater than or equal to 1", "or more"),
    pool("no limit", {"limits": LimitsSpec()}, "at least one of cpu", "set cpu", "limits.cpu", None),
    pool("limits below one node", {"limits": LimitsSpec(cpu=1)}, "room for one c7g.large: 2 vCPUs, 4 GiB", "raise the limits", got={"cpu": "1"}),
    pool("limits of devices alone", {"limits": LimitsSpec(devices={"nvidia.com/gpu": 1})}, "at least one of cpu", "set cpu", "limits.cpu", None),
    pool("a device below one node", {"limits": LimitsSpec(cpu=999, devices={"nvidia.com/gpu": 7}), "requirements": (EIGHT_GPUS,)}, "room for one p5.48xlarge: 192 vCPUs, 2048 GiB, 8 nvidia.com/gpu", "raise the limits", "limits", {"cpu": "999", "nvidia.com/gpu": "7"}),
    pool("a device that nobody knows", {"limits.devices": {"nvidia.com/gpus": 1}}, "'nvidia.com/gpu'", "nvidia.com/gpu", "limits.devices", Key("nvidia.com/gpus")),
    pool("no device", {"limits.devices": {"nvidia.com/gpu": 0}}, "greater than or equal to 1", "or more", "limits.devices['nvidia.com/gpu']", 0),
    pool("more devices than any pool", {"limits.devices": {"nvidia.com/gpu": 10**309}}, "less than or equal to 1000000", "or less", "limits.devices['nvidia.com/gpu']", 10**309),
    pool("more CPUs than any pool", {"limits.cpu": 10**309}, "less than or equal to 1000000", "or less"),
    pool("more memory than any pool", {"limits.memory_gib": 10**309}, "less than or equal to 100000000", "or less"),
    pool("more nodes than any pool", {"limits.nodes": 100_001}, "less than or equal to 100000", "or less"),
    Mistake("more replicas than any pool", {"replicas": 100_001}, allowed="less than or equal to 100000", fix="or less", good=FIXED),
    pool("longer than Go counts", {"termination_grace_period": "2562047h1s"}, "at most 2562047h", "a shorter time"),
    pool("longer than anybody counts", {"expire_after": "9" * 5_000 + "h"}, DURATION, "write it like 336h"),
    pool("a budget for too long", {"disruption.budgets[0].duration": "2562048h"}, "at most 2562047h", "a shorter time"),
    pool("a node that is old at once", {"expire_after": "00h0s"}, "more than no time", "write it like 336h"),
    pool("an hour that no day has", {"disruption.budgets[0].schedule": "0 24 * * *"}, "end of range (24) above maximum (23)", "hour 0-23"),
    pool("a week the wrong way round", {"disruption.budgets[0].schedule": "0 9 * * fri-mon"}, "beginning of range (5) beyond end of range (1)", "day of the week 0-6"),
    pool("a time zone", {"disruption.budgets[0].schedule": "CRON_TZ=Europe/Berlin 0 9 * * mon-fri"}, "a schedule in UTC: budgets have no time zone", "the hour as it is in UTC"),
    pool("a time zone in place of a field", {"disruption.budgets[0].schedule": "TZ=UTC 9 * * mon-fri"}, "a schedule in UTC", "the hour as it is in UTC"),
    pool("a label with a typing error", {"requirements": (RequirementSpec(key="eks.amazonaws.com/instance-famly", values=("m7i",)),)}, "a label that EKS Auto Mode knows", "write eks.amazonaws.com/instance-family", "requirements[0].key", "eks.amazonaws.com/instance-famly"),
    pool("a reason twice", {"disruption.budgets[0].reasons": ("Empty", "Empty")}, "each at most once", "remove the duplicate Empty"),
    pool("a taint twice", {"startup_taints": POOL.taints}, "a key without another taint of effect NO_SCHEDULE", "remove the duplicate", "startup_taints[0].key", "example.com/batch"),
    pool("more labels than 100", {"labels": {f"label-{number}": "x" for number in range(101)}}, "at most 100 labels", "keep those"),
    pool("a label that ends like Karpenter's", {"labels": {"mykarpenter.sh/team": "a"}}, "labels outside kubernetes.io", "make 'mykarpenter.sh/team' a requirement"),
    pool("a key of no domain", {"requirements[0].key": "a..b/c"}, "the key of a node label", "write it like kubernetes.io/arch"),
    pool("a taint of no domain", {"taints[0].key": "a..b/c"}, "a label key", "write it like team"),
    needs("a label below Karpenter's", "x.karpenter.sh/foo", "use another label"),
    pool("days", {"expire_after": "14d"}, DURATION, "a day is 24h"),
    pool("for ever", {"termination_grace_period": "Never"}, DURATION, "write it like 336h"),
    pool("seconds of a budget", {"disruption.budgets[0].duration": "90s"}, "hours and minutes", "cron knows no seconds"),
    pool("a budget of words", {"disruption.budgets[0].nodes": "all"}, "a number or a percentage", "write it like 1 or 10%"),
    pool("no schedule", {"disruption.budgets[0].schedule": "9:00"}, "five fields of cron", "write minute"),
    pool("a schedule without an end", {"disruption.budgets[0].duration": None}, "schedule and duration together", "add duration"),
    pool("no key", {"requirements[0].key": "a b"}, "the key of a node label", "write it like kubernetes.io/arch"),
    pool("no value", {"requirements[0].values": ("m7g c7g",)}, "the value of a node label", "each value as a string", "requirements[0].values[0]", "m7g c7g"),
    pool("fewer values than asked for", {"requirements[0].min_values": 3}, "at most 2", "set min_values=2"),
    pool("no values at all", {"requirements[0].min_values": 0}, "greater than or equal to 1", "or more"),
    pool("more values than 50", {"requirements[0].min_values": 51}, "less than or equal to 50", "or less"),
    pool("In without values", {"requirements": (FAMILY, CPU.model_copy(update={"operator": "In", "values": ()}))}, "at least one value with operator 'In'", "add a value", "requirements[1].values", ()),
    pool("Gt with two values", {"requirements": (FAMILY, CPU.model_copy(update={"values": ("4", "8")}))}, "one number of 0 or more with operator 'Gt'", "write it like ('4',)", "requirements[1].values", ("4", "8")),
    pool("Exists with a value", {"requirements": (FAMILY, CPU.model_copy(update={"operator": "Exists"}))}, "no values with operator 'Exists'", "remove them", "requirements[1].values", ("4",)),
    pool("a host name", {"requirements": (FAMILY, RequirementSpec(key="kubernetes.io/hostname", operator="Exists"))}, "a label that more than one node can have", "remove the requirement", "requirements[1].key", "kubernetes.io/hostname"),
    pool("any type", {"requirements": (CPU,)}, "a requirement In that names the types", "values=('m7i', 'm7a')", got=[CPU.key]),
    pool("no such families", {"requirements[0].values": ("m7gg", "c7gg")}, "m7gg, c7gg is not there", "did you mean 'm7g' and 'c7g'"),
    pool("no such family", {"requirements[0].values": ("m7gg", "c7g")}, "m7gg is not there", "did you mean 'm7g'"),
    pool("no such capacity type", {"requirements": (FAMILY, RequirementSpec(key="karpenter.sh/capacity-type", values=("SPOT",)))}, "on-demand, spot, reserved", "did you mean 'spot'?", "requirements[1].values", ("SPOT",)),
    pool("two capacity types, misspelt", {"requirements": (FAMILY, RequirementSpec(key="karpenter.sh/capacity-type", values=("Spot", "ondemand")))}, "on-demand, spot, reserved", "did you mean 'spot' and 'on-demand'?", "requirements[1].values", ("Spot", "ondemand")),
    pool("a capacity type that is none", {"requirements": (FAMILY, RequirementSpec(key="karpenter.sh/capacity-type", values=("cheap",)))}, "on-demand, spot, reserved", "use one of them", "requirements[1].values", ("cheap",)),
    pool("types of which none is left", {"requirements": (FAMILY, CPU.model_copy(update={"values": ("1000",)}))}, "some instance type of EKS Auto Mode meets", "remove one", got=[str(FAMILY), "eks.amazonaws.com/instance-cpu Gt 1000"]),
    together("a label that says otherwise", RequirementSpec(key="example.com/team", values=("web",)), "a requirement that 'batch' meets: labels says so", "change labels['example.com/team']"),
    together("reserved nodes without a reservation", RequirementSpec(key="karpenter.sh/capacity-type", values=("reserved",)), "one of on-demand and spot: the classes here select no capacity reservations", "add 'on-demand'"),
    together("no capacity type", RequirementSpec(key="karpenter.sh/capacity-type", operator="NotIn", values=("on-demand", "spot")), "one of on-demand and spot", "add 'on-demand'"),
    together("less than nothing", RequirementSpec(key="eks.amazonaws.com/instance-gpu-count", operator="Lt", values=("0",)), "a requirement that some value meets", "remove it"),
    pool("Windows by another name", {"requirements": (FAMILY, RequirementSpec(key="beta.kubernetes.io/os", values=("windows",)))}, "a label that EKS Auto Mode knows", "remove the requirement", "requirements[1].key", "beta.kubernetes.io/os"),
    pool("a label that is there and isn't", {"requirements": (FAMILY, *THERE_AND_NOT)}, "some value meets together with example.com/gpu Exists", "remove one of them", "requirements[2]", "example.com/gpu DoesNotExist"),
    pool("a range without a number", {"requirements": (FAMILY, *NO_RANGE)}, "some value meets together with eks.amazonaws.com/instance-gpu-memory Gt 8", "remove one of them", "requirements[2]", "eks.amazonaws.com/instance-gpu-memory Lt 9"),
    pool("a family that Auto Mode lacks", {"requirements[0].values": ("m3", "hpc7g", "m7g")}, "none has m3 or hpc7g", "remove m3, hpc7g"),
    pool("a size that Auto Mode lacks", {"requirements": (FAMILY, RequirementSpec(key="eks.amazonaws.com/instance-size", values=("small",)))}, "none has small", "remove small", "requirements[1].values", ("small",)),
    pool("fewer families than asked for", {"requirements": (FAMILY.model_copy(update={"min_values": None}), CPU.model_copy(update={"operator": "Exists", "values": (), "min_values": 9}))}, "at most 7: requirements and limits leave 2, 4, 8, 16, 32, ...", "set min_values=7, or allow more", "requirements[1].min_values", 9),
    pool("more capacity types than there are", {"requirements": (FAMILY, RequirementSpec(key="karpenter.sh/capacity-type", operator="NotIn", values=("spot",), min_values=2))}, "at most 1: requirements and limits leave on-demand", "set min_values=1", "requirements[1].min_values", 2),
    pool("a number that no API reads", {"requirements": (FAMILY, CPU.model_copy(update={"operator": "Lt", "values": ("9223372036854775808",)}))}, "at most 9223372036854775807", "write a smaller number", "requirements[1].values", ("9223372036854775808",)),
    pool("nodes of a month", {"expire_after": "720h"}, "at most 21 days (504h) for expire_after and termination_grace_period", "set expire_after='503h' or less"),
    pool("nodes for ever", {"expire_after": "Never"}, "at most 21 days", "set expire_after='503h' or less"),
    pool("a grace of weeks", {"expire_after": None, "termination_grace_period": "169h"}, "without a value they are 336h and 24h", "set expire_after='335h' or less"),
    pool("a grace of months", {"expire_after": None, "termination_grace_period": "900h"}, "at most 21 days", "set it to '24h'"),
    needs("a label of Karpenter's", "karpenter.k8s.aws/instance-memory", "write eks.amazonaws.com/instance-memory"),
    needs("a label that nobody knows", "eks.amazonaws.com/instance-sise", "write eks.amazonaws.com/instance-size"),
    needs("a label of nobody", "karpenter.sh/xyz", "use another label"),
    needs("a system that Auto Mode lacks", "kubernetes.io/os", "remove the requirement"),
    Mistake("Windows of Linux images", {"requirements": (KARPENTER_FAMILY, RequirementSpec(key="kubernetes.io/os", values=("windows",)))}, allowed="every node of a pool is Linux", fix="remove the requirement", at="requirements[1]", got="kubernetes.io/os In windows", good=KARPENTER_POOL),
    Mistake("a label of Auto Mode's", {"requirements": (KARPENTER_FAMILY, CPU)}, allowed="a label that Karpenter knows", fix="write karpenter.k8s.aws/instance-cpu", at="requirements[1].key", got=CPU.key, good=KARPENTER_POOL),
    Mistake("a weight of a fixed pool", {"weight": 10}, allowed="None with replicas", fix="remove weight", good=FIXED),
    Mistake("CPU of a fixed pool", {"limits": LimitsSpec(cpu=64)}, allowed="limits.nodes alone with replicas", fix="LimitsSpec(nodes=4)", got={"cpu": "64"}, good=FIXED),
    Mistake("devices of a fixed pool", {"limits": LimitsSpec(nodes=9, devices={"nvidia.com/gpu": 1})}, allowed="limits.nodes alone with replicas", fix="LimitsSpec(nodes=4)", got={"nodes": "9", "nvidia.com/gpu": "1"}, good=FIXED),
    Mistake("a fixed pool without room for a replacement", {"limits.nodes": 3}, allowed="more than replicas (3)", fix="set nodes=4", good=FIXED),
]
# fmt: on
