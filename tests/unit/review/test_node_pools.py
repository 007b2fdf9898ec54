"""Nodes that EKS Auto Mode and Karpenter make: which pods find none, and in which subnets they are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from assembly.environment import Environment
from constructs_lib.specs.auto_mode import BUILT_IN as OF_EKS
from constructs_lib.specs.auto_mode import BuiltInNodePoolSpec
from kube.node_pools import BUILT_IN
from review.node_pools import pools
from tests.unit.review.foreign import kubernetes, manifest, of_resources, resource
from tests.unit.review.templates import reviewed, texts

AUTO_MODE, KARPENTER = "eks.amazonaws.com", "karpenter.k8s.aws"
STAY = (
    r"^weakens: New pods of Deployment `team/web` \*\*find no node\*\* .*; new ones stay pending\.$"
)
LOST = r"^takes down: Deployment `team/web` \*\*can't run\*\* after this deploy: .*which stay pending\.$"
TOLERANT = [{"key": "a", "operator": "Exists"}]


def requires(**requirements: Sequence[str]) -> list[dict[str, Any]]:
    """Return requirements by short names of their labels."""
    keys = {"arch": "kubernetes.io/arch", "types": "node.kubernetes.io/instance-type"}
    keys |= {"auto": f"{AUTO_MODE}/instance-family", "own": f"{KARPENTER}/instance-family"}
    return [
        {"key": keys.get(name, name), "operator": "In", "values": [*values]}
        for name, values in requirements.items()
    ]


def pool(
    name: str = "general",
    *,
    group: str = KARPENTER,
    replicas: int | None = None,
    labels: Mapping[str, str] | None = None,
    taints: Sequence[object] = (),
    team: Sequence[str] = (),
    **requirements: Sequence[str],
) -> dict[str, Any]:
    """Return a NodePool."""
    requirements |= {"example.com/team": team} if team else {}
    spec = {"requirements": requires(**requirements), "nodeClassRef": {"group": group}}
    template = {"metadata": {"labels": labels or {}}, "spec": {**spec, "taints": [*taints]}}
    fixed = {} if replicas is None else {"replicas": replicas}
    return kubernetes("NodePool", name, spec={"template": template, **fixed})


def cluster(*built_in: str, auto: bool = False, subnets: Sequence[str] = ()) -> dict[str, Any]:
    """Return a cluster, with pools of EKS's own and in subnets of the templates."""
    compute = {"Enabled": auto or bool(built_in), "NodePools": [*built_in]}
    config = {"SubnetIds": [{"Ref": each} for each in subnets]}
    return resource("AWS::EKS::Cluster", ComputeConfig=compute, ResourcesVpcConfig=config)


def wanting(**spec: object) -> dict[str, Any]:
    """Return a Deployment whose pods ask for nodes."""
    return kubernetes(
        "Deployment", "web", spec={"template": {"spec": {"containers": [{}], **spec}}}
    )


def of(made: Mapping[str, Any], *objects: object) -> Environment:
    """Return a cluster with objects."""
    return of_resources({"C": made, "O": manifest(*objects, cluster={"Ref": "C"})})


def said(before: Environment, after: Environment) -> list[str]:
    """Return what is said of pods that find no node."""
    found = texts(reviewed(before, after))
    return [each for each in found if re.search("no node|can't run", each)]


ARM = {"nodeSelector": {"kubernetes.io/arch": "arm64"}}
LABELLED = {"nodeSelector": {"example.com/team": "a"}}
PLAIN = cluster()


@pytest.mark.parametrize(
    ("pods", "before", "after", "says"),
    [
        # A pool whose nodes nobody can leave keeps them.
        (ARM, pool(own=["m7g"]), pool(own=["m7i"]), STAY),
        (ARM, pool(own=["m7g"]), pool(own=["m7i", "m6g"]), None),
        (ARM, pool(types=["m7g.large"]), pool(types=["m7i.large"]), STAY),
        (ARM, pool(), pool(arch=["amd64"]), STAY),
        (ARM, pool(group=AUTO_MODE, auto=["m7g"]), pool(group=AUTO_MODE, auto=["m7i"]), STAY),
        # One of a fixed size replaces them, and one that goes takes them along.
        (ARM, pool(replicas=2, own=["m7g"]), pool(replicas=2, own=["m7i"]), LOST),
        (ARM, pool("a", own=["m7g"]), pool("b", own=["m7i"]), LOST),
        (ARM, pool("a", own=["m7g"]), pool("b", own=["m7g"]), None),
        # Any architecture will do.
        ({}, pool(own=["m7g"]), pool(own=["m7i"]), None),
        # A label of one's own must be the pool's, and one of somebody else's may be there.
        (LABELLED, pool(labels={"example.com/team": "a"}), pool(), STAY),
        (LABELLED, pool(team=["a", "b"]), pool(team=["a"]), None),
        ({"nodeSelector": {"topology.kubernetes.io/zone": "a"}}, pool(own=["m7g"]), pool(own=["m7i"]), None),
        ({}, pool(), pool(taints=[{"key": "a", "effect": "NoSchedule"}]), STAY),
        ({"tolerations": TOLERANT}, pool(), pool(taints=[{"key": "a", "effect": "NoSchedule"}]), None),
        # Of a type that capacity/ doesn't know, nobody knows what it is.
        (ARM, pool(own=["m7g"]), pool(own=["m7i", "x0"]), None),
    ],
)  # fmt: skip
def test_pods_that_no_pool_takes(
    pods: dict[str, Any], before: object, after: object, says: str | None
) -> None:
    """They stay pending, whoever was to make the nodes."""
    found = said(*(of(PLAIN, each, wanting(**pods)) for each in (before, after)))
    assert [bool(re.search(says or "NEVER", each)) for each in found] == ([True] if says else [])


@pytest.mark.parametrize(
    ("pods", "before", "after", "says"),
    [
        (ARM, cluster("system", "general-purpose"), cluster("general-purpose"), None),
        ({**ARM, "tolerations": [{"operator": "Exists"}]},
         cluster("system", "general-purpose"), cluster("general-purpose"), LOST),
        ({}, cluster("system", "general-purpose"), cluster("system"), LOST),
        ({}, cluster("general-purpose"), cluster("general-purpose", "system"), None),
        # Pools that somebody applied may be there.
        ({}, cluster("general-purpose"), cluster(auto=True), None),
    ],
)  # fmt: skip
def test_pods_that_no_built_in_pool_takes(
    pods: dict[str, Any], before: dict[str, Any], after: dict[str, Any], says: str | None
) -> None:
    """Pools of EKS's own have the requirements that its user guide has."""
    found = said(*(of(each, wanting(**pods)) for each in (before, after)))
    assert [bool(re.search(says or "NEVER", each)) for each in found] == ([True] if says else [])


def test_what_pods_ask_for_stands_below() -> None:
    """With what had such nodes, and what nobody could check."""
    one, other = (of(PLAIN, pool(own=[each]), wanting(**ARM)) for each in ("m7g", "m7i"))
    (sentence,) = (x for x in reviewed(one, other).environments[0].sentences if "no node" in x.text)
    assert sentence.details == (
        "They ask for `kubernetes.io/arch=arm64`. Until now nodes of NodePool `general` took them.",
        "NodePools that no stack here has aren't checked.",
    )


def test_pods_that_ask_for_something_new_say_what() -> None:
    """Not what they asked for before."""
    one, other = (of(PLAIN, pool(), wanting(nodeSelector=each)) for each in ({}, {"gpu": "x"}))
    (sentence,) = (x for x in reviewed(one, other).environments[0].sentences if "no node" in x.text)
    assert (
        sentence.details[0]
        == "They ask for `gpu=x`. Until now nodes of NodePool `general` took them."
    )


def test_a_chart_of_karpenter_without_pools_says_nothing() -> None:
    """Its pools are applied by somebody else."""
    chart = resource("Custom::AWSCDK-EKS-HelmChart", Chart="karpenter")
    before = of(PLAIN, pool(own=["m7g"]), wanting(**ARM))
    objects = manifest(wanting(**ARM), cluster={"Ref": "C"})
    after = of_resources({"C": PLAIN, "O": objects, "K": chart})
    assert not said(before, after)


@pytest.mark.parametrize("name", OF_EKS)
def test_built_in_pools_are_those_of_the_specification(name: Any) -> None:  # noqa: ANN401  # a literal
    """A review and a plan speak of the same pools."""
    assert BuiltInNodePoolSpec(name=name).pool.manifest()["spec"]["template"] == BUILT_IN[name]


SUBNETS = {
    name: resource("AWS::EC2::Subnet", CidrBlock=cidr)
    for name, cidr in (("A", "10.0.0.0/19"), ("B", "10.0.32.0/28"))
}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (cluster("system", subnets="A"), cluster("system", subnets="B"), True),
        (cluster(subnets="A"), cluster("system", subnets="B"), True),
        (cluster("system", subnets="AB"), cluster("system", subnets="BA"), False),
        (cluster("system", subnets="A"), cluster(auto=True, subnets="B"), False),
        (cluster(subnets="A"), cluster(subnets="B"), False),
        (cluster("system", subnets="A"), cluster("system", "general-purpose", subnets="A"), False),
    ],
)
def test_built_in_pools_are_in_the_subnets_of_the_cluster(
    before: dict[str, Any], after: dict[str, Any], *, told: bool
) -> None:
    """Nobody promises that their nodes stay there, nor that they follow."""
    one, other = (of_resources({"C": each, **SUBNETS}) for each in (before, after))
    found = [
        each for each in reviewed(one, other).environments[0].sentences if "certain**" in each.text
    ]
    assert len(found) == told
    if found:
        there = (
            one.resources("AWS::EKS::Cluster")[0]
            .properties.get("ComputeConfig", {})
            .get("NodePools")
        )
        risk, how = ("interrupts", "no longer") if there else ("weakens", "not")
        assert found[0].risk.words == risk
        assert f"start **is {how} certain**" in found[0].text
        assert found[0].details[0] == (
            "The cluster's subnets until now: subnet `A` (`10.0.0.0/19`); from now on: subnet `B` "
            "(`10.0.32.0/28`)."
        )


def test_no_pool_has_nodes_of_a_node_group() -> None:
    """Pods that name a node group don't go to NodePools."""
    web = wanting(nodeSelector={"eks.amazonaws.com/nodegroup": "x"})
    group = resource("AWS::EKS::Nodegroup", ClusterName={"Ref": "C"}, NodegroupName="x")
    objects = manifest(web, cluster={"Ref": "C"})
    before = of_resources({"C": PLAIN, "N": group, "O": objects})
    (sentence,) = said(before, of(PLAIN, pool(), web))
    assert re.search(LOST, sentence)


@pytest.mark.parametrize(
    ("makes", "says"),
    [
        # The pool keeps its nodes, whatever they are, and the group doesn't.
        (
            "m7i",
            r"^takes down: .*`, as far as it runs on nodes of node group `N`, \*\*can't run\*\* after",
        ),
        ("m7g", None),
    ],
)
def test_pods_lose_one_of_two_homes(makes: str, says: str | None) -> None:
    """Those that run there are evicted; that others stay helps them not."""
    before, after = (
        of_resources(
            {
                "C": PLAIN,
                "N": resource(
                    "AWS::EKS::Nodegroup",
                    ClusterName={"Ref": "C"},
                    AmiType=f"AL2023_{image}_STANDARD",
                ),
                "O": manifest(pool(own=[own]), wanting(**ARM), cluster={"Ref": "C"}),
            }
        )
        for image, own in (("ARM_64", "m7g"), ("x86_64", makes))
    )
    found = said(before, after)
    assert [bool(re.search(says or "NEVER", each)) for each in found] == ([True] if says else [])
    sentences = reviewed(before, after).environments[0].sentences
    details = [x for each in sentences if "can't run" in each.text for x in each.details]
    stays = "Pods on nodes of NodePool `general` stay until somebody stops them"
    assert any(each.startswith(stays) for each in details) is (says is not None)


@pytest.mark.parametrize(
    "odd", [None, [], {}, "x", [None], [{"key": {}, "values": [{}]}], {"Ref": "P"}]
)
def test_odd_pools_are_reviewed(odd: object) -> None:
    """The API server refuses them; the review goes on."""
    spec = {"requirements": odd, "taints": odd, "nodeClassRef": odd}
    template = {"metadata": {"labels": {"a": odd}}, "spec": spec}
    made = kubernetes(
        "NodePool", "web", spec={"template": template, "limits": odd, "replicas": odd}
    )
    asks = wanting(nodeSelector={"a": "b"})
    for before, after in ((made, pool()), (pool(labels={"a": "b"}), made)):
        assert not [
            x
            for x in texts(reviewed(of(PLAIN, before, asks), of(PLAIN, after, asks)))
            if "bug" in x
        ]


@pytest.mark.parametrize(
    ("group", "grace", "ends"),
    [
        (KARPENTER, "1h30m", "is killed after 90 minutes, by the `terminationGracePeriod`."),
        (KARPENTER, "90s", "is killed after 90 seconds, by the `terminationGracePeriod`."),
        (KARPENTER, "2m30s", "is killed after 150 seconds, by the `terminationGracePeriod`."),
        (KARPENTER, None, "; a node stays as long as a PodDisruptionBudget holds one of its pods."),
        (AUTO_MODE, None, "is killed after 24 hours, by the `terminationGracePeriod`."),
        (KARPENTER, "soon", "pods start elsewhere, if something can run them."),
    ],
)
def test_what_budgets_hold_back_where_nodes_go(group: str, grace: str | None, ends: str) -> None:
    """A pool without a grace period waits for ever; Auto Mode has one in any case."""
    made = pool(group=group)
    made["spec"]["template"]["spec"] |= {"terminationGracePeriod": grace} if grace else {}
    found = texts(reviewed(of(PLAIN, made), of(PLAIN)))
    assert [x for x in found if "is **deleted**" in x and x.endswith(ends)]


def test_a_pool_of_two_stacks_is_one() -> None:
    """As after a new name of a stack, while the old one is still there."""
    both = of_resources({name: manifest(pool(), cluster="c") for name in ("Old", "New")})
    assert [each.name for each in pools(both)] == ["general"]
