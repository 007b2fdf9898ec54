"""The resource types of EKS: rows of `types.json`, and what is special about some of them."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from local_aws.emulator.eks import access, add_ons, clusters, fargate, node_groups, store
from local_aws.emulator.internals import EKS, PROVISIONERS
from local_aws.emulator.registry import Request, ResourceType
from local_aws.emulator.replies import Record, eks
from local_aws.emulator.schemas import Properties
from local_aws.emulator.stacks import physical_name


class EksType(ResourceType):
    """A type whose records are in one of EKS's stores.

    Its row names the `store`, the physical `id` in the template's words, the properties that
    `create` sends as they are, and, where a name can be made up, that property and its longest value.
    """

    def names(self, physical_id: str) -> list[str]:
        """Return the cluster and the name in it, as EKS's API takes them."""
        return physical_id.replace("|", "/").split("/")

    def key(self, physical_id: str) -> str:
        """Return where the record is kept."""
        return "/".join(self.names(physical_id))

    def find(self, physical_id: str, properties: Properties) -> Record | None:  # noqa: ARG002
        """Return the record in the store."""
        kept = getattr(EKS, self.row["store"]) if self.row["store"] else store.FARGATE_PROFILES
        found: Record | None = kept.get(self.key(physical_id))
        return found

    def create(self, request: Request) -> str:
        """Call the API with the properties in its own words."""
        properties = request.properties
        name, longest = self.row.get("named", ("", 0))
        if name and name not in properties:
            properties = {**properties, name: physical_name(request, longest=longest)}
        wanted = (*self.row["create"], *([name] if name else ()))
        body = {**camel(properties, *wanted), **self.body(properties), "tags": _tags(properties)}
        made = self.make(properties.get("ClusterName", ""), body)
        return str(self.row["id"].format(**properties) or made["associationArn"])

    def update(self, physical_id: str, request: Request) -> None:
        """Change what can be changed, then the tags."""
        record = self.find(physical_id, request.properties)
        if record is None:
            raise store.missing(f"{physical_id} does not exist")
        self.change(record, self.names(physical_id), request.properties)
        arn = next(value for key, value in record.items() if key in ARNS)
        record["tags"] = _tags(request.properties)
        EKS.tags[arn] = dict(record["tags"])

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Call the API, if there is something to delete."""
        if self.find(physical_id, properties) is not None:
            self.remove(*self.names(physical_id))

    def read(self, record: Record, properties: Properties) -> Properties:  # noqa: ARG002
        """Return the record in the template's words."""
        return {key[:1].upper() + key[1:]: value for key, value in record.items()}

    def body(self, properties: Properties) -> Record:  # noqa: ARG002  # for subclasses
        """Return the parts of a request that differ from the template's."""
        return {}

    @abstractmethod
    def make(self, cluster_name: str, body: Record) -> Record:
        """Create it."""

    def change(self, record: Record, names: list[str], properties: Properties) -> None:
        """Change anything but the tags."""

    @abstractmethod
    def remove(self, *names: str) -> Record:
        """Delete it."""


ARNS = (
    *("arn", "nodegroupArn", "addonArn", "accessEntryArn", "associationArn"),
    "fargateProfileArn",
)


class Cluster(EksType):
    """The cluster. `Ref` is its name."""

    def make(self, _: str, body: Record) -> Record:
        """Create the cluster; its API server answers by then."""
        made: Record = eks(EKS.create_cluster, body)["cluster"]
        return made

    def body(self, properties: Properties) -> Record:
        """Return version, network and logging."""
        setup = properties.get("Logging", {}).get("ClusterLogging", {}).get("EnabledTypes", [])
        types = [one["Type"] for one in setup]
        vpc = camel(properties, "ResourcesVpcConfig")["resourcesVpcConfig"]
        return {
            **_version(properties),
            "resourcesVpcConfig": {
                "securityGroupIds": [],
                "endpointPublicAccess": True,
                "endpointPrivateAccess": False,
                "publicAccessCidrs": clusters.EVERYWHERE,
                **vpc,
            },
            "logging": {"clusterLogging": [{"types": types, "enabled": True}]},
        }

    def change(self, record: Record, names: list[str], properties: Properties) -> None:
        """Change version and settings; what is no longer named goes back to its default."""
        version = _version(properties)
        if version and version["version"] != record["version"]:
            clusters.update_version(*names, version)
        settings = camel(properties, *self.row["create"])
        clusters.update_config(*names, {**clusters.DEFAULTS, **settings, **self.body(properties)})

    def remove(self, *names: str) -> Record:
        """Delete the cluster with its API server."""
        return clusters.delete(*names)

    def read(self, record: Record, properties: Properties) -> Properties:
        """Return what DescribeCluster reports."""
        enabled = [
            {"Type": kind}
            for setup in record["logging"]["clusterLogging"]
            if setup["enabled"]
            for kind in setup["types"]
        ]
        logging = {"ClusterLogging": {"EnabledTypes": enabled}}
        return {**super().read(record, properties), "Logging": logging}


class NodeGroup(EksType):
    """A node group. `Ref` is `cluster/name`."""

    def make(self, cluster_name: str, body: Record) -> Record:
        """Create the group."""
        return node_groups.create(cluster_name, body)

    def body(self, properties: Properties) -> Record:
        """Return version, sizes and labels."""
        sizes = camel(properties, "ScalingConfig").get("scalingConfig", {})
        scaling = {key: int(value) for key, value in sizes.items()}
        labels = {"labels": dict(properties.get("Labels", {}))}
        return {
            **_version(properties),
            **labels,
            **({"scalingConfig": scaling} if scaling else {}),
        }

    def change(self, record: Record, names: list[str], properties: Properties) -> None:
        """Change version, launch template, sizes, labels and taints."""
        version = _version_change(record, properties)
        if version:
            node_groups.update_version(*names, version)
        wanted = self.body(properties)
        labels, taints = wanted.pop("labels"), camel(properties, "Taints").get("taints", [])
        gone = [key for key in record["labels"] if key not in labels]
        config = {
            **wanted,
            "labels": {"addOrUpdateLabels": labels, "removeLabels": gone},
            "taints": {"removeTaints": record["taints"], "addOrUpdateTaints": taints},
            "updateConfig": node_groups.DEFAULT_UPDATE,
            "nodeRepairConfig": {"enabled": False},
            **camel(properties, "UpdateConfig", "NodeRepairConfig"),
        }
        node_groups.update_config(*names, config)

    def remove(self, *names: str) -> Record:
        """Delete the group."""
        return node_groups.delete(*names)


class FargateProfile(EksType):
    """A Fargate profile. `Ref` is `cluster|name`."""

    def make(self, cluster_name: str, body: Record) -> Record:
        """Create the profile."""
        return fargate.create(cluster_name, body)

    def body(self, properties: Properties) -> Record:
        """Return the selectors with their labels as a map."""
        labels = [
            {label["Key"]: label["Value"] for label in one.get("Labels", [])}
            for one in properties["Selectors"]
        ]
        names = [one["Namespace"] for one in properties["Selectors"]]
        pairs = zip(names, labels, strict=True)
        return {"selectors": [{"namespace": name, "labels": map_} for name, map_ in pairs]}

    def remove(self, *names: str) -> Record:
        """Delete the profile."""
        return fargate.delete(*names)

    def read(self, record: Record, properties: Properties) -> Properties:
        """Return the profile, its labels as the template's list."""
        selectors = [
            {
                "Namespace": one["namespace"],
                "Labels": [{"Key": key, "Value": value} for key, value in one["labels"].items()],
            }
            for one in record["selectors"]
        ]
        return {**super().read(record, properties), "Selectors": selectors}


class AddOn(EksType):
    """An add-on. `Ref` is `cluster|name`."""

    def make(self, cluster_name: str, body: Record) -> Record:
        """Install the add-on."""
        return add_ons.create(cluster_name, body)

    def change(self, record: Record, names: list[str], properties: Properties) -> None:  # noqa: ARG002
        """Change version, configuration and roles."""
        nothing = {
            "configurationValues": "",
            "serviceAccountRoleArn": "",
            "podIdentityAssociations": [],
        }
        add_ons.update(*names, {**nothing, **camel(properties, *self.row["create"])})

    def remove(self, *names: str) -> Record:
        """Remove the add-on."""
        return add_ons.delete(*names)

    def read(self, record: Record, properties: Properties) -> Properties:
        """Return what DescribeAddon reports, with its associations in the template's words."""
        found = store.associations(record["clusterName"])
        own = [one for one in found if one["ownerArn"] == record["addonArn"]]
        return {**super().read(record, properties), "PodIdentityAssociations": own}


class AccessEntry(EksType):
    """The entry of a principal. `Ref` is `principal|cluster`."""

    def names(self, physical_id: str) -> list[str]:
        """Return cluster and principal."""
        return physical_id.split("|")[::-1]

    def key(self, physical_id: str) -> str:
        """Return where the record is kept."""
        return str(EKS.ae_key(*self.names(physical_id)))

    def create(self, request: Request) -> str:
        """Create the entry with its policies; without them it must not stay behind."""
        physical_id = super().create(request)
        try:
            self._set_policies(physical_id, request.properties)
        except Exception:
            self.remove(*self.names(physical_id))
            raise
        return physical_id

    def make(self, cluster_name: str, body: Record) -> Record:
        """Create the entry."""
        return access.create(cluster_name, body)

    def change(self, record: Record, names: list[str], properties: Properties) -> None:  # noqa: ARG002
        """Change groups, user name and policies."""
        wanted = camel(properties, "KubernetesGroups", "Username")
        body = {"kubernetesGroups": [], "username": "", **wanted}
        access.check_names(body)
        eks(EKS.update_access_entry, *names, body)
        self._set_policies("|".join(names[::-1]), properties)

    def _set_policies(self, physical_id: str, properties: Properties) -> None:
        wanted = camel(properties, "AccessPolicies").get("accessPolicies", [])
        access.set_policies(*self.names(physical_id), wanted)

    def remove(self, *names: str) -> Record:
        """Delete the entry and the rights that it gave."""
        return eks(EKS.delete_access_entry, *names)

    def read(self, record: Record, properties: Properties) -> Properties:
        """Return the entry with its policies."""
        policies = access.policies(record["clusterName"], record["principalArn"])
        return {**super().read(record, properties), "AccessPolicies": policies}


class PodIdentityAssociation(EksType):
    """The role of a service account. `Ref` is the association's ARN."""

    def names(self, physical_id: str) -> list[str]:
        """Return cluster and id."""
        return physical_id.split("/")[-2:]

    def key(self, physical_id: str) -> str:
        """Return where the record is kept."""
        return str(EKS.pia_key(*self.names(physical_id)))

    def make(self, cluster_name: str, body: Record) -> Record:
        """Create the association."""
        return add_ons.create_association(cluster_name, body)

    def change(self, record: Record, names: list[str], properties: Properties) -> None:  # noqa: ARG002
        """Change the role."""
        wanted = camel(properties, "RoleArn", "TargetRoleArn", "DisableSessionTags")
        add_ons.update_association(*names, {"disableSessionTags": False, **wanted})

    def remove(self, *names: str) -> Record:
        """Delete the association."""
        return add_ons.delete_association(*names)


TYPES = {
    "AWS::EKS::Cluster": Cluster,
    "AWS::EKS::Nodegroup": NodeGroup,
    "AWS::EKS::FargateProfile": FargateProfile,
    "AWS::EKS::Addon": AddOn,
    "AWS::EKS::AccessEntry": AccessEntry,
    "AWS::EKS::PodIdentityAssociation": PodIdentityAssociation,
}


def camel(properties: Properties, *names: str) -> Record:
    """Return the properties of these names that are there, spelled and typed as the API's.

    Not for maps whose keys are the user's.
    """
    return {
        name[:1].lower() + name[1:]: _typed(PROVISIONERS.pascal_to_camel(properties[name]))
        for name in names
        if name in properties
    }


def _typed(value: Any) -> Any:  # noqa: ANN401  # any JSON
    """Return booleans as such: CloudFormation takes them as strings too."""
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _tags(properties: Properties) -> dict[str, str]:
    """Return the tags, a list in most types and a map in some, as a map."""
    found: dict[str, str] = PROVISIONERS.tag_map(properties.get("Tags"))
    return found


def _version(properties: Properties) -> Record:
    return {"version": str(properties["Version"])} if "Version" in properties else {}


def _version_change(record: Record, properties: Properties) -> Record:
    """Return what of version, release and launch template differs."""
    wanted = _version(properties)
    if "LaunchTemplate" in properties:
        given = camel(properties, "LaunchTemplate")["launchTemplate"]
        wanted["launchTemplate"] = {**given, "version": str(given.get("version", "1"))}
    after = {**record, **wanted}
    wanted["releaseVersion"] = properties.get("ReleaseVersion") or node_groups.release(after)
    template = wanted.get("launchTemplate", {})
    if template and record.get("launchTemplate", {}).get("version") == template["version"]:
        wanted.pop("launchTemplate")
    return {key: value for key, value in wanted.items() if record.get(key) != value}
