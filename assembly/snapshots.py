"""The committed snapshots: what templates of today, and what git had before, are compared with.

A snapshot masks the hashes of assets. To compare, each mask takes the hash that stands in the same
place today, so that everything else must be equal.

The templates that were accepted last are the snapshots as a git revision has them. A change updates
the snapshots in its own commit, so the files in the working tree say nothing about it. `make check
BASE=origin/main` compares with that branch; without BASE it is the commit where the work left main,
or HEAD where git knows no main. Without git the files themselves are the base.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from assembly.cloud_assembly import Assembly
from assembly.environment import Environment
from assembly.stack import Stack
from assembly.synthesis import ROOT, run
from kube.values import look_up

FOLDER = ROOT / "environments/snapshots"
ASSET_HASH = re.compile(r"(?<![0-9a-f])(?<!sha256:)[0-9a-f]{64}(?![0-9a-f])")
"""A SHA-256 of an asset: the only thing that snapshots mask. Of an image it is the tag, no digest."""
MASK = "ASSET_HASH"
MAIN = ("origin/main", "main")


class UnknownBaseError(Exception):
    """BASE names no revision that git has."""


def mask(template: object) -> Any:  # noqa: ANN401  # JSON may hold anything
    """Return a template with every asset hash masked."""
    return json.loads(ASSET_HASH.sub(MASK, json.dumps(template)))


def unmask(snapshot: object, template: object) -> object:
    """Return a snapshot with the asset hashes of a template in the places of its masks.

    A mask whose place the template no longer has, or has otherwise, stays.
    """
    if isinstance(snapshot, dict) and isinstance(template, dict):
        return {key: unmask(value, template.get(key)) for key, value in snapshot.items()}
    if isinstance(snapshot, list) and isinstance(template, list):
        rest: list[object] = [None] * max(0, len(snapshot) - len(template))
        return [unmask(*pair) for pair in zip(snapshot, [*template, *rest], strict=False)]
    if isinstance(snapshot, str) and isinstance(template, str) and mask(template) == snapshot:
        return template
    return snapshot


def snapshot_file(stack: str) -> Path:
    """Return the snapshot of a stack, such as `Dev/Network`."""
    return FOLDER / f"{stack}.json"


def frozen_file(environment: str) -> Path:
    """Return the file that says where an environment is, and which logical ids it keeps."""
    return FOLDER.with_name("frozen") / f"{environment}.json"


def snapshots_of(environments: Iterable[Environment]) -> Mapping[str, Environment]:
    """Return environments as the committed snapshots have them, by their names.

    The hashes that the snapshots mask are those of today. A snapshot that no environment has any more
    is one of an environment of its own.
    """
    today = {path: stack for each in environments for path, stack in each.stacks.items()}
    files = {file.relative_to(FOLDER).with_suffix("").as_posix() for file in FOLDER.rglob("*.json")}
    # Snapshots in the order of today's assembly, then the others.
    paths = [*(path for path in today if path in files), *sorted(files - today.keys())]
    found: dict[str, dict[str, Stack]] = {}
    for path in paths:
        now = today.get(path, Stack(path=path, template={}))
        template = unmask(_committed(snapshot_file(path), None), now.template)
        if isinstance(template, dict):
            # A template says neither what is protected nor what is acknowledged.
            bare = replace(now, template=template, metadata={}, termination_protection=False)
            found.setdefault(path.partition("/")[0], {})[path] = bare
    return {name: _snapshot(name, stacks) for name, stacks in found.items()}


def _snapshot(name: str, stacks: Mapping[str, Stack]) -> Environment:
    noted = look_up(_committed(frozen_file(name), None), "production")
    production = noted if isinstance(noted, bool) else None
    return Environment(name=name, stacks=stacks, production=production)


def left_over(stacks: Iterable[str]) -> list[str]:
    """Return the snapshots without one of these stacks, by their paths such as `Dev/Shop`."""
    files = FOLDER.rglob("*.json")
    found = {file.relative_to(FOLDER).with_suffix("").as_posix() for file in files}
    return sorted(found - {*stacks})


def differs(assembly: Assembly, stack: str) -> tuple[bool, str]:
    """Tell whether a stack differs from its snapshot, and what the CDK says of it."""
    committed = _committed(snapshot_file(stack), None) or {}
    return cdk_diff(assembly.path, stack, unmask(committed, assembly.templates[stack]))


def cdk_diff(assembly: Path, stack: str, before: object) -> tuple[bool, str]:
    """Tell whether a stack of an assembly differs from another template, and what the CDK says."""
    # The Node that is installed beside this Python, whatever else the machine has.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "before.json"
        template.write_text(json.dumps(before), encoding="utf-8")
        result = run(
            *(str(ROOT / "node_modules/.bin/cdk"), "diff", stack, "--exclusively", "--fail"),
            *("--app", str(assembly), "--template", str(template)),
            timeout=120,
            AWS_EC2_METADATA_DISABLED="true",
            PATH=path,
        )
    return result.returncode != 0, result.stdout + result.stderr


def base() -> str | None:
    """Return the commit to compare with, or None without git."""
    wanted = os.environ.get("BASE")
    if wanted:
        commit = _git("rev-parse", "--verify", "--quiet", f"{wanted}^{{commit}}")
        if commit is None:
            raise UnknownBaseError(
                f"git can't find the revision BASE={wanted}. Fetch it, or use another one, such as "
                "BASE=origin/main."
            )
        return commit
    found = (_git("merge-base", "HEAD", branch) for branch in MAIN)
    return next(filter(None, found), None) or _git("rev-parse", "HEAD")


def base_templates(stacks: Iterable[str], revision: str | None) -> Mapping[str, Any]:
    """Return the snapshot of each stack at a revision; a stack that it didn't have is left out.

    `stacks` are paths such as `Dev/Network`. Hashes of assets are masked.
    """
    found = {stack: _committed(snapshot_file(stack), revision) for stack in stacks}
    return {stack: template for stack, template in found.items() if template is not None}


def since_base(environment: Environment) -> Environment:
    """Return an environment with the base that it is compared with, hashes of assets masked in both.

    A stack that no longer exists is no part of the step: a deploy leaves it as it is. Nor is anything
    of an environment that was in another region or account: a deploy makes all of it anew.
    """
    revision = base()
    frozen = _committed(frozen_file(environment.name), revision) or {}
    elsewhere = is_elsewhere(frozen, environment)
    before = {} if elsewhere else base_templates(environment.stacks, revision)
    now = {path: mask(stack.template) for path, stack in environment.stacks.items()}
    return replace(_with(environment, now), base=_with(environment, before))


def _with(environment: Environment, templates: Mapping[str, Any]) -> Environment:
    stacks = environment.stacks
    return replace(
        environment,
        stacks={path: replace(stacks[path], template=each) for path, each in templates.items()},
    )


def is_elsewhere(frozen: Mapping[str, Any], environment: Environment) -> bool:
    """Tell whether the frozen list of an environment was written for another region or account."""
    places = [
        (look_up(frozen, field), getattr(stack, field))
        for stack in environment.stacks.values()
        for field in ("region", "account")
    ]
    return any(before and now and before != now for before, now in places)


def _committed(file: Path, revision: str | None) -> Any:  # noqa: ANN401  # JSON may hold anything
    """Return the content of a file, or of a revision's; raises `ValueError` where it can't be read."""
    try:
        if revision is None:
            return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
        # From this folder on, for the project may be one of several in its repository.
        written = _git("show", f"{revision}:./{file.relative_to(ROOT).as_posix()}")
        return json.loads(written) if written else None
    except ValueError as error:
        where = f"{file} of {revision}" if revision else file
        raise ValueError(f"{where} is not valid JSON: {error}") from error


def _git(*arguments: str) -> str | None:
    result = run("git", *arguments, cwd=ROOT, timeout=60)
    return result.stdout.strip() or None if result.returncode == 0 else None
