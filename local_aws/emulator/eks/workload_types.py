"""AWS::EKS::Addon and AWS::EKS::FargateProfile."""

from __future__ import annotations

from local_aws.emulator.eks import fargate, shapes, store
from local_aws.emulator.internals import EKS
from local_aws.emulator.network import Record
from local_aws.emulator.registry import Request, Resource, ResourceType
from local_aws.emulator.replies import call
from local_aws.emulator.schemas import Properties

ADD_ON = ("AddonVersion", "ConfigurationValues", "ServiceAccountRoleArn", "PodIdentityAssociations")


class AddOn(ResourceType):
    """An add-on. `Ref` is `cluster|name`."""

    name = "AWS::EKS::Addon"
    readable = frozenset(
        {"AddonName", "AddonVersion", "ConfigurationValues", "ServiceAccountRoleArn", "Tags"}
        | {"PodIdentityAssociations"}
    )

    def create(self, request: Request) -> Resource:
        """Install the add-on."""
        properties = request.properties
        body = {
            **shapes.camel(properties, "AddonName", *ADD_ON),
            "tags": shapes.tags(properties),
        }
        call("Eks", EKS.create_addon, properties["ClusterName"], body)
        return self._resource(f"{properties['ClusterName']}|{properties['AddonName']}")

    def update(self, physical_id: str, request: Request) -> Resource:
        """Change version, configuration, roles and tags."""
        cluster_name, name = physical_id.split("|")
        body = {
            "configurationValues": "",
            "serviceAccountRoleArn": "",
            "podIdentityAssociations": [],
            **shapes.camel(request.properties, *ADD_ON),
        }
        call("Eks", EKS.update_addon, cluster_name, name, body)
        resource = self._resource(physical_id)
        store.set_tags(str(resource.attributes["Arn"]), shapes.tags(request.properties))
        return resource

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002
        """Remove the add-on."""
        if _record(physical_id) is not None:
            call("Eks", EKS.delete_addon, *physical_id.split("|"))

    def read(self, physical_id: str, properties: Properties) -> Properties | None:  # noqa: ARG002
        """Return what DescribeAddon reports, with its associations in the template's words."""
        record = _record(physical_id)
        if record is None:
            return None
        found = {key[:1].upper() + key[1:]: value for key, value in record.items()}
        found["PodIdentityAssociations"] = [
            store.record_of(arn) for arn in record["podIdentityAssociations"]
        ]
        return found

    @staticmethod
    def _resource(physical_id: str) -> Resource:
        record = EKS.addons[physical_id.replace("|", "/")]
        return Resource(physical_id=physical_id, attributes={"Arn": record["addonArn"]})


class FargateProfile(ResourceType):
    """A Fargate profile. `Ref` is `cluster|name`."""

    name = "AWS::EKS::FargateProfile"
    readable = frozenset({"PodExecutionRoleArn", "Subnets", "Selectors", "Tags"})

    def create(self, request: Request) -> Resource:
        """Create the profile."""
        properties = request.properties
        name = request.physical_name("FargateProfileName", longest=63)
        body = {
            "fargateProfileName": name,
            **shapes.camel(properties, "PodExecutionRoleArn", "Subnets"),
            "selectors": [
                {
                    "namespace": one["Namespace"],
                    "labels": {label["Key"]: label["Value"] for label in one.get("Labels", [])},
                }
                for one in properties["Selectors"]
            ],
            "tags": shapes.tags(properties),
        }
        call("Eks", fargate.create, properties["ClusterName"], body)
        return self._resource(f"{properties['ClusterName']}|{name}")

    def update(self, physical_id: str, request: Request) -> Resource:
        """Change the tags."""
        resource = self._resource(physical_id)
        store.set_tags(str(resource.attributes["Arn"]), shapes.tags(request.properties))
        return resource

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002
        """Delete the profile."""
        if self._profile(physical_id) is not None:
            call("Eks", fargate.delete, *physical_id.split("|"))

    def read(self, physical_id: str, properties: Properties) -> Properties | None:  # noqa: ARG002
        """Return the profile, its labels as the template's list."""
        record = self._profile(physical_id)
        if record is None:
            return None
        selectors = [
            {
                "Namespace": one["namespace"],
                "Labels": [{"Key": key, "Value": value} for key, value in one["labels"].items()],
            }
            for one in record["selectors"]
        ]
        return {
            "PodExecutionRoleArn": record["podExecutionRoleArn"],
            "Subnets": record["subnets"],
            "Selectors": selectors,
            "Tags": record["tags"],
        }

    @staticmethod
    def _profile(physical_id: str) -> Record | None:
        return store.FARGATE_PROFILES.get(store.fargate_key(*physical_id.split("|")))

    def _resource(self, physical_id: str) -> Resource:
        record = self._profile(physical_id) or {}
        return Resource(
            physical_id=physical_id, attributes={"Arn": record.get("fargateProfileArn", "")}
        )


def _record(physical_id: str) -> Record | None:
    found: Record | None = EKS.addons.get(physical_id.replace("|", "/"))
    return found
