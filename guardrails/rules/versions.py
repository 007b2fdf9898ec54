"""Whether the versions in the templates are supported, and fit together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from assembly.environment import Environment
from assembly.kinds import CLUSTER, NODE_GROUP
from assembly.nodes import is_self_managed, resources_of
from assembly.resource import Resource
from guardrails.rule import Finding, breach, rule, rules
from guardrails.support_calendar import DATA, EXTENDED_SUPPORT_PRICE, Support, calendar, minor_of
from kube.values import known, look_up, table, text
from kube.words import nearest

DAYS_OF_WARNING = 60
"""An upgrade of several clusters, dev first, takes weeks."""
NODES_BEHIND, KUBECTL_APART = 3, 1
"""Minors by which a kubelet may trail the API server, and kubectl differ (version skew policy)."""
HOMES: Mapping[str, list[str]] = table(__file__, "compatibility.yaml")["repositories"]


@rules("VERSION1", "VERSION2")
def _unsupported(environment: Environment) -> Iterator[tuple[str, Finding]]:
    for cluster, minor in versions(environment, CLUSTER):
        support = calendar().get(minor)
        if support is None and minor > max(calendar()):
            newer = f"{DATA.name} has no row for 1.{minor} yet."
            yield "VERSION2", _found(cluster, minor, newer)
        elif support is None or environment.today >= support.extended_until:
            since = f" on {support.extended}" if support else ""
            gone = f"EKS ended all support for 1.{minor}{since}."
            yield "VERSION1", _found(cluster, minor, gone)
        elif (days := (support.standard_until - environment.today).days) <= DAYS_OF_WARNING:
            ended = "ended" if days <= 0 else f"ends in {days} day{'s' * (days != 1)},"
            when = f"Standard support for 1.{minor} {ended} on {support.standard}."
            detail = f"{when} {_then(cluster, support)}".rstrip()
            yield "VERSION2", _found(cluster, minor, detail)


def _then(cluster: Resource, support: Support) -> str:
    if (policy := look_up(cluster.properties, "UpgradePolicy", "SupportType")) == "STANDARD":
        return "EKS then upgrades the cluster automatically, and the code falls behind."
    costs = f"From then on the cluster costs {EXTENDED_SUPPORT_PRICE} more"
    upgrade = f"until EKS upgrades it automatically on {support.extended}"
    return f"{costs}, {upgrade}." if known(policy) else ""


@rule("VERSION3")
def _kubectl(environment: Environment) -> Iterator[Finding]:
    for layer in environment.resources("AWS::Lambda::LayerVersion"):
        match = re.search(r"kubectl v?(1\.\d+)", text(layer.properties, "Description"))
        kubectl = minor_of(match and match[1])
        # Each stack has its own handler, also in a nested one: the layer serves its clusters.
        clusters, at = versions(environment, CLUSTER), f"{layer.stack}/"
        minors = [minor for cluster, minor in clusters if at.startswith(f"{cluster.stack}/")]
        apart = [minor for minor in minors if kubectl and abs(kubectl - minor) > KUBECTL_APART]
        if minors and apart == minors:
            yield breach(layer, "Description", f"1.{kubectl}", f"The cluster runs 1.{minors[0]}.")


@rule("VERSION6")
def _nodes(environment: Environment) -> Iterator[Finding]:
    for group, minor in versions(environment, NODE_GROUP):
        nodes = minor_of(text(group.properties, "Version"))
        if nodes is not None and not minor - NODES_BEHIND <= nodes <= minor:
            fix = f"Take an image for 1.{minor}." if is_self_managed(group) else ""
            yield _found(group, nodes, f"The control plane runs 1.{minor}.", fix)


def _found(resource: Resource, minor: int, detail: str, fix: str = "") -> Finding:
    return breach(resource, "Version", f"1.{minor}", detail, fix=fix)


def versions(environment: Environment, *kinds: str) -> Iterator[tuple[Resource, int]]:
    """Yield the resources of these types with the minors of their clusters, where these are known."""
    for each in resources_of(environment, *kinds):
        if (minor := minor_for(each)) is not None:
            yield each, minor


def minor_for(resource: Resource) -> int | None:
    """Return the minor of a resource's cluster, None where it isn't known."""
    cluster = resource.cluster
    return minor_of(text(cluster.properties, "Version")) if cluster else None


def right_home(url: str, chart: str) -> str:
    """Return where a chart is, if it surely isn't at an address: that of other charts, or a typo.

    A mirror has another server, with other parts in its name.
    """
    server, parts = "/".join(url.split("/")[:3]), len(re.split("[./]", url))
    homes = [home for home, charts in HOMES.items() if chart in charts]
    for home in homes if known(url) and url not in homes else ():
        same_server = server.startswith("https:") and home.startswith(f"{server}/")
        close = parts == len(re.split("[./]", home)) and nearest(url, [home], 0.9)
        if url in HOMES or same_server or close:
            return home
    return ""
