"""What a Corefile says, as CoreDNS reads it.

Source: github.com/coredns/caddy/caddyfile/parse.go, and the pages of the plug-ins on coredns.io.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from ipaddress import IPv4Address
from typing import NamedTuple

from kube.values import Json, table

PLUGINS: Sequence[str] = table(__file__)["plugins"].split()
"""Those that CoreDNS is built with (plugin.cfg), and what Caddy itself reads."""
DOMAIN = "cluster.local"
"""In every cluster of EKS."""
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|#.*|\S+')
_KEY = re.compile(r"(?:(?P<scheme>[a-z0-9]+)://)?(?P<zone>[^:]*)(?::(?P<port>\d+))?,?")
_ADDRESS = re.compile(r"(?:[a-z]+://)?(\d+\.\d+\.\d+\.\d+)(?::\d+)?")
_SERVED = {None: "53", "dns": "53"}
_LISTENING = {"health": "8080", "ready": "8181"}
_OPEN, _CLOSED = "{", "}"


class _Directive(NamedTuple):
    name: str
    arguments: Sequence[str]
    keys: Sequence[str]


class _BrokenError(ValueError):
    """CoreDNS doesn't start with it."""


def facts(written: str) -> Json:
    """Return what a Corefile names, or why CoreDNS can't read it; nothing of what isn't plain."""
    if written.count('"') % 2 or "{$" in written or "{%" in written:
        return {}
    try:
        every = [*_directives(written)]
    except _BrokenError as error:
        return {"broken": str(error)}
    own = {each.name: each.arguments for each in every}
    found: dict[str, object] = {
        "plugins": [*own],
        "unknown": [name for name in own if name not in PLUGINS],
        "private": {
            x: at
            for x, at in _targets(every)
            if at.is_private and not (at.is_link_local or at.is_loopback)
        },
        "ports": {
            name: own[name][0].rpartition(":")[2] if own[name] else usual
            for name, usual in _LISTENING.items()
            if name in own
        },
    }
    # What is imported may say the rest.
    if "import" not in own:
        keys = [match for each in every for key in each.keys if (match := _KEY.fullmatch(key))]
        zones = [each.arguments or each.keys for each in every if each.name == "kubernetes"]
        found["served"] = [x["port"] or _SERVED.get(x["scheme"]) for x in keys]
        found["zones"] = [x.partition(":")[0].rstrip(".") for each in zones for x in each]
    return found


def _targets(every: Iterable[_Directive]) -> Iterator[tuple[str, IPv4Address]]:
    """Yield the addresses that names are forwarded to."""
    for target in (x for each in every if each.name == "forward" for x in each.arguments[1:]):
        if match := _ADDRESS.fullmatch(target):
            with suppress(ValueError):
                yield target, IPv4Address(match[1])


def _directives(written: str) -> Iterator[_Directive]:
    """Yield the plug-ins of all server blocks; a file of a single one needs no braces."""
    lines = [[x for x in _TOKEN.findall(y) if x[0] != "#"] for y in written.splitlines()]
    keys: list[str] = []
    depth, without = 0, False
    for line in filter(None, lines):
        if depth:
            name, *arguments = line
            if depth == 1 and name != _CLOSED:
                before = arguments.index(_OPEN) if _OPEN in arguments else None
                yield _Directive(name, arguments[:before], keys)
        else:
            # After a comma the list of zones goes on.
            keys = [*(keys if keys and keys[-1].endswith(",") else ()), *line]
            without = _OPEN not in line and not line[-1].endswith(",")
            depth += without
            keys = [each for each in keys if each != _OPEN]
        depth += line.count(_OPEN) - line.count(_CLOSED)
        if depth < without:
            raise _BrokenError("a brace closes that nothing opened")
    if depth > without:
        raise _BrokenError("a brace isn't closed")
