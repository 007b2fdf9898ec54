"""Serve a cluster's API on loopback: `python -m local_aws.kubernetes.api_server`."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from local_aws import leash
from local_aws.kubernetes.api_server.access import Authenticator
from local_aws.kubernetes.api_server.cluster import Cluster
from local_aws.kubernetes.api_server.server import Server


def main() -> None:
    """Serve until told to stop, or until the process that started this one is gone."""
    parser = argparse.ArgumentParser(prog="local_aws.kubernetes.api_server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--kubernetes-version", required=True, help="such as 1.36")
    for name in ("certificate", "private-key", "admin-token-file"):
        parser.add_argument(f"--{name}", required=True, type=Path)
    parser.add_argument("--token-webhook", help="URL that reviews all other tokens")
    arguments = parser.parse_args()
    leash.exit_with_parent()
    token = arguments.admin_token_file.read_text().strip()
    authenticator = Authenticator(admin_token=token, webhook=arguments.token_webhook)
    uvicorn.run(
        Server(Cluster(arguments.kubernetes_version), authenticator).app,
        host="127.0.0.1",
        port=arguments.port,
        ssl_certfile=arguments.certificate,
        ssl_keyfile=arguments.private_key,
        log_level="warning",
        access_log=False,
        # Longer than a client's pause between two requests, or a kept connection breaks under it.
        timeout_keep_alive=75,
        # Watches stay open for as long as their clients like.
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
