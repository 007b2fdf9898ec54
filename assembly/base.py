"""The templates that were accepted last: the committed snapshots, as a git revision has them.

A change updates the snapshots in its own commit, so the files in the working tree say nothing about
it. `make check BASE=origin/main` compares with that branch; without BASE it is the commit where the
work left main, or HEAD where git knows no main. Without git the files themselves are the base.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from assembly.environment import Environment
from assembly.snapshots import frozen_file, mask, snapshot_file
from assembly.synthesis import ROOT, run
from kube.values import look_up

MAIN = ("origin/main", "main")


class UnknownBaseError(Exception):
    """BASE names no revision that git has."""


def base() -> str | None:
    """Return the commit to compare with, or None without git."""
    wanted = os.environ.get("BASE")
    if wanted:
        commit = _git("rev-parse", "--verify", "--quiet", f"{wanted}^{{commit}}")
        if commit is None:
            raise UnknownBaseError(
                f"BASE={wanted} is no revision that git has here. Fetch it, or name another, such as "
                "BASE=origin/main."
            )
        return commit
    found = (_git("merge-base", "HEAD", branch) for branch in MAIN)
    return next(filter(None, found), None) or _git("rev-parse", "HEAD")


def base_templates(stacks: Iterable[str], revision: str | None) -> Mapping[str, Any]:
    """Return the snapshot of each stack at a revision; a stack that it didn't have is left out.

    `stacks` are paths such as `Dev/Network`. Hashes of assets are masked.
    """
    written = {stack: _committed(snapshot_file(stack), revision) for stack in stacks}
    return {stack: json.loads(text) for stack, text in written.items() if text}


def since_base(environment: Environment) -> Environment:
    """Return an environment with the base that it is compared with, hashes of assets masked in both.

    A stack that no longer exists is no part of the step: a deploy leaves it as it is. Nor is anything
    of an environment that was in another region or account: a deploy makes all of it anew.
    """
    revision = base()
    frozen = json.loads(_committed(frozen_file(environment.name), revision) or "{}")
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


def _committed(file: Path, revision: str | None) -> str | None:
    if revision is None:
        return file.read_text(encoding="utf-8") if file.exists() else None
    return _git("show", f"{revision}:{file.relative_to(ROOT)}")


def _git(*arguments: str) -> str | None:
    try:
        result = run("git", *arguments, cwd=ROOT, timeout=60)
    except FileNotFoundError:
        return None
    return result.stdout.strip() or None if result.returncode == 0 else None
