"""The NodePools that EKS Auto Mode makes: node_pools.json, by name, what their nodes are.

Source: EKS user guide, "Enable or Disable Built-in NodePools".
"""

from __future__ import annotations

from collections.abc import Mapping

from kube.values import Json, table

BUILT_IN: Mapping[str, Json] = table(__file__)
"""The template of each pool."""
