from __future__ import annotations

import pytest

from local_aws.emulator.replies import HandlerError


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
