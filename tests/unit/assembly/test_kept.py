"""The digest by which a kept assembly is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from assembly.kept import digest_of


def test_folders_that_link_to_each_other_are_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a link leads to counts; with several links in each, going round would have no end."""
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    for folder, other in ((mine, theirs), (theirs, mine)):
        folder.mkdir()
        (folder / "other").symlink_to(other)
    before = digest_of(mine)
    (theirs / "value").write_text("1", encoding="utf-8")
    read = list[Path]()
    content = Path.read_bytes

    def reading(path: Path) -> bytes:
        read.append(path)
        return content(path)

    monkeypatch.setattr(Path, "read_bytes", reading)
    assert digest_of(mine) != before
    assert read == [mine / "other/value"]
