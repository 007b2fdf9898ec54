"""What happens to each resource between two environments, and the effect on others.

`changes` compares the templates as they are. The rules reject changes with it, and the review describes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain

from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import AUTO_SCALING_GROUP, LAUNCH_TEMPLATE, NODE_GROUP
from assembly.references import Node, Reference, references
from assembly.resource import Resource
from guardrails.step.change import (
    GONE,
    INTERRUPTIONS,
    Change,
    Effect,
    everything,
    replacement_of,
    replacing,
    values_at,
)
from guardrails.step.durations import shortened
from kube.values import Json, look_up, unknowns

Pair = tuple[Json, Json]
Found = dict[Node, Change]
Leaders = Mapping[str, list[Node]]
"""What a resource refers to, by the create-only properties that do."""
ROLLED: Mapping[str, Mapping[str, str]] = {
    NODE_GROUP: {"LaunchTemplate": "LaunchTemplate/Version"},
    AUTO_SCALING_GROUP: {
        "LaunchTemplate": "LaunchTemplate/Version",
        "MixedInstancesPolicy": "MixedInstancesPolicy/LaunchTemplate/LaunchTemplateSpecification/Version",
    },
}
"""Where node groups name the version of a launch template, by the property that has it."""
REPLACING = "AutoScalingReplacingUpdate"
"""Without it an update replaces no Auto Scaling group, but at most its instances (CloudFormation
template reference, "UpdatePolicy attribute")."""
NEW_VERSION = {"LaunchTemplateData", "VersionDescription"}
"""The properties of a launch template whose change makes a new version of it."""
POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
TURNED = "its condition doesn't hold any more"
STAYS = "it stays in the account, and no stack knows it"


def changes(before: Environment, after: Environment) -> list[Change]:
    """Return what becomes of every resource that is not the same in both, stack by stack.

    What refers by a create-only property to a resource that is replaced is replaced as well. Both
    branches of a condition count, but a resource whose own condition turns comes or goes.
    """
    old, new = everything(before), everything(after)
    found = {}
    kept = {}
    for node in dict.fromkeys((*new, *old)):
        was, now = before.by_node.get(node), after.by_node.get(node)
        if node not in old or (now is not None and was is None):
            found[node] = Change(resource=new[node], effect="created")
        elif node not in new or (was is not None and now is None):
            gone = TURNED if node in new else "no template has it"
            because = STAYS if old[node].retained else gone
            found[node] = Change(resource=old[node], effect="deleted", because=because)
        else:
            kept[node] = new[node]
            written = old[node].unresolved, new[node].unresolved
            made = written if was is None or now is None else (was.properties, now.properties)
            if change := _change(old[node], new[node], written, made):
                found[node] = change
    found = _followed(found, kept)
    _disturb(found, kept)
    _meet_names(found, before, after)
    return list(found.values())


def _change(old: Resource, new: Resource, written: Pair, made: Pair) -> Change | None:
    """Return the change of a resource that both have, by its properties as written and as made.

    A mapping or an import may hold another value under the same name. What is only written another
    way is most likely the same.
    """
    if old.type != new.type:
        because = f"it was {old.type}"
        return Change(resource=new, effect="refused", properties=("Type",), because=because)
    if old.body == new.body and made[0] == made[1]:
        return None
    schema = replacing(new)
    always, perhaps = (
        tuple(path for path in paths if _differ(path, written) or _differ(path, made))
        for paths in (schema.always, schema.perhaps)
    )
    if new.kind == AUTO_SCALING_GROUP and not look_up(new.body, "UpdatePolicy", REPLACING):
        perhaps = ()
    lost = shortened(new.kind, *made)
    if always or perhaps:
        return Change(
            resource=new,
            lost=lost,
            effect="replaced",
            properties=(*always, *perhaps),
            because="create-only" if always else "create-only for some values",
            certain=any(_differ(path, made) for path in always),
        )
    every = ((pair, key) for pair in (written, made) for key in {**pair[0], **pair[1]})
    keys = dict.fromkeys(key for (was, now), key in every if was.get(key) != now.get(key))
    policies = tuple(key for key in POLICIES if old.body.get(key) != new.body.get(key))
    if not keys and not policies:
        return None
    noise = next(filter(None, (INTERRUPTIONS.get((new.kind, key)) for key in keys)), "")
    effect: Effect = "interrupted" if noise else "in place"
    properties = (*keys, *policies)
    return Change(resource=new, effect=effect, properties=properties, because=noise, lost=lost)


def _differ(path: str, pair: Pair) -> bool:
    was, now = pair
    return values_at(was, path) != values_at(now, path)


def _followed(found: Found, kept: Mapping[Node, Resource]) -> Found:
    """Return the changes with all that refers, by a create-only property, to what is replaced."""
    turned = [node for node, change in found.items() if change.effect in GONE]
    if not turned:
        return found
    leaders = {
        node: {
            path: nodes
            for path in replacement_of(resource.kind).always
            if (nodes := _leads_to(resource, path))
        }
        for node, resource in kept.items()
    }
    pairs = ((node, nodes) for node, by_path in leaders.items() for nodes in by_path.values())
    followers = grouped((leader, node) for node, nodes in pairs for leader in nodes)
    result = dict(found)
    while turned:
        asked = dict.fromkeys(each for node in turned for each in followers.get(node, ()))
        turned = []
        for node in asked:
            change = _following(kept[node], leaders[node], found.get(node), result)
            if change is not None and change != result.get(node):
                result[node] = change
                turned.append(node)
    return result


def _leads_to(resource: Resource, path: str) -> list[Node]:
    """Return the resources to which a property leads, over imports and nested stacks as well."""
    values = values_at(resource.unresolved, path)
    if all(isinstance(each, str) for each in values):
        return []
    return sorted({each.node for each in references(resource.scope.resolved(values))})


def _following(
    resource: Resource, leaders: Leaders, own: Change | None, changed: Found
) -> Change | None:
    """Return the replacement of a resource by others, and by its own change if that replaces it.

    One that CloudFormation refuses stays refused, whatever it refers to.
    """
    gone = {
        path: [each for each in nodes if each in changed and changed[each].effect in GONE]
        for path, nodes in leaders.items()
    }
    leading = dict.fromkeys(chain.from_iterable(gone.values()))
    if not leading or (own is not None and own.effect == "refused"):
        return None
    replaces = own is not None and own.effect in GONE
    change = own if own and replaces else Change(resource=resource, effect="replaced")
    properties = (*change.properties, *(path for path, nodes in gone.items() if nodes))
    return replace(
        change,
        properties=tuple(dict.fromkeys(properties)),
        because=change.because or f"it refers to {next(iter(leading))[1]}",
        leaders=tuple(leading),
        # What follows only what may be replaced may be replaced, too.
        certain=(replaces and change.certain) or any(changed[each].certain for each in leading),
    )


def _disturb(found: Found, kept: Mapping[Node, Resource]) -> None:
    renewed = {
        node
        for node, change in found.items()
        if change.kind == LAUNCH_TEMPLATE
        and (change.effect in GONE or not NEW_VERSION.isdisjoint(change.properties))
    }
    for node, group in kept.items():
        change = found.get(node, Change(resource=group, effect="interrupted"))
        stays = group.kind == AUTO_SCALING_GROUP and "UpdatePolicy" not in group.body
        if stays or change.effect not in {"in place", "interrupted"}:
            continue
        for name, path in ROLLED.get(group.kind, {}).items():
            leaders = [each for each in _leads_to(group, path) if each in renewed]
            if leaders:
                found[node] = replace(
                    change,
                    effect="interrupted",
                    properties=tuple(dict.fromkeys((*change.properties, name))),
                    because=change.because or INTERRUPTIONS[group.kind, name],
                    leaders=tuple(leaders),
                )


def _meet_names(found: Found, before: Environment, after: Environment) -> None:
    """Mark the changes that need a name which the resource before still has.

    CloudFormation makes the new resource first, and AWS refuses the second of one name.
    """
    going = {
        _identity(before.by_node.get(node), found): node
        for node, change in found.items()
        # A replacement may go before its successor comes; what is deleted goes last.
        if change.effect in GONE
        and (change.effect == "deleted" or not replacement_of(change.kind).deletes_first)
    }
    unmarked = dict(found)
    for node, change in unmarked.items():
        is_made = change.effect in ("created", "replaced")
        identity = _identity(after.by_node.get(node), unmarked) if is_made else None
        if identity is not None and identity in going:
            names = ", ".join(replacement_of(change.kind).identity)
            because = f"{going[identity][1]} still has this {names}"
            found[node] = replace(change, effect="replaced with a fixed name", because=because)


def _identity(resource: Resource | None, found: Found) -> tuple[object, ...] | None:
    if resource is None:
        return None
    schema = replacement_of(resource.kind)
    values = [values_at(resource.properties, path) for path in schema.identity]
    led = {each.node for each in references(values)}
    # Where what it refers to gets another name, so does this.
    renamed = any(node in found and found[node].effect == "replaced" for node in led)
    if not values or not all(values) or renamed:
        return None
    # A reference means the same thing everywhere, what else only a deploy knows in one stack only.
    alike = all(isinstance(each, Reference) for each in unknowns(values))
    written = json.dumps(values, sort_keys=True, default=str)
    return resource.kind, "" if alike else resource.stack, *sorted(led), written
