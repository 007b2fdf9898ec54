"""What can be reached from where: the API server, load balancers, security groups, pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network

from review import load_balancers
from review.environment import Environment, Resource
from review.kubernetes_objects import KubernetesObject
from review.labels import label
from review.model import Consent, Risk, Sentence
from review.networks import EVERYBODY, beyond, sources

POD_SECURITY = "pod-security.kubernetes.io/enforce"
STANDARDS = ("restricted", "baseline", "privileged")


def sentences(
    before: Environment, after: Environment, consents: Mapping[str, str]
) -> Iterator[Sentence]:
    """Yield what can newly be reached, and what can't be any more."""
    yield from _endpoint(before, after, consents)
    yield from load_balancers.sentences(before, after)
    yield from _security_groups(before, after)
    yield from _pods(before, after)


@dataclass(frozen=True, kw_only=True)
class _Endpoint:
    """From where the API server answers."""

    private: bool
    networks: frozenset[str]


NOWHERE = _Endpoint(private=False, networks=frozenset())
"""A cluster that doesn't exist yet."""


def _endpoint_of(environment: Environment) -> _Endpoint | None:
    cluster = environment.one("AWS::EKS::Cluster")
    if cluster is None:
        return None
    settings = cluster.properties["ResourcesVpcConfig"]
    public = settings.get("EndpointPublicAccess", True)
    networks = settings.get("PublicAccessCidrs") or [EVERYBODY]
    return _Endpoint(
        private=settings.get("EndpointPrivateAccess", False),
        networks=frozenset(networks if public else ()),
    )


def _endpoint(
    before: Environment, after: Environment, consents: Mapping[str, str]
) -> Iterator[Sentence]:
    old, new = _endpoint_of(before) or NOWHERE, _endpoint_of(after)
    if new is None or old == new:
        return
    opened, closed = beyond(new.networks, old.networks), beyond(old.networks, new.networks)
    if opened:
        yield Sentence(
            text=f"The API server answers **{sources(opened)}** now, besides the VPC. IAM still "
            "decides about each call.",
            risk=Risk.EXPOSES,
        )
    if closed:
        yield Sentence(
            text=f"The API server no longer answers {sources(closed)}: whoever works there needs "
            "another way in (docs/private-clusters.md).",
            risk=Risk.INTERRUPTS,
        )
    if old.private and not new.private:
        yield Sentence(
            text="The API server no longer answers inside the VPC: nodes and pods reach it by its "
            "public address.",
            risk=Risk.INTERRUPTS,
        )
    if not new.private and not new.networks:
        key = f"{after.name} locks out"
        yield Sentence(
            text="**Nobody reaches the API server any more**: it has neither a public nor a "
            "private endpoint.",
            risk=Risk.LOCKS_OUT,
            consent=Consent(key=key, given=consents.get(key), trailer=True),
        )


def _security_groups(before: Environment, after: Environment) -> Iterator[Sentence]:
    old, new = _ingress(before), _ingress(after)
    for rule in sorted(new - old):
        name, source, ports = rule
        outside = source == "::/0" or (
            source[:1].isdigit() and not ip_network(source, strict=False).is_private
        )
        yield Sentence(
            text=f"{name} lets `{source}` in on {ports}.",
            risk=Risk.EXPOSES if outside else Risk.SAFE,
        )
    for name, source, ports in sorted(old - new):
        yield Sentence(text=f"{name} no longer lets `{source}` in on {ports}.", risk=Risk.SAFE)


def _ingress(environment: Environment) -> frozenset[tuple[str, str, str]]:
    found = set()
    for group in environment.of_type("AWS::EC2::SecurityGroup"):
        for rule in group.properties.get("SecurityGroupIngress", ()):
            found.add(_rule(environment, group, rule))
    for rule in environment.of_type("AWS::EC2::SecurityGroupIngress"):
        target = environment.target(rule.stack, rule.properties.get("GroupId"))
        found.add(_rule(environment, target or rule, rule.properties))
    return frozenset(found)


def _rule(
    environment: Environment, group: Resource, rule: Mapping[str, object]
) -> tuple[str, str, str]:
    sources = ("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "SourcePrefixListId")
    source = next((rule[name] for name in sources if name in rule), "anything")
    ports = f"port {rule['FromPort']}" if "FromPort" in rule else "every port"
    if rule.get("ToPort") != rule.get("FromPort"):
        ports = f"ports {rule.get('FromPort')} to {rule.get('ToPort')}"
    name = label(group)
    return name[:1].upper() + name[1:], environment.read(source), ports


def _pods(before: Environment, after: Environment) -> Iterator[Sentence]:
    """Yield NetworkPolicies that go, and namespaces whose Pod Security standard gets weaker."""
    old = {item.key: item for item in before.kubernetes_objects}
    new = {item.key: item for item in after.kubernetes_objects}
    for key, item in old.items():
        if item.kind == "NetworkPolicy" and key not in new and _namespace_stays(item, after):
            yield Sentence(
                text=f"NetworkPolicy `{item.namespace}/{item.name}` is **removed**: what it kept "
                "out gets in.",
                risk=Risk.EXPOSES,
            )
        if item.kind == "Namespace" and key in new:
            was, now = _standard(item), _standard(new[key])
            if STANDARDS.index(now) > STANDARDS.index(was):
                yield Sentence(
                    text=f"Namespace `{item.name}` takes pods by the standard **{now}** instead "
                    f"of {was}.",
                    risk=Risk.EXPOSES,
                )


def _namespace_stays(item: KubernetesObject, after: Environment) -> bool:
    """Tell whether anything of a namespace is still there, so that there is something to reach."""
    return any(other.namespace == item.namespace for other in after.kubernetes_objects)


def _standard(namespace: KubernetesObject) -> str:
    """Return the Pod Security standard of a namespace; without a label anything goes."""
    labels = namespace.content["metadata"].get("labels", {})
    standard: str = labels.get(POD_SECURITY, "privileged")
    return standard
