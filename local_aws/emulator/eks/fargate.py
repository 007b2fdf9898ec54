"""Fargate profiles, which MiniStack has not."""

from __future__ import annotations

import uuid

from local_aws.emulator import network
from local_aws.emulator.eks import access, store
from local_aws.emulator.internals import EKS, account, region
from local_aws.emulator.network import Record
from local_aws.emulator.replies import Reply, eks_reply, in_use, invalid, missing, refusable

MOST_SELECTORS = 5


@refusable
def create(cluster_name: str, body: Record) -> Reply:
    """Make a profile."""
    cluster = store.cluster(cluster_name)
    name = body["fargateProfileName"]
    key = store.fargate_key(cluster_name, name)
    if key in store.FARGATE_PROFILES:
        raise in_use(f"A Fargate Profile already exists with this name in this cluster: {name}")
    _check(cluster, body)
    public = network.public_subnets()
    subnets = body.get("subnets") or [
        one for one in cluster["resourcesVpcConfig"]["subnetIds"] if one not in public
    ]
    arn = f"arn:aws:eks:{region()}:{account()}:fargateprofile/{cluster_name}/{name}/{uuid.uuid4()}"
    record = {
        "fargateProfileName": name,
        "fargateProfileArn": arn,
        "clusterName": cluster_name,
        "createdAt": EKS.now(),
        "podExecutionRoleArn": body["podExecutionRoleArn"],
        "subnets": subnets,
        "selectors": [{"labels": {}, **one} for one in body.get("selectors", [])],
        "status": "ACTIVE",
        "tags": body.get("tags", {}),
        "health": {"issues": []},
    }
    store.FARGATE_PROFILES[key] = record
    EKS.tags[arn] = dict(record["tags"])
    access.ensure_node_entry(cluster_name, record["podExecutionRoleArn"], "FARGATE_LINUX")
    return eks_reply({"fargateProfile": record})


@refusable
def describe(cluster_name: str, name: str) -> Reply:
    """Report a profile."""
    return eks_reply({"fargateProfile": _profile(cluster_name, name)})


@refusable
def list_names(cluster_name: str) -> Reply:
    """Name a cluster's profiles."""
    store.cluster(cluster_name)
    names = [one["fargateProfileName"] for one in store.fargate_profiles(cluster_name)]
    return eks_reply({"fargateProfileNames": names})


@refusable
def delete(cluster_name: str, name: str) -> Reply:
    """Remove a profile."""
    record = _profile(cluster_name, name)
    store.FARGATE_PROFILES.pop(store.fargate_key(cluster_name, name))
    EKS.tags.pop(record["fargateProfileArn"], None)
    access.drop_node_entry(cluster_name, record["podExecutionRoleArn"])
    return eks_reply({"fargateProfile": {**record, "status": "DELETING"}})


def _profile(cluster_name: str, name: str) -> Record:
    record = store.FARGATE_PROFILES.get(store.fargate_key(cluster_name, name))
    if record is None:
        raise missing(f"No Fargate Profile found with name: {name}.")
    return record


def _check(cluster: Record, body: Record) -> None:
    if body["fargateProfileName"].startswith("eks-"):
        raise invalid("Fargate profile name can't start with eks-")
    if not store.trusts(body["podExecutionRoleArn"], "eks-fargate-pods.amazonaws.com"):
        raise invalid(
            "Misconfigured PodExecutionRole Trust Policy; Please add the "
            "eks-fargate-pods.amazonaws.com Service Principal"
        )
    if len(body.get("selectors", [])) > MOST_SELECTORS:
        raise invalid(f"Fargate Profile cannot have more than {MOST_SELECTORS} selectors.")
    public = network.public_subnets()
    for subnet_id in body.get("subnets") or ():
        subnet = network.subnet(subnet_id)
        if subnet is None or subnet["VpcId"] != cluster["resourcesVpcConfig"]["vpcId"]:
            raise invalid(f"Subnet {subnet_id} does not exist in the VPC of the cluster.")
        if subnet_id in public:
            raise invalid(f"Subnet {subnet_id} provided in Fargate Profile is not a private subnet")
