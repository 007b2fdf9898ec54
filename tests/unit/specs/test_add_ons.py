from __future__ import annotations

import pytest

from constructs_lib.specs.add_ons import ADD_ON_NAMES, AddOnsSpec
from constructs_lib.specs.kubernetes_versions import RELEASES


@pytest.mark.parametrize("release", RELEASES)
def test_an_add_on_has_the_version_of_the_kubernetes_release(release: str) -> None:
    """Where nothing is said, the project's pins count."""
    add_ons = AddOnsSpec()

    versions = {name: add_ons.version_of(name, release) for name in ADD_ON_NAMES}

    assert versions == {name: RELEASES[release].add_ons.get(name) for name in ADD_ON_NAMES}


def test_an_environment_can_pin_another_version() -> None:
    """What an environment says comes first; None leaves the choice to EKS."""
    add_ons = AddOnsSpec(versions={"coredns": "v1.14.0-eksbuild.1", "vpc-cni": None})

    assert add_ons.version_of("coredns", "1.35") == "v1.14.0-eksbuild.1"
    assert add_ons.version_of("vpc-cni", "1.35") is None
    assert add_ons.version_of("kube-proxy", "1.35") == RELEASES["1.35"].add_ons["kube-proxy"]
