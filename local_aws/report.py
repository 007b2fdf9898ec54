"""What an emulated account holds, told as its own APIs report it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from capacity import text_table
from local_aws.clients import client
from local_aws.images import DESCRIPTION
from local_aws.state import ServiceRecord, StateFolder

KINDS = {
    "stand-in": "an API server stand-in; no container runs, their pods are played",
    "envtest": "the real kube-apiserver and etcd; no container runs, their pods are played",
}

PROVES = """\
This is an emulator. It proves what the templates and manifests say: the CDK CLI's whole flow, every
reference, the order of creating, updating and deleting, rollback, refusals of what is in use or
wrong, IAM of the kubectl handler and of the load balancer controller, objects that the real kubectl
and helm send. It does not prove what only AWS can: that nodes join and containers start, packets
flow, versions and instance types are on offer, quotas suffice, or how long it takes."""

OBJECTS = "nodes,deployments,pods,services,poddisruptionbudgets,networkpolicies"

Thing = Mapping[str, Any]
Section = tuple[str, Sequence[str]]
Columns = Mapping[str, Callable[[Thing], str]]

NODE_GROUPS: Columns = {
    "name": lambda group: group["nodegroupName"],
    "status": lambda group: group["status"],
    "nodes": lambda group: "{desiredSize} ({minSize} to {maxSize})".format(
        **group["scalingConfig"]
    ),
    "instance types": lambda group: ", ".join(group["instanceTypes"]),
    "AMI type": lambda group: group["amiType"],
    "capacity": lambda group: group["capacityType"],
    "taints": lambda group: ", ".join(
        f"{taint['key']}={taint.get('value', '')}" for taint in group["taints"]
    ),
}
FARGATE_PROFILES: Columns = {
    "name": lambda profile: profile["fargateProfileName"],
    "status": lambda profile: profile["status"],
    "selects": lambda profile: "; ".join(
        ", ".join([one["namespace"], *(f"{k}={v}" for k, v in one.get("labels", {}).items())])
        for one in profile["selectors"]
    ),
}
ACCESS_ENTRIES: Columns = {
    "principal": lambda entry: (
        entry["principalArn"].partition(":role/")[2] or entry["principalArn"]
    ),
    "type": lambda entry: entry["type"],
    "may": lambda entry: "; ".join(
        [
            f"{policy['policyArn'].rpartition('/')[2]} in "
            + (", ".join(policy["accessScope"].get("namespaces") or []) or "the cluster")
            for policy in entry["policies"]
        ]
        + [f"group {group}" for group in entry.get("kubernetesGroups", [])]
    ),
}
ADD_ONS: Columns = {
    "name": lambda add_on: add_on["addonName"],
    "version": lambda add_on: add_on["addonVersion"] or "EKS's default",
    "status": lambda add_on: add_on["status"],
}
LOAD_BALANCERS: Columns = {
    "name": lambda balancer: balancer["LoadBalancerName"],
    "type": lambda balancer: balancer["Type"],
    "scheme": lambda balancer: balancer["Scheme"],
    "zones": lambda balancer: ", ".join(
        sorted(zone["ZoneName"] for zone in balancer["AvailabilityZones"])
    ),
    "address": lambda balancer: balancer["DNSName"],
}


def render(record: ServiceRecord, folder: StateFolder, *, cluster_name: str) -> Iterator[str]:
    """Yield the lines of the report: AWS's view, Kubernetes' view, and how to go on."""
    for title, lines in sections(record, folder, cluster_name=cluster_name):
        yield ""
        yield title
        yield from (f"  {line}".rstrip() for line in lines)


def sections(record: ServiceRecord, folder: StateFolder, *, cluster_name: str) -> Iterator[Section]:
    """Yield what the account holds, with a title for each kind."""
    eks = client(record, "eks")
    yield _cluster(eks.describe_cluster(name=cluster_name)["cluster"])
    of = {"clusterName": cluster_name}
    yield _table(
        "Node groups",
        NODE_GROUPS,
        (
            eks.describe_nodegroup(**of, nodegroupName=name)["nodegroup"]
            for name in eks.list_nodegroups(**of)["nodegroups"]
        ),
    )
    yield _table(
        "Fargate profiles",
        FARGATE_PROFILES,
        (
            eks.describe_fargate_profile(**of, fargateProfileName=name)["fargateProfile"]
            for name in eks.list_fargate_profiles(**of)["fargateProfileNames"]
        ),
    )
    yield _table(
        "Access entries",
        ACCESS_ENTRIES,
        (
            {
                **eks.describe_access_entry(**of, principalArn=arn)["accessEntry"],
                "policies": eks.list_associated_access_policies(**of, principalArn=arn)[
                    "associatedAccessPolicies"
                ],
            }
            for arn in eks.list_access_entries(**of)["accessEntries"]
        ),
    )
    yield _table(
        "Add-ons",
        ADD_ONS,
        (
            eks.describe_addon(**of, addonName=name)["addon"]
            for name in eks.list_addons(**of)["addons"]
        ),
    )
    balancers = client(record, "elbv2").describe_load_balancers()["LoadBalancers"]
    yield _table("Load balancers", LOAD_BALANCERS, balancers)
    yield "Images", list(_images(client(record, "ecr")))
    kubeconfig = folder.clusters / cluster_name / "kubeconfig"
    yield "Kubernetes objects (kubectl get)", _objects(folder.kubectl, kubeconfig)
    yield (
        "Look further",
        [
            f". {_short(folder.shell_settings)}   # this shell then talks to the emulated account",
            "kubectl get pods --all-namespaces --output wide",
            f"aws eks describe-cluster --name {cluster_name}",
            "cdk drift",
            f"logs: {_short(folder.logs)}, {_short(folder.clusters / cluster_name)}",
        ],
    )
    yield f"What this proves (Kubernetes: {KINDS[record.kubernetes]})", PROVES.splitlines()


def _cluster(cluster: Thing) -> Section:
    network = cluster["resourcesVpcConfig"]
    access = ["private"] * network["endpointPrivateAccess"]
    if network["endpointPublicAccess"]:
        access.append(f"public for {', '.join(network['publicAccessCidrs'])}")
    logs = [
        name
        for entry in cluster["logging"]["clusterLogging"]
        if entry["enabled"]
        for name in entry["types"]
    ]
    return (
        f"Cluster {cluster['name']}",
        [
            f"Kubernetes {cluster['version']}, {cluster['status']}, {cluster['endpoint']}",
            f"endpoint as asked for: {' and '.join(access)}",
            f"logs: {', '.join(logs) or 'none'}",
        ],
    )


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
    result = subprocess.run(  # noqa: S603  # the kubectl of the cluster's version
        [str(kubectl), "--kubeconfig", str(kubeconfig), "get", OBJECTS, "--all-namespaces"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return (result.stdout or result.stderr).rstrip().splitlines()


def _table(title: str, columns: Columns, things: Iterator[Thing] | Sequence[Thing]) -> Section:
    rows = [list(columns), *([tell(one) or "-" for tell in columns.values()] for one in things)]
    return title, list(text_table.lines(rows)) if rows[1:] else ["none"]


def _short(path: Path) -> str:
    """Return a path as a person in the checkout would type it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
