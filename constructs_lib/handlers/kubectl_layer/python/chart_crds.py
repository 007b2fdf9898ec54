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
"""How much of an error is told: CloudFormation takes answers of 4 KB, and waits if one is longer."""


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
    new, old = (
        [int(number) for number in re.findall(r"\d+", each.get("Version", ""))[:3]]
        for each in (chart, before)
    )
    return bool(new) and chart.get("Chart") == before.get("Chart") and new < old


def upgrade_crds(properties: Mapping[str, Any]) -> None:
    """Apply the CRDs that the values of a chart ask for, and wait until they are served."""
    with tempfile.TemporaryDirectory() as folder:
        chart = pulled(properties, folder)
        # Without templates Helm renders the CRDs alone. They could need the cluster, or the CRDs.
        for templates in list(chart.rglob("templates")):
            shutil.rmtree(templates, ignore_errors=True)
        render = ("helm", "template", "crds", str(chart), "--include-crds", "--values", "-")
        crds = run(folder, *render, given=properties.get("Values") or "{}")
        if "CustomResourceDefinition" not in crds:
            return
        login = ("aws", "eks", "update-kubeconfig", "--name", properties["ClusterName"])
        run(folder, *login, "--kubeconfig", helm.kubeconfig)
        # On the server: a CRD is too long for the annotation that kubectl would write. The fields
        # were Helm's.
        apply = ("apply", "--server-side", "--force-conflicts", "--filename", "-")
        applied = kubectl(folder, *apply, "--output", "name", given=crds).split()
        names = [name for name in applied if name.startswith("customresourcedefinition.")]
        kubectl(folder, "wait", "--for", "condition=Established", "--timeout", "60s", *names)


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
        command, cwd=folder, input=given, capture_output=True, text=True, check=False
    )
    logger.info(done.stderr)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[:REASON]
        raise RuntimeError(f"CRDs of the chart: {' '.join(command[:2])}: {said}")
    return done.stdout
