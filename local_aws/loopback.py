"""What servers on loopback need: free ports, and a certificate for the life of one emulated account."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import Popen
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAYS = 30
START_SECONDS = 90
CERTIFICATE, PRIVATE_KEY = "tls.crt", "tls.key"


def free_port() -> int:
    """Return a port on 127.0.0.1 that nobody listens on.

    Somebody else may take it before it is used; then the program that wanted it says so and ends.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(url: str, processes: Sequence[Popen[bytes]], log: Path, **how: Any) -> None:  # noqa: ANN401  # httpx's
    """Wait until a URL answers.

    Raises `RuntimeError` with the end of the log if a process ends before, or all are too slow.
    """
    deadline = time.monotonic() + START_SECONDS
    # No proxy of the environment has a part in it.
    with httpx.Client(trust_env=False, timeout=5, **how) as client:
        while time.monotonic() < deadline and all(one.poll() is None for one in processes):
            with suppress(httpx.HTTPError):
                if client.get(url).is_success:
                    return
            time.sleep(0.05)
    end = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])
    raise RuntimeError(f"{url} does not respond. End of {log}:\n{end}")


def write_certificate(folder: Path) -> None:
    """Write a certificate for 127.0.0.1 and localhost, and its key, as PEM files into `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubernetes")])
    now = dt.datetime.now(dt.UTC)
    hosts = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A clock that is a little behind must not refuse it.
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / CERTIFICATE).write_bytes(certificate.public_bytes(pem))
    (folder / PRIVATE_KEY).touch(mode=0o600)
    secret = key.private_bytes(pem, pkcs8, serialization.NoEncryption())
    (folder / PRIVATE_KEY).write_bytes(secret)
