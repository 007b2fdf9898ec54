from __future__ import annotations

import pytest

from local_aws.emulator.replies import HandlerError, answered, call, error_of


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        ("NodeGroup already exists with name a", 409, "AlreadyExists"),
        ("The route identified by 0.0.0.0/0 already exists.", 400, "AlreadyExists"),
        ("Cluster has nodegroups attached", 409, "ResourceConflict"),
        ("No cluster found for name: a.", 404, "NotFound"),
        ("Subnets specified must be in at least two different AZs", 400, "InvalidRequest"),
    ],
)
def test_a_failure_is_worded_as_a_stack_event_words_it(
    message: str, status: int, code: str
) -> None:
    error = HandlerError(message, service="Eks", status=status)
    assert str(error) == (
        f'Resource handler returned message: "{message} (Service: Eks, Status Code: {status})" '
        f"(HandlerErrorCode: {code})"
    )


@pytest.mark.parametrize(
    "body",
    [
        '{"__type": "Refused", "message": "no"}',
        "<Response><Errors><Error><Code>Refused</Code><Message>no</Message></Error></Errors></Response>",
    ],
)
def test_an_error_is_read_whatever_the_protocol(body: str) -> None:
    assert error_of(body) == ("Refused", "no")
    with pytest.raises(HandlerError, match=r"no \(Service: Any, Status Code: 400\)"):
        call("Any", lambda: (400, {}, body.encode()))


def test_what_an_operation_raises_is_its_answer() -> None:
    def operation() -> dict[str, object]:
        raise HandlerError("no", service="Eks", status=409, code="ResourceInUseException")

    status, headers, body = answered(operation)
    assert status == 409
    assert headers["x-amzn-errortype"] == "ResourceInUseException"
    assert error_of(body.decode()) == ("ResourceInUseException", "no")
