"""Versions of Kubernetes, add-ons, charts and node images, with the dates of their support."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from assembly.environment import Environment
from assembly.kinds import ADD_ON, CHART, CLUSTER, NODE_GROUP, PROFILE
from assembly.nodes import own_image, resources_of
from assembly.resource import Resource
from guardrails.support_calendar import minor_of, support_of
from kube.schemas import minor
from kube.validity import problems
from kube.values import flag, text
from review.labels import group_name, grouped, label, listed, of_its_cluster, words
from review.model import DETAILS, Sentence, say
from review.sides import Change, Sides
from review.tables import Table, compared

KINDS = (CLUSTER, ADD_ON, CHART, NODE_GROUP)
"""The types that have a version of something."""
OF_NODES = ("Version", "ReleaseVersion")
"""What of a node group goes back before its cluster does."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield the move to another Kubernetes version; what else moves is told where it interrupts."""
    for one, other, name in sides.clusters():
        if one is None or other is None:
            continue
        old, new = (_said(each, "Version", "EKS's default") for each in (one, other))
        if old != new:
            yield _upgrade(old, new, sides, f" of {name}" if name else "", other)


def tables(sides: Sides) -> Iterator[Table]:
    """Yield every version before and after, where there is a cluster."""
    old, new = map(_all, sides.both)
    if old or new:
        yield compared("Versions", old, new)


def without_going_back(change: Change, sides: Sides) -> Change:
    """Return the change of a node group without what must be done before its cluster goes back.

    A deploy begins with the cluster, and EKS refuses that while nodes are newer.
    """
    # A changed resource is read whatever conditions say; its cluster is one of the environment.
    cluster = sides.after.by_node.get(change.resource.node, change.resource).cluster
    before = sides.before.by_node.get(cluster.node) if cluster else None
    if change.resource.kind != NODE_GROUP or cluster is None or before is None:
        return change
    first, last = (minor_of(_said(each, "Version")) or 0 for each in (before, cluster))
    if not first > last > 0:
        return change
    return replace(change, causes=tuple(x for x in change.causes if x not in OF_NODES))


def _upgrade(old: str, new: str, sides: Sides, of: str, cluster: Resource) -> Sentence:
    first, last = minor_of(old) or 0, minor_of(new) or 0
    # What is no version of Kubernetes, such as a parameter, is no usual step either.
    steps = last - first if first and last else 0
    details = [DETAILS["may not go back"].format(old=old, new=new)] * (steps < 0)
    if steps:
        accepted = DETAILS["removed APIs" if steps > 0 else "APIs back"]
        details.append(accepted.format(version=new, found=_refused(sides, new)))
    if steps == 1:
        details.append(DETAILS["back"])
    if steps == -1:
        changed = (x.resource for x in sides.changes if without_going_back(x, sides) != x)
        going = [x for x in changed if x.cluster == cluster]
        # EKS takes back those of Auto Mode itself (EKS user guide, "Rollback EKS Auto Mode clusters").
        auto_mode = flag(cluster.properties, "ComputeConfig", "Enabled") is True
        newer = f"newer nodes{' that Auto Mode has not made' * auto_mode}"
        nodes = f"nodes of {grouped(going, by_name=NODE_GROUP)}" if going else newer
        details.insert(1, DETAILS["nodes back first"].format(nodes=nodes))
        if add_ons := [text(x.properties, "AddonName") for x in sides.before.resources(ADD_ON)]:
            # Kubernetes documentation, "Version Skew Policy"; EKS user guide, "Rollback cluster".
            proxy = ", and so must `kube-proxy`, which must not be newer than the API server"
            proxy *= "kube-proxy" in add_ons
            details.insert(2, DETAILS["add-ons back first"].format(version=new, proxy=proxy))
    after = sides.after
    if own := [label(x) for x in resources_of(after, NODE_GROUP) if own_image(after, x)]:
        details.append(DETAILS["own images stay"].format(groups=listed(own)))
    if sides.after.resources(PROFILE) and steps >= 0:
        details.append(DETAILS["fargate stays"])
    details.append(support(new, sides.today))
    said = "downgrade" if steps < 0 else "upgrade"
    return say(said, of=of, old=old, new=new, details=details)


def _refused(sides: Sides, version: str) -> str:
    """Return what a version refuses of the objects of the stacks, as the guardrails find it."""
    objects = sides.after.kubernetes_objects()
    refused = [label(each) for each in objects if problems(each.content, version)]
    said = (
        f"**it refuses {listed(refused)}**" if refused else f"{version} accepts all {len(objects)}"
    )
    # A version that the schemas don't have is read as the nearest one.
    return said if minor(version) == minor_of(version) else "what is new in it isn't known here"


def support(version: str, today: date) -> str:
    """Return until when AWS supports a version."""
    until = support_of(version)
    if until is None:
        return DETAILS["support unknown"].format(version=version)
    ends = "ended" if until.standard_until < today else "ends"
    return DETAILS["support"].format(version=version, ends=ends, support=until)


def _all(environment: Environment) -> Mapping[str, str]:
    found = ((each, *_named(environment, each)) for each in resources_of(environment, *KINDS))
    return {
        f"{what}{of_its_cluster(environment, each)}": version
        for each, what, version in found
        if version
    }


def _named(environment: Environment, each: Resource) -> tuple[str, str]:
    version = _said(each, "Version")
    if each.kind == ADD_ON:
        return f"add-on {_said(each, 'AddonName')}", _said(each, "AddonVersion", "EKS's default")
    if each.kind == CHART:
        return f"chart {_said(each, 'Release')}", version or "the newest"
    if each.kind == NODE_GROUP and (own := own_image(environment, each)):
        return f"node image of {group_name(each)}", f"{own}, your own"
    if each.kind == NODE_GROUP:
        release = _said(each, "ReleaseVersion") or version or "the cluster's version"
        usual = "custom" if "LaunchTemplate" in each.properties else "default"
        return f"node image of {group_name(each)}", f"{_said(each, 'AmiType', usual)} {release}"
    until = support_of(version)
    said = f", standard support until {until.standard}" if until else ""
    return "Kubernetes", f"{version}{said}"


def _said(resource: Resource, name: str, otherwise: str = "") -> str:
    return words(text(resource.properties, name)) or otherwise
