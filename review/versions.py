"""Versions of Kubernetes, add-ons, charts and node images, with the dates of their support."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from guardrails.support_calendar import support_of
from review.environment import Environment
from review.labels import short_name
from review.model import Risk, Sentence, Table


def sentences(before: Environment, after: Environment, today: date) -> Iterator[Sentence]:
    """Yield the move to another Kubernetes version; what else moves is told where it interrupts."""
    old, new = _kubernetes(before), _kubernetes(after)
    if old and new and old != new:
        yield _upgrade(old, new, today)


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


def _upgrade(old: str, new: str, today: date) -> Sentence:
    steps = _minor(new) - _minor(old)
    details = [_support(new, today)]
    if steps > 1:
        via = ", then ".join(f"1.{_minor(old) + step}" for step in range(1, steps + 1))
        details.insert(
            0, f"**EKS refuses this deploy**: it updates one minor version at a time. Go to {via}."
        )
    elif steps < 0:
        details.insert(
            0,
            "EKS goes back one minor version, and only within 7 days of its update.",
        )
    return Sentence(
        text=f"Kubernetes goes from {old} to **{new}**.",
        risk=Risk.INTERRUPTS if steps not in {0, 1} else Risk.SAFE,
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


def _minor(version: str) -> int:
    return int(version.partition(".")[2])


def _kubernetes(environment: Environment) -> str:
    cluster = environment.one("AWS::EKS::Cluster")
    version: str = "" if cluster is None else cluster.properties.get("Version", "")
    return version


def _others(environment: Environment) -> Mapping[str, str]:
    found = {
        f"add-on {each.properties['AddonName']}": each.properties.get(
            "AddonVersion", "EKS's default"
        )
        for each in environment.of_type("AWS::EKS::Addon")
    }
    found |= {
        f"chart {each.properties['Release']}": each.properties.get("Version", "the newest")
        for each in environment.of_type("Custom::AWSCDK-EKS-HelmChart")
    }
    found |= {
        f"node image of {short_name(each)}": _image(each.properties)
        for each in environment.of_type("AWS::EKS::Nodegroup")
    }
    return found


def _image(properties: Mapping[str, str]) -> str:
    release = properties.get("ReleaseVersion") or properties.get("Version", "the cluster's version")
    return f"{properties.get('AmiType', 'custom')} {release}"


def _all(environment: Environment) -> Mapping[str, str]:
    version = _kubernetes(environment)
    support = support_of(version)
    until = f", standard support until {support.standard_until}" if support else ""
    kubernetes = {"Kubernetes": f"{version}{until}"} if version else {}
    return {**kubernetes, **_others(environment)}
