"""Upgrades the CRDs of a Helm chart before the chart: what the CDK's kubectl handler does first.

Helm installs the folder crds/ of a chart once, and never upgrades or deletes it. This runs in the
CDK's own function, from a layer; `index` and `helm` are the code that it adds to.
"""

import logging
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import helm  # type: ignore[import-not-found]  # both are in the function
import index  # type: ignore[import-not-found]

logger = logging.getLogger()

REASON = 2000
"""How many bytes of an error are told, its last: CloudFormation waits if an answer exceeds 4 KB."""
CRD = re.compile(r"""(?m)(^kind|^'kind'|(^|[{,])\s*"kind")\s*:\s*["']?CustomResourceDefinition\b""")
KUBE_VERSION = re.compile(rb"""(?m)^["']?kubeVersion["']?\s*:.*\n?([ \t]+.*\n?)*""")


def handler(event: Mapping[str, Any], context: object) -> object:
    """Apply the CRDs of a chart that is installed or upgraded, and let the CDK do what is asked."""
    is_chart = event["ResourceType"] == "Custom::AWSCDK-EKS-HelmChart"
    if is_chart and event["RequestType"] != "Delete":
        chart, before = event["ResourceProperties"], event.get("OldResourceProperties", {})
        if not chart.get("SkipCrds") and not is_older(chart, before):
            upgrade_crds(chart)
    return index.handler(event, context)


def is_older(chart: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Tell whether a chart goes back, as a rollback does.

    Its CRDs then stay: the API server refuses one without the version that objects are stored in.
    """
    same = all(chart.get(name) == before.get(name) for name in ("Chart", "Repository"))
    new, old = (each.get("Version", "") for each in (chart, before))
    return bool(same and new and old) and precedence(new) < precedence(old)


def precedence(version: str) -> tuple[list[int], bool, list[tuple[bool, int, str]]]:
    """Return what orders versions as Semantic Versioning does: 1.0.0-rc.2, 1.0.0-rc.10, 1.0.0."""
    core, _, early = version.partition("+")[0].partition("-")
    numbers = [int(number) for number in re.findall(r"\d+", core)]
    # A number comes before a word, and 9 before 10.
    parts = [(False, len(it), it) if it.isdecimal() else (True, 0, it) for it in early.split(".")]
    return numbers, not early, parts


def upgrade_crds(properties: Mapping[str, Any]) -> None:
    """Apply the CRDs that the values of a chart ask for, and wait until they are served."""
    with tempfile.TemporaryDirectory() as folder:
        chart = pulled(properties, folder)
        keep_crds(chart)
        render = ("helm", "template", "crds", str(chart), "--include-crds", "--values", "-")
        rendered = run(folder, *render, given=properties.get("Values") or "{}")
        documents = re.split(r"^---(?:[ \t\r].*)?$", rendered, flags=re.MULTILINE)
        crds = "---".join(each for each in documents if CRD.search(each))
        if not crds:
            return
        login = ("aws", "eks", "update-kubeconfig", "--name", properties["ClusterName"])
        run(folder, *login, "--kubeconfig", helm.kubeconfig)
        # On the server: a CRD is too long for the annotation that kubectl would write. The fields
        # were Helm's.
        apply = ("apply", "--server-side", "--force-conflicts", "--filename", "-")
        applied = kubectl(folder, *apply, "--output", "name", given=crds).split()
        names = [name for name in applied if name.startswith("customresourcedefinition.")]
        kubectl(folder, "wait", "--for", "condition=Established", "--timeout", "60s", *names)


def keep_crds(chart: Path) -> None:
    """Leave of a chart what `helm template` needs for its CRDs, those of packed subcharts too."""
    while archives := list(chart.rglob("charts/[!._]*.tgz")):
        for archive in archives:
            shutil.unpack_archive(archive, archive.parent, "gztar", filter="data")
            archive.unlink()
    # Without templates Helm renders the CRDs alone. They could need the cluster, or the CRDs.
    for templates in list(chart.rglob("templates")):
        shutil.rmtree(templates, ignore_errors=True)
    # Without a cluster Helm assumes the newest Kubernetes that it knows. It checks again later.
    for file in chart.glob("Chart.yaml"):
        file.write_bytes(KUBE_VERSION.sub(b"", file.read_bytes()))


def pulled(properties: Mapping[str, Any], folder: str) -> Path:
    """Return the folder with the chart, which is downloaded as the CDK's handler does it."""
    repository, version = (properties.get(name) for name in ("Repository", "Version"))
    if "ChartAssetURL" in properties:
        return Path(helm.get_chart_asset_from_url(properties["ChartAssetURL"]))
    if (repository or "").startswith("oci://"):
        return Path(helm.get_chart_from_oci(folder, repository, version))
    place = Path(folder, "chart")
    pull = ["helm", "pull", properties["Chart"], "--untar", "--untardir", str(place)]
    pull += ["--repo", repository] if repository else []
    pull += ["--version", version] if version else []
    run(folder, *pull)
    return next(place.iterdir())


def kubectl(folder: str, verb: str, *arguments: str, given: str = "") -> str:
    """Run kubectl with the handler's access to the cluster."""
    return run(folder, "kubectl", verb, "--kubeconfig", helm.kubeconfig, *arguments, given=given)


def run(folder: str, *command: str, given: str = "") -> str:
    """Return what a program prints; raise with what it says if it fails."""
    logger.info("Running command: %s", command)
    # In a folder of its own: Lambda has no home for Helm's cache.
    done = subprocess.run(
        command, cwd=folder, input=given, capture_output=True, errors="replace", check=False
    )
    logger.info(done.stderr)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().encode()[-REASON:].decode(errors="ignore")
        raise RuntimeError(f"CRDs of the chart: {' '.join(command[:2])}: {said}")
    return done.stdout
