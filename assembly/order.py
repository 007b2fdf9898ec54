"""The order in which CloudFormation creates the resources of all stacks of an environment.

CloudFormation makes a resource after those that it names by Ref, Fn::GetAtt, Fn::Sub or DependsOn,
also where a function takes one of several values; of an Fn::If it follows the branch that is taken. A
stack is made after those whose exports it imports, and the CDK deploys it after those that it depends
on. A nested stack is made with the resource that stands for it. All of it is deleted the other way
round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from assembly.functions import function_of, variables
from assembly.index import indexed
from assembly.references import Node, written_out
from assembly.resource import Resource
from assembly.scope import Scope
from assembly.stack import Stack
from kube.values import items, mapping

if TYPE_CHECKING:
    from assembly.environment import Environment

_T = TypeVar("_T")


class Order:
    """The order in which resources are made, and in reverse deleted."""

    def __init__(self, environment: Environment) -> None:
        """Read the order of all resources and stacks."""
        stacks, exports = environment.stacks, environment.exports
        direct = {path: set(stack.depends_on) & stacks.keys() for path, stack in stacks.items()}
        self._edges: dict[Node, frozenset[Node]] = {}
        self.named: dict[Node, tuple[set[str], set[str]]] = {}
        """The names in each resource, and the exports that it imports."""
        for node, resource in environment.by_node.items():
            names, imports = named_in(resource.body.get("Properties"), resource.scope)
            self.named[node] = {*names, *depends_on(resource)}, imports
            direct[node[0]] |= {exports[name][0] for name in imports if name in exports}
            named = {(node[0], name) for name in self.named[node][0]}
            self._edges[node] = frozenset(named & environment.by_node.keys())
        for path in stacks:
            direct[path].discard(path)
        self._outer = {path: stack.nested_in for path, stack in stacks.items()}
        self._stacks_before = {path: closure(path, direct) for path in stacks}
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
            self._closed[node] = closure(node, self._edges)
        return self._closed[node]

    def waits_for(self, later: Node, earlier: Node) -> bool:
        """Tell whether one resource is made after another, and so deleted before it."""
        return any(
            other in self.before(one)
            if one[0] == other[0]
            else other[0] in self._stacks_before.get(one[0], ())
            for one in self._places(later)
            for other in self._places(earlier)
            if one != other
        )

    def _places(self, node: Node | None) -> Iterator[Node]:
        """Yield a resource, and the nested stacks that it is made with."""
        while node is not None:
            yield node
            node = self._outer.get(node[0])


def depends_on(resource: Resource) -> Iterator[str]:
    """Yield the names that stand beside a resource's properties."""
    named = resource.body.get("DependsOn")
    yield from (each for each in items([named, *items(named)]) if isinstance(each, str))


def closure(start: _T, edges: Mapping[_T, Iterable[_T]]) -> frozenset[_T]:
    """Return all that the edges lead to, directly or over others."""
    found: set[_T] = set()
    rest = [*edges.get(start, ())]
    while rest:
        node = rest.pop()
        if node not in found:
            found.add(node)
            rest.extend(edges.get(node, ()))
    return frozenset(found)


def named_in(value: object, scope: Scope) -> tuple[set[str], set[str]]:
    """Return the names of Ref, Fn::GetAtt and Fn::Sub, and the names of exports, within a value."""
    names: set[str] = set()
    imports: set[str] = set()
    queue = [value]
    while queue:
        item = queue.pop()
        match function_of(item):
            case None:
                queue += _inside(item)
            case ("Ref", argument):
                names.add(str(argument))
            case ("Fn::GetAtt", argument):
                names.add(str(_first(argument)).partition(".")[0])
            case ("Fn::Sub", argument):
                names |= set(_in_sub(argument))
                queue += items(argument)[1:]
            case ("Fn::ImportValue", argument):
                imports.add(written_out(scope.resolved(argument)))
                queue.append(argument)
            case ("Fn::If", [condition, yes, no]):
                queue.append(yes if scope.holds(condition) else no)
            case (_, argument):
                queue.append(argument)
    return names, imports


@indexed
def conditions_in(stack: Stack) -> Sequence[str]:
    """Return the name of every condition that a template declares or asks, each once."""
    found = dict.fromkeys(stack.section("Conditions"))
    # Most templates ask for none, and to look into each value takes much longer than to write them all.
    queue: list[object] = [stack.body] if '"Fn::If"' in stack.text else []
    while queue:
        item = queue.pop()
        if isinstance(item, dict) and "Fn::If" in item:
            match function_of(item):
                case ("Fn::If", [condition, *_]):
                    found[str(condition)] = None
        queue += _inside(item)
    return [*found]


def _in_sub(argument: object) -> Iterator[str]:
    text = _first(argument)
    _, own, *_ = (*items(argument), None, None)
    for _, variable in variables(text if isinstance(text, str) else ""):
        if variable is not None and variable not in mapping(own):
            yield variable.partition(".")[0]


def _first(argument: object) -> object:
    return argument if isinstance(argument, str) else next(iter(items(argument)), "")


def _inside(value: object) -> Sequence[Any]:
    """Return what may hold a function: no text does."""
    found = value.values() if isinstance(value, dict) else items(value)
    return [each for each in found if isinstance(each, (dict, list, tuple))]
