"""`make reach` tells what reaches what, and which hop fails."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from assembly.kinds import ADD_ON, CLUSTER, PROFILE, SUBNET
from commands.reach import main
from tests.support import Assembly


@pytest.fixture
def cut_off(assembly: Assembly, tmp_path: Path) -> Path:
    """Return the assembly with one zone of prod cut off, and the registry's policy closed."""
    folder = tmp_path / "assembly"
    shutil.copytree(assembly.path, folder, ignore=shutil.ignore_patterns("asset.*"))
    (file,) = (folder / "assembly-Prod").glob("*Network*.template.json")
    template: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    for name, body in template["Resources"].items():
        if name.startswith("NetworkEndpointsEcrDkr"):
            body["Properties"]["PolicyDocument"]["Statement"][0]["Effect"] = "Deny"
        if name.startswith("NetworkPrivateBDefaultRoute"):
            body["Properties"]["DestinationCidrBlock"] = "10.0.0.0/8"
    file.write_text(json.dumps(template), encoding="utf-8")
    return folder


def printed(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> str:
    """Return what the program prints."""
    assert main(["Prod", *arguments], folder) == 0
    return capsys.readouterr().out


def test_it_lists_what_each_place_needs(
    capsys: pytest.CaptureFixture[str], assembly: Assembly
) -> None:
    """In the reference environment everything is reached."""
    told = printed(capsys, assembly.path)

    assert "from General\n  ✓ ecr.api, ecr.dkr, s3, ec2, eks" in told
    assert "from sample/web\n  ✓ sample/api\n" in told
    assert "from kube-system/ebs-csi-controller\n  ✓ ec2, api-server\n" in told
    assert "from kube-system/eks-pod-identity-agent\n  ✓ eks-auth\n" in told
    assert "load-balancer-controller\n  ✓ ec2, elasticloadbalancing, api-server\n" in told
    assert "✗" not in told
    assert "?" not in told


def test_it_lists_what_add_ons_need_that_a_team_installs(
    capsys: pytest.CaptureFixture[str], cut_off: Path
) -> None:
    """In a zone without a way out their service has no endpoint; one without a known need asks the API server."""
    (file,) = (cut_off / "assembly-Prod").glob("*Cluster*.template.json")
    template: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    (one, *_) = (each for each in template["Resources"].values() if each["Type"] == ADD_ON)
    for name in ("aws-efs-csi-driver", "adot"):
        named = {"AddonName": name, "ClusterName": one["Properties"]["ClusterName"]}
        template["Resources"][name[:4]] = {"Type": ADD_ON, "Properties": named}
    file.write_text(json.dumps(template), encoding="utf-8")

    told = printed(capsys, cut_off)
    lost = "✗ elasticfilesystem: route table of Network/PrivateB/Subnet: no route to the internet"
    assert f"from kube-system/efs-csi-controller\n  ✓ api-server\n  {lost}" in told
    assert "from opentelemetry-operator-system/adot\n  ✓ api-server\n" in told
    assert told.count(lost) > 1

    told = printed(capsys, cut_off, "--from", "efs-csi-controller", "--to", "elasticfilesystem")
    assert told.count("✓ kube-system/efs-csi-controller → elasticfilesystem") == 2
    assert told.count("✗ kube-system/efs-csi-controller → elasticfilesystem") == 1


def test_it_names_the_hop_that_fails(capsys: pytest.CaptureFixture[str], cut_off: Path) -> None:
    """The others pass."""
    told = printed(capsys, cut_off)

    assert "✓ ecr.api, s3, sts" in told
    assert "✗ ecr.dkr: policy of Network/Endpoints/EcrDkr: It lets no ecr:BatchGetImage" in told
    assert "✗ ec2: route table of Network/PrivateB/Subnet: no route to the internet" in told


def test_it_follows_a_way_hop_by_hop(
    capsys: pytest.CaptureFixture[str], assembly: Assembly
) -> None:
    """From where, to where, by what."""
    told = printed(capsys, assembly.path, "--from", "kubectl", "--to", "eks")

    assert told.splitlines()[:5] == [
        "✓ kubectl → eks",
        "    ✓ subnet Network/ControlPlaneA/Subnet (eu-west-1a, 10.20.48.0/28)",
        "    ✓ security groups of kubectl, tcp 443 out",
        "    ✓ NAT gateway Network/PublicA/NATGateway in eu-west-1a",
        "    ✓ internet gateway Network/InternetGateway",
    ]


def test_it_says_how_to_fix_a_way(capsys: pytest.CaptureFixture[str], cut_off: Path) -> None:
    """With the rule that stops the synth for it."""
    told = printed(capsys, cut_off, "--from", "WEB", "--to", "ecr")

    assert "✓ sample/web → ecr.api" in told
    assert "✗ sample/web → ecr.dkr" in told
    assert "REACH10 at Prod/Network/Network/Endpoints/EcrDkr/Resource. Fix: Allow the call" in told


@pytest.mark.parametrize(
    ("source", "target", "mark"),
    [
        ("web", "api", "✓"),
        ("api", "internet", "✓"),
        # Nothing but DNS and the API is let out of it.
        ("web", "internet", "✗"),
        ("web", "sts", "✗"),
        ("control-plane", "nodes", "✓"),
        ("General", "api-server", "✓"),
    ],
)
def test_network_policies_and_places_count(
    capsys: pytest.CaptureFixture[str], assembly: Assembly, source: str, target: str, mark: str
) -> None:
    """Pods on nodes are bound by policies, those on Fargate aren't."""
    told = printed(capsys, assembly.path, "--from", source, "--to", target)

    assert {line[0] for line in told.splitlines() if not line.startswith(" ")} == {mark}


def test_pods_start_in_their_own_cluster_only(
    capsys: pytest.CaptureFixture[str], cut_off: Path
) -> None:
    """Another one of the stage has a profile, too, from which nothing leads out."""
    (file,) = (cut_off / "assembly-Prod").glob("*Cluster*.template.json")
    template: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    ours = {"ClusterName": {"Ref": "Other"}, "Subnets": [{"Ref": "Alone"}]}
    template["Resources"] |= {
        "Other": {"Type": CLUSTER, "Properties": {}},
        "Alone": {"Type": SUBNET, "Properties": {"CidrBlock": "10.9.0.0/24"}},
        "Profile": {"Type": PROFILE, "Properties": ours},
    }
    file.write_text(json.dumps(template), encoding="utf-8")

    told = printed(capsys, cut_off, "--from", "sample/api", "--to", "internet")
    assert told.count("✓ sample/api → internet") > 1
    assert "Alone" not in told


def test_it_asks_for_no_endpoint_of_the_internet(
    capsys: pytest.CaptureFixture[str], cut_off: Path
) -> None:
    """There is none."""
    told = printed(capsys, cut_off, "--from", "General", "--to", "internet")
    assert "Nothing leads from Prod/Network/Network/PrivateB/Subnet to the internet." in told
    assert "endpoint" not in told


def test_pods_are_asked_how_they_reach_a_service(
    capsys: pytest.CaptureFixture[str], assembly: Assembly
) -> None:
    """Also one that they declare no call of; a place isn't, and no way leads out and in again."""
    assert main(["Dev", "--from", "api", "--to", "web"], assembly.path) == 0
    told = capsys.readouterr().out
    assert "✗ sample/api → sample/web" in told
    assert "No egress rule of NetworkPolicy default-deny, api lets TCP 8080 out to web" in told
    assert "NAT gateway" not in told

    assert main(["Dev", "--from", "SampleApi", "--to", "web"], assembly.path) == 1
    assert "Nothing says how SampleApi reaches web" in capsys.readouterr().err


def test_it_prints_json(capsys: pytest.CaptureFixture[str], cut_off: Path) -> None:
    """For programs."""
    told = json.loads(printed(capsys, cut_off, "--from", "General", "--to", "ecr.dkr", "--json"))

    assert [each["reaches"] for each in told] == [False] * 3
    assert told[0]["fault"]["rule"] == "REACH10"
    assert told[0]["hops"][-1] == "policy of Network/Endpoints/EcrDkr"


@pytest.mark.parametrize(
    ("option", "known"), [("--from", "General, SampleApi, kubectl"), ("--to", "ecr.api, ecr.dkr")]
)
def test_it_names_what_there_is(
    capsys: pytest.CaptureFixture[str], assembly: Assembly, option: str, known: str
) -> None:
    """A typo is answered with the names."""
    assert main(["Prod", option, "nobody"], assembly.path) == 1
    assert f"Nothing is named nobody. There are: {known}" in capsys.readouterr().err


def test_it_knows_no_other_stage(assembly: Assembly) -> None:
    """It says what is missing."""
    with pytest.raises(SystemExit, match="has no stage Test"):
        main(["Test"], assembly.path)


def test_without_an_assembly_it_says_what_is_missing(tmp_path: Path) -> None:
    """Nothing was synthesized there."""
    with pytest.raises(SystemExit, match="has no cloud assembly"):
        main(["Prod"], tmp_path)
