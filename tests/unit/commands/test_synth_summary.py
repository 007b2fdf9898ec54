from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commands.synth_summary import StackSummary, capacity_lines, main, read_assembly, render

STACK = "aws:cloudformation:stack"


def stack(
    folder: Path, artifact_id: str, *, display: str | None, resources: int = 1, **more: object
) -> dict[str, Any]:
    """Write the template of a stack and return its artifact."""
    template: dict[str, Any] = {"Resources": {f"R{number}": {} for number in range(resources)}}
    (folder / f"{artifact_id}.json").write_text(json.dumps(template), encoding="utf-8")
    names = {} if display is None else {"displayName": display}
    return {"type": STACK, "properties": {"templateFile": f"{artifact_id}.json"}, **names, **more}


def manifest(folder: Path, **artifacts: dict[str, Any]) -> None:
    """Write the manifest of an assembly."""
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}), encoding="utf-8")


def summary(**changes: object) -> StackSummary:
    """Return a small stack of dev."""
    values: dict[str, Any] = {
        "environment": "Dev",
        "name": "Network",
        "resources": 10,
        "template_bytes": 2_000,
        "warnings": 0,
        **changes,
    }
    return StackSummary(**values)


def test_stacks_of_stages_are_found(tmp_path: Path) -> None:
    """After those outside of any, in the order of the manifest; other artifacts are not stacks."""
    nested = tmp_path / "assembly-Dev"
    nested.mkdir()
    manifest(nested, b=stack(nested, "b", display="Dev/B", resources=2))
    manifest(
        tmp_path,
        tree={"type": "cdk:tree", "properties": {"file": "tree.json"}},
        stage={"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Dev"}},
        a=stack(tmp_path, "a", display=None, resources=3),
    )
    found = [(item.environment, item.name, item.resources) for item in read_assembly(tmp_path)]
    assert found == [("", "a", 3), ("Dev", "B", 2)]


def test_a_nested_stack_belongs_to_the_stage_of_the_one_around_it(tmp_path: Path) -> None:
    """Its own path goes on behind the outer one's."""
    manifest(tmp_path, a=stack(tmp_path, "a", display="Dev/A"))
    nested = {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": "inner.json"}}
    (tmp_path / "a.json").write_text(json.dumps({"Resources": {"Inner": nested}}))
    (tmp_path / "inner.json").write_text("{}")
    found = [(item.environment, item.name, item.resources) for item in read_assembly(tmp_path)]
    assert found == [("Dev", "A", 1), ("Dev", "A/Inner", 0)]


def test_the_size_is_that_of_the_file(tmp_path: Path) -> None:
    """CloudFormation counts bytes."""
    manifest(tmp_path, a=stack(tmp_path, "a", display="Dev/A"))
    (found,) = read_assembly(tmp_path)
    assert found.template_bytes == (tmp_path / "a.json").stat().st_size


def test_warnings_are_counted_wherever_they_stand(tmp_path: Path) -> None:
    """In the manifest, and in the file beside it that newer assemblies write."""
    warning, info = {"type": "aws:cdk:warning"}, {"type": "aws:cdk:info"}
    (tmp_path / "more.json").write_text(json.dumps({"/x": [warning, info]}), encoding="utf-8")
    manifest(
        tmp_path,
        a=stack(
            tmp_path,
            "a",
            display="Dev/A",
            metadata={"/y": [warning, warning]},
            additionalMetadataFile="more.json",
        ),
    )
    (found,) = read_assembly(tmp_path)
    assert found.warnings == 3


def test_the_table_has_a_line_for_each_stack() -> None:
    """Environment, stack, resources, size and what part of the limit that is."""
    lines = render([summary(), summary(name="Cluster", resources=70, template_bytes=250_000)])
    rows = [line.split() for line in lines.splitlines()]
    assert ["Dev", "Network", "10", "2.0", "KB", "0%"] in rows
    assert ["Dev", "Cluster", "70", "250.0", "KB", "25%"] in rows


def test_what_to_run_next_names_an_environment() -> None:
    """The stage ProdEu is ENV=prod-eu, and the pattern of its stacks is quoted."""
    text = render([summary(environment="ProdEu")])
    assert "make diff ENV=prod-eu" in text
    assert "make deploy ENV=prod-eu" in text
    assert "cdk deploy 'ProdEu/**'" in text


def test_stacks_outside_of_stages_have_no_next_deploy() -> None:
    """Nothing is named that does not exist."""
    text = render([summary(environment="")])
    assert "make test" in text
    assert "make deploy" not in text


@pytest.mark.parametrize(
    ("changes", "near"),
    [
        ({"resources": 400}, False),
        ({"resources": 401}, True),
        ({"template_bytes": 800_000}, False),
        ({"template_bytes": 800_001}, True),
    ],
)
def test_a_stack_near_a_limit_is_named(
    changes: dict[str, int],
    near: bool,  # noqa: FBT001  # a column of the table
) -> None:
    """At four fifths of either limit there is still time to split it."""
    assert ("Dev/Network is near a CloudFormation limit" in render([summary(**changes)])) is near


@pytest.mark.parametrize(("count", "text"), [(1, "1 warning: "), (2, "2 warnings: ")])
def test_warnings_are_mentioned(count: int, text: str) -> None:
    """Somebody should look above."""
    assert text in render([summary(warnings=count)])
    assert "warning" not in render([summary()])


def test_the_capacity_of_each_environment_has_a_line() -> None:
    """Of those that were synthesized: pods, the fullest subnet, and how far it can grow."""
    (line,) = capacity_lines({"Prod", "Gone"})

    assert line == (
        "Prod can run 1,014 pods; private eu-west-1a is 19% full at worst; it can grow from 9 to "
        "81 nodes."
    )
    assert f"\n\n{line}\n\nNext:" in render([summary()], capacity=[line])
    assert "can run" not in render([summary()])


def test_nothing_synthesized_is_said() -> None:
    """An assembly may hold no stack."""
    assert render([]) == "No stacks."


def test_the_program_prints_the_summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder is an argument, and it says so where there is nothing."""
    assert main([str(tmp_path)]) == 1
    assert "Run `make synth` first" in capsys.readouterr().err
    manifest(tmp_path, a=stack(tmp_path, "a", display="Dev/A"))
    assert main([str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "Dev  " in printed
    assert "Dev can run 140 pods" in printed
    assert "Prod" not in printed


@pytest.mark.parametrize(("wanted", "name"), [("", "dev"), ("Prod", "prod"), ("Other", "dev")])
def test_what_comes_next_is_for_the_environment_that_was_asked_for(wanted: str, name: str) -> None:
    """`make synth ENV=prod` leads to `make deploy ENV=prod`."""
    text = render([summary(), summary(environment="Prod")], wanted=wanted)

    assert f"make deploy ENV={name} " in text


@pytest.mark.parametrize(
    ("wanted", "shown"), [("Dev", ["Dev"]), ("", ["Dev", "Prod"]), ("Other", ["Dev", "Prod"])]
)
def test_only_the_environment_that_was_asked_for_is_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wanted: str, shown: list[str]
) -> None:
    """Though the assembly has all of them."""
    stacks = {name: stack(tmp_path, name, display=f"{name}/A") for name in ("Dev", "Prod")}
    manifest(tmp_path, **stacks)

    assert main([str(tmp_path), wanted]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [
        name for name in ("Dev", "Prod") if any(row.startswith(f"{name} ") for row in rows)
    ] == shown
