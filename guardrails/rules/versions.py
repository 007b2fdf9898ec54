"""Whether the versions in the templates are supported, and fit together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kinds import ADD_ON, CLUSTER, NODE_GROUP
from assembly.links import cluster_of
from assembly.resource import Resource
from constructs_lib.specs.kubernetes_versions import RELEASES
from guardrails.rule import Family, Finding
from guardrails.support_calendar import DATA, EXTENDED_SUPPORT_PRICE, Support, calendar, minor_of
from kube.values import known, look_up, text

VERSIONS = Family("Versions and upgrades")
DAYS_OF_WARNING = 60
"""An upgrade of several clusters, dev first, takes weeks."""
NODES_BEHIND = 3
"""Minors by which a kubelet may trail the API server (Kubernetes version skew policy)."""
KUBECTL_APART = 1
"""Minors by which kubectl may differ from the API server (Kubernetes version skew policy)."""
LAST_AL2_MINOR = 32
"""The last version that EKS made Amazon Linux 2 images for (EKS user guide, AL2 AMI deprecation)."""


@VERSIONS.rule(
    "VERSION1",
    reason="EKS no longer supports the Kubernetes version: a new cluster is refused, and a "
    "running one is upgraded on a day that EKS chooses.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
    fix="Raise cluster.kubernetes_version, one minor at a time (docs/upgrade.md).",
)
def _ended(environment: Environment) -> Iterator[Finding]:
    for cluster, minor in _clusters(environment):
        support = calendar().get(minor)
        oldest = minor < min(calendar())
        if oldest or (support is not None and environment.today >= support.extended_until):
            since = f" on {support.extended_until}" if support else ""
            yield Finding(
                resource=cluster,
                value=f"1.{minor}",
                location="Properties/Version",
                detail=f"EKS ended all support of 1.{minor}{since}.",
            )


@VERSIONS.rule(
    "VERSION2",
    severity="warning",
    reason="Standard support of the Kubernetes version is over or soon will be.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
    fix="Raise cluster.kubernetes_version before that day (docs/upgrade.md); a version newer "
    "than guardrails/support_calendar.csv needs a row there.",
)
def _ending(environment: Environment) -> Iterator[Finding]:
    for cluster, minor in _clusters(environment):
        support = calendar().get(minor)
        if support is None or environment.today >= support.extended_until:
            if minor > max(calendar()):
                yield _found(cluster, minor, detail=f"{DATA.name} does not know 1.{minor} yet.")
            continue
        days = (support.standard_until - environment.today).days
        if days <= DAYS_OF_WARNING:
            left = "1 day" if days == 1 else f"{days} days"
            ended = "ended" if days <= 0 else f"ends in {left},"
            when = f"Standard support of 1.{minor} {ended} on {support.standard_until}."
            yield _found(cluster, minor, detail=f"{when} {_then(cluster, support)}".rstrip())


def _then(cluster: Resource, support: Support) -> str:
    policy = look_up(cluster.properties, "UpgradePolicy", "SupportType")
    if policy == "STANDARD":
        return "EKS then upgrades the cluster by itself, and the code is behind it."
    if not known(policy):
        return ""
    return (
        f"From then on the cluster costs {EXTENDED_SUPPORT_PRICE} more, until EKS upgrades it by "
        f"itself on {support.extended_until}."
    )


def _found(cluster: Resource, minor: int, *, detail: str) -> Finding:
    return Finding(
        resource=cluster, value=f"1.{minor}", location="Properties/Version", detail=detail
    )


@VERSIONS.rule(
    "VERSION3",
    reason="The handler's kubectl is more than one minor away from the API server, and what it "
    "then does to objects is not supported.",
    source="https://kubernetes.io/releases/version-skew-policy/#kubectl",
    fix="Give the handler the layer of the cluster's version, as "
    "constructs_lib/kubectl_layer.py does.",
)
def _kubectl(environment: Environment) -> Iterator[Finding]:
    for layer in environment.resources("AWS::Lambda::LayerVersion"):
        match = re.search(r"kubectl v?(1\.\d+)", text(layer.properties, "Description"))
        # Each stack has its own handler, also in a nested one: the layer serves its clusters.
        minors = [
            minor
            for cluster, minor in _clusters(environment)
            if f"{layer.stack}/".startswith(f"{cluster.stack}/")
        ]
        kubectl = minor_of(match[1]) if match else None
        if kubectl is None or not minors:
            continue
        if all(abs(kubectl - minor) > KUBECTL_APART for minor in minors):
            yield Finding(
                resource=layer,
                value=f"1.{kubectl}",
                location="Properties/Description",
                detail=f"The cluster runs 1.{minors[0]}.",
            )


@VERSIONS.rule(
    "VERSION4",
    reason="EKS makes no image of this AMI type for the Kubernetes version, so the node group "
    "can't be created or upgraded.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/eks-ami-deprecation-faqs.html",
    fix="Set ami_type to an AL2023 or Bottlerocket type; a new type replaces the nodes.",
)
def _images(environment: Environment) -> Iterator[Finding]:
    for group, minor in _node_groups(environment):
        image = text(group.properties, "AmiType")
        if image.startswith("AL2_") and minor > LAST_AL2_MINOR:
            yield Finding(
                resource=group,
                value=image,
                location="Properties/AmiType",
                detail=f"The cluster runs 1.{minor}; Amazon Linux 2 ends with 1.{LAST_AL2_MINOR}.",
            )


@VERSIONS.rule(
    "VERSION5",
    severity="warning",
    reason="Nobody has seen this version of the add-on with this Kubernetes version; EKS refuses "
    "a pair that it doesn't list, halfway through a deploy.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/updating-an-add-on.html",
    fix="Take the pinned version, or compare with `aws eks describe-addon-versions` and put what "
    "ran in dev into constructs_lib/specs/kubernetes_versions.py (docs/upgrade.md).",
)
def _add_ons(environment: Environment) -> Iterator[Finding]:
    for add_on in environment.resources(ADD_ON):
        name, version = (text(add_on.properties, f"Addon{field}") for field in ("Name", "Version"))
        minor = _minor(cluster_of(environment, add_on))
        pinned = any(name in release.add_ons for release in RELEASES.values())
        if minor is None or not version or not known(version) or not pinned:
            continue
        release = RELEASES.get(f"1.{minor}")
        seen = release.add_ons.get(name) if release else None
        # A build of the same upstream version differs in its base image only.
        if seen is None or version.split("-")[0] != seen.split("-")[0]:
            yield Finding(
                resource=add_on,
                value=f"{name} {version}",
                location="Properties/AddonVersion",
                detail=f"The cluster runs 1.{minor}; "
                + (f"{seen} was seen there." if seen else "nothing was seen there."),
            )


@VERSIONS.rule(
    "VERSION6",
    reason="Nodes must not be newer than the control plane, nor more than three minors older: "
    "EKS refuses the update, or the kubelet can't talk to the API server.",
    source="https://kubernetes.io/releases/version-skew-policy/#kubelet",
    fix="Give the node group the Version of its cluster.",
)
def _nodes(environment: Environment) -> Iterator[Finding]:
    for group, minor in _node_groups(environment):
        nodes = minor_of(text(group.properties, "Version"))
        if nodes is not None and not minor - NODES_BEHIND <= nodes <= minor:
            yield Finding(
                resource=group,
                value=f"1.{nodes}",
                location="Properties/Version",
                detail=f"The control plane runs 1.{minor}.",
            )


def _clusters(environment: Environment) -> Iterator[tuple[Resource, int]]:
    for cluster in environment.resources(CLUSTER):
        minor = _minor(cluster)
        if minor is not None:
            yield cluster, minor


def _node_groups(environment: Environment) -> Iterator[tuple[Resource, int]]:
    for group in environment.resources(NODE_GROUP):
        minor = _minor(cluster_of(environment, group))
        if minor is not None:
            yield group, minor


def _minor(cluster: Resource | None) -> int | None:
    return minor_of(text(cluster.properties, "Version")) if cluster else None
