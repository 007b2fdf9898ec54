"""Whether what runs on Fargate can run there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import CHART, PROFILE
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside, cluster_key
from assembly.structured import structured
from guardrails.rule import Finding, rule
from guardrails.rules.findings import found
from guardrails.rules.workloads import Pods, by_name, namespace, place, pods, served
from kube.fargate import selects, unsupported
from kube.values import Unknown, dicts, look_up, text

NLB_TARGETS = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"
ALB_TARGETS = "alb.ingress.kubernetes.io/target-type"


def runs_on_fargate(
    environment: Environment,
    template: Pods,
    judge: Callable[[object, object, object], bool] = selects,
) -> bool:
    """Tell whether a Fargate profile of the cluster selects pods, or may (`may_select`)."""
    return any(
        judge(selector, namespace(template.owner), template.template.labels)
        for profile in beside(environment, template.owner.resource, PROFILE)
        for selector in dicts(profile.properties, "Selectors")
    )


@rule("KUBE13")
def _refused(environment: Environment) -> Iterator[Finding]:
    classes = [each.content for each in environment.kubernetes_objects("StorageClass")]
    for template in pods(environment):
        if runs_on_fargate(environment, template):
            claims = [each.content for each in _claims(environment, template)]
            content = template.owner.content
            for field, words in unsupported(content, claims=claims, classes=classes):
                at = field.removeprefix(f"{template.template.path}.")
                yield found(template.owner, at, f"{words}.")


def _claims(environment: Environment, template: Pods) -> Iterator[KubernetesObject]:
    """Return the claims that pods name."""
    where, index = place(environment, template.owner), by_name(environment)
    kind = "PersistentVolumeClaim"
    volumes = dicts(template.spec, "volumes")
    names = (text(each, "persistentVolumeClaim", "claimName") for each in volumes)
    return (index[where, kind, name] for name in names if (where, kind, name) in index)


@rule("KUBE14")
def _node_targets(environment: Environment) -> Iterator[Finding]:
    for item, names, explicit in _targeting(environment):
        where = place(environment, item)
        by_node = explicit != "ip" and not isinstance(explicit, Unknown)
        if explicit is None:
            by_node = where[0] not in _ip_by_default(environment)
        for name in names if by_node else ():
            service = by_name(environment).get((where, "Service", name))
            templates = served(environment, service) if service else ()
            if any(runs_on_fargate(environment, template) for template in templates):
                yield found(item, str(explicit or "no target type"))


def _targeting(
    environment: Environment,
) -> Iterator[tuple[KubernetesObject, Sequence[str], object]]:
    """Yield what makes targets, the names of its Services, and the target type that it asks for."""
    for service in environment.kubernetes_objects("Service"):
        if service.spec.get("type") == "LoadBalancer":
            yield service, [service.name], service.annotations.get(NLB_TARGETS)
    for ingress in environment.kubernetes_objects("Ingress"):
        yield ingress, _backends(ingress), ingress.annotations.get(ALB_TARGETS)
    for binding in environment.kubernetes_objects("TargetGroupBinding"):
        yield binding, [text(binding.spec, "serviceRef", "name")], binding.spec.get("targetType")


def _backends(ingress: KubernetesObject) -> Sequence[str]:
    backends = [ingress.spec.get("defaultBackend")]
    for each in dicts(ingress.spec, "rules"):
        backends += [look_up(path, "backend") for path in dicts(each, "http", "paths")]
    return [text(backend, "service", "name") for backend in backends]


@indexed
def _ip_by_default(environment: Environment) -> AbstractSet[object]:
    """Return the clusters whose controller's chart makes IP targets unless told otherwise, or may."""
    found = set()
    for chart in environment.resources(CHART):
        try:
            default = look_up(structured(chart.properties.get("Values")), "defaultTargetType")
        except ValueError:
            continue
        if default == "ip" or isinstance(default, Unknown):
            found.add(cluster_key(environment, chart))
    return found
