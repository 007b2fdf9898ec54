"""Specification of a team's namespace."""

from __future__ import annotations

from typing import Literal

from constructs_lib.specs.base import Spec
from constructs_lib.specs.types import DnsLabel

BUILT_IN_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


PodSecurityStandard = Literal["privileged", "baseline", "restricted"]


class NamespaceSpec(Spec):
    """A namespace for a team, with its Pod Security standard."""

    name: DnsLabel
    """The namespace's name."""
    pod_security: PodSecurityStandard = "restricted"
    """The Pod Security standard that its pods must meet."""
