"""Versions that the real environments must not have, and steps that they must not take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from assembly.environment import Environment
from tests.unit.guardrails.mutations import Mutation, in_resource

CLUSTER = "AWS::EKS::Cluster"


def on(year: int, month: int, day: int) -> Callable[[Environment], Environment]:
    """Return a change of the date of the build."""
    return lambda environment: replace(environment, today=dt.date(year, month, day))


def from_version(version: str) -> Callable[[Environment], Environment]:
    """Return a change of the version that was accepted last."""

    def change(environment: Environment) -> Environment:
        base = in_resource("Cluster", CLUSTER, lambda cluster: cluster.update(Version=version))
        return replace(environment, base=base(environment))

    return change


def in_node_group(**properties: object) -> Callable[[Environment], Environment]:
    """Return a change of the first node group."""
    return in_resource("Cluster", "AWS::EKS::Nodegroup", lambda group: group.update(properties))


def in_kube_proxy(version: str) -> Callable[[Environment], Environment]:
    """Return a change of kube-proxy's version."""
    return in_resource(
        "Cluster",
        "AWS::EKS::Addon",
        lambda add_on: add_on.update(AddonVersion=version),
        path="KubeProxy",
    )


MUTATIONS = (
    Mutation("VERSION1", "a version without any support", "Prod", on(2028, 3, 27), "1.35", "Raise cluster.kubernetes_version"),
    Mutation("VERSION2", "a version whose standard support ends soon", "Prod", on(2027, 1, 26), "1.35", "Raise cluster.kubernetes_version before that date"),
    Mutation("VERSION2", "a version in extended support", "Closed", on(2028, 3, 26), "1.35", "Raise cluster.kubernetes_version before that date"),
    Mutation("VERSION3", "a kubectl of another time", "Dev", in_resource("Cluster", "AWS::Lambda::LayerVersion", lambda layer: layer.update(Description="/opt/kubectl/kubectl 1.34.3; /opt/helm/helm 4"), path="Kubectl/Resource"), "1.34", "the layer for the cluster's version"),
    Mutation("VERSION4", "Amazon Linux 2", "Dev", in_node_group(AmiType="AL2_ARM_64"), "AL2_ARM_64", "Set ami_type to an AL2023 or Bottlerocket type"),
    Mutation("VERSION5", "an add-on of another Kubernetes version", "Prod", in_kube_proxy("v1.34.1-eksbuild.2"), "kube-proxy v1.34.1-eksbuild.2", "aws eks describe-addon-versions"),
    Mutation("VERSION6", "nodes ahead of the control plane", "Prod", in_node_group(Version="1.36"), "1.36", "the version of its cluster"),
    Mutation("VERSION6", "nodes four minors behind", "Dev", in_node_group(Version="1.32"), "1.32", "the version of its cluster"),
    Mutation("VERSION7", "two minors at a time", "Dev", from_version("1.34"), "1.34 to 1.36", "Set cluster.kubernetes_version to 1.35, deploy, then go on"),
    Mutation("VERSION8", "two minors back", "Prod", from_version("1.37"), "1.37 to 1.35", "Keep 1.37"),
    Mutation("VERSION9", "one minor back", "Prod", from_version("1.36"), "1.36 to 1.35", "Roll back the nodes and the control plane"),
)  # fmt: skip
