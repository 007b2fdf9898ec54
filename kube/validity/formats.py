"""What single values may look like: the forms of names, addresses, ports, amounts, time zones."""

from __future__ import annotations

import base64
import functools
import ipaddress
import re
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from kube import names
from kube.quantities import amount
from kube.validity.reading import number

Format = Callable[[object], Sequence[str]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

LAST_PORT = 65535
LAST_MODE = 0o777
_LEGACY_AREAS = ("Brazil/", "Canada/", "Chile/", "Mexico/", "US/")
"""Time zones that a server knows and some machines leave out."""


def is_zero(value: object) -> bool:
    """Tell whether an amount is 0 or 0%."""
    return number(value) == 0 or value in ("0", "0%")


def network(value: object) -> Network | None:
    """Return the network behind a CIDR block, or None if it is none."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-fA-F.:]+/[0-9]{1,3}", value.strip()):
        return None
    try:
        return ipaddress.ip_network(value.strip(), strict=False)
    except ValueError:
        return None


def address(value: object) -> Address | None:
    """Return the address behind a text, or None if it is none."""
    if not isinstance(value, str) or "%" in value:
        return None
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None


def is_base64(text: str) -> bool:
    """Tell whether a text is base64, line breaks aside."""
    try:
        base64.b64decode(re.sub(r"[\r\n]", "", text), validate=True)
    except ValueError:
        return False
    return True


@functools.cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _form(form: str) -> Format:
    return lambda value: names.wrong(form, value) if isinstance(value, str) else ()


def _number(right: Callable[[float], bool], words: str) -> Format:
    def wrong(value: object) -> Sequence[str]:
        found = number(value)
        return () if found is None or right(found) else (words,)

    return wrong


def _amount(right: Callable[[Decimal], bool], words: str) -> Format:
    def wrong(value: object) -> Sequence[str]:
        found = amount(value)
        return () if found is None or right(found) else (words,)

    return wrong


def _text_or(form: str, other: Format) -> Format:
    return lambda value: names.wrong(form, value) if isinstance(value, str) else other(value)


def _at_most_all(value: object) -> Sequence[str]:
    too_much = isinstance(value, str) and re.fullmatch(r"0*([2-9]|1(?!00%))[0-9]{2,}%", value)
    return ("must not be greater than 100%",) if too_much else ()


def _time_zone(value: object) -> Sequence[str]:
    known = not _zones() or value in _zones() or str(value).startswith(_LEGACY_AREAS)
    return () if known else (f"unknown time zone {value}",)


_not_negative = _number(lambda n: n >= 0, "must be greater than or equal to 0")
_port = _number(lambda n: 1 <= n <= LAST_PORT, f"must be between 1 and {LAST_PORT}, inclusive")
_IP = ("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",)
_CIDR = ("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",)

FORMATS: Mapping[str, Format] = {
    **{form: _form(form) for form in names.FORMS},
    "port": _port,
    "portOrName": _text_or("portName", _port),
    "targetPort": lambda value: () if value == 0 else _text_or("portName", _port)(value),
    "ip": lambda value: () if address(value) else _IP,
    "cidr": lambda value: () if network(value) else _CIDR,
    "mode": _number(
        lambda n: 0 <= n <= LAST_MODE,
        "must be a number between 0 and 0777 (octal), both inclusive",
    ),
    "amountOrPercent": _text_or("percent", _not_negative),
    "atMostAll": _at_most_all,
    "notZero": lambda value: ("cannot be 0",) if is_zero(value) else (),
    "positive": _amount(lambda n: n > 0, "must be greater than zero"),
    "notNegative": _amount(lambda n: n >= 0, "must be greater than or equal to 0"),
    "timeZone": _time_zone,
}
"""The formats by the names that `tables.json` calls them."""
