"""The controller's own AWS credentials, had the way its pods get them: Pod Identity or IRSA."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config

ROLE_ANNOTATION = "eks.amazonaws.com/role-arn"


@dataclass(frozen=True, kw_only=True)
class PodCredentials:
    """Hands out sessions of the roles that service accounts may take.

    Raises botocore's `ClientError` where AWS would refuse: no role, a role that trusts somebody
    else, an identity provider that the account doesn't know.
    """

    aws_endpoint: str
    region: str
    cluster_name: str

    def session(self, service_account: Mapping[str, Any], *, issuer: str) -> boto3.Session:
        """Return a session as the pods of a service account get it."""
        metadata = service_account["metadata"]
        namespace, name = metadata["namespace"], metadata["name"]
        role = (metadata.get("annotations") or {}).get(ROLE_ANNOTATION)
        subject = f"system:serviceaccount:{namespace}:{name}"
        if role is not None:
            answer = self._client("sts").assume_role_with_web_identity(
                RoleArn=role,
                RoleSessionName=name,
                WebIdentityToken=_token(iss=issuer, sub=subject, aud="sts.amazonaws.com"),
            )["Credentials"]
            keys = answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"]
        else:
            answer = self._client("eks-auth").assume_role_for_pod_identity(
                clusterName=self.cluster_name,
                token=_token(iss=issuer, sub=subject, aud="pods.eks.amazonaws.com"),
            )["credentials"]
            keys = answer["accessKeyId"], answer["secretAccessKey"], answer["sessionToken"]
        return boto3.Session(*keys, region_name=self.region)

    def _client(self, service: str) -> Any:  # noqa: ANN401  # boto3 makes its classes at run time
        # The token is what these two calls are authenticated by.
        return boto3.client(
            service,
            endpoint_url=self.aws_endpoint,
            region_name=self.region,
            config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}),
        )


def _token(**claims: str) -> str:
    """Return a service account's token. Nobody signs it: the emulator believes what it says."""
    parts = ({"alg": "none"}, claims)
    encoded = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts
    )
    return ".".join([*encoded, ""])
