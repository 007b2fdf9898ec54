"""AWS::EKS::AccessEntry and AWS::EKS::PodIdentityAssociation."""

from __future__ import annotations

from local_aws.emulator.eks import shapes, store
from local_aws.emulator.internals import EKS
from local_aws.emulator.network import Record
from local_aws.emulator.registry import Request, Resource, ResourceType
from local_aws.emulator.replies import call, call_json
from local_aws.emulator.schemas import Properties


class AccessEntry(ResourceType):
    """The entry of a principal. `Ref` is `principal|cluster`."""

    name = "AWS::EKS::AccessEntry"
    readable = frozenset({"KubernetesGroups", "AccessPolicies", "Type", "Tags"})

    def create(self, request: Request) -> Resource:
        """Create the entry with its policies."""
        properties = request.properties
        cluster_name, principal = properties["ClusterName"], properties["PrincipalArn"]
        body = {
            **shapes.camel(properties, "PrincipalArn", "Type", "KubernetesGroups", "Username"),
            "tags": shapes.tags(properties),
        }
        call("Eks", EKS.create_access_entry, cluster_name, body)
        try:
            _set_policies(cluster_name, principal, properties)
        except Exception:
            # An entry without its policies must not stay behind.
            call("Eks", EKS.delete_access_entry, cluster_name, principal)
            raise
        return self._resource(cluster_name, principal)

    def update(self, physical_id: str, request: Request) -> Resource:
        """Change groups, user name, policies and tags."""
        principal, cluster_name = physical_id.split("|")
        body = {
            "kubernetesGroups": request.properties.get("KubernetesGroups", []),
            "username": request.properties.get("Username", ""),
        }
        call("Eks", EKS.update_access_entry, cluster_name, principal, body)
        _set_policies(cluster_name, principal, request.properties)
        resource = self._resource(cluster_name, principal)
        store.set_tags(str(resource.attributes["AccessEntryArn"]), shapes.tags(request.properties))
        return resource

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002
        """Delete the entry and the rights that it gave."""
        principal, cluster_name = physical_id.split("|")
        if EKS.ae_key(cluster_name, principal) in EKS.access_entries:
            call("Eks", EKS.delete_access_entry, cluster_name, principal)

    def read(self, physical_id: str, properties: Properties) -> Properties | None:  # noqa: ARG002
        """Return the entry with its policies."""
        principal, cluster_name = physical_id.split("|")
        entry = EKS.access_entries.get(EKS.ae_key(cluster_name, principal))
        if entry is None:
            return None
        return {
            "KubernetesGroups": entry["kubernetesGroups"],
            "Type": entry["type"],
            "Tags": entry["tags"],
            "AccessPolicies": _policies(cluster_name, principal),
        }

    @staticmethod
    def _resource(cluster_name: str, principal: str) -> Resource:
        entry = EKS.access_entries[EKS.ae_key(cluster_name, principal)]
        return Resource(
            physical_id=f"{principal}|{cluster_name}",
            attributes={"AccessEntryArn": entry["accessEntryArn"]},
        )


class PodIdentityAssociation(ResourceType):
    """The role of a service account. `Ref` is the association's ARN."""

    name = "AWS::EKS::PodIdentityAssociation"
    readable = frozenset({"Namespace", "ServiceAccount", "RoleArn", "Tags"})

    def create(self, request: Request) -> Resource:
        """Create the association."""
        properties = request.properties
        names = ("Namespace", "ServiceAccount", "RoleArn", "TargetRoleArn", "DisableSessionTags")
        body = {**shapes.camel(properties, *names), "tags": shapes.tags(properties)}
        made = call_json(
            "Eks", EKS.create_pod_identity_association, properties["ClusterName"], body
        )
        return self._resource(made["association"])

    def update(self, physical_id: str, request: Request) -> Resource:
        """Change the role and the tags."""
        body = {
            "disableSessionTags": False,
            **shapes.camel(request.properties, "RoleArn", "TargetRoleArn", "DisableSessionTags"),
        }
        changed = call_json(
            "Eks",
            EKS.update_pod_identity_association,
            *_cluster_and_id(physical_id),
            body,
        )
        store.set_tags(physical_id, shapes.tags(request.properties))
        return self._resource(changed["association"])

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002
        """Delete the association."""
        if store.record_of(physical_id) is not None:
            call("Eks", EKS.delete_pod_identity_association, *_cluster_and_id(physical_id))

    def read(self, physical_id: str, properties: Properties) -> Properties | None:  # noqa: ARG002
        """Return the association."""
        record = store.record_of(physical_id)
        if record is None:
            return None
        return {key[:1].upper() + key[1:]: value for key, value in record.items()}

    @staticmethod
    def _resource(record: Record) -> Resource:
        return Resource(
            physical_id=record["associationArn"],
            attributes={
                "AssociationArn": record["associationArn"],
                "AssociationId": record["associationId"],
                "ExternalId": record.get("externalId", ""),
            },
        )


def _cluster_and_id(arn: str) -> tuple[str, str]:
    cluster_name, association_id = arn.rsplit("/", 2)[1:]
    return cluster_name, association_id


def _policies(cluster_name: str, principal: str) -> list[Record]:
    prefix = EKS.ap_key(cluster_name, principal, "")
    return [one for key, one in EKS.access_policies.items() if key.startswith(prefix)]


def _set_policies(cluster_name: str, principal: str, properties: Properties) -> None:
    wanted = shapes.camel(properties, "AccessPolicies").get("accessPolicies", [])
    for one in wanted:
        call("Eks", EKS.associate_access_policy, cluster_name, principal, one)
    keep = {one["policyArn"] for one in wanted}
    for one in _policies(cluster_name, principal):
        if one["policyArn"] not in keep:
            call("Eks", EKS.disassociate_access_policy, cluster_name, principal, one["policyArn"])
