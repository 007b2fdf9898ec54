"""The order of a first deploy, how long it takes, and its critical path.

Stacks follow each other, as `cdk deploy` makes them; within a stack CloudFormation makes everything
at once that waits for nothing. A nested stack is a part of the stack around it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from assembly.environment import Environment
from assembly.kinds import MANIFEST
from assembly.kubernetes_object import objects_of
from assembly.references import Node
from assembly.resource import Resource
from review.labels import NOUNS, counted, grouped, label, listed, plural_of
from review.model import read
from review.pictures.critical_path import critical_path, ends
from review.pictures.painting import NONE, WORDS, Marks, Painting

DURATIONS = read("pictures/durations")
"""How long AWS takes to make a resource: estimates with their sources."""
LEAST_SECONDS = 30
"""What takes less, and holds nothing up, has no row of its own."""
MOST_NAMES = 4
"""More resources are only counted."""
MINUTE = 60
LEFT, RIGHT = 346, 860
"""Where the first bar of the picture begins, and where the last one ends."""
TICKS = (1, 2, 5, 10, 15, 30, 60)
MOST_TICKS = 9
_Before = Mapping[Node, set[Node]]


@dataclass(frozen=True, kw_only=True)
class Step:
    """Resources of one type that begin and end together, in seconds from the start.

    `follows` is the key of the step that it waits for on the critical path, empty elsewhere and
    for the first one.
    """

    key: str
    title: str
    start: int
    end: int
    critical: bool
    follows: str = ""

    @property
    def seconds(self) -> int:
        """Return how long it takes."""
        return self.end - self.start


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stack, with the steps that take time."""

    stack: str
    seconds: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class DeployOrder:
    """Everything that the picture shows; the whole takes between `least` and `most` seconds."""

    name: str
    stages: tuple[Stage, ...]
    least: int
    about: int
    most: int

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return every step, in the order of the rows."""
        return tuple(step for stage in self.stages for step in stage.steps)

    @property
    def facts(self) -> Mapping[str, object]:
        """Return all that may be added, removed or changed, by its key.

        That a step begins later because another one takes longer is no change of its own.
        """
        return {
            "whole": (self.least, self.about, self.most),
            **{each.key: (each.title, each.seconds, each.critical) for each in self.steps},
        }


def deploy_order_of(environment: Environment) -> DeployOrder:
    """Return what the picture of an environment shows."""
    stages: list[Stage] = []
    whole, follows = [0, 0, 0], ""
    for stack, members in _stacks(environment).items():
        before = _before(environment, members)
        estimates = {each.node: seconds(duration_of(each)) for each in members}
        took = [{node: each[index] for node, each in estimates.items()} for index in range(3)]
        steps = tuple(_steps(members, took[1], before, whole[1], follows))
        follows = next((each.key for each in reversed(steps) if each.critical), follows)
        longest = [max(ends(each, before).values(), default=0) for each in took]
        whole = [*map(sum, zip(whole, longest, strict=True))]
        name = environment.stacks[stack].name
        stages.append(Stage(stack=name, seconds=longest[1], steps=steps))
    times = dict(zip(("least", "about", "most"), whole, strict=True))
    return DeployOrder(name=environment.name, stages=tuple(stages), **times)


def duration_of(resource: Resource) -> Mapping[str, Any]:
    """Return how long a resource takes; a type that isn't listed takes the default."""
    found: Mapping[str, Any] = DURATIONS["default"]
    for each in reversed(DURATIONS["durations"]):
        given = {name: resource.properties.get(name) for name in each.get("where", ())}
        if resource.kind == each["type"] and given == each.get("where", {}):
            found = each
    return found


def seconds(duration: Mapping[str, Any]) -> tuple[int, int, int]:
    """Return the least, the middle and the most, in seconds."""
    least, most = round(duration["least"] * 60), round(duration["most"] * 60)
    return least, (least + most) // 2, most


def _stacks(environment: Environment) -> Mapping[str, list[Resource]]:
    """Return what is in each stack, a stack after those that it imports from.

    The order is else that of the assembly.
    """
    outer = {path: stack.nested_in for path, stack in environment.stacks.items()}
    names = {path: 0 for path, nested_in in outer.items() if nested_in is None}
    earlier = {path: environment.order.stacks_before(path) for path in names}
    found: dict[str, list[Resource]] = {path: [] for path in ends(names, earlier)}
    for resource in environment.resources():
        path = resource.stack
        while nested_in := outer.get(path):
            path = nested_in[0]
        found.setdefault(path, []).append(resource)
    return found


def _before(environment: Environment, members: Sequence[Resource]) -> _Before:
    """Return what each resource waits for; a nested stack is made when all that is in it is."""
    order = environment.order
    before = {each.node: set(order.directly_before(each.node)) for each in members}
    for path, stack in environment.stacks.items():
        if stack.nested_in in before:
            inside = {node for node in before if node[0] == path}
            for node in inside:
                before[node] |= before[stack.nested_in]
            before[stack.nested_in] |= inside
    return before


def _steps(
    members: Sequence[Resource], took: Mapping[Node, int], before: _Before, start: int, follows: str
) -> Iterator[Step]:
    """Yield resources of one type that begin and end together.

    They are ordered by their end: what a row waits for is in a row above it.
    """
    ended, path = ends(took, before), critical_path(took, before)
    places = {node: place for place, node in enumerate(path)}
    shown = [each for each in members if each.node in places or took[each.node] >= LEAST_SECONDS]

    def together(each: Resource) -> tuple[int, int, str]:
        return ended[each.node], ended[each.node] - took[each.node], each.type

    keys: dict[int, str] = {-1: follows}
    for (end, begin, _), group in groupby(sorted(shown, key=together), key=together):
        resources = [*group]
        key = f"step {resources[0].scope.stack.name} {resources[0].logical_id}"
        on_path = [places[each.node] for each in resources if each.node in places]
        keys |= dict.fromkeys(on_path, key)
        yield Step(
            key=key,
            title=_title(resources),
            start=start + begin,
            end=start + end,
            critical=bool(on_path),
            follows=keys[on_path[0] - 1] if on_path else "",
        )


def _title(resources: Sequence[Resource]) -> str:
    """Return resources of one type in words, such as "NAT gateways PublicA and PublicB"."""
    noun = NOUNS.get(resources[0].kind, f"`{resources[0].type}`")
    names = [label(each).removeprefix(noun).strip() for each in resources]
    some = 1 < len(names) <= MOST_NAMES and all(names)
    title = f"{plural_of(noun)} {listed(names)}" if some else grouped(resources)
    objects = [label(x) for each in resources if each.kind == MANIFEST for x in objects_of(each)]
    title = listed(objects) if 0 < len(objects) <= MOST_NAMES else title
    # The stack stands above its steps.
    return title.replace("`", "").replace(f"{resources[0].scope.stack.name}/", "")


def paint_deploy_order(order: DeployOrder, marks: Marks = NONE) -> Painting:
    """Return the picture of a deploy order."""

    def x(seconds: int) -> int:
        return LEFT + round(seconds * (RIGHT - LEFT) / max(1, order.about))

    whole = order.about // MINUTE
    tick = next((each for each in TICKS if whole // each < MOST_TICKS), TICKS[-1])
    said = {"estimate": estimate(order), "caveat": WORDS["caveat"].format_map(DURATIONS)}
    times = {"minutes": minutes, "ticks": range(0, whole + 1, tick), "x": x}
    title = f"Deploy order of {order.name}"
    return Painting("deploy_order", title, marks, order=order, **said, **times)


def minutes(seconds: int) -> str:
    """Return a time in words, such as "45 s" or "11.5 min"."""
    if seconds < MINUTE:
        return f"{seconds} s"
    return f"{seconds / MINUTE:.1f}".removesuffix(".0") + " min"


def estimate(order: DeployOrder) -> str:
    """Return how long the whole takes, in words."""
    least, about, most = whole_minutes(order)
    return f"about {counted(about, 'minute')}, between {least} and {most}"


def whole_minutes(order: DeployOrder) -> tuple[int, int, int]:
    """Return the least, the likely and the most minutes; the first and the last hold what is between."""
    return order.least // MINUTE, round(order.about / MINUTE), -(-order.most // MINUTE)
