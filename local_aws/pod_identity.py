"""EKS Auth's AssumeRoleForPodIdentity, which MiniStack lacks: how pods get their role.

EKS user guide, "Learn how EKS Pod Identity grants pods access to AWS services": the agent on the
node hands the pod's service account token to EKS Auth, which answers with the role's credentials.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import time
from typing import Any

import ministack.app
from ministack.core.responses import set_request_account_id, set_request_region
from ministack.services import sts
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from kube.values import look_up, text
from local_aws.emulator.eks import store
from local_aws.emulator.internals import EKS, IAM
from local_aws.emulator.replies import HandlerError, deny, missing

PATH = re.compile(r"/clusters/([^/]+)/assume-role-for-pod-identity")
SERVICE = "pods.eks.amazonaws.com"
AGENT = "eks-pod-identity-agent"
SECONDS = 6 * 3600
"""EKS API reference, AssumeRoleForPodIdentity: six hours, and no longer."""


def install(*, account: str, region: str) -> None:
    """Answer the call in front of MiniStack, which routes by service and knows no eks-auth."""
    aws = ministack.app.app

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found = PATH.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await aws(scope, receive, send)
            return
        token = json.loads(await Request(scope, receive).body())["token"]
        try:
            answer = JSONResponse(assume_role(found[1], token, account=account, region=region))
        except HandlerError as error:
            headers = {"x-amzn-errortype": error.code}
            answer = JSONResponse({"message": error.message}, status_code=400, headers=headers)
        await answer(scope, receive, send)

    ministack.app.app = app


def assume_role(cluster: str, token: str, *, account: str, region: str) -> dict[str, Any]:
    """Return the credentials of the role that a service account is associated with.

    Raises `HandlerError` where a pod would get none: no agent, no association, or a role that does
    not trust the service to assume it and to tag the session. No agent runs on a node of Fargate.
    """
    set_request_account_id(account)
    set_request_region(region)
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    _, _, namespace, name = claims["sub"].split(":")
    node = look_up(claims, "kubernetes.io", "node", "name")
    if text(node).startswith("fargate-"):
        raise missing(f"{AGENT} does not run on Fargate: {node}")
    if not any(add_on["addonName"] == AGENT for add_on in store.of(EKS.addons, cluster)):
        raise missing(f"the add-on {AGENT} is not installed")
    for association in store.of(EKS.pod_identity_associations, cluster):
        if (association["namespace"], association["serviceAccount"]) == (namespace, name):
            break
    else:
        raise missing(f"no association for service account {namespace}/{name}")
    role = association["roleArn"]
    trusted = store.trusts(role, SERVICE, "sts:AssumeRole", "sts:TagSession")
    words = f"role {role} does not let {SERVICE} assume it and tag the session"
    deny(not trusted, "AccessDeniedException", words)
    tags = {"eks-cluster-name": cluster, "kubernetes-namespace": namespace}
    tags["kubernetes-service-account"] = name
    return _session(association, tags, account=account)


def _session(association: dict[str, Any], tags: dict[str, str], *, account: str) -> dict[str, Any]:
    role_arn = association["roleArn"]
    role_name = role_arn.rpartition("/")[2]
    session_name = f"eks-{association['clusterName'][:40]}"
    arn = f"arn:aws:sts::{account}:assumed-role/{role_name}/{session_name}"
    identity = f"{IAM.roles[role_name]['RoleId']}:{session_name}"
    key_id = f"ASIA{secrets.token_hex(8).upper()}"
    keys: dict[str, Any] = {"expiration": int(time.time()) + SECONDS}
    keys |= {one: secrets.token_urlsafe(48) for one in ("secretAccessKey", "sessionToken")}
    sts.register_session(
        key_id,
        {
            **{key[:1].upper() + key[1:]: value for key, value in keys.items()},
            "Arn": arn,
            "UserId": identity,
            "AccountId": account,
            "PrincipalType": "AssumedRole",
            "SessionTags": [{"Key": key, "Value": value} for key, value in tags.items()],
        },
    )
    return {
        "credentials": {"accessKeyId": key_id, **keys},
        "assumedRoleUser": {"arn": arn, "assumeRoleId": identity},
    }
