"""What can be reached from where: the API server, load balancers, security groups, pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assembly.environment import Environment
from assembly.kinds import INGRESS, SECURITY_GROUP
from assembly.kubernetes_object import KubernetesObject
from assembly.resource import Resource
from kube.values import Json, dicts, flag, items, look_up, text, unknowns
from review.data import say
from review.labels import capital, label, place, quoted, words
from review.model import Consent, Risk, Sentence
from review.networks import EVERYBODY, beyond, from_outside, sources
from review.sides import Objects, Sides

POD_SECURITY = "pod-security.kubernetes.io/enforce"
STANDARDS = ("restricted", "baseline", "privileged")
SOURCES = ("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "SourcePrefixListId")
Rules = Mapping[tuple[str, str, str], str]
"""The source of each rule by what people read of it: group, source and ports."""
USUAL = ("", "tcp", "6", "-1")
"""Protocols that a sentence leaves out; -1 is every one."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what can newly be reached, and what can't be any more."""
    for one, other, name in sides.clusters():
        if other is not None:
            yield from _endpoint(one, other, f" of {name}" if name else "", sides.lock_out)
    yield from _security_groups(*map(_ingress, sides.both))
    yield from _pods(*sides.objects)


@dataclass(frozen=True, kw_only=True)
class _Endpoint:
    """From where the API server answers: nowhere, while there is no cluster yet.

    `unknown` is what only the deploy knows of it.
    """

    private: bool = False
    networks: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()


def _endpoint_of(cluster: Resource | None) -> _Endpoint:
    if cluster is None:
        return _Endpoint()
    settings = look_up(cluster.properties, "ResourcesVpcConfig")
    networks = [text(each) for each in items(settings, "PublicAccessCidrs")] or [EVERYBODY]
    public = flag(settings, "EndpointPublicAccess", default=True)
    fields = ("EndpointPrivateAccess", "EndpointPublicAccess", "PublicAccessCidrs")
    unknown = unknowns([look_up(settings, field) for field in fields])
    return _Endpoint(
        private=flag(settings, "EndpointPrivateAccess") is not False,
        networks=frozenset(networks if public is not False else ()),
        unknown=tuple(dict.fromkeys(map(words, unknown))),
    )


def _endpoint(
    cluster: Resource | None, changed: Resource, of: str, consent: Consent
) -> Iterator[Sentence]:
    old, new = _endpoint_of(cluster), _endpoint_of(changed)
    if old == new:
        return
    if new.unknown:
        yield say("endpoint unknown", of=of, fields=quoted(new.unknown))
        return
    opened, closed = beyond(new.networks, old.networks), beyond(old.networks, new.networks)
    if opened:
        yield say("endpoint opened", of=of, networks=sources(opened))
    if closed:
        yield say("endpoint closed", of=of, networks=sources(closed))
    if old.private and not new.private:
        yield say("endpoint not private", of=of)
    if not new.private and not new.networks:
        yield say("endpoint nowhere", of=of, consent=consent)


def _security_groups(old: Rules, new: Rules) -> Iterator[Sentence]:
    for name, source, ports in sorted(new.keys() - old.keys()):
        risk = Risk.EXPOSES if from_outside(new[name, source, ports]) else Risk.SAFE
        yield say("group lets in", name=name, source=source, ports=ports, risk=risk)
    for name, source, ports in sorted(old.keys() - new.keys()):
        yield say("group no longer lets in", name=name, source=source, ports=ports)


def _ingress(environment: Environment) -> Rules:
    rules = [
        (group, rule)
        for group in environment.resources(SECURITY_GROUP)
        for rule in dicts(group.properties, "SecurityGroupIngress")
    ]
    for resource in environment.resources(INGRESS):
        group = environment.target(resource.properties.get("GroupId"))
        rules.append((group or resource, resource.properties))
    found = {}
    for group, rule in rules:
        source = next((text(rule, name) for name in SOURCES if text(rule, name)), "anything")
        found[capital(label(group)), words(source), _ports(rule)] = source
    return found


def _ports(rule: Json) -> str:
    fields = ("IpProtocol", "FromPort", "ToPort")
    protocol, first, last = (words(text(rule, name)) for name in fields)
    of = "" if protocol.lower() in USUAL else f" of {protocol}"
    if not first or protocol == "-1":
        return f"every port{of}"
    return f"port {first}{of}" if first == last else f"ports {first} to {last}{of}"


def _pods(old: Objects, new: Objects) -> Iterator[Sentence]:
    """Yield NetworkPolicies that go, and namespaces whose Pod Security standard gets weaker."""
    # Without anything else of a namespace there is nothing to reach.
    namespaces = {(key[0], item.namespace) for key, item in new.items()}
    for key, item in old.items():
        stays = (key[0], item.namespace) in namespaces
        if item.kind == "NetworkPolicy" and key not in new and stays:
            yield say("network policy removed", name=place(item))
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
