"""The part of the AWS CLI that the CDK's kubectl handler uses: a kubeconfig.

The handler starts the CLI for each object. The real one takes a second to start, which was half of a
deploy. Its kubeconfig has kubectl start it once more, for a token; here it has the token, which the
handler's role signs here as there.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

FAILED = 254
"""The CLI's exit code for a call that AWS refuses."""


def main() -> int:
    """Run `aws eks update-kubeconfig`; return the exit code."""
    parser = argparse.ArgumentParser(prog="aws")
    parser.add_argument("--region", default=os.environ.get("AWS_REGION"))
    services = parser.add_subparsers(required=True).add_parser("eks").add_subparsers(required=True)
    update = services.add_parser("update-kubeconfig")
    update.add_argument("--name", required=True)
    update.add_argument("--kubeconfig", type=Path, required=True)
    update.set_defaults(run=update_kubeconfig)
    options = parser.parse_args()
    return int(options.run(options))


def update_kubeconfig(options: argparse.Namespace) -> int:
    """Ask EKS for the cluster, and write how to reach it."""
    url = f"{os.environ['AWS_ENDPOINT_URL']}/clusters/{options.name}"
    request = AWSRequest(method="GET", url=url)
    SigV4Auth(credentials(), "eks", options.region).add_auth(request)
    answer = URLLib3Session().send(request.prepare())
    found: dict[str, Any] = json.loads(answer.text)
    if "cluster" not in found:
        sys.stderr.write(f"An error occurred when calling DescribeCluster: {answer.text}\n")
        return FAILED
    cluster = found["cluster"]
    server = {
        "server": cluster["endpoint"],
        "certificate-authority-data": cluster["certificateAuthority"]["data"],
    }
    name = cluster["arn"]
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": server}],
        "users": [
            {"name": name, "user": {"token": token(options.name, options.region, credentials())}}
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
    }
    options.kubeconfig.write_text(json.dumps(config), encoding="utf-8")
    return 0


def token(cluster: str, region: str, keys: Credentials) -> str:
    """Return the token of a role: a signed URL of the real STS, which is never opened."""
    sts = f"https://sts.{region}.amazonaws.com/"
    request = AWSRequest(
        method="GET",
        url=f"{sts}?Action=GetCallerIdentity&Version=2011-06-15",
        headers={"x-k8s-aws-id": cluster},
    )
    SigV4QueryAuth(keys, "sts", region, expires=60).add_auth(request)
    written = base64.urlsafe_b64encode(request.url.encode()).decode().rstrip("=")
    return f"k8s-aws-v1.{written}"


def credentials() -> Credentials:
    """Return the keys of the function's role, as Lambda gives them."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return Credentials(*(os.environ.get(name) for name in names))


if __name__ == "__main__":
    sys.exit(main())
