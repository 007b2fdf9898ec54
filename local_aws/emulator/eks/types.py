"""The resource types of EKS: rows of `types.json`, and the calls that serve them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from local_aws.emulator.eks import access, add_ons, clusters, fargate, node_groups, store
from local_aws.emulator.internals import EKS, PROVISIONERS
from local_aws.emulator.registry import Request, ResourceType
from local_aws.emulator.replies import Record, eks, missing
from local_aws.emulator.schemas import Properties
from local_aws.emulator.stacks import physical_name


class Calls(NamedTuple):
    """How EKS makes, changes and removes what a type describes, and how its words differ.

    `make` takes the cluster and the request, `change` the record and what it is to be, `remove` the
    cluster and the name in it.
    `body` returns the parts of a request, `read` those of a record, that are no plain translation.
    """

    make: Callable[..., Record]
    remove: Callable[..., Record]
    change: Callable[..., None] = lambda *_: None
    body: Callable[[Properties], Record] = lambda _: {}
    read: Callable[[Record], Properties] = lambda _: {}


class EksType(ResourceType):
    """A type whose records are in one of EKS's stores.

    Its row names the `store`, the physical `id` in the template's words and what to `split` it by,
    the `key` of a record where it is no plain path, the properties that `create` sends as they are,
    and, where a name can be made up, that property and its longest value.
    """

    def __init__(self, name: str, calls: Calls) -> None:
        """Take the calls that serve a type."""
        super().__init__(name)
        self._calls = calls

    def _names(self, physical_id: str) -> list[str]:
        """Return the cluster and the name in it, as EKS's API takes them."""
        names = physical_id.split(self.row["split"])[-2:]
        return names[::-1] if self.row["id"].endswith("{ClusterName}") else names

    def find(self, physical_id: str, properties: Properties) -> Record | None:  # noqa: ARG002
        """Return the record in the store."""
        kept = getattr(EKS, self.row["store"]) if self.row["store"] else store.FARGATE_PROFILES
        names = self._names(physical_id)
        key = getattr(EKS, self.row["key"])(*names) if "key" in self.row else "/".join(names)
        found: Record | None = kept.get(key)
        return found

    def create(self, request: Request) -> str:
        """Call the API with the properties in its own words."""
        name, longest = self.row.get("named", ("Name", 0))
        properties = request.properties
        if longest and name not in properties:
            properties = {**properties, name: physical_name(request, longest=longest)}
        body = camel(properties, name, *self.row["create"])
        body.update(self._calls.body(properties), tags=_tags(properties))
        made = self._calls.make(properties.get("ClusterName", ""), body)
        return str(self.row["id"].format(**properties) or made["associationArn"])

    def update(self, physical_id: str, request: Request) -> None:
        """Change what can be changed, then the tags."""
        record = self.find(physical_id, request.properties)
        if record is None:
            raise missing(f"{physical_id} does not exist")
        properties = request.properties
        wanted = camel(properties, *self.row["create"])
        wanted.update(self._calls.body(properties))
        self._calls.change(record, wanted)
        record["tags"] = _tags(properties)
        EKS.tags[record[next(iter(self.row["attributes"].values()))]] = dict(record["tags"])

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Call the API, if there is something to delete."""
        if self.find(physical_id, properties) is not None:
            self._calls.remove(*self._names(physical_id))

    def read(self, record: Record, properties: Properties) -> Properties:  # noqa: ARG002
        """Return the record in the template's words."""
        plain = {key[:1].upper() + key[1:]: value for key, value in record.items()}
        return {**plain, **self._calls.read(record)}


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


def _make_cluster(_: str, body: Record) -> Record:
    made: Record = eks(EKS.create_cluster, body)["cluster"]
    return made


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
    enabled = [
        {"Type": kind}
        for setup in record["logging"]["clusterLogging"]
        if setup["enabled"]
        for kind in setup["types"]
    ]
    return {"Logging": {"ClusterLogging": {"EnabledTypes": enabled}}}


def _node_group_body(properties: Properties) -> Record:
    sizes = camel(properties, "ScalingConfig").get("scalingConfig", {})
    scaling = {key: int(value) for key, value in sizes.items()}
    labels = dict(properties.get("Labels", {}))
    more = {"scalingConfig": scaling} if scaling else {}
    return {**_version(properties), "labels": labels, **more}


def _change_node_group(record: Record, wanted: Record) -> None:
    """Change version, launch template, sizes, labels and taints."""
    template = wanted.get("launchTemplate", {"version": "1"})
    version = {key: wanted[key] for key in ("version",) if key in wanted}
    if "launchTemplate" in wanted and record.get("launchTemplate", {}).get("version") != str(
        template["version"]
    ):
        version["launchTemplate"] = template
    release = wanted.get("releaseVersion") or node_groups.release({**record, **version})
    changed = {**version, "releaseVersion": release}
    changed = {key: value for key, value in changed.items() if record.get(key) != value}
    if changed:
        node_groups.update_version(record["clusterName"], record["nodegroupName"], changed)
    defaults = {
        "taints": [],
        "updateConfig": node_groups.DEFAULT_UPDATE,
        "nodeRepairConfig": {"enabled": False},
    }
    node_groups.change(record, {**defaults, **wanted})


def _fargate_body(properties: Properties) -> Record:
    selectors = [
        {
            "namespace": one["Namespace"],
            "labels": {label["Key"]: label["Value"] for label in one.get("Labels", [])},
        }
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
    found = store.associations(record["clusterName"])
    own = [one for one in found if one["ownerArn"] == record["addonArn"]]
    return {"PodIdentityAssociations": own}


def _make_entry(cluster_name: str, body: Record) -> Record:
    """Create an entry with its policies; without them it must not stay behind."""
    made = access.create(cluster_name, body)
    try:
        access.set_policies(cluster_name, made["principalArn"], body["accessPolicies"])
    except Exception:
        _remove_entry(cluster_name, made["principalArn"])
        raise
    return made


def _entry_body(properties: Properties) -> Record:
    return {"accessPolicies": [], **camel(properties, "AccessPolicies")}


def _change_entry(record: Record, wanted: Record) -> None:
    body = {"kubernetesGroups": [], "username": "", **wanted}
    access.check_names(body)
    cluster_name, principal = record["clusterName"], record["principalArn"]
    eks(EKS.update_access_entry, cluster_name, principal, body)
    access.set_policies(cluster_name, principal, wanted["accessPolicies"])


def _remove_entry(*names: str) -> Record:
    return eks(EKS.delete_access_entry, *names)


def _read_entry(record: Record) -> Properties:
    return {"AccessPolicies": access.policies(record["clusterName"], record["principalArn"])}


def _change_association(record: Record, wanted: Record) -> None:
    body = {"disableSessionTags": False, **wanted}
    add_ons.update_association(record["clusterName"], record["associationId"], body)


TYPES = {
    "AWS::EKS::Cluster": Calls(
        _make_cluster, clusters.delete, _change_cluster, _cluster_body, _read_cluster
    ),
    "AWS::EKS::Nodegroup": Calls(
        node_groups.create, node_groups.delete, _change_node_group, _node_group_body
    ),
    "AWS::EKS::FargateProfile": Calls(
        fargate.create, fargate.delete, body=_fargate_body, read=_read_fargate
    ),
    "AWS::EKS::Addon": Calls(add_ons.create, add_ons.delete, _change_add_on, read=_read_add_on),
    "AWS::EKS::AccessEntry": Calls(
        _make_entry, _remove_entry, _change_entry, _entry_body, _read_entry
    ),
    "AWS::EKS::PodIdentityAssociation": Calls(
        add_ons.create_association, add_ons.delete_association, _change_association
    ),
}
