"""A cloud assembly on disk, the folder that the CDK synthesizes into."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assembly.environment import PRODUCTION, Environment
from assembly.kinds import NESTED_STACK
from assembly.stack import Stack, Template
from kube.values import Json, items, look_up, mapping, text

STACK = "aws:cloudformation:stack"
NESTED_ASSEMBLY = "cdk:cloud-assembly"
UNNAMED = "App"
"""The name of the stacks that stand outside of any stage, if there are several."""


@dataclass(frozen=True)
class Assembly:
    """A cloud assembly with its nested ones, the stacks in manifest order."""

    path: Path

    @functools.cached_property
    def stacks(self) -> tuple[Stack, ...]:
        """Return every stack, nested ones after the stack that they are nested in."""
        return tuple(stack for folder in self.folders for stack in stacks_in(folder))

    @functools.cached_property
    def folders(self) -> tuple[Path, ...]:
        """Return the folder of the assembly and of each one inside it."""
        return tuple(_folders(self.path))

    @property
    def templates(self) -> Mapping[str, Template]:
        """Return the template of each stack by the stack's path."""
        return {stack.path: stack.template for stack in self.stacks}

    @functools.cached_property
    def report(self) -> Mapping[str, Any]:
        """Return the validation report of all plugins."""
        return read(self.path / "validation-report.json")

    def environments(self, *, today: dt.date | None = None) -> Mapping[str, Environment]:
        """Return the environments by their names, such as `Prod`; each stage is one."""
        return environments_in(self.folders, today=today)


def assembly_at(path: Path) -> Assembly:
    """Return the assembly in a folder; raises `ValueError` where there is none."""
    if not (path / "manifest.json").is_file():
        raise ValueError(
            f"{path} has no cloud assembly: use a folder that `cdk synth` wrote, such as cdk.out"
        )
    return Assembly(path)


def environments_in(
    folders: Iterable[Path], *, today: dt.date | None = None
) -> Mapping[str, Environment]:
    """Return the environments of some folders: the stacks of one stage share a folder."""
    found: dict[str, Environment] = {}
    for folder in folders:
        stacks = {stack.path: stack for stack in stacks_in(folder)}
        if stacks:
            stages = dict.fromkeys(path.rpartition("/")[0] for path in stacks if "/" in path)
            name = next(iter(stages), next(iter(stacks)) if len(stacks) == 1 else UNNAMED)
            noted = (data for each in stacks.values() for _, data in each.entries(PRODUCTION))
            production = next((data for data in noted if isinstance(data, bool)), None)
            environment = Environment(name=name, stacks=stacks, production=production)
            found[name] = environment if today is None else replace(environment, today=today)
    return found


def stacks_in(folder: Path) -> list[Stack]:
    """Return the stacks of a folder, without those of the assemblies inside it."""
    artifacts = artifacts_of(folder)
    own = {name: each for name, each in artifacts.items() if look_up(each, "type") == STACK}
    # The display name is "Dev/Network (Dev-Network)", or the path alone where the two agree.
    paths = {name: (text(own[name], "displayName") or name).split(" ")[0] for name in own}
    found: list[Stack] = []
    for name, artifact in own.items():
        before = items(artifact, "dependencies")
        depends_on = frozenset(paths[each] for each in before if each in paths)
        stack_name = text(artifact, "properties", "stackName") or name
        stack = _stack(folder, paths[name], artifact, depends_on)
        found.append(replace(stack, deployed_as=stack_name))
        found += _nested(folder, found[-1])
    return found


def _folders(folder: Path) -> Iterator[Path]:
    yield folder
    for artifact in artifacts_of(folder).values():
        inside = text(artifact, "properties", "directoryName")
        if look_up(artifact, "type") == NESTED_ASSEMBLY and inside:
            yield from _folders(folder / inside)


def artifacts_of(folder: Path) -> Json:
    """Return what the manifest of a folder lists, by its id."""
    return mapping(read(folder / "manifest.json"), "artifacts")


def _stack(folder: Path, path: str, artifact: Json, depends_on: frozenset[str]) -> Stack:
    more = text(artifact, "additionalMetadataFile")
    file = folder / text(artifact, "properties", "templateFile")
    account, _, region = text(artifact, "environment").removeprefix("aws://").partition("/")
    return Stack(
        path=path,
        template=read(file),
        template_path=str(file),
        termination_protection=look_up(artifact, "properties", "terminationProtection") is True,
        depends_on=depends_on,
        metadata={**mapping(artifact, "metadata"), **(read(folder / more) if more else {})},
        account="" if account.startswith("unknown") else account,
        region="" if region.startswith("unknown") else region,
    )


def _nested(folder: Path, outer: Stack) -> Iterator[Stack]:
    """Yield the nested stacks whose templates are files of the assembly, as the CDK's are."""
    for logical_id, body in outer.resources.items():
        name = text(body, "Metadata", "aws:asset:path")
        if body.get("Type") != NESTED_STACK or not (folder / name).is_file():
            continue
        inner = replace(
            outer,
            path=f"{outer.path}/{logical_id}",
            template=read(folder / name),
            template_path=str(folder / name),
            deployed_as="",
            metadata={},
            nested_in=(outer.path, logical_id),
            outermost=outer.outermost or outer.path,
        )
        yield inner
        yield from _nested(folder, inner)


def read(path: Path) -> Mapping[str, Any]:
    """Return a JSON file of an assembly; raises `ValueError` for a broken one."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} can't be read: {error}; run `cdk synth` again") from error
    return mapping(content)
