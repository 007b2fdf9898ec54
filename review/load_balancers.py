"""Load balancers that objects ask for: which come, go or answer others than before.

Source: AWS Load Balancer Controller v3: "Service annotations", "Ingress annotations";
pkg/service/model_build_managed_sg.go and model_build_load_balancer.go,
pkg/deploy/elbv2/load_balancer_synthesizer.go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.kinds import CHART, OBJECT_VALUE
from assembly.kubernetes_object import KubernetesObject
from assembly.references import references
from kube.load_balancers import SCHEME, SERVICE, by_controller, internet_facing
from kube.validity import formats
from kube.values import dicts, mapping, several, text
from review.labels import label, listed, quoted, words
from review.model import DETAILS, Risk, Sentence, read, say
from review.networks import (
    EVERYBODY,
    EVERYBODY_IPV6,
    beyond,
    cut_off,
    from_outside,
    gained,
    lost,
    rest,
    sources,
)
from review.sides import Key, Sides

Ranges = Collection[str]
_ANNOTATIONS = read("annotations")
RANGES: Mapping[str, str] = _ANNOTATIONS["ranges"]
"""The annotation of each kind that names the networks."""
GROUPS: Mapping[str, str] = _ANNOTATIONS["groups"]
"""The annotation of each kind that names security groups: then no network counts."""
PREFIX_LISTS: Mapping[str, str] = _ANNOTATIONS["prefix_lists"]
ADDRESS_TYPES: Sequence[str] = _ANNOTATIONS["address_types"]
CONTROLLER = "aws-load-balancer-controller"
OTHERS: Collection[str] = _ANNOTATIONS["other_classes"]
"""What classes of other controllers are usually called."""
GROUP: str = _ANNOTATIONS["group"]
"""Another group is another load balancer."""
NAMES: Sequence[str] = _ANNOTATIONS["names"]
"""Annotations that count only when a load balancer is made."""
SCHEMES = (SCHEME, f"{SERVICE}-internal")
"""Annotations of a Service without which its load balancer stays as it is."""
NAMED_SUBNETS: Mapping[str, str] = _ANNOTATIONS["subnets"]
"""The annotation of each kind that names subnets; without it, those of the first time stay."""


class Balancer:
    """A load balancer that an object asks for, and what it was asked to be before."""

    def __init__(self, item: KubernetesObject, before: Balancer | None = None) -> None:
        self.name = f"The load balancer of {label(item)}"
        self.item = item
        self.by_controller = item.kind == "Ingress" or by_controller(item.content)
        self.open = internet_facing(item.content)
        unsaid = item.kind == "Service" and not item.annotations.keys() & {*SCHEMES}
        self.stays = before is not None and self.by_controller and before.by_controller and unsaid
        if before is not None and self.stays:
            self.open = before.open
        self.groups = set(self._listed(GROUPS[item.kind]))
        self.networks = self.groups or self._networks()
        self.ports = [words(text(port, "port")) for port in dicts(item.spec, "ports")]
        on = f" on port {listed(self.ports)}" if self.ports else ""
        self.all_callers = f"{self.callers(self.networks)}{on}"

    def _listed(self, annotation: str) -> list[str]:
        return [*filter(None, map(str.strip, text(self.item.annotations, annotation).split(",")))]

    def _networks(self) -> set[str]:
        kind = self.item.kind
        named = [text(each) for each in several(self.item.spec, "loadBalancerSourceRanges")]
        found = {*(named or self._listed(RANGES[kind])), *self._listed(PREFIX_LISTS[kind])}
        types = [text(self.item.annotations, each) for each in ADDRESS_TYPES]
        both = any(each.startswith("dualstack") for each in types)
        return found or {EVERYBODY, *([EVERYBODY_IPV6] if both else [])}

    def same(self, old: Balancer) -> bool:
        """Tell whether the controller keeps the load balancer that there was."""
        hands = self.by_controller is old.by_controller
        return self.open == old.open and hands and self.says_what(old, GROUP)

    def says_what(self, old: Balancer, *annotations: str) -> bool:
        """Tell whether annotations have the values that they had."""
        was, now = old.item.annotations, self.item.annotations
        return all(was.get(each) == now.get(each) for each in annotations)

    def beyond(self, other: Balancer) -> list[str]:
        """Return who reaches this one and not the other; what a name stands for isn't known."""
        found = beyond(self.networks, other.networks)
        return [
            x for x in found if EVERYBODY not in other.networks or formats.network(x) is not None
        ]

    def callers(self, networks: Ranges, left: Ranges = (), had: Ranges = ()) -> str:
        """Return some of those that can reach it in words, without those that are left or that had it."""
        if self.groups & {*networks}:
            return f"whom {quoted(sorted(networks))} lets in"
        everybody = "the internet" if self.open else "every network that reaches the VPC"
        return gained(networks, had, everybody) if had else lost(networks, left, everybody)

    def answers(self, callers: str, networks: Ranges, side: Environment) -> Sentence:
        """Return that callers reach it now; those behind a name may lie outside."""
        named = {*self.groups, *self._listed(PREFIX_LISTS[self.item.kind])}
        outside = any(x in named or from_outside(side, x) for x in networks)
        risk = Risk.EXPOSES if outside else Risk.SAFE
        return say("balancer answers more", name=self.name, callers=callers, risk=risk)


def asks_for_one(item: KubernetesObject) -> bool:
    """Tell whether an object asks for a load balancer."""
    if item.kind == "Ingress":
        named = (*item.annotations, of := item.spec.get("ingressClassName"))
        return of not in OTHERS and any(str(each).startswith("alb") for each in named)
    return item.kind == "Service" and item.spec.get("type") == "LoadBalancer"


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield load balancers that come, go, or answer others than before."""
    old, new = _both(sides)
    for key, now in new.items():
        if key in old:
            yield from _changed(sides, old[key], now)
        else:
            risk = Risk.EXPOSES if now.open else Risk.SAFE
            yield say("balancer is new", name=now.name, callers=now.all_callers, risk=risk)
    yield from _left_alone(sides, [each.item for each in new.values()])
    came = [now for key, now in new.items() if key not in old]
    groups = {x.item.annotations.get(GROUP) for x in new.values()} - {None}
    for key, was in old.items():
        if key not in new and was.item.annotations.get(GROUP) not in groups:
            yield say("balancer is removed", name=was.name, details=_successors(came))


def _left_alone(sides: Sides, objects: Iterable[KubernetesObject]) -> Iterator[Sentence]:
    """Yield the load balancers that stay while the controller that made them goes."""
    charts = [
        [x for x in side.resources(CHART) if CONTROLLER in text(x.properties, "Chart")]
        for side in sides.both
    ]
    names = [label(x) for x in objects if x.kind == "Ingress" or by_controller(x.content)]
    if charts[0] and not charts[1] and names:
        yield say("controller gone", names=listed(names))


def staying(sides: Sides) -> list[Balancer]:
    """Return the load balancers that stay in the subnets that they were made in."""
    old, new = _both(sides)
    return [
        now
        for key, now in new.items()
        if key in old and now.same(old[key])
        if not now.item.annotations.keys() & {*NAMED_SUBNETS.values()}
    ]


def moving(sides: Sides) -> list[Balancer]:
    """Return the load balancers that move to the subnets of the other scheme."""
    old, new = _both(sides)
    return [now for key, now in new.items() if key in old and now.open != old[key].open]


def _both(sides: Sides) -> tuple[Mapping[Key, Balancer], Mapping[Key, Balancer]]:
    before, after = (
        {key: item for key, item in objects.items() if asks_for_one(item)}
        for objects in sides.objects
    )
    old = {key: Balancer(item) for key, item in before.items()}
    return old, {key: Balancer(item, old.get(key)) for key, item in after.items()}


def _successors(balancers: Sequence[Balancer]) -> list[str]:
    names = [f"the {each.name[4:]}" for each in balancers]
    are, takes = ("are", "take") if names[1:] else ("is", "takes")
    return [DETAILS["successor"].format(names=listed(names), are=are, takes=takes)] * bool(names)


def _changed(sides: Sides, old: Balancer, new: Balancer) -> Iterator[Sentence]:
    opened, closed = new.beyond(old), old.beyond(new)
    missed = old.callers(closed, new.networks)
    if new.by_controller is not old.by_controller:
        yield say("balancer changes hands", name=new.name)
        return
    if new.open == old.open and not new.same(old):
        yield say("balancer is replaced", name=new.name)
    elif not new.says_what(old, *NAMES):
        yield say("balancer stays", name=new.name, how="under its old name")
    if new.stays and internet_facing(new.item.content) != internet_facing(old.item.content):
        how = f"{'internet-facing' if new.open else 'internal'} though its annotation is removed"
        yield say("balancer stays", name=new.name, how=how)
    if new.open != old.open:
        becomes = f"balancer becomes {'public' if new.open else 'internal'}"
        stale = _read_from(sides.after, new)
        details = [DETAILS["stale"].format(names=stale, object=_typed(new.item))] if stale else []
        yield say("balancer is made anew", name=new.name, details=details)
        details = [_from_inside(new)] if new.open else []
        yield say(becomes, name=new.name, callers=new.all_callers, details=details)
    elif opened:
        callers = new.callers(opened, had=old.networks)
        yield new.answers(callers, rest(opened, old.networks), sides.after)
    ports = [each for each in new.ports if each not in old.ports]
    if ports and new.open == old.open:
        callers = f"{new.callers(new.networks)} on port {listed(ports)}"
        yield new.answers(callers, new.networks, sides.after)
    if closed:
        inside = () if old.open or new.open or new.groups else closed
        details = cut_off(sides.after, inside, new.networks)
        yield say("balancer answers less", name=new.name, callers=missed, details=details)


def _from_inside(balancer: Balancer) -> str:
    """Return how clients in the VPC reach a public load balancer: by the address of its NAT gateways."""
    networks = balancer.networks
    lets_all_in = {EVERYBODY, EVERYBODY_IPV6} & networks
    named = balancer.groups or any(formats.network(each) is None for each in networks)
    how = "to all" if lets_all_in else "by name" if named else "to some"
    few = "that range includes" if len(networks) == 1 else "those ranges include"
    networks_said = sources(networks) if named else few
    return DETAILS[f"public addresses {how}"].format(networks=networks_said)


def _typed(item: KubernetesObject) -> str:
    """Return an object as kubectl takes it."""
    within = f" --namespace {words(item.namespace)}" if item.namespace else ""
    return f"{words(item.kind).lower()} {words(item.name)}{within}"


def _read_from(environment: Environment, balancer: Balancer) -> str:
    """Return the outputs that have a load balancer's name: what reads it runs only once."""
    item, read = balancer.item, environment.resources(OBJECT_VALUE)
    fields = ("ObjectType", "ObjectNamespace", "ObjectName")
    wanted = [item.kind.lower(), item.namespace or "default", item.name]
    values = [
        each.node
        for each in read
        if [text(each.properties, name).lower() for name in fields] == wanted
    ]
    return quoted(
        name
        for path, scope in environment.scopes.items()
        for name, output in scope.stack.section("Outputs").items()
        if values
        and any(x.node in values for x in references(scope.resolved(mapping(output).get("Value"))))
    )
