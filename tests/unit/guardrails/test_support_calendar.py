from __future__ import annotations

import pytest

from constructs_lib.specs.kubernetes_versions import RELEASES
from guardrails.support_calendar import calendar, minor_of
from kube.values import Unknown
from tests.support import ROOT


@pytest.mark.parametrize("version", RELEASES)
def test_the_calendar_has_every_version_of_ours(version: str) -> None:
    """A version without its dates would never warn."""
    assert minor_of(version) in calendar()


@pytest.mark.parametrize("minor", calendar())
def test_extended_support_is_a_year_longer(minor: int) -> None:
    """EKS user guide: 14 months of standard support, then 12 months of extended support."""
    support = calendar()[minor]
    assert support.extended_until == support.standard_until.replace(
        year=support.standard_until.year + 1
    )


def test_the_guide_shows_the_same_dates() -> None:
    """docs/upgrade.md has the calendar for people."""
    guide = (ROOT / "docs/upgrade.md").read_text(encoding="utf-8")
    told = [line.split("|") for line in guide.splitlines() if line.startswith("| 1.")]
    assert told
    for _, version, standard, extended, *_ in told:
        support = calendar()[minor_of(version.strip()) or 0]
        assert standard.strip().startswith(str(support.standard_until))
        assert extended.strip().startswith(str(support.extended_until))


@pytest.mark.parametrize(
    ("version", "minor"),
    [
        ("1.35", 35),
        ("v1.35.3-eksbuild.5", 35),
        ("1.9", 9),
        ("1", None),
        ("2.1", None),
        ("latest", None),
        (None, None),
        (Unknown("1.3${Digit}"), None),
    ],
)
def test_a_minor_is_read_from_a_version(version: object, minor: int | None) -> None:
    """What CloudFormation fills in has none."""
    assert minor_of(version) == minor
