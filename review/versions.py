"""Versions of Kubernetes, add-ons, charts and node images, with the dates of their support."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from assembly.environment import Environment
from assembly.kinds import ADD_ON, CHART, CLUSTER, NODE_GROUP
from assembly.resource import Resource
from guardrails.support_calendar import minor_of, support_of
from kube.values import text
from review.clusters import of_its_cluster
from review.labels import short_name, words
from review.model import Risk, Sentence, Table, compared
from review.sides import Sides


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield the move to another Kubernetes version; what else moves is told where it interrupts."""
    for one, other, name in sides.clusters():
        old, new = _version(one), _version(other)
        if old and new and old != new:
            yield _upgrade(old, new, sides.today, name)


def tables(sides: Sides) -> Iterator[Table]:
    """Yield every version before and after, where there is a cluster."""
    old, new = map(_all, sides.both)
    if old or new:
        yield compared("Versions", old, new)


def _upgrade(old: str, new: str, today: date, name: str) -> Sentence:
    details = [_support(new, today)]
    first, last = minor_of(old) or 0, minor_of(new) or 0
    # What is no version of Kubernetes, such as a parameter, is no usual step either.
    steps = last - first if first and last else None
    if steps is not None and steps > 1:
        via = ", then ".join(f"1.{minor}" for minor in range(first + 1, last + 1))
        details.insert(
            0, f"**EKS refuses this deploy**: it updates one minor version at a time. Go to {via}."
        )
    elif steps is not None and steps < 0:
        details.insert(0, "EKS goes back one minor version, and only within 7 days of its update.")
    return Sentence(
        text=f"Kubernetes{f' of {name}' if name else ''} goes from {old} to **{new}**.",
        risk=Risk.SAFE if steps in {0, 1} else Risk.INTERRUPTS,
        details=tuple(details),
    )


def _support(version: str, today: date) -> str:
    support = support_of(version)
    if support is None:
        return f"How long AWS supports {version} is not in guardrails/support_calendar.csv."
    over = "ended" if support.standard_until < today else "ends"
    return (
        f"Standard support of {version} {over} on {support.standard_until}, extended support on "
        f"{support.extended_until}."
    )


def _version(cluster: Resource | None) -> str:
    return words(text(cluster.properties, "Version")) if cluster is not None else ""


def _all(environment: Environment) -> Mapping[str, str]:
    return {
        f"{what}{of_its_cluster(environment, each)}": version
        for kind, of_kind in OF_KIND.items()
        for each in environment.resources(kind)
        for what, version in [of_kind(each)]
        if version
    }


def _of_cluster(cluster: Resource) -> tuple[str, str]:
    version = _version(cluster)
    support = support_of(version)
    return (
        "Kubernetes",
        f"{version}, standard support until {support.standard_until}" if support else version,
    )


def _of_add_on(add_on: Resource) -> tuple[str, str]:
    version = _said(add_on, "AddonVersion", "EKS's default")
    return f"add-on {_said(add_on, 'AddonName')}", version


def _of_chart(chart: Resource) -> tuple[str, str]:
    return f"chart {_said(chart, 'Release')}", _said(chart, "Version", "the newest")


def _of_group(group: Resource) -> tuple[str, str]:
    release = _said(group, "ReleaseVersion") or _said(group, "Version", "the cluster's version")
    image = _said(group, "AmiType", "custom" if "LaunchTemplate" in group.properties else "default")
    return f"node image of {short_name(group) or group.logical_id}", f"{image} {release}"


def _said(resource: Resource, name: str, otherwise: str = "") -> str:
    return words(text(resource.properties, name)) or otherwise


OF_KIND: Mapping[str, Callable[[Resource], tuple[str, str]]] = {
    CLUSTER: _of_cluster,
    ADD_ON: _of_add_on,
    CHART: _of_chart,
    NODE_GROUP: _of_group,
}
"""What each type has a version of, and which."""
