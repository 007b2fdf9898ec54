"""What an emulated account holds, told as its own APIs report it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capacity import text_table
from local_aws.clients import client
from local_aws.state import ServiceRecord, StateFolder

KINDS = {
    "stand-in": "an API server stand-in; no container runs, their pods are played",
    "envtest": "the real kube-apiserver and etcd; no container runs, their pods are played",
    "k3s": "MiniStack's k3s in Docker; pods run for real on one node",
}

PROVES = """\
This is an emulator. It proves what the templates and manifests say: the CDK CLI's whole flow, every
reference, the order of creating, updating and deleting, rollback, refusals of what is in use or
wrong, IAM of the kubectl handler and of the load balancer controller, objects that the real kubectl
and helm send. It does not prove what only AWS can: that nodes join and containers start, packets
flow, versions and instance types are on offer, quotas suffice, or how long it takes."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A title, and a table or lines below it."""

    title: str
    lines: Sequence[str]


def render(
    record: ServiceRecord, folder: StateFolder, *, cluster_name: str, kubectl: Path
) -> Iterator[str]:
    """Yield the lines of the report: AWS's view, Kubernetes' view, and how to go on."""
    for section in sections(record, folder, cluster_name=cluster_name, kubectl=kubectl):
        yield ""
        yield section.title
        yield from (f"  {line}".rstrip() for line in section.lines)


def sections(
    record: ServiceRecord, folder: StateFolder, *, cluster_name: str, kubectl: Path
) -> Iterator[Section]:
    """Yield what the account holds."""
    eks = client(record, "eks")
    cluster = eks.describe_cluster(name=cluster_name)["cluster"]
    yield _cluster(cluster)
    yield _node_groups(eks, cluster_name)
    yield _fargate_profiles(eks, cluster_name)
    yield _access_entries(eks, cluster_name)
    yield _add_ons(eks, cluster_name)
    yield _load_balancers(client(record, "elbv2"))
    images = folder.images / "images.json"
    if images.is_file():
        yield _images(json.loads(images.read_text(encoding="utf-8")))
    yield _kubernetes(kubectl, folder.clusters / cluster_name / "kubeconfig")
    yield Section(
        title="Look further",
        lines=[
            f". {_short(folder.shell_settings)}   # this shell then talks to the emulated account",
            "kubectl get pods --all-namespaces --output wide",
            "kubectl --namespace sample rollout history deployment/web",
            "aws eks describe-cluster --name " + cluster_name,
            "cdk drift",
            f"logs: {_short(folder.logs)}, {_short(folder.clusters / cluster_name)}",
        ],
    )
    yield Section(
        title=f"What this proves (Kubernetes: {KINDS[record.kubernetes]})",
        lines=PROVES.splitlines(),
    )


def _cluster(cluster: Mapping[str, Any]) -> Section:
    network = cluster["resourcesVpcConfig"]
    access = [
        *(["private"] if network["endpointPrivateAccess"] else []),
        *(
            [f"public for {', '.join(network['publicAccessCidrs'])}"]
            if network["endpointPublicAccess"]
            else []
        ),
    ]
    logs = [
        name
        for entry in cluster["logging"]["clusterLogging"]
        if entry["enabled"]
        for name in entry["types"]
    ]
    return Section(
        title=f"Cluster {cluster['name']}",
        lines=[
            f"Kubernetes {cluster['version']}, {cluster['status']}, {cluster['endpoint']}",
            f"endpoint as asked for: {' and '.join(access)}",
            f"logs: {', '.join(logs) or 'none'}",
        ],
    )


def _node_groups(eks: Any, cluster_name: str) -> Section:  # noqa: ANN401  # a boto3 client
    rows = [("name", "status", "nodes", "instance types", "AMI type", "capacity", "taints")]
    for name in eks.list_nodegroups(clusterName=cluster_name)["nodegroups"]:
        group = eks.describe_nodegroup(clusterName=cluster_name, nodegroupName=name)["nodegroup"]
        size = group["scalingConfig"]
        rows.append(
            (
                name,
                group["status"],
                f"{size['desiredSize']} ({size['minSize']} to {size['maxSize']})",
                ", ".join(group["instanceTypes"]),
                group["amiType"],
                group["capacityType"],
                ", ".join(f"{taint['key']}={taint.get('value', '')}" for taint in group["taints"])
                or "-",
            )
        )
    return _table("Node groups", rows)


def _fargate_profiles(eks: Any, cluster_name: str) -> Section:  # noqa: ANN401  # a boto3 client
    rows = [("name", "status", "selects")]
    for name in eks.list_fargate_profiles(clusterName=cluster_name)["fargateProfileNames"]:
        profile = eks.describe_fargate_profile(clusterName=cluster_name, fargateProfileName=name)[
            "fargateProfile"
        ]
        selectors = (
            ", ".join(
                [
                    selector["namespace"],
                    *(f"{key}={value}" for key, value in selector.get("labels", {}).items()),
                ]
            )
            for selector in profile["selectors"]
        )
        rows.append((name, profile["status"], "; ".join(selectors)))
    return _table("Fargate profiles", rows)


def _access_entries(eks: Any, cluster_name: str) -> Section:  # noqa: ANN401  # a boto3 client
    rows = [("principal", "type", "may")]
    for arn in eks.list_access_entries(clusterName=cluster_name)["accessEntries"]:
        entry = eks.describe_access_entry(clusterName=cluster_name, principalArn=arn)["accessEntry"]
        policies = eks.list_associated_access_policies(clusterName=cluster_name, principalArn=arn)[
            "associatedAccessPolicies"
        ]
        grants = [
            f"{policy['policyArn'].rpartition('/')[2]} in "
            + (", ".join(policy["accessScope"].get("namespaces") or []) or "the cluster")
            for policy in policies
        ]
        grants += [f"group {group}" for group in entry.get("kubernetesGroups", [])]
        rows.append((arn.partition(":role/")[2] or arn, entry["type"], "; ".join(grants) or "-"))
    return _table("Access entries", rows)


def _add_ons(eks: Any, cluster_name: str) -> Section:  # noqa: ANN401  # a boto3 client
    rows = [("name", "version", "status")]
    for name in eks.list_addons(clusterName=cluster_name)["addons"]:
        add_on = eks.describe_addon(clusterName=cluster_name, addonName=name)["addon"]
        rows.append((name, add_on["addonVersion"] or "EKS's default", add_on["status"]))
    return _table("Add-ons", rows)


def _load_balancers(elb: Any) -> Section:  # noqa: ANN401  # a boto3 client
    rows = [("name", "type", "scheme", "zones", "address")]
    rows += [
        (
            balancer["LoadBalancerName"],
            balancer["Type"],
            balancer["Scheme"],
            ", ".join(sorted(zone["ZoneName"] for zone in balancer["AvailabilityZones"])),
            balancer["DNSName"],
        )
        for balancer in elb.describe_load_balancers()["LoadBalancers"]
    ]
    return _table("Load balancers", rows)


def _images(images: Sequence[Mapping[str, Any]]) -> Section:
    return Section(
        title="Images", lines=[f"{image['tag'][:12]}  {image['built']}" for image in images]
    )


def _kubernetes(kubectl: Path, kubeconfig: Path) -> Section:
    result = subprocess.run(  # noqa: S603  # the kubectl of the cluster's version
        [
            *(str(kubectl), "--kubeconfig", str(kubeconfig), "get"),
            "nodes,deployments,pods,services,poddisruptionbudgets,networkpolicies",
            "--all-namespaces",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Section(
        title="Kubernetes objects (kubectl get)",
        lines=(result.stdout or result.stderr).rstrip().splitlines(),
    )


def _table(title: str, rows: Sequence[Sequence[str]]) -> Section:
    return Section(title=title, lines=list(text_table.lines(rows)) if rows[1:] else ["none"])


def _short(path: Path) -> str:
    """Return a path as a person in the checkout would type it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
