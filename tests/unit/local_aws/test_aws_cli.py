"""Signatures that are made by hand, compared with botocore's."""

from __future__ import annotations

import base64

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local_aws.aws_cli import Keys, signed, token

KEYS = Keys("AKIAEXAMPLE", "secret/+=", "session/+==")
BOTOCORE = Credentials(*KEYS)


def test_a_request_is_signed_as_botocore_signs_it() -> None:
    """Of the same time, which both take from the clock."""
    for _ in range(3):
        ours = signed("eks.example:4566", "/clusters/blue", "eu-west-1", KEYS)
        request = AWSRequest(method="GET", url="http://eks.example:4566/clusters/blue")
        SigV4Auth(BOTOCORE, "eks", "eu-west-1").add_auth(request)
        if ours["x-amz-date"] == request.headers["X-Amz-Date"]:
            assert ours["authorization"] == request.headers["Authorization"]
            return
    pytest.fail("the clock never stood for both")


def test_a_token_is_signed_as_botocore_signs_it() -> None:
    """A signed URL of the real STS, for one cluster."""
    for _ in range(3):
        ours = token("blue", "eu-west-1", KEYS).removeprefix("k8s-aws-v1.")
        url = "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
        request = AWSRequest(method="GET", url=url, headers={"x-k8s-aws-id": "blue"})
        SigV4QueryAuth(BOTOCORE, "sts", "eu-west-1", expires=60).add_auth(request)
        written = base64.urlsafe_b64decode(ours + "=" * (-len(ours) % 4)).decode()
        if _parts(written)["X-Amz-Date"] == _parts(request.url)["X-Amz-Date"]:
            assert _parts(written) == _parts(request.url)
            return
    pytest.fail("the clock never stood for both")


def _parts(url: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in url.split("?", 1)[1].split("&"))
