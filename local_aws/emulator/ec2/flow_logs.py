"""Flow logs."""

from __future__ import annotations

from local_aws.emulator import network
from local_aws.emulator.internals import EC2
from local_aws.emulator.registry import Request, Resource, ResourceType
from local_aws.emulator.replies import HandlerError, call
from local_aws.emulator.schemas import Properties

SCALARS = (
    *("ResourceType", "TrafficType", "LogDestinationType", "LogDestination", "LogGroupName"),
    *("DeliverLogsPermissionArn", "LogFormat", "MaxAggregationInterval"),
)


class FlowLog(ResourceType):
    """AWS::EC2::FlowLog."""

    name = "AWS::EC2::FlowLog"
    readable = frozenset({"ResourceId", "TrafficType", "LogDestinationType", "Tags"})

    def create(self, request: Request) -> Resource:
        """Start to log the traffic of a VPC or a subnet that exists."""
        properties = request.properties
        target = properties["ResourceId"]
        if target not in EC2.vpcs and target not in EC2.subnets:
            raise HandlerError(
                f"The {properties['ResourceType'].lower()} ID '{target}' does not exist",
                service="Ec2",
                status=404,
            )
        if properties.get(
            "LogDestinationType", "cloud-watch-logs"
        ) == "cloud-watch-logs" and not properties.get("DeliverLogsPermissionArn"):
            raise HandlerError(
                "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs",
                service="Ec2",
            )
        before = set(EC2.flow_logs)
        wanted = {name: [str(properties[name])] for name in SCALARS if name in properties}
        call("Ec2", EC2.create_flow_logs, {**wanted, "ResourceId.1": [target]})
        (flow_log_id,) = set(EC2.flow_logs) - before
        # MiniStack keeps the destination only.
        EC2.flow_logs[flow_log_id].update(
            {name: properties[name] for name in SCALARS if name in properties}
        )
        network.apply_tags(flow_log_id, properties, {})
        return self._resource(flow_log_id)

    def update(self, physical_id: str, request: Request) -> Resource:
        """Change the tags."""
        network.apply_tags(physical_id, request.properties, request.previous)
        return self._resource(physical_id)

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002
        """Stop it."""
        call("Ec2", EC2.delete_flow_logs, {"FlowLogId.1": [physical_id]})

    def read(self, physical_id: str, properties: Properties) -> Properties | None:  # noqa: ARG002
        """Return what is logged, and the tags."""
        record = EC2.flow_logs.get(physical_id)
        return None if record is None else {**record, "Tags": network.tags(physical_id)}

    @staticmethod
    def _resource(flow_log_id: str) -> Resource:
        return Resource(physical_id=flow_log_id, attributes={"Id": flow_log_id})
