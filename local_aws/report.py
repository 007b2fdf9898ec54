"""The contents of an emulated account, as its own APIs report them.

`report.json` has its words, the calls, and what of their answers goes into which column (JMESPath).
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jmespath

from capacity import text_table
from kube import values
from local_aws.images import DESCRIPTION
from local_aws.state import ServiceRecord, StateFolder
from local_aws.waiting import ask

TEXTS = values.table(__file__)
KINDS: Mapping[str, str] = TEXTS["kinds"]
"""The kinds of API server, in words."""

OBJECTS = "nodes,deployments,pods,services,poddisruptionbudgets,networkpolicies"

Section = tuple[str, Sequence[str]]


def render(record: ServiceRecord, folder: StateFolder, *, cluster_name: str) -> Iterator[str]:
    """Yield the lines of the report: AWS's view, Kubernetes' view, and how to go on."""
    for title, lines in sections(record, folder, cluster_name=cluster_name):
        yield ""
        yield title
        yield from (f"  {line}".rstrip() for line in lines)


def sections(record: ServiceRecord, folder: StateFolder, *, cluster_name: str) -> Iterator[Section]:
    """Yield what the account holds, with a title for each kind."""
    yield _cluster(record.client("eks").describe_cluster(name=cluster_name)["cluster"])
    for table in TEXTS["tables"]:
        rows = list(_rows(record, table, cluster_name))
        lines = text_table.lines([list(table["columns"]), *rows]) if rows else ["none"]
        yield table["title"], list(lines)
    yield "Images", list(_images(record.client("ecr")))
    kubeconfig = folder.clusters / cluster_name / "kubeconfig"
    yield "Kubernetes objects (kubectl get)", _objects(folder.kubectl, kubeconfig)
    if waiting := [f"{pod}: {why}" for pod, why in ask(kubeconfig).items() if why]:
        yield "Why pods are pending", waiting
    logs = f"{folder.logs}, {folder.clusters / cluster_name}"
    words = {"settings": folder.shell_settings, "logs": logs, "cluster": cluster_name}
    yield "More commands", [line.format(**words) for line in TEXTS["more"]]
    yield f"What this run proves (Kubernetes: {KINDS[record.kubernetes]})", TEXTS["proves"]


def _cluster(cluster: Mapping[str, Any]) -> Section:
    network = cluster["resourcesVpcConfig"]
    access = ["private"] * network["endpointPrivateAccess"]
    if network["endpointPublicAccess"]:
        access.append(f"public from {', '.join(network['publicAccessCidrs'])}")
    logs = jmespath.search("logging.clusterLogging[?enabled].types[]", cluster)
    return (
        f"Cluster {cluster['name']}",
        [
            f"Kubernetes {cluster['version']}, {cluster['status']}, {cluster['endpoint']}",
            f"endpoint access, as configured: {' and '.join(access)}",
            f"logs: {', '.join(logs) or 'none'}",
        ],
    )


def _rows(
    record: ServiceRecord, table: Mapping[str, Any], cluster_name: str
) -> Iterator[Sequence[str]]:
    """Yield a row for each thing that a call lists, described by further calls where there are any."""
    service = record.client(table["service"])
    of = {"clusterName": cluster_name} if "by" in table else {}
    call, key = table["list"]
    for thing in getattr(service, call)(**of)[key]:
        answers = [
            getattr(service, describe)(**of, **{table["by"]: thing})
            for describe in table.get("describe", ())
        ]
        described = {name: value for answer in answers for name, value in answer.items()} or thing
        yield [_cell(jmespath.search(path, described)) for path in table["columns"].values()]


def _cell(value: object) -> str:
    """Return a value or a list as text, without what ARNs have before the name."""
    several = value if isinstance(value, list) else [value or "-"]
    return re.sub(r"arn:[^/\s]*/", "", ", ".join(map(str, several))) or "-"


def _images(ecr: Any) -> Iterator[str]:  # noqa: ANN401  # a boto3 client
    """Yield what each manifest says about how its image came about."""
    for repository in ecr.describe_repositories()["repositories"]:
        name = repository["repositoryName"]
        ids = ecr.list_images(repositoryName=name)["imageIds"]
        found = ecr.batch_get_image(repositoryName=name, imageIds=ids)["images"] if ids else []
        for image in found:
            notes = json.loads(image["imageManifest"]).get("annotations", {})
            yield f"{image['imageId']['imageTag'][:12]}  {notes.get(DESCRIPTION, '')}"


def _objects(kubectl: Path, kubeconfig: Path) -> Sequence[str]:
    ran = subprocess.run(  # noqa: S603  # the kubectl of the cluster's version
        [str(kubectl), "--kubeconfig", str(kubeconfig), "get", OBJECTS, "--all-namespaces"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return re.sub(TEXTS["idle"], TEXTS["mark"], ran.stdout or ran.stderr).rstrip().splitlines()
