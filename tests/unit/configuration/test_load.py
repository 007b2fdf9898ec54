"""All problems of all environments come at once, in the order of the files."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

import pytest

from configuration.loading import load
from constructs_lib.specs.access import AccessEntrySpec
from constructs_lib.specs.base import ConfigurationError
from constructs_lib.specs.compute import NodeGroupSpec
from tests.reference import dev, prod
from tests.unit.configuration.mistakes import (
    DEV,
    ENTRY,
    GROUP,
    PROD,
    REMOVED,
    VIEWERS,
    with_changes,
)


def refusal(
    monkeypatch: pytest.MonkeyPatch,
    *,
    in_dev: Mapping[str, object] | None = None,
    in_prod: Mapping[str, object] | None = None,
) -> ConfigurationError:
    """Change the two environments and return how they are refused."""
    monkeypatch.setattr(dev, "ENVIRONMENT", with_changes(DEV, in_dev or {}))
    monkeypatch.setattr(prod, "ENVIRONMENT", with_changes(PROD, in_prod or {}))
    with pytest.raises(ConfigurationError) as caught:
        load()
    return caught.value


def test_environments_without_problems_are_returned() -> None:
    """What the files say arrives as it was written."""
    assert load() == (DEV, PROD)


def test_the_message_lists_every_problem_with_path_value_limits_and_fix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The whole text that a user reads, word by word."""
    error = refusal(
        monkeypatch,
        in_dev={"network.cidr": "10.10.0.0/23", "fargate_profiles[0].selectors[0].label": {}},
        in_prod={"node_groups[0].desired_size": 10},
    )

    assert f"\n{error}" == dedent("""
        The environments have 3 problems. Nothing was synthesized.

          dev.network.cidr = '10.10.0.0/23'
            allowed: a range of /16 to /22; this one is too small
            fix:     write 10.10.0.0/22

          dev.fargate_profiles[0].selectors[0].label = {}
            allowed: one of the fields namespace, labels
            fix:     did you mean 'labels'?

          prod.node_groups[0].desired_size = 10
            allowed: 3 to 9 (min_size to max_size)
            fix:     set desired_size=9
    """)


def test_one_problem_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message counts in English, and shows a missing field as missing."""
    error = refusal(monkeypatch, in_dev={"region": REMOVED})

    assert str(error) == (
        "The environments have 1 problem. Nothing was synthesized.\n\n"
        "  dev.region is missing\n    allowed: a value: the AWS region\n    fix:     add region=…\n"
    )


def test_problems_of_all_parts_come_at_once_in_the_order_of_the_fields(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Wrong shapes and broken rules, inside and across parts, of both environments, in one error."""
    change = {
        "workloads[0].web_replicas": 1,
        "access.entries": (ENTRY, ENTRY),
        "node_groups": (GROUP, GROUP),
        "node_groups[0].min_size": 9,
        "cluster.kubernetes_version": "1.30",
        "cluster.service_ipv4_cidr": "10.10.0.0/16",
        "network.zones": ("eu-west-1a", "us-east-1e"),
        "network.public_prefix_length": 12,
        "account": 1,
        "billing": "me",
    }
    error = refusal(monkeypatch, in_dev=change, in_prod={"removal_policy": "destroy", "name": 7})

    assert [problem.at for problem in error.problems] == [
        "dev.account",
        "dev.network.zones[1]",
        "dev.network.zones[1]",
        "dev.network.public_prefix_length",
        "dev.cluster.service_ipv4_cidr",
        "dev.cluster.kubernetes_version",
        "dev.node_groups[0].max_size",
        "dev.node_groups[1].name",
        "dev.access.entries[1].principal_arn",
        "dev.workloads[0].web_replicas",
        "dev.billing",
        "prod.name",
        "prod.removal_policy",
    ]
    assert str(error).startswith("The environments have 13 problems.")


def test_environments_that_are_wrong_in_the_same_way_are_both_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A path begins with the file's name, so that nothing is lost where the name is wrong."""
    error = refusal(monkeypatch, in_dev={"name": "Dev"}, in_prod={"name": "Prod"})

    assert [problem.at for problem in error.problems] == ["dev.name", "prod.name"]


def test_two_environments_have_two_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was copied and kept the name is told, beside its other problems."""
    error = refusal(monkeypatch, in_dev={"account": "1"}, in_prod={"name": "dev"})

    assert [(problem.at, problem.got) for problem in error.problems] == [
        ("dev.account", "1"),
        ("prod.name", "dev"),
    ]
    assert error.problems[1].allowed == "a name that no other environment has; dev has it too"
    assert error.problems[1].fix == "rename one of them"


def test_two_clusters_of_one_region_have_two_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """EKS takes a name once in an account and region; a deploy would find out much later."""
    error = refusal(monkeypatch, in_prod={"cluster.name": "groundwork-dev"})

    assert [(problem.at, problem.got) for problem in error.problems] == [
        ("prod.cluster.name", "groundwork-dev"),
    ]
    assert error.problems[0].allowed.endswith("; dev.cluster has it too")
    assert error.problems[0].fix == "rename one of them before its first deploy"


NAMELESS_GROUP = NodeGroupSpec(
    **{**GROUP.__dict__, "name": "no-name", "instance_types": (), "zones": ("x",)}
)
NAMELESS_ENTRY = AccessEntrySpec(principal_arn="Platform", policies=ENTRY.policies)
ELSEWHERE = with_changes(VIEWERS, {"namespaces": ("team-a",)})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(
            {"node_groups": (GROUP, "Spot", NAMELESS_GROUP)},
            [
                "node_groups[1]",
                "node_groups[2].name",
                "node_groups[2].instance_types",
                "node_groups[2].zones[0]",
            ],
            id="a value of a wrong type",
        ),
        pytest.param(
            {"node_groups": [NAMELESS_GROUP]},
            [
                "node_groups",
                "node_groups[0].name",
                "node_groups[0].instance_types",
                "node_groups[0].zones[0]",
            ],
            id="a list",
        ),
        pytest.param(
            {
                "node_groups": (NAMELESS_GROUP, GROUP, GROUP),
                "node_groups[2].zones": ("eu-west-1c",),
                "vpc_cni.pod_security_groups": True,
                "node_groups[1].instance_types": ("m7g.large",),
                "node_groups[1].capacity_type": "ON_DEMAND",
            },
            [
                "node_groups[0].name",
                "node_groups[0].instance_types",
                "node_groups[0].zones[0]",
                "node_groups[2].name",
                "node_groups[2].zones",
                "node_groups[2].instance_types",
            ],
            id="a broken node group",
        ),
        pytest.param(
            {"access.entries": (NAMELESS_ENTRY, ENTRY, ENTRY)},
            ["access.entries[0].principal_arn", "access.entries[2].principal_arn"],
            id="a broken entry",
        ),
        pytest.param(
            {
                "access.roles": (*DEV.access.roles, *DEV.access.roles),
                "access.roles[1].name": "no-name",
            },
            ["access.roles[1].name", "access.roles[2].name"],
            id="a broken role",
        ),
        pytest.param(
            {
                "access.roles[1].kubernetes_groups": (VIEWERS, ELSEWHERE),
                "access.roles[1].kubernetes_groups[0].namespaces": ("Team",),
                "access.roles[0].kubernetes_groups": "none",
            },
            [
                "access.roles[1].kubernetes_groups[1].namespaces",
                "access.roles[0].kubernetes_groups",
                "access.roles[1].kubernetes_groups[0].namespaces[0]",
            ],
            id="a broken group",
        ),
    ],
)
def test_a_broken_item_hides_nothing_of_its_neighbours(
    monkeypatch: pytest.MonkeyPatch, change: Mapping[str, object], told: list[str]
) -> None:
    """Each item of a tuple is judged, also beside one that can't be read."""
    error = refusal(monkeypatch, in_dev=change)

    assert [problem.at.removeprefix("dev.") for problem in error.problems] == told
