"""Limits on the size of templates and on the policies of a role.

Nothing else in a synth checks them, and CloudFormation would fail in the middle of a deploy.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from configuration.file_problems import FileProblem
from configuration.model import EnvironmentConfig
from configuration.synth_problems import field_of
from constructs_lib.specs.base import Problem
from constructs_lib.specs.tags import MOST_TAGS_OF_A_RESOURCE
from kube.values import items, look_up, mapping, text

LARGEST_TEMPLATE = 1_000_000
"""Bytes (CloudFormation user guide, "Understand CloudFormation quotas": template body in S3)."""
LONGEST_POLICIES = 10_240
"""Characters in all inline policies of a role, without white space (IAM quotas)."""
MOST_MANAGED_POLICIES = 25
"""Managed policies of one role; 10 without a quota increase (IAM quotas)."""


def size_problems(folder: Path, configs: Iterable[EnvironmentConfig]) -> list[Problem]:
    """Return what is too large in the assemblies of a folder, by the field that caused it."""
    stages = {config.stage_id: config for config in configs}
    return [
        FileProblem(at=field_of(path, stages), got=got, allowed=allowed, fix=fix)
        for file in sorted(folder.glob("assembly-*/*.template.json"))
        for path, got, allowed, fix in _of_template(file)
    ]


def _of_template(file: Path) -> Iterator[tuple[str, str, str, str]]:
    size = file.stat().st_size
    template = json.loads(file.read_text(encoding="utf-8"))
    resources = mapping(template, "Resources")
    paths = {name: text(each, "Metadata", "aws:cdk:path") for name, each in resources.items()}
    if size > LARGEST_TEMPLATE:
        yield (
            _stack(paths),
            f"{file.name} has {size:,} bytes",
            f"a template of at most {LARGEST_TEMPLATE:,} bytes, the limit of CloudFormation",
            "move some of its contents to another workload",
        )
    for role, length in _inline_policies(resources).items():
        if length > LONGEST_POLICIES:
            yield (
                paths.get(role, _stack(paths)),
                f"the inline policies of the role {paths.get(role, role)} have {length:,} characters",
                f"at most {LONGEST_POLICIES:,} in one role, the limit of IAM",
                "list fewer actions and resources, or use managed policies",
            )
    for name, resource in resources.items():
        attached = len(items(resource, "Properties", "ManagedPolicyArns"))
        if text(resource, "Type") == "AWS::IAM::Role" and attached > MOST_MANAGED_POLICIES:
            yield (
                paths[name],
                f"the role {paths[name]} has {attached} managed policies",
                f"at most {MOST_MANAGED_POLICIES} on one role, the limit of IAM",
                "replace some of them with statements",
            )
        tags = look_up(resource, "Properties", "Tags")
        if isinstance(tags, list | dict) and len(tags) > MOST_TAGS_OF_A_RESOURCE:
            what = f"{text(resource, 'Type')} {paths[name]}"
            yield (
                paths[name],
                f"{what} has {len(tags)} tags",
                f"at most {MOST_TAGS_OF_A_RESOURCE}, the limit of AWS; an Auto Scaling group has those of its labels and taints",
                f"remove {len(tags) - MOST_TAGS_OF_A_RESOURCE} tags, labels or taints",
            )


def _stack(paths: Mapping[str, str]) -> str:
    """Return the construct path of a stack, the first two steps of its resources' paths."""
    first = next((path for path in paths.values() if path), "")
    return "/".join(first.split("/")[:2])


def _inline_policies(resources: Mapping[str, Any]) -> Mapping[str, int]:
    """Return the least length of each role's inline policies, without what a deploy fills in."""
    lengths: dict[str, int] = defaultdict(int)
    for name, resource in resources.items():
        kind = text(resource, "Type")
        if kind == "AWS::IAM::Role":
            for policy in items(resource, "Properties", "Policies"):
                lengths[name] += _length(look_up(policy, "PolicyDocument"))
        elif kind == "AWS::IAM::Policy":
            for role in items(resource, "Properties", "Roles"):
                lengths[text(role, "Ref")] += _length(
                    look_up(resource, "Properties", "PolicyDocument")
                )
    return lengths


def _length(document: object) -> int:
    return len(json.dumps(_known(document), separators=(",", ":"), ensure_ascii=False))


def _known(value: Any) -> Any:  # noqa: ANN401  # any JSON
    """Return a document with an empty string for each function, except the known parts of a join."""
    if isinstance(value, dict):
        parts = look_up(value, "Fn::Join")
        if isinstance(parts, list) and len(parts) > 1 and isinstance(parts[1], list):
            return "".join(part for part in parts[1] if isinstance(part, str))
        if len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref")):
            return ""
        return {key: _known(each) for key, each in value.items()}
    return [_known(each) for each in value] if isinstance(value, list) else value
