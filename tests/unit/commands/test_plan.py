"""`make plan` tells whether the pods fit, to people and to programs."""

from __future__ import annotations

import json
import subprocess
from textwrap import dedent
from typing import Any

import pytest

from commands.plan import main
from constructs_lib.specs.additional_add_on import AddOnSpec
from tests.reference import dev
from tests.support import ROOT
from tests.unit.configuration.mistakes import DEV, EXISTING, NO_NODES, SUBNETS, with_changes


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what the program prints."""
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def test_the_whole_plan_of_an_environment(capsys: pytest.CaptureFixture[str]) -> None:
    """Word by word, as a user reads it."""
    assert f"\n{printed(capsys, 'prod')}" == dedent("""
        subnet                    size  addresses  steady  worst   free  used  runs out first
        ------------------------  ----  ---------  ------  -----  -----  ----  --------------
        private eu-west-1a         /19      8,187     141  1,055  7,132   19%  /28 blocks
        private eu-west-1b         /19      8,187     141  1,055  7,132   19%  /28 blocks
        private eu-west-1c         /19      8,187     141  1,055  7,132   19%  /28 blocks
        public eu-west-1a          /24        251       2      9    242    4%  addresses
        public eu-west-1b          /24        251       2      9    242    4%  addresses
        public eu-west-1c          /24        251       2      9    242    4%  addresses
        control-plane eu-west-1a   /28         11       3      8      3   73%  addresses
        control-plane eu-west-1b   /28         11       3      8      3   73%  addresses
        control-plane eu-west-1c   /28         11       3      8      3   73%  addresses

        node group  instance types  nodes  max  surge  pods per node  pods  limit
        ----------  --------------  -----  ---  -----  -------------  ----  ----------------------------------
        General     m7g.xlarge          3    9      6            110   990  EKS cap below 30 vCPUs, m7g.xlarge

        prod can run 1,014 pods: 9 x 110 on General, 24 on Fargate. The platform's own pods take 53 and
        leave 937 on Linux nodes, beside 24 on Fargate; the workloads ask for 6 (6 for SampleService). First
        limit: /28 blocks of private eu-west-1a, at 81 nodes.
        Network address usage: 499 steady, 1,908 worst, of 64,000 units (256,000 on request).

        quota                                                             steady  update  most  new account
        ----------------------------------------------------------------  ------  ------  ----  -----------
        Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances      12      36    60            5
        EC2-VPC Elastic IPs                                                    3       3     3            5
        Fargate On-Demand vCPU resource count                                  6       6     6            6
        Concurrent executions                                                  0      10    10           10

        A new account can't create prod: Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances.
        Well within: NAT gateways per Availability Zone 1 of 5, VPCs per Region 1 of 5, Network interfaces
        per Region 111 of 5,000, Network Load Balancers per Region 1 of 50, Application Load Balancers per
        Region 1 of 50, Clusters 1 of 100, Managed node groups per cluster 1 of 30, Fargate profiles per
        cluster 1 of 10.
        `make preflight ENV=prod` asks your account.
        The desired nodes leave you 307 pods, 10.5 vCPUs and about 39.0 GiB of memory.
        Fargate profile SampleApi: 24 pods, each with at most 16 vCPUs and 120 GB of memory; nothing
        enforces the number.
        All 3 declared pods on Fargate can start in another zone if any is lost.
        All 3 declared pods that need a node have one, also if any zone is lost.
    """)


def test_all_environments_without_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    """One plan after the other, in the order of their files."""
    text = printed(capsys)

    assert text.index("dev can run") < text.index("prod can run")
    assert "dev can run" not in printed(capsys, "prod")


def test_how_far_an_environment_can_grow(capsys: pytest.CaptureFixture[str]) -> None:
    """Today, every limit in order, what breaks first, and when a second cluster is due."""
    lines = printed(capsys, "prod", "--max").splitlines()

    assert lines[:2] == [
        "prod: 3 nodes today, 9 at most.",
        "Each node of General runs 110 pods (EKS cap below 30 vCPUs, m7g.xlarge).",
    ]
    sizes = [int(line.split()[0].replace(",", "")) for line in lines[5:13]]
    assert sizes == sorted(sizes)
    assert sizes[:1] == [81]
    assert sizes[-2:] == [5_000, 13_500]
    assert lines[-3:] == [
        "First limit: /28 blocks of private eu-west-1a, at 81 nodes.",
        (
            "You need a second cluster beyond 169 nodes or 18,614 pods: /28 blocks of pods eu-west-1a, "
            "with a pod"
        ),
        "range.",
    ]


def test_programs_get_the_same_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    """Every number of the tables, under a name that stays."""
    plans: dict[str, Any] = json.loads(printed(capsys, "--json"))
    plan = plans["prod"]

    assert set(plans) == {"dev", "prod"}
    assert (plan["fits"], plan["pods"], plan["fargate_pods"]) == (True, 1014, 24)
    assert plan["quotas"][0] == {
        "name": "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
        "service_code": "ec2",
        "quota_code": "L-1216C47A",
        "steady": 12,
        "update": 36,
        "most": 60,
        "default": 5,
        "new_account": 5,
    }
    assert plan["subnets"][0] == {
        "name": "private eu-west-1a",
        "zone": "eu-west-1a",
        "tiers": ["private"],
        "prefix_length": 19,
        "addresses": 8187,
        "steady": 141,
        "worst": 1055,
        "free": 7132,
        "used_percent": 19,
        "runs_out_first": "/28 blocks",
        "blocks": {"total": 510, "worst": 95},
        "items": [
            {"what": "nodes of General", "count": 8, "steady": 129, "worst": 1032},
            {"what": "Fargate pods", "count": 12, "steady": 8, "worst": 12},
            {"what": "load balancers", "count": 1, "steady": 1, "worst": 8},
            {"what": "interface endpoints", "count": 3, "steady": 3, "worst": 3},
        ],
    }
    (group,) = plan["node_groups"]
    assert (group["pods_per_node"], group["pods"], group["surge"]) == (110, 990, 6)
    assert plan["network_address_usage"]["worst"] == 1908
    assert plan["growth"]["first"] == "/28 blocks of private eu-west-1a"
    assert plan["growth"]["limits"][0]["size"] == 81


def test_an_overflow_is_shown_and_not_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody who can't synthesize wants to see why."""
    small = with_changes(DEV, {"network.private_prefix_length": 24})
    monkeypatch.setattr(dev, "ENVIRONMENT", small)
    text = printed(capsys, "dev")

    assert "dev has no room for its 140 pods: 4 x 29 on General" in text
    assert "private eu-west-1a overflows: `make synth` lists fixes." in text
    assert "-105  142%" in text
    assert json.loads(printed(capsys, "dev", "--json"))["dev"]["fits"] is False


def test_a_near_miss_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The synth warns of the same subnets."""
    change = {"network.private_prefix_length": 23, "fargate_profiles[0].max_pods": 150}
    monkeypatch.setattr(dev, "ENVIRONMENT", with_changes(DEV, change))

    assert "private eu-west-1b is nearly full.\n" in printed(capsys, "dev")
    assert "is nearly full" not in printed(capsys, "prod")


def test_what_nobody_said_is_not_guessed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The subnets of an existing network take addresses, and how many they have is open."""
    monkeypatch.setattr(dev, "ENVIRONMENT", with_changes(DEV, {"network": EXISTING}))
    text = printed(capsys, "dev").replace("\n", " ")

    assert "Not planned: free_addresses is not set for private and public" in text
    assert SUBNETS["eu-west-1a"] in printed(capsys, "dev", "--max")
    assert json.loads(printed(capsys, "dev", "--json"))["dev"]["subnets"][0]["addresses"] is None


def test_pods_that_nobody_counts_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody knows how many an add-on without a preset runs."""
    change = {"add_ons.additional": (AddOnSpec(name="kubecost_kubecost"),)}
    monkeypatch.setattr(dev, "ENVIRONMENT", with_changes(DEV, change))

    for arguments in (["dev"], ["dev", "--max"]):
        last = printed(capsys, *arguments).splitlines()[-1]
        assert last.startswith("Not counted: the pods of kubecost_kubecost,")
    assert json.loads(printed(capsys, "dev", "--json"))["dev"]["not_counted"] == [
        "kubecost_kubecost"
    ]


def test_branch_interfaces_are_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """How many pods of a node can have security groups of their own."""
    change = {
        "vpc_cni.pod_security_groups": True,
        "node_groups[0].instance_types": ("m7g.large",),
        "node_groups[0].capacity_type": "ON_DEMAND",
    }
    monkeypatch.setattr(dev, "ENVIRONMENT", with_changes(DEV, change))

    assert "3 x 9 + 2; 9 with security groups" in printed(capsys, "dev")


def test_an_environment_without_nodes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It grows by Fargate pods."""
    change = {
        **NO_NODES,
        "add_ons.coredns_compute_type": "fargate",
        "add_ons.ebs_csi_driver": False,
    }
    monkeypatch.setattr(dev, "ENVIRONMENT", with_changes(DEV, change))

    told = printed(capsys, "dev")
    assert "dev can run 24 pods: 24 on Fargate. The platform's own pods take 0, and 12 on" in told
    assert "Fargate profile SampleApi: 24 pods, each with at most 16 vCPUs and 120 GB" in told
    assert "dev: 36 Fargate pods are planned." in printed(capsys, "dev", "--max")


def test_an_unknown_environment_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With those that there are."""
    assert main(["staging"]) == 1
    assert capsys.readouterr().err == "No environment staging. Available: dev, prod.\n"


def test_environments_with_problems_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A plan of wrong values would mean nothing."""
    monkeypatch.setattr(dev, "ENVIRONMENT", with_changes(DEV, {"region": "Ireland"}))

    assert main([]) == 1
    assert "dev.region = 'Ireland'" in capsys.readouterr().err


def test_the_program_starts_alone() -> None:
    """As `make plan ENV=dev ARGS=--max` calls it."""
    command = ["make", "--dry-run", "--no-print-directory", "plan", "ENV=dev", "ARGS=--max"]
    lines = subprocess.run(  # noqa: S603
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert lines.rstrip().endswith("python -m commands.plan dev --max")
