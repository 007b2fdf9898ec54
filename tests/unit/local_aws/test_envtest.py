from __future__ import annotations

import json
import stat
from pathlib import Path

from local_aws import envtest
from local_aws.certificates import loopback_certificate

WEBHOOK = "http://127.0.0.1:4566/_ministack/eks-auth/111122223333/eu-west-1/blue/secret"


def test_the_real_api_server_asks_eks_who_a_token_belongs_to(tmp_path: Path) -> None:
    """By the webhook of the emulated account; the administrator's token it knows itself."""
    made = envtest.commands(
        tmp_path / "assets",
        place=tmp_path,
        port=6443,
        certificate=loopback_certificate(tmp_path),
        token="a-token",  # noqa: S106  # of a server that is never started
        token_webhook=WEBHOOK,
    )
    assert list(made) == ["etcd", "api-server"]
    api_server = made["api-server"]
    assert str(tmp_path / "assets/kube-apiserver") in api_server
    assert "--authorization-mode=RBAC" in api_server
    assert "--secure-port=6443" in api_server
    (etcd,) = (word for word in api_server if word.startswith("--etcd-servers="))
    assert f"--listen-client-urls={etcd.partition('=')[2]}" in made["etcd"]
    config = json.loads((tmp_path / "token-webhook.json").read_text(encoding="utf-8"))
    assert config["clusters"][0]["cluster"] == {"server": WEBHOOK}
    tokens = tmp_path / "tokens.csv"
    assert tokens.read_text(encoding="utf-8") == (
        'a-token,local-admin,local-admin,"system:masters"\n'
    )
    assert stat.S_IMODE(tokens.stat().st_mode) == 0o600


def test_without_a_webhook_no_other_token_is_known(tmp_path: Path) -> None:
    """As for a dry run of manifests."""
    made = envtest.commands(
        tmp_path,
        place=tmp_path,
        port=6443,
        certificate=loopback_certificate(tmp_path),
        token="a-token",  # noqa: S106  # as above
        token_webhook="",
    )
    assert not [
        word for word in made["api-server"] if word.startswith("--authentication-token-webhook")
    ]
