"""AWS::EKS::Nodegroup."""

from __future__ import annotations

from local_aws.emulator.eks import node_groups, shapes, store
from local_aws.emulator.internals import EKS
from local_aws.emulator.network import Record
from local_aws.emulator.registry import Request, Resource, ResourceType
from local_aws.emulator.replies import call
from local_aws.emulator.schemas import Properties

CREATE = (
    *("AmiType", "CapacityType", "DiskSize", "InstanceTypes", "LaunchTemplate", "NodeRepairConfig"),
    *("NodeRole", "ReleaseVersion", "RemoteAccess", "Subnets", "Taints", "UpdateConfig"),
)


class NodeGroup(ResourceType):
    """The node group. `Ref` is `cluster/name`."""

    name = "AWS::EKS::Nodegroup"
    readable = frozenset(
        {
            *("AmiType", "CapacityType", "InstanceTypes", "Labels", "LaunchTemplate"),
            *("NodeRepairConfig", "NodeRole", "ReleaseVersion", "ScalingConfig", "Subnets"),
            *("Tags", "Taints", "UpdateConfig", "Version"),
        }
    )

    def create(self, request: Request) -> Resource:
        """Create the group."""
        properties = request.properties
        name = request.physical_name("NodegroupName", longest=63)
        body = {
            "nodegroupName": name,
            **shapes.camel(properties, *CREATE),
            **_scaling(properties),
            **({"version": str(properties["Version"])} if "Version" in properties else {}),
            "labels": dict(properties.get("Labels", {})),
            "tags": shapes.tags(properties),
        }
        call("Eks", EKS.create_nodegroup, properties["ClusterName"], body)
        return self._resource(store.node_group(properties["ClusterName"], name))

    def update(self, physical_id: str, request: Request) -> Resource:
        """Change version, launch template, sizes, labels, taints and tags."""
        cluster_name, name = physical_id.split("/", 1)
        record = store.node_group(cluster_name, name)
        version = _version_change(record, request.properties)
        if version:
            call("Eks", node_groups.update_version, cluster_name, name, version)
        config = _config_change(record, request.properties)
        call("Eks", node_groups.update_config, cluster_name, name, config)
        store.set_tags(record["nodegroupArn"], shapes.tags(request.properties))
        return self._resource(record)

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002
        """Delete the group."""
        if physical_id in EKS.nodegroups:
            call("Eks", EKS.delete_nodegroup, *physical_id.split("/", 1))

    def read(self, physical_id: str, properties: Properties) -> Properties | None:  # noqa: ARG002
        """Return what DescribeNodegroup reports."""
        record = EKS.nodegroups.get(physical_id)
        if record is None:
            return None
        return {key[:1].upper() + key[1:]: value for key, value in record.items()}

    @staticmethod
    def _resource(record: Record) -> Resource:
        physical_id = f"{record['clusterName']}/{record['nodegroupName']}"
        return Resource(
            physical_id=physical_id,
            attributes={
                "Id": physical_id,
                "Arn": record["nodegroupArn"],
                "ClusterName": record["clusterName"],
                "NodegroupName": record["nodegroupName"],
            },
        )


def _scaling(properties: Properties) -> Record:
    if "ScalingConfig" not in properties:
        return {}
    sizes = shapes.camel(properties, "ScalingConfig")["scalingConfig"]
    return {"scalingConfig": {key: int(value) for key, value in sizes.items()}}


def _version_change(record: Record, properties: Properties) -> Record:
    """Return what of version, release and launch template differs."""
    wanted: Record = {}
    if "Version" in properties:
        wanted["version"] = str(properties["Version"])
    if "LaunchTemplate" in properties:
        given = shapes.camel(properties, "LaunchTemplate")["launchTemplate"]
        wanted["launchTemplate"] = {**given, "version": str(given.get("version", "1"))}
    after = {**record, **wanted}
    wanted["releaseVersion"] = properties.get("ReleaseVersion") or node_groups.release(after)
    same_template = "launchTemplate" in wanted and (
        record.get("launchTemplate", {}).get("version") == wanted["launchTemplate"]["version"]
    )
    if same_template:
        wanted.pop("launchTemplate")
    return {key: value for key, value in wanted.items() if record.get(key) != value}


def _config_change(record: Record, properties: Properties) -> Record:
    """Return an UpdateNodegroupConfig that makes a record what the template says."""
    labels = dict(properties.get("Labels", {}))
    taints = shapes.camel(properties, "Taints").get("taints", [])
    return {
        **_scaling(properties),
        "labels": {
            "addOrUpdateLabels": labels,
            "removeLabels": [key for key in record["labels"] if key not in labels],
        },
        "taints": {"removeTaints": record["taints"], "addOrUpdateTaints": taints},
        "updateConfig": node_groups.DEFAULT_UPDATE,
        "nodeRepairConfig": {"enabled": False},
        **shapes.camel(properties, "UpdateConfig", "NodeRepairConfig"),
    }
