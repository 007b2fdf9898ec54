"""boto3 clients of an emulated account."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from local_aws.state import ROOT_SECRET, ServiceRecord


@cache
def client(record: ServiceRecord, service: str) -> Any:  # noqa: ANN401  # boto3 makes its classes at run time
    """Return a client with the credentials of the account's root: the same one each time."""
    session = boto3.Session(
        aws_access_key_id=record.account,
        aws_secret_access_key=ROOT_SECRET,
        region_name=record.region,
    )
    # A service that is gone is an answer, not something to wait for.
    config = Config(retries={"total_max_attempts": 2}, proxies={}, connect_timeout=5)
    return session.client(service, endpoint_url=record.aws_endpoint, config=config)
