"""Which pods find no place, by known answers and by what must always hold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kube.placement import ANY_NODE, NO_NODE, Node, Pods, place

ZONE = "topology.kubernetes.io/zone"
APP = {"app": "web"}


GPU = "nvidia.com/gpu"


def node(
    zone: str = "a", *, cpu: int = 4, pods: int = 10, gpu: int = 0, disk: str = "", **more: object
) -> Node:
    """Return a node with so many cores, places and GPUs, and a label for its disk."""
    content = {"metadata": {"labels": {ZONE: zone, "disk": disk}}, "spec": more}
    room = {"cpu": Decimal(cpu), "pods": Decimal(pods), GPU: Decimal(gpu)}
    return Node(content=content, room=room)


def pods(name: str = "web", count: int = 1, *, cpu: int = 1, gpu: int = 0, **spec: object) -> Pods:
    """Return pods that ask for so many cores and GPUs each."""
    asked = {"cpu": str(cpu), **({GPU: str(gpu)} if gpu else {})}
    container = {"name": "main", "resources": {"requests": asked}}
    return Pods(name=name, count=count, labels=APP, spec={"containers": [container], **spec})


def waiting(nodes: list[Node], *several: Pods) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Return how many of which pods wait, and for what."""
    return {each.pods.name: (each.count, each.on) for each in place(nodes, several)}


def near(kind: str, key: str = "kubernetes.io/hostname") -> dict[str, Any]:
    """Return a required rule about pods of the same app."""
    term = {"topologyKey": key, "labelSelector": {"matchLabels": APP}}
    return {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def kept_apart(namespaces: dict[str, str]) -> Pods:
    """Return a pod that needs a node without pods of the app in namespaces with some labels."""
    rule = near("podAntiAffinity")
    (term,) = rule["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    term["namespaceSelector"] = {"matchLabels": namespaces}
    return Pods(name="alone", labels=APP, spec=pods(cpu=2, affinity=rule).spec)


def spread(policy: str = "Ignore", **more: object) -> dict[str, Any]:
    """Return a spread over the zones that must be kept."""
    rule = {"topologyKey": ZONE, "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}
    rule |= {"labelSelector": {"matchLabels": APP}, "nodeTaintsPolicy": policy, **more}
    return {"topologySpreadConstraints": [rule]}


def listening(name: str = "web", count: int = 1, *, port: int = 80, **more: object) -> Pods:
    """Return pods with a port of the host."""
    container = {"name": "main", "ports": [{"hostPort": port, "containerPort": port, **more}]}
    return Pods(name=name, count=count, spec={"containers": [container]})


def on_the_host(*, own: bool, sidecar: bool = False) -> Pods:
    """Return a pod with port 80, on the network of the host or behind it."""
    container = {"name": "x", "ports": [{"containerPort": 80}]}
    field = "initContainers" if sidecar else "containers"
    policy = {"restartPolicy": "Always"} if sidecar else {}
    return Pods(name="own", spec={"hostNetwork": own, field: [{**container, **policy}]})


TAINT = {"key": "gpu", "value": "", "effect": "NoSchedule"}
TAINTED = node("b", taints=[TAINT])
ALIKE = node()
CASES = {
    "all fit": ([node(), node()], [pods(count=8)], {}),
    "the last has no cpu": ([node(), node()], [pods(count=9)], {"web": (1, ("cpu",))}),
    "alike nodes are several hosts": (
        [ALIKE, ALIKE],
        [pods(count=3, affinity=near("podAntiAffinity"))],
        {"web": (1, ("podAntiAffinity",))},
    ),
    "a node takes so many": ([node(pods=2)], [pods(count=3)], {"web": (1, ("pods",))}),
    "the larger go first": (
        [node(cpu=4)],
        [pods("small", 2), pods("large", cpu=3)],
        {"small": (1, ("cpu",))},
    ),
    "critical pods go before": (
        [node(cpu=4)],
        [pods("large", cpu=4), pods("dns", priorityClassName="system-cluster-critical")],
        {"large": (1, ("cpu",))},
    ),
    "a DaemonSet goes first of all": (
        [node(cpu=2), node(cpu=2)],
        [pods(count=4), Pods(name="agent", on_each=True, count=0, spec=pods().spec)],
        {"web": (2, ("cpu",))},
    ),
    "a DaemonSet that is too large waits, and leaves the room to others": (
        [node(cpu=2), node(cpu=8)],
        [pods(count=5), Pods(name="agent", on_each=True, count=0, spec=pods(cpu=4).spec)],
        {"agent": (1, ("cpu",))},
    ),
    "two DaemonSets want one port": (
        [node(), node()],
        [
            Pods(name="first", on_each=True, count=0, spec=listening().spec),
            Pods(name="second", on_each=True, count=0, spec=listening().spec),
        ],
        {"second": (2, ("hostPort",))},
    ),
    "pods of a higher priority go before": (
        [node(cpu=4)],
        [pods("large", cpu=4), Pods(name="paid", spec=pods().spec, priority=1_000)],
        {"large": (1, ("cpu",))},
    ),
    "who can be on few nodes goes before who can be on many": (
        [node(disk="fast"), node()],
        [pods("large", cpu=4), pods("picky", nodeSelector={"disk": "fast"})],
        {},
    ),
    "so does who asks for what few nodes have": (
        [node(gpu=1), node()],
        [pods("large", cpu=4), pods("model", gpu=1)],
        {},
    ),
    "no nodes": ([], [pods()], {"web": (1, (ANY_NODE,))}),
    "nobody tolerates the taint": ([TAINTED], [pods()], {"web": (1, (NO_NODE,))}),
    "the selector has no node": (
        [node()],
        [pods(nodeSelector={"x": "y"})],
        {"web": (1, (NO_NODE,))},
    ),
    "one on each node": (
        [node(), node()],
        [pods(count=3, affinity=near("podAntiAffinity"))],
        {"web": (1, ("podAntiAffinity",))},
    ),
    "others keep away from it": (
        [node()],
        [pods("alone", cpu=2, affinity=near("podAntiAffinity")), pods()],
        {"web": (1, ("podAntiAffinity",))},
    ),
    "the first of those that want each other": (
        [node()],
        [pods(count=2, affinity=near("podAffinity", ZONE))],
        {},
    ),
    "a port of the host is one pod's": (
        [node(), node()],
        [listening(count=3)],
        {"web": (1, ("hostPort",))},
    ),
    "also another's": ([node()], [listening(), listening("api")], {"api": (1, ("hostPort",))}),
    "other ports and protocols are free": (
        [node()],
        [listening(), listening("tls", port=443), listening("udp", protocol="UDP")],
        {},
    ),
    "an address collides with all of them": (
        [node()],
        [listening(hostIP="10.0.0.1"), listening("all", hostIP="0.0.0.0")],  # noqa: S104
        {"all": (1, ("hostPort",))},
    ),
    "two addresses don't": (
        [node()],
        [listening(hostIP="10.0.0.1"), listening("b", hostIP="10.0.0.2")],
        {},
    ),
    "on the host's network every port is its own": (
        [node()],
        [listening(), on_the_host(own=True)],
        {"own": (1, ("hostPort",))},
    ),
    "so is that of a sidecar": (
        [node()],
        [listening(), on_the_host(own=True, sidecar=True)],
        {"own": (1, ("hostPort",))},
    ),
    "behind it none is": ([node()], [listening(), on_the_host(own=False)], {}),
    "a DaemonSet has its port on each node": (
        [node()],
        [listening(), Pods(name="agent", on_each=True, count=0, spec=listening().spec)],
        {"web": (1, ("hostPort",))},
    ),
    "nobody to be near": (
        [node()],
        [
            Pods(name="side", spec=pods(affinity=near("podAffinity", ZONE)).spec, labels={}),
        ],
        {"side": (1, ("podAffinity",))},
    ),
    "near those that come later": (
        [node()],
        [
            Pods(name="side", spec=pods(cpu=2, affinity=near("podAffinity", ZONE)).spec, labels={}),
            pods(),
        ],
        {},
    ),
    "pods of another namespace are no matter": ([node()], [pods(), kept_apart({"team": "x"})], {}),
    "pods of all namespaces are": (
        [node()],
        [kept_apart({}), Pods(name="other", namespace="b", labels=APP, spec=pods().spec)],
        {"other": (1, ("podAntiAffinity",))},
    ),
    "so are those of one that is named": (
        [node()],
        [
            kept_apart({"kubernetes.io/metadata.name": "b"}),
            Pods(name="other", namespace="b", labels=APP, spec=pods().spec),
        ],
        {"other": (1, ("podAntiAffinity",))},
    ),
    "even over two zones": ([node("a"), node("b")], [pods(count=4, **spread())], {}),
    "a full zone stops the others": (
        [node("a", cpu=1), node("b", cpu=8)],
        [pods(count=4, **spread())],
        {"web": (1, ("cpu", "topologySpreadConstraints"))},
    ),
    "all of the larger go before the smaller": (
        [node("a"), node("b")],
        [pods("large", 4, cpu=2, **spread()), pods("small")],
        {"small": (1, ("cpu",))},
    ),
    "who must spread goes before who needn't": (
        [node("a"), node("b")],
        [Pods(name="large", count=2, spec=pods(cpu=2).spec), pods(count=2, **spread())],
        {},
    ),
    "tainted nodes are a zone as well": (
        [node("a"), TAINTED],
        [pods(count=2, **spread())],
        {"web": (1, ("topologySpreadConstraints",))},
    ),
    "unless the spread honors taints": (
        [node("a"), TAINTED],
        [pods(count=2, **spread("Honor"))],
        {},
    ),
    "fewer zones than asked for": (
        [node("a")],
        [pods(count=2, **spread(minDomains=2))],
        {"web": (1, ("topologySpreadConstraints",))},
    ),
    "a node without the zone": (
        [Node(content={}, room={"cpu": Decimal(4)})],
        [pods(**spread())],
        {"web": (1, ("topologySpreadConstraints",))},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_pods_wait_for_what_nodes_lack(
    case: tuple[list[Node], list[Pods], dict[str, tuple[int, tuple[str, ...]]]],
) -> None:
    """Each case by hand."""
    nodes, several, expected = case
    assert waiting(nodes, *several) == expected


NODES = st.lists(
    st.builds(node, st.sampled_from("abc"), cpu=st.integers(0, 6), pods=st.integers(0, 5)),
    max_size=6,
)
PODS = st.lists(
    st.builds(
        lambda number, port, cpu, count, alone: (
            listening(str(number), count, port=port)
            if port
            else pods(
                str(number),
                count,
                cpu=cpu,
                affinity=near("podAntiAffinity") if alone else {},
            )
        ),
        st.integers(),
        st.sampled_from([0, 0, 80, 443]),
        st.integers(0, 4),
        st.integers(0, 6),
        st.booleans(),
    ),
    max_size=4,
    unique_by=lambda each: each.name,
)


@settings(deadline=None)
@given(NODES, NODES, PODS)
def test_more_nodes_never_leave_more_pods_waiting(
    nodes: list[Node], more: list[Node], several: list[Pods]
) -> None:
    """A search for the smallest number of nodes relies on it."""
    before = sum(each.count for each in place(nodes, several))
    assert sum(each.count for each in place([*nodes, *more], several)) <= before


@settings(deadline=None)
@given(NODES, PODS)
def test_nothing_waits_that_has_a_node_of_its_own(nodes: list[Node], several: list[Pods]) -> None:
    """Who has a large node for each pod has room."""
    count = sum(each.count for each in several)
    assert not place([*nodes, *(node(cpu=9) for _ in range(count))], several)


@settings(deadline=None)
@given(NODES, PODS)
def test_what_is_placed_fits(nodes: list[Node], several: list[Pods]) -> None:
    """Together, pods that found a place ask for no more than all nodes have."""
    placed = {each.name: each.count for each in several}
    for each in place(nodes, several):
        placed[each.pods.name] -= each.count
    assert min(placed.values(), default=0) >= 0
    for resource in ("cpu", "pods"):
        taken = sum(each.asked.get(resource, 0) * placed[each.name] for each in several)
        assert taken <= sum(each.room[resource] for each in nodes)
