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
from kube.values import Json, Unknown, look_up, mapping

NODE_CONFIG = "application/node.eks.aws"
ENCODED = "${Fn::Base64}"


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
    if part.get("Content-Transfer-Encoding") is None:
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
        except yaml.YAMLError:
            # A rule says what is wrong with it.
            continue


def bottlerocket_settings(written: str) -> Json:
    """Return what Bottlerocket is told about Kubernetes, nothing where it is none of its settings."""
    try:
        settings = filled(tomllib.loads(plain(written)), parts(written))
    except tomllib.TOMLDecodeError:
        return {}
    return mapping(settings, "settings", "kubernetes")
