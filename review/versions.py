"""Versions of Kubernetes, add-ons, charts and node images, with the dates of their support."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from assembly.environment import Environment
from assembly.kinds import ADD_ON, CHART, CLUSTER, NODE_GROUP
from assembly.resource import Resource
from guardrails.support_calendar import minor_of, support_of
from kube.values import Json, text
from review.clusters import of_its_cluster, pairs
from review.labels import short_name, words
from review.model import Risk, Sentence, Table


def sentences(before: Environment, after: Environment, today: date) -> Iterator[Sentence]:
    """Yield the move to another Kubernetes version; what else moves is told where it interrupts."""
    for one, other, name in pairs(before, after):
        old, new = _version(one), _version(other)
        if old and new and old != new:
            yield _upgrade(old, new, today, name)


def table(before: Environment | None, after: Environment | None) -> Table | None:
    """Return every version before and after, None where there is no cluster."""
    old, new = ({} if each is None else _all(each) for each in (before, after))
    if not old and not new:
        return None
    return Table(
        title="Versions",
        head=("", "before", "after"),
        rows=tuple(
            (name, old.get(name, "-"), new.get(name, "-")) for name in dict.fromkeys([*new, *old])
        ),
    )


def _upgrade(old: str, new: str, today: date, name: str) -> Sentence:
    first, last = minor_of(old), minor_of(new)
    details = [_support(new, today)]
    usual = first is not None and last is not None and 0 <= last - first <= 1
    if first is not None and last is not None and last - first > 1:
        via = ", then ".join(f"1.{minor}" for minor in range(first + 1, last + 1))
        details.insert(
            0, f"**EKS refuses this deploy**: it updates one minor version at a time. Go to {via}."
        )
    elif first is not None and last is not None and last < first:
        details.insert(
            0,
            "EKS goes back one minor version, and only within 7 days of its update.",
        )
    return Sentence(
        text=f"Kubernetes{f' of {name}' if name else ''} goes from {old} to **{new}**.",
        risk=Risk.SAFE if usual else Risk.INTERRUPTS,
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
    found = {}
    for kind, of_kind in (
        (CLUSTER, _of_cluster),
        (ADD_ON, _of_add_on),
        (CHART, _of_chart),
        (NODE_GROUP, _of_group),
    ):
        for each in environment.resources(kind):
            what, version = of_kind(each)
            if version:
                found[f"{what}{of_its_cluster(environment, each)}"] = version
    return found


def _of_cluster(cluster: Resource) -> tuple[str, str]:
    version = _version(cluster)
    support = support_of(version)
    until = f", standard support until {support.standard_until}" if support else ""
    return "Kubernetes", f"{version}{until}"


def _of_add_on(add_on: Resource) -> tuple[str, str]:
    version = _said(add_on.properties, "AddonVersion", otherwise="EKS's default")
    return f"add-on {_said(add_on.properties, 'AddonName')}", version


def _of_chart(chart: Resource) -> tuple[str, str]:
    version = _said(chart.properties, "Version", otherwise="the newest")
    return f"chart {_said(chart.properties, 'Release')}", version


def _of_group(group: Resource) -> tuple[str, str]:
    version = _said(group.properties, "Version", otherwise="the cluster's version")
    release = _said(group.properties, "ReleaseVersion", otherwise=version)
    image = _said(group.properties, "AmiType", otherwise="custom")
    return f"node image of {short_name(group) or group.logical_id}", f"{image} {release}"


def _said(properties: Json, name: str, *, otherwise: str = "") -> str:
    return words(text(properties, name)) or otherwise
