"""What the documents point at is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

import examples
from commands.plan import main as print_plan
from commands.synth_summary import capacity_lines, read_assembly
from constructs_lib.specs.base import ConfigurationError, checked
from constructs_lib.specs.node_objects import node_of
from examples.windows import ENVIRONMENT as WINDOWS
from kube.pod_security import violations
from kube.pods import pod_template
from kube.scheduling import takes
from tests.support import ROOT, Assembly, reference

DOCUMENTS = sorted(
    file
    for pattern in ("*.md", "docs/**/*.md", "workloads/**/*.md", "capacity/*.md")
    for file in ROOT.glob(pattern)
)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
MAKE = re.compile(r"`make ([a-z-]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    """A relative link names a file or folder of this repository."""
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs/options").glob("*.md")), ids=lambda x: x.stem)
def test_a_page_of_a_kind_names_its_example_and_what_only_aws_can_show(page: Path) -> None:
    """A reader starts from a whole environment, and knows what no test here has seen."""
    text = page.read_text(encoding="utf-8")
    shown = re.findall(r"\(\.\./\.\./examples/(\w+)\.py\)", text)
    assert {*shown} & {*examples.ENVIRONMENTS}
    assert "\n## What only AWS can show\n" in text


def test_roles_trust_a_repository_by_its_ids() -> None:
    """Tokens of a new repository on GitHub have them, and no trust by its names alone fits these."""
    told = {file.name: file.read_text(encoding="utf-8") for file in DOCUMENTS}
    assert [name for name, text in told.items() if re.search(r"repo:\w+/", text)] == []
    assert '"repo:\\(.owner.login)@\\(.owner.id)/\\(.name)@\\(.id)"' in told["delivery.md"]


def test_named_make_targets_exist() -> None:
    """A document that says `make x` means a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {name for file in DOCUMENTS for name in MAKE.findall(file.read_text(encoding="utf-8"))}
    assert named - targets == set()


def test_every_target_has_a_line_of_help() -> None:
    """`make` alone lists all targets."""
    listing = subprocess.run(
        ["make", "--no-print-directory"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^\.PHONY: ([a-z-]+)$", makefile, re.MULTILINE):
        assert target == "help" or re.search(rf"^  {target} ", listing, re.MULTILINE), target


def test_the_readme_shows_the_plan_of_today(capsys: pytest.CaptureFixture[str]) -> None:
    """What `make plan ENV=dev` prints, shortened where … stands, and how a synth ends."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    print_plan(["dev"])

    plan = capsys.readouterr().out
    shown = readme.partition("$ make plan ENV=dev\n")[2].partition("Pictures: plan.out/dev.html")[0]
    assert shown
    for part in filter(None, shown.split("…\n")):
        before, found, plan = plan.partition(part)
        assert found == part, f"not in the plan after {before!r}"
    stages = [config.stage_id for config in reference()]
    assert "\n\n{}\n".format("\n".join(capacity_lines(stages))) in readme


def test_the_readme_shows_the_stacks_of_today(assembly: Assembly) -> None:
    """The table of `make synth`; the sizes within a tenth, since hashes and paths differ."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"^(Dev|Prod) +(\w+) +(\d+) +([\d.]+) KB +\d+%$", readme, re.MULTILINE)
    found = {(x.environment, x.name): x for x in read_assembly(assembly.path)}
    assert {(stage, name): int(resources) for stage, name, resources, _ in shown} == {
        key: each.resources for key, each in found.items()
    }
    for stage, name, _, size in shown:
        assert float(size) == pytest.approx(found[stage, name].template_bytes / 1000, rel=0.1)


def test_the_readme_shows_the_problems_of_today() -> None:
    """The message about two wrong values of prod."""
    prod = reference()[1]
    wrong = {
        "instance_types": ("m7i.xlarge",),
        "ami_type": "BOTTLEROCKET_ARM_64",
        "desired_size": 12,
    }
    groups = (prod.node_groups[0].model_copy(update=wrong), *prod.node_groups[1:])
    with pytest.raises(ConfigurationError) as error:
        checked(prod=prod.model_copy(update={"node_groups": groups}))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"$ make synth\n{error.value}".rstrip() + "\n```" in readme


def test_the_readme_can_be_read_in_one_sitting() -> None:
    """Under 200 lines; the rest is in docs/."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 200


def test_the_workload_of_the_page_on_windows_runs() -> None:
    """The namespace of a workload takes it, and its nodes do."""
    page = (ROOT / "docs/options/windows.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    template = pod_template(yaml.safe_load(block))
    assert template is not None
    assert [*violations(template, "restricted")] == []
    linux, windows = WINDOWS.node_groups
    spec = {"spec": template.spec}
    assert [takes(node_of(each, {}), spec) for each in (linux, windows)] == [False, True]
