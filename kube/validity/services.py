"""What Services and network policies take as a whole: ports of their own, networks in networks."""

from __future__ import annotations

from collections.abc import Iterator

from kube.problems import Problem, duplicate, invalid
from kube.validity.formats import network
from kube.validity.reading import Check, Context, indexed, join, number
from kube.values import Json, items, known


def _service(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    seen = set()
    for path, port in indexed(spec, at, "ports"):
        protocol = port.get("protocol", "TCP")
        for field, where in (("port", path), ("nodePort", join(path, "nodePort"))):
            value = number(port, field)
            mark = f"{field} {protocol} {value}"
            if value and mark in seen and known(protocol):
                yield duplicate(where, value)
            seen.add(mark)


def _ip_block(block: Json, at: str, _: Context) -> Iterator[Problem]:
    whole = network(block.get("cidr"))
    for index, each in enumerate(items(block, "except")):
        part = network(each)
        if whole and part:
            if part.network_address in whole and part.prefixlen > whole.prefixlen:
                continue
            path = f"{join(at, 'except')}[{index}]"
            yield invalid(path, each, f"must be a strict subset of `cidr` ({block['cidr']})")


CHECKS: dict[str, Check] = {"core.v1.ServiceSpec": _service, "networking.v1.IPBlock": _ip_block}
