"""What CloudFormation makes before what, over all stacks of an environment.

CloudFormation makes a resource after those that it names by Ref, Fn::GetAtt, Fn::Sub or DependsOn,
and a stack after those whose exports it imports; the CDK deploys a stack after those that it depends
on. A nested stack is made with the resource that stands for it. All of it is deleted the other way
round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TypeVar

from assembly.named import named_in
from assembly.references import Node
from assembly.resource import Resource
from assembly.scope import Scope
from kube.values import Json, items

_T = TypeVar("_T")


class Order:
    """The order in which resources are made, and in reverse deleted."""

    def __init__(
        self,
        scopes: Mapping[str, Scope],
        resources: Mapping[Node, Resource],
        exporters: Mapping[str, str],
    ) -> None:
        """Read the order; `exporters` are the stacks by the names of what they export."""
        stacks = {path: scope.stack for path, scope in scopes.items()}
        direct = {path: set(stack.depends_on) & stacks.keys() for path, stack in stacks.items()}
        self._edges: dict[Node, frozenset[Node]] = {}
        for node, resource in resources.items():
            names, imports = named_in(resource.body.get("Properties"), scopes[node[0]])
            direct[node[0]] |= {exporters[name] for name in imports if name in exporters}
            self._edges[node] = frozenset(
                (node[0], name)
                for name in (*names, *_explicit(resource.body))
                if (node[0], name) in resources
            )
        for path in stacks:
            direct[path].discard(path)
        self._outer = {path: stack.nested_in for path, stack in stacks.items()}
        self._stacks_before = {path: _closure(path, direct) for path in stacks}
        self._closed: dict[Node, frozenset[Node]] = {}

    def directly_before(self, node: Node) -> frozenset[Node]:
        """Return all of its own stack that a resource names."""
        return self._edges.get(node, frozenset())

    def stacks_before(self, path: str) -> frozenset[str]:
        """Return the stacks that a stack waits for, directly or not."""
        return self._stacks_before[path]

    def before(self, node: Node) -> frozenset[Node]:
        """Return all of its own stack that a resource waits for, directly or not."""
        if node not in self._closed:
            self._closed[node] = _closure(node, self._edges)
        return self._closed[node]

    def waits_for(self, later: Node, earlier: Node) -> bool:
        """Tell whether one resource is made after another, and so deleted before it."""
        return any(
            self._made_after(one, other)
            for one in self._places(later)
            for other in self._places(earlier)
            if one != other
        )

    def _made_after(self, later: Node, earlier: Node) -> bool:
        if later[0] != earlier[0]:
            return earlier[0] in self._stacks_before.get(later[0], ())
        return earlier in self.before(later)

    def _places(self, node: Node | None) -> Iterator[Node]:
        """Yield a resource, and the nested stacks that it is made with."""
        while node is not None:
            yield node
            node = self._outer.get(node[0])


def _explicit(body: Json) -> Iterator[str]:
    named = body.get("DependsOn")
    yield from (each for each in items([named, *items(named)]) if isinstance(each, str))


def _closure(start: _T, edges: Mapping[_T, AbstractSet[_T]]) -> frozenset[_T]:
    found: set[_T] = set()
    rest = [*edges.get(start, ())]
    while rest:
        node = rest.pop()
        if node not in found:
            found.add(node)
            rest.extend(edges.get(node, ()))
    return frozenset(found)
