"""The resource types of EKS: the calls that serve their rows in `types.json`."""

from __future__ import annotations

import jmespath

from local_aws.emulator.eks import access, add_ons, clusters, fargate, node_groups, store
from local_aws.emulator.eks.engine import Calls, camel
from local_aws.emulator.internals import EKS, PROVISIONERS
from local_aws.emulator.replies import Record, eks
from local_aws.emulator.schemas import Properties


def _version(properties: Properties) -> Record:
    return {"version": str(properties["Version"])} if "Version" in properties else {}


def _cluster_body(properties: Properties) -> Record:
    setup = properties.get("Logging", {}).get("ClusterLogging", {}).get("EnabledTypes", [])
    types = [one["Type"] for one in setup]
    vpc = camel(properties, "ResourcesVpcConfig")["resourcesVpcConfig"]
    return {
        **_version(properties),
        "resourcesVpcConfig": {**clusters.VALUES["endpoint"], **vpc},
        "logging": {"clusterLogging": [{"types": types, "enabled": True}]},
    }


def _change_cluster(record: Record, wanted: Record) -> None:
    """Change version and settings; what is no longer named goes back to its default."""
    if wanted.get("version", record["version"]) != record["version"]:
        clusters.update_version(record["name"], wanted)
    clusters.update_config(record["name"], {**clusters.VALUES["defaults"], **wanted})


def _read_cluster(record: Record) -> Properties:
    kinds = jmespath.search("logging.clusterLogging[?enabled].types[]", record)
    return {"Logging": {"ClusterLogging": {"EnabledTypes": [{"Type": kind} for kind in kinds]}}}


def _node_group_body(properties: Properties) -> Record:
    sizes = camel(properties, "ScalingConfig").get("scalingConfig", {})
    scaling = {key: int(value) for key, value in sizes.items()}
    labels = dict(properties.get("Labels", {}))
    more = {"scalingConfig": scaling} if scaling else {}
    return {**_version(properties), "labels": labels, **more}


def _change_node_group(record: Record, wanted: Record) -> None:
    """Change version, launch template, sizes, labels and taints."""
    release = wanted.get("releaseVersion") or node_groups.release({**record, **wanted})
    names = (record["clusterName"], record["nodegroupName"])
    node_groups.update_version(*names, {**wanted, "releaseVersion": release})
    defaults = {
        "taints": [],
        "updateConfig": node_groups.DEFAULT_UPDATE,
        "nodeRepairConfig": {"enabled": False},
    }
    node_groups.change(record, {**defaults, **wanted})


def _fargate_body(properties: Properties) -> Record:
    selectors = [
        {"namespace": one["Namespace"], "labels": PROVISIONERS.tag_map(one.get("Labels"))}
        for one in properties["Selectors"]
    ]
    return {"selectors": selectors}


def _read_fargate(record: Record) -> Properties:
    selectors = [
        {
            "Namespace": one["namespace"],
            "Labels": [{"Key": key, "Value": value} for key, value in one["labels"].items()],
        }
        for one in record["selectors"]
    ]
    return {"Selectors": selectors}


def _change_add_on(record: Record, wanted: Record) -> None:
    empty = {"configurationValues": "", "serviceAccountRoleArn": "", "podIdentityAssociations": []}
    add_ons.update(record["clusterName"], record["addonName"], {**empty, **wanted})


def _read_add_on(record: Record) -> Properties:
    found = store.of(EKS.pod_identity_associations, record["clusterName"])
    own = [one for one in found if one["ownerArn"] == record["addonArn"]]
    return {"PodIdentityAssociations": own}


def _make_entry(cluster_name: str, body: Record) -> Record:
    """Create an entry with its policies; without them it must not stay behind."""
    made = access.create(cluster_name, body)
    try:
        access.set_policies(cluster_name, made["principalArn"], body["accessPolicies"])
    except Exception:
        eks(EKS.delete_access_entry, cluster_name, made["principalArn"])
        raise
    return made


def _entry_body(properties: Properties) -> Record:
    return {"accessPolicies": [], **camel(properties, "AccessPolicies")}


def _change_entry(record: Record, wanted: Record) -> None:
    body = {"kubernetesGroups": [], "username": "", **wanted}
    cluster_name, principal = record["clusterName"], record["principalArn"]
    eks(EKS.update_access_entry, cluster_name, principal, body)
    access.set_policies(cluster_name, principal, wanted["accessPolicies"])


def _read_entry(record: Record) -> Properties:
    return {"AccessPolicies": access.policies(record["clusterName"], record["principalArn"])}


def _change_association(record: Record, wanted: Record) -> None:
    body = {"disableSessionTags": False, **wanted}
    add_ons.update_association(record["clusterName"], record["associationId"], body)


TYPES = {
    "AWS::EKS::Cluster": Calls(
        lambda _, body: eks(EKS.create_cluster, body)["cluster"],
        clusters.delete,
        _change_cluster,
        _cluster_body,
        _read_cluster,
    ),
    "AWS::EKS::Nodegroup": Calls(
        node_groups.create, node_groups.delete, _change_node_group, _node_group_body
    ),
    "AWS::EKS::FargateProfile": Calls(
        fargate.create, fargate.delete, body=_fargate_body, read=_read_fargate
    ),
    "AWS::EKS::Addon": Calls(add_ons.create, add_ons.delete, _change_add_on, read=_read_add_on),
    "AWS::EKS::AccessEntry": Calls(
        _make_entry,
        lambda *names: eks(EKS.delete_access_entry, *names),
        _change_entry,
        _entry_body,
        _read_entry,
    ),
    "AWS::EKS::PodIdentityAssociation": Calls(
        add_ons.create_association, add_ons.delete_association, _change_association
    ),
}
