"""A cloud assembly on disk, as `cdk synth` writes it."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WARNING = "aws:cdk:warning"


@dataclass(frozen=True, kw_only=True)
class StackFile:
    """A stack in an assembly: its path, such as `Dev/Network`, its template and its metadata.

    The metadata is what the CDK noted of each construct, by the construct's path.
    """

    path: str
    template: Path
    metadata: Mapping[str, list[Mapping[str, Any]]]

    @property
    def warnings(self) -> int:
        """Return how many warnings its constructs have."""
        return sum(
            entry["type"] == WARNING for entries in self.metadata.values() for entry in entries
        )


@dataclass(frozen=True)
class Assembly:
    """A cloud assembly with its nested ones, the stacks in manifest order."""

    path: Path

    @functools.cached_property
    def stacks(self) -> tuple[StackFile, ...]:
        """Return every stack."""
        return tuple(_stacks(self.path))

    @functools.cached_property
    def template_files(self) -> Mapping[str, Path]:
        """Return the template of each stack by the stack's path."""
        return {stack.path: stack.template for stack in self.stacks}

    @functools.cached_property
    def templates(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the parsed template of each stack by the stack's path."""
        return {stack.path: _read(stack.template) for stack in self.stacks}

    @functools.cached_property
    def metadata(self) -> Mapping[str, Mapping[str, list[Mapping[str, Any]]]]:
        """Return the metadata of each stack by the stack's path."""
        return {stack.path: stack.metadata for stack in self.stacks}

    @functools.cached_property
    def report(self) -> Mapping[str, Any]:
        """Return the validation report of all plugins."""
        return _read(self.path / "validation-report.json")


def _stacks(directory: Path) -> Iterator[StackFile]:
    for artifact_id, artifact in _read(directory / "manifest.json")["artifacts"].items():
        properties = artifact.get("properties", {})
        if artifact["type"] == "cdk:cloud-assembly":
            yield from _stacks(directory / properties["directoryName"])
        elif artifact["type"] == "aws:cloudformation:stack":
            # The display name is "Dev/Network (Dev-Network)", or the id where the two agree.
            yield StackFile(
                path=artifact.get("displayName", artifact_id).split(" ")[0],
                template=directory / properties["templateFile"],
                metadata=_metadata(directory, artifact),
            )


def _metadata(
    directory: Path, artifact: Mapping[str, Any]
) -> Mapping[str, list[Mapping[str, Any]]]:
    metadata = dict(artifact.get("metadata", {}))
    if "additionalMetadataFile" in artifact:
        metadata |= _read(directory / artifact["additionalMetadataFile"])
    return metadata


def _read(path: Path) -> Mapping[str, Any]:
    content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
