"""All stacks of one environment, as CloudFormation will get them."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from assembly.index import grouped
from assembly.kinds import MANIFEST, NESTED_STACK
from assembly.kubernetes_object import KubernetesObject, objects_of
from assembly.order import Order, conditions_in
from assembly.references import Node, references, written_out
from assembly.resource import Resource
from assembly.scope import Assumed, Scope
from assembly.stack import Stack, Template
from capacity.inputs import Inputs
from kube.values import Json, mapping

CAPACITY = "groundwork:capacity"
"""The metadata with all that takes addresses (stacks/platform.py): templates don't show all."""
ACCEPTED = "groundwork:accepted-replacements"
"""The metadata with what the environment consents to (stacks/platform.py)."""
PRODUCTION = "groundwork:production"
"""The metadata that says whether it is a production environment (stacks/platform.py)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Environment:
    """The stacks that are deployed together, such as those of one stage, by their paths.

    `today` is the date of the build. `base` is the same environment as it was accepted last, if
    there is one to compare with. `assumed` says how conditions turn out that a deploy decides;
    `regardless` asks for every resource and for both branches of each Fn::If, however they do.
    `production` says what rules apply to it, None where that isn't known.
    """

    name: str
    stacks: Mapping[str, Stack]
    today: dt.date = field(default_factory=lambda: dt.datetime.now(tz=dt.UTC).date())
    base: Environment | None = None
    assumed: Assumed = field(default_factory=dict)
    regardless: bool = False
    production: bool | None = None
    kept: dict[object, Any] = field(default_factory=dict, init=False, repr=False)
    """What was read off the environment, by the function that reads it (index.py)."""
    choices: dict[str, list[str]] = field(default_factory=dict, init=False, repr=False)
    """The variables on which conditions turned out to depend, each with the values that make a
    difference, the one that holds unless assumed otherwise first."""

    @functools.cached_property
    def templates(self) -> Mapping[str, Template]:
        """Return the template of each stack by the stack's path."""
        return {path: stack.template for path, stack in self.stacks.items()}

    @functools.cached_property
    def asked(self) -> dict[str, list[str]]:
        """Return the variables that conditions depend on: all conditions are asked here."""
        for scope in self.scopes.values():
            for name in conditions_in(scope.stack):
                scope.holds(name)
            scope.ask_parameters()
        return self.choices

    @property
    def stack_names(self) -> Mapping[str, str]:
        """Return the paths of the stacks by their names in CloudFormation, as far as these are known."""
        return {each.deployed_as: path for path, each in self.stacks.items() if each.deployed_as}

    @functools.cached_property
    def scopes(self) -> Mapping[str, Scope]:
        """Return what resolves the values of each stack."""
        return {path: Scope(stack=stack, environment=self) for path, stack in self.stacks.items()}

    @functools.cached_property
    def by_node(self) -> Mapping[Node, Resource]:
        """Return every resource whose condition holds, in the order of the templates."""
        return {
            (path, name): Resource(stack=path, logical_id=name, body=body, scope=scope)
            for path, scope in self.scopes.items()
            for name, body in scope.stack.resources.items()
            if _is_there(body, scope)
        }

    @functools.cached_property
    def _by_kind(self) -> Mapping[str, list[Resource]]:
        return grouped((each.kind, each) for each in self.by_node.values())

    def resources(self, *kinds: str) -> tuple[Resource, ...]:
        """Return the resources of some CloudFormation types, of all without any."""
        if not kinds:
            return tuple(self.by_node.values())
        return tuple(each for kind in kinds for each in self._by_kind.get(kind, ()))

    def target(self, value: object) -> Resource | None:
        """Return the resource that a resolved value leads to, if it is one of this environment.

        Of a text with several references it is the first one; of a function that could take any of
        several resources, it isn't known.
        """
        if value is None or type(value) is str:  # Most are.
            return None
        first, *others = [*dict.fromkeys(self.targets(value)), None]
        return None if others[1:] and str(value).startswith("${Fn::") else first

    def targets(self, value: object) -> Iterator[Resource]:
        """Yield every resource of this environment that a resolved value leads to."""
        nodes = (reference.node for reference in references(value))
        yield from (self.by_node[node] for node in nodes if node in self.by_node)

    @functools.cached_property
    def order(self) -> Order:
        """Return what is made before what."""
        return Order(self)

    def waits_for(self, later: Resource, earlier: Resource) -> bool:
        """Tell whether one resource is made after another, and so deleted before it."""
        return self.order.waits_for(later.node, earlier.node)

    def kubernetes_objects(self, *kinds: str) -> tuple[KubernetesObject, ...]:
        """Return the Kubernetes objects of these kinds, or all of them."""
        if not kinds:
            return self._objects
        return tuple(each for kind in kinds for each in self._objects_by_kind.get(kind, ()))

    @functools.cached_property
    def _objects(self) -> tuple[KubernetesObject, ...]:
        return tuple(item for each in self.resources(MANIFEST) for item in objects_of(each))

    @functools.cached_property
    def _objects_by_kind(self) -> Mapping[str, list[KubernetesObject]]:
        return grouped((each.kind, each) for each in self._objects)

    @functools.cached_property
    def exports(self) -> Mapping[str, tuple[str, Json]]:
        """Return the stack and the output of every export by its name."""
        return {
            written_out(scope.resolved(output["Export"].get("Name"))): (path, output)
            for path, scope in self.scopes.items()
            for output in scope.stack.section("Outputs").values()
            if mapping(output, "Export") and _is_there(output, scope)
        }

    def exported(self, name: str, path: str) -> Any:  # noqa: ANN401  # JSON may hold anything
        """Return the value of an export, None where no stack here has it."""
        if name not in self.exports:
            return None
        exporter, output = self.exports[name]
        return self.scopes[exporter].resolved(output.get("Value"), path)

    def output(self, nested: Node, name: str, path: str) -> Any:  # noqa: ANN401
        """Return an output of a nested stack, None where its template isn't known."""
        inner = next((each for each in self.stacks.values() if each.nested_in == nested), None)
        if inner is None:
            return None
        value = mapping(inner.section("Outputs"), name).get("Value")
        return self.scopes[inner.path].resolved(value, path)

    def given(self, stack: Stack, parameter: str, path: str, *, deciding: bool) -> Any:  # noqa: ANN401
        """Return what a nested stack is given for a parameter, None where it is not."""
        outer, logical_id = stack.nested_in or ("", "")
        body = self.stacks[outer].resources.get(logical_id) if outer in self.stacks else None
        value = mapping(body, "Properties", "Parameters").get(parameter)
        scope = self.scopes[outer]
        return scope.decided(value) if deciding else scope.resolved(value, path)

    @functools.cached_property
    def nested(self) -> tuple[Resource, ...]:
        """Return the nested stacks whose templates aren't part of the assembly."""
        read = {stack.nested_in for stack in self.stacks.values()}
        return tuple(each for each in self.resources(NESTED_STACK) if each.node not in read)

    @functools.cached_property
    def inputs(self) -> Inputs | None:
        """Return what takes addresses, None where the assembly doesn't say it."""
        try:
            return _inputs().validate_json(self._noted(CAPACITY, ""))
        except ValidationError:
            return None

    @functools.cached_property
    def accepted(self) -> Mapping[str, str]:
        """Return the environment's accepted_replacements: reasons by construct path or logical id."""
        try:
            return mapping(json.loads(self._noted(ACCEPTED, "{}")))
        except ValueError:
            return {}

    def _noted(self, kind: str, default: str) -> str:
        found = (data for stack in self.stacks.values() for _, data in stack.entries(kind))
        return next((data for data in found if isinstance(data, str)), default)


@functools.cache
def _inputs() -> TypeAdapter[Inputs]:
    """Return what reads the inputs; it takes longer to make than to use."""
    return TypeAdapter(Inputs)


def _is_there(body: Json, scope: Scope) -> bool:
    return scope.environment.regardless or "Condition" not in body or scope.holds(body["Condition"])
