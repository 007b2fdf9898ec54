from __future__ import annotations

from pathlib import Path

import pytest

from local_aws.images import buildah, choice
from local_aws.images.builders import Nothing
from local_aws.images.settings import Settings


@pytest.mark.parametrize(
    ("wanted", "daemon", "problem", "chosen"),
    [
        ("auto", True, "", "docker"),
        ("auto", False, "", "buildah"),
        ("auto", False, "There is no buildah.", "none"),
        ("docker", False, "", "docker"),
        ("buildah", True, "There is no buildah.", "buildah"),
        ("none", True, "", "none"),
    ],
)
def test_first_builder_that_works_is_taken(
    monkeypatch: pytest.MonkeyPatch, wanted: str, problem: str, chosen: str, *, daemon: bool
) -> None:
    """Docker, then buildah, then nothing; what the user names is taken as it is."""
    monkeypatch.setattr(choice, "docker_answers", lambda: daemon)
    monkeypatch.setattr(buildah, "unusable", lambda: problem)
    settings = Settings(folder=Path("/f"), cache=Path("/c"), builder=wanted)
    assert choice.choose(settings).name == chosen


def test_nothing_comes_with_what_to_install(monkeypatch: pytest.MonkeyPatch, context: Path) -> None:
    """The reader learns what is missing and how to get it."""
    monkeypatch.setattr(choice, "docker_answers", lambda: False)
    monkeypatch.setattr(buildah, "unusable", lambda: "There is no buildah.")
    builder = choice.choose(Settings(folder=context, cache=context, builder="auto"))
    assert isinstance(builder, Nothing)
    assert builder.reason == (
        "No Docker daemon answers. There is no buildah. "
        "To build it, install Docker, or buildah and debootstrap."
    )
