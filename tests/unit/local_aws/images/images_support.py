"""What the tests of image builds share: a record of a build, and programs that only pretend."""

from __future__ import annotations

from pathlib import Path

from local_aws.images import manifests
from local_aws.images.ledger import Build


def build(name: str = "cdkasset-1", *, builder: str = "buildah", reason: str = "") -> Build:
    """Return the record of a build."""
    return Build(
        name=name,
        builder=builder,
        base="registry",
        reason=reason,
        platform_wanted="linux/amd64",
        platform="linux/amd64",
        seconds=2.5,
        manifest=manifests.of_nothing(name=name, reason="A test."),
    )


class Programs:
    """A folder of programs that note how they are called and then do as a script says."""

    def __init__(self, folder: Path) -> None:
        """Keep programs and notes in a folder."""
        self.folder = folder / "programs"
        self.folder.mkdir()
        self._notes = folder / "notes"

    def add(self, name: str, script: str = "") -> None:
        """Add a program; its script is shell."""
        program = self.folder / name
        program.write_text(f'#!/bin/sh\necho {name} "$@" >>{self._notes}\n{script}\n')
        program.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        """Return what was called, with the arguments."""
        return self._notes.read_text().splitlines() if self._notes.exists() else []
