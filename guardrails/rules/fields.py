"""Fields that take certain values only: fields.yaml is the table, with the source of each limit.

A row names what it is about (`type`, or `of` for what something else makes of it), for lists the
`each` that it looks at, the field `at` which something is wrong, and what is right: one of some words
(`is`), a pattern (`like`), a number (`between`, `most`), the same as elsewhere (`same`), nothing
(`absent`), something (`required`), only these `keys`, a list that `has` an item, or each `unique`. `when` says for which values of other fields
it holds, `default` what a field that is missing counts as, and `production` that it holds only in a
stack that must not be deleted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import CLUSTER, LAUNCH_TEMPLATE, NODE_GROUP
from assembly.kubernetes_object import KubernetesObject
from assembly.links import cluster_of
from assembly.references import written_out
from assembly.resource import Resource
from guardrails.rule import Check, Finding, breach, found, rule
from kube.values import Json, Unknown, items, known, look_up, mapping, number, text

Holder = tuple[Resource | KubernetesObject, Json]
"""What has the fields, and the fields."""
Made = Iterator[tuple[Resource, Json]]
ROWS: list[Json] = yaml.load(
    Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"),
    Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader),  # noqa: S506  # safe, and fast
)


def _templates(environment: Environment) -> Made:
    """Yield the launch template of each node group, beside the image that the group names."""
    for group in environment.resources(NODE_GROUP):
        template = environment.target(look_up(group.properties, "LaunchTemplate", "Id"))
        if template is not None and template.kind == LAUNCH_TEMPLATE:
            data = mapping(template.properties, "LaunchTemplateData")
            image = data.get("ImageId") or group.properties.get("AmiType") or "AL2023"
            yield template, {**data, "AmiType": "CUSTOM" if data.get("ImageId") else image}


def _node_subnets(environment: Environment) -> Made:
    used = [group.properties.get("Subnets") for group in environment.resources(NODE_GROUP)]
    for subnet in dict.fromkeys(environment.targets(used)):
        yield subnet, subnet.properties


def _flow_log_buckets(environment: Environment) -> Made:
    logs = [each.properties.get("LogDestination") for each in environment.resources(FLOW_LOG)]
    for bucket in dict.fromkeys(environment.targets(logs)):
        if bucket.kind == "AWS::S3::Bucket":
            yield bucket, bucket.properties


FLOW_LOG = "AWS::EC2::FlowLog"
OF: Mapping[str, Callable[[Environment], Made]] = {
    "launch templates of nodes": _templates,
    "subnets of nodes": _node_subnets,
    "buckets of flow logs": _flow_log_buckets,
}


def _holders(row: Json, environment: Environment) -> Iterator[Holder]:
    if "kind" in row:
        yield from ((each, each.content) for each in environment.kubernetes_objects(row["kind"]))
    elif "of" in row:
        yield from OF[row["of"]](environment)
    else:
        yield from ((each, each.properties) for each in environment.resources(row["type"]))


@indexed
def protected_clusters(environment: Environment) -> frozenset[Resource]:
    """Return the clusters whose stacks must not be deleted: those of production."""
    every = environment.resources(CLUSTER)
    return frozenset(c for c in every if environment.stacks[c.stack].termination_protection)


def in_production(environment: Environment, holder: Resource | KubernetesObject) -> bool:
    """Tell whether a resource, or the cluster of an object, is in a stack that is protected."""
    resource = holder if isinstance(holder, Resource) else holder.resource
    if environment.stacks[resource.stack].termination_protection:
        return True
    return isinstance(holder, KubernetesObject) and (
        cluster_of(environment, resource) in protected_clusters(environment)
    )


def also(rule_id: str) -> Callable[[Check], Check]:
    """Make the function below a part of the check of a rule that has rows here."""
    return lambda check: _more.setdefault(rule_id, check)


def _check(rule_id: str, environment: Environment) -> Iterator[Finding]:
    if rule_id in _more:
        yield from _more[rule_id](environment)
    for row in _by_id[rule_id]:
        for holder, fields in _holders(row, environment):
            if row.get("production") and not in_production(environment, holder):
                continue
            content = fields
            if "attribute" in row and isinstance(holder, Resource):
                content = {**fields, row["attribute"]: holder.attribute(row["attribute"])}
            for each in items(fields, *row["each"]) if "each" in row else [content]:
                around = {**fields, **mapping(each)}
                if all(_holds(around, path, like) for path, like in row.get("when", {}).items()):
                    yield from _wrong(row, holder, around)


def _holds(fields: Json, path: str, like: str) -> bool:
    value = look_up(fields, *path.split("."))
    return (
        known(value) and re.fullmatch(like, written_out("" if value is None else value)) is not None
    )


def _wrong(row: Json, holder: Resource | KubernetesObject, fields: Json) -> Iterator[Finding]:
    path = [row["at"]] if isinstance(row["at"], str) else row["at"]
    for value in leaves(fields, path):
        actual = row.get("default") if value is None else value
        if isinstance(actual, Unknown) or not (wrong := _problem(row, actual, fields)):
            continue
        named = text(fields, row["name"]) if "name" in row else ""
        at = "/".join(path)
        shown = "missing" if value is None else _short(value)
        said = f"{named} {at} is {shown}{wrong}. {row.get('says', '')}".strip()
        name = f"{named} {row.get('value', path[-1])}".strip()
        fix = row.get("fix", "")
        if isinstance(holder, Resource):
            where = "" if "attribute" in row else at
            yield breach(holder, where, name, said, fix=fix)
        else:
            yield found(holder, name, said, fix=fix, field=".".join(path))


def _short(value: object) -> str:
    """Return a value in a few words: what is wrong with a list or an object is said after it."""
    return f"{written_out(value)!r}" if not isinstance(value, list | Mapping) else "there"


def leaves(value: object, path: list[str]) -> Iterator[object]:
    """Yield what stands at a path; * are all items of a list."""
    if not path:
        yield value
    elif path[0] == "*":
        for item in items(value):
            yield from leaves(item, path[1:])
    else:
        yield from leaves(look_up(value, path[0]), path[1:])


def _problem(row: Json, value: object, fields: Json) -> str:
    """Return what is wrong with a value, empty for a right one."""
    if value in (None, "", [], {}):
        return ", but has to be there" if row.get("required") else ""
    found = (test(row[name], value, fields) for name, test in _TESTS.items() if name in row)
    return next(filter(None, found), "")


def _size(value: object) -> int | float | None:
    return int(text(value)) if re.fullmatch(r"[0-9]{1,9}", text(value)) else number(value)


def _among(words: list[str], value: object, _: Json) -> str:
    return "" if written_out(value) in words else f", not {' or '.join(map(repr, words))}"


def _between(ends: list[int], value: object, _: Json) -> str:
    size, (least, most) = _size(value), ends
    right = size is None or least <= size <= most
    return "" if right else f", not between {least:,} and {most:,}"


def _at_most(limit: list[Any], value: object, fields: Json) -> str:
    """Return how far a number is above another field's, times something, or above what is always right."""
    (times, path, otherwise, always), size = limit, _size(value)
    there = look_up(fields, *path.split("."))
    base = otherwise if there is None else _size(there)
    right = size is None or base is None or size <= max(base * times, always)
    return "" if right else f", more than {path} allows: {max(base * times, always):,.0f}"


def _same(path: list[str], value: object, fields: Json) -> str:
    other = look_up(fields, *path)
    right = isinstance(other, Unknown) or written_out(other or False) == written_out(value)
    return "" if right else f", but {'/'.join(path)} is {written_out(other or False)!r}"


def _has(wanted: list[str], value: object, _: Json) -> str:
    field, name = wanted
    # What is left out by NoDevice isn't there.
    names = [text(each, field) for each in items(value) if "NoDevice" not in mapping(each)]
    there = not known(value) or name in names
    return "" if there else f", without {name}"


def _once(field: str, value: object, _: Json) -> str:
    names = [text(each, field) for each in items(value)]
    twice = {name for name in names if names.count(name) > 1 and known(value)}
    return f", with {', '.join(sorted(twice))} twice" if twice else ""


def _keys(pattern: str, value: object, _: Json) -> str:
    wrong = [key for key in mapping(value) if known(key) and not re.fullmatch(pattern, str(key))]
    return f", with {', '.join(wrong)}, which it doesn't have" if wrong else ""


def _like(pattern: str, value: object, _: Json) -> str:
    right = not known(value) or re.fullmatch(pattern, written_out(value))
    return "" if right else ", which it doesn't take"


_TESTS: Mapping[str, Callable[[Any, object, Json], str]] = {
    "absent": lambda *_: ", but must not be there",
    "is": _among,
    "like": _like,
    "between": _between,
    "most": _at_most,
    "same": _same,
    "has": _has,
    "unique": _once,
    "keys": _keys,
}
_more: dict[str, Check] = {}
_by_id: Mapping[str, list[Json]] = grouped((_row["id"], _row) for _row in ROWS)
for _id in _by_id:
    rule(_id)(partial(_check, _id))
