"""What decides where a pod runs: selectors, affinity, tolerations, node fields."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kube import names
from kube.problems import Problem, forbidden, invalid, required
from kube.validity.reading import indexed, is_empty, join, may_lack, word
from kube.validity.walk import Check, Context
from kube.values import Json, Unknown, items

_NUMERIC = ("Gt", "Lt")


def _requirement(requirement: Json, at: str, _: Context) -> Iterator[Problem]:
    """Check an expression over labels, of an object or of a node."""
    operator = word(requirement, "operator")
    values, path = items(requirement, "values"), join(at, "values")
    missing = is_empty(requirement.get("values")) and not may_lack(requirement)
    if operator in ("In", "NotIn") and missing:
        yield required(path, "must be specified when `operator` is 'In' or 'NotIn'")
    if operator in ("Exists", "DoesNotExist") and values:
        detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
        yield forbidden(path, detail, values)
    if (
        operator in _NUMERIC
        and len(values) != 1
        and not isinstance(requirement.get("values"), Unknown)
    ):
        yield required(path, "must be specified single value when `operator` is 'Lt' or 'Gt'")
    if operator == "" and not may_lack(requirement):
        yield invalid(join(at, "operator"), "", "not a valid selector operator")


def _node_requirement(requirement: Json, at: str, context: Context) -> Iterator[Problem]:
    yield from _requirement(requirement, at, context)
    for index, value in enumerate(items(requirement, "values")):
        if isinstance(value, str) and requirement.get("operator") not in _NUMERIC:
            for words in names.label_value(value):
                yield invalid(f"{join(at, 'values')}[{index}]", value, words)


def _node_selector_term(term: Json, at: str, _: Context) -> Iterator[Problem]:
    for path, requirement in indexed(term, at, "matchFields"):
        if requirement.get("key") not in (None, "metadata.name"):
            yield invalid(join(path, "key"), requirement["key"], "not a valid field selector key")
        if word(requirement, "operator") not in (None, "In", "NotIn"):
            detail = "not a valid selector operator"
            yield invalid(join(path, "operator"), requirement.get("operator"), detail)
        if len(items(requirement, "values")) > 1:
            detail = (
                "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
            )
            yield required(join(path, "values"), detail)


def _toleration(toleration: Json, at: str, _: Context) -> Iterator[Problem]:
    operator, path = word(toleration, "operator", "Equal"), join(at, "operator")
    value = toleration.get("value")
    if is_empty(toleration.get("key")) and operator in ("Equal", *_NUMERIC):
        detail = (
            "operator must be Exists when `key` is empty, which means"
            ' "match all values and all keys"'
        )
        if not may_lack(toleration):
            yield invalid(path, toleration.get("operator", ""), detail)
    if operator == "Exists" and not is_empty(value):
        yield invalid(path, value, "value must be empty when `operator` is 'Exists'")
    if operator == "Equal" and isinstance(value, str):
        yield from (invalid(path, value, words) for words in names.label_value(value))
    if operator in _NUMERIC and not re.fullmatch(r"-?(0|[1-9][0-9]*)", str(value)):
        yield invalid(join(at, "value"), value, "must be an integer")
    seconds = toleration.get("tolerationSeconds")
    if seconds is not None and word(toleration, "effect") not in (None, "NoExecute"):
        detail = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        yield invalid(join(at, "effect"), [toleration.get("effect"), seconds][0], detail)


def _pod_affinity_term(term: Json, at: str, _: Context) -> Iterator[Problem]:
    fields = [field for field in ("matchLabelKeys", "mismatchLabelKeys") if items(term, field)]
    for field in fields if term.get("labelSelector") is None and not may_lack(term) else ():
        yield forbidden(join(at, field), "must not be specified when labelSelector is not set")
    for index, key in enumerate(items(term, "matchLabelKeys")):
        if key in items(term, "mismatchLabelKeys"):
            detail = "exists in both matchLabelKeys and mismatchLabelKeys"
            yield invalid(f"{join(at, 'matchLabelKeys')}[{index}]", key, detail)


def _spread(spread: Json, at: str, _: Context) -> Iterator[Problem]:
    if items(spread, "matchLabelKeys") and spread.get("labelSelector") is None:
        if not may_lack(spread):
            detail = "must not be specified when labelSelector is not set"
            yield forbidden(join(at, "matchLabelKeys"), detail)


CHECKS: dict[str, Check] = {
    "core.v1.NodeSelectorRequirement": _node_requirement,
    "core.v1.NodeSelectorTerm": _node_selector_term,
    "core.v1.PodAffinityTerm": _pod_affinity_term,
    "core.v1.Toleration": _toleration,
    "core.v1.TopologySpreadConstraint": _spread,
    "meta.v1.LabelSelectorRequirement": _requirement,
}
