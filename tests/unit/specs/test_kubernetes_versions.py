from __future__ import annotations

import re

import pytest

from constructs_lib.specs.add_ons import ADD_ON_NAMES
from constructs_lib.specs.kubernetes_versions import LOAD_BALANCER_CONTROLLER_CHART, RELEASES

VERSION = re.compile(r"v(\d+\.\d+)\.\d+-eksbuild\.\d+")


@pytest.mark.parametrize("name", RELEASES)
def test_a_release_pins_all_add_ons_of_the_platform_or_none(name: str) -> None:
    """They were seen running together, or EKS chooses all of them."""
    pinned = set(RELEASES[name].add_ons)
    assert pinned >= set(ADD_ON_NAMES) or not pinned


@pytest.mark.parametrize("name", RELEASES)
def test_a_version_is_written_as_eks_writes_it(name: str) -> None:
    """A pin is a whole version with its EKS build."""
    for add_on, version in RELEASES[name].add_ons.items():
        assert VERSION.fullmatch(version), add_on


@pytest.mark.parametrize("name", RELEASES)
def test_kube_proxy_has_the_minor_version_of_kubernetes(name: str) -> None:
    """kube-proxy follows its cluster."""
    version = VERSION.fullmatch(RELEASES[name].add_ons.get("kube-proxy", f"v{name}.0-eksbuild.1"))

    assert version is not None
    assert version[1] == name


def test_releases_follow_one_another() -> None:
    """EKS goes up one minor at a time, so a gap would be a dead end; the newest comes last."""
    minors = [int(name.removeprefix("1.")) for name in RELEASES]

    assert all(re.fullmatch(r"1\.\d+", name) for name in RELEASES)
    assert minors == list(range(minors[0], minors[0] + len(minors)))


def test_the_table_cannot_be_changed() -> None:
    """Versions are pinned in one place, and nowhere at run time."""
    with pytest.raises(TypeError):
        RELEASES["1.37"] = RELEASES["1.36"]  # type: ignore[index]


def test_the_chart_of_the_load_balancer_controller_is_pinned() -> None:
    """A whole version: Helm would take 3 for the newest 3.x at each deploy."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", LOAD_BALANCER_CONTROLLER_CHART)
