"""What Services, Ingresses and network policies take beyond their fields one by one."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from kube import names
from kube.problems import Problem, duplicate, forbidden, invalid, required
from kube.validity.formats import FORMATS, address, network
from kube.validity.reading import indexed, is_empty, join, may_lack, number, word
from kube.validity.walk import Check, Context
from kube.values import Json, Unknown, items, look_up, mapping, text

_KUBELET_PORT = 10250
_NODE_PORTS = (30000, 32767)
_SPECIAL = (
    ("is_unspecified", "may not be unspecified (0.0.0.0 or ::)"),
    ("is_loopback", "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
    ("is_link_local", "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
    ("is_multicast", "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"),
)


def _service(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    kind = word(spec, "type", "ClusterIP")
    headless = spec.get("clusterIP") == "None"
    if is_empty(spec.get("ports")) and kind not in (None, "ExternalName") and not may_lack(spec):
        if not headless and not isinstance(spec.get("clusterIP"), Unknown):
            yield required(join(at, "ports"))
    if headless and kind in ("LoadBalancer", "NodePort"):
        detail = f"may not be set to 'None' for {kind} services"
        yield invalid(join(at, "clusterIP"), "None", detail)
    yield from _service_ports(spec, at, kind)
    yield from _service_addresses(spec, at, kind)
    yield from _external_traffic(spec, at, kind)
    if spec.get("sessionAffinity") == "ClientIP":
        found = look_up(spec, "sessionAffinityConfig", "clientIP", "timeoutSeconds")
        if not is_empty(spec.get("sessionAffinityConfig")) and found is None:
            path = join(at, "sessionAffinityConfig", "clientIP")
            yield required(path, "when session affinity type is ClientIP")


def _service_ports(spec: Json, at: str, kind: str | None) -> Iterator[Problem]:
    seen = set()
    ports = items(spec, "ports")
    for path, port in indexed(spec, at, "ports"):
        if len(ports) > 1 and is_empty(port.get("name")) and not may_lack(port):
            yield required(join(path, "name"))
        protocol = port.get("protocol") or "TCP"
        outer, inner = number(port, "nodePort"), number(port, "port")
        if outer and kind == "ClusterIP":
            detail = "may not be used when `type` is 'ClusterIP'"
            yield forbidden(join(path, "nodePort"), detail, outer)
        elif outer and not _NODE_PORTS[0] <= outer <= _NODE_PORTS[1]:
            detail = (
                "provided port is not in the valid range. The range of valid ports is"
                f" {_NODE_PORTS[0]}-{_NODE_PORTS[1]}"
            )
            yield invalid(join(path, "nodePort"), outer, detail)
        if inner == _KUBELET_PORT and kind == "LoadBalancer":
            detail = f"may not expose port {inner} externally since it is used by kubelet"
            yield invalid(path, inner, detail)
        for where, value, at_field in (
            ("port", inner, path),
            ("node", outer, join(path, "nodePort")),
        ):
            mark = f"{where} {protocol} {value}"
            if value and mark in seen and not isinstance(protocol, Unknown):
                yield duplicate(at_field, outer if where == "node" else port)
            seen.add(mark)


def _service_addresses(spec: Json, at: str, kind: str | None) -> Iterator[Problem]:
    own, name = spec.get("clusterIP"), spec.get("externalName")
    if kind == "ExternalName" and not is_empty(own):
        yield forbidden(join(at, "clusterIP"), "may not be set when `type` is 'ExternalName'", own)
    elif not is_empty(own) and own != "None" and address(own) is None:
        yield invalid(join(at, "clusterIP"), own, "must be empty, 'None', or a valid IP address")
    if kind == "ExternalName" and isinstance(name, str):
        for words in names.subdomain(name.removesuffix(".")) if name else ():
            yield invalid(join(at, "externalName"), name, words)
    for index, each in enumerate(items(spec, "externalIPs")):
        found = address(each)
        for attribute, detail in _SPECIAL if found else ():
            if getattr(found, attribute):
                yield invalid(f"{join(at, 'externalIPs')}[{index}]", each, detail)
    for field, longest in (("clusterIPs", 2), ("ipFamilies", 2)):
        values = items(spec, field)
        if len(values) > longest:
            detail = f"may only hold up to {longest} values"
            yield invalid(join(at, field), values, detail)
        elif len(values) == longest and values[0] == values[1]:
            yield duplicate(f"{join(at, field)}[1]", values[1])
    families = items(spec, "ipFamilies")
    if spec.get("ipFamilyPolicy") == "SingleStack" and len(families) > 1:
        detail = (
            "must be RequireDualStack or PreferDualStack when multiple ipFamilies are specified"
        )
        yield invalid(join(at, "ipFamilyPolicy"), "SingleStack", detail)


def _external_traffic(spec: Json, at: str, kind: str | None) -> Iterator[Problem]:
    policy = spec.get("externalTrafficPolicy")
    is_external = kind in ("LoadBalancer", "NodePort", None) or items(spec, "externalIPs")
    if not is_empty(policy) and not is_external:
        detail = "may only be set for externally-accessible services"
        yield invalid(join(at, "externalTrafficPolicy"), policy, detail)
    port = number(spec, "healthCheckNodePort")
    if port and kind is not None and (kind, policy) != ("LoadBalancer", "Local"):
        detail = (
            "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        )
        if not isinstance(policy, Unknown):
            yield invalid(join(at, "healthCheckNodePort"), port, detail)


def _ingress(obj: Json, at: str, _: Context) -> Iterator[Problem]:
    annotation = "kubernetes.io/ingress.class"
    value = look_up(obj, "metadata", "annotations", annotation)
    if value is not None and not is_empty(look_up(obj, "spec", "ingressClassName")):
        detail = "can not be set when the class field is also set"
        yield invalid(f"{join(at, 'metadata', 'annotations')}[{annotation}]", value, detail)


def _ingress_rule(rule: Json, at: str, _: Context) -> Iterator[Problem]:
    host = rule.get("host")
    if not isinstance(host, str) or not host:
        return
    if address(host):
        yield invalid(join(at, "host"), host, "must be a DNS name, not an IP address")
    yield from (invalid(join(at, "host"), host, words) for words in names.host(host))


def _ingress_path(path: Json, at: str, _: Context) -> Iterator[Problem]:
    strict = path.get("pathType") in ("Exact", "Prefix")
    check = FORMATS["httpPath" if strict else "absolute"]
    value = path.get("path")
    if (
        isinstance(value, str)
        and (strict or value)
        and not isinstance(path.get("pathType"), Unknown)
    ):
        yield from (invalid(join(at, "path"), value, words) for words in check(value))
    elif strict and value is None and not may_lack(path):
        yield invalid(join(at, "path"), "", "must be an absolute path")


def _peer(peer: Json, at: str, _: Context) -> Iterator[Problem]:
    selectors = [
        peer[field] for field in ("podSelector", "namespaceSelector") if peer.get(field) is not None
    ]
    if peer.get("ipBlock") is not None and selectors:
        yield forbidden(at, "may not specify both ipBlock and another peer", peer)


def _policy_port(port: Json, at: str, _: Context) -> Iterator[Problem]:
    last, first = number(port, "endPort"), port.get("port")
    path = join(at, "endPort")
    if last is None or isinstance(first, Unknown):
        return
    if is_empty(first) and not may_lack(port):
        yield invalid(path, last, "may not be specified when `port` is not specified")
    elif isinstance(first, str):
        yield invalid(path, last, "may not be specified when `port` is non-numeric")
    elif (number(port, "port") or 0) > last:
        yield invalid(path, last, "must be greater than or equal to `port`")


def _ip_block(block: Json, at: str, _: Context) -> Iterator[Problem]:
    whole = network(block.get("cidr"))
    for index, each in enumerate(items(block, "except")):
        part = network(each)
        if whole and part and (part == whole or not _is_within(part, whole)):
            path = f"{join(at, 'except')}[{index}]"
            yield invalid(path, each, f"must be a strict subset of `cidr` ({block['cidr']})")


def _is_within(
    part: ipaddress.IPv4Network | ipaddress.IPv6Network,
    whole: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> bool:
    return part.version == whole.version and (
        part.network_address in whole and part.prefixlen >= whole.prefixlen
    )


def _endpoint_slice(obj: Json, at: str, _: Context) -> Iterator[Problem]:
    version = {"IPv4": 4, "IPv6": 6}.get(text(obj, "addressType"))
    for path, endpoint in indexed(obj, at, "endpoints"):
        for index, each in enumerate(items(mapping(endpoint), "addresses")):
            found = address(each)
            if version and (found is None or found.version != version):
                detail = f"must be an IPv{version} address"
                yield invalid(f"{join(path, 'addresses')}[{index}]", each, detail)


CHECKS: dict[str, Check] = {
    "core.v1.ServiceSpec": _service,
    "discovery.v1.EndpointSlice": _endpoint_slice,
    "networking.v1.HTTPIngressPath": _ingress_path,
    "networking.v1.IPBlock": _ip_block,
    "networking.v1.Ingress": _ingress,
    "networking.v1.IngressRule": _ingress_rule,
    "networking.v1.NetworkPolicyPeer": _peer,
    "networking.v1.NetworkPolicyPort": _policy_port,
}
