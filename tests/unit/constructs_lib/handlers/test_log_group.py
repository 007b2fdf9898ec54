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
from constructs_lib.handlers.log_group import ADOPTED

NAME = "/aws/eks/blue/cluster"
ARN = f"arn:aws:logs:eu-west-1:111122223333:log-group:{NAME}"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1"
PROPERTIES = {
    "LogGroupName": NAME,
    "RetentionInDays": "90",
    "Arn": ARN,
    "Tags": {"a": "b"},
    "KmsKeyArn": KEY,
}
GROUP = {"logGroupName": NAME}
COMPLETED = (
    ("associate_kms_key", {**GROUP, "kmsKeyId": KEY}),
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
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", found
        server.shutdown()


def ask(request_type: str, url: str, **changes: object) -> None:
    """Call the handler as CloudFormation does."""
    own = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "l"}
    event = {"RequestType": request_type, "ResponseURL": url, "ResourceProperties": PROPERTIES}
    known = {} if request_type == "Create" else {"PhysicalResourceId": NAME}
    log_group.handler({**own, **event, **known, **changes}, None)


@pytest.mark.parametrize(
    ("request_type", "known", "there", "is_ours"),
    [
        ("Create", None, False, True),
        ("Create", None, True, False),
        ("Update", NAME, True, True),
        ("Update", NAME, False, True),
        ("Update", NAME + ADOPTED, True, False),
        ("Update", "/aws/eks/green/cluster", False, True),
        ("Update", "/aws/eks/green/cluster", True, False),
    ],
)
def test_a_group_is_made_or_taken(
    request_type: str,
    known: str | None,
    *,
    there: bool,
    is_ours: bool,
    logs: Stubber,
    answers: tuple[str, list[dict[str, Any]]],
) -> None:
    """With key, retention and tags either way; its physical id says whose it is."""
    if there:
        error = "ResourceAlreadyExistsException"
        logs.add_client_error("create_log_group", error, expected_params=GROUP)
    else:
        logs.add_response("create_log_group", {}, GROUP)
    for call, parameters in COMPLETED:
        logs.add_response(call, {}, parameters)
    ask(request_type, answers[0], **({"PhysicalResourceId": known} if known else {}))
    own = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "l"}
    name = NAME if is_ours else NAME + ADOPTED
    assert answers[1] == [{**own, "Status": "SUCCESS", "PhysicalResourceId": name}]


def test_a_group_that_was_taken_stays(
    logs: Stubber, answers: tuple[str, list[dict[str, Any]]]
) -> None:
    """With its records, also when the deploy that took it fails and is rolled back."""
    error = "ResourceAlreadyExistsException"
    logs.add_client_error("create_log_group", error, expected_params=GROUP)
    logs.add_client_error("associate_kms_key", "AccessDeniedException", "may not")
    ask("Create", answers[0])
    (failed,) = answers[1]
    assert (failed["Status"], failed["PhysicalResourceId"]) == ("FAILED", NAME + ADOPTED)
    ask("Delete", answers[0], PhysicalResourceId=failed["PhysicalResourceId"])
    assert answers[1][1]["Status"] == "SUCCESS"


def test_a_key_that_is_gone_from_the_template_is_taken_away(
    logs: Stubber, answers: tuple[str, list[dict[str, Any]]]
) -> None:
    logs.add_response("create_log_group", {}, GROUP)
    logs.add_response("disassociate_kms_key", {}, GROUP)
    for call, parameters in COMPLETED[1:]:
        logs.add_response(call, {}, parameters)
    without = {"ResourceProperties": {**PROPERTIES, "KmsKeyArn": ""}}
    ask("Update", answers[0], **without, OldResourceProperties=PROPERTIES)
    assert answers[1][0]["Status"] == "SUCCESS"


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
