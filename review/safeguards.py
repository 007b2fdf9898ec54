"""Protection against deletion and loss."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from assembly.index import grouped as gathered
from assembly.kinds import CLUSTER, NODE_GROUP
from assembly.kubernetes_object import KubernetesObject
from assembly.resource import Resource
from assembly.self_managed import self_managed_groups
from assembly.structured import structured
from guardrails.step.change import values_at
from kube.pods import pod_template
from kube.values import Json, items, known, mapping
from review.acknowledgements import acknowledgements_of
from review.differences import told as differs
from review.labels import duration, grouped, has_or_have, is_or_are, label, listed, quoted, words
from review.model import DETAILS, Risk, Sentence, capital, say
from review.retention import cancelled
from review.room import one_zone
from review.sides import Sides, is_kept
from review.worse import differing, is_worse, texts

WHEN: Mapping[str, str] = {
    "DeletionPolicy": "their stack is deleted or no longer contains them",
    "UpdateReplacePolicy": "they are replaced",
}
"""What each policy of a resource is about."""
AUTO_DELETE = "Custom::S3AutoDeleteObjects"
"""What empties a bucket when it goes with its stack (CDK, `auto_delete_objects`)."""
COUNTED = ("changes", "comes", "drifts", "fewer", "goes", "gone", "loses", "swaps")
"""What is worse however little is known of the values: a key is one, whatever its ARN."""
SETTINGS = ("ConfigurationValues", "Values")
"""Properties with JSON in a text."""
WHOLE = ("drifts", "narrows")
"""What is worse of a whole part of an object, which stands below the sentence."""
NAMED = ("changes", "goes", "swaps")
"""Of what is told with the names of resources."""


class Row(NamedTuple):
    """What protects something, and which value of it protects less: a row of protections.csv.

    `kind` is a CloudFormation type, a kind of Kubernetes object, or Pods for whatever makes some;
    `default` is the value where there is none. One that `says` nothing is told by nodes_gone.
    """

    kind: str
    path: str
    worse: str
    default: str
    risk: str
    says: str


_FILE = Path(__file__).with_name("protections.csv")
ROWS = tuple(Row(*each) for each in [*csv.reader(_FILE.read_text("utf-8").splitlines())][1:])
"""Sources: CloudFormation template reference; EKS, EC2, S3 and KMS guides; Kubernetes API reference."""


def protection(sides: Sides) -> Iterator[Sentence]:
    """Yield what protects stacks, clusters, pods and data less than before."""
    yield from _stacks(sides)
    policies: dict[tuple[bool, Resource], list[str]] = {}
    alike = []
    for old, new in sides.kept():
        for attribute, when in WHEN.items():
            before, after = (each.attribute(attribute) for each in (old, new))
            if before == after:
                continue
            if is_kept(old, attribute) != is_kept(new, attribute):
                policies.setdefault((is_kept(old, attribute), new), []).append(when)
            else:
                alike.append((differs(before, after, attribute), new))
    same = gathered(alike)
    if same:
        details = [f"{grouped(some)}: {values}." for values, some in same.items()]
        yield say("policy differs", resources=grouped(x for _, x in alike), details=details)
    kept = gathered(((was, tuple(whens)), new) for (was, new), whens in policies.items())
    for (was_kept, whens), resources in kept.items():
        how, what = "no longer" if was_kept else "now", grouped(resources)
        when, are = ", or when ".join(whens), is_or_are(resources)
        details = [*_of_secrets(sides, resources), *cancelled(resources)] if was_kept else []
        yield say(f"{how} retained", when=when, resources=what, are=are, details=details)
    for each in sides.after.resources(AUTO_DELETE):
        bucket = sides.after.target(each.properties.get("BucketName"))
        if bucket is not None and each.node not in sides.before.by_node:
            risk = Risk.WEAKENS if bucket.node in sides.before.by_node else Risk.SAFE
            name = each.scope.stack.name
            yield say("objects deleted", stack=name, bucket=label(bucket), risk=risk)
    yield from _weakened(sides)


def _of_secrets(sides: Sides, resources: Sequence[Resource]) -> Iterator[str]:
    """Yield the key that encrypts the Secrets of a cluster."""
    for cluster in sides.after.resources(CLUSTER):
        for key in sides.after.targets(cluster.properties.get("EncryptionConfig")):
            if key in resources:
                name = label(key)
                yield DETAILS["key of Secrets"].format(key=name, cluster=label(cluster))


def _stacks(sides: Sides) -> Iterator[Sentence]:
    # A stack that the code no longer has stays as it is, and no snapshot says how it is protected.
    was_known = acknowledgements_of(sides.before) is not None
    stacks = gathered(
        (stack.termination_protection, stack.name)
        for path, stack in sides.before.stacks.items()
        if sides.after.stacks[path].termination_protection != stack.termination_protection
        and (was_known or stack.termination_protection)
    )
    for was_on, names in stacks.items():
        how = "off" if was_on else "on"
        noun = "stack" if len(names) == 1 else "stacks"
        quiet = was_on and any(x.scope.stack.name in names for x in sides.after.resources(CLUSTER))
        details, named = [DETAILS["quiet guardrails"]] if quiet else [], f"{noun} {quoted(names)}"
        yield say(f"termination protection {how}", names=named, details=details)
    if (sides.before.production, sides.after.production) == (True, False):
        yield say("no longer production", name=sides.after.name)


def _weakened(sides: Sides) -> Iterator[Sentence]:
    # Of two types with the same words, too.
    rows = (((x.says, x.risk, v), (name, more)) for x, name, v, _, more in _rows(sides) if x.says)
    found = gathered(rows)
    for (says, risk, values), alike in found.items():
        names, (before, after, gone) = list(dict.fromkeys(name for name, _ in alike)), values
        words = {"was": before, "now": after, "gone": gone, "are": is_or_are(names)}
        words |= {"was_time": duration(before), "now_time": duration(after)}
        words["have"] = has_or_have(len(names))
        text = f"{capital(says.format(names=listed(names), **words))}."
        details = tuple(capital(f"{name}: {more}.") for name, more in alike if more)
        yield Sentence(text=text, risk=Risk[risk], details=details)


def _rows(sides: Sides) -> Iterator[tuple[Row, str, tuple[str, str, str], bool, str]]:
    """Yield each row that says what is worse, of what, the values, whether that is all, and what differs."""
    for row in ROWS:
        for each, old, new in _pairs(sides, row.kind):
            was, now = (values_at(side, row.path) for side in (old, new))
            if row.worse == "loses":
                # What is gone itself misses nothing.
                flat = ((x, sides.before.target(x)) for value in was for x in items(value))
                was = [x for x, to in flat if to is None or to.node in sides.after.by_node]
            # A share in place of a number has no default of the number.
            usual = row.default and not values_at(old, f"{row.path}Percentage")
            meant = row if usual else row._replace(default="")
            counts = (_count(old, row.path), _count(new, row.path))
            named = partial(_named, sides)
            # That is told with what it means.
            skipped = (row.kind, row.path) == (NODE_GROUP, "Subnets") and one_zone(sides)
            worse = None if was == now or skipped else _worse(meant, was, now, counts, named)
            if worse is not None:
                items_of = values_at(new, row.path.partition("/*")[0])
                one, other = (
                    next(iter(x), None) if row.worse in WHOLE else None for x in (was, now)
                )
                more = differs(one, other, row.path.replace("/", "."))
                yield row, label(each), worse, _is_all(row, was, now, items_of), more


def _is_all(row: Row, was: list[object], now: list[object], items_of: list[object]) -> bool:
    """Tell whether a property differs in nothing but what is worse."""
    if row.worse == "fewer":
        flat = all(len(mapping(each)) <= 1 for found in items_of for each in items(found))
        return "::" in row.kind and flat and {*texts(now)} <= {*texts(was)}
    one = "/*" not in row.path and row.kind != "Pods"
    return one and row.worse not in {"loses", "comes", "quota"}


def _count(side: object, path: str) -> int:
    """Return how many items of a list may have a value; what is in no list is one."""
    before, star, _ = path.rpartition("/*")
    return len(values_at(side, f"{before}{star}")) if star else 1


def told(sides: Sides) -> Mapping[str, list[str]]:
    """Return the dotted paths of which it is said that their value is worse, by what has them.

    An asterisk stands for all below the path.
    """
    return gathered(
        (name, f"{path.replace('/', '.').replace('~1', '/')}{'*' * (row.worse in WHOLE)}")
        for row, name, _, is_all, _ in _rows(sides)
        for path in [row.path.partition("/*")[0]] * is_all
    )


def _pairs(sides: Sides, kind: str) -> Iterator[tuple[Resource | KubernetesObject, object, object]]:
    """Yield what differs of a kind that is on both sides."""
    if "::" in kind:
        own = {x.node: x for x in self_managed_groups(sides.before) if x.kind == kind}
        groups = self_managed_groups(sides.after)
        also = [(own[each.node], each) for each in groups if each.node in own]
        for one, other in (*sides.kept(kind), *also):
            if one.properties != other.properties:
                yield other, _opened(one.properties), _opened(other.properties)
        return
    for was, item in sides.changed_objects:
        if kind not in {item.kind, "Pods"}:
            continue
        templates = pod_template(was.content), pod_template(item.content)
        if kind != "Pods":
            yield item, was.content, item.content
        elif templates[0] is not None and templates[1] is not None:
            yield item, templates[0].spec, templates[1].spec


def _opened(properties: Json) -> Json:
    """Return properties with the settings of a chart or an add-on, which are JSON in a text."""
    found = dict(properties)
    for name in SETTINGS:
        with suppress(ValueError):
            found[name] = structured(properties.get(name))
    return found


def _named(sides: Sides, value: str) -> str:
    """Return what a text refers to in words, or the text itself as code."""
    target = sides.before.target(value) or sides.after.target(value)
    return f"`{words(value)}`" if target is None else label(target)


def _worse(
    row: Row,
    old: list[object],
    new: list[object],
    counts: tuple[int, int],
    named: Callable[[str], str],
) -> tuple[str, str, str] | None:
    """Return the values before and after, and what is gone; None where it isn't worse."""
    if not known([old, new]) and row.worse not in COUNTED:
        return None
    default = [row.default] if row.default else []
    was, now = (texts(each) or default for each in (old, new))
    gone = differing(row.worse, (old, new), (was, now))
    if not is_worse(row.worse, (old, new), (was, now), gone, counts):
        return None
    first = [next(iter(each), "none") for each in (was, now)]
    show = named if row.worse in NAMED else words
    values = {"was": show(first[0]), "now": show(first[1]), "gone": listed(map(named, gone))}
    # What a sentence doesn't say makes no sentences of its own.
    told = [value if f"{{{name}" in row.says else "" for name, value in values.items()]
    return told[0], told[1], told[2]
