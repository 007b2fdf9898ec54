"""The AWS Load Balancer Controller, as far as a Service of type LoadBalancer sees of it.

It acts only while a pod of its release is ready, and only with what its own role may do. So a
Service that outlives the controller keeps its finalizer, and its load balancer stays: the orphan
that blocks a VPC's deletion on AWS.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from kube import selectors
from kube.values import dicts, items, look_up, text
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import PODS, SERVICE_ACCOUNTS, SERVICES
from local_aws.kubernetes.controllers.context import Context, Reconciler
from local_aws.kubernetes.objects import Json
from local_aws.load_balancers import credentials
from local_aws.load_balancers.aws import Aws, Targets
from local_aws.load_balancers.model import FINALIZER, LoadBalancer, ModelError, is_ours
from local_aws.load_balancers.model import load_balancer as asked_of

NAME = "aws-load-balancer-controller"
FLAG = re.compile(r"--([\w-]+)=(.*)")
_FINALIZERS = ("metadata", "finalizers")
RELEASE = f"app.kubernetes.io/name={NAME}"
CONDITION = "LoadBalancer"
"""Tells in a Service's status what the real controller tells in an event."""


class LoadBalancerController(Reconciler):
    """A reconciler beside those of the workloads."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._endpoint: str = context.aws("sts").meta.endpoint_url
        self._aws_of: tuple[object, Aws] | None = None

    def reconcile(self) -> bool:
        """Bring every Service's load balancer to what it asks for."""
        found = self._api.list(SERVICES)
        services = [one for one in found if is_ours(one) or FINALIZER in items(one, *_FINALIZERS)]
        pods = self._api.list(PODS, label_selector=RELEASE) if services else []
        pod = next(filter(_is_ready, pods), None)
        changes = [self._take(service, pod) for service in services] if pod else ()
        return any(changes)

    def _take(self, service: Json, pod: Json) -> bool:
        """Do what a Service asks for, in the name of a pod of the controller."""
        arguments = pod["spec"]["containers"][0].get("args") or ()
        flags = {found[1]: found[2] for found in map(FLAG.fullmatch, arguments) if found}
        try:
            aws = self._aws(pod, flags)
            if objects.is_terminating(service) or not is_ours(service):
                aws.delete(_stack(service))
                self._hold(service, held=False)
                return True
            return self._ensure(service, flags, aws)
        except (ModelError, ClientError, BotoCoreError) as error:
            self._aws_of, step = None, "build" if isinstance(error, ModelError) else "deploy"
            why = {"reason": f"Failed{step.title()}Model"}
            message = f"Failed {step} model due to {error}"
            said = objects.new_condition(CONDITION, status=False, **why, message=message)
            conditions = objects.merged_conditions(look_up(service, "status", "conditions"), said)
            return self._api.write_status(SERVICES, service, conditions=conditions)

    def _ensure(self, service: Json, flags: Mapping[str, str], aws: Aws) -> bool:
        name, kind = flags.get("cluster-name", ""), flags.get("default-target-type", "instance")
        wanted = asked_of(service, cluster_name=name, default_target_type=kind)
        changed = FINALIZER not in items(service, *_FINALIZERS)
        if changed:
            service = self._hold(service, held=True)
        address = aws.ensure(wanted, self._targets(service, wanted))
        aws.delete(_stack(service), keep=[wanted.name])
        balancer = {"ingress": [{"hostname": address}]}
        # The real server adds how an address is to be used, and not to a name.
        fields = {"loadBalancer": balancer, "conditions": []}
        return self._api.write_status(SERVICES, service, **fields) or changed

    def _targets(self, service: Json, wanted: LoadBalancer) -> Targets:
        """Return the ready pods behind each port."""
        selector = {"matchLabels": service["spec"].get("selector") or {"": ""}}
        found = filter(_is_ready, self._api.list(PODS, objects.namespace(service)))
        pods = [one for one in found if selectors.matches(selector, objects.labels(one))]
        targets: Targets = {port.listener: set() for port in wanted.ports}
        for port, pod in itertools.product(wanted.ports, pods):
            address = text(pod, "status", "podIP")
            targets[port.listener].update((address, one) for one in _numbers(pod, port.target))
        return targets

    def _aws(self, pod: Json, flags: Mapping[str, str]) -> Aws:
        namespace = objects.namespace(pod)
        name = pod["spec"].get("serviceAccountName") or "default"
        account = self._api.get(SERVICE_ACCOUNTS, namespace, name)
        if account is None:
            raise ModelError(f"service account {namespace}/{name} not found")
        # Keys are good for hours; another account, role, pod or flag needs its own.
        key = objects.uid(account), objects.annotations(account), pod["spec"].get("nodeName"), flags
        if self._aws_of is None or self._aws_of[0] != key:
            eks = self._context.aws("eks")
            cluster = eks.describe_cluster(name=self._context.cluster)["cluster"]
            place = {"endpoint": self._endpoint, "region": self._context.region}
            make = credentials.session(account, pod=pod, cluster=cluster, **place).client
            where = {"endpoint_url": self._endpoint, "config": Config(**credentials.SETTINGS)}
            name, vpc_id = flags.get("cluster-name", ""), flags.get("aws-vpc-id", "")
            clients = make("ec2", **where), make("elbv2", **where)
            self._aws_of = key, Aws(*clients, cluster_name=name, vpc_id=vpc_id)
        return self._aws_of[1]

    def _hold(self, service: Json, *, held: bool) -> Json:
        """Set or take away the finalizer that keeps a Service until its load balancer is gone."""
        rest = [one for one in items(service, *_FINALIZERS) if one != FINALIZER]
        patch = {"metadata": {"finalizers": [*rest, FINALIZER] if held else rest}}
        return self._api.patch(SERVICES, service, patch)


def _numbers(pod: Json, target: int | str) -> Iterator[int]:
    """Yield the number of a target port; a name is looked up in the pod's containers."""
    if isinstance(target, int):
        yield target
    for container in dicts(pod, "spec", "containers"):
        for port in dicts(container, "ports"):
            if port.get("name") == target:
                yield int(port["containerPort"])


def _is_ready(pod: Json) -> bool:
    return objects.is_true(pod, "Ready") and not objects.is_terminating(pod)


def _stack(service: Json) -> str:
    return f"{objects.namespace(service)}/{objects.name(service)}"
