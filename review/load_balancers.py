"""Load balancers that Services and Ingresses ask for, and whom they answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assembly.kubernetes_object import KubernetesObject
from kube.load_balancers import internet_facing
from kube.values import dicts, items, text
from review.data import say
from review.labels import listed, place, words
from review.model import Risk, Sentence
from review.networks import EVERYBODY, beyond, from_outside, sources
from review.sides import Sides

SOURCES: Mapping[str, str] = {
    "Service": "service.beta.kubernetes.io/load-balancer-source-ranges",
    "Ingress": "alb.ingress.kubernetes.io/inbound-cidrs",
}
"""The annotation of each kind that names the networks."""


@dataclass(frozen=True, kw_only=True)
class _Balancer:
    """A load balancer that an object asks for."""

    name: str
    open: bool
    networks: frozenset[str]
    ports: str

    def callers(self, networks: frozenset[str] | list[str]) -> str:
        """Return some of those that it answers in words."""
        if EVERYBODY in networks and not self.open:
            return f"everybody who reaches the VPC (`{EVERYBODY}`)"
        return sources(networks)

    @property
    def all_callers(self) -> str:
        """Return all that it answers, and on which ports."""
        return f"{self.callers(self.networks)}{self.ports}"


def asks_for_one(item: KubernetesObject) -> bool:
    """Tell whether an object asks for a load balancer."""
    if item.kind == "Ingress":
        named = (*item.annotations, item.spec.get("ingressClassName"))
        return any(str(each).startswith("alb") for each in named)
    return item.kind == "Service" and item.spec.get("type") == "LoadBalancer"


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield load balancers that come, go, or answer others than before."""
    old, new = (
        {key: _balancer(item) for key, item in objects.items() if asks_for_one(item)}
        for objects in sides.objects
    )
    for key, now in new.items():
        if key in old:
            yield from _changed(old[key], now)
        else:
            risk = Risk.EXPOSES if now.open else Risk.SAFE
            yield say("balancer is new", name=now.name, callers=now.all_callers, risk=risk)
    for key, was in old.items():
        if key not in new:
            yield say("balancer is removed", name=was.name)


def _changed(old: _Balancer, new: _Balancer) -> Iterator[Sentence]:
    opened, closed = beyond(new.networks, old.networks), beyond(old.networks, new.networks)
    lost = old.callers(closed)
    if new.open != old.open:
        becomes = f"balancer becomes {'public' if new.open else 'internal'}"
        details = [f"It no longer answers {lost}."] if closed else []
        yield say(becomes, name=new.name, callers=new.all_callers, details=details)
        return
    if opened:
        risk = Risk.EXPOSES if new.open or any(map(from_outside, opened)) else Risk.SAFE
        yield say("balancer answers more", name=new.name, callers=new.callers(opened), risk=risk)
    if closed:
        yield say("balancer answers less", name=new.name, callers=lost)


def _balancer(item: KubernetesObject) -> _Balancer:
    annotated = text(item.annotations, SOURCES[item.kind]).split(",")
    networks = [text(each) for each in items(item.spec, "loadBalancerSourceRanges")] or annotated
    ports = [words(text(port, "port")) for port in dicts(item.spec, "ports")]
    return _Balancer(
        name=f"The load balancer of {item.kind} `{place(item)}`",
        open=internet_facing(item.content),
        networks=frozenset(filter(None, map(str.strip, networks))) or frozenset({EVERYBODY}),
        ports=f" on port {listed(ports)}" if ports else "",
    )
