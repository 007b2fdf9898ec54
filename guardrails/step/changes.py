"""What becomes of each resource between two environments.

`changes` compares the templates as they are. The rules refuse by it, and the review tells it in words.
"""

from __future__ import annotations

from assembly.environment import Environment
from assembly.resource import Resource
from guardrails.step.change import Change, Effect, everything
from guardrails.step.create_only import replacement_of, values_at
from guardrails.step.interruptions import INTERRUPTIONS
from guardrails.step.knock_on import disturbed, followed, names_met

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
        comes = node not in old or (node in after.by_node and node not in before.by_node)
        goes = node not in new or (node in before.by_node and node not in after.by_node)
        if comes:
            found[node] = Change(resource=new[node], effect="created")
        elif goes:
            found[node] = _deleted(old[node], TURNED if node in new else "no template has it")
        else:
            kept[node] = new[node]
            change = _change(old[node], new[node])
            if change is not None:
                found[node] = change
    found = disturbed(followed(found, kept), kept)
    return list(names_met(found, before, after).values())


def _change(old: Resource, new: Resource) -> Change | None:
    if old.type != new.type:
        because = f"it was {old.type}"
        return Change(resource=new, effect="refused", properties=("Type",), because=because)
    was, now = old.unresolved, new.unresolved
    schema = replacement_of(new.kind)
    always, perhaps = (
        tuple(path for path in paths if values_at(was, path) != values_at(now, path))
        for paths in (schema.always, schema.perhaps)
    )
    if always or perhaps:
        because = "create-only" if always else "create-only for some values"
        return Change(
            resource=new,
            effect="replaced",
            properties=(*always, *perhaps),
            because=because,
            certain=bool(always),
        )
    keys = tuple(key for key in {**was, **now} if was.get(key) != now.get(key))
    policies = tuple(key for key in POLICIES if old.body.get(key) != new.body.get(key))
    if not keys and not policies:
        return None
    noise = [INTERRUPTIONS[new.kind, key] for key in keys if (new.kind, key) in INTERRUPTIONS]
    effect: Effect = "interrupted" if noise else "in place"
    because = next(iter(noise), "")
    return Change(resource=new, effect=effect, properties=(*keys, *policies), because=because)


def _deleted(old: Resource, reason: str) -> Change:
    stays = "it stays in the account, and no stack knows it"
    return Change(resource=old, effect="deleted", because=stays if old.retained else reason)
