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

    def client(service: str) -> Any:  # noqa: ANN401  # boto3 makes its classes at run time
        # The token is what these two calls are authenticated by.
        config = Config(signature_version=UNSIGNED, **SETTINGS)
        return boto3.client(service, endpoint_url=endpoint, region_name=region, config=config)

    role = objects.annotations(account).get(ROLE_ANNOTATION)
    if role is None:
        answer = client("eks-auth").assume_role_for_pod_identity(
            clusterName=cluster["name"], token=_token({**claims, "aud": "pods.eks.amazonaws.com"})
        )
        keys = [
            answer["credentials"][k] for k in ("accessKeyId", "secretAccessKey", "sessionToken")
        ]
    else:
        answer = client("sts").assume_role_with_web_identity(
            RoleArn=role,
            RoleSessionName=name,
            WebIdentityToken=_token({**claims, "aud": "sts.amazonaws.com"}),
        )
        keys = [
            answer["Credentials"][k] for k in ("AccessKeyId", "SecretAccessKey", "SessionToken")
        ]
    return boto3.Session(*keys, region_name=region)


def _token(claims: Json) -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
    return ".".join([*(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts), ""])
