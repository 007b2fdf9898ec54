"""One stack: its template as CloudFormation would get it, and what the assembly says about it.

Fn::ForEach is written out: what a loop stands for, item by item. AWS::LanguageExtensions does the
same before CloudFormation reads a template ("Fn::ForEach" in the intrinsic function reference).
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kube.values import Json, items, look_up, mapping

Template = Mapping[str, Any]
Metadata = Mapping[str, Any]
"""What the CDK noted of each construct, a list of entries by the construct's path."""
LOOP = "Fn::ForEach::"
MOST = 1000
"""As many items are written out; CloudFormation takes no template of more resources."""
ACCOUNT = '{"Ref": "AWS::AccountId"}'
PLAIN = re.compile(r'\{"Fn::Sub": ("[^"$]*")\}')
"""A text in which nothing is left to be filled in."""
ACKNOWLEDGED = "aws:cdk:acknowledged-rules"
FILE = "groundwork:file"
PARTITIONS = {
    "cn-": "aws-cn",
    "eusc-": "aws-eusc",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
}
"""Partitions by how their regions begin (AWS General Reference); all others are in `aws`."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack. `path` is its construct path, such as `Prod/Cluster`.

    `deployed_as` is its name in CloudFormation, such as `Prod-Cluster`: empty for a nested stack, and
    outside of an assembly. `depends_on` are the paths of the stacks before it, `account` and `region`
    empty where they are not known before a deploy. `nested_in` is the resource of another stack that
    it is nested in, and `outermost` the path of the stack that the CDK deploys with it.
    """

    path: str
    template: Template = field(repr=False)
    template_path: str = ""
    deployed_as: str = ""
    termination_protection: bool = False
    depends_on: frozenset[str] = frozenset()
    metadata: Metadata = field(default_factory=dict, repr=False)
    account: str = ""
    region: str = ""
    nested_in: tuple[str, str] | None = None
    outermost: str = ""
    kept: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was read off the stack alone: it is the same in every environment (scope.py, index.py)."""

    @property
    def name(self) -> str:
        """Return the stack's name within its environment, such as `Cluster`."""
        return self.path.rpartition("/")[2]

    @functools.cached_property
    def text(self) -> str:
        """Return the template as text, in which a word is found faster than in its values."""
        return json.dumps(self.template, default=str)

    @functools.cached_property
    def body(self) -> Json:
        """Return the template with its loops written out."""
        # Most have none, and writing a template anew takes a part of each rule's time.
        if LOOP not in self.text:
            return mapping(self.template)
        return mapping(written(self.template, mapping(self.template, "Parameters")))

    def section(self, name: str) -> Json:
        """Return a section, such as `Resources`."""
        return mapping(self.body, name)

    @functools.cached_property
    def resources(self) -> Mapping[str, Json]:
        """Return the resources as the template has them, whatever their conditions say."""
        return {
            logical_id: body
            for logical_id, body in self.section("Resources").items()
            if isinstance(body, dict)
        }

    def in_account(self, account: str) -> Stack:
        """Return the stack as it is written for an account, where it leaves that to the deploy."""
        if self.account or not account:
            return self
        texts = (json.dumps(each, default=dict) for each in (self.template, self.metadata))
        texts = (each.replace(ACCOUNT, json.dumps(account)) for each in texts)
        texts = (re.sub(r"\$\{AWS::AccountId\}|<AWS::AccountId>", account, each) for each in texts)
        template, metadata = (json.loads(PLAIN.sub(r"\1", each)) for each in texts)
        return replace(self, account=account, template=template, metadata=metadata)

    def moved(self, old: str, new: str) -> Stack:
        """Return the stack as it is written for another region."""
        texts = (json.dumps(each, default=dict) for each in (self.template, self.metadata))
        template, metadata = (json.loads(each.replace(old, new)) for each in texts)
        return replace(self, region=new, template=template, metadata=metadata)

    @functools.cached_property
    def pseudo_parameters(self) -> Mapping[str, str]:
        """Return the pseudo parameters that are known before a deploy."""
        found = {"AWS::AccountId": self.account, "AWS::Region": self.region}
        if self.region:
            found["AWS::Partition"] = next(
                (name for start, name in PARTITIONS.items() if self.region.startswith(start)), "aws"
            )
        return {name: value for name, value in found.items() if value}

    def entries(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Yield the data of a kind of metadata, with the path of its construct."""
        for path, entries in self.metadata.items():
            for entry in items(entries):
                if look_up(entry, "type") == kind:
                    yield path.strip("/"), look_up(entry, "data")

    @functools.cached_property
    def files(self) -> Mapping[str, str]:
        """Return the file and line that a construct's Kubernetes object comes from, by its path."""
        return {path: data for path, data in self.entries(FILE) if isinstance(data, str)}

    @functools.cached_property
    def acknowledgements(self) -> tuple[tuple[str, str, str], ...]:
        """Return what was acknowledged: (construct path, id of the finding, reason)."""
        return tuple(
            (path, finding, str(reason))
            for path, data in self.entries(ACKNOWLEDGED)
            for finding, reason in mapping(data).items()
        )


def written(value: object, parameters: Json) -> Any:  # noqa: ANN401  # JSON may hold anything
    """Return a value with every loop in it written out, over a list or the default of a parameter.

    A loop over what isn't known is written out once, its variable left as `${Name}`.
    """
    if isinstance(value, list):
        return [written(inner, parameters) for inner in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for key, inner in value.items():
        if isinstance(key, str) and key.startswith(LOOP):
            found |= _turns(inner, parameters)
        else:
            found[key] = written(inner, parameters)
    return found


def _turns(loop: object, parameters: Json) -> dict[str, Any]:
    found: dict[str, Any] = {}
    match loop:
        case [str() as name, collection, Mapping() as body]:
            default = look_up(parameters, str(look_up(collection, "Ref")), "Default")
            values = (
                [each.strip() for each in default.split(",")]
                if isinstance(default, str)
                else collection
            )
            for item in values[:MOST] if isinstance(values, list) else [f"${{{name}}}"]:
                # An inner loop may go over the variable of this one.
                found |= written(_with(body, name, str(item)), parameters)
    return found


def _with(value: object, name: str, item: str) -> Any:  # noqa: ANN401  # JSON may hold anything
    if value == {"Ref": name}:
        return item
    if isinstance(value, str):
        # What a logical id can't have, the second form leaves out.
        return value.replace(f"${{{name}}}", item).replace(
            f"&{{{name}}}", re.sub(r"[^A-Za-z0-9]", "", item)
        )
    if isinstance(value, list):
        return [_with(inner, name, item) for inner in value]
    if isinstance(value, dict):
        return {_with(key, name, item): _with(inner, name, item) for key, inner in value.items()}
    return value
