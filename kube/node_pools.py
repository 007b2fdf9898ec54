"""What NodePools and classes of nodes say, and the pools that EKS Auto Mode makes: node_pools.json, by name.

Source of those: EKS user guide, "Enable or Disable Built-in NodePools".
"""

from __future__ import annotations

from collections.abc import Mapping

from kube.values import Json, dicts, items, table, text

BUILT_IN: Mapping[str, Json] = table(__file__)
"""The template of each pool."""

Requirements = tuple[tuple[str, str, tuple[str, ...]], ...]
"""A key, an operator and values each."""


def requirements(template: object) -> Requirements:
    """Return what the `spec` of a pool's template requires of nodes."""
    return tuple(
        (text(x, "key"), text(x, "operator"), tuple(map(text, items(x, "values"))))
        for x in dicts(template, "requirements")
    )


def alias_of(spec: object) -> str:
    """Return the alias by which a class names its image, such as `al2023@latest`, empty without one."""
    return "".join(text(each, "alias") for each in dicts(spec, "amiSelectorTerms"))
