"""What fits.yaml asks about pods and other objects: their fields, and facts about what surrounds them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import LOG_GROUPS, NODE_GROUP
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside
from assembly.nodes import has_other_nodes
from capacity.room import GIB
from guardrails.reach.calls import calls
from guardrails.rule import View
from guardrails.rules import load_balancers, namespaces, node_pool_facts, selectors
from guardrails.rules.availability import least, scalers, target_of
from guardrails.rules.pod_networking import zones
from guardrails.rules.presence import reached
from guardrails.rules.resource_facts import has_identity_on_fargate, is_production, of_clusters
from guardrails.rules.selectors import NLB_TARGETS, runs_on_fargate, targeting
from guardrails.rules.workloads import Pods, by_name, is_default, object_at, pods, served
from kube.load_balancers import SERVICE
from kube.pods import containers, replicas
from kube.quantities import amount
from kube.validity.workloads import DEFAULT_DEADLINE
from kube.values import Json, Unknown, dicts, items, known, look_up, mapping, number, text, unsure

WHOLE = re.compile(
    "(Cluster)?RoleBinding|ConfigMap|Namespace|Service(Account)?|StorageClass|.+Webhook.+"
)
"""Kinds whose rows name fields beside spec."""
HEALTH_PORT = f"{SERVICE}-healthcheck-port"
KEY = re.compile(r"arn:[^:]+:kms:([a-z0-9-]+):")
SLEEPS = re.compile(r"\bsleep\s+(\d+)")
DELAY = re.compile(r"\bderegistration_delay\.timeout_seconds=(\d+)")
GRACE, PERIOD, FAILURES, NO_SLEEP = 30, 10, 3, {"sleep": {"seconds": 0}}
"""Kubernetes' own defaults."""
REQUESTS = ("cpu", "memory")


def object_views(environment: Environment, kinds: Iterable[str]) -> Iterator[View]:
    """Yield the objects of some kinds, all pods with their containers, and all claims."""
    for template in pods(environment):
        yield from _of_pods(environment, template)
    for item in environment.kubernetes_objects(*kinds):
        own, at = (item.content, "") if WHOLE.fullmatch(item.kind) else (item.spec, "spec")
        more = FACTS[item.kind](environment, item) if item.kind in FACTS else {}
        facts = {**_around(environment, item), **own, **more}
        yield View(of=item.kind, item=item, at=at, facts=facts)
    for item in environment.kubernetes_objects("PersistentVolumeClaim", "StatefulSet"):
        yield from _claims(environment, item)


def _around(environment: Environment, item: KubernetesObject) -> Json:
    cluster = of_clusters(environment).get(item.resource.cluster_key, {})
    return {"production": is_production(environment, item.resource), **cluster}


def _of_pods(environment: Environment, template: Pods) -> Iterator[View]:
    """Yield pods, with how long they take to end and may take, and each of their containers."""
    own = {**_around(environment, template.owner), **template.spec}
    said = number(template.spec, "terminationGracePeriodSeconds")
    around = _surroundings(environment)
    hooks = [look_up(each, "lifecycle", "preStop") for each in template.containers]
    grace = GRACE if said is None else said
    slept = [number(each, "sleep", "seconds") or 0 for each in hooks]
    shells = [SLEEPS.search(" ".join(map(str, items(each, "exec", "command")))) for each in hooks]
    # The API server itself refuses a longer sleep of its own.
    needed: list[float] = [int(each[1]) for each in shells if each]
    needed += [each for each in slept if each <= grace]
    groups = {x.type for x in beside(environment, template.owner.resource, NODE_GROUP)}
    own |= {
        "grace": grace if known(own.get("terminationGracePeriodSeconds")) else None,
        "needs": max(needed) + 1 if any(needed) else None,
        "waits": any(x and x != NO_SLEEP for x in hooks) or not template.is_read,
        "balanced": own["production"] and template.owner in around["balanced"],
        "schedulers": text(template.spec, "schedulerName") in around["deployments"],
        "calls": template in around["callers"],
        "kind": template.owner.kind,
        "identity": has_identity_on_fargate(environment, template),
        "drained": not has_other_nodes(environment)
        and not runs_on_fargate(environment, template)
        and groups == {NODE_GROUP},
    }
    yield View(of="pods", item=template.owner, at=template.path, facts=own)
    for at, each in containers(template.spec, "initContainers", "containers"):
        of, _, _ = at.partition("[")
        facts = {**each, **_container(each, template), "kind": template.owner.kind}
        yield View(of=of, item=template.owner, at=f"{template.path}.{at}", facts=facts)


def _container(container: Json, template: Pods) -> Json:
    """Return when probes judge a container, what it doesn't ask for, and the containers beside it."""
    alive, image = mapping(container, "livenessProbe"), text(container, "image")
    period, failures = number(alive, "periodSeconds"), number(alive, "failureThreshold")
    patience = (PERIOD if period is None else period) * (FAILURES if failures is None else failures)
    killed_after = (number(alive, "initialDelaySeconds") or 0) + patience
    limit = amount(look_up(container, "resources", "limits", "memory"))
    # A limit without a request is a request of the same amount, as is one of the whole pod.
    of_both = [look_up(each, "resources") for each in (template.spec, container)]
    stated = [look_up(each, of) for each in of_both for of in ("limits", "requests")]
    # What CloudFormation fills in at the end, be it all or the tag, can't be judged.
    filled_in = isinstance(image, Unknown) and image.endswith("}")
    deadline = number(template.owner.spec, "progressDeadlineSeconds")
    return {
        "name": text(container, "name"),
        "deadline": DEFAULT_DEADLINE if deadline is None else deadline,
        "siblings": [text(each, "name") for each in template.all_containers],
        "killed_after": killed_after if alive and known(alive) else None,
        "ready_after": number(container, "readinessProbe", "initialDelaySeconds"),
        "bytes": limit and int(limit),
        "unasked": [
            name
            for name in (() if unsure(*stated) else REQUESTS)
            if not any(name in mapping(each) for each in stated)
        ],
        "image": image if filled_in else str(image),
    }


@indexed
def _surroundings(environment: Environment) -> Mapping[str, set[object]]:
    """Return what calls, is served, gets traffic of load balancers directly or by node port, or schedules."""
    targets, services = targeting(environment), environment.kubernetes_objects("Service")
    direct = [service for _, service, kind, _ in targets if kind == "ip"]
    return {
        "callers": {each.pods for each in calls(environment)},
        "served": {each.owner for one in services for each in served(environment, one)},
        "balanced": {each.owner for one in direct for each in served(environment, one)},
        "by_node": {service for _, service, kind, _ in targets if kind != "ip"},
        "by_instance": {service for _, service, kind, _ in targets if kind == "instance"},
        "deployments": {each.name for each in environment.kubernetes_objects("Deployment")},
    }


def _workload(environment: Environment, item: KubernetesObject) -> Json:
    count = replicas(item.content)
    limit = look_up(item.spec, "strategy", "rollingUpdate", "maxUnavailable")
    share = int(limit[:-1]) if isinstance(limit, str) and re.fullmatch(r"\d+%", limit) else None
    taken = math.floor((count or 0) * share / 100) if share is not None else limit
    return {
        "count": count,
        "shared": selectors.on_one_node(environment, item),
        "least": least(environment, item),
        "last": None if count is None else count - 1,
        "left": count - taken if count is not None and isinstance(taken, int) else None,
        "served": item in _surroundings(environment)["served"],
    }


def _scaler(environment: Environment, item: KubernetesObject) -> Json:
    target = by_name(environment).get(target_of(item))
    inside = dicts(target.spec, "template", "spec", "containers") if target else ()
    groups = [text(x.spec, "group") for x in environment.kubernetes_objects("APIService")]
    return {
        "target": target and target.content,
        "containers": [text(each, "name") for each in inside] if target else None,
        "adapters": any(each.endswith(".metrics.k8s.io") for each in groups),
        "rivals": len(scalers(environment)[target_of(item)]),
    }


def _service(environment: Environment, item: KubernetesObject) -> Json:
    behind, health = served(environment, item), text(item.annotations, HEALTH_PORT)
    every = [look_up(each, "ports") for one in behind for each in one.all_containers]
    ports = [text(each, "containerPort") for each in chain.from_iterable(map(items, every))]
    judged = bool(behind) and all(each.is_read for each in behind) and known(every)
    delay = DELAY.search(text(item.annotations, f"{SERVICE}-target-group-attributes"))
    said = [each.spec.get("terminationGracePeriodSeconds") for each in behind]
    graces = [GRACE if each is None else number(each) or 0 for each in said]
    return {
        "delay": int(delay[1]) if delay else None,
        "grace": min(graces, default=None) if known(said) else None,
        "health": health if health.isdigit() else None,
        "listened": ports if judged and any(ports) else None,
        "by_annotation": bool(text(item.annotations, f"{SERVICE}-type")),
        "by_node": item in _surroundings(environment)["by_node"],
        "by_instance": item in _surroundings(environment)["by_instance"],
        "targets": item.annotations.get(NLB_TARGETS),
        **load_balancers.of_balancer(environment, item),
    }


def _storage_class(environment: Environment, item: KubernetesObject) -> Json:
    groups = beside(environment, item.resource, NODE_GROUP)
    there = {zone for each in groups for zone in zones(environment, each)}
    terms = reached(item.content, "allowedTopologies.*.matchLabelExpressions.*")
    wanted = [items(each, "values") for _, each in terms if text(each, "key").endswith("/zone")]
    named = {*map(text, chain.from_iterable(wanted))} if known(wanted) else set()
    key = KEY.match(text(item.content, "parameters", "kmsKeyId"))
    return {
        "near": not key or item.resource.scope.stack.region in ("", key[1]),
        "is_default": is_default(item),
        "reached": not named or not there or bool(named & there),
    }


def _log_router(environment: Environment, item: KubernetesObject) -> Json:
    """Return the sections of Fluent Bit's configuration on Fargate, with plugins and regions that they name."""
    ours = (item.namespace, item.name) == ("aws-observability", "aws-logging")
    written = "\n".join(map(text, mapping(item.content, "data").values())) if ours else ""
    parts = re.findall(r"(?m)^[ \t]*\[(\w+)\]([^\[]*)", written)
    plugins = [(part.upper(), re.search(r"(?im)^\s*name\s+(\S+)", body)) for part, body in parts]
    # Where the group is that a template makes: another one may be anywhere.
    output = look_up(item.content, "data", "output.conf") if ours else None
    logs = [each for each in environment.targets(output) if each.kind in LOG_GROUPS]
    named = [text(x.properties, "LogGroupName") for x in environment.resources(*LOG_GROUPS)]
    return {
        "said": dict(re.findall(r"(?m)^\s*(\S+)\s+(.+?)\s*$", text(output))),
        "log_groups": named,
        "log_regions": [x.scope.stack.region for x in logs if x.scope.stack.region] or None,
        "sections": [part for part, _ in plugins],
        "outputs": [name[1].lower() for part, name in plugins if name and part == "OUTPUT"],
        "filters": [name[1].lower() for part, name in plugins if name and part == "FILTER"],
    }


FACTS: Mapping[str, Callable[[Environment, KubernetesObject], Json]] = {
    "Deployment": _workload,
    "StatefulSet": _workload,
    "HorizontalPodAutoscaler": _scaler,
    "StorageClass": _storage_class,
    "Ingress": load_balancers.of_ingress,
    "IngressClass": load_balancers.of_class,
    "Service": _service,
    "ConfigMap": _log_router,
    "Namespace": namespaces.of_namespace,
    "NetworkPolicy": selectors.of_policy,
    "NodePool": node_pool_facts.of_pool,
    "ValidatingWebhookConfiguration": namespaces.of_webhooks,
    "MutatingWebhookConfiguration": namespaces.of_webhooks,
    **dict.fromkeys(("EC2NodeClass", "NodeClass"), node_pool_facts.of_class),
}


def _claims(environment: Environment, item: KubernetesObject) -> Iterator[View]:
    claims = [("spec", item.spec)] if item.kind == "PersistentVolumeClaim" else []
    for index, each in enumerate(items(item.spec, "volumeClaimTemplates")):
        claims.append((f"spec.volumeClaimTemplates[{index}].spec", mapping(each, "spec")))
    for at, spec in claims:
        cluster = item.resource.cluster_key
        named = text(spec, "storageClassName")
        made_by = object_at(environment, cluster, "StorageClass", named)
        size = amount(look_up(spec, "resources", "requests", "storage"))
        own = {**spec, "class": made_by and made_by.content, "size": size and int(size / GIB)}
        yield View(of="claims", item=item, at=at, facts={**_around(environment, item), **own})
