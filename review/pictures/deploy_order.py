"""What a first deploy makes after what, how long that takes, and which chain decides it.

Stacks follow each other, as `cdk deploy` makes them; within a stack CloudFormation makes everything
at once that waits for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from guardrails.graph import Graph, Node

from review.environment import Environment, Resource
from review.labels import NOUNS, grouped, label, listed, plural_of
from review.pictures.critical_path import critical_path, ends
from review.pictures.durations import durations

LEAST_SECONDS = 30
"""What takes less, and holds nothing up, has no row of its own."""
MOST_NAMES = 4
"""More resources are only counted."""


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
    """A stack, with the steps that take time; `rest` is the number of all its other resources."""

    stack: str
    start: int
    end: int
    steps: tuple[Step, ...]
    rest: int


@dataclass(frozen=True, kw_only=True)
class DeployOrder:
    """Everything that the picture shows; the whole takes between `least` and `most` seconds."""

    name: str
    stages: tuple[Stage, ...]
    least: int
    about: int
    most: int
    left_out: str

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
            **{rest_key(stage): stage.rest for stage in self.stages if stage.rest},
        }


def rest_key(stage: Stage) -> str:
    """Return the key of what takes only seconds in a stack."""
    return f"rest {stage.stack}"


def deploy_order_of(environment: Environment) -> DeployOrder:
    """Return what the picture of an environment shows."""
    graph = Graph(environment.templates, {})
    stacks = _stacks(environment, graph)
    least, about, most = (_seconds(environment, stacks, index) for index in range(3))
    before = _before(graph, stacks, about)
    return DeployOrder(
        name=environment.name,
        stages=tuple(_stages(environment, stacks, about, before)),
        least=_last(least, before),
        about=_last(about, before),
        most=_last(most, before),
        left_out=durations().left_out,
    )


def _stacks(environment: Environment, graph: Graph) -> Sequence[str]:
    """Return the stacks, each after those that it imports from, else in the assembly's order."""
    names = [*environment.templates]
    return [*ends(dict.fromkeys(names, 0), {name: graph.stacks_before(name) for name in names})]


def _seconds(environment: Environment, stacks: Sequence[str], index: int) -> Mapping[Node, int]:
    """Return how long each resource takes: 0 for the least, 1 for the middle, 2 for the most."""
    known = durations()
    return {
        (stack, each.logical_id): known.of(each).seconds[index]
        for stack in stacks
        for each in environment.resources
        if each.stack == stack
    }


def _before(
    graph: Graph, stacks: Sequence[str], seconds: Mapping[Node, int]
) -> Mapping[Node, frozenset[Node]]:
    """Return what each resource waits for; a stack waits for all of the stack before it."""
    members = {stack: [each for each in seconds if each[0] == stack] for stack in stacks}
    filled = [stack for stack in stacks if members[stack]]
    earlier = {later: frozenset(members[stack]) for stack, later in pairwise(filled)}
    return {
        node: graph.directly_before(node) | earlier.get(node[0], frozenset()) for node in seconds
    }


def _last(seconds: Mapping[Node, int], before: Mapping[Node, frozenset[Node]]) -> int:
    return max(ends(seconds, before).values(), default=0)


def _stages(
    environment: Environment,
    stacks: Sequence[str],
    seconds: Mapping[Node, int],
    before: Mapping[Node, frozenset[Node]],
) -> Iterator[Stage]:
    ended, path = ends(seconds, before), critical_path(seconds, before)
    key_of: dict[Node, str] = {}
    for stack in stacks:
        own = [node for node in seconds if node[0] == stack]
        shown = [node for node in own if node in path or seconds[node] >= LEAST_SECONDS]
        steps = []
        for group in _groups(environment, shown, seconds, ended):
            key = f"step {stack} {group[0][1]}"
            key_of |= dict.fromkeys(group, key)
            place = next((path.index(node) for node in group if node in path), None)
            steps.append(
                Step(
                    key=key,
                    title=_title([environment.by_id[node] for node in group]),
                    start=ended[group[0]] - seconds[group[0]],
                    end=ended[group[0]],
                    critical=place is not None,
                    follows=key_of[path[place - 1]] if place else "",
                )
            )
        yield Stage(
            stack=stack,
            start=min((ended[node] - seconds[node] for node in own), default=0),
            end=max((ended[node] for node in own), default=0),
            steps=tuple(steps),
            rest=len(own) - len(shown),
        )


def _groups(
    environment: Environment,
    nodes: Sequence[Node],
    seconds: Mapping[Node, int],
    ended: Mapping[Node, int],
) -> Iterator[list[Node]]:
    """Yield resources of one type that begin and end together.

    They are ordered by their end: what a row waits for is in a row above it.
    """

    def together(node: Node) -> tuple[int, int, str]:
        return ended[node], ended[node] - seconds[node], environment.by_id[node].type

    yield from ([*group] for _, group in groupby(sorted(nodes, key=together), key=together))


def _title(resources: Sequence[Resource]) -> str:
    """Return resources of one type in words, such as "NAT gateways PublicA and PublicB"."""
    noun = NOUNS.get(resources[0].type, f"`{resources[0].type}`")
    names = [label(each).removeprefix(noun).strip() for each in resources]
    some = 1 < len(names) <= MOST_NAMES and all(names)
    title = f"{plural_of(noun)} {listed(names)}" if some else grouped(resources)
    # The stack stands above its steps.
    return title.replace("`", "").replace(f"{resources[0].stack}/", "")
