"""Start the service of an emulated account, hold it while something is under way, and end it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from local_aws.layer_programs import write_launchers
from local_aws.loopback import START_SECONDS, wait_for
from local_aws.state import ENVIRONMENTS, SETTINGS, ServiceRecord, StateFolder, lock

ROOT = Path(__file__).parents[1]


class ServiceError(RuntimeError):
    """The service did not start, or is not there."""


@contextmanager
def held(folder: StateFolder, operation: str) -> Iterator[str]:
    """Answer for the service during an operation: it ends with this process, should that be killed.

    Another operation on the same account waits. Yields the operation that was killed last, if any.
    """
    folder.path.mkdir(parents=True, exist_ok=True)
    if (descriptor := lock(folder.holder_lock)) is None:
        sys.stderr.write("Waiting for the deploy or destroy of this account that runs.\n")
        descriptor = lock(folder.holder_lock, wait=True)
    assert descriptor is not None  # noqa: S101  # for the type checker: it waited
    try:
        file = folder.operation_file
        killed = file.read_text(encoding="utf-8") if file.exists() else ""
        file.write_text(operation, encoding="utf-8")
        folder.write_settings()
        try:
            yield killed
        except ServiceError:
            # Refused before anything began: an account that runs goes on.
            file.unlink()
            raise
        # One whose account has died in it is told of by the next.
        if folder.running() is not None:
            file.unlink()
    finally:
        os.close(descriptor)


def start(folder: StateFolder, wanted: ServiceRecord) -> ServiceRecord:
    """Start a service from nothing, and return its record once it answers; call it while holding.

    Raises `ServiceError` with the end of the log if it does not answer in time.
    """
    for stale in (folder.run, folder.clusters, folder.logs, folder.tools):
        shutil.rmtree(stale, ignore_errors=True)
    log = folder.logs / "service.log"
    log.parent.mkdir(parents=True)
    folder.write_record(wanted)
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-m", "local_aws.service", str(folder.path)],
            cwd=ROOT,
            env=_environment(folder, wanted),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the terminal reaches the foreground, which decides.
            start_new_session=True,
        )
    record = replace(wanted, pid=process.pid)
    folder.write_record(record)
    try:
        # To read certificates for plain HTTP takes 30 ms.
        wait_for(f"{record.aws_endpoint}/_ministack/ready", [process], log, verify=False)
    except RuntimeError as error:
        process.kill()
        raise ServiceError(str(error)) from error
    return record


def stop(folder: StateFolder) -> bool:
    """Stop the service of a folder and discard its state; return whether there was one."""
    record = folder.running()
    if record is not None:
        # With every Lambda worker; what is on a leash follows.
        with suppress(ProcessLookupError):
            os.killpg(record.pid, signal.SIGKILL)
        deadline = time.monotonic() + START_SECONDS
        while folder.running() is not None:
            if time.monotonic() > deadline:
                raise ServiceError(f"Process {record.pid} does not exit.")
            time.sleep(0.05)
    for file in (folder.record_file, folder.operation_file):
        file.unlink(missing_ok=True)
    return record is not None


def _environment(folder: StateFolder, record: ServiceRecord) -> dict[str, str]:
    """Return the environment of the service: nothing of the user's AWS, everything in the folder."""
    home, scratch, programs = (folder.run / name for name in ("home", "tmp", "programs"))
    for place in (home, scratch):
        place.mkdir(parents=True)
    write_launchers(programs, python=sys.executable)
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    path = (str(programs), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))
    return {
        **inherited,
        **ENVIRONMENTS["isolation"],
        **ENVIRONMENTS["service"],
        "PATH": os.pathsep.join(path),
        "HOME": str(home),
        "TMPDIR": str(scratch),
        # The CDK's handler writes its kubeconfig and manifests here, else into /tmp.
        "TEST_OUTDIR": str(scratch),
        # The SDK clients that Lambda's Node runtime brings.
        "NODE_PATH": str(ROOT / "node_modules"),
        SETTINGS: str(folder.settings),
        "GATEWAY_PORT": str(record.aws_port),
        "MINISTACK_ACCOUNT_ID": record.account,
        "MINISTACK_REGION": record.region,
        "STATE_DIR": str(folder.run / "ministack"),
    }
