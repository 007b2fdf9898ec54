"""AWS::EKS::Cluster."""

from __future__ import annotations

import time

from local_aws.emulator.eks import cluster_updates, shapes, store
from local_aws.emulator.internals import EKS
from local_aws.emulator.network import Record
from local_aws.emulator.registry import Request, Resource, ResourceType
from local_aws.emulator.replies import HandlerError, call
from local_aws.emulator.schemas import Properties

SETTINGS = (
    *("AccessConfig", "ComputeConfig", "DeletionProtection", "KubernetesNetworkConfig"),
    *("StorageConfig", "UpgradePolicy", "ZonalShiftConfig"),
)
DEFAULTS = {
    "upgradePolicy": {"supportType": "EXTENDED"},
    "zonalShiftConfig": {"enabled": False},
    "deletionProtection": False,
}
"""What a setting goes back to that a template no longer names, so that a rollback is exact."""

LONGEST_START_SECONDS = 300

ENDPOINT_DEFAULTS = {
    "securityGroupIds": [],
    "endpointPublicAccess": True,
    "endpointPrivateAccess": False,
    "publicAccessCidrs": ["0.0.0.0/0"],
}


class Cluster(ResourceType):
    """The cluster. `Ref` is its name."""

    name = "AWS::EKS::Cluster"
    readable = frozenset(
        {*SETTINGS, "Name", "RoleArn", "Version", "Logging", "ResourcesVpcConfig", "Tags"}
        | {"EncryptionConfig"}
    )

    def create(self, request: Request) -> Resource:
        """Create the cluster and wait until its API server answers."""
        properties = request.properties
        name = request.physical_name("Name", longest=100)
        body = {
            "name": name,
            **shapes.camel(properties, "RoleArn", "EncryptionConfig", *SETTINGS),
            **_version(properties),
            **_vpc_and_logging(properties),
            "tags": shapes.tags(properties),
        }
        call("Eks", EKS.create_cluster, body)
        return self._resource(_active(name))

    def update(self, physical_id: str, request: Request) -> Resource:
        """Change version, settings and tags."""
        record = store.cluster(physical_id)
        version = _version(request.properties)
        if version and version["version"] != record["version"]:
            call("Eks", cluster_updates.update_version, physical_id, version)
        settings = {
            **DEFAULTS,
            **shapes.camel(request.properties, *SETTINGS),
            **_vpc_and_logging(request.properties),
        }
        call("Eks", cluster_updates.update_config, physical_id, settings)
        store.set_tags(record["arn"], shapes.tags(request.properties))
        return self._resource(record)

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002
        """Delete the cluster with its API server."""
        if physical_id in EKS.clusters:
            call("Eks", EKS.delete_cluster, physical_id)

    def read(self, physical_id: str, properties: Properties) -> Properties | None:  # noqa: ARG002
        """Return what DescribeCluster reports."""
        record = EKS.clusters.get(physical_id)
        if record is None:
            return None
        enabled = [
            {"Type": kind}
            for setup in record["logging"]["clusterLogging"]
            if setup["enabled"]
            for kind in setup["types"]
        ]
        logging = {"ClusterLogging": {"EnabledTypes": enabled}}
        return {**_pascal(record), "Logging": logging}

    @staticmethod
    def _resource(record: Record) -> Resource:
        keys = [one["provider"]["keyArn"] for one in record["encryptionConfig"]]
        authority = record["certificateAuthority"]["data"]
        return Resource(
            physical_id=record["name"],
            attributes={
                "Arn": record["arn"],
                "Endpoint": record["endpoint"],
                "CertificateAuthorityData": authority,
                "CertificateAuthority.Data": authority,
                "ClusterSecurityGroupId": record["resourcesVpcConfig"]["clusterSecurityGroupId"],
                "EncryptionConfigKeyArn": keys[0] if keys else "",
                "OpenIdConnectIssuerUrl": record["identity"]["oidc"]["issuer"],
            },
        )


def _active(name: str) -> Record:
    """Return a cluster that is there; MiniStack's k3s starts in the background."""
    deadline = time.monotonic() + LONGEST_START_SECONDS
    while store.cluster(name)["status"] == "CREATING":
        if time.monotonic() > deadline:
            raise HandlerError(f"Cluster {name} did not become active", service="Eks", status=500)
        time.sleep(0.2)
    return store.cluster(name)


def _version(properties: Properties) -> Record:
    return {"version": str(properties["Version"])} if "Version" in properties else {}


def _vpc_and_logging(properties: Properties) -> Record:
    setup = properties.get("Logging", {}).get("ClusterLogging", {}).get("EnabledTypes", [])
    vpc = shapes.camel(properties, "ResourcesVpcConfig")["resourcesVpcConfig"]
    types = [one["Type"] for one in setup]
    return {
        "resourcesVpcConfig": {**ENDPOINT_DEFAULTS, **vpc},
        "logging": {"clusterLogging": [{"types": types, "enabled": True}]},
    }


def _pascal(record: Record) -> Properties:
    return {key[:1].upper() + key[1:]: value for key, value in record.items()}
