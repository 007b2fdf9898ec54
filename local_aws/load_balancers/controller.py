"""The AWS Load Balancer Controller, as far as a Service of type LoadBalancer sees of it.

It acts only while its release is installed and its pods are ready, and only with what its own role
may do. So a Service that outlives the controller keeps its finalizer, and its load balancer stays:
the orphan that blocks a VPC's deletion on AWS.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local_aws.kubernetes import objects
from local_aws.kubernetes.client import (
    DEPLOYMENTS,
    ENDPOINT_SLICES,
    SERVICE_ACCOUNTS,
    SERVICES,
)
from local_aws.kubernetes.controllers import events
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.objects import Json
from local_aws.load_balancers.aws import Aws, Target
from local_aws.load_balancers.credentials import PodCredentials
from local_aws.load_balancers.model import (
    FINALIZER,
    LoadBalancer,
    ModelError,
    is_ours,
    load_balancer,
)

NAME = "aws-load-balancer-controller"
FLAG = re.compile(r"--([\w-]+)=(.*)")
RELEASE = f"app.kubernetes.io/name={NAME}"

logger = logging.getLogger(NAME)


@dataclass(frozen=True, kw_only=True)
class Release:
    """What the installed controller was started with."""

    namespace: str
    service_account: str
    cluster_name: str
    vpc_id: str
    default_target_type: str


class LoadBalancerController:
    """A reconciler beside those of the workloads."""

    def __init__(self, context: Context) -> None:
        """Play the controller in one cluster."""
        self._context = context
        self._aws_endpoint: str = context.aws("sts").meta.endpoint_url
        self._session: tuple[Json, boto3.Session] | None = None
        self._said: dict[str, str] = {}

    def reconcile(self) -> bool:
        """Bring every Service's load balancer to what it asks for."""
        services = [
            service
            for service in self._context.api.list(SERVICES)
            if is_ours(service) or FINALIZER in _finalizers(service)
        ]
        release = self._release() if services else None
        if release is None:
            return False
        changes = [self._take(service, release) for service in services]
        return any(changes)

    def _release(self) -> Release | None:
        """Return the release if its pods answer."""
        for deployment in self._context.api.list(DEPLOYMENTS, label_selector=RELEASE):
            if not objects.look_up(deployment, "status", "availableReplicas"):
                continue
            pod = deployment["spec"]["template"]["spec"]
            arguments = pod["containers"][0].get("args", [])
            flags = {found[1]: found[2] for found in map(FLAG.fullmatch, arguments) if found}
            return Release(
                namespace=objects.namespace(deployment),
                service_account=pod.get("serviceAccountName", "default"),
                cluster_name=flags.get("cluster-name", ""),
                vpc_id=flags.get("aws-vpc-id", ""),
                default_target_type=flags.get("default-target-type", "instance"),
            )
        return None

    def _take(self, service: Json, release: Release) -> bool:
        try:
            aws = self._aws(release)
            if objects.is_terminating(service) or not is_ours(service):
                return self._let_go(service, aws)
            return self._ensure(service, release, aws)
        except ModelError as error:
            self._complain(service, "FailedBuildModel", f"Failed build model due to {error}")
        except (ClientError, BotoCoreError) as error:
            self._session = None
            self._complain(service, "FailedDeployModel", f"Failed deploy model due to {error}")
        return False

    def _ensure(self, service: Json, release: Release, aws: Aws) -> bool:
        wanted = load_balancer(
            service,
            cluster_name=release.cluster_name,
            default_target_type=release.default_target_type,
        )
        changed = FINALIZER not in _finalizers(service)
        if changed:
            service = self._set_finalizers(service, [*_finalizers(service), FINALIZER])
        address, new = aws.ensure(wanted, self._targets(service, wanted))
        stack = f"{objects.namespace(service)}/{objects.name(service)}"
        aws.delete(stack, keep=[wanted.name])
        ingress = [{"hostname": address}]
        if objects.look_up(service, "status", "loadBalancer", "ingress") != ingress:
            status = {"status": {"loadBalancer": {"ingress": ingress}}}
            self._context.api.patch(SERVICES, service, status, subresource="status")
            changed = True
        if new:
            events.record(
                self._context.api,
                service,
                component="service",
                reason="SuccessfullyReconciled",
                message="Successfully reconciled",
            )
        self._said.pop(objects.uid(service), None)
        return changed or new

    def _let_go(self, service: Json, aws: Aws) -> bool:
        aws.delete(f"{objects.namespace(service)}/{objects.name(service)}")
        rest = [one for one in _finalizers(service) if one != FINALIZER]
        self._set_finalizers(service, rest)
        return True

    def _targets(self, service: Json, wanted: LoadBalancer) -> list[Target]:
        """Return the addresses behind each port, as the EndpointSlices have them."""
        names = {port["port"]: port.get("name", "") for port in service["spec"]["ports"]}
        slices = self._context.api.list(
            ENDPOINT_SLICES,
            objects.namespace(service),
            label_selector=f"kubernetes.io/service-name={objects.name(service)}",
        )
        return [
            Target(listener=port.listener, address=address, port=place["port"])
            for port in wanted.ports
            for one in slices
            for place in one.get("ports") or ()
            if (place.get("name") or "") == names[port.listener]
            for endpoint in one.get("endpoints") or ()
            if objects.look_up(endpoint, "conditions", "ready") is not False
            for address in endpoint["addresses"]
        ]

    def _aws(self, release: Release) -> Aws:
        account = self._context.api.get(
            SERVICE_ACCOUNTS, release.namespace, release.service_account
        )
        if account is None:
            raise ModelError(
                f"service account {release.namespace}/{release.service_account} not found"
            )
        # A session is good for hours; another account, or another role on it, needs its own.
        key = {
            "uid": objects.uid(account),
            "annotations": objects.look_up(account, "metadata", "annotations"),
        }
        if self._session is None or self._session[0] != key:
            credentials = PodCredentials(
                aws_endpoint=self._aws_endpoint,
                region=self._context.region,
                cluster_name=self._context.cluster,
            )
            self._session = key, credentials.session(account, issuer=self._issuer())
        session = self._session[1]
        clients = [
            session.client(
                name,
                endpoint_url=self._aws_endpoint,
                config=Config(retries={"total_max_attempts": 1}, proxies={}),
            )
            for name in ("ec2", "elbv2")
        ]
        return Aws(*clients, cluster_name=release.cluster_name, vpc_id=release.vpc_id)

    def _issuer(self) -> str:
        cluster = self._context.aws("eks").describe_cluster(name=self._context.cluster)["cluster"]
        return str(cluster["identity"]["oidc"]["issuer"])

    def _set_finalizers(self, service: Json, finalizers: Sequence[str]) -> Json:
        patch: Json = {"metadata": {"finalizers": list(finalizers)}}
        return self._context.api.patch(SERVICES, service, patch)

    def _complain(self, service: Json, reason: str, message: str) -> None:
        # Once: the loop comes back several times a second.
        if self._said.get(objects.uid(service)) == message:
            return
        self._said[objects.uid(service)] = message
        logger.warning("%s/%s: %s", objects.namespace(service), objects.name(service), message)
        events.record(
            self._context.api,
            service,
            component="service",
            reason=reason,
            message=message,
            warning=True,
        )


def _finalizers(service: Json) -> list[str]:
    found: list[str] = service["metadata"].get("finalizers") or []
    return found
