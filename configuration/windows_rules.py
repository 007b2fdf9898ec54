"""Rules over an environment with Windows nodes."""

from __future__ import annotations

from collections.abc import Iterator

from configuration.fields import EnvironmentFields
from constructs_lib.specs.base import Problem, rule

UNSUPPORTED = ("custom_networking", "pod_security_groups")
"""Settings of the VPC CNI that don't go with Windows."""


class WindowsRules(EnvironmentFields):
    """What Windows nodes need around them."""

    @rule
    def windows_has_its_network(self) -> Iterator[Problem]:
        """EKS user guide, "Deploy Windows nodes on EKS clusters", considerations."""
        names = [group.name for group in self.node_groups if group.is_windows]
        if not names:
            return
        listing = ", ".join(names)
        for field in UNSUPPORTED:
            if getattr(self.vpc_cni, field):
                yield Problem(
                    at=f"vpc_cni.{field}",
                    got=True,
                    allowed=f"False beside nodes of Windows ({listing}), which don't support it",
                    fix=f"set {field}=False, or move Windows into an environment of its own",
                )
        if self.http_proxy is not None:
            yield Problem(
                at="http_proxy",
                got=self.http_proxy,
                allowed=f"None beside nodes of Windows ({listing}): only Linux nodes are told of it here",
                fix="remove http_proxy or the Windows groups",
            )

    @rule
    def windows_releases_are_of_the_kubernetes_version(self) -> Iterator[Problem]:
        """They are named after it, such as 1.35-2026.04.18."""
        wanted = f"{self.cluster.kubernetes_version}-"
        for index, group in enumerate(self.node_groups):
            release = group.release_version
            if group.is_windows and release is not None and not release.startswith(wanted):
                yield Problem(
                    at=f"node_groups[{index}].release_version",
                    got=release,
                    allowed=f"a Windows release for Kubernetes {self.cluster.kubernetes_version}",
                    fix=f"use a release that begins with {wanted}, or set release_version=None",
                )
