"""The teardown sheet: what AWS makes outside the stacks, and what to run before `cdk destroy`."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.clusters import CLUSTER, NODE_GROUP
from guardrails.controllers import makes_load_balancers, makes_volumes
from guardrails.environment import Environment, Resource
from guardrails.intrinsics import references, text

FUNCTION = "AWS::Lambda::Function"
LOG_GROUP = "AWS::Logs::LogGroup"


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


def _bullets(items: Iterator[str]) -> list[str]:
    return [f"   - {item}" for item in items] or ["   - nothing"]


def _protections(environment: Environment) -> Iterator[str]:
    for path, stack in environment.stacks.items():
        if stack.termination_protection:
            yield f"{path}: termination protection of the stack (termination_protection=False)"
    for cluster in environment.resources(CLUSTER):
        if cluster.properties.get("DeletionProtection") is True:
            yield f"{_name(cluster)}: deletion protection (cluster.deletion_protection=False)"


def _commands(environment: Environment) -> Iterator[str]:
    ours = sorted(
        {
            item.namespace
            for item in environment.kubernetes_objects()
            if makes_load_balancers(item) or makes_volumes(item)
        }
    )
    # The stacks delete their own objects, in an order of their own.
    others = ",".join(f"metadata.namespace!={namespace}" for namespace in ours)
    every = f"--field-selector {others}" if others else "--all"
    balancers = ",".join(filter(None, ("spec.type=LoadBalancer", others)))
    for cluster in environment.resources(CLUSTER):
        name = _name(cluster)
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
                f"{item.kind} {item.namespace}/{item.name}: its load balancer, target groups, "
                "interfaces and security groups, by the controller"
            )
    for cluster in environment.resources(CLUSTER):
        yield (
            f"{_name(cluster)}: security group eks-cluster-sg-{_name(cluster)}-* and the control "
            "plane's interfaces, by EKS"
        )
    for group in environment.resources(NODE_GROUP):
        yield (f"{group.path}: Auto Scaling group, instances, their volumes and interfaces, by EKS")
    for function in environment.resources(FUNCTION):
        if "VpcConfig" in function.properties:
            yield f"{function.path}: interfaces, by Lambda, which takes up to 40 minutes"


def _stays(environment: Environment) -> Iterator[str]:
    for resource in environment.all_resources:
        if str(resource.body.get("DeletionPolicy", "")).startswith("Retain"):
            yield f"{resource.path} ({resource.kind}): retained"
        elif resource.kind == "AWS::KMS::Key":
            days = resource.properties.get("PendingWindowInDays", 30)
            yield f"{resource.path} ({resource.kind}): waits {days} days for its deletion"
    kept = set(_functions_with_log_group(environment))
    for function in environment.resources(FUNCTION):
        if function not in kept:
            yield f"{function.path}: log group /aws/lambda/*, which Lambda made"


def _functions_with_log_group(environment: Environment) -> Iterator[Resource]:
    for log_group in environment.resources(LOG_GROUP):
        for logical_id in references(log_group.properties.get("LogGroupName", "")):
            function = environment.find(log_group.stack, logical_id)
            if function is not None:
                yield function


def _name(cluster: Resource) -> str:
    return text(cluster.properties.get("Name", cluster.logical_id))
