"""What a picture of a first deploy shows: what takes minutes, stack by stack, and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from review.environment import Environment, Resource
from review.labels import NOUNS, counted, listed, plural_of, short_name
from review.pictures.deploy_graph import Schedule, schedule_of, stacks_of
from review.pictures.durations import Duration, duration_of

SHOWN = 0.5
"""Minutes that a resource takes at least to have a bar of its own."""
NAMED: Mapping[str, str] = MappingProxyType(
    {
        "AWS::EKS::Addon": "AddonName",
        "AWS::EKS::FargateProfile": "",
        "AWS::EKS::Nodegroup": "",
        "Custom::AWSCDK-EKS-HelmChart": "Release",
    }
)
"""Types of which a reader wants to know which ones they are, and the property with the name."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """Resources of one type that are made at the same time; minutes from the start."""

    key: str
    label: str
    begun: float
    done: float
    duration: Duration
    critical: bool


@dataclass(frozen=True, kw_only=True)
class StackBars:
    """A stack: what takes minutes in it, and how many other resources there are."""

    name: str
    begun: float
    done: float
    bars: tuple[Bar, ...]
    others: int


@dataclass(frozen=True, kw_only=True)
class DeployOrder:
    """Everything that the picture shows. `critical` is what everything waits for, in words."""

    name: str
    total: Duration
    stacks: tuple[StackBars, ...]
    critical: tuple[str, ...]

    @property
    def end(self) -> float:
        """Return when the last bar ends, in minutes."""
        return max((stack.done for stack in self.stacks), default=0.0)

    @property
    def facts(self) -> Mapping[str, object]:
        """Return all that may be added, removed or changed, by its key."""
        return {
            "total": self.total,
            **{bar.key: bar.label for stack in self.stacks for bar in stack.bars},
        }


def deploy_order_of(environment: Environment) -> DeployOrder:
    """Return what the picture of an environment shows; raises `ValueError` for a circle."""
    middle = schedule_of(environment, lambda each: each.middle)
    low, high = (
        schedule_of(environment, length).total
        for length in (lambda each: each.low, lambda each: each.high)
    )
    stacks = tuple(_stack(environment, name, middle) for name in stacks_of(environment))
    return DeployOrder(
        name=environment.name,
        total=Duration(low=low, high=high),
        stacks=stacks,
        critical=tuple(bar.label for stack in stacks for bar in stack.bars if bar.critical),
    )


def _stack(environment: Environment, name: str, schedule: Schedule) -> StackBars:
    resources = [each for each in environment.resources if each.stack == name]
    keys = [(each.stack, each.logical_id) for each in resources]
    bars = tuple(_bars(resources, schedule))
    slow = sum(duration_of(each.type).middle >= SHOWN for each in resources)
    return StackBars(
        name=name,
        begun=min((schedule.begun[key] for key in keys), default=0.0),
        done=max((schedule.done[key] for key in keys), default=0.0),
        bars=bars,
        others=len(resources) - slow,
    )


def _bars(resources: list[Resource], schedule: Schedule) -> Iterator[Bar]:
    groups: dict[tuple[float, str], list[Resource]] = {}
    for each in resources:
        if duration_of(each.type).middle >= SHOWN:
            begun = round(schedule.begun[each.stack, each.logical_id], 3)
            groups.setdefault((begun, each.type), []).append(each)
    count: dict[str, int] = {}
    for (begun, kind), group in sorted(groups.items(), key=lambda item: item[0][0]):
        count[kind] = count.get(kind, 0) + 1
        duration = duration_of(kind)
        yield Bar(
            key=f"{group[0].stack} {kind} {count[kind]}",
            label=_label(kind, group),
            begun=begun,
            done=begun + duration.middle,
            duration=duration,
            critical=any((each.stack, each.logical_id) in schedule.critical for each in group),
        )


def _label(kind: str, group: list[Resource]) -> str:
    noun = NOUNS.get(kind, kind)
    if kind not in NAMED:
        return counted(len(group), noun, plural_of(noun)) if len(group) > 1 else noun
    names = [str(each.properties.get(NAMED[kind]) or short_name(each)) for each in group]
    return f"{noun if len(group) == 1 else plural_of(noun)} {listed(sorted(names))}"
