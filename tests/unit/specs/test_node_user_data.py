from __future__ import annotations

import datetime as dt
import email
import os
import ssl
import subprocess
import tomllib
from base64 import b64decode
from email.message import Message
from pathlib import Path

import pytest
import yaml

from constructs_lib.specs import namespaced_workloads
from constructs_lib.specs.http_proxy import HttpProxySpec
from constructs_lib.specs.node_user_data import user_data
from constructs_lib.specs.proxy_settings import ProxySettings
from tests.support import ROOT

AL2023, BOTTLEROCKET = "AL2023_x86_64_STANDARD", "BOTTLEROCKET_ARM_64"
FILES = Path("tests/unit/configuration/certificates")
CERTIFICATES = HttpProxySpec(
    url="http://proxy.example.com:3128", ca_certificates=(str(FILES / "authorities.pem"),) * 2
).certificates
PROXY = ProxySettings(
    url="http://proxy.example.com:3128", no_proxy=("localhost", "10.0.0.0/16"), certificates=()
)
TRUSTING = ProxySettings(url=PROXY.url, no_proxy=PROXY.no_proxy, certificates=CERTIFICATES)
ENVIRONMENT = {
    "HTTP_PROXY": "http://proxy.example.com:3128",
    "HTTPS_PROXY": "http://proxy.example.com:3128",
    "NO_PROXY": "localhost,10.0.0.0/16",
}


def parts_of(text: str | None) -> list[Message]:
    """Return the parts of user data in MIME, as cloud-init and nodeadm see them."""
    message = email.message_from_string(text or "")
    assert message.get_content_type() == "multipart/mixed"
    assert not message.defects
    return [part for part in message.walk() if not part.is_multipart()]


@pytest.mark.parametrize("ami_type", [AL2023, BOTTLEROCKET])
def test_a_node_without_settings_has_no_user_data(ami_type: str) -> None:
    """The launch template of such a group stays as it is."""
    assert user_data(ami_type, None, None) is None


@pytest.mark.parametrize("max_pods", [None, 17])
@pytest.mark.parametrize("proxy", [PROXY, TRUSTING])
def test_nodeadm_takes_the_proxy_from_its_configuration(
    proxy: ProxySettings, max_pods: int | None
) -> None:
    """A script would come too late for nodeadm, whose first request precedes cloud-init."""
    *_, part = parts_of(user_data(AL2023, max_pods, proxy))

    assert part.get_content_type() == "application/node.eks.aws"
    kubelet = {} if max_pods is None else {"kubelet": {"flags": ["--max-pods=17"]}}
    assert yaml.safe_load(str(part.get_payload())) == {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": {**kubelet, "instance": {"environment": {"default": ENVIRONMENT}}},
    }


def test_al2023_trusts_the_authorities_before_its_services_start(tmp_path: Path) -> None:
    """A boothook writes each certificate into a file of its own and updates the trust store."""
    boothook, _ = parts_of(user_data(AL2023, None, TRUSTING))
    assert boothook.get_content_type() == "text/cloud-boothook"
    script = str(boothook.get_payload())
    assert script.startswith("#!/bin/bash\n")

    program = tmp_path / "update-ca-trust"
    program.write_text(f"#!/bin/bash\ntouch {tmp_path}/updated\n", encoding="utf-8")
    program.chmod(0o755)
    anchors = tmp_path / "anchors"
    anchors.mkdir()
    subprocess.run(  # noqa: S603  # our own script
        ["bash", "-c", script.replace("/etc/pki/ca-trust/source/anchors", str(anchors))],  # noqa: S607
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=True,
    )

    written = [each.read_text(encoding="ascii") for each in sorted(anchors.iterdir())]
    assert [ssl.PEM_cert_to_DER_cert(each) for each in written] == [
        ssl.PEM_cert_to_DER_cert(each) for each in CERTIFICATES
    ]
    assert len(written) == 2
    assert (tmp_path / "updated").exists()


def test_a_file_of_certificates_may_come_from_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its line ends are not those of a node, nor is its encoding."""
    text = "\n".join(("Schlüssel", *CERTIFICATES))
    (tmp_path / "ca.pem").write_bytes(text.replace("\n", "\r\n").encode("cp1252"))
    monkeypatch.setattr(namespaced_workloads, "ROOT", tmp_path)

    assert HttpProxySpec(url=PROXY.url, ca_certificates=("ca.pem",)).certificates == CERTIFICATES


@pytest.mark.parametrize("names", [("authorities", "expired"), ("expired", "authorities")])
def test_the_first_certificate_of_a_file_to_expire_counts(
    names: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it stands in the file."""
    text = "".join((ROOT / FILES / f"{name}.pem").read_text(encoding="utf-8") for name in names)
    (tmp_path / "ca.pem").write_text(text, encoding="utf-8")
    monkeypatch.setattr(namespaced_workloads, "ROOT", tmp_path)

    ((_, day),) = HttpProxySpec(url=PROXY.url, ca_certificates=("ca.pem",)).last_days
    assert day == dt.date(2025, 11, 5)


@pytest.mark.parametrize("max_pods", [None, 17])
def test_bottlerocket_has_settings_for_the_proxy(max_pods: int | None) -> None:
    """One proxy for HTTPS, and a list of what is reached without it."""
    pods = {} if max_pods is None else {"kubernetes": {"max-pods": 17}}
    assert tomllib.loads(user_data(BOTTLEROCKET, max_pods, PROXY) or "") == {
        "settings": {
            **pods,
            "network": {
                "https-proxy": "http://proxy.example.com:3128",
                "no-proxy": ["localhost", "10.0.0.0/16"],
            },
        }
    }


def test_bottlerocket_trusts_the_authorities() -> None:
    """One bundle with all certificates, without the comments of the files."""
    settings = tomllib.loads(user_data(BOTTLEROCKET, None, TRUSTING) or "")["settings"]

    assert set(settings["pki"]) == {"http-proxy"}
    bundle = settings["pki"]["http-proxy"]
    assert bundle["trusted"] is True
    assert b64decode(bundle["data"]).decode("ascii") == "".join(
        f"{each}\n" for each in CERTIFICATES
    )
    assert b64decode(bundle["data"]).count(b"BEGIN CERTIFICATE") == 2
