"""Formats of single values: names, addresses, ports, quantities, schedules."""

from __future__ import annotations

import base64
import functools
import re
import zoneinfo
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from kube.problems import Problem, invalid
from kube.quantities import amount
from kube.values import items, number, table

Format = Callable[[object], Sequence[str]]
Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_DATA: Mapping[str, Any] = table(__file__)
_NAMES: Mapping[str, Sequence[tuple[re.Pattern[str], str]]] = {
    form: [(re.compile(pattern, re.DOTALL), words) for pattern, words in rows]
    for form, rows in _DATA["names"].items()
}
_SUBSCRIPT = re.compile(r"metadata\.(annotations|labels)\['(.+)'\]")
_SEARCH_LENGTH = 2048
_DESCRIPTOR = re.compile(
    r"@(annually|daily|hourly|midnight|monthly|weekly|yearly"
    r"|every ([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+)"
)


@functools.lru_cache(maxsize=4096)
def wrong_name(form: str, text: str) -> Sequence[str]:
    """Return what is wrong with a text of a form such as dnsLabel, nothing where all is well."""
    return [words for pattern, words in _NAMES[form] if not pattern.fullmatch(text)]


def misnamed(field: str, form: str, text: str) -> Iterator[Problem]:
    """Yield what is wrong with the text of a field, or with the key that its path ends in."""
    yield from (invalid(field, text, words) for words in wrong_name(form, text))


def network(value: object) -> Network | None:
    """Return the network behind a CIDR block, or None if it is none."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-fA-F.:]+/[0-9]{1,3}", value.strip()):
        return None
    try:
        return ip_network(value.strip(), strict=False)
    except ValueError:
        return None


def address(value: object) -> Address | None:
    """Return the address behind a text, or None if it is none."""
    if not isinstance(value, str) or "%" in value:
        return None
    try:
        return ip_address(value)
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
def of_token(token: str) -> Format:
    """Return the format that `tables.json` calls `ip` or, with limits, `range=0..255`."""
    name, _, limits = token.partition("=")
    return LIMITS[name](*map(int, limits.split(".."))) if limits else FORMATS[name]


@functools.cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _unless(right: Callable[[Any], object], words: str) -> Format:
    return lambda value: () if right(value) else (words,)


def _numeric(right: Callable[[Any], bool], words: str, read: Any = number) -> Format:  # noqa: ANN401 - any reader
    return _unless(lambda value: (found := read(value)) is None or right(found), words)


def _text_or(form: str, other: Format = lambda _: ()) -> Format:
    return lambda value: wrong_name(form, value) if isinstance(value, str) else other(value)


def _range(low: int, high: int) -> Format:
    return _numeric(lambda n: low <= n <= high, f"must be between {low} and {high}, inclusive")


def _least(low: int) -> Format:
    return _numeric(lambda n: n >= low, f"must be greater than or equal to {low}")


def _time_zone(value: object) -> Sequence[str]:
    known = (
        not _zones()
        or str(value) in _zones()
        or str(value).startswith(tuple(_DATA["legacy_areas"]))
    )
    return () if known else (f"unknown time zone {value}",)


def _public_address(value: object) -> Sequence[str]:
    found = address(value)
    return [
        words for attribute, words in _DATA["ranges"].items() if getattr(found, attribute, False)
    ]


def _is_masked(value: object) -> bool:
    whole = network(value)
    return whole is None or address(str(value).strip().split("/")[0]) == whole.network_address


def _subscript(value: object) -> Sequence[str]:
    match = _SUBSCRIPT.fullmatch(str(value))
    return wrong_name("annotationKey", match[2]) if match else ()


def _schedule(schedule: object) -> Sequence[str]:
    """Return what is wrong with a schedule in the format of cron: the first thing, or nothing."""
    if not isinstance(schedule, str):
        return ()
    if "TZ" in schedule:
        return ["cannot use TZ or CRON_TZ in schedule, use timeZone field instead"]
    if schedule.startswith("@"):
        return [] if _DESCRIPTOR.fullmatch(schedule) else [f"unrecognized descriptor: {schedule}"]
    fields = schedule.split()
    if len(fields) != len(_DATA["schedule"]):
        return [f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]"]
    ruled = zip(fields, _DATA["schedule"], strict=True)
    wrong = (
        _wrong_range(each, *rule) for field, rule in ruled for each in field.split(",") if each
    )
    return [words for words in wrong if words][:1]


def _wrong_range(written: str, low: int, high: int, called: Sequence[str]) -> str | None:
    span, slash, step = written.partition("/")
    first, dash, last = span.partition("-")
    names = {name: str(number) for number, name in enumerate(called, low)}
    start, end = (names.get(each.lower(), each) for each in (first, last if dash else first))
    if slash and not re.fullmatch("[0-9]+", step):
        return f"failed to parse int from {step}: {written}"
    if slash and int(step) == 0:
        return f"step of range should be a positive number: {written}"
    if span in ("*", "?"):
        return None
    if not re.fullmatch("[0-9]+-[0-9]+", f"{start}-{end}"):
        return f"failed to parse int from {span}: {written}"
    if int(start) < low:
        return f"beginning of range ({int(start)}) below minimum ({low}): {written}"
    if int(end) > high:
        return f"end of range ({int(end)}) above maximum ({high}): {written}"
    if int(start) > int(end):
        return f"beginning of range ({int(start)}) beyond end of range ({int(end)}): {written}"
    return None


_port_or_name = _text_or("portName", _range(1, 65535))

FORMATS: Mapping[str, Format] = {
    **{form: _text_or(form) for form in _NAMES},
    "portOrName": _port_or_name,
    "targetPort": lambda value: () if value == 0 else _port_or_name(value),
    "ip": _unless(address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
    "ipv4": _unless(lambda at: isinstance(address(at), IPv4Address), "must be an IPv4 address"),
    "ipv6": _unless(lambda at: isinstance(address(at), IPv6Address), "must be an IPv6 address"),
    "publicAddress": _public_address,
    "noAddress": _unless(lambda value: not address(value), "must be a DNS name, not an IP address"),
    "clusterIP": _unless(
        lambda value: value == "None" or address(value),
        "must be empty, 'None', or a valid IP address",
    ),
    "cidr": _unless(network, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"),
    "masked": _unless(_is_masked, "must not have bits set beyond the prefix length"),
    "mode": _numeric(
        lambda n: 0 <= n < 1 << 9, "must be a number between 0 and 0777 (octal), both inclusive"
    ),
    "amountOrPercent": _text_or("percent", _least(0)),
    "notZero": _unless(lambda value: value not in (0, "0", "0%"), "cannot be 0"),
    "positive": _numeric(lambda n: n > 0, "must be greater than zero", amount),
    "notNegative": _numeric(lambda n: n >= 0, "must be greater than or equal to 0", amount),
    "timeZone": _time_zone,
    "schedule": _schedule,
    "subscript": _subscript,
    "searchLength": _unless(
        lambda value: len(" ".join(map(str, items(value)))) <= _SEARCH_LENGTH,
        f"must not have more than {_SEARCH_LENGTH} characters (including spaces)",
    ),
}
"""The formats by the names that `tables.json` calls them."""
LIMITS: Mapping[str, Callable[..., Format]] = {
    "min": _least,
    "range": _range,
    "over": lambda low: _numeric(lambda n: n > low, f"must be greater than {low}"),
    "is": lambda only: _numeric(lambda n: n in (0, only), f"must be {only}"),
    "most": lambda limit: _unless(
        lambda value: len(items(value)) <= limit, f"must not have more than {limit} items"
    ),
}
"""Those that take limits."""
