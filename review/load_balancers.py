"""Load balancers that Services ask for, and whom they answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network

from review.environment import Environment
from review.labels import listed
from review.model import Risk, Sentence
from review.networks import EVERYBODY, beyond, sources

SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"


@dataclass(frozen=True, kw_only=True)
class _Balancer:
    """A load balancer that a Service asks for."""

    open: bool
    networks: frozenset[str]
    ports: str


def _balancers(environment: Environment) -> Mapping[str, _Balancer]:
    return {
        f"{item.namespace}/{item.name}": _Balancer(
            open=item.content["metadata"].get("annotations", {}).get(SCHEME) == "internet-facing",
            networks=frozenset(item.content["spec"].get("loadBalancerSourceRanges") or [EVERYBODY]),
            ports=listed(str(port["port"]) for port in item.content["spec"]["ports"]),
        )
        for item in environment.kubernetes_objects
        if item.kind == "Service" and item.content["spec"].get("type") == "LoadBalancer"
    }


def sentences(before: Environment, after: Environment) -> Iterator[Sentence]:
    """Yield load balancers that come, go, or answer others than before."""
    old, new = _balancers(before), _balancers(after)
    for name, balancer in new.items():
        known = old.get(name)
        what = f"The load balancer of Service `{name}`"
        callers = _callers(balancer.networks, open_to_internet=balancer.open)
        where = f"{callers} on port {balancer.ports}"
        if known is None:
            yield Sentence(
                text=f"{what} is new. It answers {where}.",
                risk=Risk.EXPOSES if balancer.open else Risk.SAFE,
            )
            continue
        if balancer.open != known.open:
            yield Sentence(
                text=f"{what} becomes **{'internet-facing' if balancer.open else 'internal'}**: a "
                f"new one is made, with another address. It answers {where}.",
                risk=Risk.EXPOSES if balancer.open else Risk.INTERRUPTS,
            )
            continue
        opened = beyond(balancer.networks, known.networks)
        if opened:
            inside = not balancer.open and all(
                ip_network(each, strict=False).is_private for each in opened
            )
            yield Sentence(
                text=f"{what} answers **{_callers(opened, open_to_internet=balancer.open)}** now.",
                risk=Risk.SAFE if inside else Risk.EXPOSES,
            )
        closed = beyond(known.networks, balancer.networks)
        if closed:
            yield Sentence(
                text=f"{what} no longer answers "
                f"{_callers(closed, open_to_internet=balancer.open)}.",
                risk=Risk.INTERRUPTS,
            )
    for name in sorted(old.keys() - new.keys()):
        yield Sentence(
            text=f"The load balancer of Service `{name}` is **removed**: its address is gone.",
            risk=Risk.INTERRUPTS,
        )


def _callers(networks: Iterable[str], *, open_to_internet: bool) -> str:
    if EVERYBODY in networks and not open_to_internet:
        return "everybody who reaches the VPC (`0.0.0.0/0`)"
    return sources(sorted(networks))
