"""Start the service of an emulated account, hold it while something is under way, and end it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Client, Connection
from pathlib import Path

from local_aws import k3s
from local_aws.layer_programs import write_launchers
from local_aws.ports import free_port
from local_aws.state import ServiceRecord, StateFolder

ROOT = Path(__file__).parents[1]
START_SECONDS = 90


class ServiceError(RuntimeError):
    """The service did not start, or is not there."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """The AWS account to emulate, and who plays Kubernetes in it."""

    account: str
    region: str
    kubernetes: str
    kubernetes_version: str
    assets: Path | None = None


def start(folder: StateFolder, account: Account) -> tuple[ServiceRecord, Connection]:
    """Start a service on free ports, from nothing; return its record and a hold on it.

    The caller must send `release` when it is done, else the service ends with the caller.
    Raises `ServiceError` with the end of the log if it does not answer in time.
    """
    for stale in (folder.run, folder.clusters, folder.logs, folder.images, folder.tools):
        shutil.rmtree(stale, ignore_errors=True)
    folder.record_file.unlink(missing_ok=True)
    host = k3s.reachable_address() if account.kubernetes == "k3s" else "127.0.0.1"
    port = free_port()
    log = folder.logs / "service.log"
    log.parent.mkdir(parents=True)
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  # our own program
            [
                *(sys.executable, "-m", "local_aws.service"),
                *("--folder", str(folder.path)),
                *("--host", host, "--port", str(port)),
                *("--account", account.account),
                *("--region", account.region),
                *("--kubernetes", account.kubernetes),
                *(("--assets", str(account.assets)) if account.assets else ()),
            ],
            cwd=ROOT,
            env=_environment(folder, account, host=host, port=port),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the terminal reaches the foreground, which decides.
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    hold: Connection | None = None
    while time.monotonic() < deadline and process.poll() is None:
        record = folder.read_record()
        if record is not None and hold is None:
            hold = connect(record)
            _ask(hold, "hold start")
        if record is not None and hold is not None and _answers(record):
            return record, hold
        time.sleep(0.05)
    process.kill()
    end = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])
    raise ServiceError(f"The emulated AWS does not answer. The end of {log}:\n{end}")


def connect(record: ServiceRecord) -> Connection:
    """Return a connection to a running service. Raises `ServiceError` if it is gone."""
    try:
        return Client(("127.0.0.1", record.control_port), authkey=bytes.fromhex(record.control_key))
    except OSError as error:
        raise ServiceError("The service is gone.") from error


@contextmanager
def held(connection: Connection, operation: str) -> Iterator[None]:
    """Answer for the service during an operation; it ends if this process is interrupted."""
    _ask(connection, f"hold {operation}")
    yield
    _ask(connection, "release")


def stop(folder: StateFolder) -> bool:
    """End the service of a folder with its state; return whether there was one."""
    record = folder.running()
    if record is None:
        folder.record_file.unlink(missing_ok=True)
        return False
    with suppress(ServiceError, EOFError, OSError), connect(record) as connection:
        connection.send("stop")
        connection.recv()
    deadline = time.monotonic() + START_SECONDS
    while folder.running() is not None:
        if time.monotonic() > deadline:
            raise ServiceError(f"Process {record.pid} does not end. Kill it: kill -9 {record.pid}")
        time.sleep(0.05)
    return True


def _ask(connection: Connection, command: str) -> None:
    connection.send(command)
    connection.recv()


def _answers(record: ServiceRecord) -> bool:
    with suppress(urllib.error.URLError, OSError):
        url = f"{record.aws_endpoint}/_ministack/ready"
        # A proxy of the machine must not see it.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=5) as response:
            return bool(response.status == 200)  # noqa: PLR2004  # HTTP OK
    return False


def _environment(folder: StateFolder, account: Account, *, host: str, port: int) -> dict[str, str]:
    """Return the environment of the service: nothing of the user's AWS, everything in the folder."""
    home, scratch, programs = (folder.run / name for name in ("home", "tmp", "programs"))
    for place in (home, scratch):
        place.mkdir(parents=True)
    write_launchers(programs, python=sys.executable)
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return {
        **inherited,
        "PATH": os.pathsep.join(
            [str(programs), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
        ),
        "HOME": str(home),
        "TMPDIR": str(scratch),
        # The CDK's handler writes its kubeconfig and manifests here, else into /tmp.
        "TEST_OUTDIR": str(scratch),
        "NO_PROXY": f"{host},localhost",
        "no_proxy": f"{host},localhost",
        # The SDK clients that Lambda's Node runtime brings.
        "NODE_PATH": str(ROOT / "node_modules"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AUTH": "true",
        "BIND_HOST": host,
        "GATEWAY_PORT": str(port),
        "MINISTACK_ACCOUNT_ID": account.account,
        "MINISTACK_REGION": account.region,
        "STATE_DIR": str(folder.run / "ministack"),
        "LAMBDA_EXECUTOR": "local",
        "EKS_K3S_IMAGE": os.environ.get("EKS_K3S_IMAGE", k3s.image(account.kubernetes_version)),
        # Listeners that nobody needs, on every interface.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
