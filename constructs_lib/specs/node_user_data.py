"""User data that a launch template passes to its nodes.

EKS adds its own part, with which a node joins the cluster; ours holds only what differs.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
MAX_PODS = """\
  kubelet:
    flags:
      - --max-pods={max_pods}
"""
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


def user_data(
    ami_type: str,
    max_pods: int | None,
    proxy: ProxySettings | None,
    *,
    instance_store: str | None = None,
    own: str = "",
) -> str | None:
    """Return the user data of a node group's nodes, None where there is nothing to say.

    `own` is a script or settings of the environment.
    """
    if ami_type.startswith("BOTTLEROCKET"):
        return "\n".join([*_settings(max_pods, proxy), *([own] if own else [])]) or None
    scripts = [SCRIPT.format(script=own)] if own else []
    parts = [*_parts(max_pods, proxy, instance_store), *scripts]
    return MULTIPART.format(parts="".join(parts)) if parts else None


def _parts(
    max_pods: int | None, proxy: ProxySettings | None, instance_store: str | None
) -> Iterator[str]:
    spec = "" if max_pods is None else MAX_PODS.format(max_pods=max_pods)
    if proxy is not None or instance_store is not None:
        spec += INSTANCE
    if instance_store is not None:
        spec += LOCAL_STORAGE.format(strategy=instance_store)
    if proxy is not None:
        variables = (
            # JSON is YAML.
            f"        {name}: {json.dumps(value)}\n"
            for name, value in proxy.environment.items()
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


def _settings(max_pods: int | None, proxy: ProxySettings | None) -> Iterator[str]:
    if max_pods is not None:
        yield BOTTLEROCKET_PODS.format(max_pods=max_pods)
    if proxy is None:
        return
    # So are JSON's strings and lists those of TOML.
    yield BOTTLEROCKET_PROXY.format(
        url=json.dumps(proxy.url), no_proxy=json.dumps(list(proxy.no_proxy))
    )
    if proxy.certificates:
        bundle = b64encode("\n".join((*proxy.certificates, "")).encode("ascii")).decode("ascii")
        yield BOTTLEROCKET_TRUST.format(bundle=bundle)
