"""The part of the AWS CLI that the CDK's kubectl handler uses: a kubeconfig.

The handler starts the CLI for each object. The real one takes a second to start, which was half of a
deploy. Its kubeconfig has kubectl start it once more, for a token; here it has the token, which the
handler's role signs here as there.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import sys
from collections.abc import Mapping
from functools import reduce
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from time import gmtime, strftime
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

FAILED = 254
"""The CLI's exit code for a call that AWS refuses."""


class Keys(NamedTuple):
    """The keys of a role, as Lambda gives them to its function."""

    access_key: str
    secret_key: str
    session_token: str


def main() -> int:
    """Ask EKS for the cluster of `aws eks update-kubeconfig`, and write how to reach it."""
    _, _, _, *words = sys.argv
    options = dict(zip(words[::2], words[1::2], strict=True))
    of_role = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")
    keys = Keys(*(os.environ[f"AWS_{name}"] for name in of_role))
    named, region = options["--name"], options.get("--region") or os.environ["AWS_REGION"]
    address, path = urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc, f"/clusters/{named}"
    connection = HTTPConnection(address)
    connection.request("GET", path, headers=signed(address, path, region, keys))
    text = connection.getresponse().read().decode()
    found: dict[str, Any] = json.loads(text)
    if "cluster" not in found:
        sys.stderr.write(f"An error occurred when calling DescribeCluster: {text}\n")
        return FAILED
    cluster, authority = found["cluster"], found["cluster"]["certificateAuthority"]["data"]
    server = {"server": cluster["endpoint"], "certificate-authority-data": authority}
    config = config_file(cluster["arn"], server, {"token": token(named, region, keys)})
    Path(options["--kubeconfig"]).write_text(config, encoding="utf-8")
    return 0


def config_file(name: str, cluster: Mapping[str, str], user: Mapping[str, str]) -> str:
    """Return a kubeconfig of one cluster and one user (JSON is YAML)."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
    }
    return json.dumps(config, indent=2)


def signed(address: str, path: str, region: str, keys: Keys) -> dict[str, str]:
    """Return the headers of a request to EKS that a role has signed."""
    now = strftime("%Y%m%dT%H%M%SZ", gmtime())
    headers = {"host": address, "x-amz-date": now, "x-amz-security-token": keys.session_token}
    scope, signature = signature_v4("eks", region, keys, now, path, "", headers)
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={keys.access_key}/{scope}, "
        f"SignedHeaders={';'.join(headers)}, Signature={signature}"
    )
    return {**headers, "authorization": authorization}


def token(cluster: str, region: str, keys: Keys) -> str:
    """Return the token of a role: a signed URL of the real STS, which is never opened."""
    now = strftime("%Y%m%dT%H%M%SZ", gmtime())
    headers = {"host": f"sts.{region}.amazonaws.com", "x-k8s-aws-id": cluster}
    query = urlencode(
        {
            "Action": "GetCallerIdentity",
            "Version": "2011-06-15",
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{keys.access_key}/{now[:8]}/{region}/sts/aws4_request",
            "X-Amz-Date": now,
            "X-Amz-Expires": "60",
            "X-Amz-Security-Token": keys.session_token,
            "X-Amz-SignedHeaders": ";".join(headers),
        }
    )
    _, signature = signature_v4("sts", region, keys, now, "/", query, headers)
    url = f"https://{headers['host']}/?{query}&X-Amz-Signature={signature}"
    return f"k8s-aws-v1.{base64.urlsafe_b64encode(url.encode()).decode().rstrip('=')}"


def signature_v4(  # noqa: PLR0917  # what is signed
    service: str, region: str, keys: Keys, now: str, path: str, query: str, headers: dict[str, str]
) -> tuple[str, str]:
    """Return the scope and the signature of a GET, its query and headers sorted by name.

    By hand, as importing botocore takes longer than all else here. Source: "Create a signed AWS API
    request" (IAM User Guide).
    """
    scope = f"{now[:8]}/{region}/{service}/aws4_request"
    named = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = "\n".join(("GET", path, query, named, ";".join(headers), sha256().hexdigest()))
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    key = reduce(
        lambda key, part: hmac.digest(key, part.encode(), "sha256"),
        (*scope.split("/"), text),
        f"AWS4{keys.secret_key}".encode(),
    )
    return scope, key.hex()


if __name__ == "__main__":
    sys.exit(main())
