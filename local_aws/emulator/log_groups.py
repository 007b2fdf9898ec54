"""CloudWatch Logs: the key of a log group that is there already."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ministack.core.responses import json_response

from local_aws.emulator.internals import LOGS, Function, patch


@patch("services.cloudwatch_logs", "handle_request")
async def _handle_request(
    original: Function,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    *rest: object,
) -> object:
    """Take a key to a group, or away from it; MiniStack knows no such call."""
    action = headers.get("x-amz-target", "").rpartition(".")[2]
    if action not in {"AssociateKmsKey", "DisassociateKmsKey"}:
        return await original(method, path, headers, body, *rest)
    call = json.loads(body)
    LOGS.log_groups[call["logGroupName"]]["kmsKeyId"] = call.get("kmsKeyId")
    return json_response({})
