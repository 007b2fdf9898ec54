"""Run a cluster's controllers: `python -m local_aws.kubernetes.controllers`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local_aws import leash
from local_aws.kubernetes.client import Client
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.loop import RECONCILERS, Loop


def main() -> None:
    """Run until told to stop, or until the process that started this one is gone."""
    parser = argparse.ArgumentParser(prog="local_aws.kubernetes.controllers", description=__doc__)
    for name in ("server", "cluster", "aws-endpoint", "region", "account"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("certificate-authority", "token-file"):
        parser.add_argument(f"--{name}", required=True, type=Path)
    arguments = parser.parse_args()
    leash.exit_with_parent()
    # The emulator takes an account's id as the access key of its root user.
    session = boto3.Session(
        aws_access_key_id=arguments.account,
        aws_secret_access_key="test",  # noqa: S106 - the emulator's own, no secret
        region_name=arguments.region,
    )

    def aws(service: str) -> Any:  # noqa: ANN401 - boto3's clients are made at run time
        config = Config(retries={"total_max_attempts": 1}, read_timeout=30, proxies={})
        return session.client(service, endpoint_url=arguments.aws_endpoint, config=config)

    with Client(
        arguments.server,
        certificate_authority=arguments.certificate_authority,
        token=arguments.token_file.read_text(encoding="utf-8").strip(),
    ) as api:
        context = Context(
            api=api,
            aws=aws,
            cluster=arguments.cluster,
            region=arguments.region,
            certificate_authority=arguments.certificate_authority.read_text(encoding="utf-8"),
        )
        Loop([make(context) for make in RECONCILERS]).run()


if __name__ == "__main__":
    main()
