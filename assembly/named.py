"""What a value of a template names, before anything in it is resolved.

CloudFormation orders resources by the names that stand in a template, also where a function takes one
of several values; of an Fn::If it follows the branch that is taken.
"""

from __future__ import annotations

from collections.abc import Iterator

from assembly.functions import function_of, variables
from assembly.references import written_out
from assembly.scope import Scope
from kube.values import items, mapping


def named_in(value: object, scope: Scope) -> tuple[set[str], set[str]]:
    """Return the names of Ref, Fn::GetAtt and Fn::Sub, and the names of exports, within a value."""
    names: set[str] = set()
    imports: set[str] = set()
    queue = [value]
    while queue:
        item = queue.pop()
        function = function_of(item)
        if function is None:
            queue += [*item.values()] if isinstance(item, dict) else items(item)
            continue
        name, argument = function
        if name == "Ref":
            names.add(str(argument))
        elif name == "Fn::GetAtt":
            first = argument if isinstance(argument, str) else next(iter(items(argument)), "")
            names.add(str(first).partition(".")[0])
        elif name == "Fn::Sub":
            names |= set(_in_sub(argument))
            queue += items(argument)[1:]
        elif name == "Fn::ImportValue":
            imports.add(written_out(scope.resolved(argument)))
            queue.append(argument)
        elif name == "Fn::If" and len(items(argument)) == len(("if", "yes", "no")):
            queue.append(argument[1] if scope.holds(argument[0]) else argument[2])
        else:
            queue.append(argument)
    return names, imports


def conditions_in(value: object) -> Iterator[str]:
    """Yield the name of every condition that a template declares or asks, each once."""
    found = dict.fromkeys(mapping(value, "Conditions"))
    queue = [value]
    while queue:
        item = queue.pop()
        function = function_of(item)
        if function is not None and function[0] == "Fn::If":
            found |= {str(each): None for each in items(function[1])[:1]}
        queue += [*item.values()] if isinstance(item, dict) else items(item)
    yield from found


def _in_sub(argument: object) -> Iterator[str]:
    text = argument if isinstance(argument, str) else next(iter(items(argument)), "")
    own = items(argument)[1] if len(items(argument)) > 1 else {}
    for _, variable in variables(text if isinstance(text, str) else ""):
        if variable is not None and variable not in (own if isinstance(own, dict) else {}):
            yield variable.partition(".")[0]
