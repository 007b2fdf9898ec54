"""Whether what runs on Fargate can run there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import CHART, PROFILE
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside, cluster_key
from assembly.structured import structured
from guardrails.rule import Finding, rule
from guardrails.rules.workloads import (
    Place,
    Pods,
    found,
    namespace,
    place,
    pods,
    served,
)
from kube.fargate import may_select, selects, unsupported
from kube.values import Json, Unknown, dicts, look_up, text

NLB_TARGETS = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"
ALB_TARGETS = "alb.ingress.kubernetes.io/target-type"


def may_run_on_fargate(environment: Environment, template: Pods) -> bool:
    """Tell whether a Fargate profile of the cluster selects pods, or may."""
    return _is_selected(environment, template, may_select)


def runs_on_fargate(environment: Environment, template: Pods) -> bool:
    """Tell whether a Fargate profile of the cluster selects pods."""
    return _is_selected(environment, template, selects)


def _is_selected(
    environment: Environment, template: Pods, judge: Callable[[object, object, object], bool]
) -> bool:
    where, labels = namespace(template.owner), template.template.labels
    return any(
        judge(selector, where, labels)
        for profile in beside(environment, template.owner.resource, PROFILE)
        for selector in dicts(profile.properties, "Selectors")
    )


@rule("KUBE13")
def _refused(environment: Environment) -> Iterator[Finding]:
    classes = [each.content for each in environment.kubernetes_objects("StorageClass")]
    for template in pods(environment):
        if runs_on_fargate(environment, template):
            claims = _claims(environment, template)
            content = template.owner.content
            for field, words in unsupported(content, claims=claims, classes=classes):
                at = field.removeprefix(f"{template.template.path}.")
                yield found(template.owner, at, detail=f"{words}.")


def _claims(environment: Environment, template: Pods) -> Sequence[Json]:
    """Return the claims that pods name."""
    where, index = place(environment, template.owner), _claims_by_name(environment)
    volumes = dicts(template.spec, "volumes")
    names = [text(each, "persistentVolumeClaim", "claimName") for each in volumes]
    return [index[where, name] for name in names if (where, name) in index]


@indexed
def _claims_by_name(environment: Environment) -> Mapping[tuple[Place, str], Json]:
    return {
        (place(environment, each), each.name): each.content
        for each in environment.kubernetes_objects("PersistentVolumeClaim")
    }


@rule("KUBE14")
def _node_targets(environment: Environment) -> Iterator[Finding]:
    services = {
        (place(environment, each), each.name): each
        for each in environment.kubernetes_objects("Service")
    }
    for item, names, explicit in _targeting(environment):
        where = place(environment, item)
        if explicit is None:
            by_node = where[0] not in _ip_by_default(environment)
        else:
            by_node = explicit != "ip" and not isinstance(explicit, Unknown)
        for name in names if by_node else ():
            service = services.get((where, name))
            if service is not None and any(
                runs_on_fargate(environment, template) for template in served(environment, service)
            ):
                yield found(item, str(explicit or "no target type"))


def _targeting(environment: Environment) -> Iterator[tuple[KubernetesObject, list[str], object]]:
    """Yield what makes targets, the names of its Services, and the target type that it asks for."""
    for service in environment.kubernetes_objects("Service"):
        if service.spec.get("type") == "LoadBalancer":
            yield service, [service.name], service.annotations.get(NLB_TARGETS)
    for ingress in environment.kubernetes_objects("Ingress"):
        yield ingress, list(_backends(ingress)), ingress.annotations.get(ALB_TARGETS)
    for binding in environment.kubernetes_objects("TargetGroupBinding"):
        yield binding, [text(binding.spec, "serviceRef", "name")], binding.spec.get("targetType")


def _backends(ingress: KubernetesObject) -> Iterator[str]:
    backends = [ingress.spec.get("defaultBackend")]
    for each in dicts(ingress.spec, "rules"):
        backends += [look_up(path, "backend") for path in dicts(each, "http", "paths")]
    yield from (text(backend, "service", "name") for backend in backends)


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
