"""The real kube-apiserver and etcd, where a folder with both is at hand.

The convention is envtest's (kubernetes-sigs/controller-runtime): KUBEBUILDER_ASSETS names it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from local_aws import leash
from local_aws.certificates import CERTIFICATE, PRIVATE_KEY
from local_aws.ports import free_port


def commands(
    assets: Path, place: Path, *, port: int, token: str, webhook: str
) -> Mapping[str, list[str]]:
    """Return the commands of etcd and of the real API server, which share a new database.

    `place` has the server's certificate. Without a webhook the administrator's token is the only
    one that the server knows.
    """
    client, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    tokens = place / "tokens.csv"
    tokens.touch(mode=0o600)
    tokens.write_text(f'{token},local-admin,local-admin,"system:masters"\n', encoding="utf-8")
    reviews: list[str] = []
    if webhook:
        config = place / "token-webhook.json"
        config.write_text(kubeconfig("webhook", {"server": webhook}, {}), encoding="utf-8")
        reviews = [
            f"--authentication-token-webhook-config-file={config}",
            "--authentication-token-webhook-version=v1",
            # An access entry that was just removed must not work for two more minutes.
            "--authentication-token-webhook-cache-ttl=1s",
        ]
    etcd = [
        str(assets / "etcd"),
        f"--data-dir={place / f'etcd-{port}'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        "--unsafe-no-fsync",
    ]
    api_server = [
        str(assets / "kube-apiserver"),
        f"--etcd-servers={client}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        # The Service `kubernetes` can't have an endpoint on loopback, and nobody asks for it.
        "--endpoint-reconciler-type=none",
        f"--secure-port={port}",
        f"--tls-cert-file={place / CERTIFICATE}",
        f"--tls-private-key-file={place / PRIVATE_KEY}",
        "--authorization-mode=RBAC",
        # As on EKS; Pod Security decides.
        "--allow-privileged=true",
        f"--token-auth-file={tokens}",
        *reviews,
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-signing-key-file={place / PRIVATE_KEY}",
        # Of an EC key in PKCS#8 only its certificate is read as a public key.
        f"--service-account-key-file={place / CERTIFICATE}",
        "--service-cluster-ip-range=172.20.0.0/16",
    ]
    return {"etcd": leash.wrap(etcd), "api-server": leash.wrap(api_server)}


def kubeconfig(name: str, cluster: Mapping[str, str], user: Mapping[str, str]) -> str:
    """Return a kubeconfig of one cluster and one user (JSON is YAML)."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": "local-admin", "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "local-admin"}}],
    }
    return json.dumps(config, indent=2)
