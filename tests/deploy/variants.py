"""The app with one environment, changed in the ways that tests ask for, each synthesized into a folder.

Once for all commands: `python -m tests.deploy.variants dev FOLDER`. It leaves out what has no part
in a deploy, the guardrails and cdk-nag.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import aws_cdk as cdk
import yaml
from aws_cdk import aws_eks_v2 as eks
from constructs import IConstruct
from pydantic import BaseModel

from assembly.synthesis import context
from configuration.model import EnvironmentConfig
from constructs_lib.manifests import apply
from constructs_lib.specs.access import AccessEntrySpec, AccessPolicySpec
from constructs_lib.specs.base import checked
from stacks.platform import PlatformStage
from tests.deploy.emulated import (
    ALONE,
    CLOSED,
    EXAMPLES,
    NEWER,
    ON_CALL,
    TOGETHER,
    WHOLE,
    Emulated,
    sample_service,
)

Model = TypeVar("Model", bound=BaseModel)
LOOSE_SERVICE = yaml.safe_load(
    Path(__file__).with_name("loose_service.yaml").read_text(encoding="utf-8")
)


def _but(model: Model, **update: object) -> Model:
    return model.model_copy(update=update)


def unprotected(config: EnvironmentConfig) -> EnvironmentConfig:
    """Return the environment as docs/stateful-resources.md wants it before a destroy."""
    cluster = _but(config.cluster, deletion_protection=False)
    return _but(config, production=False, termination_protection=False, cluster=cluster)


def larger(config: EnvironmentConfig) -> EnvironmentConfig:
    """Return the environment with one node and one web pod more, and somebody on call."""
    (group, *others) = config.node_groups
    entry = AccessEntrySpec(
        principal_arn=f"arn:aws:iam::111122223333:role/{ON_CALL}",
        policies=(AccessPolicySpec(policy="AmazonEKSViewPolicy", namespaces=("sample",)),),
    )
    service = sample_service(config)
    return _but(
        config,
        node_groups=(_but(group, max_size=group.max_size + 1), *others),
        access=_but(config.access, entries=(entry,)),
        workloads=(_but(service, web_replicas=service.web_replicas + 1),),
    )


def newer_chart(config: EnvironmentConfig) -> EnvironmentConfig:
    """Return the environment with a newer chart of the load balancer controller."""
    controller = config.add_ons.load_balancer_controller
    assert controller is not None
    newer = _but(controller, chart_version=NEWER)
    return _but(config, add_ons=_but(config.add_ons, load_balancer_controller=newer))


def change_nothing(stage: cdk.Stage) -> None:
    """Leave the stacks as they are."""


def break_late(stage: cdk.Stage) -> None:
    """Add an object that the API server refuses, after what the update changes otherwise."""
    stack = _cluster_stack(stage)
    broken = apply(
        stack,
        "Broken",
        cluster=_cluster(stage),
        objects=[{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "dato": {}}],
    )
    broken.node.add_dependency(
        *(child for child in stack.node.children if child is not broken and _holds_resources(child))
    )


def add_loose_service(stage: cdk.Stage) -> None:
    """Add a load balancer's Service that nothing orders after the controller."""
    apply(_cluster_stack(stage), "Loose", cluster=_cluster(stage), objects=[LOOSE_SERVICE])


def add_ordered_service(stage: cdk.Stage) -> None:
    """Add the same Service with the edge that it needs."""
    stack = _cluster_stack(stage)
    service = apply(stack, "Loose", cluster=_cluster(stage), objects=[LOOSE_SERVICE])
    service.node.add_dependency(
        stack.node.find_child("AddOns").node.find_child("LoadBalancerController")
    )


VARIANTS: dict[
    str, tuple[Callable[[EnvironmentConfig], EnvironmentConfig], Callable[[cdk.Stage], None]]
] = {
    "as-it-is": (_but, change_nothing),
    "unprotected": (unprotected, change_nothing),
    "larger": (lambda config: newer_chart(larger(unprotected(config))), add_ordered_service),
    "broken": (lambda config: larger(unprotected(config)), break_late),
    "loose-service": (lambda config: _but(config, workloads=()), add_loose_service),
}


def synthesize(environment: str, folder: Path) -> None:
    """Synthesize every variant of one environment into a folder of its name."""
    account = Emulated(environment, folder, folder)
    config, variants = account.config, VARIANTS
    if environment == CLOSED:
        # Its chart comes from a registry, which nobody plays.
        config = _but(config, add_ons=_but(config.add_ons, load_balancer_controller=None))
    if environment in EXAMPLES:
        variants = {name: VARIANTS[name] for name in ("as-it-is", "unprotected")}
    if not WHOLE or environment in {TOGETHER, *ALONE}:
        variants = {name: each for name, each in variants.items() if name != "unprotected"}
    for variant, (configure, build) in variants.items():
        changed = configure(config)
        checked(**{environment: changed})
        app = cdk.App(outdir=str(folder / variant), context=context())
        build(PlatformStage(app, changed))
        app.synth()
        _share_layers(folder, variant)


def _share_layers(folder: Path, variant: str) -> None:
    """Keep one copy of each archive: the layers are 60 MB, and the same everywhere."""
    for archive in (folder / variant).glob("**/asset.*.zip"):
        first = folder / archive.name
        if first.exists():
            archive.unlink()
            archive.hardlink_to(first)
        else:
            first.hardlink_to(archive)


def _cluster_stack(stage: cdk.Stage) -> cdk.Stack:
    return cast("cdk.Stack", stage.node.find_child("Cluster"))


def _cluster(stage: cdk.Stage) -> eks.Cluster:
    control_plane = _cluster_stack(stage).node.find_child("ControlPlane")
    return cast("eks.Cluster", control_plane.node.find_child("Cluster"))


def _holds_resources(construct: IConstruct) -> bool:
    return any(cdk.CfnResource.is_cfn_resource(child) for child in construct.node.find_all())


if __name__ == "__main__":
    synthesize(sys.argv[1], Path(sys.argv[2]))
