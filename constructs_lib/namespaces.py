"""Namespaces that the platform creates for teams."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from constructs_lib.manifests import apply
from constructs_lib.specs.manifest_files import MANIFESTS, load_manifests
from constructs_lib.specs.namespaces import NamespaceSpec


class Namespaces(Construct):
    """Each namespace with its Pod Security standard, in a manifest of its own."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cluster: eks.Cluster,
        specs: Sequence[NamespaceSpec],
    ) -> None:
        """Make the namespaces."""
        super().__init__(scope, construct_id)
        for spec in specs:
            apply(
                self,
                spec.name,
                cluster=cluster,
                objects=load_manifests(
                    MANIFESTS / "namespace", name=spec.name, pod_security=spec.pod_security
                ),
            )
