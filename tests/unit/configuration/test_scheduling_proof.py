"""What stays pending when a zone or Spot Instances are lost, and the smallest change that helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from capacity.plan import make_plan
from configuration.capacity_plan import inputs_of, stated_inputs
from configuration.declared_pods import platform_pods_of
from configuration.fleets import Fleet, Loss
from configuration.scheduling_proof import Proof, prove
from configuration.scheduling_words import left_lines, scheduling_json, scheduling_lines
from constructs_lib.specs.additional_add_on import AddOnSpec
from constructs_lib.specs.compute import (
    FargateProfileSpec,
    FargateSelectorSpec,
    NodeGroupSpec,
    SelfManagedNodeGroupSpec,
    TaintSpec,
)
from constructs_lib.specs.manifests import Manifests
from constructs_lib.specs.node_pool_parts import Device, LimitsSpec, RequirementSpec
from constructs_lib.specs.workloads import Surroundings, Workload
from examples.auto_mode import ENVIRONMENT as AUTO_MODE
from examples.karpenter import ENVIRONMENT as KARPENTER
from kube.placement import Pods
from kube.scheduling import takes
from tests.unit.configuration.mistakes import DEV, FILES, with_changes

ZONE = "topology.kubernetes.io/zone"


class Declared(Workload):
    """Pods of one Deployment, each with so many cores."""

    replicas: int = 4
    cpu: str = "1"
    more: Mapping[str, Any] = {}
    beside: tuple[Mapping[str, Any], ...] = ()

    @property
    def pods(self) -> int:
        """Return the pods."""
        return self.replicas

    def pod_objects(self, surroundings: Surroundings) -> Sequence[Mapping[str, Any]]:
        """Return the Deployment."""
        del surroundings
        container = {"name": "main", "resources": {"requests": {"cpu": self.cpu}}}
        template = {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [container], **self.more},
        }
        return [
            *self.beside,
            {
                "kind": "Deployment",
                "metadata": {"name": "web", "namespace": "shop"},
                "spec": {"replicas": self.replicas, "template": template},
            },
        ]


class Silent(Workload):
    """Its pods aren't known."""

    @property
    def pods(self) -> int:
        """Return a number only."""
        return 3


def group(**changes: object) -> NodeGroupSpec:
    """Return a group of nodes with two cores each, of which pods get about 1.8."""
    values = {
        "name": "General",
        "instance_types": ("m7g.large",),
        "ami_type": "AL2023_ARM_64_STANDARD",
        "min_size": 2,
        "desired_size": 4,
        "max_size": 8,
    }
    return NodeGroupSpec.model_validate({**values, **changes})


def proof(*workloads: Workload, groups: Sequence[Any] = (group(),)) -> Proof:
    """Return the proof of dev with these workloads and groups."""
    return prove(DEV.model_copy(update={"workloads": workloads, "node_groups": tuple(groups)}))


def found(proof: Proof) -> dict[tuple[str, str], tuple[dict[str, int], str | None]]:
    """Return how many of which pods wait after which loss, and the change."""
    return {
        (each.loss.words, each.size): (
            {waiting.pods.name: waiting.count for waiting in each.waiting},
            each.change,
        )
        for each in proof.outcomes
        if each.waiting
    }


WEB = "Web Deployment/web"
SPREAD = {
    "topologySpreadConstraints": [
        {
            "topologyKey": ZONE,
            "maxSkew": 1,
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {"app": "web"}},
            "minDomains": 2,
        }
    ]
}


def test_a_lost_zone_takes_half_of_the_nodes() -> None:
    """Four nodes take four pods; two take two, until the group has grown in the other zone.

    Of seven nodes, four may be in the zone that is lost.
    """
    lost = found(proof(Declared(name="Web")))
    assert lost == {
        ("eu-west-1a", "desired_size"): ({WEB: 2}, "desired_size=8 of General"),
        ("eu-west-1b", "desired_size"): ({WEB: 2}, "desired_size=8 of General"),
    }


def test_the_change_that_it_names_helps_and_one_less_does_not() -> None:
    """It is the smallest."""
    for size, helps in ((8, True), (7, False)):
        lost = found(proof(Declared(name="Web"), groups=[group(desired_size=size)]))
        assert (not lost) is helps


def test_too_many_pods_for_the_largest_size() -> None:
    """A deploy leaves them pending; both sizes are told, and a larger maximum."""
    lost = found(proof(Declared(name="Web", replicas=9)))
    assert lost["nothing", "max_size"] == ({WEB: 1}, "max_size=9 of General")
    assert lost["nothing", "desired_size"] == (
        {WEB: 5},
        "desired_size=9 and max_size=9 of General",
    )


def test_spot_instances_are_lost_together() -> None:
    """More of them are no help: On-Demand nodes are."""
    lost = found(proof(Declared(name="Web"), groups=[group(capacity_type="SPOT")]))
    waiting, change = lost["Spot of General", "max_size"]
    assert waiting[WEB] == 4
    assert waiting["coredns"] == 2
    assert change == "an On-Demand group like General with desired_size=4"


def test_another_group_takes_the_pods_of_lost_spot_instances() -> None:
    """The smallest change is in the group that stays."""
    groups = [group(capacity_type="SPOT"), group(name="Base", desired_size=2)]
    lost = found(proof(Declared(name="Web", replicas=3), groups=groups))
    assert lost["Spot of General", "desired_size"] == ({WEB: 1}, "desired_size=3 of Base")
    assert ("Spot of General", "max_size") not in lost


def test_a_self_managed_group_keeps_on_demand_nodes() -> None:
    """Of its own base."""
    values = group(capacity_type="SPOT").model_dump(
        include={"name", "instance_types", "ami_type", "min_size", "desired_size", "max_size"}
    )
    mixed = SelfManagedNodeGroupSpec(**values, capacity_type="SPOT", on_demand_base=2)
    lost = found(proof(Declared(name="Web", replicas=3), groups=[mixed]))
    waiting, change = lost["Spot of General", "desired_size"]
    assert waiting == {WEB: 1}
    assert change == "on_demand_base=3 of General"


def test_a_base_of_on_demand_nodes_adds_none() -> None:
    """A second group would: of 6 nodes 3 are On-Demand, and with a base of 3 there are 4."""
    values = group(desired_size=4, max_size=6).model_dump(
        include={"name", "instance_types", "ami_type", "min_size", "desired_size", "max_size"}
    )
    mixed = SelfManagedNodeGroupSpec(
        **values, capacity_type="SPOT", on_demand_base=1, on_demand_percentage=25
    )
    lost = found(proof(Declared(name="Web", replicas=4), groups=[mixed]))
    changes = {size: lost["Spot of General", size][1] for size in ("desired_size", "max_size")}
    assert set(changes.values()) == {"on_demand_base=3 of General"}


def test_no_number_of_nodes_brings_back_the_second_zone() -> None:
    """Pods that must be in two zones wait for the other one."""
    lost = found(proof(Declared(name="Web", replicas=2, more=SPREAD)))
    assert lost["eu-west-1a", "max_size"] == ({WEB: 1}, None)


def test_no_number_of_small_nodes_is_a_large_one() -> None:
    """The pod asks for more than a node has."""
    lost = found(proof(Declared(name="Web", replicas=1, cpu="2")))
    assert lost["nothing", "max_size"] == ({WEB: 1}, None)


def test_a_group_in_one_zone_goes_with_it() -> None:
    """Pods that select it have no other node."""
    here = group(name="Here", zones=("eu-west-1a",), labels={"team": "shop"})
    web = Declared(name="Web", replicas=1, more={"nodeSelector": {"team": "shop"}})
    lost = found(proof(web, groups=[group(), here]))
    assert lost == {
        ("eu-west-1a", "desired_size"): ({WEB: 1}, None),
        ("eu-west-1a", "max_size"): ({WEB: 1}, None),
    }


def test_labels_that_no_group_sets_are_of_others() -> None:
    """An operator of the cluster may set them; nothing is said about such pods."""
    web = Declared(name="Web", replicas=1, more={"nodeSelector": {"example.com/rack": "4"}})
    assert not found(proof(web))


@pytest.mark.parametrize("device", ["nvidia.com/gpu", "vpc.amazonaws.com/efa"])
def test_a_device_is_on_the_nodes_of_its_group_only(device: str) -> None:
    """However many cores others have free."""
    asked = [{"name": "x", "resources": {"limits": {device: "1"}}}]
    web = Declared(name="Web", replicas=1, more={"containers": asked})
    assert found(proof(web))["nothing", "max_size"] == ({WEB: 1}, None)
    fast = group(efa=True, zones=("eu-west-1a",), instance_types=("m7g.16xlarge",))
    waits = ("nothing", "max_size") in found(proof(web, groups=(group(), fast)))
    assert waits == (device == "nvidia.com/gpu")


def test_a_pod_that_asks_for_a_device_runs_behind_the_taint_of_its_name() -> None:
    """EKS adds the toleration; of a taint with another key it adds none."""
    asked = [{"name": "x", "resources": {"limits": {"nvidia.com/gpu": "1"}}}]
    web = Declared(name="Web", replicas=1, more={"containers": asked})
    gpu = group(name="Gpu", instance_types=("g5.xlarge",), ami_type="AL2023_x86_64_NVIDIA")
    team = TaintSpec(key="team", value="b", effect="NO_SCHEDULE")
    for taints, waits in (((), False), ((team,), True)):
        groups = (group(), gpu.model_copy(update={"taints": taints}))
        assert (("nothing", "max_size") in found(proof(web, groups=groups))) is waits


def of_types(*types: str, system: str = "AL2023_x86_64_STANDARD", **more: object) -> NodeGroupSpec:
    """Return a group for pods that tolerate everything, two nodes of it."""
    sizes = {"min_size": 1, "desired_size": 2, "max_size": 2}
    return group(name="Own", instance_types=types, ami_type=system, **sizes, **more)


RESOURCES = {
    "gpu": "nvidia.com/gpu",
    "neuron": "aws.amazon.com/neuron",
    "core": "aws.amazon.com/neuroncore",
    "pages": "hugepages-2Mi",
    "disk": "ephemeral-storage",
}


def asking(replicas: int = 1, **resources: str) -> Declared:
    """Return pods that tolerate everything and ask for some resource, by a short name."""
    names = {RESOURCES.get(name, name): of for name, of in resources.items()}
    container = {"name": "x", "resources": {"requests": names, "limits": names}}
    more = {"containers": [container], "tolerations": [{"operator": "Exists"}]}
    return Declared(name="Web", replicas=replicas, more=more)


TIME_SLICING = "[settings.kubelet-device-plugins.nvidia]\ndevice-sharing-strategy = 'time-slicing'"
SHARED = "BOTTLEROCKET_x86_64_NVIDIA"
NVIDIA, NEURON = "AL2023_x86_64_NVIDIA", "AL2023_x86_64_NEURON"
PREFIXES = {"vpc_cni.prefix_delegation": True}
ROOMS: list[tuple[Declared, NodeGroupSpec, int]] = [
    # One L4 of g6.xlarge, four of g6.12xlarge; of both the fewer count.
    (asking(3, gpu="1"), of_types("g6.xlarge", system=NVIDIA), 1),
    (asking(9, gpu="1"), of_types("g6.12xlarge", system=NVIDIA), 1),
    (asking(3, gpu="1"), of_types("g6.xlarge", "g6.12xlarge", system=NVIDIA), 1),
    # Bottlerocket's settings may have several pods share one.
    (asking(9, gpu="1"), of_types("g6.xlarge", system=SHARED, user_data=TIME_SLICING), 0),
    (asking(1, gpu="2"), of_types("g6.xlarge", system=NVIDIA), 1),
    (asking(2, neuron="12"), of_types("inf2.48xlarge", system=NEURON), 0),
    (asking(3, neuron="12"), of_types("inf2.48xlarge", system=NEURON), 1),
    (asking(1, core="1"), of_types("m7i.large"), 1),
    (asking(1, core="1"), of_types("inf2.xlarge", system=NEURON), 0),
    # Instances set nothing aside by themselves.
    (asking(1, pages="64Mi"), of_types("m7i.large"), 1),
    (asking(1, pages="64Mi"), of_types("m7i.large", user_data="#!/bin/bash"), 0),
    # 237 GB of its own in place of the volume.
    (asking(1, disk="100Gi"), of_types("m6id.xlarge", instance_store="RAID0"), 0),
    (asking(1, disk="100Gi"), of_types("m6id.xlarge"), 1),
    # 40 GiB: a tenth stays free, one is the kubelet's.
    (asking(2, disk="35Gi"), of_types("m7i.large"), 0),
    (asking(1, disk="36Gi"), of_types("m7i.large"), 1),
]


@pytest.mark.parametrize(("web", "own", "waits"), ROOMS)
def test_a_node_has_what_its_type_and_its_group_give_it(
    web: Declared, own: NodeGroupSpec, waits: int
) -> None:
    """How many pods wait for something that two such nodes have too little of."""
    waiting, _ = found(proof(web, groups=[group(), own])).get(("nothing", "max_size"), ({}, None))
    assert waiting == ({WEB: waits} if waits else {})


@pytest.mark.parametrize(
    ("system", "waits"), [("AL2023_x86_64_STANDARD", False), ("BOTTLEROCKET_x86_64", True)]
)
def test_prefixes_cost_memory_on_bottlerocket_alone(system: str, waits: bool) -> None:  # noqa: FBT001  # a case
    """The kubelet of AL2023 keeps it for 29 pods of m6i.large, that of Bottlerocket for the 110 with prefixes."""
    own = of_types("m6i.large", system=system)
    changes = {"workloads": (asking(1, memory="6500Mi"),), "node_groups": (own,)}
    told = prove(with_changes(DEV.model_copy(update=changes), PREFIXES))
    assert (("nothing", "max_size") in found(told)) is waits


def test_a_host_port_needs_a_node_for_each_pod() -> None:
    """A node's port is one pod's, however much room there is beside it."""
    port = [{"name": "x", "ports": [{"containerPort": 80, "hostPort": 80}]}]
    made = proof(Declared(name="Web", replicas=6, more={"containers": port}))
    assert found(made)["nothing", "desired_size"] == ({WEB: 2}, "desired_size=6 of General")
    assert ("nothing", "max_size") not in found(made)
    assert any("node where their host port is free" in line for line in scheduling_lines(made))


def test_device_plugins_are_on_the_nodes_with_their_label() -> None:
    """They ask for what their manifests say."""
    groups = (
        group(),
        group(name="Gpu", instance_types=("g6.xlarge",), ami_type="AL2023_x86_64_NVIDIA"),
    )
    made = DEV.model_copy(update={"node_groups": groups})
    (plugin,) = [each for each in platform_pods_of(made) if each.name == "nvidia"]
    assert plugin.on_each
    assert plugin.asked["cpu"] == Decimal("0.05")
    several = [plugin, Pods(name="x", spec={})]
    nodes = [Fleet(made, each, several).nodes(Loss(), "desired_size")[0][0] for each in groups]
    assert [takes(each.content, {"spec": plugin.spec}) for each in nodes] == [False, True]


def claim(**spec: object) -> dict[str, Any]:
    """Return a claim of the Deployment's namespace."""
    metadata = {"name": "data", "namespace": "shop"}
    return {"kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}


VOLUMES = {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]}


def in_zone(zone: str) -> dict[str, Any]:
    """Return a volume of EBS in a zone."""
    expression = {"key": "topology.ebs.csi.aws.com/zone", "operator": "In", "values": [zone]}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    spec = {"nodeAffinity": {"required": terms}}
    return {"kind": "PersistentVolume", "metadata": {"name": "pv"}, "spec": spec}


def test_a_volume_keeps_its_pods_in_its_zone() -> None:
    """Whatever other nodes there are; without a loss they have one."""
    beside = (claim(volumeName="pv"), in_zone("eu-west-1a"))
    made = proof(Declared(name="Web", replicas=1, more=VOLUMES, beside=beside))
    assert found(made) == {
        ("eu-west-1a", "desired_size"): ({WEB: 1}, None),
        ("eu-west-1a", "max_size"): ({WEB: 1}, None),
    }
    assert any("no node where their volume is for" in line for line in scheduling_lines(made))
    assert not made.kept


def test_a_volume_that_is_not_made_yet_is_named() -> None:
    """The default class is of EBS; nobody knows in which zone its volume will be."""
    made = proof(Declared(name="Web", replicas=1, more=VOLUMES, beside=(claim(),)))
    assert made.kept == (WEB,)
    last = " ".join([*scheduling_lines(made)][-2:])
    assert f"pods of {WEB} that have one there stay pending until it is back" in last
    assert scheduling_json(made)["kept_by_volumes"] == [WEB]
    assert not proof(Declared(name="Web")).kept


def test_fargate_takes_what_it_selects() -> None:
    """These need no node."""
    config = DEV.model_copy(update={"workloads": (Declared(name="Web"),)})
    profile = config.fargate_profiles[0]
    selectors = (profile.selectors[0].model_copy(update={"namespace": "sh*", "labels": {}}),)
    changed = profile.model_copy(update={"selectors": selectors})
    told = prove(config.model_copy(update={"fargate_profiles": (changed,)}))
    assert (told.on_nodes, told.on_fargate, told.outcomes) == (0, 4, ())


def on_fargate(*names: str, max_pods: int = 24) -> tuple[FargateProfileSpec, ...]:
    """Return profiles for the namespace of the Deployment."""
    here = (FargateSelectorSpec(namespace="shop"),)
    return tuple(FargateProfileSpec(name=name, selectors=here, max_pods=max_pods) for name in names)


def test_the_plan_knows_how_large_pods_on_fargate_are() -> None:
    """Four of 4 vCPUs by the first profile of those that select them, and a quarter for each other pod."""
    changes = {
        "workloads": (Declared(name="Web", cpu="2.5"),),
        "fargate_profiles": on_fargate("Shop", "Market", max_pods=10),
    }
    shop, market = inputs_of(DEV.model_copy(update=changes)).fargate
    assert (shop.name, shop.vcpus) == ("Shop", 0)
    assert (market.name, market.vcpus) == ("Market", 4 * 4 + 6 * 0.25)


WITHOUT, PENDING = "Without eu-west-1a, ", " pending: the profile has no other zone."
ELSEWHERE = " on Fargate can start in another zone if any is lost."


@pytest.mark.parametrize(
    ("zones", "replicas", "told"),
    [
        (("eu-west-1a",), 1, f"{WITHOUT}1 declared pod of Fargate profile Shop stays{PENDING}"),
        (("eu-west-1a",), 4, f"{WITHOUT}4 declared pods of Fargate profile Shop stay{PENDING}"),
        (("eu-west-1a",), 0, ""),
        (("eu-west-1a", "eu-west-1b"), 4, f"All 4 declared pods{ELSEWHERE}"),
        (None, 1, f"The declared pod{ELSEWHERE}"),
    ],
)
def test_a_profile_in_one_zone_starts_none_without_it(
    zones: tuple[str, ...] | None, replicas: int, told: str
) -> None:
    """Whether other pods need nodes or not."""
    (profile,) = on_fargate("Shop")
    changes = {
        "workloads": (Declared(name="Web", replicas=replicas),),
        "fargate_profiles": (profile.model_copy(update={"zones": zones}),),
    }
    made = prove(DEV.model_copy(update=changes))
    assert " ".join(scheduling_lines(made)) == told
    assert len(scheduling_json(made)["fargate_in_one_zone"]) == told.startswith(WITHOUT)


def test_one_pod_is_not_all_pods() -> None:
    """As a person says it."""
    (told,) = scheduling_lines(proof(Declared(name="Web", replicas=1)))
    assert told == "The declared pod that needs a node has one, also if any zone is lost."


def test_the_plan_counts_daemon_sets_on_each_node() -> None:
    """On those that let them in: of 8 and 4 nodes one on 8, and one that tolerates everything on all."""
    agent, shy = deployment("agent", 1, tolerations=[{"operator": "Exists"}]), deployment("shy", 1)
    agent["kind"] = shy["kind"] = "DaemonSet"
    taint = TaintSpec(key="team", effect="NO_SCHEDULE")
    changes = {
        "workloads": (Declared(name="Web", beside=(agent, shy)),),
        "node_groups": (group(), group(name="Own", max_size=4, taints=(taint,))),
    }
    assert make_plan(inputs_of(DEV.model_copy(update=changes))).pods_asked == 4 + 12 + 8


def test_who_does_not_say_its_pods_is_named() -> None:
    """A chart, or a class without pod_objects."""
    told = proof(Silent(name="Charts"))
    assert told.unknown == ("Charts",)
    assert [*scheduling_lines(told)] == [
        "Not placed: the pods of Charts, which nobody knows before the deploy."
    ]


POOL_OF_KARPENTER = {"nodeSelector": {"karpenter.sh/nodepool": "general"}}


HOSTS = KARPENTER.node_groups[0].model_copy(
    update={
        "name": "Hosts",
        "instance_types": ("m7g.xlarge",),
        "taints": (TaintSpec(key="CriticalAddonsOnly", effect="NO_SCHEDULE"),),
    }
)
"""Of Karpenter, one of which has room for both of its pods."""


def of_karpenter(
    *workloads: Workload,
    pools: Sequence[Mapping[str, Any]] = ({},),
    node_groups: Sequence[Any] = KARPENTER.node_groups,
) -> Proof:
    """Return the proof of an environment with Karpenter, two hosts, and pools like its first with changes."""
    assert KARPENTER.karpenter
    first = KARPENTER.karpenter.node_pools[0]
    made = tuple(first.model_copy(update=dict(each)) for each in pools)
    karpenter = KARPENTER.karpenter.model_copy(update={"node_pools": made})
    groups = (HOSTS, *node_groups)
    update = {"karpenter": karpenter, "workloads": workloads, "node_groups": groups}
    return prove(KARPENTER.model_copy(update=update))


def test_limits_of_pools_end_what_waits_for_a_node() -> None:
    """Nodes of 8 vCPUs take seven pods of a CPU each, four of them 28."""
    web = Declared(name="Web", replicas=40, more=POOL_OF_KARPENTER)
    waiting, change = found(of_karpenter(web))["nothing", "max_size"]
    assert change
    wanted = int(change.removeprefix("limits.cpu=").removesuffix(" of general"))
    assert (waiting[WEB], wanted) == (12, 48)
    for cpu, enough in ((wanted, True), (wanted - 1, False)):
        lost = found(of_karpenter(web, pools=[{"limits": LimitsSpec(cpu=cpu)}]))
        assert (not lost) is enough


@pytest.mark.parametrize(
    ("limits", "change"),
    [
        ({"nodes": 2}, "limits.nodes=3 of general"),
        ({"memory_gib": 20}, "limits.memory_gib=48 of general"),
        ({"cpu": 8, "nodes": 1}, "limits.cpu=24 and limits.nodes=3 of general"),
    ],
)
def test_the_limit_that_ends_a_pool_is_named(limits: dict[str, Any], change: str) -> None:
    """Three nodes of 8 vCPUs take 21 pods of a CPU each."""
    pools = [{"limits": LimitsSpec(**limits)}]
    web = Declared(name="Web", replicas=21, more=POOL_OF_KARPENTER)
    assert found(of_karpenter(web, pools=pools))["nothing", "max_size"][1] == change


def test_a_pod_that_no_type_of_a_pool_holds_stays_pending() -> None:
    """No limit changes that, and the plan promises no node."""
    told = of_karpenter(Declared(name="Web", replicas=9, cpu="8"))
    assert found(told)["nothing", "max_size"] == ({WEB: 9}, None)
    words = " ".join(scheduling_lines(told))
    assert "no number of nodes helps" in words
    assert "new" not in words


@pytest.mark.parametrize("replicas", [None, 3])
@pytest.mark.parametrize(
    "device",
    ["nvidia.com/gpu", "amd.com/gpu", "aws.amazon.com/neuroncore", "vpc.amazonaws.com/efa"],
)
def test_nodes_of_a_pool_have_no_device_that_their_types_lack(
    device: str, replicas: int | None
) -> None:
    """Neither of a fixed number nor when pods wait."""
    container = {"name": "main", "resources": {"limits": {device: "1"}}}
    web = Declared(name="Web", replicas=2, more={"containers": [container]})
    lost = found(of_karpenter(web, pools=[{"requirements": (TYPES,), "replicas": replicas}]))
    assert lost["nothing", "max_size"] == ({WEB: 2}, None)


def test_nodes_of_a_pool_have_the_devices_of_their_type() -> None:
    """A g5.xlarge has one GPU and 4 vCPUs."""
    container = {"name": "main", "resources": {"limits": {"nvidia.com/gpu": "1"}}}
    web = Declared(name="Web", replicas=3, more={"containers": [container]})
    types = RequirementSpec(key="node.kubernetes.io/instance-type", values=("g5.xlarge",))
    for cpu, change in ((12, None), (8, "limits.cpu=12 of general")):
        pools = [{"requirements": (types,), "limits": LimitsSpec(cpu=cpu)}]
        lost = found(of_karpenter(web, pools=pools))
        assert lost.get(("nothing", "max_size"), ({}, None))[1] == change


@pytest.mark.parametrize(
    ("devices", "change"),
    [
        ({"nvidia.com/gpu": 3}, None),
        ({"nvidia.com/gpu": 2}, "limits.devices['nvidia.com/gpu']=3 of general"),
        ({"nvidia.com/gpu": 1, "amd.com/gpu": 1}, "limits.devices['nvidia.com/gpu']=3 of general"),
    ],
)
def test_limits_of_devices_end_a_pool(devices: Mapping[Device, int], change: str | None) -> None:
    """Whatever its other limits allow."""
    container = {"name": "main", "resources": {"limits": {"nvidia.com/gpu": "1"}}}
    web = Declared(name="Web", replicas=3, more={"containers": [container]})
    types = RequirementSpec(key="node.kubernetes.io/instance-type", values=("g5.xlarge",))
    pools = [{"requirements": (types,), "limits": LimitsSpec(cpu=64, devices=devices)}]
    assert (
        found(of_karpenter(web, pools=pools)).get(("nothing", "max_size"), ({}, None))[1] == change
    )


@pytest.mark.parametrize(("most", "also"), [(3, " and limits.nodes=4"), (9, "")])
def test_a_pool_of_a_fixed_number_is_raised_with_its_limit(most: int, also: str) -> None:
    """One node more than its replicas replaces another."""
    pools = [{"requirements": (TYPES,), "replicas": 2, "limits": LimitsSpec(nodes=most)}]
    web = Declared(name="Web", replicas=21, more=POOL_OF_KARPENTER)
    change = found(of_karpenter(web, pools=pools))["nothing", "max_size"][1]
    assert change == f"replicas=3{also} of general"


def test_a_limit_of_a_device_leaves_nodes_without_it() -> None:
    """They take the pods that ask for none."""
    pools = [{"requirements": (TYPES_WITH_GPU,), "limits": LimitsSpec(cpu=64, devices=ONE_GPU)}]
    plain = Declared(name="Plain", replicas=20, more=POOL_OF_KARPENTER)
    assert found(of_karpenter(plain, pools=pools)) == {}


TYPES_WITH_GPU = RequirementSpec(
    key="node.kubernetes.io/instance-type", values=("g5.xlarge", "m7i.xlarge")
)
ONE_GPU: Mapping[Device, int] = {"nvidia.com/gpu": 1}


SPOT = RequirementSpec(key="karpenter.sh/capacity-type", values=("spot",))
ON_DEMAND = RequirementSpec(key="karpenter.sh/capacity-type", values=("on-demand",))
TYPES = RequirementSpec(key="node.kubernetes.io/instance-type", values=("m7g.2xlarge",))


def test_a_pool_of_spot_instances_is_lost() -> None:
    """Another pool takes their pods up to its own limits."""
    pools = [
        {"name": "spot", "requirements": (TYPES, SPOT), "weight": 9},
        {"requirements": (TYPES, ON_DEMAND), "limits": LimitsSpec(cpu=8)},
    ]
    lost = found(of_karpenter(Declared(name="Web", replicas=16), pools=pools))
    assert {loss for loss, _ in lost} == {"Spot of spot"}
    assert lost["Spot of spot", "max_size"] == ({WEB: 6}, "limits.cpu=16 of general")


@pytest.mark.parametrize(
    ("more", "limit", "change"),
    [
        ({}, 32, "on-demand beside spot in spot"),
        (
            {"nodeSelector": {"karpenter.sh/nodepool": "spot"}},
            8,
            "on-demand beside spot in spot and limits.cpu=16 of spot",
        ),
    ],
)
def test_a_pool_of_spot_alone_may_fall_back(more: dict[str, Any], limit: int, change: str) -> None:
    """Its own nodes On-Demand, while there are no others, add none to those of groups."""
    pools = [{"name": "spot", "requirements": (TYPES, SPOT), "limits": LimitsSpec(cpu=limit)}]
    lost = found(of_karpenter(Declared(name="Web", replicas=12, more=more), pools=pools))
    assert lost["Spot of spot", "max_size"][1] == change


def test_a_pool_in_one_zone_goes_with_it() -> None:
    """No limit brings it back."""
    here = RequirementSpec(key=ZONE, values=("eu-west-1a",))
    lost = found(
        of_karpenter(Declared(name="Web", replicas=9), pools=[{"requirements": (TYPES, here)}])
    )
    assert {loss for loss, _ in lost} == {"eu-west-1a"}


def test_a_pool_and_a_group_may_have_to_grow_together() -> None:
    """Each has nodes that some pods select."""
    groups = (group(min_size=2, desired_size=2, max_size=2, labels={"for": "web"}),)
    other = Declared(name="Jobs", replicas=40, more=POOL_OF_KARPENTER)
    web = Declared(name="Web", replicas=5, more={"nodeSelector": {"for": "web"}})
    _, change = found(of_karpenter(web, other, node_groups=groups))["nothing", "max_size"]
    assert change == "limits.cpu=48 of general together with max_size=5 of General"


def test_nothing_ends_a_built_in_pool() -> None:
    """Its max_cpu is the plan's only, and the pods of every pool are placed."""
    web = Declared(name="Web", replicas=99, cpu="8")
    told = prove(AUTO_MODE.model_copy(update={"workloads": (web,)}))
    assert (found(told), told.makes_nodes) == ({}, True)
    assert " ".join(scheduling_lines(told)) == (
        "All 99 declared pods that need a node have one, 99 of them a new one, also if any zone is lost or the Spot "
        "Instances of any group are lost."
    )


@pytest.mark.parametrize(("replicas", "more"), [(1, False), (30, True)])
def test_pods_may_need_more_than_is_planned(replicas: int, *, more: bool) -> None:
    """Nothing ends a built-in pool at its max_cpu, up to which the plan counts."""
    web = Declared(name="Web", replicas=replicas, cpu="8")
    told = prove(AUTO_MODE.model_copy(update={"workloads": (web,)}))
    assert any("and your pods may need 256, which" in each for each in told.beyond) is more


HAVE = "declared pods that need a node have one"


@pytest.mark.parametrize(
    ("web", "says"),
    [
        pytest.param({"replicas": 2}, f"All 2 {HAVE}, also if any zone is lost.", id="all"),
        pytest.param(
            {"replicas": 3},
            f"All 3 {HAVE}, also if any zone is lost; then up to 1 of them run on new nodes.",
            id="until a zone is lost",
        ),
        pytest.param(
            {"replicas": 9},
            f"All 9 {HAVE}, 5 of them a new one, also if any zone is lost; then up to 7 of them run on new nodes.",
            id="some",
        ),
        pytest.param(
            {"replicas": 2, "more": POOL_OF_KARPENTER},
            f"All 2 {HAVE}, 2 of them a new one, also if any zone is lost.",
            id="a pool that they select",
        ),
    ],
)
def test_groups_take_pods_before_new_nodes_do(web: dict[str, Any], says: str) -> None:
    """Four nodes take four pods, and two take two; only the others wait for a pool."""
    groups = (group(zones=("eu-west-1a", "eu-west-1b")),)
    told = of_karpenter(Declared(name="Web", **web), node_groups=groups)
    assert " ".join(scheduling_lines(told)) == says


def test_windows_takes_pods_that_ask_for_it() -> None:
    """And none of the others: fourteen, the addresses of its one interface."""
    windows = group(
        name="Windows",
        ami_type="WINDOWS_CORE_2022_x86_64",
        instance_types=("m7i.xlarge",),
        desired_size=1,
        max_size=1,
    )
    asks = {
        "nodeSelector": {"kubernetes.io/os": "windows"},
        "tolerations": [{"key": "os", "operator": "Exists"}],
    }
    web = Declared(name="Web", replicas=15, cpu="0.01", more=asks)
    assert found(proof(web, groups=[group(), windows]))["nothing", "max_size"] == (
        {WEB: 1},
        "max_size=2 of Windows",
    )
    linux = Declared(name="Web", replicas=9)
    waiting, change = found(proof(linux, groups=[group(), windows]))["nothing", "max_size"]
    assert (waiting, change) == ({WEB: 1}, "max_size=9 of General")


def test_a_huge_group_has_no_more_nodes_than_pods_can_use() -> None:
    """A pod needs one node at most, in whichever zone."""
    config = DEV.model_copy(update={"node_groups": (group(max_size=100_000),)})
    fleet = Fleet(config, config.node_groups[0], [Pods(name="web", spec={}, count=5)])
    assert len(fleet.nodes(Loss(), "max_size")[0]) == 5 * 2


def test_words() -> None:
    """As a person reads them."""
    told = [*scheduling_lines(proof(Declared(name="Web")))]
    lost = "eu-west-1a or eu-west-1b at desired_size"
    assert told == [
        "Of 4 declared pods for nodes and the platform's own, these stay pending:",
        f"- without {lost}: no cpu for Web Deployment/web (2 of 4); enough",
        "  is desired_size=8 of General.",
    ]
    fine = [*scheduling_lines(proof(Declared(name="Web", replicas=2)))]
    assert fine == ["All 2 declared pods that need a node have one, also if any zone is lost."]


def test_json() -> None:
    """Every loss with its outcome."""
    told = scheduling_json(proof(Declared(name="Web")))
    assert told["pods_on_nodes"] == 4
    assert told["losses"][2] == {
        "lost": "eu-west-1a",
        "size": "desired_size",
        "pending": [{"pods": WEB, "count": 2, "of": 4, "waits_for": ["cpu"]}],
        "smallest_change": "desired_size=8 of General",
    }


def deployment(name: str, replicas: int, **spec: object) -> dict[str, Any]:
    """Return a Deployment beside that of `Declared`, each pod with a core."""
    container = {"name": "main", "resources": {"requests": {"cpu": "1"}}}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container], **spec}}
    metadata = {"name": name, "namespace": "shop"}
    content = {"replicas": replicas, "template": template}
    return {"kind": "Deployment", "metadata": metadata, "spec": content}


def of_team(name: str) -> dict[str, Any]:
    """Return a wish for the nodes of a team."""
    return {"nodeSelector": {"team": name}}


TEAMS = [group(name=name.title(), labels={"team": name}) for name in ("shop", "data")]


def test_several_groups_may_have_to_grow_together() -> None:
    """Each of them has pods that nobody else takes; one less of either is too few."""
    web = Declared(name="Web", replicas=9, more=of_team("shop"))
    both = web.model_copy(update={"beside": (deployment("jobs", 10, **of_team("data")),)})
    waiting, change = found(proof(both, groups=TEAMS))["nothing", "max_size"]
    assert waiting == {WEB: 1, "Web Deployment/jobs": 2}
    assert change == "max_size=9 of Shop together with max_size=10 of Data"


def test_some_pods_have_a_change_and_others_none() -> None:
    """The change is for those that it helps, and the others are named."""
    large = [{"name": "x", "resources": {"requests": {"cpu": "4"}}}]
    web = Declared(name="Web", replicas=9, beside=(deployment("huge", 1, containers=large),))
    made = proof(web)
    waiting, change = found(made)["nothing", "max_size"]
    assert waiting == {WEB: 1, "Web Deployment/huge": 1}
    assert change == "max_size=9 of General"
    says = "enough for all but Web Deployment/huge is max_size=9 of General"
    assert says in " ".join(" ".join(scheduling_lines(made)).split())


def test_a_daemon_set_waits_on_nodes_that_are_too_small_for_it() -> None:
    """It keeps nobody else from them, and no number of nodes helps it."""
    agent = deployment("agent", 1)
    agent["kind"] = "DaemonSet"
    agent["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] = "3"
    made = proof(Declared(name="Web", beside=(agent,)))
    first, most = (found(made)["nothing", size] for size in ("desired_size", "max_size"))
    assert first == ({"Web DaemonSet/agent": 4}, None)
    assert most == ({"Web DaemonSet/agent": 8}, None)
    assert scheduling_json(made)["losses"][0]["pending"][0]["of"] == 4


def test_an_autoscaler_keeps_more_pods_than_its_target_says() -> None:
    """As few as minReplicas at desired_size, as many as maxReplicas at max_size."""
    scaler = {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "scaleTargetRef": {"kind": "Deployment", "name": "web"},
            "minReplicas": 5,
            "maxReplicas": 9,
        },
    }
    lost = found(proof(Declared(name="Web", replicas=1, beside=(scaler,))))
    assert lost["nothing", "desired_size"] == ({WEB: 1}, "desired_size=5 of General")
    assert lost["nothing", "max_size"] == ({WEB: 1}, "max_size=9 of General")
    stopped = Declared(name="Web", replicas=0, beside=(scaler,))
    assert not proof(stopped).outcomes


def test_what_the_platform_leaves_of_the_nodes() -> None:
    """Of 4 x 1.93 cores those of 4 x 190m DaemonSets, and of the pods on some node; the same of memory."""
    made = proof(groups=[group()])
    platform = [each for each in platform_pods_of(DEV) if not each.on_each]
    cpu = sum(each.count * each.asked.get("cpu", 0) for each in platform)
    memory = sum(each.count * each.asked.get("memory", 0) for each in platform)
    # Firmware and kernel keep 5 percent and 150 MiB.
    mib, own = 1024**2, 8192 * Decimal("0.95") - 150
    count = sum(each.count for each in platform)
    assert made.left[""] == {
        "pods": 4 * (29 - 5) - count,
        "cpu": 4 * (Decimal("1.93") - Decimal("0.19")) - cpu,
        "memory": 4 * (own - 100 - 255 - 29 * 11 - 104 - 30) * mib - memory,
    }
    assert [*left_lines(made)][:1] == [
        "The desired nodes leave you 88 pods, 6.2 vCPUs and about 25.4 GiB of memory."
    ]


def test_each_kind_of_node_leaves_something_of_its_own() -> None:
    """No pod uses what is left on Windows and on Linux at a time."""
    windows = group(
        name="Windows",
        ami_type="WINDOWS_CORE_2022_x86_64",
        instance_types=("m7i.xlarge",),
        max_pods=None,
    )
    batch = group(name="Batch", taints=(TaintSpec(key="batch", effect="NO_SCHEDULE"),))
    idle = group(
        name="Idle",
        min_size=0,
        desired_size=0,
        taints=(TaintSpec(key="idle", effect="NO_SCHEDULE"),),
    )
    made = proof(groups=[group(), windows, batch, idle])
    assert len(made.left) == 3
    alone = proof(groups=[group()])
    tainted, mine = made.left["nodes with the taint batch"], made.left["Windows nodes"]
    assert made.left[""] == alone.left[""]
    assert [int(x["pods"]) for x in (tainted, mine)] == [4 * (29 - 5), 4 * 14]
    assert tainted["cpu"] == 4 * (Decimal("1.93") - Decimal("0.19"))
    told = " ".join(left_lines(made))
    assert "The desired nodes with the taint batch leave you 96 pods, 7.0 vCPUs" in told


def test_pods_of_the_platform_take_nodes_of_their_own_first() -> None:
    """Those that tolerate the taint: not the metrics server, nor the load balancer controller."""
    critical = TaintSpec(key="CriticalAddonsOnly", effect="NO_SCHEDULE")
    groups = [group(), group(name="System", taints=(critical,))]
    made = proof(groups=groups).left
    assert made["nodes with the taint CriticalAddonsOnly"]["pods"] == 4 * (29 - 5) - 4
    assert made[""]["pods"] == 4 * (29 - 5) - 4
    config = DEV.model_copy(update={"workloads": (), "node_groups": tuple(groups)})
    plan = make_plan(inputs_of(config))
    assert plan.left[""] == 8 * (29 - 5) - 4
    assert plan.left["nodes with the taint CriticalAddonsOnly"] == 8 * (29 - 5) - 4
    assert "critical" not in stated_inputs(DEV)


def test_nodes_of_critical_add_ons_alone_are_enough_for_them() -> None:
    """CoreDNS and the EBS CSI controller tolerate their taint, the metrics server doesn't."""
    critical = TaintSpec(key="CriticalAddonsOnly", effect="NO_SCHEDULE")
    nodes = (group(taints=(critical,)),)
    told = with_changes(DEV, {"workloads": (), "node_groups": nodes})
    assert [each.at for each in told.problems()] == ["node_groups[0].taints"]
    bare = {"add_ons.metrics_server": False, "add_ons.load_balancer_controller": None}
    assert [*with_changes(told, bare).problems()] == []


def test_what_there_is_beyond_desired_nodes() -> None:
    """Pools by their limits, of which EKS's own have none."""
    tainted = "nodes with the taint example.com/workload"
    assert [*left_lines(prove(AUTO_MODE))][1:] == [
        "NodePool general-purpose: at most 24 vCPUs together, which nothing enforces.",
        f"NodePool spot, {tainted}: at most 32 vCPUs together.",
    ]
    assert [*left_lines(of_karpenter())][-1:] == ["NodePool general: at most 32 vCPUs together."]


def test_the_plan_counts_what_an_autoscaler_may_start() -> None:
    """Its files are those of the workload."""
    scaled = Manifests(name="Web", namespace="shop", path=f"{FILES}/scaled")
    assert scaled.pods == 30
    assert proof(scaled).on_nodes == 30


NIGHTLY: dict[str, Any] = {
    "kind": "CronJob",
    "metadata": {"name": "nightly", "namespace": "shop"},
    "spec": {
        "jobTemplate": {
            "spec": {
                "parallelism": 3,
                "template": {
                    "spec": {"containers": [{"name": "a", "resources": {"requests": {"cpu": "9"}}}]}
                },
            }
        }
    },
}


def test_the_pods_of_a_cron_job_need_a_place() -> None:
    """Those of one Job, which are larger than any node here."""
    made = proof(Declared(name="Web", beside=(NIGHTLY,)))
    assert made.on_nodes == 4 + 3
    assert found(made)["nothing", "desired_size"][0] == {"Web CronJob/nightly": 3}
    stopped = {**NIGHTLY, "spec": {**NIGHTLY["spec"], "suspend": True}}
    assert proof(Declared(name="Web", beside=(stopped,))).on_nodes == 4


@pytest.mark.parametrize(
    ("most", "told"),
    [
        (7, []),
        (6, ["ResourceQuota shop/quota allows 6 of pods, and they ask for 7"]),
    ],
)
def test_what_a_quota_refuses_is_told(most: int, told: list[str]) -> None:
    """Of all that workloads of its namespace make, by a field or in files."""
    quota = {
        "kind": "ResourceQuota",
        "metadata": {"name": "quota", "namespace": "shop"},
        "spec": {"hard": {"pods": most}},
    }
    made = proof(Declared(name="Web", replicas=4, beside=(NIGHTLY, quota)))
    assert [*made.over] == told
    assert scheduling_json(made)["refused_by_quotas"] == told
    words = " ".join(scheduling_lines(made))
    assert ("keep: ResourceQuota shop/quota allows 6 of pods" in words) == bool(told)


def test_the_quota_of_a_workload_is_one_of_its_namespace() -> None:
    """An autoscaler may start thirty pods, of which it refuses ten."""
    scaled = Manifests(name="Web", namespace="shop", path=f"{FILES}/scaled", quota={"pods": 20})
    assert proof(scaled).over == (
        "ResourceQuota shop/quota allows 20 of pods, and they ask for 30",
    )


LIMITS = {"type": "Container", "default": {"cpu": "9", "memory": "1Gi"}}
USUAL = {
    "kind": "LimitRange",
    "metadata": {"name": "usual", "namespace": "shop"},
    "spec": {"limits": [{**LIMITS, "defaultRequest": {"cpu": "1200m"}}]},
}
SANDBOX = {
    "kind": "RuntimeClass",
    "metadata": {"name": "sandbox"},
    "overhead": {"podFixed": {"cpu": "200m"}},
}
APART = {"scheduling": {"nodeSelector": {"kubernetes.io/arch": "amd64"}}}
IN_IT = {"runtimeClassName": "sandbox"}
NO_REQUESTS = {"containers": [{"name": "x"}]}


@pytest.mark.parametrize(
    ("beside", "more", "waits"),
    [
        (USUAL, NO_REQUESTS, 2),
        ({**USUAL, "metadata": {"name": "usual", "namespace": "other"}}, NO_REQUESTS, 0),
        # Its own core is less than the usual request.
        (USUAL, {}, 1),
        (SANDBOX, {"containers": [{"name": "x"}]} | IN_IT, 0),
        (SANDBOX, IN_IT, 2),
        (SANDBOX, {}, 1),
        ({**SANDBOX, **APART}, NO_REQUESTS | IN_IT, 9),
    ],
)
def test_other_objects_add_to_what_pods_ask_for(
    beside: dict[str, Any], more: dict[str, Any], waits: int
) -> None:
    """Nine pods on eight nodes: without a request all have a place, with a core eight, with 1.2 seven."""
    web = Declared(name="Web", replicas=9, more=more, beside=(beside,))
    lost = found(proof(web))
    assert lost.get(("nothing", "max_size"), ({}, None))[0] == ({WEB: waits} if waits else {})


@pytest.mark.parametrize("is_default", [True, False])
def test_pods_of_a_lower_priority_wait(is_default: bool) -> None:  # noqa: FBT001  # a case
    """However much more they ask for than those of a higher one."""
    value = {"value": 1_000, "globalDefault": is_default}
    urgent = {"kind": "PriorityClass", "metadata": {"name": "urgent"}, **value}
    usual = {"kind": "PriorityClass", "metadata": {"name": "usual"}, "value": 10}
    small = [{"name": "x", "resources": {"requests": {"cpu": "0.9"}}}]
    named = {} if is_default else {"priorityClassName": "urgent"}
    web = Declared(
        name="Web",
        replicas=8,
        more={"priorityClassName": "usual"},
        beside=(urgent, usual, deployment("paid", 2, containers=small, **named)),
    )
    assert found(proof(web))["nothing", "max_size"][0] == {WEB: 2}


def test_the_plan_counts_the_same_pods() -> None:
    """The proof's platform pods are those of the plan."""
    config = DEV.model_copy(update={"workloads": (Declared(name="Web"),)})
    assert make_plan(inputs_of(config)).pods_asked == prove(config).on_nodes


def test_the_pool_of_the_highest_weight_is_first() -> None:
    """What it takes, a built-in pool needn't."""
    assert AUTO_MODE.auto_mode
    own = AUTO_MODE.auto_mode.node_pools[0].model_copy(
        update={"taints": (), "limits": LimitsSpec(cpu=800), "weight": 9}
    )
    auto_mode = AUTO_MODE.auto_mode.model_copy(update={"node_pools": (own,)})
    update = {"auto_mode": auto_mode, "workloads": (Declared(name="Web", replicas=30, cpu="8"),)}
    told = prove(AUTO_MODE.model_copy(update=update)).beyond
    assert [each for each in told if "and your pods may need" in each] == []


def test_a_type_with_devices_stands_for_none_without() -> None:
    """One g5.xlarge takes both pods, and lies between two types of its memory for each vCPU."""
    names = ("m7i.large", "g5.xlarge", "m7i.4xlarge")
    types = RequirementSpec(key="node.kubernetes.io/instance-type", values=names)
    container = {"name": "main", "resources": {"limits": {"nvidia.com/gpu": "1"}}}
    gpu = Declared(name="Gpu", replicas=1, more={"containers": [container]})
    web = Declared(name="Web", replicas=1, more=POOL_OF_KARPENTER)
    told = of_karpenter(web, gpu, pools=[{"requirements": (types,), "limits": LimitsSpec(nodes=1)}])
    assert ("nothing", "max_size") not in found(told)


def test_a_pool_of_a_fixed_number_gets_more_replicas() -> None:
    """Whatever its limits allow beside them: that is for the node that replaces another."""
    pools = [{"requirements": (TYPES,), "replicas": 3, "limits": LimitsSpec(nodes=6)}]
    web = Declared(name="Web", replicas=28, more=POOL_OF_KARPENTER)
    for size in ("desired_size", "max_size"):
        assert found(of_karpenter(web, pools=pools))["nothing", size] == (
            {WEB: 7},
            "replicas=4 of general",
        )


def test_a_label_of_a_pools_requirement_is_on_no_other_node() -> None:
    """Karpenter sets it on nodes for pods that ask for it; the hosts haven't it."""
    own = RequirementSpec(key="example.com/team", values=("a", "b"))
    web = Declared(name="Web", replicas=2, more={"nodeSelector": {"example.com/team": "a"}})
    told = of_karpenter(web, pools=[{"requirements": (TYPES, own)}])
    assert (found(told), dict(told.for_new_nodes)[Loss()]) == ({}, 2)


def test_pods_that_their_own_nodes_dont_hold_run_with_the_others() -> None:
    """Three places beside the daemons, for four pods that tolerate the taint; four others don't."""
    critical = TaintSpec(key="CriticalAddonsOnly", effect="NO_SCHEDULE")
    small = group(
        name="System",
        taints=(critical,),
        instance_types=("t4g.small",),
        min_size=1,
        desired_size=1,
        max_pods=8,
    )
    made = proof(groups=[group(), small]).left
    assert made["nodes with the taint CriticalAddonsOnly"]["pods"] == 0
    assert made[""]["pods"] == 4 * (29 - 5) - 1 - 4


def test_the_smaller_of_two_changes_is_told() -> None:
    """A node of the group has 2 vCPUs, one of the pool 32."""
    large = RequirementSpec(key="node.kubernetes.io/instance-type", values=("m7g.8xlarge",))
    groups = (group(min_size=2, desired_size=2, max_size=2),)
    pools = [{"requirements": (large,), "limits": LimitsSpec(cpu=32)}]
    told = of_karpenter(Declared(name="Web", replicas=34), pools=pools, node_groups=groups)
    assert found(told)["nothing", "max_size"] == ({WEB: 1}, "max_size=3 of General")


def test_new_nodes_are_counted_for_declared_pods_only() -> None:
    """The metrics server waits for them as well."""
    bare = with_changes(AUTO_MODE, {"auto_mode.node_pools": ()})
    told = prove(bare.model_copy(update={"workloads": (Declared(name="Web", replicas=3),)}))
    assert [each.name for each in platform_pods_of(bare)] == ["metrics-server"]
    assert dict(told.for_new_nodes)[Loss()] == 3


def test_a_pool_of_two_architectures_may_have_either() -> None:
    """Which one a fixed node has, nobody knows before it starts."""
    both = RequirementSpec(
        key="node.kubernetes.io/instance-type", values=("m7g.2xlarge", "m7i.2xlarge")
    )
    pools = [{"requirements": (both,), "replicas": 3, "limits": LimitsSpec(nodes=6)}]
    for name in ("amd64", "arm64"):
        asks = {"nodeSelector": {**POOL_OF_KARPENTER["nodeSelector"], "kubernetes.io/arch": name}}
        assert found(of_karpenter(Declared(name="Web", replicas=2, more=asks), pools=pools)) == {}


def test_a_fixed_node_has_what_all_types_of_its_pool_have() -> None:
    """A c7g.2xlarge is too small for 40 GiB, and an r7g is of generation 7 as well."""
    names = RequirementSpec(
        key="node.kubernetes.io/instance-type", values=("c7g.2xlarge", "r7g.2xlarge")
    )
    team = RequirementSpec(key="example.com/team", values=("a",))
    pools = [{"requirements": (names, team), "replicas": 3, "limits": LimitsSpec(nodes=6)}]

    def waiting(memory: str, **labels: str) -> int:
        asks = {"nodeSelector": {**POOL_OF_KARPENTER["nodeSelector"], **labels}}
        web = asking(2, memory=memory)
        web = web.model_copy(update={"more": {**web.more, **asks}})
        lost, _ = found(of_karpenter(web, pools=pools)).get(("nothing", "max_size"), ({}, None))
        return lost.get(WEB, 0)

    generation, of_team = "karpenter.k8s.aws/instance-generation", "example.com/team"
    assert waiting("40Gi") == 2
    assert waiting("1Gi", **{generation: "7", of_team: "a"}) == 0
    assert waiting("1Gi", **{generation: "6"}) == waiting("1Gi", **{of_team: "b"}) == 2


def test_the_platform_asks_for_what_its_charts_are_told() -> None:
    """What a chart or an add-on is told of its pods stands in the template, and they take it from their nodes."""
    told = {"controller": {"resources": {"requests": {"cpu": "700m"}}}}
    add_on = AddOnSpec(name="karpenter", pods=3, configuration=told)
    add_ons = DEV.add_ons.model_copy(update={"additional": (add_on,)})
    made = KARPENTER.model_copy(update={"add_ons": DEV.add_ons})
    for config, expected in (
        (made, {"karpenter": "1", "aws-load-balancer-controller": "0.1"}),
        (DEV.model_copy(update={"add_ons": add_ons}), {"karpenter": "0.7"}),
    ):
        asked = {each.name: each.asked for each in platform_pods_of(config)}
        assert {name: str(asked[name]["cpu"].normalize()) for name in expected} == expected
    without = made.model_copy(update={"karpenter": None})
    left = [prove(each).left[""] for each in (without, made)]
    lost = {name: left[0][name] - left[1][name] for name in left[0]}
    assert lost == {"pods": 2, "cpu": 2, "memory": 2 * 1024**3}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            {"nodeSelector": {"kubernetes.io/os": "windows"}},
            "Windows by its taint os=windows:NoSchedule keeps them out",
        ),
        (
            {"nodeSelector": {"kubernetes.io/arch": "s390x"}},
            "General by nodeSelector kubernetes.io/arch=s390x (its nodes have arm64) keeps them out",
        ),
    ],
)
def test_the_plan_names_what_keeps_pods_out_of_the_nearest_group(
    more: dict[str, Any], says: str
) -> None:
    """A taint, a label or the processor, and no other group."""
    windows = group(
        name="Windows",
        ami_type="WINDOWS_CORE_2022_x86_64",
        instance_types=("m7i.xlarge",),
        max_pods=None,
    )
    words = " ".join(
        scheduling_lines(proof(Declared(name="Web", more=more), groups=(group(), windows)))
    )
    assert says in " ".join(words.split())
