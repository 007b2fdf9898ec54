"""One stack: its template as CloudFormation would get it, and what the assembly says about it."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from assembly import loops
from kube.values import Json, items, look_up, mapping

Template = Mapping[str, Any]
Metadata = Mapping[str, Any]
"""What the CDK noted of each construct, a list of entries by the construct's path."""

ACKNOWLEDGED = "aws:cdk:acknowledged-rules"
PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
}
"""Partitions by how their regions begin (AWS General Reference); all others are in `aws`."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack. `path` is its construct path, such as `Prod/Cluster`.

    `depends_on` are the paths of the stacks before it, `account` and `region` empty where they are
    not known before a deploy. `nested_in` is the resource of another stack that it is nested in, and
    `outermost` the path of the stack that the CDK deploys with it.
    """

    path: str
    template: Template = field(repr=False)
    template_path: str = ""
    termination_protection: bool = False
    depends_on: frozenset[str] = frozenset()
    metadata: Metadata = field(default_factory=dict, repr=False)
    account: str = ""
    region: str = ""
    nested_in: tuple[str, str] | None = None
    outermost: str = ""

    @property
    def name(self) -> str:
        """Return the stack's name within its environment, such as `Cluster`."""
        return self.path.rpartition("/")[2]

    @functools.cached_property
    def body(self) -> Json:
        """Return the template with its loops written out."""
        return mapping(loops.written(self.template, mapping(self.template, "Parameters")))

    def section(self, name: str) -> Json:
        """Return a section, such as `Resources`."""
        return mapping(self.body, name)

    @functools.cached_property
    def resources(self) -> Mapping[str, Json]:
        """Return the resources as the template has them, whatever their conditions say."""
        return {
            logical_id: body
            for logical_id, body in self.section("Resources").items()
            if isinstance(body, Mapping)
        }

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
    def acknowledgements(self) -> tuple[tuple[str, str, str], ...]:
        """Return what was acknowledged: (construct path, id of the finding, reason)."""
        return tuple(
            (path, finding, str(reason))
            for path, data in self.entries(ACKNOWLEDGED)
            for finding, reason in mapping(data).items()
        )
