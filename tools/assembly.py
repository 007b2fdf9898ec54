"""A cloud assembly on disk, as `cdk synth` writes it."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Assembly:
    """A cloud assembly. Stacks go by their path, such as `Dev/Network`."""

    path: Path

    @functools.cached_property
    def template_files(self) -> Mapping[str, Path]:
        """Return the template of each stack, nested assemblies too, in manifest order."""
        return dict(_template_files(self.path))

    @functools.cached_property
    def templates(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the parsed template of each stack."""
        return {stack: _read(file) for stack, file in self.template_files.items()}

    @functools.cached_property
    def report(self) -> Mapping[str, Any]:
        """Return the validation report of all plugins."""
        return _read(self.path / "validation-report.json")


def _template_files(assembly: Path) -> Iterator[tuple[str, Path]]:
    for artifact in _read(assembly / "manifest.json")["artifacts"].values():
        properties = artifact.get("properties", {})
        if artifact["type"] == "cdk:cloud-assembly":
            yield from _template_files(assembly / properties["directoryName"])
        elif artifact["type"] == "aws:cloudformation:stack":
            # The display name is "Dev/Network (Dev-Network)".
            yield artifact["displayName"].split(" ")[0], assembly / properties["templateFile"]


def _read(path: Path) -> Mapping[str, Any]:
    content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
