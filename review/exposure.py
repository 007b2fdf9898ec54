"""What can be reached from where: the API server, load balancers, pods."""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.kinds import OBJECT_VALUE, SUBNET
from assembly.kubernetes_object import KubernetesObject
from assembly.references import references
from assembly.resource import Resource
from kube.load_balancers import internet_facing
from kube.values import dicts, flag, items, look_up, mapping, text, unknowns
from review.labels import (
    EVERYBODY,
    beyond,
    capital,
    from_outside,
    label,
    listed,
    place,
    quoted,
    sources,
    words,
)
from review.model import DETAILS, Consent, Risk, Sentence, say
from review.sides import Objects, Sides

POD_SECURITY = "pod-security.kubernetes.io/enforce"
STANDARDS = ("restricted", "baseline", "privileged")
RANGES: Mapping[str, str] = {
    "Service": "service.beta.kubernetes.io/load-balancer-source-ranges",
    "Ingress": "alb.ingress.kubernetes.io/inbound-cidrs",
}
"""The annotation of each kind that names the networks."""
FIXED = (
    "service.beta.kubernetes.io/aws-load-balancer-name",
    "service.beta.kubernetes.io/aws-load-balancer-type",
    "alb.ingress.kubernetes.io/load-balancer-name",
    "alb.ingress.kubernetes.io/group.name",
)
"""Annotations of which another value is another load balancer (AWS Load Balancer Controller: Service
and Ingress annotations)."""
SUBNETS = {
    "service.beta.kubernetes.io/aws-load-balancer-subnets",
    "alb.ingress.kubernetes.io/subnets",
}
"""Annotations that name subnets; without one, a load balancer keeps those that it was made in."""
ROLES = {True: "kubernetes.io/role/elb", False: "kubernetes.io/role/internal-elb"}
"""The tag by which the controller finds subnets, by whether a load balancer is internet-facing."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what can newly be reached, and what can't be any more."""
    for one, other, name in sides.clusters():
        if other is not None:
            yield from _endpoint(
                one, other, f" of {name}" if name else "", sides.trailer(Risk.LOCKS_OUT)
            )
    yield from _pods(*sides.objects)


def _endpoint_of(cluster: Resource | None) -> tuple[bool, Collection[str], Collection[str]]:
    """Return whether the API server answers inside the VPC, which networks, and what isn't known.

    While there is no cluster yet, it answers nowhere.
    """
    if cluster is None:
        return False, frozenset(), ()
    settings = look_up(cluster.properties, "ResourcesVpcConfig")
    networks = [text(each) for each in items(settings, "PublicAccessCidrs")] or [EVERYBODY]
    public = flag(settings, "EndpointPublicAccess", default=True)
    fields = ("EndpointPrivateAccess", "EndpointPublicAccess", "PublicAccessCidrs")
    unknown = unknowns([look_up(settings, field) for field in fields])
    private = flag(settings, "EndpointPrivateAccess") is not False
    answered = frozenset(networks if public is not False else ())
    return private, answered, tuple(dict.fromkeys(map(words, unknown)))


def _endpoint(
    cluster: Resource | None, changed: Resource, of: str, consent: Consent
) -> Iterator[Sentence]:
    old, new = _endpoint_of(cluster), _endpoint_of(changed)
    (was_private, had, _), (private, has, unknown) = old, new
    if old == new:
        return
    if unknown:
        yield say("endpoint unknown", of=of, fields=quoted(unknown))
        return
    opened, closed = beyond(has, had), beyond(had, has)
    if opened:
        yield say("endpoint opened", of=of, networks=sources(opened))
    if closed:
        yield say("endpoint closed", of=of, networks=sources(closed))
    if was_private and not private:
        yield say("endpoint not private", of=of)
    if not private and not has:
        yield say("endpoint nowhere", of=of, consents=[consent])


def _pods(old: Objects, new: Objects) -> Iterator[Sentence]:
    """Yield namespaces whose Pod Security standard gets weaker."""
    for key, item in old.items():
        if item.kind == "Namespace" and key in new:
            was, now = _standard(item), _standard(new[key])
            if _weakness(now) > _weakness(was):
                yield say("namespace weaker", name=place(item), was=was, now=now)


def _standard(namespace: KubernetesObject) -> str:
    """Return the Pod Security standard of a namespace; without a label anything goes."""
    return words(text(namespace.labels, POD_SECURITY)) or "privileged"


def _weakness(standard: str) -> int:
    # What isn't known yet may be anything, and Kubernetes takes an unknown word for restricted.
    known = standard in STANDARDS or "{" in standard
    return STANDARDS.index(standard) if standard in STANDARDS else len(STANDARDS) * known


class _Balancer:
    """A load balancer that an object asks for."""

    def __init__(self, item: KubernetesObject) -> None:
        self.name = f"The load balancer of {label(item)}"
        self.item = item
        self.open = internet_facing(item.content)
        annotated = text(item.annotations, RANGES[item.kind]).split(",")
        named = [text(each) for each in items(item.spec, "loadBalancerSourceRanges")] or annotated
        self.networks = {*filter(None, map(str.strip, named))} or {EVERYBODY}
        ports = [words(text(port, "port")) for port in dicts(item.spec, "ports")]
        on = f" on port {listed(ports)}" if ports else ""
        self.all_callers = f"{self.callers(self.networks)}{on}"

    def same(self, old: _Balancer) -> bool:
        """Tell whether the controller keeps the load balancer that there was."""
        fixed = ({name: x.item.annotations.get(name) for name in FIXED} for x in (self, old))
        return self.open == old.open and operator.eq(*fixed)

    def callers(self, networks: Collection[str]) -> str:
        """Return some of those that can reach it, in words."""
        if EVERYBODY in networks and not self.open:
            return f"every network that reaches the VPC (`{EVERYBODY}`)"
        return sources(networks)


def asks_for_one(item: KubernetesObject) -> bool:
    """Tell whether an object asks for a load balancer."""
    if item.kind == "Ingress":
        named = (*item.annotations, item.spec.get("ingressClassName"))
        return any(str(each).startswith("alb") for each in named)
    return item.kind == "Service" and item.spec.get("type") == "LoadBalancer"


def load_balancers(sides: Sides) -> Iterator[Sentence]:
    """Yield load balancers that come, go, or answer others than before."""
    old, new = (
        {key: _Balancer(item) for key, item in objects.items() if asks_for_one(item)}
        for objects in sides.objects
    )
    for key, now in new.items():
        if key in old:
            yield from _changed_balancer(sides, old[key], now)
        else:
            risk = Risk.EXPOSES if now.open else Risk.SAFE
            yield say("balancer is new", name=now.name, callers=now.all_callers, risk=risk)
    came = [now for key, now in new.items() if key not in old]
    for key, was in old.items():
        if key not in new:
            yield say("balancer is removed", name=was.name, details=_successors(came))
    made = [x for x in sides.after.resources(SUBNET) if x.node not in sides.before.by_node]
    for item in staying(sides):
        now = _Balancer(item)
        theirs = [each for each in made if ROLES[now.open] in tags_of(each)]
        if theirs:
            subnets, are = listed(map(label, theirs)), "is" if len(theirs) == 1 else "are"
            yield say("balancer keeps its subnets", name=now.name, subnets=subnets, are=are)


def staying(sides: Sides) -> list[KubernetesObject]:
    """Return the objects whose load balancers stay in the subnets that they were made in."""
    old, new = sides.objects
    both = [
        (_Balancer(old[x]), _Balancer(new[x]))
        for x in old.keys() & new.keys()
        if asks_for_one(new[x]) and asks_for_one(old[x])
    ]
    return [
        now.item for was, now in both if now.same(was) and not now.item.annotations.keys() & SUBNETS
    ]


def _successors(balancers: Sequence[_Balancer]) -> list[str]:
    names = [f"the {each.name[4:]}" for each in balancers]
    one = len(names) == 1
    are, takes = ("is", "takes") if one else ("are", "take")
    found = DETAILS["successor"].format(names=capital(listed(names)), are=are, takes=takes)
    return [found] if names else []


def tags_of(subnet: Resource) -> set[str]:
    """Return the keys of a subnet's tags."""
    return {text(tag, "Key") for tag in dicts(subnet.properties, "Tags")}


def _changed_balancer(sides: Sides, old: _Balancer, new: _Balancer) -> Iterator[Sentence]:
    opened, closed = beyond(new.networks, old.networks), beyond(old.networks, new.networks)
    lost = old.callers(closed)
    if new.open == old.open and not new.same(old):
        yield say("balancer is replaced", name=new.name)
    if new.open != old.open:
        becomes = f"balancer becomes {'public' if new.open else 'internal'}"
        stale = _read_from(sides.after, new)
        details = [DETAILS["stale"].format(names=stale, object=_typed(new.item))] if stale else []
        yield say(becomes, name=new.name, callers=new.all_callers, details=details)
    elif opened:
        outside = [each for each in opened if from_outside(sides.after, each)]
        risk = Risk.EXPOSES if outside else Risk.SAFE
        yield say("balancer answers more", name=new.name, callers=new.callers(opened), risk=risk)
    if closed:
        yield say("balancer answers less", name=new.name, callers=lost)


def _typed(item: KubernetesObject) -> str:
    """Return an object as kubectl takes it."""
    within = f" --namespace {words(item.namespace)}" if item.namespace else ""
    return f"{words(item.kind).lower()} {words(item.name)}{within}"


def _read_from(environment: Environment, balancer: _Balancer) -> str:
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
