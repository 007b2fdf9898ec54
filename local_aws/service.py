"""The emulated account as a process: MiniStack with our extensions, and the reins on it.

Start it with `local_aws.reins.start`; it is not meant to be typed.
"""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection, Listener
from pathlib import Path

from local_aws.k3s import Companion
from local_aws.kubernetes_hosts import KubernetesHost, ProcessHost
from local_aws.state import ServiceRecord, StateFolder

FIRST_HOLD_SECONDS = 30
"""A service that nobody came for in this time was started by somebody who is gone."""

logger = logging.getLogger("local_aws")


class Reins:
    """Takes commands on a loopback port.

    Whoever says `hold` answers for the service: if that connection breaks before `release`, the
    holder was killed, and the service ends with all that it started.
    """

    def __init__(self, folder: StateFolder, record: ServiceRecord) -> None:
        """Listen, and write the record that tells where."""
        key = secrets.token_bytes(32)
        self._listener = Listener(("127.0.0.1", 0), authkey=key)
        _, port = self._listener.address
        self._folder = folder
        self._record = replace(record, control_port=int(port), control_key=key.hex())
        self._held = threading.Event()
        folder.write_record(self._record)

    def serve(self) -> None:
        """Answer every caller in a thread of its own, for ever."""
        threading.Thread(target=self._accept, name="reins", daemon=True).start()
        threading.Thread(target=self._expect_a_holder, name="first hold", daemon=True).start()

    def _expect_a_holder(self) -> None:
        if not self._held.wait(FIRST_HOLD_SECONDS):
            logger.error("nobody came; ending")
            end_with_everything()

    def _accept(self) -> None:
        while True:
            # A wrong key or a broken connection is the caller's problem, not the service's.
            with suppress(Exception):
                caller = self._listener.accept()
                threading.Thread(target=self._answer, args=(caller,), daemon=True).start()

    def _answer(self, caller: Connection) -> None:
        operation = ""
        try:
            while True:
                command, _, argument = str(caller.recv()).partition(" ")
                if command == "hold":
                    operation = argument
                    self._held.set()
                    self._note(operation)
                elif command == "release":
                    operation = ""
                    self._note("")
                caller.send("done")
                if command == "stop":
                    self._folder.record_file.unlink(missing_ok=True)
                    end(in_order=self._record.kubernetes == "k3s")
        except (EOFError, OSError):
            if operation:
                logger.warning("%s was killed; ending", operation)
                end_with_everything()

    def _note(self, operation: str) -> None:
        self._folder.write_record(replace(self._record, operation=operation))


def end(*, in_order: bool) -> None:
    """End this process. There is no state to save; but containers want to be removed in order."""
    if in_order:
        os.kill(os.getpid(), signal.SIGTERM)
        # A request that hangs must not keep it alive.
        time.sleep(30)
    end_with_everything()


def end_with_everything() -> None:
    """End this process and every Lambda worker at once; what is on a leash follows."""
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    """Lock the folder, take the reins, and serve AWS until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--kubernetes", choices=("stand-in", "envtest", "k3s"), required=True)
    parser.add_argument("--assets", type=Path, help="etcd and kube-apiserver, for envtest")
    options = parser.parse_args()
    folder = StateFolder(options.folder)
    if folder.lock() is None:
        sys.exit(f"A service lives in {folder.path} already.")
    record = ServiceRecord(
        pid=os.getpid(),
        control_port=0,
        control_key="",
        host=options.host,
        aws_port=options.port,
        account=options.account,
        region=options.region,
        kubernetes=options.kubernetes,
    )
    Reins(folder, record).serve()
    host: KubernetesHost | None = None
    if options.kubernetes == "k3s":
        Companion(folder, record).watch()
    else:
        host = ProcessHost(
            folder=folder.clusters,
            aws_endpoint=record.aws_endpoint,
            account=options.account,
            region=options.region,
            assets=options.assets,
        )
    # MiniStack reads its settings from the environment when it is imported.
    from local_aws.emulator.extensions import install  # noqa: PLC0415

    install(host)
    from local_aws import pod_identity  # noqa: PLC0415

    pod_identity.install(account=options.account, region=options.region)
    from ministack.app import main as serve_aws  # noqa: PLC0415

    # MiniStack reads the command line, too.
    sys.argv[1:] = []
    serve_aws()


if __name__ == "__main__":
    main()
