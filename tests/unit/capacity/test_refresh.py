"""The data can be made anew from the files that it came from."""

from __future__ import annotations

import json
from pathlib import Path

from capacity.instance_types import DATA
from capacity.refresh import (
    COLUMNS,
    from_branches,
    from_cni,
    from_described,
    from_max_pods,
    merged,
    read,
    write,
)
from tests.unit.capacity.limit_sources import BRANCHES, CNI, DESCRIBED, MAX_PODS, described


def test_the_data_comes_out_of_its_sources() -> None:
    """A regenerated sample is the file's own: the four sources, column by column."""
    sample: dict[str, dict[str, str]] = {}
    for news in (
        from_cni(CNI),
        from_max_pods(MAX_PODS),
        from_branches(BRANCHES),
        from_described(DESCRIBED),
    ):
        sample = merged(sample, news)

    committed = read(DATA)
    for name, row in sample.items():
        assert row == committed[name]
        assert set(row) == set(COLUMNS)
    assert len(sample) == 2


def test_the_first_two_columns_of_the_pods_are_read() -> None:
    """Some versions of eni-max-pods.txt add custom networking and branch interfaces."""
    assert from_max_pods("a1.large 29 20 9\n") == {"a1.large": {"eni_max_pods": "29"}}


def test_what_aws_describes_is_enough_for_a_new_type() -> None:
    """Only branch interfaces are missing then, and stay empty."""
    row = from_described(
        json.dumps(
            {"InstanceTypes": [described("x99.large", interfaces=3, addresses=10, vcpus=2, gib=8)]}
        )
    )["x99.large"]

    assert row["eni_max_pods"] == "29"
    assert set(COLUMNS) - set(row) == {"instance_type", "trunking", "branch_enis"}


def test_the_committed_file_is_as_the_script_writes_it(tmp_path: Path) -> None:
    """Reading and writing changes no byte: a refresh shows only what changed upstream."""
    copy = tmp_path / "data.csv"
    write(copy, read(DATA))

    assert copy.read_bytes() == DATA.read_bytes()
