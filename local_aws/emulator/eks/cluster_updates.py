"""What UpdateClusterConfig and UpdateClusterVersion change."""

from __future__ import annotations

from local_aws.emulator import network
from local_aws.emulator.eks import store
from local_aws.emulator.eks.cluster_checks import (
    authentication_change,
    check_version_change,
    check_vpc_config,
)
from local_aws.emulator.eks.clusters import logging_of, place_interfaces
from local_aws.emulator.network import Record
from local_aws.emulator.replies import Reply, eks_reply, invalid, refusable

EVERYWHERE = ["0.0.0.0/0"]


@refusable
def update_config(name: str, body: Record) -> Reply:
    """Apply what UpdateClusterConfig carries; all of it or nothing."""
    record = store.cluster(name)
    vpc = _vpc_config(record, body.get("resourcesVpcConfig", {}))
    mode = body.get("accessConfig", {}).get("authenticationMode")
    if mode is not None:
        authentication_change(record["accessConfig"]["authenticationMode"], mode)
        record["accessConfig"]["authenticationMode"] = mode
    record["resourcesVpcConfig"] = vpc
    place_interfaces(record)
    if "logging" in body:
        record["logging"] = logging_of(body["logging"])
    for key in ("upgradePolicy", "zonalShiftConfig", "deletionProtection", "computeConfig"):
        if key in body:
            record[key] = body[key]
    for key in ("storageConfig", "kubernetesNetworkConfig"):
        record[key] = {**record[key], **body.get(key, {})}
    return eks_reply(store.updated("ConfigUpdate"))


def _vpc_config(record: Record, wanted: Record) -> Record:
    vpc: Record = {**record["resourcesVpcConfig"], **wanted}
    check_vpc_config(vpc)
    if any(network.vpc_of(subnet_id) != vpc["vpcId"] for subnet_id in vpc["subnetIds"]):
        raise invalid("Subnets provided must belong to the same VPC as the cluster.")
    if _zones(vpc) != _zones(record["resourcesVpcConfig"]):
        raise invalid(
            "Provided subnets should be from the same set of AZs as the cluster's subnets."
        )
    if not vpc["endpointPublicAccess"]:
        vpc["publicAccessCidrs"] = []
    elif not vpc["publicAccessCidrs"]:
        vpc["publicAccessCidrs"] = EVERYWHERE
    return vpc


def _zones(vpc: Record) -> set[str]:
    found = map(network.subnet, vpc["subnetIds"])
    return {subnet["AvailabilityZone"] for subnet in found if subnet is not None}


@refusable
def update_version(name: str, body: Record) -> Reply:
    """Change the Kubernetes version by one minor."""
    record = store.cluster(name)
    check_version_change(record["version"], body["version"])
    record["version"] = body["version"]
    return eks_reply(store.updated("VersionUpdate", Version=body["version"]))
