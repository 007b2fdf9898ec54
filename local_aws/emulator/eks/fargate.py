"""Fargate profiles, which MiniStack has not."""

from __future__ import annotations

import uuid

from local_aws.emulator import network
from local_aws.emulator.eks import access, store
from local_aws.emulator.eks.cluster_checks import check_subnets
from local_aws.emulator.internals import EKS, account, region
from local_aws.emulator.replies import Record, in_use, refuse


def create(cluster_name: str, body: Record) -> Record:
    """Make a profile."""
    cluster = store.cluster(cluster_name)
    name, role = body["fargateProfileName"], body["podExecutionRoleArn"]
    key = f"{cluster_name}/{name}"
    if key in store.FARGATE_PROFILES:
        raise in_use(f"A Fargate Profile already exists with this name in this cluster: {name}")
    _check(cluster, body)
    public = network.public_subnets()
    inherited = [one for one in cluster["resourcesVpcConfig"]["subnetIds"] if one not in public]
    arn = f"arn:aws:eks:{region()}:{account()}:fargateprofile/{key}/{uuid.uuid4()}"
    store.FARGATE_PROFILES[key] = record = {
        "fargateProfileName": name,
        "fargateProfileArn": arn,
        "clusterName": cluster_name,
        "createdAt": EKS.now(),
        "podExecutionRoleArn": role,
        "subnets": body.get("subnets") or inherited,
        "selectors": [{"labels": {}, **one} for one in body.get("selectors", [])],
        "status": "ACTIVE",
        "tags": body.get("tags", {}),
        "health": {"issues": []},
    }
    EKS.tags[arn] = dict(record["tags"])
    access.ensure_node_entry(cluster_name, role, "FARGATE_LINUX")
    return record


def list_names(cluster_name: str) -> list[str]:
    """Name a cluster's profiles."""
    store.cluster(cluster_name)
    return [one["fargateProfileName"] for one in store.of(store.FARGATE_PROFILES, cluster_name)]


def delete(cluster_name: str, name: str) -> Record:
    """Remove a profile."""
    record = store.fargate_profile(cluster_name, name)
    store.FARGATE_PROFILES.pop(f"{cluster_name}/{name}")
    EKS.tags.pop(record["fargateProfileArn"], None)
    access.drop_node_entry(cluster_name, record["podExecutionRoleArn"])
    return {**record, "status": "DELETING"}


def _check(cluster: Record, body: Record) -> None:
    reserved = body["fargateProfileName"].startswith("eks-")
    refuse(reserved, "Fargate profile name can't start with eks-")
    refuse(
        not store.trusts(body["podExecutionRoleArn"], "eks-fargate-pods.amazonaws.com"),
        "Misconfigured PodExecutionRole Trust Policy; Please add the "
        "eks-fargate-pods.amazonaws.com Service Principal",
    )
    check_subnets(cluster, body.get("subnets") or ())
    public = network.public_subnets()
    for subnet_id in body.get("subnets") or ():
        words = f"Subnet {subnet_id} provided in Fargate Profile is not a private subnet"
        refuse(subnet_id in public, words)
