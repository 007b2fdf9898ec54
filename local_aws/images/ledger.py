"""What was built, how, and under which names: `images.json` in the folder of the builds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

from filelock import FileLock

from local_aws.images.manifests import Manifest


@dataclass(frozen=True, kw_only=True)
class Build:
    """One image, and what is worth knowing about its build."""

    name: str
    """As the CDK CLI calls it: `cdkasset-` and the hash of the build context."""
    names: tuple[str, ...] = ()
    """What else it is called: its addresses in repositories."""
    builder: str
    """docker, buildah or none."""
    base: str
    """Where the image starts: from the registry, or from a stand-in made on this machine."""
    reason: str
    """Why it is less than it should be; empty if nothing is missing."""
    platform_wanted: str
    platform: str
    seconds: float
    manifest: Manifest

    @property
    def is_built(self) -> bool:
        """Return whether there is an image at all."""
        return self.builder != "none"

    def sentence(self) -> str:
        """Say how the image came about, in a line."""
        if not self.is_built:
            return f"Not built; the repository is only told that the tag exists. {self.reason}"
        size = f"{self.manifest.size / 1e6:.0f} MB"
        words = f"Built with {self.builder} for {self.platform} in {self.seconds:.1f} s: {size}."
        return f"{words} {self.reason}".rstrip()

    def as_json(self) -> dict[str, Any]:
        """Return the record of the file, with some things said again for its readers."""
        return {**asdict(self), "manifest": self.manifest.text, **self._for_readers()}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """Read a record of the file."""
        values = {field.name: record[field.name] for field in fields(cls)}
        return cls(
            **{
                **values,
                "names": tuple(record["names"]),
                "manifest": Manifest.read(record["manifest"]),
            }
        )

    def _for_readers(self) -> dict[str, Any]:
        return {
            "tag": self.name.removeprefix("cdkasset-"),
            "built": self.sentence(),
            "digest": self.manifest.digest,
            "size": self.manifest.size,
        }


@dataclass(frozen=True)
class Ledger:
    """The file. Several processes may write it: the CDK CLI can build and push side by side."""

    path: Path

    def builds(self) -> tuple[Build, ...]:
        """Return every build, in the order in which they were recorded."""
        if not self.path.exists():
            return ()
        records = json.loads(self.path.read_text(encoding="utf-8"))
        return tuple(Build.from_json(record) for record in records)

    def find(self, name: str) -> Build | None:
        """Return the build with a name, or with another name that was given to it."""
        found = (build for build in self.builds() if name in (build.name, *build.names))
        return next(found, None)

    def add(self, build: Build) -> None:
        """Record a build; a newer one of the same name replaces it."""
        with self._changes() as builds:
            builds[build.name] = build

    def name(self, name: str, *, also: str) -> bool:
        """Give an image a second name; return whether there is such an image.

        The name is taken away from the image that had it.
        """
        with self._changes() as builds:
            for build in list(builds.values()):
                names = [known for known in build.names if known != also]
                if name == build.name:
                    names.append(also)
                builds[build.name] = replace(build, names=tuple(names))
            return name in builds

    @contextmanager
    def _changes(self) -> Iterator[dict[str, Build]]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.path.with_suffix(".lock")):
            builds = {build.name: build for build in self.builds()}
            yield builds
            # In one piece: a reader, or a kill, never sees half of it.
            draft = self.path.with_suffix(".new")
            records = [build.as_json() for build in builds.values()]
            draft.write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
            draft.replace(self.path)


def ledger_in(folder: Path) -> Ledger:
    """Return the ledger of a folder of builds."""
    return Ledger(folder / "images.json")
