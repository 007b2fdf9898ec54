"""Every mistake that an environment can hold is told with its path, value, limits and fix."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from constructs_lib.specs.additional_add_on import AddOnSpec
from constructs_lib.specs.base import Spec, checked
from constructs_lib.specs.shape import description
from tests.unit.configuration.auto_mode_mistakes import AUTO_MODE
from tests.unit.configuration.closed_network_mistakes import (
    CLOSED_NETWORK,
    ENDPOINTS,
    HELM,
    IN_CHINA,
    MIRRORED,
)
from tests.unit.configuration.karpenter_mistakes import GOOD as HOSTED
from tests.unit.configuration.karpenter_mistakes import IN_GOV, KARPENTER
from tests.unit.configuration.machine_mistakes import EITHER_RANGE, MACHINES, TWO_RANGES
from tests.unit.configuration.mistakes import (
    CERTIFICATE,
    DEV,
    ENTRY,
    EXISTING,
    GOV,
    MISTAKES,
    NO_NODES,
    OWN_NODES,
    POD_SUBNETS,
    PROD,
    Mistake,
    with_changes,
)
from tests.unit.configuration.node_pool_mistakes import NODE_POOLS
from tests.unit.configuration.silent_mistakes import SILENT
from tests.unit.configuration.spec_classes import specs
from tests.unit.configuration.workload_mistakes import LATE

COMMENTED = DEV.node_groups[0].model_copy(
    update={
        "ami_type": "BOTTLEROCKET_ARM_64",
        "user_data": f"{60 * '# '}\n# Ours\n\n[settings.kernel]\nlockdown = 'integrity'\n",
    }
)


@pytest.mark.parametrize(
    "good",
    [
        pytest.param(DEV, id="dev"),
        pytest.param(PROD, id="prod"),
        pytest.param(with_changes(DEV, {"network": EXISTING}), id="an existing network"),
        pytest.param(with_changes(DEV, POD_SUBNETS), id="custom networking"),
        pytest.param(with_changes(DEV, {"access.entries": (ENTRY,)}), id="an access entry"),
        pytest.param(with_changes(DEV, {"account": "000000000012"}), id="a fixed account"),
        pytest.param(
            with_changes(DEV, {"workloads[0].certificate_arn": CERTIFICATE}),
            id="a certificate in an account that is not known",
        ),
        pytest.param(
            with_changes(
                DEV,
                {
                    **NO_NODES,
                    "add_ons.coredns_compute_type": "fargate",
                    "add_ons.ebs_csi_driver": False,
                },
            ),
            id="Fargate only",
        ),
        pytest.param(
            with_changes(
                PROD,
                {
                    "cluster.endpoint_public_access": True,
                    "cluster.endpoint_public_access_cidrs": ("203.0.113.0/24",),
                },
            ),
            id="a production endpoint open to named networks",
        ),
        pytest.param(
            with_changes(DEV, {"node_groups[0]": COMMENTED}), id="a comment before the first table"
        ),
        pytest.param(
            with_changes(HOSTED, {**IN_GOV, "fargate_profiles": ()}),
            id="hosts of Karpenter in GovCloud",
        ),
        pytest.param(MIRRORED, id="a closed network with mirrors"),
        pytest.param(HELM, id="a chart of a team from a mirror"),
        pytest.param(
            with_changes(
                HELM,
                {
                    "workloads[0].chart": "podinfo",
                    "workloads[0].repository": "https://charts.s3.eu-west-1.amazonaws.com/stable",
                },
            ),
            id="a chart from a bucket in the region",
        ),
        pytest.param(
            with_changes(
                MIRRORED,
                {
                    "region": "cn-north-1",
                    "network.zones": ("cn-north-1a", "cn-north-1b"),
                    "add_ons.load_balancer_controller.chart_repository": f"oci://{IN_CHINA}",
                    "add_ons.load_balancer_controller.image_repository": IN_CHINA,
                },
            ),
            id="mirrors in China",
        ),
        pytest.param(
            with_changes(
                MIRRORED,
                {
                    "network.interface_endpoints": tuple(ENDPOINTS.values()),
                    "add_ons.additional": tuple(AddOnSpec(name=name) for name in ENDPOINTS),
                },
            ),
            id="a closed network with the endpoints of add-ons",
        ),
        *(
            pytest.param(
                with_changes(OWN_NODES, {**EITHER_RANGE, "node_groups": (group,)}),
                id=f"{group.service_ipv4_cidr}, which EKS may have chosen",
            )
            for group in TWO_RANGES
        ),
    ],
)
def test_a_good_environment_has_no_problem(good: Spec) -> None:
    """What the mistakes are made in is itself without a mistake."""
    checked(env=good)


@pytest.mark.parametrize(
    "mistake",
    [*MISTAKES, *SILENT, *LATE, *MACHINES, *NODE_POOLS, *KARPENTER, *AUTO_MODE, *CLOSED_NETWORK],
    ids=lambda mistake: mistake.name,
)
def test_a_mistake_is_told_once_with_a_way_to_fix_it(mistake: Mistake) -> None:
    """A mistake leads to its own problem, with path, value, limits and fix, and to no other."""
    problems = mistake.problems()

    at = f"env.{mistake.path}"
    assert {problem.at for problem in problems} == {at, *(f"env.{path}" for path in mistake.also)}
    assert len(problems) == 1 + len(mistake.also)
    told = next(problem for problem in problems if problem.at == at)
    assert told.got == mistake.value
    assert type(told.got) is type(mistake.value)
    assert mistake.allowed in told.allowed
    assert mistake.fix in told.fix


@pytest.mark.parametrize("spec", specs())
def test_a_wrong_type_is_told_at_its_field(spec: type[Spec]) -> None:
    """A value of a type that no field takes is one problem, at the field and nowhere else."""
    wrong = object()
    for field in spec.model_fields:
        problems = spec(**{field: wrong}).problems()
        assert [problem.at for problem in problems if problem.got is wrong] == [field]


@pytest.mark.parametrize("spec", specs())
def test_every_field_says_what_it_is(spec: type[Spec]) -> None:
    """The error about a missing field can tell what belongs there."""
    silent = [name for name in spec.model_fields if not description(spec, name)]

    assert not silent


SPREAD = {"node_groups[0].placement_group": "spread", "node_groups[0].max_size": 22}
BARE_IN_GOV = {**GOV, **NO_NODES, "fargate_profiles": (), "add_ons.ebs_csi_driver": False}


@pytest.mark.parametrize(
    ("change", "at", "fix"),
    [
        # 10 nodes have racks in each update, if they are enough.
        (SPREAD, "node_groups[0].max_size", "set max_size=10, or split the group"),
        (
            {**SPREAD, "node_groups[0].desired_size": 12},
            "node_groups[0].max_size",
            "split the group",
        ),
        # No Fargate there.
        (BARE_IN_GOV, "add_ons.coredns_compute_type", "add a node group"),
    ],
)
def test_a_fix_has_nothing_that_does_not_help(
    change: Mapping[str, object], at: str, fix: str
) -> None:
    """What the next synth would refuse is no way to go."""
    problems = with_changes(DEV, change).problems()
    assert [each.fix for each in problems if each.at == at] == [fix]
