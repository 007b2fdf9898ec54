"""From where the API server can be reached, and which namespaces let pods do more."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.kubernetes_object import KubernetesObject
from assembly.references import Node
from assembly.resource import Resource
from guardrails.reach.subnets import ways_out
from kube.values import flag, look_up, several, text, unknowns
from review.labels import label, listed, place, quoted, words
from review.model import DETAILS, Consent, Risk, Sentence, say
from review.networks import EVERYBODY, beyond, gained, lost, sources
from review.sides import Sides

POD_SECURITY = "pod-security.kubernetes.io/enforce"
GATEWAY = "AWS::EC2::InternetGateway"
STANDARDS = ("restricted", "baseline", "privileged")


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield from where it can be reached now or no longer, and weaker namespaces."""
    for one, other, name in sides.clusters():
        of = f" of {name}" if name else ""
        if other is not None:
            yield from _endpoint(one, other, of, sides.trailer(Risk.LOCKS_OUT))
    yield from _pods(sides)
    yield from _subnets(sides)


def _subnets(sides: Sides) -> Iterator[Sentence]:
    """Yield the subnets that newly have a way from the internet; with an environment all is new."""
    for each in come_public(sides):
        kept = each.node in sides.before.by_node
        gives = flag(each.properties, "MapPublicIpOnLaunch", default=False) is not False
        yield say(
            "subnet public",
            name=f"{label(each)} (`{words(text(each.properties, 'CidrBlock'))}`)",
            how="becomes" if kept else "is new and",
            all=", and all that starts there gets one" if gives else "",
            risk=Risk.EXPOSES if gives or kept else Risk.SAFE,
        )


def come_public(sides: Sides) -> Sequence[Resource]:
    """Return the subnets that become public, none where everything is new."""
    was, now = map(_public, sides.both)
    return [x for node, x in now.items() if node not in was and sides.before.stacks]


def _public(environment: Environment) -> Mapping[Node, Resource]:
    """Return the subnets whose default route leads to an internet gateway."""
    found = {node: ways.leads_to("GatewayId") for node, ways in ways_out(environment).items()}
    return {
        node: environment.by_node[node]
        for node, to in found.items()
        if any(x.kind == GATEWAY for x in environment.targets(to)) or text(to).startswith("igw-")
    }


def _endpoint_of(cluster: Resource | None) -> tuple[bool, Collection[str], Collection[str]]:
    """Return whether the API server answers inside the VPC, which networks, and what isn't known.

    While there is no cluster yet, it answers nowhere.
    """
    if cluster is None:
        return False, frozenset(), ()
    settings = look_up(cluster.properties, "ResourcesVpcConfig")
    networks = [text(each) for each in several(settings, "PublicAccessCidrs")] or [EVERYBODY]
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
        kept = ["the VPC"] * private + [f"`{x}`" for x in sorted(has) if x not in opened]
        still = f", in addition to {listed(kept)}" if kept else ""
        yield say("endpoint opened", of=of, networks=gained(opened, had), still=still)
    if closed:
        networks = lost(closed, has)
        inside = DETAILS["inside"] if private and not has else ""
        there = "outside the VPC" if inside else "there"
        yield say("endpoint closed", of=of, networks=networks, inside=inside, there=there)
    if was_private and not private and has:
        limited = DETAILS["only from"].format(networks=sources(has))
        everybody = not beyond([EVERYBODY], has)
        yield say("endpoint not private", of=of, details=[] if everybody else [limited])
    if not private and not has:
        yield say("endpoint nowhere", of=of, consents=[consent])


def _pods(sides: Sides) -> Iterator[Sentence]:
    """Yield namespaces that enforce another Pod Security standard."""
    for old, new in sides.changed_objects:
        was, now = map(_standard, (old, new))
        if old.kind == "Namespace" and _weakness(now) != _weakness(was):
            how = "weaker" if _weakness(now) > _weakness(was) else "stricter"
            yield say(f"namespace {how}", name=place(old), was=was, now=now)


def _standard(namespace: KubernetesObject) -> str:
    """Return the Pod Security standard of a namespace; without a label anything goes."""
    return words(text(namespace.labels, POD_SECURITY)) or "privileged"


def _weakness(standard: str) -> int:
    # What isn't known yet may be anything, and Kubernetes takes an unknown word for restricted.
    known = standard in STANDARDS or "{" in standard
    return STANDARDS.index(standard) if standard in STANDARDS else len(STANDARDS) * known
