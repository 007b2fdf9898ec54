"""What decides where a pod runs: node selectors, affinity, tolerations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kube import names
from kube.problems import Problem, invalid, required
from kube.validity.reading import indexed, join
from kube.validity.walk import Check, Context
from kube.values import Json, Unknown, items, known

_NUMERIC = ("Gt", "Lt")


def _node_requirement(requirement: Json, at: str, _: Context) -> Iterator[Problem]:
    values, path = items(requirement, "values"), join(at, "values")
    if requirement.get("operator") not in _NUMERIC:
        for index, value in enumerate(values):
            for words in names.wrong("labelValue", value) if isinstance(value, str) else ():
                yield invalid(f"{path}[{index}]", value, words)
    elif len(values) != 1 and known(requirement.get("values")):
        yield required(path, "must be specified single value when `operator` is 'Lt' or 'Gt'")


def _node_selector_term(term: Json, at: str, _: Context) -> Iterator[Problem]:
    for path, requirement in indexed(term, at, "matchFields"):
        if requirement.get("key", "metadata.name") != "metadata.name":
            yield invalid(join(path, "key"), requirement["key"], "not a valid field selector key")
        if requirement.get("operator", "In") not in ("In", "NotIn"):
            detail = "not a valid selector operator"
            yield invalid(join(path, "operator"), requirement["operator"], detail)
        if len(items(requirement, "values")) > 1:
            detail = "must be only one value when `operator` is 'In' or 'NotIn'"
            yield required(join(path, "values"), f"{detail} for node field selector")


def _toleration(toleration: Json, at: str, _: Context) -> Iterator[Problem]:
    operator, value = toleration.get("operator") or "Equal", toleration.get("value", "")
    if operator == "Equal" and isinstance(value, str):
        wrong = names.wrong("labelValue", value)
        yield from (invalid(join(at, "operator"), value, words) for words in wrong)
    if operator in _NUMERIC and not re.fullmatch(r"-?(0|[1-9][0-9]*)", str(value)):
        yield invalid(join(at, "value"), value, "must be an integer")


def _pod_affinity_term(term: Json, at: str, _: Context) -> Iterator[Problem]:
    for index, key in enumerate(items(term, "matchLabelKeys")):
        if key in items(term, "mismatchLabelKeys") and not isinstance(key, Unknown):
            detail = "exists in both matchLabelKeys and mismatchLabelKeys"
            yield invalid(f"{join(at, 'matchLabelKeys')}[{index}]", key, detail)


CHECKS: dict[str, Check] = {
    "core.v1.NodeSelectorRequirement": _node_requirement,
    "core.v1.NodeSelectorTerm": _node_selector_term,
    "core.v1.PodAffinityTerm": _pod_affinity_term,
    "core.v1.Toleration": _toleration,
}
