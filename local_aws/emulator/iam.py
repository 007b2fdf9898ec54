"""IAM: identity providers of clusters, and roles that can't go while policies hang on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local_aws.emulator.internals import IAM, PROVISIONERS
from local_aws.emulator.network import Record
from local_aws.emulator.registry import Request, Resource, ResourceType
from local_aws.emulator.replies import HandlerError, call, element
from local_aws.emulator.schemas import Properties


class OpenIdProvider(ResourceType):
    """AWS::IAM::OIDCProvider, which lets service accounts of a cluster assume roles."""

    name = "AWS::IAM::OIDCProvider"
    readable = frozenset({"ClientIdList", "ThumbprintList", "Tags"})

    def create(self, request: Request) -> Resource:
        """Register the provider."""
        properties = request.properties
        body = call("Iam", IAM.create_oidc_provider, {"Url": [properties["Url"]]})
        arn = element(body, "OpenIDConnectProviderArn")
        self._apply(arn, properties)
        return Resource(physical_id=arn, attributes={"Arn": arn})

    def update(self, physical_id: str, request: Request) -> Resource:
        """Change clients, thumbprints and tags."""
        self._apply(physical_id, request.properties)
        return Resource(physical_id=physical_id, attributes={"Arn": physical_id})

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002
        """Remove the provider."""
        if physical_id in IAM.oidc_providers:
            call("Iam", IAM.delete_oidc_provider, {"OpenIDConnectProviderArn": [physical_id]})

    def read(self, physical_id: str, properties: Properties) -> Properties | None:  # noqa: ARG002
        """Return the provider."""
        record = IAM.oidc_providers.get(physical_id)
        return None if record is None else {**record, "ClientIdList": record["ClientIDList"]}

    @staticmethod
    def _apply(arn: str, properties: Properties) -> None:
        tags: dict[str, str] = PROVISIONERS.tag_map(properties.get("Tags"))
        record: Record = IAM.oidc_providers[arn]
        record.update(
            ClientIDList=list(properties.get("ClientIdList", [])),
            ThumbprintList=list(properties.get("ThumbprintList", [])),
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )


def install() -> None:
    """Keep what is attached to something that its template doesn't know."""
    _check_before_delete("AWS::IAM::Role", _role_conflict)
    _check_before_delete("AWS::IAM::ManagedPolicy", _policy_conflict)


def _check_before_delete(name: str, conflict: Callable[[str, Properties], str | None]) -> None:
    handlers: dict[str, Any] = PROVISIONERS.RESOURCE_HANDLERS[name]
    deleting = handlers["delete"]

    def delete(physical_id: str, properties: Properties) -> None:
        words = conflict(physical_id, properties)
        if words is not None:
            raise HandlerError(words, service="Iam", status=409, code="DeleteConflict")
        deleting(physical_id, properties)

    handlers["delete"] = delete


def _role_conflict(name: str, properties: Properties) -> str | None:
    role = IAM.roles.get(name, {})
    own = {one["PolicyName"] for one in properties.get("Policies", [])}
    if set(role.get("AttachedPolicies", [])) - set(properties.get("ManagedPolicyArns", [])):
        return "Cannot delete entity, must detach all policies first."
    if set(role.get("InlinePolicies", {})) - own:
        return "Cannot delete entity, must delete policies first."
    return None


def _policy_conflict(arn: str, properties: Properties) -> str | None:
    holders = {name for name, role in IAM.roles.items() if arn in role["AttachedPolicies"]}
    if holders - set(properties.get("Roles", [])):
        return "Cannot delete a policy attached to entities."
    return None
