from __future__ import annotations

import datetime as dt

import pytest

from local_aws.kubernetes.api_server.columns import age


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (425, "7m5s"),
        (3600, "60m"),
        (3 * 3600, "3h"),
        (50 * 3600, "2d"),
    ],
)
def test_age_reads_as_in_kubectl(seconds: int, text: str) -> None:
    then = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds)
    assert age(then.isoformat()) == text


def test_age_without_a_time_is_unknown() -> None:
    assert age(None) == "<unknown>"
