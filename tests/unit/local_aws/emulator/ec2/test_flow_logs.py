from __future__ import annotations

from typing import Any

from tests.unit.local_aws.emulator.cloud import Cloud, Stack, arn
from tests.unit.local_aws.emulator.templates import resource


def flow_log(target: str, **more: object) -> dict[str, Any]:
    properties = {
        "ResourceId": target,
        "ResourceType": "VPC",
        "TrafficType": "ALL",
        "LogGroupName": "flows",
        "DeliverLogsPermissionArn": arn("Flows"),
    }
    return resource("EC2::FlowLog", **{**properties, **more})


def test_a_flow_log_lives_and_is_replaced(cloud: Cloud, base: Stack) -> None:
    stack = cloud.deploy({"Log": flow_log(base["Vpc"], Tags=[{"Key": "a", "Value": "1"}])})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    (found,) = cloud.ec2.describe_flow_logs(FlowLogIds=[stack["Log"]])["FlowLogs"]
    assert found["ResourceId"] == base["Vpc"]
    assert {"Key": "a", "Value": "1"} in found["Tags"]
    before = stack["Log"]
    stack = stack.update({"Log": flow_log(base["Vpc"], TrafficType="REJECT")})
    assert stack["Log"] != before
    assert cloud.ec2.describe_flow_logs(FlowLogIds=[before])["FlowLogs"] == []
    assert stack.drift() == {"Log": "IN_SYNC"}
    cloud.ec2.delete_flow_logs(FlowLogIds=[stack["Log"]])
    assert stack.drift() == {"Log": "DELETED"}
    assert stack.destroy().status == "DELETE_COMPLETE"
