"""Signatures that are made by hand, compared with botocore's."""

from __future__ import annotations

import base64
import re

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local_aws import aws_cli
from local_aws.aws_cli import Keys, signed, token

KEYS = Keys("AKIAEXAMPLE", "secret/+=", "session/+==")


def test_a_role_signs_as_botocore_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request to EKS by its headers, and a token, the signed URL of the real STS, for a cluster."""
    request = AWSRequest(method="GET", url="http://eks.example:4566/clusters/blue")
    SigV4Auth(Credentials(*KEYS), "eks", "eu-west-1").add_auth(request)
    monkeypatch.setattr(aws_cli, "strftime", lambda *_: request.context["timestamp"])
    headers = signed("eks.example:4566", "/clusters/blue", "eu-west-1", KEYS)
    assert headers["authorization"] == request.headers["Authorization"]

    url = "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest(method="GET", url=url, headers={"x-k8s-aws-id": "blue"})
    SigV4QueryAuth(Credentials(*KEYS), "sts", "eu-west-1", expires=60).add_auth(request)
    written = token("blue", "eu-west-1", KEYS).removeprefix("k8s-aws-v1.")
    ours = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)).decode()
    assert sorted(re.split("[?&]", ours)) == sorted(re.split("[?&]", request.url))
