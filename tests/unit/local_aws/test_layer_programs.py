from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from local_aws.layer_programs import LAYERS, PLACES, command, write_launchers

UPGRADE = [
    *("upgrade", "aws-load-balancer-controller", "aws-load-balancer-controller", "--install"),
    *("--repo", "https://aws.github.io/eks-charts", "--version", "3.5.0"),
    *("--namespace", "kube-system", "--wait"),
]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a function with one layer that has every program."""
    for place in PLACES.values():
        program = tmp_path / "layer" / place
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("print('the real one')\n", encoding="utf-8")
    layers = os.pathsep.join([str(tmp_path / "other"), str(tmp_path / "layer")])
    return {LAYERS: layers, "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_REGION": "eu-west-1"}


def test_a_program_comes_from_the_layer_that_has_it(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    """A zip file's programs can't be executed before they are told so."""
    argv, _ = command("kubectl", ["get", "pods"], environ=environ, scratch=tmp_path)
    assert argv == [str(tmp_path / "layer/kubectl/kubectl"), "get", "pods"]
    assert os.access(argv[0], os.X_OK)


def test_a_program_in_no_layer_is_said(tmp_path: Path) -> None:
    """The handler's log then says which layer is missing."""
    with pytest.raises(FileNotFoundError, match="helm: in no layer of this function"):
        command("helm", [], environ={LAYERS: ""}, scratch=tmp_path)


def test_a_token_is_made_for_the_real_sts(tmp_path: Path, environ: dict[str, str]) -> None:
    """Its signature covers the host's name, which the emulator checks as AWS does."""
    _, kept = command("aws", ["eks", "get-token"], environ=environ, scratch=tmp_path)
    assert "AWS_ENDPOINT_URL" not in kept
    _, kept = command("aws", ["eks", "update-kubeconfig"], environ=environ, scratch=tmp_path)
    assert kept["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"


def test_a_chart_that_lies_here_is_taken_from_here(tmp_path: Path, environ: dict[str, str]) -> None:
    """It says the version that was asked for, and no repository is called."""
    argv, _ = command("helm", UPGRADE, environ=environ, scratch=tmp_path)
    chart = Path(argv[3])
    assert argv[1:3] == ["upgrade", "aws-load-balancer-controller"]
    assert argv[4:] == ["--install", "--namespace", "kube-system", "--wait"]
    metadata = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))
    assert (metadata["version"], metadata["appVersion"]) == ("3.5.0", "3.5.0")


@pytest.mark.parametrize(
    "arguments",
    [
        ["uninstall", "aws-load-balancer-controller", "--namespace", "kube-system"],
        ["upgrade", "web", "some-chart", "--repo", "https://charts.example.com"],
    ],
    ids=["uninstall", "another chart"],
)
def test_everything_else_goes_to_helm_as_it_came(
    tmp_path: Path, environ: dict[str, str], arguments: list[str]
) -> None:
    """A chart that lies nowhere here fails as it does without internet."""
    argv, _ = command("helm", arguments, environ=environ, scratch=tmp_path)
    assert argv[1:] == arguments


def test_a_launcher_becomes_the_layer_s_program(tmp_path: Path, environ: dict[str, str]) -> None:
    """The handler finds `aws` on its PATH and knows nothing of layers."""
    write_launchers(tmp_path / "bin", python=sys.executable)
    result = subprocess.run(  # noqa: S603  # the launcher
        [tmp_path / "bin/aws"], env=environ, capture_output=True, text=True, check=True
    )
    assert result.stdout == "the real one\n"
