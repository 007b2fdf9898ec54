"""What single values may look like: names, addresses, ports, paths, percentages, time zones."""

from __future__ import annotations

import base64
import binascii
import functools
import ipaddress
import re
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeGuard

from kube import names, quantities

Format = Callable[[object], Sequence[str]]

LAST_PORT = 65535
LAST_MODE = 0o777
_PORT_WORDS = (f"must be between 1 and {LAST_PORT}, inclusive",)
_IP_WORDS = ("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",)
_CIDR_WORDS = ("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",)
_PERCENT_WORDS = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or"
    " '93%', regex used for validation is '[0-9]+%')",
)
_PERCENT = re.compile(r"([0-9]+)%")
_SYSCTL = re.compile(r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?")
_LEGACY_AREAS = ("Brazil/", "Canada/", "Chile/", "Mexico/", "US/")
"""Time zones that a server knows and some machines leave out."""
_BAD_PATHS = ("//", "/./", "/../", "%2f", "%2F")


def is_number(value: object) -> TypeGuard[int | float]:
    """Tell whether a value is a number; in Python, though not in JSON, a boolean is one."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_zero(value: object) -> bool:
    """Tell whether an amount is 0 or 0%."""
    return (is_number(value) and value == 0) or value in ("0", "0%")


def network(value: object) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return the network behind a CIDR block, or None if it is none."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-fA-F.:]+/[0-9]{1,3}", value):
        return None
    try:
        return ipaddress.ip_network(value, strict=False)
    except ValueError:
        return None


def address(value: object) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address behind a text, or None if it is none."""
    if not isinstance(value, str) or "%" in value:
        return None
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None


@functools.cache
def zones() -> frozenset[str]:
    """Return the time zones that this machine knows, none where it has no such data."""
    return frozenset(zoneinfo.available_timezones())


def _of_text(check: names.Check) -> Format:
    return lambda value: check(value) if isinstance(value, str) else ()


def _port(value: object) -> Sequence[str]:
    return _PORT_WORDS if is_number(value) and not 1 <= value <= LAST_PORT else ()


def _port_or_none(value: object) -> Sequence[str]:
    return () if value == 0 else _port(value)


def _port_or_name_or_none(value: object) -> Sequence[str]:
    return () if value == 0 else _port_or_name(value)


def _port_or_name(value: object) -> Sequence[str]:
    return names.port_name(value) if isinstance(value, str) else _port(value)


def _ip(value: object) -> Sequence[str]:
    return _IP_WORDS if address(value) is None else ()


def _cidr(value: object) -> Sequence[str]:
    return _CIDR_WORDS if network(value) is None else ()


def _amount_or_percent(value: object) -> Sequence[str]:
    if isinstance(value, str):
        return () if _PERCENT.fullmatch(value) else _PERCENT_WORDS
    return ("must be greater than or equal to 0",) if is_number(value) and value < 0 else ()


def _at_most_all(value: object) -> Sequence[str]:
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    return ("must not be greater than 100%",) if match and int(match[1]) > 100 else ()  # noqa: PLR2004


def _mode(value: object) -> Sequence[str]:
    if is_number(value) and not 0 <= value <= LAST_MODE:
        return ("must be a number between 0 and 0777 (octal), both inclusive",)
    return ()


def _trimmed(text: str) -> Sequence[str]:
    return ("must not have leading or trailing whitespace",) if text != text.strip() else ()


def _without_dots(text: str) -> Sequence[str]:
    return ("must not contain '..'",) if ".." in text.split("/") else ()


def _relative(text: str) -> Sequence[str]:
    return ("must be a relative path",) if text.startswith("/") else _without_dots(text)


def _file_path(text: str) -> Sequence[str]:
    return ("must not start with '..'",) if text.startswith("..") else _relative(text)


def _absolute(text: str) -> Sequence[str]:
    return () if text.startswith("/") else ("must be an absolute path",)


def _search_path(text: str) -> Sequence[str]:
    # Since 1.32 and 1.34 an underscore and a single dot are fine.
    return names.subdomain(text.removesuffix(".").replace("_", "a")) if text != "." else ()


def _sysctl(text: str) -> Sequence[str]:
    if len(text) <= names.SUBDOMAIN_LENGTH and _SYSCTL.fullmatch(text):
        return ()
    return (
        "must have at most 253 characters and match regex"
        " ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$",
    )


def _http_path(text: str) -> Sequence[str]:
    if wrong := _absolute(text):
        return wrong
    found = [f"must not contain '{part}'" for part in _BAD_PATHS if part in text]
    return found + [f"cannot end with '{end}'" for end in ("/..", "/.") if text.endswith(end)]


def _time_zone(text: str) -> Sequence[str]:
    if text.lower() == "local":
        return (
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones",
        )
    if not zones() or text in zones() or text.startswith(_LEGACY_AREAS):
        return ()
    return (f"unknown time zone {text}",)


def _amount(value: object, right: Callable[[Decimal], bool], words: str) -> Sequence[str]:
    found = quantities.amount(value)
    return () if found is None or right(found) else (words,)


def is_base64(text: str) -> bool:
    """Tell whether a text is base64, line breaks aside."""
    try:
        base64.b64decode(re.sub(r"[\r\n]", "", text), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


_TEXTS: Mapping[str, names.Check] = {
    "dnsLabel": names.dns_label,
    "dns1035": names.dns_1035_label,
    "subdomain": names.subdomain,
    "host": names.host,
    "qualified": names.qualified_name,
    "annotationKey": names.annotation_key,
    "labelValue": names.label_value,
    "pathSegment": names.path_segment,
    "namespace": names.namespace,
    "configKey": names.config_key,
    "portName": names.port_name,
    "headerName": names.header_name,
    "trimmed": _trimmed,
    "withoutDots": _without_dots,
    "relative": _relative,
    "filePath": _file_path,
    "absolute": _absolute,
    "searchPath": _search_path,
    "sysctl": _sysctl,
    "httpPath": _http_path,
    "timeZone": _time_zone,
}
FORMATS: Mapping[str, Format] = {
    **{name: _of_text(check) for name, check in _TEXTS.items()},
    "port": _port,
    "portOrNone": _port_or_none,
    "portOrName": _port_or_name,
    "portOrNameOrNone": _port_or_name_or_none,
    "mode": _mode,
    "notZero": lambda value: ("cannot be 0",) if is_zero(value) else (),
    "ip": _ip,
    "cidr": _cidr,
    "amountOrPercent": _amount_or_percent,
    "atMostAll": _at_most_all,
    "positive": lambda value: _amount(value, lambda n: n > 0, "must be greater than zero"),
    "notNegative": lambda value: _amount(
        value, lambda n: n >= 0, "must be greater than or equal to 0"
    ),
}
"""The formats by the names that `tables.json` calls them."""
