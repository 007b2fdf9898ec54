"""What Services, Ingresses, EndpointSlices and network policies take as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from kube import names
from kube.problems import Problem, duplicate, forbidden, invalid, required
from kube.validity.formats import Network, address, network
from kube.validity.reading import indexed, is_empty, join, number
from kube.validity.walk import Check, Context
from kube.values import Json, items, known, look_up

_KUBELET_PORT = 10250
_NODE_PORTS = range(30000, 32768)
_SPECIAL = {
    "is_unspecified": "may not be unspecified (0.0.0.0 or ::)",
    "is_loopback": "may not be in the loopback range (127.0.0.0/8, ::1/128)",
    "is_link_local": "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
    "is_multicast": "may not be in the multicast range (224.0.0.0/4, ff00::/8)",
}
_INGRESS_CLASS = "kubernetes.io/ingress.class"


def _service(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    kind, own = spec.get("type", "ClusterIP"), spec.get("clusterIP")
    yield from _service_ports(spec, at, kind)
    if not is_empty(own) and own != "None" and not address(own):
        yield invalid(join(at, "clusterIP"), own, "must be empty, 'None', or a valid IP address")
    for index, each in enumerate(items(spec, "externalIPs")):
        for attribute, detail in _SPECIAL.items():
            if getattr(address(each), attribute, False):
                yield invalid(f"{join(at, 'externalIPs')}[{index}]", each, detail)
    for field in ("clusterIPs", "ipFamilies"):
        first, *others = items(spec, field) or [None]
        if first in others:
            yield duplicate(f"{join(at, field)}[1]", first)
    if spec.get("ipFamilyPolicy") == "SingleStack" and len(items(spec, "ipFamilies")) > 1:
        detail = (
            "must be RequireDualStack or PreferDualStack when multiple ipFamilies are specified"
        )
        yield invalid(join(at, "ipFamilyPolicy"), "SingleStack", detail)


def _service_ports(spec: Json, at: str, kind: object) -> Iterator[Problem]:
    seen = set()
    for path, port in indexed(spec, at, "ports"):
        inner, outer = number(port, "port"), number(port, "nodePort")
        if len(items(spec, "ports")) > 1 and is_empty(port.get("name")):
            yield required(join(path, "name"))
        if outer and kind == "ClusterIP":
            detail = "may not be used when `type` is 'ClusterIP'"
            yield forbidden(join(path, "nodePort"), detail, outer)
        elif outer and outer not in _NODE_PORTS:
            bounds = f"{_NODE_PORTS[0]}-{_NODE_PORTS[-1]}"
            detail = (
                f"provided port is not in the valid range. The range of valid ports is {bounds}"
            )
            yield invalid(join(path, "nodePort"), outer, detail)
        if inner == _KUBELET_PORT and kind == "LoadBalancer":
            detail = f"may not expose port {inner} externally since it is used by kubelet"
            yield invalid(path, inner, detail)
        protocol = port.get("protocol", "TCP")
        for what, value, where in (("", inner, path), ("node", outer, join(path, "nodePort"))):
            mark = f"{what} {protocol} {value}"
            if value and mark in seen and known(protocol):
                yield duplicate(where, value)
            seen.add(mark)


def _ingress(obj: Json, at: str, _: Context) -> Iterator[Problem]:
    annotation = look_up(obj, "metadata", "annotations", _INGRESS_CLASS)
    if annotation is not None and not is_empty(look_up(obj, "spec", "ingressClassName")):
        path = f"{join(at, 'metadata', 'annotations')}[{_INGRESS_CLASS}]"
        yield invalid(path, annotation, "can not be set when the class field is also set")


def _ingress_rule(rule: Json, at: str, _: Context) -> Iterator[Problem]:
    if address(rule.get("host")):
        detail = "must be a DNS name, not an IP address"
        yield invalid(join(at, "host"), rule["host"], detail)


def _ingress_path(path: Json, at: str, _: Context) -> Iterator[Problem]:
    value, form = path.get("path"), "absolute"
    if path.get("pathType") in ("Exact", "Prefix"):
        form = "httpPath"
    if isinstance(value, str) and value:
        yield from (invalid(join(at, "path"), value, words) for words in names.wrong(form, value))


def _policy_port(port: Json, at: str, _: Context) -> Iterator[Problem]:
    if "endPort" in port and isinstance(port.get("port"), str) and known(port["port"]):
        detail = "may not be specified when `port` is non-numeric"
        yield invalid(join(at, "endPort"), port["endPort"], detail)


def _ip_block(block: Json, at: str, _: Context) -> Iterator[Problem]:
    whole = network(block.get("cidr"))
    for index, each in enumerate(items(block, "except")):
        part = network(each)
        if whole and part and not _is_within(part, whole):
            path = f"{join(at, 'except')}[{index}]"
            yield invalid(path, each, f"must be a strict subset of `cidr` ({block['cidr']})")


def _is_within(part: Network, whole: Network) -> bool:
    return part.network_address in whole and part.prefixlen > whole.prefixlen


def _endpoint_slice(obj: Json, at: str, _: Context) -> Iterator[Problem]:
    version = {"IPv4": 4, "IPv6": 6}.get(str(obj.get("addressType")))
    for path, endpoint in indexed(obj, at, "endpoints"):
        for index, each in enumerate(items(endpoint, "addresses")):
            if version and getattr(address(each), "version", None) != version:
                detail = f"must be an IPv{version} address"
                yield invalid(f"{join(path, 'addresses')}[{index}]", each, detail)


CHECKS: dict[str, Check] = {
    "core.v1.ServiceSpec": _service,
    "discovery.v1.EndpointSlice": _endpoint_slice,
    "networking.v1.HTTPIngressPath": _ingress_path,
    "networking.v1.IPBlock": _ip_block,
    "networking.v1.Ingress": _ingress,
    "networking.v1.IngressRule": _ingress_rule,
    "networking.v1.NetworkPolicyPort": _policy_port,
}
