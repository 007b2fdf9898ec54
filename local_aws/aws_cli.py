"""The part of the AWS CLI that the CDK's kubectl handler uses: a kubeconfig.

The handler starts the CLI for each object. The real one takes a second to start, which was half of a
deploy. Its kubeconfig has kubectl start it once more, for a token; here it has the token, which the
handler's role signs here as there.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def main() -> int:
    """Ask EKS for the cluster of `aws eks update-kubeconfig`, and write how to reach it."""
    _, _, _, *words = sys.argv
    options = dict(zip(words[::2], words[1::2], strict=True))
    of_role = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")
    keys = Credentials(*(os.environ[f"AWS_{name}"] for name in of_role))
    named, region = options["--name"], options.get("--region") or os.environ["AWS_REGION"]
    request = AWSRequest("GET", f"{os.environ['AWS_ENDPOINT_URL']}/clusters/{named}")
    SigV4Auth(keys, "eks", region).add_auth(request)
    # Any other client takes longer to load than all else here.
    connection = HTTPConnection(request.url.split("/")[2])
    connection.request("GET", f"/clusters/{named}", headers=dict(request.headers))
    text = connection.getresponse().read().decode()
    found: dict[str, Any] = json.loads(text)
    if "cluster" not in found:
        sys.stderr.write(f"An error occurred when calling DescribeCluster: {text}\n")
        # The CLI's own for a call that AWS refuses.
        return 254
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


def token(cluster: str, region: str, keys: Credentials) -> str:
    """Return the token of a role: a signed URL of the real STS, which is never opened."""
    url = f"https://sts.{region}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest("GET", url, headers={"x-k8s-aws-id": cluster})
    SigV4QueryAuth(keys, "sts", region, expires=60).add_auth(request)
    return f"k8s-aws-v1.{base64.urlsafe_b64encode(request.url.encode()).decode().rstrip('=')}"


if __name__ == "__main__":
    sys.exit(main())
