"""A copy of the project with as many environments as wanted, so that programs run there as a team's do."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from assembly.synthesis import ROOT

REFERENCE = ROOT / "tests" / "reference"
NAMES = ("dev", "prod")
LINKED = (".venv", "node_modules")


def names(count: int) -> list[str]:
    """Return the names of so many environments: dev, prod, dev2, prod2, dev3, as the twin has them."""
    return [
        f"{NAMES[index % 2]}{index // 2 + 1}".removesuffix("1" if index < len(NAMES) else "")
        for index in range(count)
    ]


def module(name: str) -> str:
    """Return the values of an environment: those of tests/reference under a name of its own."""
    original = next(each for each in NAMES if name.startswith(each))
    text = (REFERENCE / f"{original}.py").read_text(encoding="utf-8")
    text = text.replace(f'name="{original}"', f'name="{name}"')
    return text.replace(f"groundwork-{original}", f"groundwork-{name}")


def checkout(folder: Path, count: int) -> Path:
    """Copy what git knows or would take into a repository with one commit and so many environments."""
    for file in _files():
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, target, follow_symlinks=False)
    for link in LINKED:
        (folder / link).symlink_to((ROOT / link).resolve())
    environments(folder, count)
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "benchmark", "--no-verify"]):
        _git(folder, *arguments)
    return folder


def environments(folder: Path, count: int) -> None:
    """Write so many environments into a checkout, in place of those that it has."""
    shutil.rmtree(folder / "environments")
    (folder / "environments").mkdir()
    for name in names(count):
        (folder / "environments" / f"{name}.py").write_text(module(name), encoding="utf-8")
    listed = re.sub(
        r"^ENVIRONMENTS = .*$",
        lambda _: f"ENVIRONMENTS = ({', '.join(repr(each) for each in names(count))},)",
        (REFERENCE / "__init__.py").read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    (folder / "environments" / "__init__.py").write_text(listed, encoding="utf-8")


def _files() -> list[str]:
    listed = _git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return [file for file in listed.split("\0") if file and (ROOT / file).exists()]


def _git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=benchmark", "-c", "user.email=benchmark@example.com")
    done = subprocess.run(  # noqa: S603  # our own arguments
        ["git", *identity, *arguments],  # noqa: S607  # the git of the machine
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
