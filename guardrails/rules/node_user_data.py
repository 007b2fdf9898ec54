"""Whether the image of a node can read its user data; node_user_data.json has the formats."""

from __future__ import annotations

import base64
import binascii
import email
import re
import tomllib
from collections.abc import Iterator, Mapping

import yaml

from assembly.environment import Environment
from assembly.kinds import LAUNCH_TEMPLATE, NODE_GROUP
from assembly.links import cluster_of
from assembly.resource import Resource
from guardrails.rule import Finding, breach, rule
from kube.values import Unknown, known, look_up, mapping, table, text

_DATA = table(__file__)
PLACE = "LaunchTemplateData/UserData"


@rule("NODES3")
def _unreadable(environment: Environment) -> Iterator[Finding]:
    for group in environment.resources(NODE_GROUP):
        template = environment.target(look_up(group.properties, "LaunchTemplate", "Id"))
        if template is None or template.kind != LAUNCH_TEMPLATE:
            continue
        data = look_up(template.properties, *PLACE.split("/"))
        if data and known(data):
            cluster = cluster_of(environment, group)
            name = look_up(cluster.properties, "Name") if cluster else None
            for wrong in _problems(str(data), _image(template, group), name):
                yield breach(template, PLACE, group.name, wrong)


def _image(template: Resource, group: Resource) -> str:
    """Return the family of the image: EKS takes AL2023 where a group names none."""
    if look_up(template.properties, "LaunchTemplateData", "ImageId") is not None:
        return "CUSTOM"
    image = group.properties.get("AmiType")
    return "AL2023" if image is None else text(image).partition("_")[0]


def _problems(data: str, image: str, cluster: object) -> Iterator[str]:
    try:
        raw = base64.b64decode("".join(data.split()), validate=True)
        written = raw.decode("utf-8")
    except (binascii.Error, ValueError) as error:
        # Compressed user data is bytes, and nothing here reads it.
        if not isinstance(error, UnicodeDecodeError):
            yield f"It isn't Base64: {error}."
        return
    if len(raw) > _DATA["most_bytes"]:
        yield f"It has {len(raw):,} bytes; EC2 takes {_DATA['most_bytes']:,}."
    if image == "BOTTLEROCKET":
        yield from _of_bottlerocket(written, cluster)
    elif image in ("AL2023", "AL2"):
        yield from _of_amazon_linux(written, image, cluster)


def _of_bottlerocket(written: str, cluster: object) -> Iterator[str]:
    if written.startswith("#!"):
        yield "Bottlerocket runs no scripts: it takes TOML with [settings] tables."
        return
    try:
        settings = tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        yield f"Bottlerocket takes TOML, and this is none: {error}."
        return
    for name in settings.keys() - {"settings"}:
        yield f"Bottlerocket has no table {name}: everything is below settings."
    for name in mapping(settings, "settings").keys() - {*_DATA["bottlerocket"]}:
        yield f"Bottlerocket has no settings.{name}."
    yield from _other_cluster(look_up(settings, "settings", "kubernetes", "cluster-name"), cluster)


def _of_amazon_linux(written: str, image: str, cluster: object) -> Iterator[str]:
    message = email.message_from_string(written.lstrip())
    if not message.is_multipart():
        yield (
            "EKS merges its own part into it, so it must be a MIME multipart archive, which begins "
            'with MIME-Version and Content-Type: multipart/mixed; boundary="…" and has its parts '
            "between lines with that boundary."
        )
        return
    # The archive itself is the first of them.
    for part in [*message.walk()][1:]:
        kind, content = part.get_content_type(), str(part.get_payload())
        if kind not in _DATA["content_types"]:
            yield f"No part has the content type {kind}; there are {', '.join(_DATA['content_types'])}."
        elif kind == "application/node.eks.aws":
            yield from _of_nodeadm(content, cluster)
        elif kind == "text/x-shellscript" and not content.lstrip().startswith("#!"):
            yield "A script starts with #!, such as #!/bin/bash."
        if image == "AL2023" and re.search(
            r"^[^#\n]*/etc/eks/bootstrap\.sh", content, re.MULTILINE
        ):
            yield "AL2023 has no /etc/eks/bootstrap.sh: a NodeConfig says what differs."


def _of_nodeadm(content: str, cluster: object) -> Iterator[str]:
    try:
        configs = [each for each in yaml.safe_load_all(content) if each is not None]
    except yaml.YAMLError as error:
        yield f"The NodeConfig is no YAML: {' '.join(str(error).split())}."
        return
    for config in configs:
        yield from _unlike(config, _DATA["node_config"], "NodeConfig")
        yield from _other_cluster(look_up(config, "spec", "cluster", "name"), cluster)


def _unlike(value: object, wanted: object, at: str) -> Iterator[str]:
    """Yield what nodeadm doesn't take; an empty object stands for anything."""
    if isinstance(wanted, str):
        if not re.fullmatch(wanted, text(value)):
            yield f"{at} is {value!r}, not {wanted.replace('|', ' or ')}."
    elif wanted and not isinstance(value, Mapping):
        yield f"{at} is no object."
    elif wanted:
        fields, found = mapping(wanted), mapping(value)
        needed = [key for key in fields if at == "NodeConfig" and isinstance(fields[key], str)]
        for key in dict.fromkeys([*needed, *found]):
            if key in fields:
                yield from _unlike(found.get(key), fields[key], f"{at}.{key}")
            else:
                yield f"{at} has no field {key}; it has {', '.join(fields)}."


def _other_cluster(named: object, cluster: object) -> Iterator[str]:
    sure = named and cluster and not isinstance(cluster, Unknown)
    if sure and text(named) != text(cluster):
        yield f"It joins the cluster {named}, but its node group belongs to {cluster}."
