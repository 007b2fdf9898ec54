"""What becomes of each resource between two environments.

`changes` compares the templates as they are. The rules refuse by it, and the review tells it in words.
"""

from __future__ import annotations

from assembly.environment import Environment
from assembly.resource import Resource
from guardrails.step.change import INTERRUPTIONS, Change, everything
from guardrails.step.create_only import replacement_of, values_at
from guardrails.step.knock_on import disturbed, followed, names_met
from kube.values import Json

Pair = tuple[Json, Json]
POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
TURNED = "its condition doesn't hold any more"


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
            found[node] = _deleted(old[node], TURNED if node in new else "no template has it")
        else:
            kept[node] = new[node]
            written = old[node].unresolved, new[node].unresolved
            made = written if was is None or now is None else (was.properties, now.properties)
            change = _change(old[node], new[node], written, made)
            if change is not None:
                found[node] = change
    found = disturbed(followed(found, kept), kept)
    return list(names_met(found, before, after).values())


def _change(old: Resource, new: Resource, written: Pair, made: Pair) -> Change | None:
    """Return the change of a resource that both have, by its properties as written and as made.

    A mapping or an import may hold another value under the same name. What is only written another
    way is most likely the same.
    """
    if old.type != new.type:
        because = f"it was {old.type}"
        return Change(resource=new, effect="refused", properties=("Type",), because=because)
    schema = replacement_of(new.kind)
    always, perhaps = (
        tuple(path for path in paths if _differ(path, written) or _differ(path, made))
        for paths in (schema.always, schema.perhaps)
    )
    if always or perhaps:
        return Change(
            resource=new,
            effect="replaced",
            properties=(*always, *perhaps),
            because="create-only" if always else "create-only for some values",
            certain=any(_differ(path, made) for path in always),
        )
    keys = dict.fromkeys(
        key
        for was, now in (written, made)
        for key in {**was, **now}
        if was.get(key) != now.get(key)
    )
    policies = tuple(key for key in POLICIES if old.body.get(key) != new.body.get(key))
    if not keys and not policies:
        return None
    noise = [INTERRUPTIONS[new.kind, key] for key in keys if (new.kind, key) in INTERRUPTIONS]
    return Change(
        resource=new,
        effect="interrupted" if noise else "in place",
        properties=(*keys, *policies),
        because=next(iter(noise), ""),
    )


def _differ(path: str, pair: Pair) -> bool:
    was, now = pair
    return values_at(was, path) != values_at(now, path)


def _deleted(old: Resource, reason: str) -> Change:
    stays = "it stays in the account, and no stack knows it"
    return Change(resource=old, effect="deleted", because=stays if old.retained else reason)
