"""Reading the environments out of a cloud assembly, the folder that the CDK synthesizes into."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from guardrails.environment import Environment, Stack


def environments_in(templates: Iterable[tuple[str, Path]], *, today: dt.date) -> list[Environment]:
    """Return the environments of an assembly: the stacks of one stage share a folder.

    `templates` are the construct path and the template file of every stack.
    """
    folders: dict[Path, dict[str, Path]] = {}
    for path, file in templates:
        folders.setdefault(file.parent, {})[path] = file
    return [
        Environment(
            name=next(iter(stacks)).rpartition("/")[0],
            stacks=_stacks(folder, stacks),
            today=today,
        )
        for folder, stacks in folders.items()
    ]


def environments_of(assembly: Path, *, today: dt.date) -> dict[str, Environment]:
    """Return the environments of a folder that was synthesized, by their stages, such as `Dev`."""
    templates = [
        # The display name is "Dev/Network (Dev-Network)", or the path alone where the two agree.
        (
            artifact.get("displayName", name).split(" ")[0],
            manifest.parent / artifact["properties"]["templateFile"],
        )
        for manifest in sorted(assembly.rglob("manifest.json"))
        for name, artifact in _json(manifest)["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    ]
    return {item.name: item for item in environments_in(templates, today=today)}


def _stacks(folder: Path, files: dict[str, Path]) -> dict[str, Stack]:
    artifacts = _json(folder / "manifest.json")["artifacts"]
    by_file = {
        artifact["properties"]["templateFile"]: name
        for name, artifact in artifacts.items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    paths = {by_file[file.name]: path for path, file in files.items()}
    return {
        path: Stack(
            path=path,
            template=_json(file),
            template_path=str(file),
            termination_protection=bool(
                artifacts[by_file[file.name]]["properties"].get("terminationProtection")
            ),
            depends_on=frozenset(
                paths[name]
                for name in artifacts[by_file[file.name]].get("dependencies", ())
                if name in paths
            ),
            acknowledgements=_acknowledgements(folder, artifacts[by_file[file.name]]),
        )
        for path, file in files.items()
    }


def _acknowledgements(folder: Path, artifact: dict[str, Any]) -> tuple[tuple[str, str, str], ...]:
    metadata = artifact.get("metadata", {})
    if "additionalMetadataFile" in artifact:
        metadata = _json(folder / artifact["additionalMetadataFile"])
    return tuple(
        (path.removeprefix("/"), finding, reason)
        for path, entries in metadata.items()
        for entry in entries
        if entry["type"] == "aws:cdk:acknowledged-rules"
        for finding, reason in entry["data"].items()
    )


def _json(file: Path) -> Any:  # noqa: ANN401  # JSON may hold anything
    return json.loads(file.read_text(encoding="utf-8"))
