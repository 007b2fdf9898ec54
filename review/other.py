"""What no other section tells: resources that come, go or change without anybody noticing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from guardrails.step.stateful import STATEFUL_TYPES
from review.changes import Change
from review.effects import HARMLESS, RUNNING
from review.environment import Environment
from review.labels import grouped, label, listed
from review.model import Sentence

EVERYTHING = frozenset({"*"})
TOLD: Mapping[str, frozenset[str]] = {
    "AWS::EKS::AccessEntry": EVERYTHING,
    "AWS::EKS::Addon": frozenset({"AddonVersion"}),
    "AWS::EKS::Cluster": frozenset(
        {
            "Version",
            "DeletionProtection",
            "ResourcesVpcConfig.EndpointPrivateAccess",
            "ResourcesVpcConfig.EndpointPublicAccess",
            "ResourcesVpcConfig.PublicAccessCidrs",
        }
    ),
    "AWS::EKS::Nodegroup": frozenset({"ScalingConfig", "Version", "ReleaseVersion"}),
    "AWS::EC2::SecurityGroup": frozenset({"SecurityGroupIngress"}),
    "AWS::EC2::SecurityGroupIngress": EVERYTHING,
    "AWS::IAM::ManagedPolicy": EVERYTHING,
    "AWS::IAM::Policy": EVERYTHING,
    "AWS::IAM::Role": EVERYTHING,
    "AWS::KMS::Key": frozenset({"KeyPolicy"}),
    "AWS::S3::BucketPolicy": EVERYTHING,
    "Custom::AWSCDK-EKS-KubernetesResource": EVERYTHING,
}
"""Properties whose changes other sections put into words, by type."""


def stacks(before: Environment, after: Environment) -> Iterator[Sentence]:
    """Yield the stacks that come and go."""
    for stack in after.templates:
        if stack not in before.templates:
            yield Sentence(text=f"Stack `{stack}` is new.")
    for stack in before.templates:
        if stack not in after.templates:
            yield Sentence(
                text=f"Stack `{stack}` is no longer in the code. It stays deployed, with all that "
                "is in it, until somebody destroys it."
            )


def sentences(
    before: Environment, after: Environment, changes: Sequence[Change]
) -> Iterator[Sentence]:
    """Yield the rest of the resources, by what becomes of them."""
    yield from _protection(before, after)
    quiet = [change for change in changes if _is_quiet(change)]
    for kind, verb in (
        ("added", "Added"),
        ("removed", "Removed"),
        ("replaced", "Replaced, without anybody noticing"),
    ):
        found = [change.resource for change in quiet if change.kind == kind]
        if found:
            yield Sentence(text=f"{verb}: {grouped(found)}.")
    updated = [change for change in quiet if change.kind in {"in place", "interrupted"}]
    if updated:
        yield Sentence(
            text=f"Changed in place, without interruption: "
            f"{grouped(change.resource for change in updated)}.",
            details=tuple(dict.fromkeys(_properties(change) for change in updated)),
        )
    if not changes and dict(before.templates) != dict(after.templates):
        yield Sentence(
            text="Only what isn't deployed as a resource changes, such as outputs, descriptions, "
            "metadata and the order of the deploy."
        )


def _is_quiet(change: Change) -> bool:
    """Tell whether no other section tells of a change."""
    kind = change.resource.type
    if change.kind in {"added", "removed"}:
        told = TOLD.get(kind) == EVERYTHING or kind == "AWS::EKS::Nodegroup"
        lost = change.kind == "removed" and (kind in STATEFUL_TYPES or kind in RUNNING)
        return not told and not lost
    if change.kind == "replaced":
        return kind in HARMLESS and TOLD.get(kind) != EVERYTHING
    return change.kind == "in place" and bool(_untold(change))


def _untold(change: Change) -> list[str]:
    told = TOLD.get(change.resource.type, frozenset())
    if told == EVERYTHING:
        return []
    return [
        name
        for name in change.properties
        if not any(f"{name}.".startswith(f"{each}.") for each in told)
    ]


def _properties(change: Change) -> str:
    names = listed(f"`{name}`" for name in _untold(change))
    text = label(change.resource)
    return f"{text[:1].upper()}{text[1:]}: {names}."


def _protection(before: Environment, after: Environment) -> Iterator[Sentence]:
    old, new = (each.one("AWS::EKS::Cluster") for each in (before, after))
    if old is None or new is None:
        return
    was, now = (each.properties.get("DeletionProtection", False) for each in (old, new))
    if was and not now:
        yield Sentence(text="**Deletion protection** of the cluster is switched off.")
