"""The programs `aws`, `kubectl` and `helm` as the CDK's kubectl handler finds them on its PATH.

On AWS a layer is unpacked into /opt. Here an environment variable names the folders; this finds the
real program there and becomes it. `aws eks` is `aws_cli.py`, which starts fast.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

LAYERS = "_LAMBDA_LAYERS_DIRS"
UNPACKED = "LOCAL_AWS_LAYERS"
"""Names the folder that layers are unpacked into, if accounts are to share it."""

CHARTS = Path(__file__).parent / "charts"
"""Stand-ins for charts, by name: their repositories are on the internet."""

PLACES = {"aws": "awscli/aws", "kubectl": "kubectl/kubectl", "helm": "helm/helm"}


def write_launchers(folder: Path, *, python: str) -> None:
    """Write a program of each name into `folder`, which is to be on the handler's PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    here = Path(__file__).resolve()
    for name in PLACES:
        launcher = folder / name
        launcher.write_text(
            f'#!/bin/sh\n[ "{name} $1" != "aws eks" ] || exec "{python}" -I "{here.parent}/aws_cli.py" "$@"\n'
            f'exec "{python}" -IS "{here}" {name} "$@"\n',
            encoding="utf-8",
        )
        launcher.chmod(0o755)


def command(
    name: str, arguments: Sequence[str], *, environ: Mapping[str, str], scratch: Path
) -> list[str]:
    """Return the command line of the layer's own program.

    Raises `FileNotFoundError` if no layer of the function has it.
    """
    layers = filter(None, environ.get(LAYERS, "").split(os.pathsep))
    places = (Path(layer, PLACES[name]) for layer in layers)
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise FileNotFoundError(f"{name}: not in any layer of this function")
    if "get-login-password" in arguments or arguments[:2] == ["registry", "login"]:
        # ECR is emulated, and no registry of charts knows its passwords.
        return ["/bin/echo", "a password"]
    if name == "aws":
        return [sys.executable, str(found), *arguments]
    # Zip files are unpacked without the permission to execute.
    found.chmod(0o755)
    if name == "helm":
        return _with_local_chart(str(found), list(arguments), scratch)
    return [str(found), *arguments]


def _with_local_chart(helm: str, arguments: list[str], scratch: Path) -> list[str]:
    """Take the chart from the folder beside this file, if it has one of that name."""
    verb, *rest = arguments or [""]
    at = {"upgrade": 1, "pull": 0}.get(verb, len(rest))
    place = next(iter(rest[at : at + 1]), "")
    chart = CHARTS / Path(place).name
    in_repository = place.startswith("oci://") or (place and "--repo" in rest)
    if not in_repository or not chart.is_dir():
        return [helm, *arguments]
    if verb == "pull":
        _copy(chart, rest, dict(itertools.pairwise(rest)).get("--untardir", "."))
        return ["/bin/echo", f"Pulled: {place}"]
    rest[at] = _copy(chart, rest, tempfile.mkdtemp(dir=scratch))
    _take_option(rest, "--repo")
    return [helm, verb, *rest]


def _copy(chart: Path, arguments: list[str], folder: str) -> str:
    """Return a copy of a stand-in that says it is the version asked for, as `helm list` then does."""
    version, copy = _take_option(arguments, "--version"), Path(folder, chart.name)
    shutil.copytree(chart, copy)
    metadata = copy / "Chart.yaml"
    text = metadata.read_text(encoding="utf-8")
    metadata.write_text(re.sub(r"(?m)^(version|appVersion): .*$", rf"\1: {version}", text), "utf-8")
    return str(copy)


def _take_option(arguments: list[str], name: str) -> str:
    at = arguments.index(name)
    value = arguments[at + 1]
    del arguments[at : at + 2]
    return value


def missing_chart(argv: Sequence[str], scratch: Path) -> str:
    """Return why helm can't download a chart; empty if it can."""
    helm, verb, *rest = argv
    options = dict(itertools.pairwise(rest))
    # A chart without a version is a local file: a stand-in, or pulled before.
    if verb not in {"upgrade", "pull"} or "--version" not in options:
        return ""
    chart, version = rest[verb == "upgrade"], options["--version"]
    pull = [helm, "pull", chart, "--version", version, "--destination", str(scratch)]
    place = options.get("--repo", "")
    pull += ["--repo", place] if place else []
    result = subprocess.run(pull, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode == 0:
        return ""
    return (
        f"Chart {chart} {version}{place and f' from {place}'} can't be downloaded: "
        f"{result.stderr.strip().removeprefix('Error: ')}. Check the chart, version and repository of the "
        "workload. If they are right, this machine can't reach the repository: deploy on AWS, where the "
        "kubectl handler downloads it, or remove the workload while you deploy here."
    )


def main() -> None:
    """Become the program that the first argument names."""
    name, *arguments = sys.argv[1:]
    scratch = Path(tempfile.gettempdir())
    try:
        argv = command(name, arguments, environ=os.environ, scratch=scratch)
    except FileNotFoundError as error:
        sys.exit(str(error))
    if name == "helm" and (why := missing_chart(argv, scratch)):
        sys.exit(why)
    os.execv(argv[0], argv)  # noqa: S606  # this is what the program is for


if __name__ == "__main__":
    main()
