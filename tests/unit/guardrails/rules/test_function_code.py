from __future__ import annotations

import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.unit.guardrails.environments import of_resources
from tests.unit.guardrails.rules.objects import Json, values

if TYPE_CHECKING:
    from pathlib import Path

ELSEWHERE = "arn:aws:lambda:eu-west-1:111122223333:layer:shared:1"
LAYER: Json = {"Ref": "Layer"}


@pytest.mark.parametrize(
    ("handler", "files", "layers", "found"),
    [
        ("index.run", ("index.py", ""), [], []),
        ("main.run", ("index.py", ""), [], ["Handler main.run"]),
        ("app/index.run", ("app/index.mjs", ""), [], []),
        ("app.index.run", ("app/index.py", ""), [], []),
        ("app.run", ("app/__init__.py", ""), [], []),
        ("main.run", ("main.txt", ""), [], ["Handler main.run"]),
        ("shared.run", ("index.py", "python/shared.py"), [LAYER], []),
        ("shared.run", ("index.py", "python/lib/python3.13/site-packages/shared.py"), [LAYER], []),
        ("shared.run", ("index.py", "other/shared.py"), [LAYER], ["Handler shared.run"]),
        ("shared.run", ("index.py", "python/shared.py"), [], ["Handler shared.run"]),
        ("shared.run", ("index.py", ""), [ELSEWHERE], []),
        ("main.run", ("index.py", "python/shared.py"), [LAYER, ELSEWHERE], []),
        ({"Ref": "Handler"}, ("index.py", ""), [], []),
    ],
)
def test_a_handler_is_in_the_code_or_in_a_layer(
    tmp_path: Path, handler: object, files: tuple[str, str], layers: list[object], found: list[str]
) -> None:
    """What a layer that was made elsewhere has, nobody knows here."""
    code, layer = files
    file = tmp_path / "code" / code
    file.parent.mkdir(parents=True)
    file.touch()
    with zipfile.ZipFile(tmp_path / "layer.zip", "w") as archive:
        archive.writestr(layer or "README", "")
    properties = {"Handler": handler, "Runtime": "python3.13", "Layers": layers}
    there = of_resources(
        Function={
            "Type": "AWS::Lambda::Function",
            "Properties": properties,
            "Metadata": {"aws:asset:path": "code"},
        },
        Layer={
            "Type": "AWS::Lambda::LayerVersion",
            "Metadata": {"aws:asset:path": "layer.zip"},
        },
    )
    place = str(tmp_path / "template.json")
    stacks = {name: replace(each, template_path=place) for name, each in there.stacks.items()}
    assert values("VERSION19", replace(there, stacks=stacks)) == found
