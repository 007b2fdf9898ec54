"""The controller's own AWS credentials, had the way its pods get them: Pod Identity or IRSA."""

from __future__ import annotations

import base64
import json
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from kube.values import text
from local_aws.kubernetes import objects
from local_aws.kubernetes.objects import Json

ROLE_ANNOTATION = "eks.amazonaws.com/role-arn"
SETTINGS: dict[str, Any] = {"retries": {"total_max_attempts": 1}, "proxies": {}}


def session(
    account: Json, *, pod: Json, cluster: Json, endpoint: str, region: str
) -> boto3.Session:
    """Return the session that a service account's pod gets; `cluster` is what EKS says of its own.

    Raises botocore's `ClientError` where AWS would refuse: no role, a role that trusts somebody
    else, an identity provider that the account doesn't know, a pod on Fargate.
    """
    namespace, name = objects.namespace(account), objects.name(account)
    # As the API server signs them; nobody does here, and the emulator believes what it says.
    claims = {
        "iss": cluster["identity"]["oidc"]["issuer"],
        "sub": f"system:serviceaccount:{namespace}:{name}",
        "kubernetes.io": {"namespace": namespace, "node": {"name": text(pod, "spec", "nodeName")}},
    }
    role = objects.annotations(account).get(ROLE_ANNOTATION)
    # The token is what these two calls are authenticated by.
    config = Config(signature_version=UNSIGNED, **SETTINGS)
    service = "eks-auth" if role is None else "sts"
    client = boto3.client(service, endpoint_url=endpoint, region_name=region, config=config)
    if role is None:
        token = _token({**claims, "aud": "pods.eks.amazonaws.com"})
        found = client.assume_role_for_pod_identity(clusterName=cluster["name"], token=token)
        keys = found["credentials"]
    else:
        token = _token({**claims, "aud": "sts.amazonaws.com"})
        found = client.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName=name, WebIdentityToken=token
        )
        keys = {key[:1].lower() + key[1:]: value for key, value in found["Credentials"].items()}
    wanted = ("accessKeyId", "secretAccessKey", "sessionToken")
    return boto3.Session(*(keys[one] for one in wanted), region_name=region)


def _token(claims: Json) -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
    return ".".join([*(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts), ""])
