from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from constructs_lib.adopted_log_group import HANDLER
from constructs_lib.handlers import log_group

NAME = "/aws/eks/blue/cluster"
ARN = f"arn:aws:logs:eu-west-1:111122223333:log-group:{NAME}"
PROPERTIES = {"LogGroupName": NAME, "RetentionInDays": "90", "Arn": ARN, "Tags": {"a": "b"}}
GROUP = {"logGroupName": NAME}
COMPLETED = (
    ("put_retention_policy", {**GROUP, "retentionInDays": 90}),
    ("tag_resource", {"resourceArn": ARN, "tags": {"a": "b"}}),
)


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """Return what answers for CloudWatch Logs, and takes no other call."""
    client = boto3.Session(*"ab", region_name="eu-west-1").client("logs")
    monkeypatch.setattr(boto3, "client", lambda _: client)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def answers() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Return a URL and what is put there, as CloudFormation's is."""
    found: list[dict[str, Any]] = []

    class Recorder(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:  # the name of the base class
            assert self.headers["Content-Type"] == ""
            found.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Recorder) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", found
        server.shutdown()


def ask(request_type: str, url: str) -> None:
    """Call the handler as CloudFormation does."""
    own = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "l"}
    event = {"RequestType": request_type, "ResponseURL": url, "ResourceProperties": PROPERTIES}
    log_group.handler({**own, **event}, None)


@pytest.mark.parametrize("request_type", ["Create", "Update"])
@pytest.mark.parametrize("error", ["", "ResourceAlreadyExistsException"])
def test_a_group_is_made_or_taken(
    request_type: str, error: str, logs: Stubber, answers: tuple[str, list[dict[str, Any]]]
) -> None:
    """With retention and tags either way; its name is its physical id."""
    if error:
        logs.add_client_error("create_log_group", error, expected_params=GROUP)
    else:
        logs.add_response("create_log_group", {}, GROUP)
    for call, parameters in COMPLETED:
        logs.add_response(call, {}, parameters)
    ask(request_type, answers[0])
    own = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "l"}
    assert answers[1] == [{**own, "Status": "SUCCESS", "PhysicalResourceId": NAME}]


@pytest.mark.parametrize("error", ["", "ResourceNotFoundException"])
def test_a_group_is_deleted_once(
    error: str, logs: Stubber, answers: tuple[str, list[dict[str, Any]]]
) -> None:
    """One that somebody deleted before is no reason to fail."""
    if error:
        logs.add_client_error("delete_log_group", error, expected_params=GROUP)
    else:
        logs.add_response("delete_log_group", {}, GROUP)
    ask("Delete", answers[0])
    assert answers[1][0]["Status"] == "SUCCESS"


def test_a_refusal_is_told_at_once(
    logs: Stubber, answers: tuple[str, list[dict[str, Any]]]
) -> None:
    """CloudFormation would wait for an answer until its time is up."""
    logs.add_client_error("create_log_group", "AccessDeniedException", "may not")
    ask("Create", answers[0])
    assert answers[1][0]["Status"] == "FAILED"
    assert "may not" in answers[1][0]["Reason"]


def test_the_code_fits_into_the_template() -> None:
    """It is inline, where CloudFormation takes 4,096 characters."""
    assert len(HANDLER.read_text(encoding="utf-8")) <= 4096
