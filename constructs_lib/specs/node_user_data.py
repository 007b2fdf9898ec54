"""User data that a launch template passes to its nodes.

To a managed group EKS adds its own part, with which a node joins the cluster; ours holds only what
differs. What `joins` by itself is told everything.
"""

from __future__ import annotations

import json
import tomllib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_lib.specs.nodes import TaintSpec
    from constructs_lib.specs.proxy_settings import ProxySettings

MULTIPART = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

{parts}--//--
"""
NODE_CONFIG = """\
--//
Content-Type: application/node.eks.aws

---
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
{spec}
"""
"""For AL2023. EKS appends a NodeConfig with `maxPods` in the kubelet's configuration, and of two the
later wins (eksctl user guide, "Node bootstrapping"; nodeadm, "Merging multiple configuration
objects"). Flags of both are kept, and a flag wins over the configuration (Kubernetes documentation,
"Set Kubelet Parameters Via A Configuration File")."""
JOINING = """\
  cluster:
    name: {cluster_name}
    apiServerEndpoint: {endpoint}
    certificateAuthority: {certificate_authority}
    cidr: {service_range}
"""
"""nodeadm asks nobody, and refuses to start without one of them (amazon-eks-ami,
nodeadm/internal/api/validation.go)."""
FLAGS = """\
  kubelet:
    flags:
{flags}"""
INSTANCE = """\
  instance:
"""
LOCAL_STORAGE = """\
    localStorage:
      strategy: {strategy}
"""
"""For containerd, the kubelet and pods' logs (amazon-eks-ami, nodeadm/doc/api.md)."""
SCRIPT = """\
--//
Content-Type: text/x-shellscript; charset="us-ascii"

{script}
"""
"""nodeadm lets the node join after cloud-init ran the scripts."""
ENVIRONMENT = """\
    environment:
      default:
{variables}"""
"""nodeadm takes it before its own first request, which is earlier than any script of the user data, and
hands it to every service (amazon-eks-ami, nodeadm/doc/api.md, EnvironmentOptions; #2128)."""
TRUST = """\
--//
Content-Type: text/cloud-boothook; charset="us-ascii"

#!/bin/bash
set -euo pipefail
{files}update-ca-trust

"""
"""Runs before nodeadm starts containerd and the kubelet."""
TRUSTED_FILE = """\
cat > /etc/pki/ca-trust/source/anchors/http-proxy-{number}.pem <<'END'
{certificate}
END
"""

BOTTLEROCKET_PODS = """\
[settings.kubernetes]
max-pods = {max_pods}
"""
"""For Bottlerocket, where our settings win over those of EKS (EKS user guide, "Customize managed
nodes with launch templates")."""
BOTTLEROCKET_JOINING = """\
cluster-name = {cluster_name}
api-server = {endpoint}
cluster-certificate = {certificate_authority}
cluster-dns-ip = "{dns}"

[settings.kubernetes.node-labels]
{labels}
[settings.kubernetes.node-taints]
{taints}"""
"""bottlerocket.dev, "settings.kubernetes". EKS gives the tenth address of the range to DNS (EKS user
guide, "Work with CoreDNS")."""
BOTTLEROCKET_PROXY = """\
[settings.network]
https-proxy = {url}
no-proxy = {no_proxy}
"""
BOTTLEROCKET_TRUST = """\
[settings.pki.http-proxy]
data = "{bundle}"
trusted = true
"""
"""A bundle of PEM in Base64 (bottlerocket.dev, settings.pki)."""


@dataclass(frozen=True, kw_only=True)
class Joining:
    """What a node must be told to join a cluster by itself."""

    cluster_name: str
    endpoint: str
    certificate_authority: str
    service_range: str
    labels: Mapping[str, str]
    taints: Sequence[TaintSpec]

    @property
    def quoted(self) -> dict[str, str]:
        """Return the texts as JSON: it is YAML, and its strings are those of TOML."""
        names = ("cluster_name", "endpoint", "certificate_authority", "service_range")
        return {name: json.dumps(getattr(self, name)) for name in names}


ANY_CLUSTER = Joining(
    cluster_name="x" * 100,
    endpoint="x" * 100,
    certificate_authority="x" * 1_600,
    service_range="172.20.0.0/16",
    labels={},
    taints=(),
)
"""As long as what nodes of a cluster are told about it."""


def user_data(  # what a node can be told
    ami_type: str,
    max_pods: int | None,
    proxy: ProxySettings | None,
    joins: Joining | None = None,
    *,
    instance_store: str | None = None,
    own: str = "",
) -> str | None:
    """Return the user data of a node group's nodes, None where there is nothing to say.

    `own` is a script or settings of the environment.
    """
    if ami_type.startswith("BOTTLEROCKET"):
        return "\n".join([*_settings(max_pods, proxy, joins), *([own] if own else [])]) or None
    scripts = [SCRIPT.format(script=own)] if own else []
    parts = [*_parts(max_pods, proxy, joins, instance_store), *scripts]
    return MULTIPART.format(parts="".join(parts)) if parts else None


def _parts(
    max_pods: int | None,
    proxy: ProxySettings | None,
    joins: Joining | None,
    instance_store: str | None,
) -> Iterator[str]:
    flags = [] if max_pods is None else [f"--max-pods={max_pods}"]
    if joins is not None and joins.labels:
        listing = ",".join(f"{key}={value}" for key, value in joins.labels.items())
        flags.append(f"--node-labels={listing}")
    if joins is not None and joins.taints:
        listing = ",".join(f"{each.key}={each.value_and_effect}" for each in joins.taints)
        flags.append(f"--register-with-taints={listing}")
    spec = "" if joins is None else JOINING.format(**joins.quoted)
    if flags:
        spec += FLAGS.format(flags="".join(f"      - {flag}\n" for flag in flags))
    if proxy is not None or instance_store is not None:
        spec += INSTANCE
    if instance_store is not None:
        spec += LOCAL_STORAGE.format(strategy=instance_store)
    if proxy is not None:
        variables = (
            f"        {name}: {json.dumps(value)}\n" for name, value in proxy.environment.items()
        )
        spec += ENVIRONMENT.format(variables="".join(variables))
        if proxy.certificates:
            files = (
                TRUSTED_FILE.format(number=number, certificate=certificate)
                for number, certificate in enumerate(proxy.certificates, start=1)
            )
            yield TRUST.format(files="".join(files))
    if spec:
        yield NODE_CONFIG.format(spec=spec)


def _settings(
    max_pods: int | None, proxy: ProxySettings | None, joins: Joining | None
) -> Iterator[str]:
    if max_pods is not None:
        pods = BOTTLEROCKET_PODS.format(max_pods=max_pods)
        yield pods if joins is None else pods + _joining(joins)
    if proxy is None:
        return
    # JSON's strings and lists are those of TOML.
    yield BOTTLEROCKET_PROXY.format(
        url=json.dumps(proxy.url), no_proxy=json.dumps(list(proxy.no_proxy))
    )
    if proxy.certificates:
        bundle = b64encode("\n".join((*proxy.certificates, "")).encode("ascii")).decode("ascii")
        yield BOTTLEROCKET_TRUST.format(bundle=bundle)


def _joining(joins: Joining) -> str:
    taints: dict[str, list[str]] = {}
    for each in joins.taints:
        taints.setdefault(each.key, []).append(each.value_and_effect)
    return BOTTLEROCKET_JOINING.format(
        **joins.quoted,
        dns=IPv4Network(joins.service_range)[10],
        labels="".join(f"{json.dumps(k)} = {json.dumps(v)}\n" for k, v in joins.labels.items()),
        taints="".join(f"{json.dumps(k)} = {json.dumps(v)}\n" for k, v in taints.items()),
    )


def unreadable_settings(told: str, own: str) -> str:
    """Return why Bottlerocket can't read settings, with the `own` ones of a group, empty if it can."""
    lines = (line.strip() for line in own.splitlines())
    if not next((x for x in lines if x and not x.startswith("#")), "[").startswith("["):
        return "settings in tables: what stands before the first would be part of another table"
    try:
        tomllib.loads(told)
    except tomllib.TOMLDecodeError as error:
        return f"TOML; read together with what the environment itself sets: {error}"
    return ""
