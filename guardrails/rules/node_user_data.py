"""Whether the image of a node can read its user data; node_user_data.json has the formats."""

from __future__ import annotations

import base64
import email
import re
import tomllib
from collections.abc import Iterator

import yaml

from assembly.environment import Environment
from assembly.kinds import CLUSTER
from assembly.links import template_of
from assembly.nodes import is_self_managed, node_groups
from assembly.references import HOLE
from assembly.resource import Resource
from assembly.user_data import content_of, joining_in, plain, user_data
from guardrails.reach.subnets import range_of
from guardrails.rule import Finding, breach, found, rule
from guardrails.rules.resource_facts import images
from kube.node_pools import alias_of
from kube.values import Json, known, look_up, mapping, table, text, unsure
from kube.words import nearest

_DATA = table(__file__)
PLACE = "LaunchTemplateData/UserData"
OWN = "CUSTOM"
"""An image that EKS doesn't publish. Its nodes join as their user data says, if it says that."""
NODEADM = "AL2023 alone"
"""To which EKS adds nothing: a NodeConfig needs no archive then."""


@rule("NODES3")
def _unreadable(environment: Environment) -> Iterator[Finding]:
    for group in node_groups(environment):
        template = template_of(environment, group)
        data = look_up(template.properties, *PLACE.split("/")) if template else None
        cluster = group.cluster
        image = text(images(environment).get(template)).partition("_")[0] if template else ""
        joining = joining_in(user_data(template) or "")
        alone = is_self_managed(group) or image == OWN
        if image == OWN and joining:
            image = "AL2023" if "flags" in joining else "BOTTLEROCKET"
        if template and data:
            name = look_up(cluster.properties, "Name") if cluster else None
            reader = NODEADM if alone and image == "AL2023" else image
            for wrong in _problems(data, user_data(template), reader, name):
                yield breach(template, PLACE, group.name, wrong)
        # An image of one's own may know by itself what to join.
        nothing = group.told == ""
        if template and ((alone and joining) or nothing):
            for wrong in _untold(environment, joining, image, cluster):
                yield breach(template, PLACE, group.name, wrong)


@rule("NODES3")
def _of_classes(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects("EC2NodeClass"):
        alias = alias_of(item.spec)
        written, cluster = text(item.spec, "userData"), item.resource.cluster
        name = look_up(cluster.properties, "Name") if cluster else None
        if written and known(written) and alias.startswith("bottlerocket@"):
            for wrong in _of_bottlerocket(written, name):
                yield found(item, "userData", wrong, field="spec.userData")


def _untold(
    environment: Environment, joining: Json, image: str, cluster: Resource | None
) -> Iterator[str]:
    """Yield what nodes that EKS tells nothing don't know, or have of another cluster."""
    needed = {field: look_up(joining, *field.split(".")) for field in _DATA["joins"].get(image, ())}
    missing = [field for field, value in needed.items() if value in (None, "")]
    if missing:
        yield f"EKS tells these nodes nothing, and they don't know {', '.join(missing)}."
    for field, value in needed.items():
        other = environment.target(value)
        if cluster and other and other.kind == CLUSTER and other != cluster:
            yield f"{field} is that of {other.path}, but its node group belongs to {cluster.path}."
    network = look_up(cluster.properties, "KubernetesNetworkConfig") if cluster else None
    services = text(network, "ServiceIpv4Cidr")
    for field in ("cluster.cidr", "cluster-dns-ip"):
        told = text(joining, *field.split("."))
        if not unsure(told, services) and told and services and not _serves(told, services):
            yield f"{field} is {told}, where the cluster has no DNS: its Services are in {services}."


def _serves(told: str, services: str) -> bool:
    """Tell whether a range is that of the Services, or an address that of the DNS or the node's own."""
    found, whole = range_of(told), range_of(services)
    if found is None or whole is None:
        return False
    # EKS gives kube-dns the tenth address.
    single = found.num_addresses == 1 and found.network_address == whole.network_address + 10
    return found == whole or single or found.is_link_local


def _problems(data: object, written: str | None, image: str, cluster: object) -> Iterator[str]:
    if known(data):
        try:
            raw = base64.b64decode("".join(str(data).split()), validate=True)
        except ValueError as error:
            yield f"It isn't Base64: {error}."
            return
        if len(raw) > _DATA["most_bytes"]:
            yield f"It has {len(raw):,} bytes; EC2 takes {_DATA['most_bytes']:,}."
    # Compressed user data is bytes, and nothing here reads it.
    if written is not None and image == "BOTTLEROCKET":
        yield from _of_bottlerocket(plain(written), cluster)
    elif written is not None and image in ("AL2023", "AL2", NODEADM):
        yield from _of_amazon_linux(plain(written), image, cluster)


def _of_bottlerocket(written: str, cluster: object) -> Iterator[str]:
    try:
        settings = tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        yield f"Bottlerocket takes TOML, and this is none: {error}."
        return
    if "settings" not in settings:
        yield "Bottlerocket runs no scripts: it takes TOML with [settings] tables."
    for name in mapping(settings, "settings", "kubernetes"):
        # One that is like none of these may be newer.
        near = "" if name in _DATA["settings"] else nearest(name, _DATA["settings"], 0.88)
        if near:
            yield f"Bottlerocket has no setting kubernetes.{name}: is it {near}?"
    yield from _of_fields(settings, "Bottlerocket", cluster)


def _of_amazon_linux(written: str, image: str, cluster: object) -> Iterator[str]:
    message = email.message_from_string(written.lstrip())
    if not message.is_multipart() and image == NODEADM:
        # Nobody knows what a script does.
        yield from _of_nodeadm(written, cluster) if not written.startswith("#") else ()
    elif not message.is_multipart():
        yield _DATA["no_archive"]
    scripts = [] if message.is_multipart() else [written]
    # The archive itself is the first of them.
    for part in [*message.walk()][1:]:
        content = content_of(part)
        scripts.append(content)
        kind = part.get_content_type()
        if kind not in _DATA["content_types"]:
            yield f"No part has the content type {kind}; there are {', '.join(_DATA['content_types'])}."
        elif kind == "application/node.eks.aws":
            yield from _of_nodeadm(content, cluster)
        elif kind == "text/x-shellscript" and not content.lstrip().startswith("#!"):
            yield "A script starts with #!, such as #!/bin/bash."
    for each in scripts if image in ("AL2023", NODEADM) else ():
        if re.search(_DATA["bootstrap"], each, re.MULTILINE):
            yield "AL2023 has no /etc/eks/bootstrap.sh: a NodeConfig says what differs."


def _of_nodeadm(content: str, cluster: object) -> Iterator[str]:
    try:
        configs = [each for each in yaml.safe_load_all(content) if each is not None]
    except yaml.YAMLError as error:
        yield f"The NodeConfig is no YAML: {' '.join(str(error).split())}."
        return
    for config in configs:
        for field, wanted in _DATA["node_config_is"].items():
            if look_up(config, field) != wanted:
                yield f"{field} is {look_up(config, field)!r}, not {wanted}."
        yield from _of_fields(config, "A NodeConfig", cluster)


def _of_fields(value: object, name: str, cluster: object) -> Iterator[str]:
    """Yield the fields that something doesn't have, and another cluster's name."""
    fields, *place = _DATA["fields"][name]
    for path in _paths(value):
        if not re.fullmatch(fields, path):
            yield f"{name} has no field {path}."
    named = text(value, *place)
    sure = not unsure(cluster) and not HOLE.search(named)
    if named and cluster and sure and named != text(cluster):
        yield f"It joins the cluster {named}, but its node group belongs to {cluster}."


def _paths(value: object, at: str = "") -> Iterator[str]:
    for key, inner in mapping(value).items():
        yield f"{at}{key}"
        yield from _paths(inner, f"{at}{key}.")
