"""What a change of one resource does to others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from guardrails.step.change import GONE, Body, Change, Node, Templates, change_of
from guardrails.step.create_only import replacement_of, values_at
from guardrails.step.interruptions import INTERRUPTIONS
from guardrails.intrinsics import imports, references, text

Found = Mapping[Node, Change]
LAUNCH_TEMPLATE = "AWS::EC2::LaunchTemplate"


def followed(found: Found, kept: Mapping[Node, Body], templates: Templates) -> Found:
    """Return the changes with all that refers, by a create-only property, to what is replaced."""
    exports = _exports(templates)
    result = dict(found)
    grown = True
    while grown:
        grown = False
        for node, body in kept.items():
            change = _following(node, body, found.get(node), result, exports)
            if change is not None and change != result.get(node):
                result[node] = change
                grown = True
    return result


def _following(
    node: Node,
    body: Body,
    own: Change | None,
    changed: Found,
    exports: Mapping[str, frozenset[Node]],
) -> Change | None:
    """Return the replacement of a resource by others, and by its own change if that replaces it.

    One that CloudFormation refuses stays refused, whatever it refers to.
    """
    if own is not None and own.effect == "refused":
        return None
    leading: dict[str, list[Node]] = {}
    for path in replacement_of(body["Type"]).always:
        value = values_at(body.get("Properties", {}), path)
        leaders = {(node[0], logical_id) for logical_id in references(value)}
        leaders.update(*(exports.get(name, frozenset()) for name in imports(value)))
        gone = [
            each for each in sorted(leaders) if each in changed and changed[each].effect in GONE
        ]
        if gone:
            leading[path] = gone
    if not leading:
        return None
    leaders_in_order = tuple(dict.fromkeys(each for found in leading.values() for each in found))
    replaces = own is not None and own.effect in GONE
    change = own if own is not None and replaces else change_of(node, body, "replaced")
    return replace(
        change,
        properties=tuple(dict.fromkeys((*change.properties, *leading))),
        because=change.because or f"it refers to {leaders_in_order[0][1]}",
        leaders=leaders_in_order,
        # What follows only what may be replaced may be replaced, too.
        certain=(replaces and change.certain)
        or any(changed[each].certain for each in leaders_in_order),
    )


def _exports(templates: Templates) -> Mapping[str, frozenset[Node]]:
    return {
        text(output["Export"]["Name"]): frozenset(
            (path, logical_id) for logical_id in references(output["Value"])
        )
        for path, template in templates.items()
        for output in template.get("Outputs", {}).values()
        if "Export" in output
    }


def disturbed(found: Found, kept: Mapping[Node, Body]) -> Found:
    """Return the changes with all that takes the newest version of a changed launch template."""
    result = dict(found)
    for node, body in kept.items():
        change = found.get(node)
        if change is not None and change.effect not in {"in place", "interrupted"}:
            continue
        for (kind, key), noise in INTERRUPTIONS.items():
            value = body.get("Properties", {}).get(key) if kind == body["Type"] else None
            named = dict.fromkeys((node[0], logical_id) for logical_id in references(value))
            leaders = [each for each in named if each in found and _is_template(found[each])]
            if leaders:
                change = change or change_of(node, body, "interrupted")
                result[node] = replace(
                    change,
                    effect="interrupted",
                    properties=tuple(dict.fromkeys((*change.properties, key))),
                    because=change.because or noise,
                    leaders=tuple(leaders),
                )
    return result


def _is_template(change: Change) -> bool:
    return change.kind == LAUNCH_TEMPLATE


def names_met(found: Found, old: Mapping[Node, Body], new: Mapping[Node, Body]) -> Found:
    """Return the changes, those marked that need a name which the resource before still has.

    CloudFormation makes the new resource first, and AWS refuses the second of one name.
    """
    going = {
        identity: node
        for node, change in found.items()
        if change.effect in GONE and (identity := _identity(node, old[node], found)) is not None
    }
    result = dict(found)
    for node, change in found.items():
        if change.effect not in ("created", "replaced"):
            continue
        holder = going.get(_identity(node, new[node], found) or "")
        if holder is not None:
            names = ", ".join(replacement_of(change.kind).identity)
            result[node] = replace(
                change,
                effect="replaced with a fixed name",
                because=f"{holder[1]} still has this {names}",
            )
    return result


def _identity(node: Node, body: Body, found: Found) -> str | None:
    schema = replacement_of(body["Type"])
    values = [values_at(body.get("Properties", {}), path) for path in schema.identity]
    if schema.deletes_first or not values or not all(values):
        return None
    named = [(node[0], logical_id) for logical_id in references(values)]
    if any(other in found and found[other].effect == "replaced" for other in named):
        # What it refers to gets another name, and so does this.
        return None
    written = json.dumps(values, sort_keys=True)
    # The same reference means the same thing within one stack only.
    return f"{body['Type']} {node[0] if named else ''} {written}"
