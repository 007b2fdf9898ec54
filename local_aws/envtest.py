"""The real kube-apiserver and etcd, if a folder with both is available.

The convention is envtest's (kubernetes-sigs/controller-runtime): KUBEBUILDER_ASSETS names it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import yaml

from local_aws import leash
from local_aws.certificates import CERTIFICATE, PRIVATE_KEY
from local_aws.ports import free_port

_WORDS: Mapping[str, list[str]] = yaml.safe_load(
    Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
)


def commands(
    assets: Path, place: Path, *, port: int, token: str, webhook: str
) -> Mapping[str, list[str]]:
    """Return the commands of etcd and of the real API server, which share a new database.

    `place` has the server's certificate. Without a webhook the administrator's token is the only
    one that the server knows.
    """
    tokens, reviews = place / "tokens.csv", place / "token-webhook.json"
    tokens.touch(mode=0o600)
    tokens.write_text(f'{token},local-admin,local-admin,"system:masters"\n', encoding="utf-8")
    reviews.write_text(kubeconfig("webhook", {"server": webhook}, {}), encoding="utf-8")
    values = {
        "assets": assets,
        "place": place,
        "port": port,
        "tokens": tokens,
        "reviews": reviews,
        "certificate": place / CERTIFICATE,
        "private_key": place / PRIVATE_KEY,
        **{name: f"http://127.0.0.1:{free_port()}" for name in ("client", "peer")},
    }
    words = {"etcd": _WORDS["etcd"], "api-server": _WORDS["api-server"]}
    if webhook:
        words["api-server"] = [*words["api-server"], *_WORDS["token-review"]]
    return {name: leash.wrap([one.format(**values) for one in of]) for name, of in words.items()}


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
