"""The teardown sheet: what AWS makes outside the stacks, and what to run before `cdk destroy`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assembly.environment import Environment
from assembly.kinds import CLUSTER, FUNCTION, KEY, LOG_GROUP, NODE_GROUP
from assembly.links import of_one_cluster
from assembly.resource import Resource
from guardrails.rules.ordering import makes_load_balancers, makes_volumes
from kube.values import flag, items, look_up, mapping, text


def sheet(environment: Environment) -> str:
    """Return the sheet of one environment as text."""
    lines = [
        f"{environment.name}: before you destroy it",
        "",
        "1. Switch protection off, deploy that, and go on.",
        *_bullets(_protections(environment)),
        "2. Delete what you made in the cluster yourself, while its controllers run.",
        *(f"   {line}" for line in _commands(environment)),
        "3. Destroy. What AWS made for the stacks goes with them:",
        *_bullets(_goes(environment)),
        "4. What stays, until you delete it:",
        *_bullets(_stays(environment)),
    ]
    return "\n".join(lines)


def _bullets(lines: Iterable[str]) -> list[str]:
    return [f"   - {line}" for line in lines] or ["   - nothing"]


def _protections(environment: Environment) -> Iterator[str]:
    for path, stack in environment.stacks.items():
        if stack.termination_protection and stack.nested_in is None:
            yield f"{path}: termination protection of the stack (termination_protection=False)"
    for cluster in environment.resources(CLUSTER):
        if flag(cluster.properties, "DeletionProtection"):
            yield f"{_name(cluster)}: deletion protection (cluster.deletion_protection=False)"


def _commands(environment: Environment) -> Iterator[str]:
    for cluster in environment.resources(CLUSTER):
        name = _name(cluster)
        ours = {
            item.namespace or "default"
            for item in environment.kubernetes_objects()
            if makes_load_balancers(item) or makes_volumes(item)
            if of_one_cluster(environment, item.resource, cluster)
        }
        # The stacks delete their own objects, in an order of their own.
        others = ",".join(f"metadata.namespace!={namespace}" for namespace in sorted(ours))
        every = f"--field-selector {others}" if others else "--all"
        balancers = ",".join(filter(None, ("spec.type=LoadBalancer", others)))
        yield f"aws eks update-kubeconfig --name {name}"
        yield f"kubectl delete ingresses --all-namespaces {every}"
        yield f"kubectl delete services --all-namespaces --field-selector {balancers}"
        yield f"kubectl delete persistentvolumeclaims --all-namespaces {every}"
        yield "# Both lists must get empty, but for the load balancers of the stacks:"
        yield (
            "aws resourcegroupstaggingapi get-resources --query 'ResourceTagMappingList[].ResourceARN' "
            f"--tag-filters Key=elbv2.k8s.aws/cluster,Values={name}"
        )
        yield (
            "aws ec2 describe-volumes --query 'Volumes[].VolumeId' "
            f"--filters Name=tag:kubernetes.io/cluster/{name},Values=owned"
        )


def _goes(environment: Environment) -> Iterator[str]:
    for item in environment.kubernetes_objects():
        if makes_load_balancers(item):
            yield (
                f"{item.kind} {item.namespace or 'default'}/{item.name}: its load balancer, target "
                "groups, interfaces and security groups, by the controller"
            )
    for cluster in environment.resources(CLUSTER):
        yield (
            f"{_name(cluster)}: security group eks-cluster-sg-{_name(cluster)}-* and the control "
            "plane's interfaces, by EKS"
        )
    for group in environment.resources(NODE_GROUP):
        yield f"{group.path}: Auto Scaling group, instances, their volumes and interfaces, by EKS"
    for function in environment.resources(FUNCTION):
        if mapping(function.properties, "VpcConfig"):
            yield f"{function.path}: interfaces, by Lambda, which takes up to 40 minutes"


def _stays(environment: Environment) -> Iterator[str]:
    for resource in environment.resources():
        if resource.retained:
            yield f"{resource.path} ({resource.kind}): retained"
        elif resource.attribute("DeletionPolicy") == "Snapshot":
            yield f"{resource.path} ({resource.kind}): a last snapshot"
        elif resource.kind == KEY:
            days = text(resource.properties, "PendingWindowInDays") or 30
            yield f"{resource.path} ({resource.kind}): waits {days} days for its deletion"
    yield from _claims(environment)
    owned = _with_log_group(environment)
    for function in environment.resources(FUNCTION):
        own = f"/aws/lambda/{text(function.properties, 'FunctionName')}"
        elsewhere = text(function.properties, "LoggingConfig", "LogGroup")
        if not elsewhere and owned.isdisjoint((function, own)):
            yield f"{function.path}: log group /aws/lambda/*, which Lambda made"
    for cluster in environment.resources(CLUSTER):
        own = f"/aws/eks/{_name(cluster)}/cluster"
        enabled = look_up(cluster.properties, "Logging", "ClusterLogging", "EnabledTypes")
        if enabled and owned.isdisjoint((cluster, own)):
            yield f"{cluster.path}: log group {own}, which EKS made"
    for stack in environment.nested:
        yield f"{stack.path}: what this nested stack leaves, for its template isn't read"


def _claims(environment: Environment) -> Iterator[str]:
    """Yield the claims that StatefulSets make: they go with their namespace, or on request."""
    namespaces = {item.name for item in environment.kubernetes_objects("Namespace")}
    for item in environment.kubernetes_objects("StatefulSet"):
        policy = text(item.spec, "persistentVolumeClaimRetentionPolicy", "whenDeleted")
        claims = items(item.spec, "volumeClaimTemplates")
        if claims and item.namespace not in namespaces and policy != "Delete":
            name = f"{item.namespace or 'default'}/{item.name}"
            yield f"StatefulSet {name}: its claims and their volumes"


def _with_log_group(environment: Environment) -> set[Resource | str]:
    """Return the names of the log groups of the stacks, and the resources that they refer to."""
    owned: set[Resource | str] = set()
    for log_group in environment.resources(LOG_GROUP):
        name = log_group.properties.get("LogGroupName")
        owned |= {text(name), *environment.targets(name)}
    return owned


def _name(cluster: Resource) -> str:
    return text(cluster.properties, "Name") or cluster.logical_id
