"""What updates and replacements of node groups mean for their nodes and pods.

Source: EKS user guide, "Understand each phase of node updates".
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assembly.kinds import CLUSTER, NODE_GROUP
from assembly.kubernetes_object import KubernetesObject
from assembly.nodes import is_self_managed, node_groups
from assembly.resource import Resource
from capacity.needs import together
from guardrails.rules.availability import in_whole
from kube.pods import containers
from kube.values import flag, look_up, mapping, text
from review.differences import TAGS, differences
from review.labels import (
    counted,
    duration,
    group_name,
    grouped,
    has_or_have,
    listed,
    quoted,
    size_of,
    stacks_named,
    words,
)
from review.model import DETAILS, Sentence, say
from review.room import groups_of
from review.sides import Change, Sides

VOLUME = re.compile(r"VolumeSize` `(\d+)` → `(\d+)`")
TAG = re.compile(r"`[^` ]*Tags\.([^` ]+)`")
"""The path of a tag: where it stands says nothing."""
READY, DRAIN = 2, 15
"""Minutes until new nodes are ready, and at most for each batch: those of moments.json."""
PAUSE = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")
"""How long CloudFormation waits (CloudFormation template reference, "UpdatePolicy attribute")."""
ROLLS = {"LaunchTemplate", "ReleaseVersion", "Version"}
"""Properties that replace the nodes of a group one batch after the other."""

ASKS = "asks"
"""What the CLI's question is about."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield which stacks the CLI deploys only with rollback, and asks before."""
    if stacks := _with_rollback(sides.changes):
        found = (x for x in sides.changes if x.resource.kind == CLUSTER and x.kind != "replaced")
        up = {x.resource.scope.stack.name for x in found if "Version" in x.properties}
        but = DETAILS["but the version"] * (not up.isdisjoint(stacks))
        yield replace(say("asks first", stacks=stacks_named(stacks), but=but), about=ASKS)


def _with_rollback(changes: Sequence[Change]) -> list[str]:
    """Return the stacks that need rollback (aws-cdk-cli, deploy-stack.ts, hasReplacement)."""
    # Of a custom resource, CloudFormation learns while it deploys that it is another one.
    sure = (each.resource for each in changes if each.kind == "replaced" and each.certain)
    return [*dict.fromkeys(x.scope.stack.name for x in sure if not x.kind.startswith("Custom::"))]


def newer(changes: Sequence[Change], whose: Sequence[Resource]) -> tuple[str, list[str]]:
    """Return which resources have a new version, with what differs in it, and the details."""
    paths = [(each, path) for each in changes if each.resource in whose for path in each.properties]
    if paths and all(TAGS.search(path) for _, path in paths):
        tags = dict.fromkeys(
            TAG.sub(r"`\1`", str(x))
            for each, path in paths
            for x in differences(*each.values(path), path)
        )
        return f"tags of {grouped(whose)} change", [f"Tags: {listed(tags)}."]
    values = listed(_in_words(each.told(path)) for each, path in paths)
    have = has_or_have(len(whose))
    return f"{grouped(whose)} {have} a new version{f' ({values})' if values else ''}", []


def _in_words(value: str) -> str:
    """Return how a value changes, the size of a volume with its unit."""
    size = VOLUME.search(value)
    data = "`LaunchTemplateData."
    return f"volumes of {size[2]} GiB instead of {size[1]}" if size else value.replace(data, "`")


def batches(change: Change, changes: Sequence[Change]) -> Iterator[str]:
    """Yield how many nodes of a group go at a time, and what becomes of pods that can't be evicted."""
    group = change.after
    if group is None or group.kind != NODE_GROUP or not ROLLS & {*change.causes}:
        return
    share, count = (
        text(group.properties, "UpdateConfig", f"MaxUnavailable{x}") for x in ("Percentage", "")
    )
    forced = flag(group.properties, "ForceUpdateEnabled", default=False)
    said = []
    if all(each == "" or each.isdecimal() for each in (share, count)):
        many = f"{share}% of its nodes, but at least one," if share else ""
        many = many or counted(int(count or 1), "node")
        said.append(DETAILS["batches"].format(many=many, total=_total(group, share, count)))
        said += _surge(group)
    if forced is not None:
        stack = group.scope.stack.name
        then = DETAILS["rolls back" if stack in _with_rollback(changes) else "goes on"]
        said.append(DETAILS["forced" if forced else "not forced"].format(then=then))
    if said:
        yield " ".join(said)


def at_a_time(item: KubernetesObject) -> str:
    """Return how many pods of an object stop at a time, of all that an autoscaler may have made.

    A percentage of a Deployment is rounded down (Kubernetes API reference, "DeploymentSpec").
    """
    deploys = item.kind == "Deployment"
    field, usual = ("strategy", "25%") if deploys else ("updateStrategy", "1")
    most = text(item.spec, field, "rollingUpdate", "maxUnavailable") or usual
    (count,) = in_whole(item.resource.scope.environment, item, [most], counted=True)
    if count == "100%":
        return "**all at once**"
    return "one by one" if str(count) in {"0", "1"} else f"at most {words(count)} at a time"


def unprobed(old: object, new: object) -> str:
    """Return the end of a sentence about containers that lose their readiness probe, empty if none does."""
    had, has = ({*_names(each, "readinessProbe")} for each in (old, new))
    if had and not has:
        return DETAILS["unprobed"]
    lost = [x for x in _names(new) if x in had - has]
    return DETAILS["less probed"].format(names=quoted(lost)) if lost else ""


def _names(template: object, field: str = "name") -> Iterator[str]:
    """Yield the names of a template's containers, of those that have a field."""
    every = containers(look_up(template, "spec"))
    return (text(each, "name") for _, each in every if field in each)


def in_batches(group: Resource) -> str:
    """Return how CloudFormation replaces instances, empty where no UpdatePolicy is known that says it.

    After each batch it pauses, or waits at most as long for signals (CloudFormation template reference,
    "UpdatePolicy attribute").
    """
    policy = mapping(group.attribute("UpdatePolicy"), "AutoScalingRollingUpdate")
    usual = {"MaxBatchSize": "1", "MinInstancesInService": "0", "PauseTime": "PT0S"}
    batch, least, pause = (text(policy, name) or x for name, x in usual.items())
    waits, signals = PAUSE.fullmatch(pause), flag(policy, "WaitOnResourceSignals", default=False)
    if not policy or not (batch + least).isdecimal() or not waits or signals is None:
        return ""
    seconds = sum(int(x or 0) * unit for x, unit in zip(waits.groups(), (3600, 60, 1), strict=True))
    desired = text(group.properties, "DesiredCapacity") or text(group.properties, "MinSize")
    nodes = int(desired) if desired.isdecimal() else 0
    long = math.ceil(nodes / max(1, int(batch))) * seconds
    time = duration(f"{long - long % 60 or long}")
    total = f": {'up to about' if signals else 'at least'} {time} for {counted(nodes, 'node')}"
    return DETAILS["signals" if signals else "instances"].format(
        batch=batch,
        least=least,
        pause=duration(f"{seconds}"),
        total=total if nodes and seconds else "",
    )


def set_back(old: Resource, new: Resource) -> list[str]:
    """Return that a group that has grown shrinks again: EKS is sent all sizes (eksctl-io/eksctl#3532)."""
    was, most, now = size_of(old, "Desired"), size_of(old, "Max"), size_of(new, "Desired")
    same = look_up(old.properties, "ScalingConfig") == look_up(new.properties, "ScalingConfig")
    # CloudFormation leaves the sizes of an Auto Scaling group that the template doesn't change.
    if same or is_self_managed(new) or was is None or most is None or now is None:
        return []
    said = DETAILS["set back"].format(name=f"`{group_name(new)}`", nodes=counted(now, "node"))
    return [said] if was <= now < most else []


def reserved(sides: Sides, template: Resource) -> str:
    """Return where nodes are that start only in capacity reservations, and how many need room there."""
    path = ("CapacityReservationSpecification", "CapacityReservationTarget")
    target = mapping(template.properties, "LaunchTemplateData", *path)
    said = [DETAILS["one reservation" if "CapacityReservationId" in target else "reservations"]]
    for group in node_groups(sides.after):
        each = groups_of(sides.after).get(group_name(group))
        named = sides.after.targets(group.properties.get("LaunchTemplate"))
        if each and each.desired and template.node in {x.node for x in named}:
            how = DETAILS["reserved and added" if each.added else "reserved"]
            needs = counted(each.desired + each.added, "instance")
            said.append(how.format(name=each.name, needs=needs, now=each.desired, more=each.added))
            if len(each.zones) > 1 and not is_self_managed(group):
                said.append(DETAILS["reserved zones"].format(zones=len(each.zones)))
    return " ".join(said)


def renamed(sides: Sides, old: Resource, new: Resource) -> str:
    """Return how to put the old name back, if it is only another name."""
    if old.kind == NODE_GROUP:
        return DETAILS["renamed group"].format(old=group_name(old), new=group_name(new))
    return DETAILS["renamed"].format(ids=sides.renamed(new))


def starts_with(group: Resource, old: Resource | None) -> str:
    """Return how many nodes a new group begins with, where its predecessor may have grown."""
    desired, most = size_of(group, "Desired"), size_of(old or group, "Max")
    grows = f", even if the old one has grown (to {most} at most)," if most != desired else ""
    return "" if desired is None or most is None else f" of {counted(desired, 'node')}{grows}"


def _total(group: Resource, share: str, count: str) -> str:
    """Return how long the desired nodes of a group take at most, where their number is known."""
    if not (nodes := size_of(group, "Desired")):
        return ""
    at_once = max(1, nodes * int(share) // 100 if share else int(count or 1))
    minutes = READY + DRAIN * math.ceil(nodes / at_once)
    return f": up to about {minutes} minutes for {counted(nodes, 'node')}"


def _surge(group: Resource) -> Iterator[str]:
    """Yield the nodes that an update adds, and what then counts against a quota."""
    if each := groups_of(group.scope.environment).get(group_name(group)):
        if each.in_a_block:
            yield DETAILS["in a block"]
            return
        if not each.surge or each.takes_away_first:
            yield DETAILS["away first"]
            return
        peak, most = (
            together([replace(each, desired=nodes + each.surge)])
            for nodes in (each.desired, each.maximum)
        )
        vcpus = listed(f"{n:,} vCPUs of `{quota.name}`" for quota, n in peak.items())
        grown = f", up to {sum(most.values()):,} if it has grown" if most != peak else ""
        more = counted(each.surge, "node")
        if vcpus:
            yield DETAILS["surge"].format(more=more, vcpus=vcpus, grown=grown)
