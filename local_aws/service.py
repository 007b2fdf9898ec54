"""The emulated account as a process, which `local_aws.reins` starts: MiniStack with our extensions."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

from local_aws.kubernetes_hosts import ProcessHost
from local_aws.state import StateFolder, lock

SECONDS = 0.2

logger = logging.getLogger("local_aws")


def watch(folder: StateFolder) -> None:
    """End this process, and every Lambda worker, once whoever holds it is gone."""
    while not was_killed(folder):
        time.sleep(SECONDS)
    logger.warning("%s was killed; stopping", folder.operation_file.read_text(encoding="utf-8"))
    os.killpg(os.getpgrp(), signal.SIGKILL)


def was_killed(folder: StateFolder) -> bool:
    """Return whether there is an operation that nobody holds: who is done takes it away first."""
    if not folder.operation_file.exists() or (descriptor := lock(folder.holder_lock)) is None:
        return False
    with os.fdopen(descriptor):
        return folder.operation_file.exists()


def main() -> None:
    """Lock the folder that the command line names, and serve AWS until told to stop."""
    folder = StateFolder(Path(sys.argv.pop()))
    record = folder.read_record()
    if record is None or lock(folder.service_lock) is None:
        sys.exit(f"A service is already running in {folder.path}, or it has no record to serve.")
    threading.Thread(target=watch, args=(folder,), name="watch", daemon=True).start()
    # MiniStack reads its settings from the environment when it is imported.
    from local_aws import pod_identity  # noqa: PLC0415
    from local_aws.emulator.extensions import install  # noqa: PLC0415

    install(ProcessHost(folder.clusters, record))
    pod_identity.install(account=record.account, region=record.region)
    from ministack.app import main as serve_aws  # noqa: PLC0415

    serve_aws()


if __name__ == "__main__":
    main()
