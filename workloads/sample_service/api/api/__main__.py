"""Serve the API until SIGTERM."""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import TYPE_CHECKING

import uvicorn

from api.app import Pod, create_app

if TYPE_CHECKING:
    from types import FrameType


def main() -> None:
    """Read the settings from the environment and serve."""
    # Uvicorn raises SIGTERM again once the open requests are finished. Without a handler of our
    # own a clean stop would end as "killed by signal 15".
    signal.signal(signal.SIGTERM, _exit_cleanly)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(name)s: %(message)s")
    uvicorn.run(
        create_app(Pod.from_environ(os.environ)),
        host=os.environ.get("HOST", "127.0.0.1"),
        port=int(os.environ.get("PORT", "8080")),
        # The probes would fill the log; the application writes a line per real request.
        access_log=False,
        # The page shows who called. A header could lie about that, the connection cannot.
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=15,
    )


def _exit_cleanly(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
