"""What can be reached from where: the API server, load balancers, security groups, pods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network

from review.environment import Environment, Resource
from review.kubernetes_objects import KubernetesObject
from review.labels import label, listed
from review.model import Consent, Risk, Sentence

EVERYBODY = "0.0.0.0/0"
SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
POD_SECURITY = "pod-security.kubernetes.io/enforce"
STANDARDS = ("restricted", "baseline", "privileged")


def sentences(
    before: Environment, after: Environment, consents: Mapping[str, str]
) -> Iterator[Sentence]:
    """Yield what can newly be reached, and what can't be any more."""
    yield from _endpoint(before, after, consents)
    yield from _load_balancers(before, after)
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
    opened, closed = _beyond(new.networks, old.networks), _beyond(old.networks, new.networks)
    if opened:
        yield Sentence(
            text=f"The API server answers **{_sources(opened)}** now, besides the VPC. IAM still "
            "decides about each call.",
            risk=Risk.EXPOSES,
        )
    if closed:
        yield Sentence(
            text=f"The API server no longer answers {_sources(closed)}: whoever works there needs "
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
            consent=Consent(key=key, given=consents.get(key)),
        )


def _beyond(these: frozenset[str], those: frozenset[str]) -> list[str]:
    """Return the networks of one set that no network of the other covers."""
    return [each for each in sorted(these) if not any(_covers(other, each) for other in those)]


def _covers(outer: str, inner: str) -> bool:
    one, other = ip_network(outer, strict=False), ip_network(inner, strict=False)
    return one.version == other.version and (
        int(one.network_address) <= int(other.network_address)
        and int(other.broadcast_address) <= int(one.broadcast_address)
    )


def _sources(networks: list[str]) -> str:
    if EVERYBODY in networks:
        return "everybody on the internet (`0.0.0.0/0`)"
    return listed(f"`{network}`" for network in networks)


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


def _load_balancers(before: Environment, after: Environment) -> Iterator[Sentence]:
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
        opened = _beyond(balancer.networks, known.networks)
        if opened:
            inside = not balancer.open and all(
                ip_network(each, strict=False).is_private for each in opened
            )
            yield Sentence(
                text=f"{what} answers **{_callers(opened, open_to_internet=balancer.open)}** now.",
                risk=Risk.SAFE if inside else Risk.EXPOSES,
            )
        closed = _beyond(known.networks, balancer.networks)
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
    return _sources(sorted(networks))


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
