"""A cluster's API: `python -m local_aws.kubernetes.api_server` with a JSON text of what it needs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import uvicorn

from local_aws import leash
from local_aws.kubernetes.api_server.access import Authenticator
from local_aws.kubernetes.api_server.cluster import Cluster
from local_aws.kubernetes.api_server.server import Server


def main() -> None:
    """Serve on loopback until told to stop, or until the process that started this one is gone."""
    leash.exit_with_parent()
    given = json.loads(sys.argv[1])
    token = Path(given["token"]).read_text(encoding="utf-8")
    uvicorn.run(
        Server(Cluster(given["version"]), Authenticator(token, given["webhook"])).app,
        host="127.0.0.1",
        port=given["port"],
        ssl_certfile=given["certificate"],
        ssl_keyfile=given["private_key"],
        log_level="warning",
        access_log=False,
        # Longer than a client's pause between two requests, or a kept connection breaks under it.
        timeout_keep_alive=75,
        # Watches stay open for as long as their clients like.
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
