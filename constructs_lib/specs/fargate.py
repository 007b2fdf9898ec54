"""Specifications of Fargate profiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from constructs_lib.specs.base import Spec, refused
from constructs_lib.specs.labels import SelectorText, check_selector_labels
from constructs_lib.specs.nodes import MOST_NODES
from constructs_lib.specs.types import NamespacePattern, PascalName
from kube.fargate import selector_of_api, selects

MAXIMUM_SELECTORS = 5
"""EKS service quotas: selectors per Fargate profile."""


class FargateSelectorSpec(Spec):
    """Pods that run on Fargate: those of a namespace, with all of these labels."""

    namespace: NamespacePattern
    """The namespace; * and ? are wildcards."""
    labels: Annotated[
        Mapping[SelectorText, SelectorText], AfterValidator(check_selector_labels)
    ] = {}
    """Labels that a pod must have."""


def _selectors(value: tuple[FargateSelectorSpec, ...]) -> tuple[FargateSelectorSpec, ...]:
    if not 1 <= len(value) <= MAXIMUM_SELECTORS:
        raise refused(
            f"1 to {MAXIMUM_SELECTORS} selectors",
            "split it into two profiles" if value else "add FargateSelectorSpec(namespace=…)",
        )
    return value


class FargateProfileSpec(Spec):
    """A Fargate profile: which pods run without nodes. Any change replaces the profile."""

    name: PascalName
    """The profile's name in this project, in PascalCase."""
    selectors: Annotated[tuple[FargateSelectorSpec, ...], AfterValidator(_selectors)]
    """Which pods to run: one to five selectors."""
    max_pods: Annotated[int, Field(ge=1, le=MOST_NODES)] = 24
    """The most pods that run at once, including those of a rolling update. Nothing enforces it; the
    subnets are planned for it. By default an account can run 24 of the smallest pods."""

    def selects(self, namespace: str, labels: Mapping[str, str]) -> bool:
        """Tell whether pods with these labels in this namespace run by this profile."""
        written = [{"namespace": each.namespace, "labels": each.labels} for each in self.selectors]
        return any(selects(selector_of_api(each), namespace, labels) for each in written)
