"""What CloudFormation makes before what, over all stacks of an environment.

CloudFormation makes a resource after those that it names by Ref, Fn::GetAtt, Fn::Sub or DependsOn,
and a stack after those whose exports it imports; the CDK deploys a stack after those that it depends
on. All of it is deleted the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, TypeVar

from guardrails.intrinsics import imports, references, text

Node = tuple[str, str]
"""A resource: the path of its stack, and its logical id."""

_T = TypeVar("_T")


class Graph:
    """The order in which resources are made, and in reverse deleted."""

    def __init__(
        self, templates: Mapping[str, Mapping[str, Any]], depends_on: Mapping[str, AbstractSet[str]]
    ) -> None:
        """Read the order of `templates`, by path; `depends_on` says what the CDK adds to it."""
        self._edges = {
            (path, logical_id): frozenset(
                (path, other) for other in _named(body) if other in template.get("Resources", {})
            )
            for path, template in templates.items()
            for logical_id, body in template.get("Resources", {}).items()
        }
        exported = {
            text(output["Export"]["Name"]): path
            for path, template in templates.items()
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }
        direct = {
            path: {exported[name] for name in imports(template) if name in exported}
            | depends_on.get(path, frozenset())
            for path, template in templates.items()
        }
        self._stacks_before = {path: _closure(path, direct) for path in templates}
        self._closed: dict[Node, frozenset[Node]] = {}

    def directly_before(self, node: Node) -> frozenset[Node]:
        """Return all of its own stack that a resource names."""
        return self._edges[node]

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
        if later[0] != earlier[0]:
            return earlier[0] in self._stacks_before[later[0]]
        return earlier in self.before(later)


def _named(body: Mapping[str, Any]) -> Iterator[str]:
    explicit = body.get("DependsOn", ())
    yield from (explicit,) if isinstance(explicit, str) else explicit
    yield from references(body.get("Properties", {}))


def _closure(start: _T, edges: Mapping[_T, AbstractSet[_T]]) -> frozenset[_T]:
    found: set[_T] = set()
    rest = [*edges.get(start, ())]
    while rest:
        node = rest.pop()
        if node not in found:
            found.add(node)
            rest.extend(edges.get(node, ()))
    return frozenset(found)
