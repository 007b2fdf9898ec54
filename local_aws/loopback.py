"""What servers on loopback need: free ports, and a certificate for the life of one emulated account."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAYS = 30
CERTIFICATE, PRIVATE_KEY = "tls.crt", "tls.key"


def free_port() -> int:
    """Return a port on 127.0.0.1 that nobody listens on.

    Somebody else may take it before it is used; then the program that wanted it says so and ends.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def write_loopback_certificate(folder: Path) -> None:
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
