"""The Kubernetes versions that this project supports, and what was seen running on each.

kubernetes_versions.json is the one place where versions are pinned. `aws eks describe-addon-versions
--kubernetes-version 1.36 --addon-name vpc-cni` lists what EKS offers today; docs/upgrade.md says
how to refresh the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

DATA = Path(__file__).with_suffix(".json")


@dataclass(frozen=True, kw_only=True)
class KubernetesRelease:
    """One minor version of Kubernetes on EKS.

    `add_ons` maps the name of a managed add-on to the version that `source` saw running. An add-on
    that is not there gets EKS's default for this Kubernetes version at deploy.
    """

    source: str
    add_ons: Mapping[str, str]


RELEASES: Mapping[str, KubernetesRelease] = MappingProxyType(
    {
        version: KubernetesRelease(**release)
        for version, release in json.loads(DATA.read_text(encoding="utf-8")).items()
    }
)

LOAD_BALANCER_CONTROLLER_CHART = "3.5.0"
"""Chart and controller share their version since 3.0 (kubernetes-sigs releases)."""
OLDEST_LOAD_BALANCER_CONTROLLER_CHART = "1.17.1"
"""Installs controller 2.17.1; from there to the newest chart above, the IAM policy is the same."""
