"""Whether the versions in the templates are supported, and fit together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kinds import ADD_ON, CLUSTER, NODE_GROUP
from assembly.links import cluster_of
from assembly.resource import Resource
from constructs_lib.specs.kubernetes_versions import RELEASES
from guardrails.rule import Finding, rule
from guardrails.support_calendar import DATA, EXTENDED_SUPPORT_PRICE, Support, calendar, minor_of
from kube.values import known, look_up, text

DAYS_OF_WARNING = 60
"""An upgrade of several clusters, dev first, takes weeks."""
NODES_BEHIND = 3
"""Minors by which a kubelet may trail the API server (Kubernetes version skew policy)."""
KUBECTL_APART = 1
"""Minors by which kubectl may differ from the API server (Kubernetes version skew policy)."""
LAST_AL2_MINOR = 32
"""The last version that EKS made Amazon Linux 2 images for (EKS user guide, AL2 AMI deprecation)."""


@rule("VERSION1")
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


@rule("VERSION2")
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


@rule("VERSION3")
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


@rule("VERSION4")
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


@rule("VERSION5")
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


@rule("VERSION6")
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
