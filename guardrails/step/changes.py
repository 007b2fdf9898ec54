"""What becomes of each resource between two sets of templates.

`changes` is a pure function over the templates of an environment. The rules refuse by it, and the
review tells it in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from guardrails.step.change import Body, Change, Effect, Node, Templates, bodies, change_of
from guardrails.step.create_only import replacement_of, values_at
from guardrails.step.interruptions import INTERRUPTIONS
from guardrails.step.knock_on import disturbed, followed, names_met

POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")


def changes(before: Templates, after: Templates) -> list[Change]:
    """Return what becomes of every resource that is not the same in both, stack by stack.

    What refers by a create-only property to a resource that is replaced is replaced as well.
    """
    old, new = dict(bodies(before)), dict(bodies(after))
    found: Mapping[Node, Change] = {
        node: change
        for node in dict.fromkeys((*new, *old))
        if (change := _change(node, old.get(node), new.get(node))) is not None
    }
    kept = {node: body for node, body in new.items() if node in old}
    found = followed(found, kept, after)
    found = disturbed(found, kept)
    return list(names_met(found, old, new).values())


def _change(node: Node, old: Body | None, new: Body | None) -> Change | None:
    if new is None:
        return _deleted(node, old or {})
    if old is None:
        return change_of(node, new, "created")
    if old["Type"] != new["Type"]:
        change = change_of(node, new, "refused")
        return replace(change, properties=("Type",), because=f"it was {old['Type']}")
    was, now = old.get("Properties", {}), new.get("Properties", {})
    schema = replacement_of(new["Type"])
    always, perhaps = (
        tuple(path for path in paths if values_at(was, path) != values_at(now, path))
        for paths in (schema.always, schema.perhaps)
    )
    if always or perhaps:
        because = "create-only" if always else "create-only for some values"
        change = change_of(node, new, "replaced")
        return replace(
            change, properties=(*always, *perhaps), because=because, certain=bool(always)
        )
    keys = tuple(key for key in {**was, **now} if was.get(key) != now.get(key))
    policies = tuple(key for key in POLICIES if old.get(key) != new.get(key))
    if not keys and not policies:
        return None
    noise = [INTERRUPTIONS[new["Type"], key] for key in keys if (new["Type"], key) in INTERRUPTIONS]
    effect: Effect = "interrupted" if noise else "in place"
    change = change_of(node, new, effect)
    return replace(change, properties=(*keys, *policies), because=next(iter(noise), ""))


def _deleted(node: Node, old: Body) -> Change:
    stays = old.get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate")
    because = "it stays in the account, and no stack knows it" if stays else "no template has it"
    return replace(change_of(node, old, "deleted"), because=because)
