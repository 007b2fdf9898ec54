"""Whether an image of a workload runs on every node that its pods can be scheduled to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from capacity.instance_labels import ARCHITECTURE, KUBERNETES_ARCHITECTURES
from constructs_lib.specs.base import Problem
from constructs_lib.specs.compute_protocol import Compute
from constructs_lib.specs.node_objects import node_of
from kube.fargate import may_select, selector_of_api
from kube.pods import PodTemplate
from kube.scheduling import takes, tolerating
from kube.values import Json, Unknown

if TYPE_CHECKING:
    from constructs_lib.specs.workloads import Surroundings

WINDOWS = "Windows"
"""What runs no image that the CDK builds from a Dockerfile on Linux."""
FARGATE = "amd64"
"""The only architecture of Fargate (EKS user guide, "AWS Fargate considerations")."""


def misplaced_image(
    image: str,
    architecture: str,
    *,
    pods: str,
    template: PodTemplate | None,
    namespace: str,
    surroundings: Surroundings,
) -> Iterator[Problem]:
    """Yield a problem if pods can start on an architecture that their image isn't built for.

    The templates of a chart's pods are unknown: they are reported only if no place fits.
    """
    places = dict(_places(template, namespace, surroundings))
    wrong = [place for place, has in places.items() if has != architecture]
    if not wrong or (template is None and len(wrong) < len(places)):
        return
    others = {places[place] for place in wrong}
    yield Problem(
        at=f"images[{image!r}].architecture",
        got=architecture,
        allowed=f"an architecture that fits {pods}, which can run on "
        + ", ".join(f"{place} ({has})" for place, has in places.items()),
        fix=f"keep {pods} off Windows; it needs images of your own registry"
        if WINDOWS in others
        else f"set architecture={others.pop()!r}"
        if len(wrong) == len(places) and len(others) == 1
        else f"add nodeSelector: {{{ARCHITECTURE}: {architecture}}} to the pods of {pods}",
    )


def _places(
    template: PodTemplate | None, namespace: str, surroundings: Surroundings
) -> Iterator[tuple[str, str]]:
    """Yield each place where a pod can run, and its architecture."""
    labels: object = Unknown("any label") if template is None else template.labels
    for profile in surroundings.fargate_profiles:
        if any(
            may_select(
                selector_of_api({"namespace": each.namespace, "labels": each.labels}),
                namespace,
                labels,
            )
            for each in profile.selectors
        ):
            yield f"the Fargate profile {profile.name}", FARGATE
            if template is not None:
                return  # Fargate runs every pod that it selects.
    spec = {} if template is None else tolerating(template.spec)
    for group in surroundings.node_groups:
        if template is None or takes(_any_node(group), {"spec": spec}):
            has = WINDOWS if group.is_windows else group.kubernetes_architecture
            yield f"the node group {group.name}", has
    for pool in surroundings.node_pools:
        for architecture in sorted(map(KUBERNETES_ARCHITECTURES.__getitem__, pool.architectures)):
            node = _any_node(pool, {ARCHITECTURE: architecture})
            if template is None or takes(node, {"spec": spec}):
                yield f"{architecture} nodes of the NodePool {pool.name}", architecture


def _any_node(group: Compute, more: Mapping[str, str] | None = None) -> Json:
    """Return a node of a group or a pool; an autoscaler or a person can add any other label."""
    return node_of(group, {**(more or {}), Unknown("any label"): ""})
