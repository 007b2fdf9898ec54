from __future__ import annotations

from importlib.util import find_spec

import pytest

from constructs_lib.specs.kubernetes_versions import RELEASES


@pytest.mark.parametrize("version", RELEASES)
def test_every_supported_version_has_its_kubectl(version: str) -> None:
    """The package with the layer is installed for each version that an environment may name."""
    assert find_spec(f"aws_cdk.lambda_layer_kubectl_v{version.split('.')[1]}") is not None
