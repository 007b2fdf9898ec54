from __future__ import annotations

import json
import stat
from pathlib import Path

from local_aws.kubernetes_hosts import envtest_commands
from local_aws.loopback import write_certificate

WEBHOOK = "http://127.0.0.1:4566/review"


def commands(place: Path, webhook: str) -> dict[str, list[str]]:
    """Return the command lines of etcd and kube-apiserver."""
    write_certificate(place)
    reviewed = {"token": "a-token", "webhook": webhook}
    return dict(envtest_commands(place / "assets", place, port=6443, **reviewed))


def test_the_real_api_server_is_as_that_of_eks(tmp_path: Path) -> None:
    """Tokens are reviewed by EKS, but for the administrator's; the two share a database."""
    made = commands(tmp_path, WEBHOOK)
    assert list(made) == ["etcd", "api-server"]
    api_server = made["api-server"]
    assert {
        str(tmp_path / "assets/kube-apiserver"),
        "--authorization-mode=RBAC",
        "--secure-port=6443",
        "--allow-privileged=true",
        # Of an EC key in PKCS#8 it reads no public key.
        f"--service-account-key-file={tmp_path / 'tls.crt'}",
        f"--authentication-token-webhook-config-file={tmp_path / 'token-webhook.json'}",
    } <= set(api_server)
    (etcd,) = (word for word in api_server if word.startswith("--etcd-servers="))
    assert f"--listen-client-urls={etcd.partition('=')[2]}" in made["etcd"]
    config = json.loads((tmp_path / "token-webhook.json").read_text(encoding="utf-8"))
    assert config["clusters"][0]["cluster"] == {"server": WEBHOOK}
    tokens = tmp_path / "tokens.csv"
    assert tokens.read_text(encoding="utf-8").startswith("a-token,")
    assert stat.S_IMODE(tokens.stat().st_mode) == 0o600


def test_without_a_webhook_no_other_token_is_known(tmp_path: Path) -> None:
    """As for a dry run of manifests."""
    words = commands(tmp_path, "")["api-server"]
    assert not [word for word in words if word.startswith("--authentication-token-webhook")]
