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
    Mutation(
        rule="VERSION1",
        name="a version without any support",
        environment="Prod",
        change=on(2028, 3, 27),
        value="1.35",
        fix="Raise cluster.kubernetes_version",
    ),
    Mutation(
        rule="VERSION2",
        name="a version whose standard support ends soon",
        environment="Prod",
        change=on(2027, 1, 26),
        value="1.35",
        fix="Raise cluster.kubernetes_version before that date",
    ),
    Mutation(
        rule="VERSION2",
        name="a version in extended support",
        environment="Closed",
        change=on(2028, 3, 26),
        value="1.35",
        fix="Raise cluster.kubernetes_version before that date",
    ),
    Mutation(
        rule="VERSION3",
        name="a kubectl of another time",
        environment="Dev",
        change=in_resource(
            "Cluster",
            "AWS::Lambda::LayerVersion",
            lambda layer: layer.update(Description="/opt/kubectl/kubectl 1.34.3; /opt/helm/helm 4"),
            path="Kubectl/Resource",
        ),
        value="1.34",
        fix="the layer for the cluster's version",
    ),
    Mutation(
        rule="VERSION4",
        name="Amazon Linux 2",
        environment="Dev",
        change=in_node_group(AmiType="AL2_ARM_64"),
        value="AL2_ARM_64",
        fix="Set ami_type to an AL2023 or Bottlerocket type",
    ),
    Mutation(
        rule="VERSION5",
        name="an add-on of another Kubernetes version",
        environment="Prod",
        change=in_kube_proxy("v1.34.1-eksbuild.2"),
        value="kube-proxy v1.34.1-eksbuild.2",
        fix="aws eks describe-addon-versions",
    ),
    Mutation(
        rule="VERSION6",
        name="nodes ahead of the control plane",
        environment="Prod",
        change=in_node_group(Version="1.36"),
        value="1.36",
        fix="the version of its cluster",
    ),
    Mutation(
        rule="VERSION6",
        name="nodes four minors behind",
        environment="Dev",
        change=in_node_group(Version="1.32"),
        value="1.32",
        fix="the version of its cluster",
    ),
    Mutation(
        rule="VERSION7",
        name="two minors at a time",
        environment="Dev",
        change=from_version("1.34"),
        value="1.34 to 1.36",
        fix="Set cluster.kubernetes_version to 1.35, deploy, then go on",
    ),
    Mutation(
        rule="VERSION8",
        name="two minors back",
        environment="Prod",
        change=from_version("1.37"),
        value="1.37 to 1.35",
        fix="Keep 1.37",
    ),
    Mutation(
        rule="VERSION9",
        name="one minor back",
        environment="Prod",
        change=from_version("1.36"),
        value="1.36 to 1.35",
        fix="Roll back the nodes and the control plane",
    ),
)
