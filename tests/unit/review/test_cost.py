"""The computed costs are those of the table in docs/cost.md."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from assembly.environment import Environment
from commands.offers import SOUGHT
from review import region_prices
from review.cost import lines, sentences
from review.model import Risk
from review.prices import prices, total
from review.room import price_of_growth
from tests.support import ROOT
from tests.unit.review.foreign import kubernetes, manifest, of_resources, resource
from tests.unit.review.templates import (
    NODE_GROUP,
    TODAY,
    reviewed,
    sides,
    texts,
    with_property,
    with_resource,
)

PAGE = (ROOT / "docs/cost.md").read_text(encoding="utf-8")
ROWS = {
    "Control plane, standard support": ("control plane",),
    "NAT gateways, each with a public address": ("NAT gateways, each with a public address",),
    "Interface endpoints": ("interface endpoints, in each zone",),
    "Nodes": ("nodes of General",),
    "Node volumes, gp3": ("node volumes of General",),
    "Network Load Balancer": ("Network Load Balancer", "public addresses of load balancers"),
    "Fargate pods, .25 vCPU and .5 GB": ("Fargate pods of api",),
    "KMS key": ("KMS key",),
}
"""The lines that make up each row of docs/cost.md's table."""


def table() -> dict[str, tuple[str, str]]:
    """Return docs/cost.md's costs of dev and prod, row by row, without how many they are."""
    rows = re.findall(r"^\| ([^|]+) \| [^|]* \| ([^|]*) \| ([^|]*) \|$", PAGE, re.MULTILINE)
    return {name: (_amount(dev), _amount(prod)) for name, dev, prod in rows if name in ROWS}


def _amount(cell: str) -> str:
    amount = cell.partition("(")[0].strip()
    return amount if amount[0].isdigit() else "0"


@pytest.mark.parametrize("row", ROWS)
def test_the_readme_has_the_computed_costs(row: str, dev: Environment, prod: Environment) -> None:
    """A price that changes in one place changes in the other, or this is red."""
    computed = tuple(
        str(total(x for x in lines(each, prices(), TODAY) if x.what in ROWS[row])).replace("$", "")
        for each in (dev, prod)
    )
    assert table()[row] == computed


def test_the_readme_has_every_computed_line(dev: Environment, prod: Environment) -> None:
    """A kind of cost that the table lacks would be a wrong sum."""
    named = {what for whats in ROWS.values() for what in whats}
    assert {line.what for each in (dev, prod) for line in lines(each, prices(), TODAY)} == named


def test_the_readme_has_the_sums_the_date_and_what_is_left_out(
    dev: Environment, prod: Environment
) -> None:
    """Rounded to tens, for they are estimates."""
    sums = []
    for each in (dev, prod):
        sum_ = total(lines(each, prices(), TODAY))
        ends = dict.fromkeys(f"{round(end, -1):.0f}" for end in (sum_.low, sum_.high))
        sums.append(" to ".join(ends))
    text = " ".join(PAGE.split())
    day = f"{prices().date:%-d %B %Y}"
    of_nodes = f"{date.fromisoformat(prices().nodes_date):%-d %B %Y}"

    assert f"| **about {sums[0]}** | **about {sums[1]}** |" in text
    assert f"for {prices().region}, as of {day}, those of nodes as of {of_nodes}" in text
    assert f"Left out: {prices().left_out}." in text
    assert f"costs ${prices().control_plane_hour['extended']:.2f} instead of" in text
    assert f"About ${sums[0].replace('to ', 'to $')} a month for dev and ${sums[1]} for prod" in (
        ROOT / "README.md"
    ).read_text(encoding="utf-8")


def test_extended_support_costs_more(prod: Environment) -> None:
    """From the day after the standard support has ended."""
    last, after = date(2027, 3, 27), date(2027, 3, 28)
    assert lines(prod, prices(), last)[0].of == "in standard support"
    before, then = (total(lines(prod, prices(), day)) for day in (last, after))
    assert then.low - before.low == then.high - before.high == pytest.approx(365)


def test_an_unknown_price_is_said(prod: Environment) -> None:
    """A sum without it would look complete."""
    after = with_property(prod, "Cluster", NODE_GROUP, "InstanceTypes", ["c9x.large"])

    (sentence,) = sentences(sides(prod, after))

    assert sentence.risk is Risk.COSTS
    assert sentence.text == (
        "The cost of nodes of General **changes by an amount that is not known here**. All else "
        "stays at about $332 a month."
    )
    assert sentence.details == (
        "Nodes of General: $398 (3 m7g.xlarge) → no price known (3 c9x.large).",
    )


def test_the_same_cost_is_no_sentence(prod: Environment) -> None:
    """Nothing to say is nothing said."""
    assert not list(sentences(sides(prod, prod)))


def test_a_difference_without_a_price_is_not_computed(prod: Environment) -> None:
    """What has no price would count as nothing, and a loss would look like a gain."""
    unknown = with_property(prod, "Cluster", NODE_GROUP, "InstanceTypes", ["c9x.large"])

    (sentence,) = sentences(sides(unknown, prod))

    assert "not known here**. All else stays at about $332" in sentence.text


def test_what_has_no_price_leaves_both_sides(prod: Environment) -> None:
    """The rest has a difference that is true, and the sentence says what it lacks."""
    unknown, dearer = (
        with_property(prod, "Cluster", NODE_GROUP, "InstanceTypes", [kind])
        for kind in ("c9x.large", "c8x.large")
    )
    after = with_resource(dearer, "Network", "Second", "AWS::EC2::NatGateway", {})

    (sentence,) = sentences(sides(unknown, after))

    assert sentence.text == (
        "Estimated cost: $332 → **$371** a month (+$39), without nodes "
        "of General, whose cost **changes by an amount that is not known here**."
    )


WINDOWS = {"AmiType": "WINDOWS_CORE_2025_x86_64", "InstanceTypes": ["m5.large"]}
GATEWAY = resource("AWS::EC2::NatGateway")


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ({"S": 2}, {"S": 3, "N": 1}, "at least $43 more"),
        ({"S": 2, "N": 1}, {"S": 3}, "at most $34 less"),
        ({"S": 2}, {"N": 1}, "at most $30 more"),
        ({"S": 2, "N": 1}, {}, "at least $47 less"),
        # With a licence a machine costs more than $78, which it costs with Linux.
        ({"W": 2}, {"W": 3, "N": 1}, "at least $121 more"),
        ({"W": 2, "N": 1}, {"W": 3}, "at least $44 more"),
        ({"W": 2}, {"N": 1}, "at least $126 less"),
        ({"W": 2, "N": 1}, {}, "at least $203 less"),
        # One goes and one comes: nobody knows which costs more.
        ({"W": 2}, {"V": 2, "N": 1}, ""),
    ],
)
def test_the_bound_of_a_cost_with_an_unknown_part(
    before: dict[str, int], after: dict[str, int], says: str
) -> None:
    """A total that misses something isn't given as the total."""
    one, other = (
        of_resources(
            {
                name: GATEWAY
                if name == "N"
                else resource(
                    "AWS::EKS::Nodegroup",
                    ScalingConfig={"DesiredSize": count},
                    CapacityType="SPOT" if name == "S" else "ON_DEMAND",
                    **WINDOWS,
                )
                for name, count in side.items()
            }
        )
        for side in (before, after)
    )
    (sentence,) = sentences(sides(one, other))
    name = next(iter(before))
    how = "rises" if after.get(name) else "falls"
    told = f"The cost of nodes of {name} **{how} by an amount that is not known here**. All else: "
    assert sentence.text.startswith(told) == bool(says)
    assert sentence.text.endswith(f", so in all it is {says}.") == bool(says)


def pool_of(family: str, market: str, cpu: str = "32") -> Environment:
    """Return a pool with at most so many vCPUs."""
    kinds = {"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": [family]}
    size = {"key": "karpenter.k8s.aws/instance-size", "operator": "In", "values": ["large"]}
    spot = {"key": "karpenter.sh/capacity-type", "operator": "In", "values": [market]}
    spec = {"limits": {"cpu": cpu}, "template": {"spec": {"requirements": [kinds, size, spot]}}}
    return of_resources({"Objects": manifest(kubernetes("NodePool", "general", spec=spec))})


@pytest.mark.parametrize(
    ("family", "market", "changes"),
    [("m7g", "on-demand", False), ("m7i", "on-demand", True), ("m7g", "spot", True)],
)
def test_a_pool_of_other_instances_costs_another_sum(
    family: str,
    market: str,
    changes: bool,  # noqa: FBT001  # a row
) -> None:
    """How many there are is not known, but each has another price."""
    before = pool_of("m7g", "on-demand")
    assert "at most 32 vCPUs or $1,06" in lines(before, prices(), TODAY)[0].counted
    found = [*sentences(sides(before, pool_of(family, market)))]
    assert ["The cost of nodes of NodePool general **changes" in x.text for x in found] == (
        [True] if changes else []
    )


def test_a_pool_that_makes_fewer_nodes_costs_no_more() -> None:
    """Nobody knows how many there are, but with a lower limit they aren't more."""
    one, other = pool_of("m7g", "on-demand"), pool_of("m7g", "on-demand", cpu="8")
    for before, after, risk in ((one, other, Risk.SAFE), (other, one, Risk.COSTS)):
        (sentence,) = sentences(sides(before, after))
        assert sentence.risk is risk


@pytest.mark.parametrize(
    ("claim", "parameters", "usual", "gib"),
    [
        ({"storageClassName": "fast"}, {"type": "gp3"}, "false", 11),
        ({}, {}, "true", 11),
        ({}, {"type": "gp3"}, "false", None),
        ({"storageClassName": "fast"}, {"type": "io2"}, "true", None),
        ({"storageClassName": "other"}, {"type": "gp3"}, "true", None),
        ({"storageClassName": ""}, {"type": "gp3"}, "true", None),
    ],
)
def test_the_volume_of_a_claim_has_a_price_where_its_class_is_known(
    claim: dict[str, Any], parameters: dict[str, str], usual: str, gib: int | None
) -> None:
    """Another type has a line without one; the class that a claim doesn't name is the default."""
    annotations = {"storageclass.kubernetes.io/is-default-class": usual}
    fast = {
        "kind": "StorageClass",
        "metadata": {"name": "fast", "annotations": annotations},
        "provisioner": "ebs.csi.aws.com",
        "parameters": parameters,
    }
    spec = {**claim, "resources": {"requests": {"storage": "10.5Gi"}}}
    objects = manifest(fast, kubernetes("PersistentVolumeClaim", "data", spec=spec))
    found = {x.what: x for x in lines(of_resources({"O": objects}), prices("eu-west-1"), TODAY)}
    line = found.get("volumes of claims")
    assert (line and line.count) == gib
    assert line is None or line.counted == "$1 (11 GiB)"


@pytest.mark.parametrize(
    ("parameters", "line"),
    [
        ({"type": "io2", "iops": "16000"}, "io2 volumes of claims"),
        ({"type": "io1", "iopsPerGB": "50"}, "io1 volumes of claims"),
        ({"type": "st1"}, "st1 volumes of claims"),
        ({"iops": "9000"}, "gp3 (with more IOPS or throughput) volumes of claims"),
        ({"Type": "gp3"}, "volumes of claims"),
    ],
)
def test_a_volume_without_a_price_is_named(parameters: dict[str, str], line: str) -> None:
    """A sum that leaves it out says so: those with IOPS of their own cost most."""
    made = {
        "kind": "StorageClass",
        "metadata": {"name": "fast"},
        "provisioner": "ebs.csi.aws.com",
        "parameters": parameters,
    }
    spec = {"storageClassName": "fast", "resources": {"requests": {"storage": "10Gi"}}}
    claim = manifest(made, kubernetes("PersistentVolumeClaim", "data", spec=spec))
    some = {"S": resource("AWS::SSM::Parameter")}
    found = {x.what: x for x in lines(of_resources({"O": claim}), prices(), TODAY)}
    assert found[line].count == 10
    assert (found[line].month is None) is (line != "volumes of claims")
    said = texts(reviewed(of_resources(some), of_resources({"O": claim, **some})))
    rises = f"The cost of {line} **rises by an amount that is not known here**"
    assert any(rises in each for each in said) is (line != "volumes of claims"), said


@pytest.mark.parametrize(
    ("mode", "before", "after", "count"),
    [
        ("Immediate", "", "", (10, "$1")),
        ("WaitForFirstConsumer", "", "", None),
        ("WaitForFirstConsumer", "", "other", None),
        ("WaitForFirstConsumer", "", "data", (10, "$1")),
        ("WaitForFirstConsumer", "data", "", (10, "$1")),
    ],
)
def test_a_claim_that_waits_for_a_pod_costs_nothing(
    mode: str, before: str, after: str, count: object
) -> None:
    """Nothing makes its volume before a pod mounts it; then it stays."""
    gp3 = {
        "kind": "StorageClass",
        "metadata": {"name": "gp3"},
        "provisioner": "ebs.csi.aws.com",
        "volumeBindingMode": mode,
    }
    spec = {"storageClassName": "gp3", "resources": {"requests": {"storage": "10Gi"}}}
    claim = kubernetes("PersistentVolumeClaim", "data", spec=spec)

    def mounting(name: str) -> Environment:
        volume = {"name": "data", "persistentVolumeClaim": {"claimName": name}}
        pods = {"template": {"spec": {"volumes": [volume]}}}
        return of_resources({"O": manifest(gp3, claim, kubernetes("Deployment", "web", spec=pods))})

    side = replace(mounting(after), base=mounting(before))
    found = {x.what: (x.count, f"{x.month}") for x in lines(side, prices(), TODAY)}
    assert found.get("volumes of claims") == count


def test_the_class_of_another_cluster_makes_no_volume() -> None:
    """Each cluster has a default of its own."""
    usual = {"storageclass.kubernetes.io/is-default-class": "true"}
    fast = {
        "kind": "StorageClass",
        "metadata": {"name": "gp3", "annotations": usual},
        "provisioner": "ebs.csi.aws.com",
    }
    spec = {"resources": {"requests": {"storage": "10Gi"}}}
    claim = kubernetes("PersistentVolumeClaim", "data", spec=spec)
    for other, count in (("First", (10, "$1")), ("Second", None)):
        clusters = {x: resource("AWS::EKS::Cluster", Name=x) for x in ("First", "Second")}
        made = {
            "Claim": manifest(claim, cluster={"Ref": "First"}),
            "Class": manifest(fast, cluster={"Ref": other}),
        }
        assert what({**clusters, **made}).get("volumes of claims") == count


def test_a_volume_stays_what_it_is_under_another_default_class() -> None:
    """A new default is that of new claims, and a class of the same name makes others."""
    annotations = {"storageclass.kubernetes.io/is-default-class": "true"}

    def of(name: str, kind: str, *claims: str) -> Environment:
        usual = {
            "kind": "StorageClass",
            "metadata": {"name": name, "annotations": annotations},
            "provisioner": "ebs.csi.aws.com",
            "parameters": {"type": kind},
        }
        spec = {"resources": {"requests": {"storage": "10Gi"}}}
        named = {
            x: {**spec, "storageClassName": "gp3"} if x.startswith("own") else spec for x in claims
        }
        made = [kubernetes("PersistentVolumeClaim", x, spec=y) for x, y in named.items()]
        return of_resources({"O": manifest(usual, *made)})

    before = of("gp3", "gp3", "data", "own")
    for name in ("fast", "gp3"):
        after = replace(of(name, "io2", "data", "own", "data-new", "own-new"), base=before)
        found = {x.what: x.count for x in lines(after, prices("eu-west-1"), TODAY)}
        assert found["volumes of claims"] == 20


def what(resources: dict[str, Any]) -> dict[str, tuple[int | None, str | None]]:
    """Return the number and the cost of each line."""
    found = lines(of_resources(resources), prices(), TODAY)
    return {x.what: (x.count, None if x.month is None else str(x.month)) for x in found}


def test_what_others_build_has_its_cost() -> None:
    """Auto Mode, node groups of the plain L2, load balancers of an Ingress, and two clusters."""
    cluster = resource("AWS::EKS::Cluster", ComputeConfig={"Enabled": True})
    second = resource("AWS::EKS::Cluster", Name="second", Version="1.33")
    nodes = resource("AWS::EKS::Nodegroup", ClusterName={"Ref": "Cluster"})
    ingress = kubernetes("Ingress", "web", spec={"ingressClassName": "alb"})
    objects = manifest(ingress, cluster={"Ref": "Cluster"})

    assert what({"Cluster": cluster, "Nodes": nodes, "Objects": objects}) == {
        "control plane": (1, "$73"),
        "nodes of Auto Mode": (None, None),
        "nodes of Nodes": (None, None),
        "node volumes of Nodes": (None, None),
        "Application Load Balancer": (1, None),
    }
    assert what({"First": resource("AWS::EKS::Cluster"), "Second": second}) == {
        "control plane of cluster `First`": (1, "$73"),
        "control plane of cluster `second`": (1, "$438"),
    }


@pytest.mark.parametrize(
    ("ingresses", "addresses"),
    [
        ({"web": {}}, None),
        ({"web": {"scheme": "internet-facing"}}, (2, "$7")),
        ({"web": {"scheme": "internet-facing"}, "api": {"scheme": "internet-facing"}}, (4, "$15")),
        # A group has one load balancer.
        (
            {
                "web": {"scheme": "internet-facing", "group.name": "a"},
                "api": {"scheme": "internet-facing", "group.name": "a"},
            },
            (2, "$7"),
        ),
    ],
)
def test_the_public_addresses_of_an_ingress(
    ingresses: dict[str, dict[str, str]], addresses: object
) -> None:
    """One in each zone with a subnet for them, as those of a Service."""
    public = [{"Key": "kubernetes.io/role/elb", "Value": "1"}]
    subnets = {
        x: resource("AWS::EC2::Subnet", AvailabilityZone=f"eu-west-1{x.lower()}", Tags=public)
        for x in "AB"
    }
    objects = []
    for name, asked in ingresses.items():
        item = kubernetes("Ingress", name, spec={"ingressClassName": "alb"})
        annotations = {f"alb.ingress.kubernetes.io/{x}": y for x, y in asked.items()}
        item["metadata"]["annotations"] = annotations
        objects.append(item)
    found = what({**subnets, "Objects": manifest(*objects)})
    grouped = any("group.name" in x for x in ingresses.values())
    assert found["Application Load Balancer"] == (1 if grouped else len(ingresses), None)
    assert found.get("public addresses of load balancers") == addresses


def test_what_is_billed_without_a_price_here() -> None:
    """A sum without it would look complete, and its own change like none."""
    kinds = {"A": "db.m7g.large", "B": "db.m7g.xlarge"}
    sides = {
        x: of_resources(
            {"Orders": resource("AWS::RDS::DBInstance", DBInstanceClass=kind, DBName="o")}
        )
        for x, kind in kinds.items()
    }
    (line,) = lines(sides["A"], prices(), TODAY)
    assert line.counted == "no price known (1 with `DBInstanceClass` `db.m7g.large`)"
    found = [x for x in texts(reviewed(*sides.values())) if "cost" in x]
    said = "costs: The cost of DB instance `Orders` **changes by an amount that is not known here**"
    assert len(found) == 1
    assert found[0].startswith(said)


def test_nodes_that_come_when_pods_need_them_have_no_price() -> None:
    """But they are a line: a sum that says nothing of them would be a false one."""
    pool = {"limits": {"cpu": "64", "memory": "8Gi", "nodes": "20"}}
    objects = manifest(kubernetes("NodePool", "general", spec=pool))
    (line,) = lines(of_resources({"Objects": objects}), prices(), TODAY)

    assert line.what == "nodes of NodePool general"
    assert line.counted == (
        "no price known (some nodes, at most 64 vCPUs, 8Gi of memory and 20 nodes)"
    )


@pytest.mark.parametrize(
    ("group", "markets", "kinds", "amount"),
    [
        # Twice 0.1819 USD an hour, 730 hours a month; the fee of Auto Mode is 4.8% to 12% of that.
        ("karpenter.k8s.aws", ["on-demand"], ["m7g.xlarge"], "$266"),
        ("eks.amazonaws.com", ["on-demand"], ["m7g.xlarge"], "$278 to $297"),
        # The cheapest of the types on Spot, the dearest On-Demand.
        ("karpenter.k8s.aws", ["on-demand"], ["m7g.xlarge", "m6g.xlarge"], "$251 to $266"),
        ("karpenter.k8s.aws", None, ["m7g.xlarge"], "$61 to $266"),
        ("karpenter.k8s.aws", ["spot"], ["m7g.xlarge"], "$61 to $159"),
        ("karpenter.k8s.aws", ["on-demand"], ["m7g.xlarge", "x0.none"], "no price known"),
        ("karpenter.k8s.aws", ["on-demand"], [], "no price known"),
    ],
)
def test_a_pool_of_a_fixed_size_has_a_price(
    group: str, markets: list[str] | None, kinds: list[str], amount: str
) -> None:
    """As many nodes as it says; one more stands only while another is replaced."""
    asked = {"karpenter.sh/capacity-type": markets, "node.kubernetes.io/instance-type": kinds}
    requires = [{"key": x, "operator": "In", "values": y} for x, y in asked.items() if y]
    nodes = {"spec": {"requirements": requires, "nodeClassRef": {"group": group}}}
    pool = {"replicas": 2, "limits": {"nodes": "3"}, "template": nodes}
    objects = manifest(kubernetes("NodePool", "steady", spec=pool))
    (line,) = lines(of_resources({"Objects": objects}), prices("eu-west-1"), TODAY, "eu-west-1")

    without = "" if amount.startswith("no") else ", without their volumes"
    assert line.what == f"nodes of NodePool steady{without}"
    assert line.counted.startswith(f"{amount} (2 nodes, more only while one is replaced")
    assert "at most" not in line.counted


@pytest.mark.parametrize(
    ("built_in", "own", "names"),
    [
        (["general-purpose"], True, ["NodePool general-purpose", "NodePool own"]),
        ([], True, ["NodePool own"]),
        (["system"], False, ["NodePool system"]),
        ([], False, ["Auto Mode"]),
    ],
)
def test_nodes_of_auto_mode_are_named_once(
    built_in: list[str],
    names: list[str],
    *,
    own: bool,
) -> None:
    """By their pools; where the stacks have none, somebody else's are nodes of Auto Mode."""
    compute = {"Enabled": True, "NodePools": built_in}
    ref = {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"}
    spec = {"limits": {"nodes": 2}, "template": {"spec": {"nodeClassRef": ref}}}
    pool = {"Pool": manifest(kubernetes("NodePool", "own", spec=spec))} if own else {}
    cluster = {"C": resource("AWS::EKS::Cluster", ComputeConfig=compute)}
    found = lines(of_resources({**cluster, **pool}), prices(), TODAY)[1:]

    assert [line.what for line in found] == [f"nodes of {name}" for name in names]
    assert all("a fee of 5% to 12%" in line.counted for line in found)


@pytest.mark.parametrize(
    ("resources", "cost"),
    [
        ({"limits": {"cpu": "4", "memory": "8Gi"}}, (1, "$147")),
        ({"requests": {"cpu": "4", "memory": "8Gi"}}, (1, "$147")),
        ({}, (1, "$9")),
        ({"requests": {"cpu": "200"}}, (1, None)),
    ],
)
def test_pods_on_fargate(resources: object, cost: tuple[int, str | None]) -> None:
    """A limit without a request is a request, and what fits nowhere has no price."""
    spec = {"containers": [{"resources": resources}]}
    pods = [kubernetes("Deployment", "web", spec={"template": {"spec": spec}})]
    pods.append({**pods[0], "metadata": {"name": "web", "namespace": "team-b"}})
    profile = resource(
        "AWS::EKS::FargateProfile", ClusterName="c", Selectors=[{"Namespace": "team*"}]
    )
    assert what({"Profile": profile, "Objects": manifest(*pods, cluster="c")}) == {
        "Fargate pods of team/web": cost,
        "Fargate pods of team-b/web": cost,
    }


def test_what_two_stacks_have_costs_once() -> None:
    """As after a new name of a stack, while the old one is still there."""
    ref = {"group": "karpenter.sh", "kind": "EC2NodeClass", "name": "default"}
    pods: dict[str, Any] = {"template": {"spec": {"containers": [{}]}}}
    claim = {"resources": {"requests": {"storage": "10Gi"}}}
    fast = {
        "kind": "StorageClass",
        "metadata": {
            "name": "fast",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "ebs.csi.aws.com",
    }
    objects = manifest(
        kubernetes("Deployment", "web", spec=pods),
        kubernetes("Service", "web", spec={"type": "LoadBalancer"}),
        kubernetes("PersistentVolumeClaim", "data", spec=claim),
        kubernetes("NodePool", "own", spec={"template": {"spec": {"nodeClassRef": ref}}}),
        fast,
        cluster="c",
    )
    selectors = [{"Namespace": "team"}]
    profile = resource("AWS::EKS::FargateProfile", ClusterName="c", Selectors=selectors)
    once = {"Profile": profile, "Objects": objects}
    said, again = (
        [(x.what, x.count) for x in lines(of_resources(each), prices(), TODAY)]
        for each in (once, {**once, "Again": objects})
    )
    assert {x.partition(" of ")[0] for x, _ in said} >= {"Fargate pods", "volumes", "nodes"}
    assert again == said


def nodes(kinds: object, *, region: str = "", **properties: object) -> Environment:
    """Return an environment of two nodes of these types."""
    group = resource(
        "AWS::EKS::Nodegroup",
        InstanceTypes=kinds,
        ScalingConfig={"DesiredSize": 2},
        DiskSize=0,
        **properties,
    )
    found = of_resources({"Nodes": group})
    stacks = {path: replace(stack, region=region) for path, stack in found.stacks.items()}
    return replace(found, stacks=stacks)


def cost_of_nodes(environment: Environment, region: str = "") -> str:
    """Return what the nodes cost, in words."""
    return lines(environment, prices(), TODAY, region)[0].counted


@pytest.mark.parametrize(
    ("kinds", "properties", "cost"),
    [
        (["m7g.xlarge"], {}, "$266 (2 m7g.xlarge)"),
        (["m7g.16xlarge"], {}, "$4,249 (2 m7g.16xlarge)"),
        (["m7g.xlarge", "c9x.large"], {}, "$266 (2 m7g.xlarge)"),
        (["c9x.large", "m7g.xlarge"], {}, "no price known (2 c9x.large)"),
        (["m7g.xlarge"], {"CapacityType": "CAPACITY_BLOCK"}, "no price known (2 m7g.xlarge)"),
        (
            ["m5.large"],
            {"AmiType": "WINDOWS_CORE_2025_x86_64"},
            "no price known (2 m5.large with a Windows licence, $78 each without)",
        ),
        (["date"], {}, "no price known (2 date)"),
        ([["m7g.xlarge"], None], {}, None),
        (["t4g.large"], {"CapacityType": "SPOT"}, "$25 to $64 (2 t4g.large Spot)"),
        (
            ["t4g.large", "m7g.xlarge"],
            {"CapacityType": "SPOT"},
            "$25 to $159 (2 t4g.large or m7g.xlarge Spot, whichever EC2 picks)",
        ),
        (
            ["t4g.large", "c9x.large"],
            {"CapacityType": "SPOT"},
            "no price known (2 t4g.large or c9x.large Spot, whichever EC2 picks)",
        ),
        ([], {}, "$67 (2 t3.medium)"),
    ],
)
def test_the_price_of_a_node(kinds: object, properties: dict[str, Any], cost: str | None) -> None:
    """On-Demand it is that of the first type; Spot is never one number; what isn't known is no 0."""
    found = cost_of_nodes(nodes(kinds, **properties))
    assert found == cost or (cost is None and found.startswith("no price known"))


def group_of(pool: object = None, *disks: object, **properties: object) -> dict[str, Any]:
    """Return a node group of 2 to 5 nodes, with a launch template of these volumes."""
    devices = [{"DeviceName": "/dev/xvda", "Ebs": disk} for disk in disks]
    data = {"BlockDeviceMappings": devices, "InstanceType": "m7g.xlarge"}
    return {
        "Disks": resource("AWS::EC2::LaunchTemplate", LaunchTemplateData=data),
        "Nodes": resource(
            "AWS::EKS::Nodegroup",
            ScalingConfig={"DesiredSize": 2, "MaxSize": 5},
            LaunchTemplate={"Id": {"Ref": "Disks"}},
            WarmPoolConfig=pool,
            **properties,
        ),
    }


@pytest.mark.parametrize(
    ("template", "cost"),
    [
        ({"Ref": "Disks"}, "$266 (2 m7g.xlarge)"),
        ("lt-1", "no price known (2 types from its launch template)"),
    ],
)
def test_a_launch_template_may_have_the_type(template: object, cost: str) -> None:
    """One that was made elsewhere doesn't say it here."""
    made = group_of()
    made["Nodes"]["Properties"]["LaunchTemplate"] = {"Id": template}
    assert cost_of_nodes(of_resources(made)) == cost


@pytest.mark.parametrize(
    ("disks", "cost"),
    [
        ((), "$4"),
        (({"VolumeSize": 100},), "$18"),
        (({"VolumeSize": 100}, {"VolumeSize": 50, "VolumeType": "gp3"}), "$26"),
        (({"VolumeSize": 100, "Iops": 3000, "Throughput": 125},), "$18"),
        (({"VolumeSize": 100, "Iops": 5000},), "$40"),
        (({"VolumeSize": 100, "Throughput": 625},), "$62"),
        (({"VolumeSize": 100, "VolumeType": "io2", "Iops": 5000},), None),
        (({"VolumeSize": 100}, {"VolumeSize": 100, "VolumeType": "gp2"}), None),
        (({"VolumeSize": 100, "Iops": {"Ref": "Iops"}},), None),
        (({"VolumeSize": {"Ref": "Size"}},), None),
    ],
)
def test_a_volume_costs_what_it_can_do(disks: tuple[object, ...], cost: str | None) -> None:
    """IOPS and throughput beyond those of every gp3 volume; other types have no price here."""
    assert what(group_of(None, *disks))["node volumes of Nodes"] == (2, cost)


@pytest.mark.parametrize(
    ("pool", "disks", "running"),
    [
        (None, None, None),
        ({"Enabled": False, "MinSize": 2}, None, None),
        ({"Enabled": True}, (3, "$26"), None),
        ({"Enabled": True, "PoolState": "HIBERNATED", "MinSize": 4}, (4, "$35"), None),
        ({"Enabled": True, "PoolState": "RUNNING"}, (3, "$26"), (3, "$398")),
        ({"Enabled": True, "MaxGroupPreparedCapacity": 3}, (1, "$9"), None),
        ({"Enabled": True, "MaxGroupPreparedCapacity": {"Ref": "Most"}}, (None, None), None),
    ],
)
def test_a_warm_pool_costs_its_volumes(pool: object, disks: object, running: object) -> None:
    """And all of each instance, where they wait running."""
    found = what(group_of(pool, {"VolumeSize": 100}))
    assert found.get("volumes of waiting nodes of Nodes") == disks
    assert found.get("waiting nodes of Nodes") == running


@pytest.mark.parametrize(
    ("own", "other", "cost"),
    [
        ("", "", "$266 (2 m7g.xlarge)"),
        ("us-east-1", "", "$238 (2 m7g.xlarge)"),
        ("us-east-1", "eu-central-1", "$238 (2 m7g.xlarge)"),
        ("", "eu-central-1", "$285 (2 m7g.xlarge)"),
        ("cn-north-1", "", "no price known (2 m7g.xlarge, $119 each in us-east-1)"),
    ],
)
def test_nodes_cost_what_they_cost_in_their_region(own: str, other: str, cost: str) -> None:
    """A snapshot without a region is where the other side is; a region without prices has none."""
    assert cost_of_nodes(nodes(["m7g.xlarge"], region=own), other) == cost


def test_a_region_that_one_side_lacks_is_that_of_the_other() -> None:
    """A committed snapshot doesn't say its region: nothing has become dearer."""
    one, other = nodes(["m7g.xlarge"]), nodes(["m7g.xlarge"], region="us-east-1")
    assert not list(sentences(sides(one, other)))
    assert not list(sentences(sides(other, one)))


@pytest.mark.parametrize(
    ("before", "after", "text", "risk"),
    [
        (
            (["t4g.large"], "SPOT"),
            (["m7g.xlarge"], "SPOT"),
            "$25 to $64 → **$61 to $159** a month (-$3 to +$135).",
            Risk.COSTS,
        ),
        (
            (["t4g.large"], "SPOT"),
            (["t4g.large"], "ON_DEMAND"),
            "$25 to $64 → **$107** a month (+$43 to +$83).",
            Risk.COSTS,
        ),
        (
            (["t4g.large"], "ON_DEMAND"),
            (["t4g.large"], "SPOT"),
            "$107 → **$25 to $64** a month (-$83 to -$43).",
            Risk.SAFE,
        ),
    ],
)
def test_a_change_of_spot_prices_is_a_range(
    before: tuple[object, str], after: tuple[object, str], text: str, risk: Risk
) -> None:
    """A single number would look sure."""
    one, other = (nodes(kinds, CapacityType=capacity) for kinds, capacity in (before, after))
    (sentence,) = sentences(sides(one, other))
    assert sentence.text == f"Estimated cost: {text}"
    assert sentence.risk is risk


def test_what_varies_on_both_sides_alike_is_no_change() -> None:
    """A Spot group under another name costs what it did, and one node more costs one."""
    spot = {"CapacityType": "SPOT", "InstanceTypes": ["t4g.large"]}
    group = resource("AWS::EKS::Nodegroup", ScalingConfig={"DesiredSize": 2}, **spot)
    larger = resource("AWS::EKS::Nodegroup", ScalingConfig={"DesiredSize": 3}, **spot)
    before = of_resources({"Old": group})

    assert not list(sentences(sides(before, of_resources({"New": group}))))
    (sentence,) = sentences(sides(before, of_resources({"New": larger})))
    assert "$28 to $68 → **$42 to $102** a month (+$14 to +$34)" in sentence.text


def test_the_fee_of_auto_mode_is_a_range() -> None:
    """Nobody knows how many nodes there will be; what is known is what each costs on top."""
    found = of_resources({"C": resource("AWS::EKS::Cluster", ComputeConfig={"Enabled": True})})
    assert [line.counted for line in lines(found, prices(), TODAY)][1] == (
        "no price known (some nodes, with a fee of 5% to 12% of their On-Demand price)"
    )


KINDS = ("m7g.xlarge", "m7i.xlarge", "t4g.large", "c9x.large")
PLANS = [
    {
        f"Nodes{index}": resource(
            "AWS::EKS::Nodegroup",
            InstanceTypes=[kind],
            CapacityType=capacity,
            ScalingConfig={"DesiredSize": index},
        )
        for index, (kind, capacity) in enumerate(plan)
    }
    for plan in itertools.product(itertools.product(KINDS, ("ON_DEMAND", "SPOT")), repeat=2)
]


@pytest.mark.parametrize("plan", PLANS)
def test_costs_add_up(plan: dict[str, Any]) -> None:
    """The sum is that of the lines, and that of its parts."""
    found = lines(of_resources(plan), prices(), TODAY)
    parts = [lines(of_resources({name: group}), prices(), TODAY) for name, group in plan.items()]
    for end in ("low", "high"):
        sum_ = getattr(total(found), end)
        assert sum_ == pytest.approx(sum(getattr(x.month, end) for x in found if x.month))
        assert sum_ == pytest.approx(sum(getattr(total(part), end) for part in parts))


@pytest.mark.parametrize(("one", "other"), [*zip(PLANS, PLANS[13:] + PLANS[:13], strict=True)])
def test_the_way_back_costs_the_opposite(one: dict[str, Any], other: dict[str, Any]) -> None:
    """A rise one way is the same fall the other way."""
    there, back = (
        [difference.findall(each.text) for each in sentences(sides(*map(of_resources, pair)))]
        for difference in [re.compile(r"([+-])\$([\d,]+)")]
        for pair in ((one, other), (other, one))
    )
    opposite = {"+": "-", "-": "+"}
    assert there == [[(opposite[sign], usd) for sign, usd in reversed(each)] for each in back]


def of_each_kind(region: str) -> Environment:
    """Return a NAT gateway, an endpoint, a node with a volume, a load balancer and a Fargate pod."""
    pods = {
        "spec": {"template": {"metadata": {"labels": {}}, "spec": {"containers": [{"name": "a"}]}}}
    }
    found = of_resources(
        {
            "Gateway": resource("AWS::EC2::NatGateway"),
            "Endpoint": resource(
                "AWS::EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds=["subnet-1"]
            ),
            "Nodes": resource(
                "AWS::EKS::Nodegroup",
                ScalingConfig={"DesiredSize": 1},
                InstanceTypes=["m7g.large"],
                DiskSize=10,
            ),
            "Balancer": manifest(
                kubernetes(
                    "Service", "web", spec={"type": "LoadBalancer", "loadBalancerClass": "x/nlb"}
                )
            ),
            "Pods": manifest(kubernetes("Deployment", "api", **pods), cluster="c"),
            "Profile": resource(
                "AWS::EKS::FargateProfile", ClusterName="c", Selectors=[{"Namespace": "team"}]
            ),
        }
    )
    stacks = {path: replace(stack, region=region) for path, stack in found.stacks.items()}
    return replace(found, stacks=stacks)


@pytest.mark.parametrize(
    ("region", "gateway", "borrowed"),
    [
        ("eu-west-1", "$39", []),
        ("", "$39", []),
        ("us-east-1", "$36", []),
        ("eu-central-1", "$42", []),
        ("sa-east-1", "$72", []),
        ("mx-central-1", "$38", ["Network Load Balancer"]),
        ("ap-south-2", "$45", ["Network Load Balancer", "Fargate pods of api"]),
        (
            "xx-nowhere-1",
            "$39",
            [
                "NAT gateways, each with a public address",
                "interface endpoints, in each zone",
                "node volumes of Nodes",
                "Network Load Balancer",
                "Fargate pods of api",
            ],
        ),
    ],
)
def test_every_price_is_that_of_the_region_or_says_of_which(
    region: str, gateway: str, borrowed: list[str]
) -> None:
    """A price of Ireland is none of Sao Paulo."""
    found = lines(of_each_kind(region), prices(region), TODAY, region)
    assert found[0].amount == gateway
    said = [line.what.partition(", at the price of eu-west-1") for line in found]
    assert [name for name, where, _ in said if where] == borrowed


def test_the_prices_of_regions_are_prices() -> None:
    """No region costs a tenth of another, each has a date, and no name is another one."""
    table = region_prices.read(region_prices.DATA)
    for region, found in table.items():
        assert found.keys() <= SOUGHT.keys(), region
        for name, price in found.items():
            usual = getattr(prices(), name)
            assert usual / 2 < float(price.usd) < usual * 2, (region, name)
            assert date.fromisoformat(price.date) >= date(2026, 7, 5)
    assert table[prices().region].keys() == SOUGHT.keys()


def test_growth_is_priced_where_the_nodes_are() -> None:
    """Also where a line says of which region its price is."""
    each = of_each_kind("eu-central-1")
    (group,) = each.resources("AWS::EKS::Nodegroup")
    (growth,) = price_of_growth(sides(each, each), group, 2)
    assert "cost about $145 a month" in growth


def test_pods_on_fargate_are_those_that_an_autoscaler_keeps() -> None:
    """It raises what is stated to its minimum at once."""
    profile = resource(
        "AWS::EKS::FargateProfile", ClusterName="c", Selectors=[{"Namespace": "team"}]
    )
    web = kubernetes("Deployment", "web", spec={"template": {"spec": {"containers": [{}]}}})
    target = {"kind": "Deployment", "name": "web"}
    one, other = (
        of_resources(
            {
                "P": profile,
                "W": manifest(
                    web, kubernetes("HorizontalPodAutoscaler", "web", spec=x), cluster="c"
                ),
            }
        )
        for x in ({"scaleTargetRef": target, "minReplicas": count} for count in (1, 3))
    )
    details = [x for y in reviewed(one, other).environments[0].sentences for x in y.details]
    assert details == [
        "Fargate pods of web: $9 (1 of 0.25 vCPU and 0.5 GB) → $27 (3 of 0.25 vCPU and 0.5 GB)."
    ]
