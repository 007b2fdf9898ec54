"""What the AWS Load Balancer Controller makes of annotations.

load_balancer_annotations.json has the names and values of its documentation and of Elastic Load
Balancing, with the sources: a value is one of some words, a pattern, a range of numbers, or of a type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from kube.load_balancers import SERVICE
from kube.values import dicts, look_up, mapping, table, text, unsure

_DATA: Mapping[str, Any] = table(__file__)
INGRESS = "alb.ingress.kubernetes.io/"
OURS = (f"{SERVICE.rpartition('/')[0]}/aws", INGRESS)
"""The prefixes of annotations that only AWS's controllers read."""
_CLASSES = ("service.k8s.aws/nlb", "eks.amazonaws.com/nlb")
_RANGE = re.compile(r"(-?[0-9]+)-([0-9]+)")
_ATTRIBUTES = ("load balancer attributes", "target group attributes")
Problem = tuple[str, str]
"""An annotation, and what is wrong with it."""


def reads(obj: object) -> bool:
    """Tell whether the controller reads an object's annotations."""
    match text(obj, "kind"):
        case "Ingress":
            return True
        case "Service":
            by_class = look_up(obj, "spec", "loadBalancerClass") in _CLASSES
            kind = text(obj, "metadata", "annotations", f"{SERVICE}-type")
            return by_class or kind in ("external", "nlb-ip")
        case _:
            return False


def problems(obj: object, region: str = "") -> Iterator[Problem]:
    """Yield what the controller, or Elastic Load Balancing, doesn't take."""
    annotations = mapping(obj, "metadata", "annotations")
    for name, value in annotations.items():
        if not unsure(name, value) and name.startswith(OURS):
            yield from ((name, wrong) for wrong in _wrong(name, text(value)))
    said = {name: text(value) for name, value in annotations.items()}
    yield from _unlike_its_object(obj, said, region)
    hosts = [text(each, "host") for each in dicts(obj, "spec", "rules")]
    said["a host with a certificate"] = "".join([*hosts, str(look_up(obj, "spec", "tls") or "")])
    ranges = look_up(obj, "spec", "loadBalancerSourceRanges")
    said["spec.loadBalancerSourceRanges"] = str(ranges or "")
    for name, when, needed, wanted in _DATA["needs"]:
        actual = "".join(said.get(each, "") for each in needed)
        if re.fullmatch(when, said.get(name, "")) and not re.fullmatch(wanted, actual, re.DOTALL):
            if not actual:
                opens = " true opens the pods' security group to these, false means that you do."
                more = opens if name.endswith("security-groups") else ""
                yield name, f"It needs {' or '.join(needed)}.{more}"
                continue
            ignored = "" if wanted else " It is ignored: the groups say who comes in."
            yield name, f"It doesn't go with {' or '.join(needed)}, which is {actual}.{ignored}"


def old_policies(annotations: Mapping[str, object], *, unset: bool) -> Iterator[Problem]:
    """Yield the TLS policies with versions that nobody should accept any more.

    `unset` tells that the controller's own default counts where no policy is named.
    """
    for policy, certificate in (
        (f"{SERVICE}-ssl-negotiation-policy", f"{SERVICE}-ssl-cert"),
        (f"{INGRESS}ssl-policy", f"{INGRESS}certificate-arn"),
    ):
        value = annotations.get(policy)
        if unset and value is None and certificate in annotations:
            yield policy, "It is missing, and the default is ELBSecurityPolicy-2016-08."
        elif re.fullmatch(_DATA["old_policies"], text(value)):
            yield policy, f"It is {value}."


def _wrong(name: str, value: str, kind: str = "annotations") -> Iterator[str]:
    names: Mapping[str, str] = _DATA[kind]
    general = re.sub(r"^([^/]+/[a-z-]+\.).+$", r"\1*", name)
    wanted = names.get(name) or names.get(general)
    if wanted is None:
        near = "".join(f" Do you mean {x}?" for x in get_close_matches(name, names, n=1))
        yield f"There is no {kind.removesuffix('s')} {name}.{near}"
    elif wanted in _ATTRIBUTES:
        for pair in value.split(","):
            attribute, equals, of = (part.strip() for part in pair.partition("="))
            if equals:
                yield from _wrong(attribute, of, wanted)
            else:
                yield f"{attribute!r} is no attribute with =, such as deletion_protection.enabled=true."
    elif wanted == "json":
        try:
            json.loads(value)
        except ValueError as error:
            yield f"{value!r} is no JSON: {error}."
    elif not _fits(value, wanted):
        yield f"{'It' if kind == 'annotations' else name} is {value!r}, not {_in_words(wanted)}."


def _fits(value: str, wanted: str) -> bool:
    if numbers := _RANGE.fullmatch(wanted):
        size = int(value) if re.fullmatch(r"-?[0-9]{1,9}", value) else None
        return size is not None and int(numbers[1]) <= size <= int(numbers[2])
    pattern = _DATA["types"].get(wanted, wanted)
    return re.fullmatch(pattern, value.strip(), re.DOTALL) is not None


def _in_words(wanted: str) -> str:
    numbers = _RANGE.fullmatch(wanted)
    if numbers:
        return f"a number from {numbers[1]} to {numbers[2]}"
    if wanted in _DATA["types"]:
        return f"a value of type {wanted}"
    return wanted.replace("|", " or ").replace("\\", "")


def _unlike_its_object(obj: object, said: Mapping[str, str], region: str) -> Iterator[Problem]:
    """Yield certificates of another region, ports that a Service lacks, and checks that overlap."""
    for name in (f"{SERVICE}-ssl-cert", f"{INGRESS}certificate-arn"):
        for match in re.finditer(r"arn:aws[a-z-]*:acm:([a-z0-9-]+):", said.get(name, "")):
            if region and match[1] != region:
                yield name, f"The certificate is in {match[1]}, the load balancer in {region}."
    ports = dicts(obj, "spec", "ports")
    there = {text(each, field) for each in ports for field in ("name", "port")}
    for name in (f"{SERVICE}-ssl-ports", f"{SERVICE}-healthcheck-port"):
        for port in map(str.strip, said.get(name, "").split(",") if ports else ()):
            # A check may go to a port of the pods that the Service doesn't have.
            checked = "healthcheck" in name and (port.isdigit() or port == "traffic-port")
            if port and port not in there and not checked:
                yield name, f"The Service has no port {port}."
    for prefix, suffix in ((f"{SERVICE}-healthcheck-", ""), (f"{INGRESS}healthcheck-", "-seconds")):
        timeout, interval = (said.get(f"{prefix}{x}{suffix}", "") for x in ("timeout", "interval"))
        if timeout.isdigit() and interval.isdigit() and int(timeout) > int(interval):
            wrong = f"{timeout} is longer than the interval of {interval}."
            yield f"{prefix}timeout{suffix}", wrong
