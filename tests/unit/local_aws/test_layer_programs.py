from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from local_aws.layer_programs import LAYERS, PLACES, command, missing_chart, write_launchers

UPGRADE = [
    *("upgrade", "aws-load-balancer-controller", "aws-load-balancer-controller", "--install"),
    *("--repo", "https://aws.github.io/eks-charts", "--version", "3.5.0"),
    *("--namespace", "kube-system", "--wait"),
]
CLUSTER = {"arn": "arn:blue", "endpoint": "https://eks", "certificateAuthority": {"data": "Y2E="}}


class Eks(BaseHTTPRequestHandler):
    """EKS with one cluster, for whoever signs."""

    def do_GET(self) -> None:
        """Describe the cluster."""
        signed = "/eks/aws4_request" in self.headers["Authorization"]
        found = signed and self.path == "/clusters/blue"
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(json.dumps({"cluster": CLUSTER} if found else {"message": "no"}).encode())

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Return the environment of a function with one layer that has every program."""
    for place in PLACES.values():
        program = tmp_path / "layer" / place
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("print('the real one')\n", encoding="utf-8")
    write_launchers(tmp_path / "bin", python=sys.executable)
    with ThreadingHTTPServer(("127.0.0.1", 0), Eks) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield {
            LAYERS: os.pathsep.join([str(tmp_path / "other"), str(tmp_path / "layer")]),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_SESSION_TOKEN": "session",
        }
        server.shutdown()


def aws(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call the launcher as the handler does."""
    program = Path(environ[LAYERS].rpartition(os.pathsep)[2]).with_name("bin") / "aws"
    return subprocess.run(  # noqa: S603
        [program, *arguments], env=environ, capture_output=True, text=True, check=False
    )


def test_a_program_comes_from_the_layer_that_has_it(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    """With all arguments. A zip file's programs can't be executed before they are told so."""
    argv = command("kubectl", ["get", "pods"], environ=environ, scratch=tmp_path)
    assert argv == [str(tmp_path / "layer/kubectl/kubectl"), "get", "pods"]
    assert os.access(argv[0], os.X_OK)
    for words in (
        ["uninstall", "aws-load-balancer-controller", "--namespace", "kube-system"],
        ["upgrade", "web", "some-chart", "--repo", "https://charts.example.com"],
    ):
        assert command("helm", words, environ=environ, scratch=tmp_path)[1:] == words
    assert aws(environ, "s3", "cp", "chart", "here").stdout == "the real one\n"


def test_a_program_in_no_layer_is_said(tmp_path: Path) -> None:
    """The handler's log then says which layer is missing."""
    with pytest.raises(FileNotFoundError, match="helm: not in any layer of this function"):
        command("helm", [], environ={LAYERS: ""}, scratch=tmp_path)


def test_a_kubeconfig_has_a_token(tmp_path: Path, environ: dict[str, str]) -> None:
    """EKS is asked for the cluster with the keys of the handler's role."""
    file = tmp_path / "kubeconfig"
    update = ("eks", "update-kubeconfig", "--kubeconfig", str(file), "--name")
    refused = aws(environ, *update, "green")
    assert (refused.returncode, "DescribeCluster" in refused.stderr) == (254, True)
    assert aws(environ, *update, "blue").returncode == 0
    config = yaml.safe_load(file.read_text(encoding="utf-8"))
    server = {"server": "https://eks", "certificate-authority-data": "Y2E="}
    assert config["clusters"][0]["cluster"] == server
    assert config["users"][0]["user"]["token"].startswith("k8s-aws-v1.")


def test_a_chart_that_lies_here_is_taken_from_here(tmp_path: Path, environ: dict[str, str]) -> None:
    """It says the version that was asked for, and no repository is called."""
    argv = command("helm", UPGRADE, environ=environ, scratch=tmp_path)
    chart = Path(argv[3])
    assert argv[1:3] == ["upgrade", "aws-load-balancer-controller"]
    assert argv[4:] == ["--install", "--namespace", "kube-system", "--wait"]
    metadata = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))
    assert (metadata["version"], metadata["appVersion"]) == ("3.5.0", "3.5.0")


@pytest.mark.parametrize(
    ("pull", "place"),
    [
        (["aws-load-balancer-controller", *UPGRADE[4:8], "--untardir", "new"], "new"),
        (["oci://public.ecr.aws/karpenter/karpenter", "--version", "3.5.0"], "."),
    ],
)
def test_a_chart_that_lies_here_is_pulled_from_here(
    pull: list[str],
    place: str,
    tmp_path: Path,
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As `helm pull --untar` does it: a folder of the chart's name, where the handler runs or asks."""
    monkeypatch.chdir(tmp_path)
    argv = command("helm", ["pull", *pull, "--untar"], environ=environ, scratch=tmp_path)
    assert not missing_chart(argv, tmp_path)
    chart = Path(place, Path(pull[0]).name, "Chart.yaml")
    assert yaml.safe_load(chart.read_text(encoding="utf-8"))["version"] == "3.5.0"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("aws", ["ecr-public", "get-login-password", "--region", "us-east-1"]),
        ("helm", ["registry", "login", "--username", "AWS", "--password-stdin", "public.ecr.aws"]),
    ],
)
def test_nobody_signs_in_to_a_registry(
    name: str, arguments: list[str], tmp_path: Path, environ: dict[str, str]
) -> None:
    """None knows the passwords of an emulated account, and the handler ends if one refuses it."""
    argv = command(name, arguments, environ=environ, scratch=tmp_path)
    assert missing_chart(argv, tmp_path) == ""
    assert subprocess.run(argv, check=False, capture_output=True).returncode == 0  # noqa: S603


REPOSITORY = ("--repo", "https://charts.example.com")
PULLED = "pull podinfo --version 6.9.0 --destination {} --repo https://charts.example.com\n"
OCI = "oci://registry.test/team"


@pytest.mark.parametrize(
    ("arguments", "asked", "told"),
    [
        (
            ["upgrade", "web", "podinfo", "--install", *REPOSITORY, "--version", "6.9.0"],
            PULLED,
            "Chart podinfo 6.9.0 from https://charts.example.com can't be downloaded: no such host. Check",
        ),
        (
            ["pull", OCI, "--version", "1.0.0", "--untar"],
            f"pull {OCI} --version 1.0.0 --destination {{}}\n",
            f"Chart {OCI} 1.0.0 can't be downloaded: no such host. Check",
        ),
        (["upgrade", "web", "chart", "--install"], None, ""),
        (["uninstall", "web", "--namespace", "web"], None, ""),
    ],
)
def test_a_chart_that_cannot_be_downloaded_is_named(
    arguments: list[str], asked: str | None, told: str, tmp_path: Path
) -> None:
    """With its version, its repository, helm's reason and what to do."""
    helm, calls = tmp_path / "helm", tmp_path / "calls"
    for code in (1, 0):
        script = f'#!/bin/sh\necho "$@" >{calls}\necho "Error: no such host" >&2\nexit {code}\n'
        helm.write_text(script, encoding="utf-8")
        helm.chmod(0o755)
        why = missing_chart([str(helm), *arguments], tmp_path)
        assert why.startswith(told) if code else not why
        assert calls.exists() == (asked is not None)
        if asked is not None:
            assert calls.read_text(encoding="utf-8") == asked.format(tmp_path)
