"""Files are there as a whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import write


def test_texts_stand_under_their_names(tmp_path: Path) -> None:
    """In a folder that is made where it is missing; what was there before is replaced."""
    folder = tmp_path / "new" / "folder"
    write(folder, {"a": "old", "b": "2"})
    write(folder, {"a": "1"})
    assert {each.name: each.read_text() for each in folder.iterdir()} == {"a": "1", "b": "2"}


def test_what_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, for example."""
    write(tmp_path, {"a": "old"})

    def full(path: Path, text: str, **_: str) -> None:
        path.write_bytes(text[:1].encode())
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        write(tmp_path, {"a": "new"})
    assert (tmp_path / "a").read_text() == "old"
