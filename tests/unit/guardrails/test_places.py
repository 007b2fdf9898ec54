from __future__ import annotations

from pathlib import Path

import pytest

from guardrails import places
from guardrails.places import place_of

YAML = """\
kind: Namespace
---
kind: Deployment
metadata: {annotations: {a.b/c: d}}
spec:
  containers:
    - name: web
      securityContext: &security
        privileged: true
    - name: api
      securityContext: *security
"""


@pytest.mark.parametrize(
    ("place", "field", "line"),
    [
        ("web.yaml line 3", "spec.containers[0].securityContext.privileged", 9),
        ("web.yaml line 3", "spec.containers[1].securityContext.privileged", 9),
        ("web.yaml line 3", "spec.containers[1].securityContext.drop", 11),
        ("web.yaml line 3", "spec.containers[1].ports[0].name", 10),
        ("web.yaml line 3", "spec.containers[7].name", 6),
        ("web.yaml line 3", "metadata.annotations[a.b/c]", 4),
        ("web.yaml line 3", "status", 3),
        ("web.yaml line 3", "", 3),
        ("web.yaml line 2", "spec.containers", 2),
        ("web.yaml line 1", "spec.containers", 1),
        ("other.yaml line 3", "spec.containers", 3),
        ("broken.yaml line 1", "a", 1),
    ],
)
def test_a_field_has_its_line(
    place: str, field: str, line: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or that of what should hold it; what nobody can read has the line of its object."""
    monkeypatch.setattr(places, "ROOT", tmp_path)
    (tmp_path / "web.yaml").write_text(YAML, encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("a: [", encoding="utf-8")

    assert place_of(place, field) == f"{place.partition(' ')[0]} line {line}"


def test_another_text_stays() -> None:
    """The metadata may be somebody else's."""
    assert place_of("somewhere", "a") == "somewhere"
