"""The values of one stack: names, conditions and functions, resolved as far as possible before a deploy.

Where a condition can't be decided, somebody must assume how it turns out: `assumed` says so, and
`assembly.worlds` makes an environment for each way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Never, cast

from assembly.functions import NOTHING, call, function_of
from assembly.references import DYNAMIC, Reference, Text, joined, parted, written_out
from assembly.stack import Stack
from kube.values import Unknown, flag, items, known, mapping, text

if TYPE_CHECKING:
    from assembly.environment import Environment

Assumed = Mapping[str, str]
"""The value of each variable that a condition depends on and that only a deploy knows."""
TRUE = "true"
OTHER = "(another value)"
"""What a variable may be besides the values that conditions compare it with."""
FEW = 4
"""As many allowed values of a parameter are looked at one by one."""
USUAL = {"${AWS::Partition}": "aws"}
"""What a variable is on most accounts."""


class ElsewhereError(Exception):
    """A value that its own stack doesn't decide."""


class _Nowhere:
    def __getattr__(self, name: str) -> Never:
        raise ElsewhereError(name)


NOWHERE = cast("Environment", _Nowhere())
"""The environment of a stack that is looked at alone."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A stack in which values are resolved; its environment knows the other stacks."""

    stack: Stack
    environment: Environment = field(repr=False)
    deciding: bool = False
    busy: set[tuple[str, str]] = field(default_factory=set)

    def resolved(self, value: object, path: str = "", *, keep_nothing: bool = False) -> Any:  # noqa: ANN401  # JSON may hold anything
        """Return a value with every function in it replaced by what it makes."""
        found = self._resolved(value, path)
        return None if found is NOTHING and not keep_nothing else found

    def resolved_once(self, value: object, path: str) -> Any:  # noqa: ANN401
        """Return a value of the template, resolved; it is kept unless other stacks or conditions count.

        An environment and what it is compared with mostly have the same stacks.
        """
        kept = self.stack.kept
        # The value is kept with it, so that no other one gets its id.
        if id(value) not in kept:
            try:
                made = replace(self, environment=NOWHERE, busy=set()).resolved(value, path)
            except ElsewhereError:
                made = NOWHERE
            kept[id(value)] = value, made
        _, found = kept[id(value)]
        return self.resolved(value, path) if found is NOWHERE else found

    def _resolved(self, value: object, path: str) -> Any:  # noqa: ANN401
        if isinstance(value, str):
            if "{{resolve:" not in value:
                return value
            pieces = enumerate(DYNAMIC.split(value))
            return joined((Unknown(each, path=path) if n % 2 else each for n, each in pieces), path)
        if isinstance(value, dict):
            function = function_of(value)
            if function is not None:
                return call(self, *function, path)
            pairs = ((key, self._resolved(inner, f"{path}.{key}")) for key, inner in value.items())
            return {key: inner for key, inner in pairs if inner is not NOTHING}
        if isinstance(value, list):
            resolved = (self._resolved(inner, f"{path}[{n}]") for n, inner in enumerate(value))
            return [inner for inner in resolved if inner is not NOTHING]
        return value

    def decided(self, value: object) -> Any:  # noqa: ANN401
        """Return a value as conditions and mappings see it, by account and region if they are known."""
        return (self if self.deciding else replace(self, deciding=True)).resolved(value)

    def named(self, name: object, path: str) -> Any:  # noqa: ANN401
        """Return the value of a Ref."""
        if name == "AWS::NoValue":
            return NOTHING
        if not isinstance(name, str):
            return None
        if self.deciding and name in self.stack.pseudo_parameters:
            return self.stack.pseudo_parameters[name]
        if name in self.stack.section("Parameters"):
            return self._parameter(name, path)
        return self._leading(f"${{{name}}}", name, "", path)

    def attribute(self, logical_id: object, attribute: str, path: str) -> Any:  # noqa: ANN401
        """Return what a Fn::GetAtt stands for; an output of a nested stack is the value behind it."""
        if not isinstance(logical_id, str):
            return None
        found = None
        if attribute.startswith("Outputs."):
            node, name = (self.stack.path, logical_id), attribute.partition(".")[2]
            with self._once("output", f"{logical_id}.{attribute}") as first:
                found = self.environment.output(node, name, path) if first else None
        if found is not None:
            return found
        return self._leading(f"${{{logical_id}.{attribute}}}", logical_id, attribute, path)

    def _leading(self, written: str, logical_id: str, attribute: str, path: str) -> Unknown:
        if logical_id not in self.stack.resources:
            return Unknown(written, path=path)
        node = (self.stack.path, logical_id)
        return Reference(written, node=node, attribute=attribute, path=path)

    def imported(self, name: str, path: str) -> Any:  # noqa: ANN401
        """Return what another stack exports under a name."""
        with self._once("import", name) as first:
            found = self.environment.exported(name, path) if first else None
        return Text(f"${{{name}}}", path=path) if found is None else found

    def holds(self, condition: object) -> bool:
        """Tell whether a condition holds, by what is assumed where a deploy decides."""
        expression = self.stack.section("Conditions").get(str(condition))
        with self._once("condition", str(condition)) as first:
            if expression is None or not first:
                return self._assume(f"condition {condition}", TRUE)
            return self._truth(expression)

    def _truth(self, expression: object) -> bool:
        match expression:
            case {"Fn::Equals": [one, other]}:
                return self._equal(self.decided(one), self.decided(other))
            case {"Fn::Not": [inner]}:
                return not self._truth(inner)
            case {"Fn::And": [*several]}:
                # Each is asked, for each may be decided by another variable.
                return False not in [self._truth(inner) for inner in several]
            case {"Fn::Or": [*several]}:
                return True in [self._truth(inner) for inner in several]
            case {"Condition": name}:
                return self.holds(name)
            case bool():
                return expression
            case _:
                return self._assume(json.dumps(expression, default=str), TRUE)

    def _equal(self, one: object, other: object) -> bool:
        if known(one) and known(other):
            return written_out(one) == written_out(other)
        if known(one):
            one, other = other, one
        if not known(other):
            return written_out(one) == written_out(other) or self._assume(f"{one} = {other}", TRUE)
        asked = self.environment.scopes.get(one.path, self) if isinstance(one, Unknown) else self
        return asked._assume(written_out(one), written_out(other))  # noqa: SLF001  # its own

    def ask_parameters(self) -> None:
        """Ask for every parameter that takes one of a few values: each may be the one of a deploy."""
        for name, parameter in self.stack.section("Parameters").items():
            if 1 < len(items(parameter, "AllowedValues")) <= FEW:
                self._assume(f"${{{name}}}", "")

    def _assume(self, variable: str, value: str) -> bool:
        """Tell whether a variable has a value, by what is assumed; by default as a deploy has it."""
        # A pseudo parameter is the same in all stacks.
        key = variable if variable.startswith("${AWS::") else f"{self.stack.path} {variable}"
        choices = self.environment.choices.setdefault(key, self._choices(variable, value))
        if value and value not in choices:
            choices.append(value)
        return self.environment.assumed.get(key, choices[0]) == value

    def _choices(self, variable: str, value: str) -> list[str]:
        """Return what a variable may be, first what it is unless somebody says otherwise."""
        parameter = mapping(self.stack.section("Parameters"), variable[2:-1])
        allowed = [written_out(each) for each in items(parameter, "AllowedValues")] or [OTHER]
        default = written_out(parameter.get("Default", value or allowed[0]))
        usual = USUAL.get(variable, default)
        return list(dict.fromkeys([usual, *allowed]))

    def _parameter(self, name: str, path: str) -> Any:  # noqa: ANN401
        parameter = mapping(self.stack.section("Parameters"), name)
        if self.stack.nested_in is not None:
            with self._once("parameter", name) as first:
                ask = self.environment.given
                given = ask(self.stack, name, path, deciding=self.deciding) if first else None
            if given is not None:
                listed = parted(given, ",", path) if "List" in text(parameter, "Type") else None
                return given if listed is None else listed
        # A condition of a nested stack may ask for one of the stack around it.
        unknown = Unknown(f"${{{name}}}", path=self.stack.path if self.deciding else path)
        value = self.environment.assumed.get(
            f"{self.stack.path} {unknown}", parameter.get("Default")
        )
        kind = str(parameter.get("Type"))
        # What SSM holds isn't in the template, and neither is a secret.
        hidden = kind.startswith("AWS::SSM::") or flag(parameter, "NoEcho", default=False)
        if self.deciding or hidden or value in (None, OTHER) or isinstance(value, dict | list):
            return unknown
        # CloudFormation takes the blanks around the items away.
        return re.split(r"\s*,\s*", written_out(value).strip()) if "List" in kind else value

    @contextmanager
    def _once(self, what: str, name: str) -> Iterator[bool]:
        """Tell whether something isn't being resolved already: a circle of values has no end."""
        key = (what, f"{self.stack.path} {name}")
        first = key not in self.busy
        self.busy.add(key)
        try:
            yield first
        finally:
            if first:
                self.busy.discard(key)
