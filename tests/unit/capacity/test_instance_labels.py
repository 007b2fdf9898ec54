from __future__ import annotations

import pytest

from capacity.instance_labels import meeting

CPU = "karpenter.k8s.aws/instance-cpu"


@pytest.mark.parametrize(
    ("operator", "wanted", "least", "most"),
    [
        ("In", "4", 4, 4),
        ("Gt", "95", 96, 100_000),
        ("Lt", "2", 1, 1),
        ("Gte", "many", None, None),
        ("Between", "4", 1, 100_000),
    ],
)
def test_what_types_a_requirement_takes(
    operator: str, wanted: str, least: int | None, most: int | None
) -> None:
    """An operator that nobody knows is no matter here: another rule refuses it."""
    found = [kind.vcpus for kind in meeting("karpenter.k8s.aws", ((CPU, operator, (wanted,)),))]
    if least is None or most is None:
        assert found == []
    else:
        assert found
        assert least <= min(found) <= max(found) <= most
