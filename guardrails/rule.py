"""What a rule is, and what it finds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as field_of
from functools import partial, update_wrapper
from itertools import chain
from typing import Literal

from assembly.arns import readable
from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kubernetes_object import KubernetesObject
from assembly.resource import Resource
from kube.values import Json

Severity = Literal["error", "warning"]
Check = Callable[[Environment], Iterator["Finding"]]
Sorting = Callable[[Environment], Iterator[tuple[str, "Finding"]]]
"""A check of several rules, with the id of each finding's rule."""
BESIDE = ("DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy", "CreationPolicy")
"""Attributes of a resource that rules ask for beside its properties."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A breach of a rule in one resource.

    `value` is what offends; together with the rule's id it names the finding, as in
    `Groundwork::EKS1[0.0.0.0/0]`. It is stable: an acknowledgement repeats it. `location` is the
    property that holds it. `detail` is a sentence about this one case. `fix` stands in for the
    rule's own where the finding knows better. `construct_path` is for a finding about a construct
    rather than a resource of the template, `field` the path of a field in the Kubernetes object `item`.
    """

    resource: Resource
    value: str
    location: str
    detail: str = ""
    fix: str = ""
    construct_path: str = ""
    field: str = ""
    item: KubernetesObject | None = None


def breach(
    resource: Resource, path: str, value: str, detail: str = "", *, fix: str = ""
) -> Finding:
    """Return a finding about what stands at a path below a resource's properties, or beside them.

    What only a deploy knows, and names that CloudFormation makes up, are written as people know them.
    """
    inside, beside = resource.written_at(path), path.partition("/")[0] in ("DependsOn", *BESIDE)
    location = path if beside else f"Properties/{inside}".rstrip("/")
    said, how = readable(detail), readable(fix)
    return Finding(resource=resource, value=value, location=location, detail=said, fix=how)


def found(
    item: KubernetesObject, value: str = "", detail: str = "", *, fix: str = "", field: str = ""
) -> Finding:
    """Return a finding about an object; `value` is what offends in it, `field` where it stands."""
    named = f"{item.kind}/{item.name} {value}".rstrip()
    breached = breach(item.resource, "Manifest", named, detail, fix=fix)
    return replace(breached, field=field, item=item)


def anywhere(environment: Environment, stack: str, path: str = "") -> Resource:
    """Return a resource of a stack, if there is one at a construct: each finding needs one."""
    of_stack = [each for each in environment.resources() if each.stack == stack]
    inside = (each for each in of_stack if f"{each.path}/".startswith(f"{path}/"))
    nothing = Resource(stack=stack, logical_id="", body={}, scope=environment.scopes[stack])
    return next(inside, next(iter(of_stack), nothing))


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """One object or resource as the table fits.yaml sees it.

    `at` is where its fields stand, and `named` tells it from others there.
    """

    of: str
    item: KubernetesObject | Resource
    facts: Json
    at: str = ""
    named: str = ""

    def finding(self, field: str, value: str, detail: str, fix: str = "") -> Finding:
        """Return a finding about a field; `value` is what offends."""
        where = f"{self.at}.{field}".lstrip(".")
        named = f"{self.named} {value}".strip()
        if isinstance(self.item, KubernetesObject):
            return found(self.item, named, detail, fix=fix, field=where)
        return breach(self.item, re.sub(r"\.(?![^[]*\])", "/", where), named, detail, fix=fix)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule over all stacks of an environment.

    `id` never changes: acknowledgements name it. `reason` says what goes wrong without the rule,
    `source` where that can be read, and `issue` where people met it. `family` is the question that
    the rule helps to answer. An error stops the synth; a warning is only printed.
    `every_world` asks it for each way in which undecided conditions may turn out; a rule that looks
    at templates as they are written is asked once.
    """

    id: str
    family: str
    reason: str
    source: str
    fix: str
    check: Check = field_of(repr=False)
    severity: Severity = "error"
    every_world: bool = True
    issue: str = ""


def name_of(rule: Rule, finding: Finding) -> str:
    """Return the name of a finding, such as EKS1[0.0.0.0/0].

    The CDK takes no name in which a bracket stands alone.
    """
    value = str(finding.value)
    brackets = re.sub(r"[^][(){}]", "", value)
    for _ in range(len(brackets) // 2):
        brackets = re.sub(r"\[\]|\(\)|\{\}", "", brackets)
    return f"{rule.id}[{re.sub(r'[][(){}]', '_', value) if brackets else value}]"


CHECKS: dict[str, Check] = {}
"""The check of each rule; catalogue.yaml has what is said about it."""


def rule(rule_id: str) -> Callable[[Check], Check]:
    """Make the function below the check of a rule of the catalogue, or one more of its checks."""

    def add(check: Check) -> Check:
        earlier = CHECKS.get(rule_id)
        CHECKS[rule_id] = check if earlier is None else partial(_both, earlier, check)
        return check

    return add


def _both(one: Check, other: Check, environment: Environment) -> Iterator[Finding]:
    return chain(one(environment), other(environment))


def rules(*rule_ids: str) -> Callable[[Sorting], None]:
    """Make the function below a check of several rules: it says of which one each finding is."""

    def add(check: Sorting) -> None:
        @indexed
        def sort(environment: Environment) -> Mapping[str, list[Finding]]:
            return grouped(check(environment))

        def one(rule_id: str, environment: Environment) -> Iterator[Finding]:
            return iter(sort(environment).get(rule_id, ()))

        for each in rule_ids:
            rule(each)(update_wrapper(partial(one, each), check))

    return add
