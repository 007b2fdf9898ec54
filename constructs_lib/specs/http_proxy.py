"""Specification of the HTTP proxy between the VPC and the internet."""

from __future__ import annotations

import datetime as dt
import functools
import re
import ssl
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated

from pydantic import AfterValidator

from constructs_lib.specs.base import Problem, Spec, refused, rule
from constructs_lib.specs.namespaced_workloads import in_repository
from constructs_lib.specs.types import NonEmpty

LAST_PORT = 65_535
_URL = re.compile(r"https?://(?P<host>[^:/]+):(?P<port>[0-9]{1,5})")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
_BEGIN = re.compile(r"^\s*-----BEGIN ", re.MULTILINE)
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----")


def _url(value: str) -> str:
    if "@" in value:
        raise refused(
            "a URL without user name and password: the template shows them to everybody who reads it",
            "remove them, and let the proxy admit the ranges of the VPC",
        )
    match = _URL.fullmatch(value)
    if not match or not _is_host(match["host"]) or not 0 < int(match["port"]) <= LAST_PORT:
        raise refused(
            "a URL of scheme (http or https), host and port, without a path",
            "write it like http://proxy.example.com:3128",
        )
    return value


def _is_host(value: str) -> bool:
    """Tell whether it can be a name in the DNS, or is an IPv4 address."""
    with suppress(ValueError):
        is_name = not value.replace(".", "").isdecimal() or bool(IPv4Address(value))
        return is_name and _HOST.fullmatch(value) is not None
    return False


def _unproxied(value: str) -> str:
    if "/" in value:
        with suppress(ValueError):
            # Go knows no netmask, and nothing would use the proxy but for 0.0.0.0/0.
            if value == str(IPv4Network(value)) != "0.0.0.0/0":
                return value
    elif _is_host(value.removeprefix(".")):
        return value
    raise refused(
        "a host, a domain such as .example.com, or an IPv4 address or network, without host bits or "
        "netmask; not 0.0.0.0/0",
        "write the name or the network alone, without scheme, port or *",
    )


class HttpProxySpec(Spec):
    """The HTTP proxy between the VPC and the internet, for nodes and the kubectl handler."""

    url: Annotated[str, AfterValidator(_url)]
    """The proxy, for HTTP and HTTPS. A change replaces all nodes, as do changes of the other fields."""
    no_proxy: tuple[Annotated[str, AfterValidator(_unproxied)], ...] = ()
    """What is reached directly, on top of the VPC, Services, the API server and VPC endpoints."""
    ca_certificates: tuple[NonEmpty, ...] = ()
    """PEM files with the certificates of authorities that nodes trust, relative to the top of the
    repository."""

    @property
    def certificates(self) -> tuple[str, ...]:
        """Return the certificates of all files in PEM; a file that can't be read has none."""
        found = [each for path in self.ca_certificates for each in _certificates(_text(path))]
        return tuple(dict.fromkeys(found))

    @property
    def last_days(self) -> Iterator[tuple[str, dt.date]]:
        """Yield each file of authorities, with the day on which the first of them expires."""
        for path in self.ca_certificates:
            with suppress(ssl.SSLError, ValueError):
                for end in _ends(_text(path))[:1]:
                    yield path, dt.datetime.fromtimestamp(end, tz=dt.UTC).date()

    @rule
    def certificates_are_those_of_authorities(self) -> Iterator[Problem]:
        """A node doesn't tell why it trusts nobody, and its user data is no place for a key."""
        for index, path in enumerate(self.ca_certificates):
            if wrong := _wrong(_text(path)):
                allowed, fix = wrong
                yield Problem(at=f"ca_certificates[{index}]", got=path, allowed=allowed, fix=fix)


def _text(path: str) -> str | None:
    """Return the contents of a file of the repository, None where there is none."""
    file = in_repository(path)
    if file is None:
        return None
    with suppress(OSError):
        # Comments around a certificate may be in any encoding.
        return file.read_text(encoding="latin-1")
    return None


def _certificates(text: str | None) -> list[str]:
    return [each[0] for each in _CERTIFICATE.finditer(text or "")]


@functools.lru_cache(maxsize=32)
def _ends(text: str | None) -> list[int]:
    """Return when the authorities of a file expire, the first one first."""
    authorities = _context(_certificates(text)).get_ca_certs()
    return sorted(ssl.cert_time_to_seconds(str(each["notAfter"])) for each in authorities)


def _context(certificates: list[str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata="\n".join(certificates))
    return context


@functools.lru_cache(maxsize=32)
def _wrong(text: str | None) -> tuple[str, str] | None:
    """Return what must be in a file of certificates and how to get it, None where it is."""
    if text is None:
        return (
            "a file in this repository that can be read",
            "write its path from the top of the repository, such as environments/company-ca.pem",
        )
    if "PRIVATE KEY-----" in text:
        return (
            "certificates alone: the file holds a private key",
            "remove the key from the file, and from the history of the repository",
        )
    found = _certificates(text)
    begun = len(_BEGIN.findall(text))
    if begun > len(found):
        return (
            f"whole certificates alone, without TRUSTED: {len(found)} of {begun} blocks are",
            "copy the file again; `openssl x509 -in FILE` converts a TRUSTED CERTIFICATE",
        )
    if not found:
        return (
            "a certificate in PEM",
            "convert the file: `openssl x509 -inform der -in FILE -out FILE.pem`",
        )
    try:
        context = _context(found)
    except ssl.SSLError:
        return (
            "certificates that OpenSSL can read",
            "copy the file again; `openssl x509 -in FILE -noout -text` must show it",
        )
    counts = context.cert_store_stats()
    if counts["x509_ca"] < counts["x509"]:
        return (
            "certificates of authorities (CA:TRUE)",
            "use the certificate of the authority that issued this one",
        )
    return None
