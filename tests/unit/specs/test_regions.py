from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import botocore
import pytest

from constructs_lib.specs.regions import DNS_SUFFIXES, partition

DATA = Path(botocore.__file__).parent / "data" / "partitions.json"
PARTITIONS = json.loads(DATA.read_text(encoding="utf-8"))["partitions"]


@pytest.mark.parametrize("known", PARTITIONS, ids=lambda known: known["id"])
def test_partitions_are_those_of_botocore(known: Mapping[str, Any]) -> None:
    """The partition of each region, and what the names of its services end in."""
    regions = [name for name in known["regions"] if not name.endswith("-global")]
    assert {partition(region) for region in regions} == {known["id"]}
    suffixes = [known["outputs"][name] for name in ("dnsSuffix", "dualStackDnsSuffix")]
    assert [*DNS_SUFFIXES[known["id"]]] == suffixes
