"""What a launch template tells its nodes: a NodeConfig for nodeadm, or Bottlerocket's settings.

What only a deploy knows, such as the endpoint of the cluster, is unknown inside it.
"""

from __future__ import annotations

import base64
import email
import tomllib
from collections.abc import Iterator, Sequence
from email.message import Message

import yaml

from assembly.references import Text
from assembly.resource import Resource
from assembly.structured import filled, with_holes
from kube.scheduling import TAINT_EFFECTS
from kube.values import Json, Unknown, dicts, items, known, look_up, mapping, text

NODE_CONFIG = "application/node.eks.aws"
ENCODED = "${Fn::Base64}"
ENCODINGS = ("base64", "quoted-printable")
"""Those in which a part says something else than it seems to (RFC 2045)."""
EFFECTS = {word: name for name, word in TAINT_EFFECTS.items()}


def user_data(template: Resource | None) -> str | None:
    """Return the user data of a launch template in plain text, None where nobody can read it."""
    place = "LaunchTemplateData", "UserData"
    value = look_up(template.properties, *place) if template is not None else None
    if isinstance(value, Text) and str(value) == ENCODED:
        (inner,) = value.parts
        return inner if isinstance(inner, Text) else None
    if not isinstance(value, str) or isinstance(value, Unknown):
        return None
    try:
        return base64.b64decode("".join(value.split()), validate=True).decode()
    except ValueError:
        return None


def parts(written: str) -> tuple[object, ...]:
    """Return the parts of a text: those that only a deploy knows are unknown."""
    return written.parts if isinstance(written, Text) else (written,)


def plain(written: str) -> str:
    """Return a text with a mark for each part that only a deploy knows."""
    return with_holes(parts(written), quoted=False)


def content_of(part: Message) -> str:
    """Return what a part of an archive says."""
    # To decode the others would spoil the marks of what only a deploy knows.
    if part.get("Content-Transfer-Encoding", "").strip().lower() not in ENCODINGS:
        return str(part.get_payload())
    decoded = part.get_payload(decode=True)
    return decoded.decode(errors="replace") if isinstance(decoded, bytes) else ""


def node_configs(written: str) -> Sequence[Json]:
    """Return every NodeConfig of an archive, in their order: of two the later wins.

    Without an archive all of the user data is one (amazon-eks-ami, nodeadm/internal/configprovider).
    """
    found = filled([*_configs(plain(written))], parts(written))
    return [each for each in map(mapping, found) if each.get("kind") == "NodeConfig"]


def _configs(written: str) -> Iterator[object]:
    message = email.message_from_string(written.lstrip())
    inside = (x for x in message.walk() if x.get_content_type() == NODE_CONFIG)
    for content in map(content_of, inside) if message.is_multipart() else [written]:
        try:
            yield from yaml.safe_load_all(content)
        except (yaml.YAMLError, ValueError, RecursionError):
            # A rule says what is wrong with it.
            continue


def bottlerocket_settings(written: str) -> Json:
    """Return what Bottlerocket is told about Kubernetes, nothing where it is none of its settings."""
    try:
        settings = filled(tomllib.loads(plain(written)), parts(written))
    except tomllib.TOMLDecodeError:
        return {}
    return mapping(settings, "settings", "kubernetes")


def joining_in(written: str) -> Json:
    """Return what user data tells nodes to join a cluster, empty where nobody can read it.

    That is `cluster`, `flags` and `config` for nodeadm, settings.kubernetes for Bottlerocket.
    """
    configs = [mapping(each, "spec") for each in node_configs(written)]
    if not configs:
        return bottlerocket_settings(written)
    merged: dict[str, dict[str, object]] = {"cluster": {}, "config": {}}
    flags: list[object] = []
    for each in configs:
        merged["cluster"] |= mapping(each, "cluster")
        merged["config"] |= mapping(each, "kubelet", "config")
        flags += items(each, "kubelet", "flags")
    return {**merged, "flags": flags}


def max_pods_in(joining: Json) -> int | None:
    """Return how many pods a kubelet is told to take, None if that isn't known."""
    said = [look_up(joining, "max-pods"), look_up(joining, "config", "maxPods")]
    # A flag wins over the configuration, and the last one over those before.
    said = [*reversed(_flags(joining, "max-pods")), *said]
    return next((int(each) for each in map(text, said) if each.isdecimal()), None)


def labels_in(joining: Json) -> object:
    """Return the labels with which nodes join."""
    if joining and "flags" not in joining:
        return mapping(joining, "node-labels")
    if not joining or not known(items(joining, "flags")):
        return Unknown("${its labels}")
    every = (each for said in _flags(joining, "node-labels") for each in said.split(","))
    return {key: value for key, _, value in (each.partition("=") for each in every) if key}


def taints_in(joining: Json) -> object:
    """Return the taints with which nodes join, as EKS has those of its groups."""
    if not joining or not known(items(joining, "flags")):
        return Unknown("${its taints}")
    named = mapping(joining, "node-taints").items()
    every = [(key, text(x)) for key, said in named for x in items(said) or [said]]
    found = [(key, *said.partition(":")[::2]) for key, said in every]
    told = (each for said in _flags(joining, "register-with-taints") for each in said.split(","))
    # A taint may have no value: key=value:effect, or key:effect.
    for pair, _, effect in (each.partition(":") for each in told if each):
        found += [(*pair.partition("=")[::2], effect)]
    found += [
        (text(each, "key"), text(each, "value"), text(each, "effect"))
        for each in dicts(joining, "config", "registerWithTaints")
    ]
    return [{"Key": k, "Value": v, "Effect": EFFECTS.get(e, e)} for k, v, e in found]


def _flags(joining: Json, name: str) -> list[str]:
    found = (text(each) for each in items(joining, "flags"))
    return [each.partition("=")[2] for each in found if each.startswith(f"--{name}=")]
